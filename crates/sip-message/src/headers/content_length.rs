use super::shapes::number_header;

number_header! {
    /// `1*DIGIT`: the octets of the body. Mandatory on streams.
    ContentLength(u64), CONTENT_LENGTH, "3261 section 20.14"
}
