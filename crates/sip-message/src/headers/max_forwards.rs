use super::shapes::number_header;

number_header! {
    /// `1*DIGIT`, 0 to 255: how many proxies may still forward the request.
    MaxForwards(u8), MAX_FORWARDS, "3261 section 20.22"
}
