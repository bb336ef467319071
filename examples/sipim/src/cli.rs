use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use sip_digest::Password;
use sip_message::{Aor, UriBuf};

use crate::{address::ServerAddress, failure::Failure};

/// The domain of the server's demo accounts.
const DEFAULT_DOMAIN: &str = "example.test";

/// What the line editor of `chat` and the terminal make of keys.
const KEYS: &str = "\
Keys, on a terminal:
  Enter      send the line
  Backspace  delete the last character
  Ctrl-W     delete the last word
  Ctrl-U     delete the line
  Ctrl-D     end, when the line is empty
  Ctrl-C     end
  Ctrl-Z     suspend, until the shell's fg";

/// Stands below the help of every command.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  refused by the peer (the status is shown), or ended by it
  2  wrong usage
  3  authentication failed: wrong user name or password, or a challenge that cannot be answered
  4  no answer within --timeout, nothing within --wait, or not --count within --duration
  5  network error: the server cannot be resolved or reached, a connection was lost
  6  malformed or unreadable input file
  130  interrupted before the answer came";

/// Stands below the long help of the program.
const LONG_HELP: &str = "\
Exit codes:
  0  done
  1  refused by the peer (the status is shown), or ended by it
  2  wrong usage
  3  authentication failed: wrong user name or password, or a challenge that cannot be answered
  4  no answer within --timeout, nothing within --wait, or not --count within --duration
  5  network error: the server cannot be resolved or reached, a connection was lost
  6  malformed or unreadable input file
  130  interrupted before the answer came

JSON output (--json): one object per line on standard output. Each has \"event\" and \"time\" (RFC 3339,
UTC); a field that has no value is null. By event:
  registered          address, expires (seconds), contacts (all bindings, as the registrar writes them)
  unregistered        address, contact
  published           address, entity_tag, expires
  unpublished         address
  subscribed          presentity, expires
  notified            presentity, state (the Subscription-State), content_type, body (text), document,
                      error (why the document cannot be read).
                      document: entity, notes, tuples; a tuple: id, basic (\"open\", \"closed\"), contact,
                      priority (0 to 1), notes, timestamp; a note: text, lang
  subscription-ended  presentity, reason
  message-sent        id, to, status, reason
  message-failed      id, to, status, message: by chat, which goes on
  disposition         id (of message-sent, where it is known), message_id, address (who tells), recipient, disposition
                      (delivery, display, processing), status (delivered, displayed, failed, ...)
  composing           address, author (who it is, where address passes it on), state (active, idle), content_type
  message-received    from (the From header), address, display_name, call_id, content_type, text, cpim.
                      cpim: from, to, cc, date_time, subject, content_type, headers; an address: name,
                      uri; a subject: text, lang; a header: name, value. text is then the content's
  challenged          status (401 or 407), realm: the request is sent again with credentials
  refresh-failed      status, message: it is tried again
  received            peer, after_ms, length, start_line, status, text, hex (of what is not UTF-8): by raw
  failed              kind (authentication, interrupted, malformed, output, refused, timeout, transport,
                      usage), status, message, exit_code: the last line, when the exit code is not 0

Addresses are user@domain, without a scheme.

Environment: SIPIM_SERVER, SIPIM_USER, SIPIM_DOMAIN and SIPIM_PASSWORD stand for the flags; NO_COLOR turns
colours off.

Examples:
  export SIPIM_PASSWORD=alicepw
  sipim --user alice register --methods MESSAGE
  sipim --user alice publish --status open --note 'In a meeting' --once
  sipim --user alice subscribe bob --count 1
  sipim --user alice message bob Watson, come here.
  sipim --user alice message --cpim --subject Greetings bob - < letter.txt
  sipim --user bob listen --json
  sipim --user alice chat bob
  sipim --server tcp:127.0.0.1:5060 raw options.sip";

/// SIP presence and instant messages from the command line.
#[derive(Debug, Parser)]
#[command(
    name = "sipim",
    version,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = EXIT_CODES,
    after_long_help = LONG_HELP
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What stands before or behind any command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Common options")]
pub(crate) struct Common {
    /// Where everything is sent: udp:HOST:PORT or tcp:HOST:PORT
    #[arg(
        long,
        global = true,
        env = "SIPIM_SERVER",
        value_name = "SERVER",
        default_value = "udp:127.0.0.1:5060"
    )]
    pub(crate) server: ServerAddress,
    /// Who you are: a user name in --domain, or a whole address as alice@example.test
    #[arg(long, short, global = true, env = "SIPIM_USER", value_name = "USER")]
    user: Option<String>,
    /// The domain of names without one, yours and others' [default: that of --user, or else example.test]
    #[arg(long, global = true, env = "SIPIM_DOMAIN", value_name = "DOMAIN")]
    domain: Option<String>,
    /// The name that others see beside your address
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) display_name: Option<String>,
    /// Your password. Other users of this machine may see it in the list of processes, but not SIPIM_PASSWORD. Without
    /// either it is asked for, on a terminal
    #[arg(
        long,
        global = true,
        env = "SIPIM_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD"
    )]
    pub(crate) password: Option<Password>,
    /// Write one JSON object per line (described in `sipim --help`)
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Show every message that is sent and received on standard error, digest responses included
    #[arg(long, global = true)]
    pub(crate) trace: bool,
    /// How long to wait for an answer
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = positive_seconds)]
    pub(crate) timeout: Duration,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Register, so that messages reach you, and stay
    #[command(after_help = EXIT_CODES)]
    Register(Register),
    /// Take registrations back: those of all your devices, or those that you name
    #[command(after_help = EXIT_CODES)]
    Unregister(Unregister),
    /// Publish your presence, and stay
    #[command(after_help = EXIT_CODES)]
    Publish(Publish),
    /// Watch somebody's presence
    #[command(after_help = EXIT_CODES)]
    Subscribe(Subscribe),
    /// Send an instant message
    #[command(after_help = EXIT_CODES)]
    Message(MessageArgs),
    /// Register, send what you type line by line, and show what comes; with who is typing, and what became of each message
    #[command(after_help = format!("{KEYS}\n\n{EXIT_CODES}"))]
    Chat(Chat),
    /// Register, and show the messages that come
    #[command(after_help = EXIT_CODES)]
    Listen(Listen),
    /// Send the bytes of a file as they are, and show what comes back
    #[command(after_help = EXIT_CODES)]
    Raw(Raw),
}

#[derive(Args, Debug)]
pub(crate) struct Registration {
    /// For how many seconds to register; it is refreshed in time
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) expires: u32,
    /// The methods that you take, as MESSAGE (RFC 3840); without it, any
    #[arg(long, value_name = "METHOD,...", value_delimiter = ',')]
    pub(crate) methods: Vec<String>,
    /// Whether to take the registration back at the end
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1, default_value_t = true, default_missing_value = "true")]
    pub(crate) unregister_on_exit: bool,
    /// What senders are told who ask: nothing, that their message was delivered, or also that it was displayed. Without
    /// it, a chat on a terminal tells that it was displayed, and anything else nothing
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) receipts: Option<Receipts>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Receipts {
    #[default]
    None,
    Delivery,
    Display,
}

#[derive(Args, Debug)]
pub(crate) struct Register {
    #[command(flatten)]
    pub(crate) registration: Registration,
    /// Exit after the 200, and leave the registration to expire. Without it, stay until Ctrl-C, refresh, and show what
    /// comes
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Unregister {
    /// Only this contact, as `register` has shown it; may be given several times
    #[arg(long, value_name = "URI", value_parser = uri)]
    pub(crate) contact: Vec<UriBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Status {
    Closed,
    Open,
}

#[derive(Args, Debug)]
pub(crate) struct Publish {
    /// Whether messages reach you
    #[arg(long, value_enum, required_unless_present = "file")]
    pub(crate) status: Option<Status>,
    /// What watchers read beside the status
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) note: Option<String>,
    /// A whole presence document (PIDF) instead; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "status")]
    pub(crate) file: Option<String>,
    /// For how many seconds to publish; it is refreshed in time
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) expires: u32,
    /// Publish as application/cpim-pidf+xml, the draft of 2002. Without it, a --file stays what it is and all else is
    /// application/pidf+xml
    #[arg(long)]
    pub(crate) cpim_pidf: bool,
    /// Exit after the 200, and leave the publication to expire. Without it, stay until Ctrl-C and refresh
    #[arg(long)]
    pub(crate) once: bool,
    /// Whether to take the publication back at the end
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1, default_value_t = true, default_missing_value = "true")]
    pub(crate) unpublish_on_exit: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Subscribe {
    /// Whom to watch: bob, bob@example.test or a URI
    #[arg(value_name = "PRESENTITY")]
    pub(crate) presentity: String,
    /// For how many seconds to subscribe; it is refreshed in time. 0 asks once. Without it, as long as the server says
    #[arg(long, value_name = "SECONDS")]
    pub(crate) expires: Option<u32>,
    /// The media types that you read, the best first. Without it, both presence types for `presence`
    #[arg(long, value_name = "TYPE,...", value_delimiter = ',')]
    pub(crate) accept: Vec<String>,
    /// The event package
    #[arg(long, value_name = "PACKAGE", default_value = "presence")]
    pub(crate) event: String,
    #[command(flatten)]
    pub(crate) limit: Limit,
}

/// When to stop staying. Without either, at Ctrl-C.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limit {
    /// End after so many (notifications or messages)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// End after this time
    #[arg(long, value_name = "SECONDS", value_parser = positive_seconds)]
    pub(crate) duration: Option<Duration>,
}

#[derive(Args, Debug)]
pub(crate) struct MessageArgs {
    /// To whom: bob, bob@example.test or a URI
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// The message; - alone reads standard input
    #[arg(value_name = "TEXT", required = true, num_args = 1..)]
    pub(crate) text: Vec<String>,
    /// Send it as Message/CPIM (RFC 3862), with sender, recipient and time in the message itself
    #[arg(long)]
    pub(crate) cpim: bool,
    /// The subject in the Message/CPIM
    #[arg(long, value_name = "TEXT", requires = "cpim")]
    pub(crate) subject: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Chat {
    /// With whom: bob, bob@example.test or a URI
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// For how long to go on and show what comes when there is nothing more to read from standard input
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub(crate) linger: Duration,
    #[command(flatten)]
    pub(crate) registration: Registration,
}

#[derive(Args, Debug)]
pub(crate) struct Listen {
    #[command(flatten)]
    pub(crate) registration: Registration,
    #[command(flatten)]
    pub(crate) limit: Limit,
}

#[derive(Args, Debug)]
pub(crate) struct Raw {
    /// What to send, as one datagram by UDP; - reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: String,
    /// How long to show what comes back
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pub(crate) wait: Duration,
}

impl Common {
    /// Who the user is.
    pub(crate) fn user(&self) -> Result<Aor, Failure> {
        let Some(user) = &self.user else {
            return Err(Failure::usage("no user: give --user NAME or set SIPIM_USER"));
        };
        let is_whole = user.contains(['@', ':']);
        let aor = match is_whole {
            true => Aor::parse(user),
            false => Aor::new(user, self.domain.as_deref().unwrap_or(DEFAULT_DOMAIN)),
        };
        aor.map_err(|error| {
            let domain = self.domain.as_deref().filter(|_| !is_whole);
            let of_domain = domain.map(|domain| format!(" --domain {domain}")).unwrap_or_default();
            Failure::usage(format!("--user {user}{of_domain} is no address: {error}"))
        })
    }

    /// The domain of names without one.
    pub(crate) fn domain<'a>(&'a self, user: &'a Aor) -> &'a str {
        self.domain.as_deref().unwrap_or(user.domain())
    }
}

fn uri(text: &str) -> Result<UriBuf, String> {
    // As it stands in a Contact, too.
    let bare = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap_or(text);
    UriBuf::parse(bare).map_err(|error| error.to_string())
}

/// A number of seconds, with a fraction if need be.
fn seconds(text: &str) -> Result<Duration, String> {
    let number = text
        .parse::<f64>()
        .map_err(|_| "expected a number of seconds".to_owned())?;
    // No year of a person's life is excluded, and no deadline overflows.
    const MOST: f64 = 1e10;
    if !(0.0..=MOST).contains(&number) {
        return Err("expected a number of seconds that is not negative".to_owned());
    }
    Ok(Duration::from_secs_f64(number))
}

fn positive_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        Duration::ZERO => Err("expected more than 0 seconds".to_owned()),
        duration => Ok(duration),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, error::ErrorKind};

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("sipim").chain(line.split(' ')))
    }

    fn kind(line: &str) -> ErrorKind {
        parse(line).expect_err(line).kind()
    }

    #[test]
    fn the_definition_holds() {
        Cli::command().debug_assert();
        assert!(LONG_HELP.starts_with(EXIT_CODES));
    }

    #[test]
    fn common_flags_stand_before_and_behind_the_command() {
        for line in [
            "--server tcp:192.0.2.1:5070 --user alice --json register --once",
            "register --once --server tcp:192.0.2.1:5070 --json --user alice",
        ] {
            let cli = parse(line).unwrap();
            assert_eq!(cli.common.server.to_string(), "tcp:192.0.2.1:5070");
            assert!(cli.common.json && !cli.common.trace);
            assert_eq!(cli.common.timeout, Duration::from_secs(10));
            assert!(matches!(cli.command, Command::Register(Register { once: true, .. })));
        }
    }

    #[test]
    fn users_are_completed_by_the_domain() {
        let user = |line: &str| parse(&format!("{line} register")).unwrap().common.user();
        assert_eq!(user("--user alice").unwrap().as_str(), "sip:alice@example.test");
        assert_eq!(
            user("--user alice --domain example.org").unwrap().as_str(),
            "sip:alice@example.org"
        );
        assert_eq!(
            user("-u sip:alice@example.net").unwrap().as_str(),
            "sip:alice@example.net"
        );
        for bad in ["--user alice@", "--user alice --domain a..b", "--json"] {
            let failure = user(bad).unwrap_err();
            assert_eq!(failure.kind().exit_code(), 2, "{bad}");
        }
        let cli = parse("--user alice@example.org subscribe bob").unwrap();
        let user = cli.common.user().unwrap();
        assert_eq!(cli.common.domain(&user), "example.org");
    }

    #[test]
    fn registrations_are_taken_back_unless_told_not_to() {
        let registration = |line: &str| match parse(line).unwrap().command {
            Command::Register(register) => register.registration,
            Command::Listen(listen) => listen.registration,
            other => panic!("{other:?}"),
        };
        let default = registration("register");
        assert_eq!((default.expires, default.unregister_on_exit), (3600, true));
        assert!(default.methods.is_empty());
        assert!(registration("register --unregister-on-exit").unregister_on_exit);
        assert!(!registration("listen --unregister-on-exit false").unregister_on_exit);
        let methods = registration("register --methods MESSAGE,OPTIONS").methods;
        assert_eq!(methods, ["MESSAGE", "OPTIONS"]);
        assert_eq!(kind("register --expires 0"), ErrorKind::ValueValidation);
    }

    #[test]
    fn a_publication_has_a_status_or_a_file() {
        assert_eq!(kind("publish"), ErrorKind::MissingRequiredArgument);
        assert_eq!(kind("publish --status open --file x.xml"), ErrorKind::ArgumentConflict);
        assert_eq!(kind("publish --file x.xml --note busy"), ErrorKind::ArgumentConflict);
        assert_eq!(kind("publish --status away"), ErrorKind::InvalidValue);
        assert!(parse("publish --file - --cpim-pidf --once").is_ok());
        assert!(parse("publish --status closed --note busy").is_ok());
    }

    #[test]
    fn a_subscription_has_limits() {
        let Command::Subscribe(subscribe) =
            parse("subscribe bob --expires 0 --accept a/b,c/d --count 2 --duration 1.5")
                .unwrap()
                .command
        else {
            panic!("not subscribe");
        };
        assert_eq!(subscribe.expires, Some(0));
        assert_eq!(subscribe.accept, ["a/b", "c/d"]);
        let limit = Limit {
            count: Some(2),
            duration: Some(Duration::from_millis(1500)),
        };
        assert_eq!(subscribe.limit, limit);
        assert_eq!(subscribe.event, "presence");
        assert_eq!(kind("subscribe"), ErrorKind::MissingRequiredArgument);
        assert_eq!(kind("subscribe bob --count 0"), ErrorKind::ValueValidation);
        assert_eq!(kind("subscribe bob --duration 0"), ErrorKind::ValueValidation);
    }

    #[test]
    fn a_message_has_words_or_a_dash() {
        let Command::Message(message) = parse("message bob Watson, come here.").unwrap().command else {
            panic!("not message");
        };
        assert_eq!(message.text, ["Watson,", "come", "here."]);
        assert!(parse("message bob -").is_ok());
        assert!(parse("message --cpim --subject Greetings bob hello").is_ok());
        assert!(parse("message bob -- --cpim is a flag").is_ok());
        assert_eq!(kind("message bob"), ErrorKind::MissingRequiredArgument);
        assert_eq!(
            kind("message --subject x bob hello"),
            ErrorKind::MissingRequiredArgument
        );
    }

    #[test]
    fn a_chat_ends_with_its_input_and_tells_senders_what_it_is_told_to() {
        let chat = |line: &str| match parse(line).unwrap().command {
            Command::Chat(chat) => chat,
            other => panic!("{other:?}"),
        };
        let default = chat("chat bob");
        assert_eq!((default.to.as_str(), default.linger), ("bob", Duration::ZERO));
        assert_eq!(default.registration.receipts, None);
        let quiet = chat("chat bob --receipts none --linger 1.5");
        assert_eq!(quiet.registration.receipts, Some(Receipts::None));
        assert_eq!(quiet.linger, Duration::from_millis(1500));
        assert_eq!(kind("chat"), ErrorKind::MissingRequiredArgument);
        assert_eq!(kind("listen --receipts all"), ErrorKind::InvalidValue);
    }

    #[test]
    fn times_are_numbers_of_seconds() {
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for bad in ["", "-1", "x", "NaN", "inf", "1e11"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
        assert!(positive_seconds("0").is_err());
        assert_eq!(kind("raw x --wait -1"), ErrorKind::UnknownArgument);
        assert_eq!(kind("--timeout 0 raw x"), ErrorKind::ValueValidation);
        assert_eq!(kind("--server tls:x raw x"), ErrorKind::ValueValidation);
    }

    #[test]
    fn contacts_are_taken_as_they_are_shown() {
        assert_eq!(uri("<sip:alice@192.0.2.1>").unwrap().as_str(), "sip:alice@192.0.2.1");
        assert!(uri("alice").is_err());
    }
}
