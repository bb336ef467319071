use zeroize::Zeroize;

/// How many bytes a block has.
const BLOCK: usize = 64;

/// What MD5 and SHA-256 take in one step.
pub(crate) type Block = [u8; BLOCK];

/// Enough for what is hashed with SHA-256 where nonce and client nonce have some hundred digits together.
const ROOM: usize = 4 * BLOCK;

/// A short text on the stack, padded to the blocks that MD5 and SHA-256 work on. It may hold a secret, so it is
/// overwritten on drop.
///
/// What a request needs hashed has few and short parts. Handing them one by one to a hash costs more than joining them
/// here, because each is copied into a block of its state, and whether that is full is looked at every time.
pub(crate) struct Blocks {
    bytes: [u8; ROOM],
    used: usize,
}

impl Blocks {
    #[inline]
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; ROOM],
            used: 0,
        }
    }

    /// Puts the parts together with a colon between each two. [`None`] where that is longer than there is room for.
    #[inline]
    pub(crate) fn join(&mut self, parts: &[&[u8]]) -> Option<()> {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.push(b":")?;
            }
            self.push(part)?;
        }
        Some(())
    }

    /// Adds a colon and a part of zeros, to be [filled in](Self::fill) later. Gives its place.
    #[inline]
    pub(crate) fn leave(&mut self, len: usize) -> Option<usize> {
        self.push(b":")?;
        let place = self.used;
        self.used += len;
        Some(place)
    }

    /// Overwrites what was left.
    #[inline]
    pub(crate) fn fill(&mut self, place: usize, part: &[u8]) -> Option<()> {
        self.bytes.get_mut(place..place + part.len())?.copy_from_slice(part);
        Some(())
    }

    /// Pads what was put together: one bit, zeros, and the length in bits as eight bytes, in the order that the hash has
    /// them (RFC 1321 sections 3.1 and 3.2, FIPS 180-4 section 5.1.1).
    #[inline]
    pub(crate) fn pad(&mut self, length: fn(u64) -> [u8; 8]) -> Option<()> {
        let bits = self.used as u64 * 8;
        self.push(&[0x80])?;
        let end = (self.used + 8).next_multiple_of(BLOCK);
        self.bytes.get_mut(end - 8..end)?.copy_from_slice(&length(bits));
        self.used = end;
        Some(())
    }

    /// The blocks of what was padded: those before the one that a place is in, and the rest.
    #[inline]
    pub(crate) fn split_at(&self, place: usize) -> Option<(&[Block], &[Block])> {
        let (blocks, _) = self.bytes.as_chunks();
        blocks.get(..self.used / BLOCK)?.split_at_checked(place / BLOCK)
    }

    #[inline]
    fn push(&mut self, part: &[u8]) -> Option<()> {
        let end = self.used + part.len();
        self.bytes.get_mut(self.used..end)?.copy_from_slice(part);
        self.used = end;
        Some(())
    }
}

impl Drop for Blocks {
    #[inline]
    fn drop(&mut self) {
        let used = self.used.min(ROOM);
        self.bytes[..used].zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(parts: &[&[u8]], length: fn(u64) -> [u8; 8]) -> Option<Blocks> {
        let mut blocks = Blocks::new();
        blocks.join(parts)?;
        blocks.pad(length)?;
        Some(blocks)
    }

    #[test]
    fn the_length_stands_at_the_end_of_the_last_block() {
        for (len, count) in [(0, 1), (55, 1), (56, 2), (64, 2), (119, 2), (120, 3), (247, 4)] {
            let text = vec![b'x'; len];
            let padded = padded(&[&text], u64::to_be_bytes).unwrap();
            let (before, blocks) = padded.split_at(0).unwrap();
            let bytes = blocks.as_flattened();
            assert_eq!((before.len(), blocks.len()), (0, count), "{len}");
            assert_eq!((&bytes[..len], bytes[len]), (&*text, 0x80));
            assert!(bytes[len + 1..bytes.len() - 8].iter().all(|byte| *byte == 0));
            assert_eq!(bytes[bytes.len() - 8..], (len as u64 * 8).to_be_bytes());
        }
        let padded = padded(&[b"a", b"b"], u64::to_le_bytes).unwrap();
        let (_, blocks) = padded.split_at(0).unwrap();
        assert_eq!(blocks[0][..4], *b"a:b\x80");
        assert_eq!(blocks[0][56..], [24, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_is_left_is_filled_in() {
        for len in [0, 1, 62, 63, 64, 100, 126, 127] {
            let text = vec![b'x'; len];
            let mut blocks = Blocks::new();
            blocks.join(&[&text]).unwrap();
            let place = blocks.leave(32).unwrap();
            blocks.pad(u64::to_be_bytes).unwrap();
            blocks.fill(place, &[b'h'; 32]).unwrap();
            let whole = padded(&[&text, &[b'h'; 32]], u64::to_be_bytes).unwrap();
            assert_eq!((place, blocks.bytes), (len + 1, whole.bytes), "{len}");
            let (before, rest) = blocks.split_at(place).unwrap();
            assert_eq!(
                before.len(),
                (len + 1) / BLOCK,
                "{len}: before are the blocks that have nothing of it"
            );
            assert_eq!([before, rest].concat(), whole.split_at(0).unwrap().1);
        }
    }

    #[test]
    fn what_has_no_room_is_refused() {
        for len in [248, 256, 257, 100_000] {
            let text = vec![b'x'; len];
            assert!(padded(&[&text], u64::to_be_bytes).is_none(), "{len}");
        }
        let parts: [&[u8]; 2] = [&[b'x'; 200], &[b'x'; 200]];
        assert!(padded(&parts, u64::to_be_bytes).is_none());
        for len in [215, 240, 250, 255] {
            let mut blocks = Blocks::new();
            blocks.join(&[&vec![b'x'; len]]).unwrap();
            let left = blocks.leave(32);
            assert!(left.and_then(|_| blocks.pad(u64::to_be_bytes)).is_none(), "{len}");
        }
    }
}
