use std::collections::{BTreeMap, BTreeSet};

use rsip::{
    SipMessage,
    headers::{Header, ToTypedHeader, UntypedHeader},
    message::{HasHeaders, HeadersExt},
};
use sip_message::{
    HeaderName, Message, StartLine,
    headers::{CSeq, CallId, ContentLength, From, MaxForwards, To, TypedHeader, Via},
};

/// What rsip, another codec, reads in a message is what sip-message reads, as far as both can read it.
pub fn differential(data: &[u8]) {
    if let Some(Comparison { differences, .. }) = compare(data) {
        assert!(differences.is_empty(), "{differences:#?}\n{}", data.escape_ascii());
    }
}

/// A value that the two codecs read differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What was read.
    pub field: &'static str,
    /// What sip-message reads.
    pub ours: Option<String>,
    /// What rsip reads.
    pub theirs: Option<String>,
}

/// The values of a message by what they are. One that is absent is `None`; one that the codec refuses is left out.
type Values = BTreeMap<&'static str, Option<String>>;

/// What came of reading a message with both codecs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// How many values both could read.
    pub compared: usize,
    /// Those that they read differently, apart from what is known of rsip: see the comments in this module.
    pub differences: Vec<Difference>,
}

/// Reads a message with both codecs. `None` when one of them refuses it.
#[must_use]
pub fn compare(data: &[u8]) -> Option<Comparison> {
    let message = Message::parse(data.to_vec()).ok()?;
    if message.headers().len() == 0 {
        // rsip looks for a later empty line.
        return None;
    }
    if !reads_request_uri(&message, data) {
        return None;
    }
    let peer = SipMessage::try_from(unfolded(data)).ok()?;
    let mut theirs = theirs(&message, &peer);
    let both: Vec<_> = ours(&message)
        .into_iter()
        .filter_map(|(field, ours)| {
            let theirs = theirs.remove(field)?;
            Some(Difference { field, ours, theirs })
        })
        .collect();
    Some(Comparison {
        compared: both.len(),
        differences: both
            .into_iter()
            .filter(|value| value.ours != value.theirs && !is_case_of_method(value))
            .collect(),
    })
}

/// Whether rsip finds where the Request-URI ends. Unless it is a SIP URI, rsip takes all before the next `://` for its
/// scheme, be that lines below.
fn reads_request_uri(message: &Message, data: &[u8]) -> bool {
    let StartLine::Request { uri, .. } = message.start_line() else {
        return true;
    };
    let has_slashes = |text: &[u8]| text.windows(3).any(|three| three == b"://");
    let is_sip = |scheme: &[u8]| {
        let start = uri.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    is_sip(b"sip:") || is_sip(b"sips:") || has_slashes(uri) || !has_slashes(data)
}

/// The message with each folded line on one line, which means the same (RFC 3261 section 7.3.1). rsip refuses folds.
fn unfolded(data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    let head = data.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
    for at in 0..head {
        if let [b'\r', b'\n', b' ' | b'\t'] = data[at..at + 3] {
            data[at..at + 2].fill(b' ');
        }
    }
    data
}

fn ours(message: &Message) -> Values {
    let mut values = Values::new();
    let start = match message.status() {
        Some(status) => status.to_string(),
        None => message.method().map(|method| method.to_string()).unwrap_or_default(),
    };
    values.insert("start", Some(start));
    typed(message, "branch", &mut values, |via: Via| {
        via.branch().map(str::to_owned)
    });
    typed(message, "From tag", &mut values, |from: From| {
        from.tag().map(str::to_owned)
    });
    typed(message, "To tag", &mut values, |to: To| to.tag().map(str::to_owned));
    typed(message, "Call-ID", &mut values, |id: CallId| Some(id.to_string()));
    typed(message, "CSeq", &mut values, |cseq: CSeq| Some(cseq.to_string()));
    typed(message, "Max-Forwards", &mut values, |hops: MaxForwards| {
        Some(hops.to_string())
    });
    typed(message, "Content-Length", &mut values, |length: ContentLength| {
        Some(length.to_string())
    });
    values.insert("body", Some(message.body().escape_ascii().to_string()));
    values
}

fn typed<'a, H: TypedHeader<'a> + 'a>(
    message: &'a Message,
    field: &'static str,
    values: &mut Values,
    value: impl FnOnce(H) -> Option<String>,
) {
    if let Ok(header) = message.typed::<H>() {
        values.insert(field, header.and_then(value));
    }
}

/// What rsip reads, less what it is known to read differently.
fn theirs(message: &Message, peer: &SipMessage) -> Values {
    let mut values = Values::new();
    values.insert(
        "start",
        Some(match peer {
            SipMessage::Request(request) => request.method.to_string(),
            SipMessage::Response(response) => response.status_code.code().to_string(),
        }),
    );
    let mut put = |field, name: HeaderName, value: Option<Option<String>>| {
        // It does not know the compact names, so it misses these lines or takes a later one.
        let compact = message.header_all(name).any(|line| line.name().len() == 1);
        if let (false, Some(value)) = (compact, value) {
            values.insert(field, value);
        }
    };
    let branch = decoded(peer.via_header(), |via| {
        reads_via(via.value()).then_some(())?;
        Some(via.typed().ok()?.branch().map(|branch| branch.value().to_owned()))
    });
    put("branch", HeaderName::VIA, branch);
    let tag = decoded(peer.from_header(), |from| {
        reads_address(from.value()).then_some(())?;
        Some(from.typed().ok()?.tag().map(|tag| tag.value().to_owned()))
    });
    put("From tag", HeaderName::FROM, tag);
    let tag = decoded(peer.to_header(), |to| {
        reads_address(to.value()).then_some(())?;
        Some(to.typed().ok()?.tag().map(|tag| tag.value().to_owned()))
    });
    put("To tag", HeaderName::TO, tag);
    // White space at the end of a line is part of the value to it, here and in the method of CSeq.
    let id = decoded(peer.call_id_header(), |id| Some(Some(id.value().trim().to_owned())));
    put("Call-ID", HeaderName::CALL_ID, id);
    let cseq = decoded(peer.cseq_header(), |cseq| {
        let cseq = cseq.typed().ok()?;
        Some(Some(format!("{} {}", cseq.seq, cseq.method).trim_end().to_owned()))
    });
    put("CSeq", HeaderName::CSEQ, cseq);
    let hops = decoded(peer.max_forwards_header(), |hops| {
        Some(Some(hops.num().ok()?.to_string()))
    });
    put("Max-Forwards", HeaderName::MAX_FORWARDS, hops);
    let length = peer.headers().iter().find_map(|header| match header {
        Header::ContentLength(length) => Some(length),
        _ => None,
    });
    let length = decoded(length.ok_or(()), |length| Some(Some(length.length().ok()?.to_string())));
    put("Content-Length", HeaderName::CONTENT_LENGTH, length);
    // All that follows the empty line is the body to it, whatever the Content-Length.
    let body = match message.content_length() {
        Ok(Some(length)) => &peer.body()[..peer.body().len().min(length)],
        _ => peer.body(),
    };
    values.insert("body", Some(body.escape_ascii().to_string()));
    values
}

/// `Some(None)` when the header is not there, `None` when it cannot be decoded.
fn decoded<H, E>(header: Result<H, E>, decode: impl FnOnce(H) -> Option<Option<String>>) -> Option<Option<String>> {
    header.map_or(Some(None), decode)
}

/// Whether rsip finds where the first element of a Via ends, and reads its parameters to the end. It takes all up to a
/// semicolon or a space for the host, a comma too; what comes before an `@` for a user, and before `://` for a scheme, be
/// they in a later element. Nothing of that is in `sent-by` (RFC 3261 section 25.1), or it is behind a comma.
fn reads_via(value: &str) -> bool {
    let Some((_, sent_by)) = value.split_once(' ') else {
        return false;
    };
    let (host, parameters) = split_parameters(sent_by.trim_start());
    let is_of_host = |octet: u8| octet.is_ascii_alphanumeric() || b"-.:[]".contains(&octet);
    let parameters = parameters.split(',').next().unwrap_or_default();
    !value.contains('@') && !value.contains("://") && host.bytes().all(is_of_host) && reads_parameters(parameters)
}

/// Whether rsip finds where the URI of an address ends, and reads the parameters behind it to the end. To it the URI
/// begins at the first angle bracket, also at one in a quoted display name. Without brackets, what stands between the URI
/// and a semicolon hides all parameters, white space too, which RFC 3261 section 25.1 allows there.
fn reads_address(value: &str) -> bool {
    match value.split_once('<') {
        Some((name, address)) => {
            let behind = address.split_once('>').map_or(address, |(_, behind)| behind);
            let is_closed = !name.contains('\\') && name.matches('"').count().is_multiple_of(2);
            is_closed && reads_parameters(split_parameters(behind).1)
        }
        None => {
            let (uri, parameters) = split_parameters(value);
            !uri.ends_with([' ', '\t']) && reads_parameters(parameters)
        }
    }
}

/// What comes before the first semicolon, and all from it on.
fn split_parameters(text: &str) -> (&str, &str) {
    text.split_at(text.find(';').unwrap_or(text.len()))
}

/// Whether rsip reads parameters to the end. It takes those that are a token, or two with an equals sign between, and
/// drops the others and all behind them without an error: values that are hosts or quoted strings, and white space
/// beside a semicolon or an equals sign, all of which RFC 3261 section 25.1 allows. Of two parameters of one name, which
/// section 7.3.1 forbids, sip-message takes the first, and rsip the first that has a value.
fn reads_parameters(text: &str) -> bool {
    let is_token = |text: &str| {
        let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte);
        !text.is_empty() && text.bytes().all(is_token)
    };
    let mut names = BTreeSet::new();
    text.split(';').skip(1).all(|parameter| {
        let (name, value) = match parameter.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (parameter, None),
        };
        is_token(name) && value.is_none_or(is_token) && names.insert(name.to_ascii_lowercase())
    })
}

/// A method is what was written, capitals or not (RFC 3261 section 7.1); rsip takes it without regard to case.
fn is_case_of_method(Difference { field, ours, theirs }: &Difference) -> bool {
    ["start", "CSeq"].contains(field)
        && matches!((ours, theirs), (Some(ours), Some(theirs)) if ours.eq_ignore_ascii_case(theirs))
}
