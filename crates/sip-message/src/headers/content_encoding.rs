use super::shapes::token_header;

token_header! {
    /// `content-coding`: a coding of the body, in the order in which they were applied.
    ContentEncoding, CONTENT_ENCODING, "3261 section 20.12", List
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn codings_are_tokens() {
        assert_eq!(ContentEncoding::parse("gzip").unwrap().as_str(), "gzip");
        assert_eq!(ContentEncoding::parse("gzip;x").unwrap_err().offset(), 4);
        assert!(ContentEncoding::new("").is_err());
    }
}
