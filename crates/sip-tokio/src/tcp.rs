use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::{Buf, Bytes};
use sip_message::{Message, MessageBuilder, Method, StatusCode, StreamDecoder, StreamError, StreamEvent, Transport};
use sip_transaction::Flow;
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{self, Instant},
};

use crate::{
    Limits,
    backlog::{self, Inbox, Outbox},
    network::Arrival,
    tap::{Fault, FaultKind},
};

/// The answer to a keep-alive ping (RFC 5626 section 3.5.1).
const PONG: &[u8] = b"\r\n";

/// Octets that may be the beginning of a keep-alive as well as of a message: a client that keeps a connection alive with
/// a single CRLF leaves them behind for as long as it likes.
const KEEP_ALIVE: usize = 3;

/// Octets that are read at once.
const CHUNK: usize = 16_384;

/// How long accepting rests after an error such as too many open files, so that it does not spin.
const REST: Duration = Duration::from_millis(100);

/// Opens connections, numbers and counts them.
#[derive(Debug)]
pub(crate) struct Opener {
    limits: Limits,
    arrivals: mpsc::Sender<Arrival>,
    next_id: AtomicU64,
    total_backlog: Arc<AtomicUsize>,
    room: Arc<Semaphore>,
    most: u32,
}

impl Opener {
    /// `first_id` is random: flows that were stored by an earlier process must not name a connection of this one.
    pub(crate) fn new(limits: Limits, arrivals: mpsc::Sender<Arrival>, first_id: u64) -> Self {
        let most = u32::try_from(limits.connections).unwrap_or(u32::MAX);
        Self {
            limits,
            arrivals,
            next_id: AtomicU64::new(first_id),
            total_backlog: Arc::default(),
            room: Arc::new(Semaphore::new(most as usize)),
            most,
        }
    }

    /// Accepts connections for ever.
    pub(crate) async fn accept(self: Arc<Self>, listener: TcpListener, local: SocketAddr) {
        let fault = |remote, kind| {
            Arrival::Fault(Fault {
                transport: Transport::Tcp,
                local: Some(local),
                remote,
                kind,
            })
        };
        loop {
            let arrival = match listener.accept().await {
                Ok((stream, remote)) => match self.room.clone().try_acquire_owned() {
                    Ok(permit) => match self.open(stream, permit) {
                        Ok((connection, outbox)) => {
                            let flow = connection.flow;
                            // The table must know of the connection before anything comes on it.
                            if self
                                .arrivals
                                .send(Arrival::Opened {
                                    flow,
                                    accepted: Some(outbox),
                                })
                                .await
                                .is_err()
                            {
                                return;
                            }
                            tokio::spawn(connection.run());
                            continue;
                        }
                        Err(error) => fault(Some(remote), FaultKind::Accept(error)),
                    },
                    Err(_) => fault(Some(remote), FaultKind::TooManyConnections),
                },
                Err(error) => {
                    time::sleep(REST).await;
                    fault(None, FaultKind::Accept(error))
                }
            };
            if self.arrivals.send(arrival).await.is_err() {
                return;
            }
        }
    }

    /// Opens a connection in the background. `None` when there are too many. [`Arrival::Opened`] or
    /// [`Arrival::Closed`] tells how it went.
    pub(crate) fn connect(&self, remote: SocketAddr) -> Option<(u64, Outbox)> {
        let permit = self.room.clone().try_acquire_owned().ok()?;
        let id = self.next_id();
        let (outbox, mut inbox) = backlog::queue(&self.limits, self.total_backlog.clone());
        let arrivals = self.arrivals.clone();
        let limits = self.limits;
        tokio::spawn(async move {
            let opening = async {
                let stream = connect(remote, limits.connect).await?;
                let flow = flow(&stream, id)?;
                Ok((stream, flow))
            };
            let opened = tokio::select! {
                opened = opening => opened,
                // Nothing is queued before the connection is open, so this is the machine that lets go of it.
                _ = inbox.next(true) => return,
            };
            match opened {
                Ok((stream, flow)) => {
                    let opened = Arrival::Opened { flow, accepted: None };
                    if arrivals.send(opened).await.is_ok() {
                        let connection = Connection::new(stream, flow, inbox, arrivals, limits, permit);
                        connection.run().await;
                    }
                }
                Err(error) => {
                    let fault = Fault {
                        transport: Transport::Tcp,
                        local: None,
                        remote: Some(remote),
                        kind: FaultKind::Connect(error),
                    };
                    let closed = Arrival::Closed { id, fault: Some(fault) };
                    let _ = arrivals.send(closed).await;
                }
            }
        });
        Some((id, outbox))
    }

    /// Takes over a stream that is connected.
    pub(crate) fn adopt(&self, stream: TcpStream) -> io::Result<(Flow, Outbox)> {
        let permit = self
            .room
            .clone()
            .try_acquire_owned()
            .map_err(|_| io::Error::other(FaultKind::TooManyConnections))?;
        let (connection, outbox) = self.open(stream, permit)?;
        let flow = connection.flow;
        tokio::spawn(connection.run());
        Ok((flow, outbox))
    }

    /// Resolves when every connection has ended.
    pub(crate) async fn all_closed(&self) {
        // Fails only for a closed semaphore, which this one never is.
        let _ = self.room.acquire_many(self.most).await;
    }

    fn open(&self, stream: TcpStream, permit: OwnedSemaphorePermit) -> io::Result<(Connection, Outbox)> {
        stream.set_nodelay(true)?;
        let flow = flow(&stream, self.next_id())?;
        let (outbox, inbox) = backlog::queue(&self.limits, self.total_backlog.clone());
        let arrivals = self.arrivals.clone();
        let connection = Connection::new(stream, flow, inbox, arrivals, self.limits, permit);
        Ok((connection, outbox))
    }

    fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

async fn connect(remote: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    let stream = time::timeout(limit, TcpStream::connect(remote))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    // A message is to go out with its last byte, not with the next acknowledgement.
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn flow(stream: &TcpStream, connection: u64) -> io::Result<Flow> {
    let canonical = |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
    Ok(Flow {
        transport: Transport::Tcp,
        local: canonical(stream.local_addr()?),
        remote: canonical(stream.peer_addr()?),
        connection,
    })
}

/// One connection. Its task reads and writes side by side, so that neither waits for the other.
struct Connection {
    stream: TcpStream,
    flow: Flow,
    inbox: Inbox,
    arrivals: mpsc::Sender<Arrival>,
    limits: Limits,
    decoder: StreamDecoder,
    reading: bool,
    // What is left of the message that is being written, and how much room the whole of it had.
    writing: Bytes,
    room_of_writing: usize,
    pong_due: bool,
    // When a byte last passed, either way.
    active: Instant,
    // When the message that is half here began.
    half_since: Option<Instant>,
    // When the peer last took a byte of what is being written.
    progress: Instant,
    _permit: OwnedSemaphorePermit,
}

/// How a connection ends.
enum End {
    /// The peer closed it, or the machine let go of it and all is written.
    Closed,
    Fault(FaultKind),
}

impl Connection {
    fn new(
        stream: TcpStream,
        flow: Flow,
        inbox: Inbox,
        arrivals: mpsc::Sender<Arrival>,
        limits: Limits,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let now = Instant::now();
        Self {
            stream,
            flow,
            inbox,
            arrivals,
            limits,
            decoder: StreamDecoder::new(limits.message),
            reading: true,
            writing: Bytes::new(),
            room_of_writing: 0,
            pong_due: false,
            active: now,
            half_since: None,
            progress: now,
            _permit: permit,
        }
    }

    async fn run(mut self) {
        let fault = match self.drive().await {
            End::Closed => None,
            End::Fault(kind) => Some(self.fault(kind)),
        };
        // The end of what is written, where the peer still reads.
        let _ = self.stream.shutdown().await;
        let closed = Arrival::Closed {
            id: self.flow.connection,
            fault,
        };
        let _ = self.arrivals.send(closed).await;
    }

    async fn drive(&mut self) -> End {
        let timer = time::sleep_until(self.due().0);
        tokio::pin!(timer);
        loop {
            let (due, reason) = self.due();
            if due <= Instant::now() {
                return End::Fault(reason);
            }
            // The timer may ring too early, which costs a look; it must not ring too late.
            if due < timer.deadline() || timer.is_elapsed() {
                timer.as_mut().reset(due);
            }
            let idle = self.writing.is_empty();
            let step = tokio::select! {
                ready = self.stream.readable(), if self.reading => match ready {
                    Ok(()) => self.read().await,
                    Err(error) => Err(End::Fault(FaultKind::Receive(error))),
                },
                ready = self.stream.writable(), if !idle => match ready {
                    Ok(()) => self.write(),
                    Err(error) => Err(End::Fault(FaultKind::Send(error))),
                },
                next = self.inbox.next(idle) => match next {
                    Some(bytes) => {
                        self.room_of_writing = bytes.len();
                        self.start_writing(bytes)
                    }
                    None => Err(End::Closed),
                },
                () = timer.as_mut() => Ok(()),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// When the connection ends if nothing happens, and why.
    fn due(&self) -> (Instant, FaultKind) {
        let limits = &self.limits;
        let mut due = (self.active + limits.idle, FaultKind::Idle);
        if let Some(since) = self.half_since
            && since + limits.half_message < due.0
        {
            due = (since + limits.half_message, FaultKind::HalfMessage);
        }
        if !self.writing.is_empty() && self.progress + limits.stall < due.0 {
            due = (self.progress + limits.stall, FaultKind::Stalled);
        }
        due
    }

    async fn read(&mut self) -> Result<(), End> {
        match self.read_chunk() {
            Ok(0) => return Err(End::Closed),
            Ok(_) => self.active = Instant::now(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(End::Fault(FaultKind::Receive(error))),
        }
        let mut complete = false;
        while self.reading {
            match self.decoder.next_event() {
                Ok(Some(StreamEvent::Message(message))) => {
                    complete = true;
                    let flow = self.flow;
                    self.tell(Arrival::Message { message, flow }).await;
                }
                Ok(Some(StreamEvent::Ping)) => self.pong_due = true,
                Ok(Some(StreamEvent::Pong)) => {}
                Ok(None) => break,
                Err(error) => self.unframed(&error).await,
            }
        }
        if !self.reading || self.decoder.buffered() <= KEEP_ALIVE {
            self.half_since = None;
        } else if complete || self.half_since.is_none() {
            self.half_since = Some(self.active);
        }
        if self.pong_due && self.writing.is_empty() {
            return self.start_pong();
        }
        Ok(())
    }

    // Not a future: the buffer is on the stack, and idle connections have none.
    fn read_chunk(&mut self) -> io::Result<usize> {
        let mut chunk = [0; CHUNK];
        let len = self.stream.try_read(&mut chunk)?;
        self.decoder.push(&chunk[..len]);
        Ok(len)
    }

    /// Where the next message begins is not known, so nothing more is read. The table lets go of the connection, which
    /// ends it once everything is written.
    async fn unframed(&mut self, error: &StreamError) {
        self.reading = false;
        let answer = match error {
            StreamError::MissingContentLength(head) => refusal(head, self.flow.connection),
            _ => None,
        };
        let fault = self.fault(FaultKind::NotSip(error.to_string()));
        let id = self.flow.connection;
        self.tell(Arrival::Unframed { id, answer, fault }).await;
    }

    /// When the machine is gone, what is queued is still written.
    async fn tell(&mut self, arrival: Arrival) {
        self.reading &= self.arrivals.send(arrival).await.is_ok();
    }

    fn start_writing(&mut self, bytes: Bytes) -> Result<(), End> {
        self.writing = bytes;
        self.progress = Instant::now();
        self.write()
    }

    fn start_pong(&mut self) -> Result<(), End> {
        self.pong_due = false;
        self.start_writing(Bytes::from_static(PONG))
    }

    fn write(&mut self) -> Result<(), End> {
        while !self.writing.is_empty() {
            match self.stream.try_write(&self.writing) {
                Ok(len) => {
                    self.writing.advance(len);
                    self.active = Instant::now();
                    self.progress = self.active;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(End::Fault(FaultKind::Send(error))),
            }
        }
        self.inbox.written(std::mem::take(&mut self.room_of_writing));
        if self.pong_due {
            return self.start_pong();
        }
        Ok(())
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault {
            transport: self.flow.transport,
            local: Some(self.flow.local),
            remote: Some(self.flow.remote),
            kind,
        }
    }
}

/// A 400 for a request that cannot be framed (RFC 3261 section 18.3). The connection's number is unique enough for the
/// tag of a response that makes no dialog.
fn refusal(head: &Message, connection: u64) -> Option<Bytes> {
    if head.method().is_none_or(|method| method == Method::Ack) {
        return None;
    }
    let tag = format!("{connection:x}");
    let response = MessageBuilder::reply_to(head, StatusCode::BAD_REQUEST, Some(&tag)).ok()?;
    Some(response.build().as_bytes().clone())
}
