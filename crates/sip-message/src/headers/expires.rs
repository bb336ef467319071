use super::shapes::number_header;

number_header! {
    /// `delta-seconds`: for how long a binding, subscription or publication is asked or granted.
    Expires(u32), EXPIRES, "3261 section 20.19"
}
