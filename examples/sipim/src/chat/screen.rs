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
        if !io::stdout().is_terminal() {
            return None;
        }
        let before = tcgetattr(io::stdin()).ok()?;
        let screen = Self { before };
        screen.enter().ok()?;
        Some(screen)
    }

    /// Takes the terminal from whoever has it. The screen is empty then.
    pub(crate) fn enter(&self) -> io::Result<()> {
        let mut modes = self.before.clone();
        // Ctrl-C and Ctrl-Z stay signals.
        modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        // First of all: it stops a process that is in the background, and has nothing to write there.
        tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
        let mut stdout = io::stdout();
        stdout.write_all(ENTER.as_bytes())?;
        stdout.flush()
    }

    /// Gives the terminal back as it was.
    pub(crate) fn leave(&self) {
        let mut stdout = io::stdout();
        // Nothing can be done for a terminal that is gone.
        let _ = stdout.write_all(LEAVE.as_bytes()).and_then(|()| stdout.flush());
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
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
        self.leave();
    }
}
