use super::Transcript;
use crate::{failure::Failure, output::Output};

/// There is none here: the terminals of this system have no `termios`.
#[derive(Debug)]
pub(crate) enum Screen {}

impl Screen {
    pub(crate) fn open() -> Option<Self> {
        None
    }

    pub(crate) fn draw(&self, _: &Transcript, _: &str, _: &mut Output) -> Result<(), Failure> {
        match *self {}
    }
}
