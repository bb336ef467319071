use std::borrow::Cow;

use super::shapes::address_header;

address_header! {
    /// `referrer-uri *( SEMI ( referredby-id-param / generic-param ) )`: who asked by a REFER for this request.
    ReferredBy, REFERRED_BY, "3892 section 3", Once
}

impl ReferredBy<'_> {
    /// The `cid`: the Content-ID, without angle brackets, of the body part that proves the reference.
    #[must_use]
    pub fn cid(&self) -> Option<Cow<'_, str>> {
        self.0.params().value("cid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_body_part_is_named() {
        let text = "<sip:referror@referror.example>;cid=\"20398823.2UWQFN309shb3@referror.example\"";
        let referred = ReferredBy::parse(text).unwrap();
        assert_eq!(referred.cid().unwrap(), "20398823.2UWQFN309shb3@referror.example");
        assert_eq!(referred.to_string(), text);
        assert_eq!(ReferredBy::parse("sip:r@ref.example").unwrap().cid(), None);
        assert_eq!(
            ReferredBy::parse("<sip:r@ref.example>cid=\"x\"").unwrap_err().offset(),
            19
        );
    }
}
