/// How much of a peer's document is read before it is refused.
///
/// The defaults are far above any presence document seen in practice and low enough that a hostile one costs
/// milliseconds and a few megabytes. A document beyond a limit gives [`ErrorKind::Limit`](crate::ErrorKind::Limit).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Size of the document in bytes. Default 1 MiB: one tuple takes 200 to 500 bytes, so this has room for a composed
    /// document of two thousand. It also bounds the namespace declarations that are copied onto extension elements so
    /// that these stay correct when they are moved.
    pub bytes: usize,
    /// Depth of nesting, the root being 1. Default 64: the deepest documents in the RFCs (locations in GML) have 11.
    /// Values above 128 count as 128, which keeps every later walk over the tree within the stack of a thread, also
    /// where the build is not optimized.
    pub depth: usize,
    /// Number of elements in the document. Default 20,000: an element in memory takes some 200 bytes where `<a/>` takes
    /// four, so that the size alone would not bound memory well. As many comments and processing instructions may stand
    /// beside them.
    pub elements: usize,
    /// Attributes of one element, declarations of prefixes included. Default 128: they are compared in pairs to find
    /// duplicates. A written `presence` element declares each namespace once, so keep this above `namespaces`.
    pub attributes: usize,
    /// Number of different namespaces declared in the document, those of presence documents apart. Default 100: a
    /// document with every presence extension ever registered has about twenty.
    pub namespaces: usize,
    /// Length of a namespace in bytes. Default 1,024: those of the RFCs have less than 100. A namespace is compared
    /// wherever its names are used, so that a long one would cost its length each time.
    pub namespace_bytes: usize,
    /// Steps that the operations of one patch may take together (RFC 5261), a node that is looked at being one; as many
    /// pairs of nodes are compared at most to find a patch, which takes an eighth of a byte each. Default 10,000,000, which
    /// is a tenth of a second and a little more than a megabyte: each operation walks over the document, and a hostile patch
    /// has many operations.
    pub patch_steps: usize,
    /// Steps that one application of a filter may take (RFC 4661), an element that is looked at for one step of an expression
    /// being one. Default 10,000,000, which is a tenth of a second: a hostile filter has many expressions of many steps.
    pub filter_steps: usize,
}

impl Limits {
    /// For what was read before.
    pub(crate) const NONE: Self = Self {
        bytes: usize::MAX,
        depth: usize::MAX,
        elements: usize::MAX,
        attributes: usize::MAX,
        namespaces: usize::MAX,
        namespace_bytes: usize::MAX,
        patch_steps: usize::MAX,
        filter_steps: usize::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 20,
            depth: 64,
            elements: 20_000,
            attributes: 128,
            namespaces: 100,
            namespace_bytes: 1024,
            patch_steps: 10_000_000,
            filter_steps: 10_000_000,
        }
    }
}
