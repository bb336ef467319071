use std::{
    error, io,
    sync::mpsc as std_mpsc,
    thread::{self, JoinHandle},
};

use sip_server::{Change, CommitId, Row};
use tokio::sync::mpsc;

/// Where the server's rows outlive the process.
///
/// The methods may block: they run on a thread of their own, one at a time. `()` is a store that keeps nothing.
pub trait Store: Send + 'static {
    /// All rows of earlier runs. Called once, before anything else.
    ///
    /// # Errors
    /// When the rows cannot be read. The server then does not start.
    fn load(&mut self) -> Result<Vec<Row>, StoreError>;

    /// Makes changes durable, in order, all or none. These are the changes of all commits that waited, so that one
    /// sync to disk covers them.
    ///
    /// # Errors
    /// When they could not be made durable. What waits for them is then not said to anyone, and the server ends: it
    /// cannot take back what is in its memory, and the next one begins with what is durable. A store for which another
    /// try makes sense makes it before it returns.
    fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError>;
}

/// What went wrong in a store.
#[derive(Debug, thiserror::Error)]
#[error("store: {0}")]
pub struct StoreError(Box<dyn error::Error + Send + Sync>);

impl StoreError {
    /// An error of the store's own kind, or a text.
    #[must_use]
    pub fn new(error: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self(error.into())
    }
}

/// Keeps nothing.
impl Store for () {
    fn load(&mut self) -> Result<Vec<Row>, StoreError> {
        Ok(Vec::new())
    }

    fn commit(&mut self, _changes: &[Change]) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The thread that a store runs on, and the way to it.
#[derive(Debug)]
pub(crate) struct StoreThread {
    commits: std_mpsc::Sender<Commit>,
    replies: mpsc::UnboundedReceiver<Reply>,
    thread: JoinHandle<()>,
    // Commits that are not answered yet.
    waiting: usize,
}

type Commit = (CommitId, Vec<Change>);

/// What the store has done.
#[derive(Debug)]
pub(crate) enum Reply {
    /// So many commits are durable, up to this one.
    Committed {
        last: CommitId,
        commits: usize,
    },
    /// A commit failed, and no more are taken.
    Failed(StoreError),
    Loaded(Result<Vec<Row>, StoreError>),
}

impl StoreThread {
    /// Starts the thread, which loads first.
    pub(crate) fn start(store: impl Store) -> io::Result<Self> {
        let (commits, queue) = std_mpsc::channel();
        let (sender, replies) = mpsc::unbounded_channel();
        let thread = thread::Builder::new()
            .name("sip-store".to_owned())
            .spawn(move || run(store, &queue, &sender))?;
        Ok(Self {
            commits,
            replies,
            thread,
            waiting: 0,
        })
    }

    /// Hands a commit over.
    pub(crate) fn commit(&mut self, id: CommitId, changes: Vec<Change>) {
        self.waiting += 1;
        // When the thread has ended, `next` tells.
        let _ = self.commits.send((id, changes));
    }

    /// How many commits are not answered yet.
    pub(crate) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// The next reply; `None` when the thread has ended, by a failure that was told or a panic of the store. Dropping the future
    /// before it resolves loses nothing.
    pub(crate) async fn next(&mut self) -> Option<Reply> {
        let reply = self.replies.recv().await?;
        if let Reply::Committed { commits, .. } = &reply {
            self.waiting = self.waiting.saturating_sub(*commits);
        }
        Some(reply)
    }

    /// Ends the thread once all commits are done and the store is dropped.
    pub(crate) async fn close(self) {
        let Self {
            commits,
            mut replies,
            thread,
            ..
        } = self;
        drop(commits);
        while replies.recv().await.is_some() {}
        // It has dropped its end as the last thing, so this does not block; a panic was told by `next`.
        let _ = thread.join();
    }
}

fn run(mut store: impl Store, queue: &std_mpsc::Receiver<Commit>, replies: &mpsc::UnboundedSender<Reply>) {
    let mut going = replies.send(Reply::Loaded(store.load())).is_ok();
    let mut changes = Vec::new();
    while going && let Ok((mut last, first)) = queue.recv() {
        changes.extend(first);
        let mut commits = 1;
        for (id, more) in queue.try_iter() {
            last = id;
            changes.extend(more);
            commits += 1;
        }
        let reply = match store.commit(&changes) {
            Ok(()) => Reply::Committed { last, commits },
            Err(error) => {
                let _ = replies.send(Reply::Failed(error));
                return;
            }
        };
        changes.clear();
        going = replies.send(reply).is_ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::sync::{Arc, Mutex};

    use sip_message::Aor;
    use sip_server::RowKey;

    /// Keeps the size of each group; a commit waits for the gate, and the second one fails.
    struct Gated {
        gate: std_mpsc::Receiver<()>,
        groups: Arc<Mutex<Vec<usize>>>,
    }

    impl Store for Gated {
        fn load(&mut self) -> Result<Vec<Row>, StoreError> {
            Ok(Vec::new())
        }

        fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
            self.gate.recv().unwrap();
            let mut groups = self.groups.lock().unwrap();
            groups.push(changes.len());
            if groups.len() == 2 {
                return Err(StoreError::new("disk full"));
            }
            Ok(())
        }
    }

    fn change() -> Change {
        Change::Delete(RowKey::Information(Aor::new("alice", "example.test").unwrap()))
    }

    #[tokio::test]
    async fn what_waits_is_one_group() {
        let (open, gate) = std_mpsc::channel();
        let groups = Arc::new(Mutex::new(Vec::new()));
        let mut store = StoreThread::start(Gated {
            gate,
            groups: groups.clone(),
        })
        .unwrap();
        assert!(matches!(store.next().await, Some(Reply::Loaded(Ok(_)))));
        for id in 1..=9 {
            store.commit(CommitId(id), vec![change(), change()]);
        }
        assert_eq!(store.waiting(), 9);
        // Whatever part of them the first group has, the second has the rest, and it fails.
        open.send(()).unwrap();
        let Some(Reply::Committed { last, commits }) = store.next().await else {
            panic!("a commit")
        };
        assert_eq!(usize::try_from(last.0).unwrap(), commits);
        let done = commits;
        if done < 9 {
            open.send(()).unwrap();
            let Some(Reply::Failed(error)) = store.next().await else {
                panic!("a failure")
            };
            assert_eq!(error.to_string(), "store: disk full");
        }
        assert_eq!(store.waiting(), 9 - done);
        store.close().await;
        let groups = groups.lock().unwrap();
        assert!(groups.len() <= 2, "{groups:?}");
        assert_eq!(groups.iter().sum::<usize>(), 18);
    }

    #[tokio::test]
    async fn closing_waits_for_what_was_handed_over() {
        let (open, gate) = std_mpsc::channel();
        let groups = Arc::new(Mutex::new(Vec::new()));
        let mut store = StoreThread::start(Gated {
            gate,
            groups: groups.clone(),
        })
        .unwrap();
        store.commit(CommitId(1), vec![change()]);
        open.send(()).unwrap();
        drop(open);
        store.close().await;
        assert_eq!(*groups.lock().unwrap(), [1]);
    }

    struct Panics;

    impl Store for Panics {
        fn load(&mut self) -> Result<Vec<Row>, StoreError> {
            panic!("a broken store")
        }

        fn commit(&mut self, _: &[Change]) -> Result<(), StoreError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_panic_is_told() {
        let mut store = StoreThread::start(Panics).unwrap();
        assert!(store.next().await.is_none());
        store.close().await;
    }
}
