use super::shapes::text_header;

text_header! {
    /// `server-val *( LWS server-val )`: the software that asks.
    UserAgent, USER_AGENT, "3261 section 20.41", filled
}
