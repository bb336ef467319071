use std::{fmt::Display, hint::black_box};

/// The values that an element looks at before it knows what to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The branch of the top Via.
    Branch,
    /// The tag of From.
    FromTag,
    /// The tag of To.
    ToTag,
    /// The Call-ID.
    CallId,
    /// The number of the CSeq.
    CSeqNumber,
    /// The method of the CSeq.
    CSeqMethod,
    /// The URI of the first Contact.
    ContactUri,
    /// The seconds of Expires.
    Expires,
    /// The event package.
    EventPackage,
}

/// Takes the values as they are decoded. One that the message does not have is not shown.
///
/// The benchmarks and the comparison of the codecs run the same code with two sinks, so what is compared is what is
/// measured.
pub trait Sink {
    /// Takes a value in the type that the codec has for it.
    fn see(&mut self, field: Field, value: impl Display);
}

/// Keeps nothing; the optimiser must still have the values ready.
#[derive(Clone, Copy, Debug)]
pub struct Unseen;

impl Sink for Unseen {
    fn see(&mut self, _: Field, value: impl Display) {
        black_box(&value);
    }
}

impl Sink for Vec<(Field, String)> {
    fn see(&mut self, field: Field, value: impl Display) {
        self.push((field, value.to_string()));
    }
}
