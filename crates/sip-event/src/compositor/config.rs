/// An event package whose state can be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishPackage {
    /// The name as it stands in Event and Allow-Events.
    pub name: String,
    /// The media types of bodies that are taken, without parameters.
    pub media_types: Vec<String>,
    /// The seconds that a PUBLISH without Expires asks for.
    pub default_expires: u32,
}

/// What a [`Compositor`](crate::Compositor) is told about its place in the world.
#[derive(Clone, Debug)]
pub struct CompositorConfig {
    /// The event packages.
    pub packages: Vec<PublishPackage>,
    /// A shorter publication is refused with 423. Seconds.
    pub min_expires: u32,
    /// A longer publication is shortened to this. Seconds.
    pub max_expires: u32,
    /// The software: Server of responses.
    pub server: Option<String>,
    /// The bounds.
    pub limits: CompositorLimits,
}

/// Every bound that a compositor puts on what its peers make it keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompositorLimits {
    /// Octets of one body. Above it 413. Default 32,768: a large presence document has some kilobytes, and what is
    /// composed of some of them has to fit a NOTIFY of 65,535.
    pub body: usize,
    /// Publications for one resource and package at once. Above it 503. Default 16: each is a device of the user's,
    /// or one that forgot its entity-tag.
    pub per_resource: usize,
    /// Publications at once. Above it 503. Default 100,000: at some kilobytes each what a small machine can hold.
    pub publications: usize,
    /// Publications that one `Timeout` ends. Default 256: when thousands expire at one instant the outputs come in
    /// portions, and `poll_timeout` stays due until all have ended.
    pub expiries: usize,
}

impl Default for CompositorLimits {
    fn default() -> Self {
        Self {
            body: 32_768,
            per_resource: 16,
            publications: 100_000,
            expiries: 256,
        }
    }
}
