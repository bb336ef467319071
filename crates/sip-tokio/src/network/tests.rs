use super::*;

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use sip_message::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
};

use crate::{Limits, Listen, bind};

/// Nothing on loopback takes this long.
const LONG: Duration = Duration::from_secs(20);

/// Keeps what it sees.
#[derive(Debug, Default)]
struct Log {
    messages: Mutex<Vec<(Direction, Bytes)>>,
    faults: Mutex<Vec<String>>,
}

impl Tap for Log {
    fn message(&self, direction: Direction, _: SocketAddr, _: SocketAddr, _: Transport, bytes: &Bytes) {
        self.messages.lock().unwrap().push((direction, bytes.clone()));
    }

    fn fault(&self, fault: &Fault) {
        self.faults.lock().unwrap().push(fault.to_string());
    }
}

impl Log {
    fn faults(&self) -> String {
        self.faults.lock().unwrap().join("\n")
    }
}

struct Peer {
    network: Network,
    log: Arc<Log>,
    udp: SocketAddr,
    tcp: SocketAddr,
}

impl Peer {
    async fn new() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        let address = "127.0.0.1:0".parse().unwrap();
        let listen = [Transport::Udp, Transport::Tcp].map(|transport| Listen { transport, address });
        let sockets = bind(&listen).await.unwrap().with_limits(limits);
        let (udp, tcp) = (sockets.local()[0].1, sockets.local()[1].1);
        let log = Arc::new(Log::default());
        let network = Network::open(sockets, log.clone());
        Self { network, log, udp, tcp }
    }

    async fn next(&mut self) -> NetworkEvent {
        time::timeout(LONG, self.network.next()).await.expect("an event")
    }

    async fn received(&mut self) -> (Message, Flow) {
        match self.next().await {
            NetworkEvent::Received { message, flow } => (message, flow),
            other => panic!("a message, not {other:?}"),
        }
    }

    async fn failed(&mut self) -> Destination {
        match self.next().await {
            NetworkEvent::SendFailed { to } => to,
            other => panic!("a failure, not {other:?}"),
        }
    }

    /// Works until a fault is logged that has this text, and gives the failures on the way.
    async fn fault(&mut self, text: &str) -> Vec<Destination> {
        let mut failures = Vec::new();
        let until = Instant::now() + LONG;
        while !self.log.faults().contains(text) {
            assert!(Instant::now() < until, "no {text:?} in {:?}", self.log.faults());
            match time::timeout(Duration::from_millis(10), self.network.next()).await {
                Ok(NetworkEvent::SendFailed { to }) => failures.push(to),
                Ok(other) => panic!("{other:?}"),
                Err(_) => {}
            }
        }
        failures.extend(self.network.failed.drain(..));
        failures
    }
}

fn tcp(remote: SocketAddr) -> Destination {
    Destination::Address {
        transport: Transport::Tcp,
        remote,
    }
}

fn udp(remote: SocketAddr) -> Destination {
    Destination::Address {
        transport: Transport::Udp,
        remote,
    }
}

fn request(number: usize, body: &str) -> Bytes {
    let length = body.len();
    format!(
        "MESSAGE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK{number}\r\n\
         From: <sip:alice@example.test>;tag=1\r\nTo: <sip:bob@example.test>\r\nCall-ID: {number}@x\r\n\
         CSeq: {number} MESSAGE\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into()
}

async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    // A reset after what was sent is an end too.
    let _ = time::timeout(LONG, stream.read_to_end(&mut all)).await.expect("an end");
    all
}

#[tokio::test]
async fn udp_goes_there_and_back() {
    let (mut one, mut other) = (Peer::new().await, Peer::new().await);
    one.network.send(request(1, "there"), udp(other.udp));
    let (message, flow) = other.received().await;
    assert_eq!(message.as_bytes(), &request(1, "there"));
    let expected = Flow {
        transport: Transport::Udp,
        local: other.udp,
        remote: one.udp,
        connection: 0,
    };
    assert_eq!(flow, expected);
    other.network.send(request(2, "back"), Destination::Flow(flow));
    assert_eq!(one.received().await.0.body(), b"back");
    let seen = one.log.messages.lock().unwrap().clone();
    let expected = [
        (Direction::Sent, request(1, "there")),
        (Direction::Received, request(2, "back")),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_large_burst_of_datagrams_is_queued() {
    let (mut one, mut other) = (Peer::new().await, Peer::new().await);
    for number in 0..100 {
        one.network.send(request(number, "x"), udp(other.udp));
    }
    for _ in 0..100 {
        other.received().await;
    }
}

#[tokio::test]
async fn datagrams_that_are_no_message_are_dropped() {
    let mut peer = Peer::new().await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for datagram in [&b"\r\n\r\n"[..], b"\0\0", b"", b"hello", &request(1, "real")] {
        socket.send_to(datagram, peer.udp).await.unwrap();
    }
    assert_eq!(peer.received().await.0.body(), b"real");
    let faults = peer.log.faults.lock().unwrap();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].contains("not a SIP message"), "{faults:?}");
}

#[tokio::test]
async fn a_datagram_that_cannot_be_sent_fails() {
    let mut peer = Peer::new().await;
    let too_large = Bytes::from(vec![b'x'; 65_600]);
    let to = udp("127.0.0.1:9".parse().unwrap());
    // The kernel looks at the size only once the socket is known to be writable.
    peer.network.udp[0].writable().await;
    peer.network.send(too_large, to);
    assert_eq!(peer.failed().await, to);
    let no_socket = udp("[::1]:9".parse().unwrap());
    peer.network.send(request(1, ""), no_socket);
    assert_eq!(peer.failed().await, no_socket);
    let unsupported = Destination::Address {
        transport: Transport::Tls,
        remote: peer.tcp,
    };
    peer.network.send(request(1, ""), unsupported);
    assert_eq!(peer.failed().await, unsupported);
}

#[tokio::test]
async fn frames_come_whole_from_any_chunks() {
    let mut peer = Peer::new().await;
    let wire = [
        &b"\r\n"[..],
        &request(1, "one"),
        b"\r\n",
        &request(2, ""),
        &request(3, "three"),
    ]
    .concat();
    for size in [1, 2, 7, 100, 251, wire.len()] {
        let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let bytes = wire.clone();
        let writer = tokio::spawn(async move {
            for chunk in bytes.chunks(size) {
                stream.write_all(chunk).await.unwrap();
                tokio::task::yield_now().await;
            }
            stream
        });
        for expected in [request(1, "one"), request(2, ""), request(3, "three")] {
            assert_eq!(peer.received().await.0.as_bytes(), &expected, "chunks of {size}");
        }
        drop(writer.await.unwrap());
        assert!(matches!(peer.failed().await, Destination::Flow(_)));
    }
}

#[tokio::test]
async fn a_ping_gets_a_pong() {
    let mut peer = Peer::new().await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    let mut answer = [0; 2];
    for _ in 0..2 {
        stream.write_all(b"\r\n\r\n").await.unwrap();
        time::timeout(LONG, stream.read_exact(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(&answer, b"\r\n");
    }
    stream.write_all(&request(1, "after")).await.unwrap();
    assert_eq!(peer.received().await.0.body(), b"after");
}

#[tokio::test]
async fn one_connection_serves_both_directions() {
    let (mut one, mut other) = (Peer::new().await, Peer::new().await);
    // Both wait for the connection, and keep their order.
    one.network.send(request(1, "first"), tcp(other.tcp));
    one.network.send(request(2, "second"), tcp(other.tcp));
    let sends = tokio::spawn(async move {
        let (answer, flow) = one.received().await;
        assert_eq!(answer.body(), b"answer");
        one.network.send(request(5, "on the flow"), Destination::Flow(flow));
        let (answer, same) = one.received().await;
        assert_eq!((answer.body(), same), (&b"by address"[..], flow));
        one.network.send(request(6, "end"), tcp(flow.remote));
        // Kept open until the other side has all.
        let _ = one.failed().await;
        one
    });
    let (first, flow) = other.received().await;
    let (second, same) = other.received().await;
    assert_eq!((first.body(), second.body()), (&b"first"[..], &b"second"[..]));
    assert_eq!(flow, same);
    other.network.send(request(3, "answer"), Destination::Flow(flow));
    let (on_flow, same) = other.received().await;
    assert_eq!((on_flow.body(), same), (&b"on the flow"[..], flow));
    // To the address that the accepted connection came from: the same connection.
    other.network.send(request(4, "by address"), tcp(flow.remote));
    let (end, same) = other.received().await;
    assert_eq!((end.body(), same), (&b"end"[..], flow));
    other.network.close().await;
    let one = time::timeout(LONG, sends).await.unwrap().unwrap();
    assert_eq!(one.log.messages.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn a_refused_connection_fails() {
    let mut peer = Peer::new().await;
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    peer.network.send(request(1, ""), tcp(nobody));
    assert_eq!(peer.failed().await, tcp(nobody));
    assert!(peer.log.faults().contains("cannot connect"), "{}", peer.log.faults());
    assert!(peer.log.messages.lock().unwrap().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_closed_connection_fails_and_is_opened_again() {
    let mut peer = Peer::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    peer.network.send(request(1, "first"), tcp(address));
    let accepting = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; request(1, "first").len()];
        stream.read_exact(&mut buffer).await.unwrap();
    };
    let (_, failed) = tokio::join!(accepting, peer.failed());
    let Destination::Flow(flow) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(flow.remote, address);
    assert_eq!(peer.failed().await, tcp(address));
    peer.network.send(request(2, ""), Destination::Flow(flow));
    assert_eq!(peer.failed().await, Destination::Flow(flow));
    peer.network.send(request(3, "again"), tcp(address));
    let (mut stream, _) = tokio::select! {
        accepted = listener.accept() => accepted.unwrap(),
        other = peer.next() => panic!("{other:?}"),
    };
    let mut buffer = vec![0; request(3, "again").len()];
    tokio::select! {
        read = stream.read_exact(&mut buffer) => read.map(drop).unwrap(),
        other = peer.next() => panic!("{other:?}"),
    }
    assert_eq!(buffer, request(3, "again"));
}

#[tokio::test]
async fn a_flow_of_an_earlier_process_is_not_mistaken() {
    let mut peer = Peer::new().await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    stream.write_all(&request(1, "")).await.unwrap();
    let (_, flow) = peer.received().await;
    let other = Flow {
        remote: "127.0.0.1:1".parse().unwrap(),
        ..flow
    };
    peer.network.send(request(2, ""), Destination::Flow(other));
    assert_eq!(peer.failed().await, Destination::Flow(other));
}

#[tokio::test]
async fn a_slow_reader_is_dropped() {
    let limits = Limits {
        backlog: 200_000,
        ..Limits::default()
    };
    let mut peer = Peer::with(limits).await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    stream.write_all(&request(1, "")).await.unwrap();
    let (_, flow) = peer.received().await;
    let body = "x".repeat(50_000);
    // Two messages fit at any time; what is written to the kernel makes room, until its buffers are full too.
    for number in 0..2_000 {
        peer.network.send(request(number, &body), Destination::Flow(flow));
        tokio::task::yield_now().await;
        if peer.log.faults().contains("too slowly") {
            break;
        }
    }
    assert_eq!(peer.failed().await, Destination::Flow(flow));
    assert!(peer.log.faults().contains("too slowly"), "{}", peer.log.faults());
    // The connection is closed, not just forgotten.
    read_to_end(&mut stream).await;
}

#[tokio::test]
async fn a_stalled_reader_is_dropped() {
    let limits = Limits {
        stall: Duration::from_millis(200),
        ..Limits::default()
    };
    let mut peer = Peer::with(limits).await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    stream.write_all(&request(1, "")).await.unwrap();
    let (_, flow) = peer.received().await;
    let body = "x".repeat(60_000);
    for number in 0..200 {
        peer.network.send(request(number, &body), Destination::Flow(flow));
    }
    let failures = peer.fault("takes nothing").await;
    assert_eq!(failures, [Destination::Flow(flow)]);
}

#[tokio::test]
async fn what_cannot_be_framed_closes_the_connection() {
    let oversized = b"MESSAGE sip:b@x SIP/2.0\r\nContent-Length: 4000000000\r\n\r\n".to_vec();
    let endless = vec![b'x'; 40_000];
    let garbage = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec();
    for bytes in [oversized, endless, garbage] {
        let mut peer = Peer::new().await;
        let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
        let _ = stream.write_all(&bytes).await;
        peer.fault("not a SIP message").await;
        assert_eq!(read_to_end(&mut stream).await, b"");
    }
}

#[tokio::test]
async fn a_request_without_content_length_is_answered_first() {
    let mut peer = Peer::new().await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    let request = String::from_utf8(request(1, "").to_vec()).unwrap();
    let request = request.replace("Content-Length: 0\r\n", "");
    stream.write_all(request.as_bytes()).await.unwrap();
    peer.fault("no Content-Length").await;
    let answer = Message::parse(read_to_end(&mut stream).await).unwrap();
    assert_eq!(answer.status(), Some(StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn a_message_that_never_ends_is_given_up() {
    let limits = Limits {
        half_message: Duration::from_millis(100),
        ..Limits::default()
    };
    let mut peer = Peer::with(limits).await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    // A whole message before it does not count, and a byte now and then does not help.
    stream.write_all(&request(1, "whole")).await.unwrap();
    peer.received().await;
    let (mut reader, mut writer) = stream.into_split();
    let drip = tokio::spawn(async move {
        while writer.write_all(b"x").await.is_ok() {
            time::sleep(Duration::from_millis(20)).await;
        }
    });
    peer.fault("did not come to its end").await;
    let mut rest = Vec::new();
    let _ = time::timeout(LONG, reader.read_to_end(&mut rest)).await.unwrap();
    time::timeout(LONG, drip).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_single_crlf_is_no_half_message() {
    let limits = Limits {
        half_message: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut peer = Peer::with(limits).await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    stream.write_all(b"\r\n").await.unwrap();
    let nothing = time::timeout(Duration::from_millis(300), peer.network.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    stream.write_all(&request(1, "after")).await.unwrap();
    assert_eq!(peer.received().await.0.body(), b"after");
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let limits = Limits {
        idle: Duration::from_millis(100),
        ..Limits::default()
    };
    let mut peer = Peer::with(limits).await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    let failures = peer.fault("idle").await;
    assert_eq!(failures.len(), 1);
    assert_eq!(read_to_end(&mut stream).await, b"");
}

#[tokio::test]
async fn connections_are_bounded() {
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let mut peer = Peer::with(limits).await;
    let mut first = TcpStream::connect(peer.tcp).await.unwrap();
    first.write_all(&request(1, "")).await.unwrap();
    peer.received().await;
    let mut second = TcpStream::connect(peer.tcp).await.unwrap();
    peer.fault("too many connections").await;
    assert_eq!(read_to_end(&mut second).await, b"");
    let elsewhere = tcp("127.0.0.1:1".parse().unwrap());
    peer.network.send(request(2, ""), elsewhere);
    assert_eq!(peer.failed().await, elsewhere);
    // One that ends makes room.
    drop(first);
    peer.failed().await;
    let until = Instant::now() + LONG;
    loop {
        assert!(Instant::now() < until);
        let mut third = TcpStream::connect(peer.tcp).await.unwrap();
        let _ = third.write_all(&request(3, "")).await;
        if let Ok(NetworkEvent::Received { .. }) = time::timeout(Duration::from_millis(50), peer.network.next()).await {
            break;
        }
    }
}

#[tokio::test]
async fn closing_writes_what_is_queued() {
    let mut peer = Peer::new().await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    stream.write_all(&request(1, "")).await.unwrap();
    let (_, flow) = peer.received().await;
    let body = "x".repeat(60_000);
    for number in 0..50 {
        peer.network.send(request(number, &body), Destination::Flow(flow));
    }
    let reading = tokio::spawn(async move { read_to_end(&mut stream).await });
    peer.network.close().await;
    let expected: usize = (0..50).map(|number| request(number, &body).len()).sum();
    assert_eq!(reading.await.unwrap().len(), expected);
    assert!(TcpStream::connect(peer.tcp).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn closing_does_not_wait_for_those_who_do_not_read() {
    let mut peer = Peer::new().await;
    let mut stream = TcpStream::connect(peer.tcp).await.unwrap();
    stream.write_all(&request(1, "")).await.unwrap();
    let (_, flow) = peer.received().await;
    let body = "x".repeat(60_000);
    for number in 0..200 {
        peer.network.send(request(number, &body), Destination::Flow(flow));
    }
    let begin = Instant::now();
    peer.network.close().await;
    assert!(begin.elapsed() < DRAIN * 3, "{:?}", begin.elapsed());
}
