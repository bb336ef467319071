use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sip_message::{
    Aor, MessageBuilder, Method, NameAddr, RequestHead, Uri, UriBuf,
    headers::{CSeq, CallId, From, To, UserAgent},
};

/// What a request starts with (RFC 3261 section 8.1.1.6).
const MAX_FORWARDS: u8 = 70;

/// Who the user is, as requests say it.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    uri: UriBuf,
    registrar: UriBuf,
    display_name: Option<String>,
    contact: UriBuf,
    product: Option<String>,
}

impl Identity {
    pub(crate) fn new(aor: &Aor, display_name: Option<&str>, contact: UriBuf, product: Option<&str>) -> Self {
        Self {
            uri: aor.to_uri(),
            registrar: UriBuf::parse(format!("sip:{}", aor.domain()))
                .expect("the domain of an address of record is a host"),
            display_name: display_name.and_then(one_line),
            contact,
            product: product.and_then(one_line),
        }
    }

    /// The address of record.
    pub(crate) fn uri(&self) -> Uri<'_> {
        self.uri.as_uri()
    }

    /// The Request-URI of a REGISTER: the domain alone (RFC 3261 section 10.2).
    pub(crate) fn registrar(&self) -> Uri<'_> {
        self.registrar.as_uri()
    }

    pub(crate) const fn contact(&self) -> &UriBuf {
        &self.contact
    }

    /// What goes into User-Agent and Server.
    pub(crate) fn product(&self) -> Option<&str> {
        self.product.as_deref()
    }

    /// The value of From, without a tag.
    pub(crate) fn address(&self) -> NameAddr<'_> {
        let address = NameAddr::new(self.uri());
        match &self.display_name {
            Some(name) => address
                .with_display_name(name)
                .expect("control characters were taken out"),
            None => address,
        }
    }

    /// Who sends a Message/CPIM.
    pub(crate) fn im_address(&self) -> Result<cpim::Address, cpim::InvalidValue> {
        let uri = cpim::Uri::new(self.uri.as_str())?;
        Ok(match &self.display_name {
            Some(name) => cpim::Address::named(name.as_str(), uri),
            None => cpim::Address::new(uri),
        })
    }

    /// Starts a request outside of dialogs.
    pub(crate) fn request(
        &self,
        method: Method<'_>,
        uri: Uri<'_>,
        to: NameAddr<'_>,
        ids: &Ids,
        cseq: u32,
    ) -> MessageBuilder {
        let from = From::new(self.address())
            .with_tag(&ids.from_tag)
            .expect("hexadecimal digits are a token");
        let builder = MessageBuilder::request(&RequestHead {
            cseq: CSeq::new(cseq.min(CSeq::MAX), method).expect("it is at most the largest"),
            uri,
            from,
            to: To::new(to),
            call_id: CallId::new(&ids.call_id).expect("hexadecimal digits are a word"),
            max_forwards: MAX_FORWARDS,
        });
        match self.product() {
            Some(product) => builder
                .header(&UserAgent::new(product).expect("control characters and blanks at the ends were taken out")),
            None => builder,
        }
    }
}

/// What names a request beside its CSeq.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    call_id: String,
    from_tag: String,
}

impl Ids {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            call_id: random.call_id(),
            from_tag: random.tag(),
        }
    }
}

/// Where all random values come from.
#[derive(Clone, Debug)]
pub(crate) struct Random(ChaCha12Rng);

impl Random {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// A tag (RFC 3261 section 19.3) or client nonce: 64 bits.
    pub(crate) fn tag(&mut self) -> String {
        format!("{:016x}", self.0.next_u64())
    }

    /// 128 bits: a Call-ID is to be unique over space and time.
    pub(crate) fn call_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.0.next_u64(), self.0.next_u64())
    }

    /// 128 bits, for a Message-ID.
    pub(crate) fn bits(&mut self) -> u128 {
        u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64())
    }

    /// A seed for a machine within this one.
    pub(crate) fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        self.0.fill_bytes(&mut seed);
        seed
    }
}

/// The text with blanks for control characters, or `None` when nothing is left of it.
fn one_line(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_line() {
        let identity = Identity::new(
            &Aor::parse("alice@example.test").unwrap(),
            Some("Al\r\nVia: \"x\" "),
            UriBuf::parse("sip:alice@192.0.2.1").unwrap(),
            Some("\n"),
        );
        assert_eq!(
            identity.address().to_string(),
            r#""Al  Via: \"x\"" <sip:alice@example.test>"#
        );
        assert_eq!(identity.product(), None);
        assert_eq!(identity.registrar().as_str(), "sip:example.test");
    }
}
