use super::shapes::text_header;

text_header! {
    /// `server-val *( LWS server-val )`: the software that answers.
    Server, SERVER, "3261 section 20.35", filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn what_is_written_can_be_read() {
        assert_eq!(Server::new("x/1 (y)").unwrap(), Server::parse("x/1 (y)").unwrap());
        for text in ["", " x", "x\r\nVia: y", "x\0"] {
            assert!(Server::new(text).is_err(), "{text:?}");
        }
    }
}
