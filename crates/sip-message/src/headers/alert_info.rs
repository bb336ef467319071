use super::info::info_header;

info_header! {
    /// `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`: what to alert the called person with, or what the caller is
    /// to hear meanwhile.
    AlertInfo, ALERT_INFO, "3261 section 20.4"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    #[test]
    fn the_example_of_section_20_4() {
        let text = "<http://www.example.com/sounds/moo.wav>";
        let alert = AlertInfo::parse(text).unwrap();
        assert_eq!(alert.uri().scheme(), "http");
        assert_eq!(alert.to_string(), text);
        let urn = AlertInfo::parse("<urn:alert:source:external> ; x = y").unwrap();
        assert_eq!(urn.params().get("x"), Some(Some("y")));
    }

    #[test]
    fn what_is_not_in_brackets_is_refused() {
        for (text, at) in [
            ("", 0),
            ("http://a.test", 0),
            ("<http://a.test", 0),
            ("<a b:c>", 1),
            ("<a:b>x", 5),
        ] {
            assert_eq!(AlertInfo::parse(text).unwrap_err().offset(), at, "{text:?}");
        }
        assert_eq!(AlertInfo::parse("<http://a.test/\r\nX: y>").unwrap_err().offset(), 15);
        assert_eq!(AlertInfo::parse("\"a\" <http://a.test>").unwrap_err().offset(), 0);
    }
}
