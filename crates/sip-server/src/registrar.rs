use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant, SystemTime},
};

use sip_message::{
    Aor, Message, Method, NameAddr, StatusCode, Uri,
    headers::{CSeq, CallId, Contact, Expires, TypedHeader},
};
use sip_transaction::Flow;

use crate::{BindingRow, Change, Expiry, Limits, Row, RowKey};

/// Addresses of record that one timeout looks at. When thousands expire at one instant (a restart after a long time),
/// the NOTIFYs that follow come in portions; `poll_timeout` stays due until all have ended.
const EXPIRIES: usize = 256;

/// The registrar's location service (RFC 3261 section 10): which contacts an address of record has.
#[derive(Debug)]
pub(crate) struct Registrar {
    expiry: Expiry,
    limits: Limits,
    bindings: BTreeMap<Aor, Vec<Binding>>,
    count: usize,
    deadlines: BTreeSet<(Instant, Aor)>,
}

#[derive(Clone, Debug)]
struct Binding {
    row: BindingRow,
    expires: Instant,
}

/// Why a REGISTER changed nothing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is wrong, for this reason.
    BadRequest(&'static str),
    /// An interval is shorter than this.
    IntervalTooBrief(u32),
    /// The CSeq is not above that of the last REGISTER with this Call-ID: "the update MUST be aborted and the request
    /// fails", and a failed update is a 500 (section 10.3 step 7).
    OutOfOrder,
    /// More contacts than the limit.
    TooManyBindings,
}

impl Refusal {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::IntervalTooBrief(_) => StatusCode::INTERVAL_TOO_BRIEF,
            Self::OutOfOrder => StatusCode::SERVER_INTERNAL_ERROR,
            Self::TooManyBindings => StatusCode::FORBIDDEN,
        }
    }
}

/// A contact to forward to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) uri: String,
    pub(crate) flow: Flow,
}

/// What one Contact of a REGISTER asks for.
struct Asked<'a> {
    address: NameAddr<'a>,
    expires: u32,
}

impl Registrar {
    pub(crate) const fn new(expiry: Expiry, limits: Limits) -> Self {
        Self {
            expiry,
            limits,
            bindings: BTreeMap::new(),
            count: 0,
            deadlines: BTreeSet::new(),
        }
    }

    pub(crate) fn is_registered(&self, aor: &Aor) -> bool {
        self.bindings.contains_key(aor)
    }

    /// The contacts that take requests of a method, the preferred ones first (RFC 3261 section 16.5, RFC 3840).
    pub(crate) fn targets(&self, aor: &Aor, method: &Method<'_>) -> Vec<Target> {
        let mut targets: Vec<(u16, Target)> = self
            .of(aor)
            .filter_map(|binding| {
                let contact = Contact::parse(&binding.row.contact).ok()?;
                let target = Target {
                    uri: binding.row.uri.clone(),
                    flow: binding.row.flow,
                };
                contact.allows(method).then(|| (contact.q().unwrap_or(1000), target))
            })
            .collect();
        targets.sort_by_key(|(q, _)| std::cmp::Reverse(*q));
        targets.into_iter().map(|(_, target)| target).collect()
    }

    /// The Contact values of a 200 to a REGISTER: every binding with the seconds that it still has.
    pub(crate) fn contacts(&self, aor: &Aor, now: Instant) -> Vec<String> {
        let text = |binding: &Binding| {
            let left = binding.expires.saturating_duration_since(now);
            format!(
                "{};expires={}",
                binding.row.contact,
                left.as_secs() + u64::from(left.subsec_nanos() > 0)
            )
        };
        self.of(aor).map(text).collect()
    }

    /// Does what an authenticated REGISTER asks for, wholly or not at all (section 10.3 steps 6 to 8).
    pub(crate) fn register(
        &mut self,
        now: Instant,
        calendar: SystemTime,
        aor: &Aor,
        request: &Message,
        flow: Flow,
    ) -> Result<Vec<Change>, Refusal> {
        const UNREADABLE: Refusal = Refusal::BadRequest("unreadable Call-ID or CSeq");
        let call_id = request
            .typed::<CallId>()
            .ok()
            .flatten()
            .ok_or(UNREADABLE)?
            .as_str()
            .to_owned();
        let cseq = request.typed::<CSeq>().ok().flatten().ok_or(UNREADABLE)?.number();
        let contacts: Vec<Contact<'_>> = request
            .typed_all()
            .collect::<Result<_, _>>()
            .map_err(|_| Refusal::BadRequest("unreadable Contact"))?;
        if contacts.contains(&Contact::Star) {
            return self.remove_all(aor, request, &contacts, &call_id, cseq);
        }
        let asked = self.asked(request, &contacts)?;

        let mut kept = self.bindings.get(aor).cloned().unwrap_or_default();
        let mut changes = Vec::new();
        for Asked { address, expires } in asked {
            let uri = address.uri();
            let known = kept.iter().position(|binding| same_uri(&binding.row.uri, &uri));
            if let Some(at) = known {
                if kept[at].row.call_id == call_id && kept[at].row.cseq >= cseq {
                    return Err(Refusal::OutOfOrder);
                }
                let old = kept.remove(at);
                if expires == 0 || old.row.uri != uri.as_str() {
                    changes.push(Change::Delete(RowKey::Binding {
                        aor: aor.clone(),
                        contact: old.row.uri,
                    }));
                }
            }
            if expires == 0 {
                continue;
            }
            let lifetime = Duration::from_secs(expires.into());
            let row = BindingRow {
                aor: aor.clone(),
                contact: address
                    .clone()
                    .with_params(address.params().without("expires"))
                    .to_string(),
                uri: uri.as_str().to_owned(),
                call_id: call_id.clone(),
                cseq,
                expires_at: calendar + lifetime,
                flow,
            };
            changes.push(Change::Put(Row::Binding(Box::new(row.clone()))));
            kept.push(Binding {
                row,
                expires: now + lifetime,
            });
        }
        let before = self.bindings.get(aor).map_or(0, Vec::len);
        let grows = kept.len() > before;
        if kept.len() > self.limits.bindings_per_aor
            || (grows && self.count - before + kept.len() > self.limits.bindings)
        {
            return Err(Refusal::TooManyBindings);
        }
        self.replace(aor, kept);
        Ok(changes)
    }

    /// Takes a binding of an earlier run back. One that has expired meanwhile goes with the next timeout; none lasts
    /// longer than could be granted now, whatever the clock was set to when it was stored.
    pub(crate) fn restore(&mut self, now: Instant, calendar: SystemTime, row: BindingRow) {
        let longest = Duration::from_secs(self.expiry.max.into());
        let left = row.expires_at.duration_since(calendar).unwrap_or(Duration::ZERO);
        let left = left.min(longest);
        let aor = row.aor.clone();
        let mut kept = self.bindings.get(&aor).cloned().unwrap_or_default();
        kept.retain(|binding| binding.row.uri != row.uri);
        kept.push(Binding {
            row,
            expires: now + left,
        });
        self.replace(&aor, kept);
    }

    /// Removes what has expired, of [`EXPIRIES`] addresses of record at most; returns those that lost a binding.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<(Aor, Vec<Change>)> {
        let mut expired = Vec::new();
        while expired.len() < EXPIRIES && self.poll_timeout().is_some_and(|deadline| deadline <= now) {
            let Some((_, aor)) = self.deadlines.pop_first() else {
                break;
            };
            let all = self.bindings.get(&aor).cloned().unwrap_or_default();
            let (kept, gone): (Vec<_>, Vec<_>) = all.into_iter().partition(|binding| binding.expires > now);
            let delete = |binding: Binding| {
                Change::Delete(RowKey::Binding {
                    aor: binding.row.aor,
                    contact: binding.row.uri,
                })
            };
            self.replace(&aor, kept);
            expired.push((aor, gone.into_iter().map(delete).collect()));
        }
        expired
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    fn of(&self, aor: &Aor) -> impl Iterator<Item = &Binding> {
        self.bindings.get(aor).into_iter().flatten()
    }

    fn asked<'a>(&self, request: &Message, contacts: &[Contact<'a>]) -> Result<Vec<Asked<'a>>, Refusal> {
        const HOUR: u32 = 3_600;
        // An Expires that cannot be read counts as absent (section 10.3 step 6).
        let by_header = request
            .typed::<Expires>()
            .ok()
            .flatten()
            .map(|Expires(seconds)| seconds);
        let mut asked: Vec<Asked<'a>> = Vec::with_capacity(contacts.len());
        for contact in contacts {
            let Some(address) = contact.address() else {
                continue;
            };
            let Uri::Sip(uri) = address.uri() else {
                return Err(Refusal::BadRequest("a Contact that is no SIP URI"));
            };
            if uri.has_headers() && address.uri().as_str().to_ascii_lowercase().contains("?route=") {
                return Err(Refusal::BadRequest("a Contact with a Route in its URI"));
            }
            if asked.iter().any(|other| other.address.uri().equivalent(&address.uri())) {
                return Err(Refusal::BadRequest("the same Contact twice"));
            }
            let wished = contact.expires().or(by_header);
            // "If and only if" it is asked for, and below an hour too (step 7).
            if wished.is_some_and(|expires| expires != 0 && expires < self.expiry.min.min(HOUR)) {
                return Err(Refusal::IntervalTooBrief(self.expiry.min));
            }
            asked.push(Asked {
                address: address.clone(),
                expires: wished.unwrap_or(self.expiry.default).min(self.expiry.max),
            });
        }
        Ok(asked)
    }

    /// `Contact: *` with `Expires: 0`, alone (section 10.2.2).
    fn remove_all(
        &mut self,
        aor: &Aor,
        request: &Message,
        contacts: &[Contact<'_>],
        call_id: &str,
        cseq: u32,
    ) -> Result<Vec<Change>, Refusal> {
        if contacts.len() != 1 || request.typed::<Expires>() != Ok(Some(Expires(0))) {
            return Err(Refusal::BadRequest(
                "Contact: * that is not alone or without Expires: 0",
            ));
        }
        let outdated = |binding: &Binding| binding.row.call_id == call_id && binding.row.cseq >= cseq;
        if self.of(aor).any(outdated) {
            return Err(Refusal::OutOfOrder);
        }
        let delete = |binding: &Binding| {
            Change::Delete(RowKey::Binding {
                aor: aor.clone(),
                contact: binding.row.uri.clone(),
            })
        };
        let changes = self.of(aor).map(delete).collect();
        self.replace(aor, Vec::new());
        Ok(changes)
    }

    fn replace(&mut self, aor: &Aor, kept: Vec<Binding>) {
        let earliest = |bindings: &[Binding]| bindings.iter().map(|binding| binding.expires).min();
        if let Some(old) = self.bindings.remove(aor) {
            self.count -= old.len();
            if let Some(deadline) = earliest(&old) {
                self.deadlines.remove(&(deadline, aor.clone()));
            }
        }
        if let Some(deadline) = earliest(&kept) {
            self.count += kept.len();
            self.deadlines.insert((deadline, aor.clone()));
            self.bindings.insert(aor.clone(), kept);
        }
    }
}

fn same_uri(known: &str, uri: &Uri<'_>) -> bool {
    Uri::parse(known).is_ok_and(|known| known.equivalent(uri))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test's clock has to begin somewhere")]
mod tests {
    use sip_message::Transport;

    use super::*;

    fn registrar() -> Registrar {
        Registrar::new(
            Expiry {
                min: 60,
                max: 7_200,
                default: 3_600,
            },
            Limits {
                bindings_per_aor: 3,
                ..Limits::default()
            },
        )
    }

    fn alice() -> Aor {
        Aor::new("alice", "example.test").unwrap()
    }

    fn flow() -> Flow {
        let address = "127.0.0.1:5060".parse().unwrap();
        Flow {
            transport: Transport::Udp,
            local: address,
            remote: address,
            connection: 0,
        }
    }

    struct Bench {
        registrar: Registrar,
        now: Instant,
        cseq: u32,
    }

    impl Bench {
        fn new() -> Self {
            Self {
                registrar: registrar(),
                now: Instant::now(),
                cseq: 0,
            }
        }

        fn register(&mut self, headers: &str) -> Result<usize, Refusal> {
            self.cseq += 1;
            self.register_at(headers, self.cseq)
        }

        fn register_at(&mut self, headers: &str, cseq: u32) -> Result<usize, Refusal> {
            let request = Message::parse(format!(
                "REGISTER sip:example.test SIP/2.0\r\nCall-ID: 1\r\nCSeq: {cseq} REGISTER\r\n{headers}\r\n"
            ))
            .unwrap();
            self.registrar
                .register(self.now, SystemTime::UNIX_EPOCH, &alice(), &request, flow())
                .map(|changes| changes.len())
        }

        fn contacts(&self) -> Vec<String> {
            self.registrar.contacts(&alice(), self.now)
        }
    }

    #[test]
    fn expiry_comes_from_the_contact_then_the_header_then_the_default() {
        let mut bench = Bench::new();
        bench
            .register("Contact: <sip:a@h1>;expires=100, <sip:a@h2>\r\nExpires: 200\r\n")
            .unwrap();
        bench.register("Contact: <sip:a@h3>\r\n").unwrap();
        assert_eq!(
            bench.contacts(),
            [
                "<sip:a@h1>;expires=100",
                "<sip:a@h2>;expires=200",
                "<sip:a@h3>;expires=3600"
            ]
        );
        assert_eq!(bench.register("Contact: <sip:a@h1>;expires=99999\r\n"), Ok(1));
        assert!(bench.contacts().contains(&"<sip:a@h1>;expires=7200".to_owned()));
        assert_eq!(
            bench.register("Contact: <sip:a@h1>;expires=59\r\n"),
            Err(Refusal::IntervalTooBrief(60))
        );
        assert_eq!(bench.register("Contact: <sip:a@h4>\r\n"), Err(Refusal::TooManyBindings));
    }

    #[test]
    fn a_refused_register_changes_nothing() {
        let mut bench = Bench::new();
        bench.register("Contact: <sip:a@h1>\r\n").unwrap();
        let before = bench.contacts();
        assert!(bench.register("Contact: <sip:a@h2>, <sip:a@h3>;expires=5\r\n").is_err());
        assert!(bench.register("Contact: <sip:a@h2>, *\r\nExpires: 0\r\n").is_err());
        assert!(bench.register("Contact: *\r\nExpires: 5\r\n").is_err());
        assert!(bench.register("Contact: <mailto:a@b>\r\n").is_err());
        for contact in ["<sip:a@h1>", "*\r\nExpires: 0"] {
            let refusal = bench.register_at(&format!("Contact: {contact}\r\n"), 1);
            assert_eq!(refusal, Err(Refusal::OutOfOrder));
            assert_eq!(refusal.unwrap_err().status().as_u16(), 500);
        }
        assert_eq!(bench.contacts(), before);
    }

    #[test]
    fn bindings_are_compared_as_uris() {
        let mut bench = Bench::new();
        bench.register("Contact: <sip:a@H1>;methods=\"MESSAGE\"\r\n").unwrap();
        assert_eq!(
            bench.register("Contact: <sip:%61@h1>\r\n"),
            Ok(2),
            "the old row goes, a new one comes"
        );
        assert_eq!(bench.contacts(), ["<sip:%61@h1>;expires=3600"]);
        assert_eq!(bench.register("Contact: <sip:a@h1>;expires=0\r\n"), Ok(1));
        assert!(!bench.registrar.is_registered(&alice()));
        bench.register("Contact: <sip:a@h1>, <sip:a@h2>\r\n").unwrap();
        assert_eq!(bench.register("Contact: *\r\nExpires: 0\r\n"), Ok(2));
        assert!(bench.contacts().is_empty());
    }

    #[test]
    fn methods_and_q_choose_the_targets() {
        let mut bench = Bench::new();
        bench
            .register(
                "Contact: <sip:a@h1>;q=0.1, <sip:a@h2>;methods=\"INVITE\", <sip:a@h3>;methods=\"MESSAGE\";q=0.9\r\n",
            )
            .unwrap();
        let targets = bench.registrar.targets(&alice(), &Method::Message);
        let uris: Vec<_> = targets.iter().map(|target| target.uri.as_str()).collect();
        assert_eq!(uris, ["sip:a@h3", "sip:a@h1"]);
    }

    #[test]
    fn only_what_is_asked_for_can_be_too_brief() {
        let mut bench = Bench::new();
        bench.registrar.expiry = Expiry {
            min: 7_200,
            max: 86_400,
            default: 1_800,
        };
        assert_eq!(bench.register("Contact: <sip:a@h1>\r\n"), Ok(1));
        assert_eq!(bench.register("Contact: <sip:a@h1>;expires=3600\r\n"), Ok(1));
        assert_eq!(
            bench.register("Contact: <sip:a@h1>;expires=3599\r\n"),
            Err(Refusal::IntervalTooBrief(7_200))
        );
    }

    fn row(user: &str, expires_at: SystemTime) -> BindingRow {
        BindingRow {
            aor: Aor::new(user, "example.test").unwrap(),
            contact: "<sip:a@h1>".into(),
            uri: "sip:a@h1".into(),
            call_id: "1".into(),
            cseq: 1,
            expires_at,
            flow: flow(),
        }
    }

    #[test]
    fn rows_of_a_clock_that_ran_ahead_end_in_time() {
        let mut bench = Bench::new();
        let far = SystemTime::UNIX_EPOCH + Duration::from_secs(i64::MAX.unsigned_abs());
        for _ in 0..2 {
            let row = row("alice", far);
            bench.registrar.restore(bench.now, SystemTime::UNIX_EPOCH, row);
        }
        assert_eq!(bench.contacts(), ["<sip:a@h1>;expires=7200"]);
    }

    #[test]
    fn a_storm_of_expiries_comes_in_portions() {
        let mut bench = Bench::new();
        for user in 0..1_000 {
            let row = row(&format!("u{user}"), SystemTime::UNIX_EPOCH);
            bench.registrar.restore(bench.now, SystemTime::UNIX_EPOCH, row);
        }
        let mut portions = Vec::new();
        while bench.registrar.poll_timeout().is_some_and(|due| due <= bench.now) {
            portions.push(bench.registrar.handle_timeout(bench.now).len());
        }
        assert_eq!(portions, [256, 256, 256, 232]);
    }

    #[test]
    fn bindings_end_by_the_clock() {
        let mut bench = Bench::new();
        bench
            .register("Contact: <sip:a@h1>;expires=100, <sip:a@h2>;expires=200\r\n")
            .unwrap();
        let start = bench.now;
        assert_eq!(bench.registrar.poll_timeout(), Some(start + Duration::from_secs(100)));
        assert!(
            bench
                .registrar
                .handle_timeout(start + Duration::from_secs(99))
                .is_empty()
        );
        assert_eq!(
            bench.registrar.handle_timeout(start + Duration::from_secs(100)).len(),
            1
        );
        assert_eq!(bench.registrar.poll_timeout(), Some(start + Duration::from_secs(200)));
        bench.registrar.handle_timeout(start + Duration::from_secs(500));
        assert_eq!((bench.registrar.poll_timeout(), bench.registrar.count), (None, 0));
    }
}
