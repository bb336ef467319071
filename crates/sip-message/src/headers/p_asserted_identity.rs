use super::address_header;

address_header! {
    /// `name-addr / addr-spec`: who the sender is, as an element that the receiver trusts has found out. There may be
    /// two values, one with a SIP URI and one with a `tel` URI.
    PAssertedIdentity, P_ASSERTED_IDENTITY, "3325 section 9.1", List
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_examples_of_rfc_3325_section_9_1() {
        let sip = PAssertedIdentity::parse("\"Cullen Jennings\" <sip:fluffy@cisco.com>").unwrap();
        assert_eq!(sip.0.display_name().unwrap(), "Cullen Jennings");
        let tel = PAssertedIdentity::parse("tel:+14085264000").unwrap();
        assert_eq!(tel.uri().scheme(), "tel");
        assert_eq!(PAssertedIdentity::parse("<fluffy@cisco.com>").unwrap_err().offset(), 1);
    }
}
