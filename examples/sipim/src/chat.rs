//! What `chat` is made of: the line that is typed, and the screen that shows the conversation.

mod editor;
#[cfg(unix)]
mod screen;
#[cfg(not(unix))]
#[path = "chat/no_screen.rs"]
mod screen;
mod transcript;

use std::io::{self, Read};

use tokio::{sync::mpsc, task};

pub(crate) use self::{
    editor::{Edit, Editor},
    screen::Screen,
    transcript::{Mark, Transcript},
};
use crate::{failure::Failure, output::Output};

impl Screen {
    /// Shows what was said, and what is typed.
    pub(crate) fn draw(&self, transcript: &Transcript, typed: &str, output: &mut Output) -> Result<(), Failure> {
        let (width, height) = self.size();
        let rows = transcript.rows(width, height, typed);
        // From the top left, each row with the rest of its line cleared. The cursor stays behind what is typed.
        output.draw(&format!("\x1b[H{}\x1b[K", rows.join("\x1b[K\r\n")))
    }
}

/// Portions of input that wait. Nobody types so fast; a pipe waits.
const PORTIONS: usize = 16;

/// Standard input as it comes, until its end. A terminal's comes by the key, once [`Screen::open`] has asked for that.
pub(crate) fn keyboard() -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel(PORTIONS);
    task::spawn_blocking(move || {
        let mut stdin = io::stdin().lock();
        let mut portion = [0; 4096];
        while let Ok(length @ 1..) = stdin.read(&mut portion) {
            let bytes = portion.get(..length).unwrap_or_default().to_vec();
            if sender.blocking_send(bytes).is_err() {
                break;
            }
        }
    });
    receiver
}
