use pidf::Format;
use sip_message::{HeaderName, Message, headers::Accept};

/// The formats that a presence agent can send, the default of the event package first (RFC 3856 section 6.7).
const FORMATS: [Format; 2] = [Format::Pidf, Format::CpimPidf];

/// Whether the Accept of a SUBSCRIBE leaves anything to send. Without the header the default is fine.
pub(crate) fn is_acceptable(request: &Message) -> bool {
    request.header(HeaderName::ACCEPT).is_none()
        || request
            .typed_all::<Accept>()
            .filter_map(Result::ok)
            .any(|accept| accept.q() > 0 && FORMATS.iter().any(|format| accept.matches(format.media_type())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acceptable_is_told_apart_from_no_wish() {
        let request = |accept: &str| Message::parse(format!("SUBSCRIBE sip:a@b SIP/2.0\r\n{accept}\r\n")).unwrap();
        assert!(is_acceptable(&request("")));
        assert!(is_acceptable(&request(
            "Accept: application/rlmi+xml, application/pidf+xml\r\n"
        )));
        assert!(is_acceptable(&request("Accept: */*\r\n")));
        assert!(!is_acceptable(&request("Accept: text/plain\r\n")));
        assert!(!is_acceptable(&request("Accept: application/pidf+xml;q=0\r\n")));
    }
}
