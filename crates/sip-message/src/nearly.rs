//! What the quick readers are tested with.

use proptest::{prelude::*, sample::select};

/// Values in the usual form and values that are nearly so.
pub(crate) fn nearly(usual: &'static [&'static str]) -> impl Strategy<Value = String> {
    #[rustfmt::skip]
    const OTHERS: &[&str] = &[
        "", "\"", "\"a \\\" b\"", "%41", "*", "+", ",", "-", "--", ".", "..", "/", "0", "1.2.3.4", ":", ":5", ";", "; ", ";;", "<", "=",
        " = ", ">", "> ", "?", "@", "A B", "[::1]", "[", "\\", "\r\n ", "\r", "\0", " ", "  ", "\t", "\x7f", "!", "'", "_", "a.-b",
        "sips:", "tel:", "~", "é",
        // Longer than a window and a little less.
        "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz.abcdefghijklmnop",
        "a.bcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz.abc-",
    ];
    let piece = |piece: &'static str| prop_oneof![12 => Just(piece), 1 => select(OTHERS)];
    usual
        .iter()
        .map(|usual| piece(usual))
        .collect::<Vec<_>>()
        .prop_map(|pieces| pieces.concat())
}
