use super::shapes::{address_header, tagged_header};

tagged_header! {
    /// `( name-addr / addr-spec ) *( SEMI from-param )`: who sends the request. The tag names the sender's side.
    From, FROM, "3261 section 20.20"
}
