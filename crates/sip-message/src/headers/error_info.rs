use super::info::info_header;

info_header! {
    /// `error-uri = LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`: where more about the failure is found.
    ErrorInfo, ERROR_INFO, "3261 section 20.18"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_example_of_section_20_18() {
        let text = "<sip:not-in-service-recording@atlanta.com>";
        assert_eq!(ErrorInfo::parse(text).unwrap().to_string(), text);
        assert_eq!(ErrorInfo::parse("<sip:>").unwrap_err().offset(), 5);
    }
}
