/// The bounds of what [`Message::parse_with`](crate::Message::parse_with) reads.
///
/// There is no bound on the length of a line: RFC 3862 section 2.2 asks for none, and the whole message is bounded.
/// Reading costs time and memory linear in the message within these bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The bytes of a message. Default 1 MiB: page-mode messages stay under 1300 bytes (RFC 3428 section 8), and larger
    /// ones arrive whole from a session (RFC 4975), where a picture is the usual large content.
    pub message: usize,
    /// The message headers. Default 512: seven are defined, and To and cc repeat once for each recipient of a message
    /// to many.
    pub headers: usize,
    /// The MIME headers of the encapsulated object. Default 64: fewer than ten are in use.
    pub mime_headers: usize,
    /// The bytes of a namespace URI. Default 2048: it is seen again with every header in the namespace, so that its
    /// length multiplies; the URIs in use are under 100 bytes.
    pub namespace: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 1024 * 1024,
            headers: 512,
            mime_headers: 64,
            namespace: 2048,
        }
    }
}
