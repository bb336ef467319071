use std::{fmt, io, process::ExitCode};

use sip_message::StatusCode;
use sip_tokio::BindError;

use crate::{address::ServerAddress, output::printable};

/// Why the command did not do what it was told. What people read is the `Display`; what scripts read are the exit code
/// and the JSON object that [`Output::failed`](crate::output::Output::failed) writes.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    status: Option<StatusCode>,
    message: String,
}

/// What the exit codes tell apart. `cli::EXIT_CODES` is the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    Authentication,
    Interrupted,
    Malformed,
    Output { is_closed: bool },
    Refused,
    Timeout,
    Transport,
    Usage,
}

impl FailureKind {
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            // Like `cat` before `head`: whoever reads has enough.
            Self::Output { is_closed: true } => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Authentication => 3,
            Self::Timeout => 4,
            Self::Transport | Self::Output { is_closed: false } => 5,
            Self::Malformed => 6,
            // What shells say of a program that ended by SIGINT.
            Self::Interrupted => 130,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Interrupted => "interrupted",
            Self::Malformed => "malformed",
            Self::Output { .. } => "output",
            Self::Refused => "refused",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::Usage => "usage",
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            message: message.into(),
        }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Malformed, message)
    }

    pub(crate) fn transport(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Transport, message)
    }

    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Timeout, message)
    }

    /// What became of a request to `server`. `fault` is what the sockets said last.
    pub(crate) fn of_request(failure: &sip_ua::Failure, server: &ServerAddress, fault: Option<String>) -> Self {
        use sip_ua::Failure as Ua;
        let kind = match failure {
            Ua::Authentication(_) | Ua::BadChallenge(_) => FailureKind::Authentication,
            Ua::InvalidRequest(_) => FailureKind::Usage,
            Ua::Timeout => FailureKind::Timeout,
            Ua::Transport => FailureKind::Transport,
            _ => FailureKind::Refused,
        };
        let message = match (failure, fault) {
            (Ua::Timeout, _) => format!("no answer from {server}"),
            (Ua::Transport, Some(fault)) => format!("{server} cannot be reached: {fault}"),
            (Ua::Transport, None) => format!("{server} cannot be reached"),
            (Ua::InvalidRequest(reason), _) => reason.clone(),
            (Ua::Rejected { status, reason, .. }, _) => format!("refused: {status} {reason}"),
            (other, _) => other.to_string(),
        };
        Self {
            kind,
            status: failure.status(),
            message: printable(&message).into_owned(),
        }
    }

    pub(crate) const fn kind(&self) -> FailureKind {
        self.kind
    }

    pub(crate) const fn status(&self) -> Option<StatusCode> {
        self.status
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind.exit_code())
    }

    /// Whether standard output has no reader any more.
    pub(crate) fn is_closed_output(&self) -> bool {
        self.kind == FailureKind::Output { is_closed: true }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The only I/O that reports with a bare `io::Error` is that on standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_closed = error.kind() == io::ErrorKind::BrokenPipe;
        Self::new(FailureKind::Output { is_closed }, format!("standard output: {error}"))
    }
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        Self::transport(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use sip_message::Message;

    use super::*;

    fn of(failure: &sip_ua::Failure, fault: Option<&str>) -> Failure {
        let server = "tcp:127.0.0.1:5060".parse().unwrap();
        Failure::of_request(failure, &server, fault.map(str::to_owned))
    }

    #[test]
    fn what_becomes_of_requests_has_a_code_and_a_reason() {
        let rejected = sip_ua::Failure::Rejected {
            status: StatusCode::NOT_FOUND,
            reason: "Not\u{1b}[2J Found".to_owned(),
            response: Box::new(Message::parse("SIP/2.0 404 Not Found\r\n\r\n").unwrap()),
        };
        let refused = of(&rejected, None);
        assert_eq!(refused.kind().exit_code(), 1);
        assert_eq!(refused.status(), Some(StatusCode::NOT_FOUND));
        // Whatever the peer wrote, the terminal does what we say.
        assert_eq!(refused.to_string(), "refused: 404 Not\\u{1b}[2J Found");

        let password = of(&sip_ua::Failure::Authentication(StatusCode::UNAUTHORIZED), None);
        assert_eq!(password.kind().exit_code(), 3);
        assert!(password.to_string().contains("401"), "{password}");

        let silent = of(&sip_ua::Failure::Timeout, Some("idle"));
        assert_eq!(silent.kind().exit_code(), 4);
        assert_eq!(silent.to_string(), "no answer from tcp:127.0.0.1:5060");

        let gone = of(&sip_ua::Failure::Transport, Some("connection refused"));
        assert_eq!(gone.kind().exit_code(), 5);
        assert_eq!(
            gone.to_string(),
            "tcp:127.0.0.1:5060 cannot be reached: connection refused"
        );

        let impossible = of(&sip_ua::Failure::InvalidRequest("methods: x".to_owned()), None);
        assert_eq!(impossible.kind().exit_code(), 2);
    }

    #[test]
    fn a_closed_pipe_is_no_failure_and_a_full_disk_is() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(closed.kind().exit_code(), 0);
        assert!(closed.is_closed_output());
        let full = Failure::from(io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.kind().exit_code(), 5);
        assert!(!full.is_closed_output());
    }
}
