use super::shapes::number_header;

number_header! {
    /// `delta-seconds`: the shortest interval that a 423 response would have accepted.
    MinExpires(u32), MIN_EXPIRES, "3261 section 20.23"
}
