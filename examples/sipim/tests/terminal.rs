//! `chat` on a terminal.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it says")]

mod common;

use std::{
    fs::File,
    io::{Read, Write},
    os::unix::process::CommandExt,
    process::Child,
};

use rustix::{
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, WaitOptions, kill_process, waitpid},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};

use common::Server;

const ENTER: &str = "\x1b[?1049h";
const LEAVE: &str = "\x1b[?1049l";

/// A chat of Alice's with Bob, and the side of its terminal that a person has.
struct Chat {
    child: Child,
    terminal: File,
    /// What nobody has looked at yet.
    shown: String,
}

impl Chat {
    fn start(server: &Server) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let size = Winsize {
            ws_row: 5,
            ws_col: 40,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&terminal, size).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let other_side = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        // As a shell starts it: in a group of its own, with a parent outside that can let it go on.
        let mut command = server.sipim("udp", "alice", &["chat", "bob"]);
        command
            .process_group(0)
            .stdin(other_side.try_clone().unwrap())
            .stdout(other_side);
        Self {
            child: command.spawn().unwrap(),
            terminal: terminal.into(),
            shown: String::new(),
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn type_(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    /// Reads until this is shown, behind what has been waited for before.
    fn wait_for(&mut self, text: &str) {
        let mut bytes = [0; 4096];
        loop {
            if let Some(at) = self.shown.find(text) {
                self.shown.drain(..at + text.len());
                return;
            }
            let length = self.terminal.read(&mut bytes).unwrap();
            assert_ne!(length, 0, "it ended before {text:?}: {:?}", self.shown);
            self.shown.push_str(&String::from_utf8_lossy(&bytes[..length]));
        }
    }

    /// Whether lines are edited and shown by the terminal itself, as shells of the simple kind want it.
    fn terminal_edits(&self) -> bool {
        let modes = tcgetattr(&self.terminal).unwrap().local_modes;
        assert_eq!(modes.contains(LocalModes::ICANON), modes.contains(LocalModes::ECHO));
        modes.contains(LocalModes::ICANON)
    }
}

impl Drop for Chat {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_suspends_a_chat_has_the_terminal_meanwhile() {
    let server = Server::start();
    let mut chat = Chat::start(&server);
    chat.wait_for(ENTER);
    chat.type_("half a li");
    chat.wait_for("> half a li");
    assert!(!chat.terminal_edits());
    for _ in 0..2 {
        // As the terminal does at Ctrl-Z, when it is the controlling one.
        kill_process(chat.pid(), Signal::TSTP).unwrap();
        let (_, status) = waitpid(Some(chat.pid()), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
        assert!(chat.terminal_edits());
        chat.wait_for(LEAVE);
        kill_process(chat.pid(), Signal::CONT).unwrap();
        chat.wait_for(ENTER);
        chat.wait_for("> half a li");
        assert!(!chat.terminal_edits());
    }
    // What stops it without a word is made good afterwards.
    kill_process(chat.pid(), Signal::STOP).unwrap();
    waitpid(Some(chat.pid()), WaitOptions::UNTRACED).unwrap();
    kill_process(chat.pid(), Signal::CONT).unwrap();
    chat.wait_for(ENTER);
    chat.type_("ne\r\x04");
    chat.wait_for("you: half a line");
    chat.wait_for(LEAVE);
    chat.wait_for("unregistered");
    assert_eq!(chat.child.wait().unwrap().code(), Some(0));
    assert!(chat.terminal_edits());
}
