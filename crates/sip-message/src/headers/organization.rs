use super::shapes::text_header;

text_header! {
    /// `[TEXT-UTF8-TRIM]`: the organization that the sender belongs to. It may be empty.
    Organization, ORGANIZATION, "3261 section 20.25", may_be_empty
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn an_organization_may_be_empty() {
        assert_eq!(Organization::parse("Boxes by Bob").unwrap().to_string(), "Boxes by Bob");
        assert_eq!(Organization::parse("").unwrap().as_str(), "");
        assert!(Organization::new("Boxes\r\nby: Bob").is_err());
    }
}
