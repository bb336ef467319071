use std::io::{self, IsTerminal, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

/// A screen of its own, so that what was there before comes back (xterm's DECSET 1049).
const ENTER: &str = "\x1b[?1049h\x1b[2J";
const LEAVE: &str = "\x1b[?1049l";

/// Where the terminal does not say how large it is.
const USUAL_SIZE: (usize, usize) = (80, 24);

/// The terminal of standard input and output, on which the conversation is drawn anew whenever something happens. It gives
/// keys as they are pressed, and does not show them by itself. Dropping it gives it back as it was.
#[derive(Debug)]
pub(crate) struct Screen {
    before: Termios,
}

impl Screen {
    /// Takes the terminal; `None` where one of the two is none.
    pub(crate) fn open() -> Option<Self> {
        let (stdin, mut stdout) = (io::stdin(), io::stdout());
        if !stdout.is_terminal() {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut modes = before.clone();
        // Ctrl-C stays a signal.
        modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        tcsetattr(&stdin, OptionalActions::Now, &modes).ok()?;
        let screen = Self { before };
        stdout.write_all(ENTER.as_bytes()).and_then(|()| stdout.flush()).ok()?;
        Some(screen)
    }

    /// Columns and rows.
    #[expect(clippy::unused_self, reason = "it is measured where there is one")]
    pub(super) fn size(&self) -> (usize, usize) {
        match tcgetwinsize(io::stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
            _ => USUAL_SIZE,
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let mut stdout = io::stdout();
        // Nothing can be done for a terminal that is gone.
        let _ = stdout.write_all(LEAVE.as_bytes()).and_then(|()| stdout.flush());
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}
