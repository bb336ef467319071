//! The program: its banner, its exit codes, its end.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod common;

use std::{
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpStream, UdpSocket},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use common::Scratch;

/// A server that is killed when a test fails.
struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    banner: String,
}

impl Server {
    fn start(directory: &Path, arguments: &[&str]) -> Self {
        let mut child = command(directory, arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut banner = String::new();
        while !banner.contains("Ctrl-C ends the server") {
            let read = output.read_line(&mut banner).unwrap();
            assert_ne!(read, 0, "the server ended after {banner:?}");
        }
        Self { child, output, banner }
    }

    /// Where it says that it listens.
    fn address(&self, transport: &str) -> SocketAddr {
        let prefix = format!("  listening on  {transport}:");
        let line = self.banner.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_else(|| panic!("{transport} in {}", self.banner))
            .parse()
            .unwrap()
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// The exit code, and what was said after the banner.
    fn end(mut self) -> (Option<i32>, String) {
        let deadline = Instant::now() + Duration::from_secs(30);
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            assert!(Instant::now() < deadline, "the server does not end");
            thread::sleep(Duration::from_millis(10));
        };
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        (code, rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_presence-server"));
    command.current_dir(directory).args(arguments);
    command
}

fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command(directory, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

const FREE: [&str; 2] = ["--listen=udp:127.0.0.1:0", "--listen=tcp:127.0.0.1:0"];

#[test]
fn it_says_how_to_connect_and_ends_cleanly() {
    let scratch = Scratch::new("banner");
    for (signal, said) in [("TERM", "SIGTERM: stopping\n"), ("INT", "Ctrl-C: stopping\n")] {
        let server = Server::start(&scratch.file("."), &FREE);
        let udp = server.address("udp");
        assert_eq!(udp.port(), server.address("tcp").port());
        TcpStream::connect(server.address("tcp")).unwrap();
        for line in [
            "  domain:       example.test\n".to_owned(),
            "  accounts:     alice, bob, carol\n".to_owned(),
            "  store:        presence.sqlite\n".to_owned(),
            "WARNING: these are demo accounts".to_owned(),
            format!("cargo run --release -p sipim -- --user alice --password alicepw --server udp:{udp} register\n"),
        ] {
            assert!(server.banner.contains(&line), "{line:?} in\n{}", server.banner);
        }
        assert!(scratch.file("presence.sqlite").exists());
        server.signal(signal);
        assert_eq!(server.end(), (Some(0), format!("{said}stopped cleanly\n")));
        // The write-ahead log is merged into the file when it is closed.
        assert!(!scratch.file("presence.sqlite-wal").exists());
    }
}

#[test]
fn accounts_of_ones_own_are_named_and_their_passwords_are_not() {
    let scratch = Scratch::new("accounts");
    let config = "store = ':memory:'\n[[accounts]]\nname = 'dave'\npassword = 'topsecret'\n";
    std::fs::write(scratch.file("c.toml"), config).unwrap();
    let server = Server::start(&scratch.file("."), &[&FREE[..], &["--config=c.toml"]].concat());
    assert!(server.banner.contains("  accounts:     dave\n"));
    assert!(!server.banner.contains("topsecret") && !server.banner.contains("WARNING"));
    assert!(!scratch.file("presence.sqlite").exists());
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn an_address_in_use_is_named() {
    let scratch = Scratch::new("in-use");
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (code, stdout, stderr) = run(&scratch.file("."), &[&format!("--listen=udp:{address}")]);
    assert_eq!((code, &*stdout), (Some(1), ""));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.starts_with("presence-server: ") && stderr.contains(&address.to_string()),
        "{stderr}"
    );
    assert!(!scratch.file("presence.sqlite").exists());
}

#[test]
fn what_is_wrong_in_the_file_is_one_line_with_its_place() {
    let scratch = Scratch::new("wrong-file");
    std::fs::write(scratch.file("c.toml"), "realm = 'x'\n[register]\nmin = 5\nmaks = 7\n").unwrap();
    let (code, _, stderr) = run(&scratch.file("."), &["--config=c.toml"]);
    assert_eq!(code, Some(1));
    assert_eq!(
        stderr,
        "presence-server: c.toml: line 4, column 1: unknown key `maks`, expected one of `min`, `max`, `default`\n"
    );
}

#[test]
fn wrong_usage_exits_with_2() {
    let scratch = Scratch::new("usage");
    for arguments in [
        &["--frobnicate"][..],
        &["--listen=udp:localhost:5060"],
        &["--listen=udp:0.0.0.0:0"],
        &["--account=alice"],
        &["--register-expires=3,2,1"],
        &["--log-level=loud"],
    ] {
        let (code, stdout, stderr) = run(&scratch.file("."), arguments);
        assert_eq!((code, &*stdout), (Some(2), ""), "{arguments:?}: {stderr}");
        assert!(!stderr.is_empty());
    }
}

#[test]
fn a_store_in_use_is_an_error() {
    let scratch = Scratch::new("store-in-use");
    let server = Server::start(&scratch.file("."), &FREE);
    let (code, _, stderr) = run(&scratch.file("."), &FREE);
    assert_eq!(code, Some(1));
    assert_eq!(
        stderr,
        "presence-server: the store presence.sqlite is in use by another server\n"
    );
    drop(server);
}

#[test]
fn a_store_that_cannot_be_read_is_an_error() {
    let scratch = Scratch::new("store-broken");
    let path = scratch.file("presence.sqlite");
    let location = presence_server::StoreLocation::File(path.clone());
    drop(presence_server::SqliteStore::open(&location).unwrap());
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute(
            "INSERT INTO presence_information VALUES ('alice', 'open', NULL, 0, '')",
            [],
        )
        .unwrap();
    let (code, stdout, stderr) = run(&scratch.file("."), &FREE);
    assert_eq!((code, &*stdout), (Some(1), ""));
    assert!(
        stderr.starts_with("presence-server: store: presence.sqlite: table presence_information, column presentity: "),
        "{stderr}"
    );
}

#[test]
fn the_printed_configuration_works() {
    let scratch = Scratch::new("print");
    let (code, stdout, _) = run(&scratch.file("."), &["--print-config"]);
    assert_eq!(code, Some(0));
    std::fs::write(scratch.file("c.toml"), stdout).unwrap();
    let server = Server::start(&scratch.file("."), &[&FREE[..], &["--config=c.toml"]].concat());
    assert!(server.banner.contains("  store:        presence.sqlite\n"));
    server.signal("TERM");
    assert_eq!(server.end().0, Some(0));
}
