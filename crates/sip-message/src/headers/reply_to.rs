use super::shapes::address_header;

address_header! {
    /// `( name-addr / addr-spec ) *( SEMI generic-param )`: where the sender wants to be answered, if not at From.
    ReplyTo, REPLY_TO, "3261 section 20.31", Once
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_example_of_section_20_31() {
        let reply = ReplyTo::parse("Bob <sip:bob@biloxi.com>").unwrap();
        assert_eq!(reply.0.display_name().unwrap(), "Bob");
        assert_eq!(reply.to_string(), "Bob <sip:bob@biloxi.com>");
        assert_eq!(ReplyTo::parse("Bob sip:bob@biloxi.com").unwrap_err().offset(), 7);
    }
}
