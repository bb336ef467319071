use bytes::Bytes;
use sip_benches::Sink;

/// The operations that are measured. Each peer does them in the way that its documentation shows, or a faster one if
/// its public API has one.
pub(crate) trait Codec {
    const NAME: &'static str;

    /// What a parser makes of the bytes.
    type Message: Clone;

    /// What a message is written from.
    type Value<'a>;

    fn parse(bytes: &Bytes) -> Self::Message;

    /// Shows the values of a message to the sink: the fields of [`sip_benches::Field`] for which the codec has types or
    /// accessors.
    fn typed(message: &Self::Message, sink: &mut impl Sink);

    fn value(message: &Self::Message) -> Self::Value<'_>;

    /// The message in a buffer of its own.
    fn write(value: &Self::Value<'_>) -> impl AsRef<[u8]>;

    /// The 200 to a request, in a buffer of its own.
    fn respond(request: &Self::Message) -> impl AsRef<[u8]>;
}

/// A codec with which a proxy can change what it received.
pub(crate) trait Relay: Codec {
    /// The request with a Via more, Max-Forwards one lower and the first Route removed, in a buffer of its own. The
    /// message may be changed.
    fn relay(request: &mut Self::Message) -> impl AsRef<[u8]>;
}
