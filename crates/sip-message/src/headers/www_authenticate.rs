use super::auth::auth_header;

auth_header! {
    /// `challenge`: how to prove who asks, to the one who is asked (RFC 3261 section 20.44). There may be several, each
    /// on a line of its own: the commas are those of the parameters.
    WwwAuthenticate, WWW_AUTHENTICATE, "3261 section 20.44"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, headers::TypedHeader};

    #[test]
    fn each_line_is_one_challenge() {
        let message = Message::parse(
            "SIP/2.0 401 Unauthorized\r\n\
             WWW-Authenticate: Digest realm=\"atlanta.com\",\r\n domain=\"sip:boxesbybob.com\", qop=\"auth\",\r\n \
             nonce=\"f84f1cec41e6cbe5aea9c8e88d359\", opaque=\"\", stale=FALSE, algorithm=MD5\r\n\
             www-authenticate: Bearer realm=\"atlanta.com\"\r\n\r\n",
        )
        .unwrap();
        let all: Vec<_> = message.typed_all::<WwwAuthenticate>().map(Result::unwrap).collect();
        assert_eq!(all.len(), 2);
        assert!(all[0].0.is("digest") && all[1].0.is("bearer"));
        assert_eq!(all[0].0.params().iter().count(), 7);
        assert_eq!(all[0].0.params().value("qop").unwrap(), "auth");
        assert_eq!(WwwAuthenticate::parse("Digest").unwrap_err().offset(), 6);
    }
}
