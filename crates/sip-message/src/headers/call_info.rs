use std::borrow::Cow;

use super::info::info_header;

info_header! {
    /// `LAQUOT absoluteURI RAQUOT *( SEMI info-param )`: where more about the sender is found.
    CallInfo, CALL_INFO, "3261 section 20.9"
}

impl CallInfo<'_> {
    /// The `purpose`: what is found there, as `icon`, `info` or `card`.
    #[must_use]
    pub fn purpose(&self) -> Option<Cow<'_, str>> {
        self.params.value("purpose")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, headers::TypedHeader};

    #[test]
    fn the_example_of_section_20_9() {
        let message = Message::parse(
            "INVITE sip:a@b SIP/2.0\r\n\
             Call-Info: <http://www.example.com/alice/photo.jpg> ;purpose=icon,\r\n \
             <http://www.example.com/alice/> ;purpose=info\r\n\r\n",
        )
        .unwrap();
        let found: Vec<_> = message.typed_all::<CallInfo>().map(Result::unwrap).collect();
        let purposes: Vec<_> = found.iter().map(|info| info.purpose().unwrap()).collect();
        assert_eq!(purposes, ["icon", "info"]);
        assert_eq!(found[1].to_string(), "<http://www.example.com/alice/>;purpose=info");
        assert_eq!(CallInfo::parse("<http://a.test>purpose=icon").unwrap_err().offset(), 15);
        assert!(CallInfo::parse("<http://a.test>;purpose=<x>").is_err());
    }
}
