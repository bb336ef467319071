//! Parameters that stand twice: two readers may take them for two different values.

use std::collections::BTreeSet;

use super::{OddityKind, find::Found};
use crate::{
    NameAddr, Params, Uri,
    headers::{
        AuthValue, Authorization, Contact, From, ProxyAuthenticate, ProxyAuthorization, To, TypedHeader, Via,
        WwwAuthenticate,
    },
};

impl<'m> Found<'m> {
    /// Of what decides who is meant: the Request-URI, Via, Contact, From, To and credentials.
    pub(super) fn repeated_params(&mut self) {
        let message = self.message;
        if let Ok(uri) = message.request_uri() {
            self.of_uri(uri);
        }
        for via in message.typed_all::<Via>().flatten() {
            self.of_params(via.params());
        }
        for contact in message.typed_all::<Contact>().flatten() {
            if let Contact::Address(address) = contact {
                self.of_address(&address);
            }
        }
        for from in message.typed_all::<From>().flatten() {
            self.of_address(&from.0);
        }
        for to in message.typed_all::<To>().flatten() {
            self.of_address(&to.0);
        }
        self.of_credentials::<Authorization>(|header| &header.0);
        self.of_credentials::<ProxyAuthenticate>(|header| &header.0);
        self.of_credentials::<ProxyAuthorization>(|header| &header.0);
        self.of_credentials::<WwwAuthenticate>(|header| &header.0);
    }

    fn of_address(&mut self, address: &NameAddr<'m>) {
        self.of_uri(address.uri());
        self.of_params(address.params());
    }

    fn of_params(&mut self, params: &Params<'m>) {
        self.of_names(params.iter().map(|(name, _)| name), "3261 section 7.3.1");
    }

    fn of_uri(&mut self, uri: Uri<'m>) {
        if let Some(sip) = uri.as_sip() {
            self.of_names(sip.params().map(|(name, _)| name), "3261 section 19.1.1");
        }
    }

    fn of_credentials<H: TypedHeader<'m> + 'm>(&mut self, value: impl Fn(&H) -> &AuthValue<'m>) {
        for header in self.message.typed_all::<H>().flatten() {
            self.of_names(value(&header).params().iter().map(|(name, _)| name), "7235 section 2.1");
        }
    }

    /// Tells the first name that stood before.
    fn of_names<'p>(&mut self, mut names: impl Iterator<Item = &'p str>, section: &'static str) {
        let mut seen = BTreeSet::new();
        if let Some(again) = names.find(|name| !seen.insert(name.to_ascii_lowercase())) {
            self.push(OddityKind::RepeatedParameter, self.place(again), section);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Message, OddityKind};

    #[test]
    fn a_parameter_that_stands_twice_is_told_where_it_stands_again() {
        let text = "OPTIONS sip:a@b;lr;x;LR SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;Branch=z9hG4bK2;branch=3\r\n\
                    From: <sip:a@b;x;y>;tag=1;TAG=4\r\nTo: <sip:a@b;ttl=1;ttl=5>;x=\";x=1\"\r\n\
                    m: <sip:a@b>;q=1, <sip:a@b>;q=1;q=0.6\r\nAuthorization: Digest nonce=a, Nonce=\"7\"\r\n\r\n";
        let message = Message::parse(text).unwrap();
        let repeated: Vec<_> = message
            .oddities()
            .into_iter()
            .filter(|oddity| oddity.kind() == OddityKind::RepeatedParameter)
            .map(|oddity| &text[oddity.offset().unwrap()..][..5])
            .collect();
        assert_eq!(repeated, ["LR SI", "branc", "TAG=4", "ttl=5", "q=0.6", "Nonce"]);
    }
}
