use std::{pin::Pin, time::Instant};

use tokio::time::{self, Sleep};

/// The time, as the runtime has it.
pub(crate) fn now() -> Instant {
    time::Instant::now().into_std()
}

/// Rings when a machine's timeout is due.
#[derive(Debug)]
pub(crate) struct Timer {
    sleep: Pin<Box<Sleep>>,
    due: Option<Instant>,
}

impl Timer {
    /// A timer that never rings.
    pub(crate) fn new() -> Self {
        Self {
            sleep: Box::pin(time::sleep_until(time::Instant::now())),
            due: None,
        }
    }

    /// Rings at `due` from now on, or never.
    pub(crate) fn set(&mut self, due: Option<Instant>) {
        if due != self.due {
            self.due = due;
            if let Some(due) = due {
                self.sleep.as_mut().reset(time::Instant::from_std(due));
            }
        }
    }

    /// Resolves once it is due, and again until it is set anew.
    pub(crate) async fn rings(&mut self) {
        match self.due {
            Some(_) => self.sleep.as_mut().await,
            None => std::future::pending().await,
        }
    }
}
