use rand_chacha::ChaCha12Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// The source of tags, Call-IDs and entity-tags: the same seed gives the same ones.
#[derive(Clone, Debug)]
pub(crate) struct Random(ChaCha12Rng);

impl Random {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// 64 bits as a token. RFC 3261 section 19.3 asks for 32 at least.
    pub(crate) fn token(&mut self) -> String {
        format!("{:016x}", self.0.next_u64())
    }

    /// 128 bits as a token: a Call-ID has to be unique over space and time (RFC 3261 section 8.1.1.4).
    pub(crate) fn call_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.0.next_u64(), self.0.next_u64())
    }
}
