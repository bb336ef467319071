//! How much work a patch or a filter may be: many selectors over a large document cost no more than is allowed.

/// Counts steps.
#[derive(Debug)]
pub(crate) struct Budget {
    left: usize,
    limit: usize,
}

/// There are more steps than allowed.
#[derive(Debug)]
pub(crate) struct Exhausted {
    pub(crate) limit: usize,
}

impl Budget {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { left: limit, limit }
    }

    /// Takes steps: a node that is looked at is one.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        let left = self.left.checked_sub(steps);
        self.left = left.ok_or(Exhausted { limit: self.limit })?;
        Ok(())
    }

    /// Takes what it costs to look at so many bytes.
    pub(crate) fn spend_bytes(&mut self, bytes: usize) -> Result<(), Exhausted> {
        // A step to a node costs about as much as comparing or moving this many bytes.
        self.spend(1 + bytes / 64)
    }
}
