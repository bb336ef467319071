use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use sip_message::{StreamDecoder, StreamEvent, Transport};
use sip_tokio::{Direction, Tap};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, UdpSocket},
    time::{self, Instant},
};

use crate::{
    address::ServerAddress,
    cli::{Common, Raw},
    failure::Failure,
    input,
    output::{Output, Received},
    trace::Trace,
};

/// What one UDP datagram can carry over IPv4.
const MAX_DATAGRAM: usize = 65_507;

/// Room for any datagram.
const READ: usize = 65_535;

/// The bytes of the file, if they can be sent at all.
pub(super) fn bytes(arguments: &Raw, transport: Transport) -> Result<Bytes, Failure> {
    let bytes = input::read(&arguments.file)?;
    let name = input::name(&arguments.file);
    if bytes.is_empty() {
        return Err(Failure::malformed(format!("{name} is empty")));
    }
    if transport == Transport::Udp && bytes.len() > MAX_DATAGRAM {
        let length = bytes.len();
        return Err(Failure::malformed(format!(
            "{name} has {length} bytes, and a datagram takes {MAX_DATAGRAM}: send it by tcp"
        )));
    }
    Ok(bytes.into())
}

/// Sends the bytes, and shows what comes back until the time is up.
pub(super) async fn run(common: &Common, arguments: &Raw, bytes: &Bytes, output: &mut Output) -> Result<(), Failure> {
    let server = &common.server;
    let mut exchange = Exchange {
        server,
        trace: Trace::new(common.trace),
        remote: server.resolve(common.timeout).await?,
        peer: String::new(),
        sent_at: Instant::now(),
        replies: 0,
        output,
    };
    exchange.peer = format!("{}:{}", server.transport.as_param(), exchange.remote);
    match server.transport {
        Transport::Tcp => exchange.stream(bytes, common.timeout, arguments.wait).await?,
        _ => exchange.datagrams(bytes, arguments.wait).await?,
    }
    match exchange.replies {
        0 => {
            let seconds = arguments.wait.as_secs_f64();
            Err(Failure::timeout(format!(
                "nothing came from {server} within {seconds} s"
            )))
        }
        _ => Ok(()),
    }
}

#[derive(Debug)]
struct Exchange<'a> {
    server: &'a ServerAddress,
    trace: Trace,
    remote: SocketAddr,
    /// The remote address with its transport.
    peer: String,
    sent_at: Instant,
    replies: u64,
    output: &'a mut Output,
}

impl Exchange<'_> {
    async fn datagrams(&mut self, bytes: &Bytes, wait: Duration) -> Result<(), Failure> {
        let any: SocketAddr = match self.remote {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let opening = async {
            let socket = UdpSocket::bind(any).await?;
            // Connected, so that "port unreachable" comes back as an error.
            socket.connect(self.remote).await?;
            let local = socket.local_addr()?;
            io::Result::Ok((socket, local))
        };
        let (socket, local) = opening.await.map_err(|error| self.lost("send to", &error))?;
        self.trace
            .message(Direction::Sent, local, self.remote, Transport::Udp, bytes);
        self.sent_at = Instant::now();
        socket.send(bytes).await.map_err(|error| self.lost("send to", &error))?;
        let deadline = self.sent_at + wait;
        let mut buffer = vec![0; READ];
        loop {
            let Ok(received) = time::timeout_at(deadline, socket.recv(&mut buffer)).await else {
                return Ok(());
            };
            let length = match received {
                Ok(length) => length,
                // An answer has come all the same.
                Err(_) if self.replies > 0 => return Ok(()),
                Err(error) => return Err(self.lost("reach", &error)),
            };
            let datagram = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
            self.trace
                .message(Direction::Received, local, self.remote, Transport::Udp, &datagram);
            self.reply(&datagram)?;
        }
    }

    async fn stream(&mut self, bytes: &Bytes, patience: Duration, wait: Duration) -> Result<(), Failure> {
        let late = |_| io::Error::from(io::ErrorKind::TimedOut);
        let connecting = time::timeout(patience, TcpStream::connect(self.remote)).await;
        let mut stream = connecting
            .map_err(late)
            .flatten()
            .map_err(|error| self.lost("connect to", &error))?;
        let local = stream.local_addr().map_err(|error| self.lost("connect to", &error))?;
        self.trace
            .message(Direction::Sent, local, self.remote, Transport::Tcp, bytes);
        self.sent_at = Instant::now();
        let writing = time::timeout(patience, stream.write_all(bytes)).await;
        writing
            .map_err(late)
            .flatten()
            .map_err(|error| self.lost("send to", &error))?;
        let deadline = self.sent_at + wait;
        let mut frames = Frames::default();
        let mut buffer = vec![0; READ];
        loop {
            let length = match time::timeout_at(deadline, stream.read(&mut buffer)).await {
                Err(_) => return self.rest(&frames),
                Ok(Ok(0)) => {
                    self.output.note(&format!("{} closed the connection", self.peer));
                    return self.rest(&frames);
                }
                Ok(Ok(length)) => length,
                Ok(Err(error)) if self.replies > 0 => {
                    self.output.note(&format!("{}: {error}", self.peer));
                    return self.rest(&frames);
                }
                Ok(Err(error)) => return Err(self.lost("read from", &error)),
            };
            frames.push(buffer.get(..length).unwrap_or_default());
            while let Some(frame) = frames.next() {
                match frame {
                    Frame::KeepAlive(name) => self.output.note(&format!("received a {name} from {}", self.peer)),
                    Frame::Message(message) => {
                        self.trace
                            .message(Direction::Received, local, self.remote, Transport::Tcp, &message);
                        self.reply(&message)?;
                    }
                    Frame::Unframed { rest, reason } => {
                        self.output.note(&format!("what comes is not framed as SIP: {reason}"));
                        self.reply(&rest)?;
                    }
                }
            }
        }
    }

    fn reply(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.replies += 1;
        self.output.received(Received {
            peer: &self.peer,
            after_ms: self.sent_at.elapsed().as_millis(),
            bytes,
        })
    }

    /// The beginning of a message that did not come to its end.
    fn rest(&mut self, frames: &Frames) -> Result<(), Failure> {
        let rest = frames.rest();
        if rest.is_empty() {
            return Ok(());
        }
        self.output.note("what came last is no whole message:");
        self.reply(rest)
    }

    fn lost(&self, verb: &str, error: &io::Error) -> Failure {
        let server = self.server;
        let resolved = match server.to_string() == self.peer {
            true => String::new(),
            false => format!(" ({})", self.remote),
        };
        Failure::transport(format!("cannot {verb} {server}{resolved}: {error}"))
    }
}

/// Takes messages out of a stream, and keeps the bytes, so that what is no message can be shown too.
#[derive(Debug, Default)]
struct Frames {
    decoder: StreamDecoder,
    /// What the decoder has not made anything of yet.
    pending: Vec<u8>,
    is_failed: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Frame {
    KeepAlive(&'static str),
    Message(Bytes),
    Unframed { rest: Vec<u8>, reason: String },
}

impl Frames {
    fn push(&mut self, bytes: &[u8]) {
        if !self.is_failed {
            self.decoder.push(bytes);
        }
        self.pending.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Option<Frame> {
        if self.is_failed {
            let rest = std::mem::take(&mut self.pending);
            let reason = "it was not before".to_owned();
            return (!rest.is_empty()).then_some(Frame::Unframed { rest, reason });
        }
        let frame = match self.decoder.next_event() {
            Ok(Some(StreamEvent::Message(message))) => Frame::Message(message.as_bytes().clone()),
            Ok(Some(StreamEvent::Ping)) => Frame::KeepAlive("keep-alive ping"),
            Ok(Some(StreamEvent::Pong)) => Frame::KeepAlive("keep-alive pong"),
            Ok(None) => return None,
            Err(error) => {
                self.is_failed = true;
                let rest = std::mem::take(&mut self.pending);
                let reason = error.to_string();
                return Some(Frame::Unframed { rest, reason });
            }
        };
        let taken = self.pending.len().saturating_sub(self.decoder.buffered());
        self.pending.drain(..taken);
        Some(frame)
    }

    fn rest(&self) -> &[u8] {
        &self.pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    fn drain(frames: &mut Frames) -> Vec<Frame> {
        std::iter::from_fn(|| frames.next()).collect()
    }

    #[test]
    fn messages_come_out_however_they_come_in() {
        let mut stream = b"\r\n\r\n".to_vec();
        stream.extend_from_slice(MESSAGE);
        stream.extend_from_slice(b"\r\n");
        stream.extend_from_slice(MESSAGE);
        stream.extend_from_slice(b"SIP/2.0 2");
        for size in [1, 2, 7, stream.len()] {
            let mut frames = Frames::default();
            let mut all = Vec::new();
            for chunk in stream.chunks(size) {
                frames.push(chunk);
                all.extend(drain(&mut frames));
            }
            let messages: Vec<_> = all
                .iter()
                .filter(|frame| **frame == Frame::Message(Bytes::from_static(MESSAGE)))
                .collect();
            assert_eq!(messages.len(), 2, "in chunks of {size}");
            assert!(all.iter().any(|frame| matches!(frame, Frame::KeepAlive(_))));
            assert_eq!(frames.rest(), b"SIP/2.0 2");
        }
    }

    #[test]
    fn what_is_no_message_is_kept_to_be_shown() {
        let mut frames = Frames::default();
        frames.push(MESSAGE);
        frames.push(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let all = drain(&mut frames);
        assert_eq!(all[0], Frame::Message(Bytes::from_static(MESSAGE)));
        assert!(
            matches!(&all[1], Frame::Unframed { rest, .. } if rest == b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            "{all:?}"
        );
        frames.push(b"more");
        assert!(matches!(&drain(&mut frames)[..], [Frame::Unframed { rest, .. }] if rest == b"more"));
        assert_eq!(frames.rest(), b"");
    }
}
