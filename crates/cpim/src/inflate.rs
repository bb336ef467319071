use miniz_oxide::inflate::{
    TINFLStatus,
    core::{DecompressorOxide, decompress, inflate_flags},
};
use thiserror::Error;

use crate::limits::Limits;

/// Undoes the content coding `deflate` (RFC 2616 section 3.5), as linphone puts it around an IMDN.
///
/// That coding is the zlib format (RFC 1950), with a checksum. Some senders take its name for bare deflate (RFC 1951);
/// that is read too.
///
/// # Errors
///
/// [`InflateError`] when the bytes are neither, are more than one stream, or would inflate to more than
/// [`Limits::inflated`].
///
/// ```
/// use cpim::{Limits, inflate};
///
/// let deflated = b"\x78\x9c\xcb\xc8\x04\x00\x01\x3b\x00\xd2";
/// assert_eq!(inflate(deflated, &Limits::default())?, b"hi");
/// # Ok::<(), cpim::InflateError>(())
/// ```
pub fn inflate(body: &[u8], limits: &Limits) -> Result<Vec<u8>, InflateError> {
    if !has_zlib_header(body) {
        return Inflater::run(body, 0, limits.inflated);
    }
    let zlib = Inflater::run(body, inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER, limits.inflated);
    match zlib {
        // Bare deflate can begin as zlib does. The first error is the likelier one to be of use.
        Err(error) if error.kind == InflateErrorKind::Corrupt => {
            Inflater::run(body, 0, limits.inflated).map_err(|_| error)
        }
        _ => zlib,
    }
}

/// Why bytes cannot be inflated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind} at byte {offset}")]
pub struct InflateError {
    kind: InflateErrorKind,
    offset: usize,
}

impl InflateError {
    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> InflateErrorKind {
        self.kind
    }

    /// How far the deflated bytes were read.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

/// What [`InflateError`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InflateErrorKind {
    /// The bytes are no deflated data, do not match their checksum, or end too early.
    #[error("neither zlib (RFC 1950) nor deflate (RFC 1951)")]
    Corrupt,
    /// More bytes than [`Limits::inflated`].
    #[error("inflates to more than {limit} bytes")]
    TooLong {
        /// The limit that was exceeded, in bytes.
        limit: usize,
    },
    /// Bytes after the end of the deflated data.
    #[error("bytes after the end of the deflated data")]
    Trailing,
}

/// The first two bytes of RFC 1950 section 2.2, for deflate and without a preset dictionary.
fn has_zlib_header(body: &[u8]) -> bool {
    match body {
        [method, flags, ..] => {
            let check = u16::from_be_bytes([*method, *flags]);
            method & 0x0f == 8 && method >> 4 <= 7 && flags & 0x20 == 0 && check % 31 == 0
        }
        _ => false,
    }
}

struct Inflater<'a> {
    body: &'a [u8],
    read: usize,
    limit: usize,
}

impl<'a> Inflater<'a> {
    fn run(body: &'a [u8], format: u32, limit: usize) -> Result<Vec<u8>, InflateError> {
        let mut this = Self { body, read: 0, limit };
        let flags = format | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
        // One byte more than may be, so that the last that may be does not look like one too many.
        let most = limit.saturating_add(1);
        let mut state = Box::<DecompressorOxide>::default();
        let mut out = vec![0; body.len().saturating_mul(4).max(256).min(most)];
        let mut written = 0;
        loop {
            let rest = this.body.get(this.read..).unwrap_or_default();
            let (status, read, wrote) = decompress(&mut state, rest, &mut out, written, flags);
            this.read += read;
            written += wrote;
            if written > limit {
                return this.error(InflateErrorKind::TooLong { limit: this.limit });
            }
            match status {
                TINFLStatus::Done if this.read < body.len() => return this.error(InflateErrorKind::Trailing),
                TINFLStatus::Done => {
                    out.truncate(written);
                    return Ok(out);
                }
                // The buffer is full and not yet as long as may be, or else more than may be was written.
                TINFLStatus::HasMoreOutput => out.resize(out.len().saturating_mul(2).min(most), 0),
                _ => return this.error(InflateErrorKind::Corrupt),
            }
        }
    }

    fn error<T>(&self, kind: InflateErrorKind) -> Result<T, InflateError> {
        Err(InflateError {
            kind,
            offset: self.read,
        })
    }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::{compress_to_vec, compress_to_vec_zlib};

    use super::*;

    fn limits(inflated: usize) -> Limits {
        Limits {
            inflated,
            ..Limits::default()
        }
    }

    #[test]
    fn both_formats_inflate() {
        let text = b"hello hello hello ".repeat(100);
        for level in [0, 1, 6, 9] {
            for deflated in [compress_to_vec_zlib(&text, level), compress_to_vec(&text, level)] {
                assert_eq!(inflate(&deflated, &Limits::default()).unwrap(), text, "level {level}");
            }
        }
        assert_eq!(inflate(&compress_to_vec_zlib(b"", 6), &limits(0)).unwrap(), b"");
    }

    #[test]
    fn bare_deflate_that_begins_like_zlib_inflates() {
        // Two stored blocks. The first has its five unused bits set so that it and the length after it are a header.
        let deflated = *b"\x78\x01\x00\xfe\xffx\x01\x01\x00\xfe\xffy";
        assert!(has_zlib_header(&deflated));
        assert_eq!(inflate(&deflated, &Limits::default()).unwrap(), b"xy");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let deflated = compress_to_vec_zlib(&vec![0; 10_000_000], 9);
        assert!(deflated.len() < 20_000);
        let error = inflate(&deflated, &limits(1000)).unwrap_err();
        assert_eq!(error.kind(), InflateErrorKind::TooLong { limit: 1000 });
        assert!(error.offset() < 100);
        let exact = compress_to_vec(&[7; 1000], 9);
        assert_eq!(inflate(&exact, &limits(1000)).unwrap(), [7; 1000]);
        let error = inflate(&exact, &limits(999)).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("inflates to more than 999 bytes at byte {}", error.offset())
        );
    }

    #[test]
    fn what_is_cut_changed_or_followed_is_refused() {
        let deflated = compress_to_vec_zlib(b"hello", 6);
        for end in 0..deflated.len() {
            let error = inflate(&deflated[..end], &Limits::default()).unwrap_err();
            assert_eq!(error.kind(), InflateErrorKind::Corrupt, "{end}");
            assert!(error.offset() <= end);
        }
        let mut changed = deflated.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert_eq!(
            inflate(&changed, &Limits::default()).unwrap_err().kind(),
            InflateErrorKind::Corrupt
        );
        let followed = [&deflated[..], b"x"].concat();
        let error = inflate(&followed, &Limits::default()).unwrap_err();
        assert_eq!(
            (error.kind(), error.offset()),
            (InflateErrorKind::Trailing, deflated.len())
        );
    }
}
