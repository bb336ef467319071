use std::collections::VecDeque;

use bytes::Bytes;
use sip_transaction::Destination;

use crate::{Change, CommitId, Output};

/// Holds back what must not be said before the state that it speaks of is durable.
///
/// The rule is simple and covers retransmissions too: nothing leaves before every change that was decided before it
/// is durable.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    changes: Vec<Change>,
    transmissions: Vec<(Bytes, Destination)>,
    held: VecDeque<(CommitId, Bytes, Destination)>,
    issued: u64,
    durable: u64,
}

impl Gate {
    pub(crate) fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    pub(crate) fn transmit(&mut self, bytes: Bytes, to: Destination) {
        self.transmissions.push((bytes, to));
    }

    /// Ends one input: its changes become a commit, its transmissions wait or go.
    pub(crate) fn flush(&mut self, outputs: &mut VecDeque<Output>) {
        if !self.changes.is_empty() {
            self.issued += 1;
            let changes = std::mem::take(&mut self.changes);
            outputs.push_back(Output::Commit {
                id: CommitId(self.issued),
                changes,
            });
        }
        for (bytes, to) in self.transmissions.drain(..) {
            if self.issued > self.durable {
                self.held.push_back((CommitId(self.issued), bytes, to));
            } else {
                outputs.push_back(Output::Transmit { bytes, to });
            }
        }
    }

    pub(crate) fn committed(&mut self, id: CommitId, outputs: &mut VecDeque<Output>) {
        self.durable = self.durable.max(id.0.min(self.issued));
        while let Some((_, bytes, to)) = self.held.pop_front_if(|(until, ..)| until.0 <= self.durable) {
            outputs.push_back(Output::Transmit { bytes, to });
        }
    }
}

#[cfg(test)]
mod tests {
    use sip_message::{Aor, Transport};

    use super::*;
    use crate::RowKey;

    fn to(port: u16) -> Destination {
        Destination::Address {
            transport: Transport::Udp,
            remote: ([127, 0, 0, 1], port).into(),
        }
    }

    fn sent(outputs: &mut VecDeque<Output>) -> Vec<Destination> {
        outputs
            .drain(..)
            .filter_map(|output| {
                if let Output::Transmit { to, .. } = output {
                    Some(to)
                } else {
                    None
                }
            })
            .collect()
    }

    #[test]
    fn nothing_overtakes_a_commit_that_came_before_it() {
        let (mut gate, mut outputs) = (Gate::default(), VecDeque::new());
        let change = || Change::Delete(RowKey::Information(Aor::new("a", "b").unwrap()));
        gate.transmit("free".into(), to(1));
        gate.flush(&mut outputs);
        assert_eq!(sent(&mut outputs), [to(1)]);
        gate.change(change());
        gate.transmit("held".into(), to(2));
        gate.flush(&mut outputs);
        assert!(matches!(
            outputs.pop_front(),
            Some(Output::Commit { id: CommitId(1), .. })
        ));
        gate.transmit("behind it".into(), to(3));
        gate.flush(&mut outputs);
        gate.change(change());
        gate.transmit("held longer".into(), to(4));
        gate.flush(&mut outputs);
        assert_eq!(sent(&mut outputs), []);
        gate.committed(CommitId(1), &mut outputs);
        assert_eq!(sent(&mut outputs), [to(2), to(3)]);
        gate.committed(CommitId(2), &mut outputs);
        assert_eq!(sent(&mut outputs), [to(4)]);
    }
}
