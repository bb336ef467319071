use std::time::Duration;

/// The bounds of what is read from a peer.
///
/// There is no bound on the length of a line: RFC 3862 section 2.2 asks for none, and the whole message is bounded.
/// Reading costs time and memory linear in the input within these bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The bytes of a message. Default 1 MiB: page-mode messages stay under 1300 bytes (RFC 3428 section 8), and larger
    /// ones arrive whole from a session (RFC 4975), where a picture is the usual large content.
    pub message: usize,
    /// The message headers. Default 512: seven are defined, and To and cc repeat once for each recipient of a message
    /// to many.
    pub headers: usize,
    /// The MIME headers of the encapsulated object, and of each part of a multipart. Default 64: fewer than ten are in
    /// use.
    pub mime_headers: usize,
    /// The bytes of a namespace URI, of message headers and of XML elements. Default 2048: it is seen again with every
    /// header and element in the namespace, so that its length multiplies; the URIs in use are under 100 bytes.
    pub namespace: usize,
    /// The parts of a multipart. Default 1024: an aggregated IMDN has one or two for each member of a list.
    pub parts: usize,
    /// The bytes that a deflated body may inflate to. Default 1 MiB, as for a message: what was deflated is one. Deflate
    /// makes a thousand bytes of one, so that the size of what was received bounds nothing.
    pub inflated: usize,
    /// The bytes of an IMDN or isComposing document. Default 64 KiB: they have a few hundred, of which a subject and two
    /// URIs can be long.
    pub document: usize,
    /// The depth of elements in a document, the root being 1. Default 32: theirs is 4, and extensions nest a little.
    pub document_depth: usize,
    /// The attributes of an element. Default 32: they are compared in pairs, and these documents have none of their own.
    pub document_attributes: usize,
    /// The namespace declarations in force at a place in a document. Default 32: each name is looked up among them.
    pub document_namespaces: usize,
    /// The longest refresh interval of an isComposing message that is believed. Default one hour: who has gone without a
    /// word would be shown as composing for as long as he said, and may have said 136 years; RFC 3994 section 3.2 has
    /// intervals of minutes in mind.
    pub refresh: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message: 1024 * 1024,
            headers: 512,
            mime_headers: 64,
            namespace: 2048,
            parts: 1024,
            inflated: 1024 * 1024,
            document: 64 * 1024,
            document_depth: 32,
            document_attributes: 32,
            document_namespaces: 32,
            refresh: Duration::from_secs(3600),
        }
    }
}
