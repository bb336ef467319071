use super::shapes::text_header;

text_header! {
    /// `[TEXT-UTF8-TRIM]`: what the request is about, for people to read. It may be empty.
    Subject, SUBJECT, "3261 section 20.36", may_be_empty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn a_subject_may_be_empty_and_folded() {
        let text = "Need more boxes";
        assert_eq!(Subject::parse(text).unwrap(), Subject::new(text).unwrap());
        assert_eq!(Subject::parse("").unwrap(), Subject::new("").unwrap());
        assert_eq!(Subject::parse("a\r\n b").unwrap().as_str(), "a\r\n b");
        for text in [" a", "a\r\n b", "a\r\nVia: b", "a\0"] {
            assert!(Subject::new(text).is_err(), "{text:?}");
        }
        assert_eq!(Subject::parse("a\r\nVia: b").unwrap_err().offset(), 1);
        assert_eq!(Subject::parse("ab\0").unwrap_err().offset(), 2);
    }
}
