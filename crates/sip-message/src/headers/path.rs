use super::shapes::{address_header, route_header};

route_header! {
    /// `path-value = name-addr *( SEMI rr-param )`: a proxy through which the registered contact is to be reached.
    Path, PATH, "3327 section 4"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Message, headers::TypedHeader};

    #[test]
    fn a_vector_of_the_example_in_rfc_3327_section_5() {
        let register = Message::parse(
            "REGISTER sip:registrar.home.example SIP/2.0\r\n\
             Path: <sip:p3.home.example;lr>,<sip:p1.visited.example;lr>\r\n\r\n",
        )
        .unwrap();
        let hops: Vec<_> = register
            .typed_all::<Path>()
            .map(|hop| hop.unwrap().uri().as_str())
            .collect();
        assert_eq!(hops, ["sip:p3.home.example;lr", "sip:p1.visited.example;lr"]);
        assert_eq!(Path::parse("<sip:p1.test;lr").unwrap_err().offset(), 0);
    }
}
