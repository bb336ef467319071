#![expect(clippy::disallowed_methods, reason = "a test's clock has to begin somewhere")]

use pidf::Basic;
use sip_message::headers::{CSeq, SubscriptionState};

use super::*;

const OPEN: &str = r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:alice@example.test"><tuple id="t"><status><basic>open</basic></status></tuple></presence>"#;

fn alice() -> Aor {
    Aor::new("alice", "example.test").unwrap()
}

fn bob() -> Aor {
    Aor::new("bob", "example.test").unwrap()
}

/// An agent, its rows, and how many seconds it runs.
struct Bench {
    agent: PresenceAgent,
    epoch: Instant,
    seconds: u64,
    cseq: u32,
    /// The tuples' basic of each NOTIFY, `ended` behind it for a last one; each is answered with 200.
    told: Vec<String>,
    statuses: Vec<u16>,
    last_response: Option<Message>,
    information: Option<Information>,
    puts: usize,
    publications: BTreeMap<String, PublicationRecord>,
    subscriptions: BTreeMap<SubscriptionId, SubscriptionRecord>,
}

impl Bench {
    fn new() -> Self {
        Self::starting_at(Instant::now(), 0)
    }

    fn starting_at(epoch: Instant, seconds: u64) -> Self {
        let interval = Interval {
            min: 60,
            max: 7_200,
            default: 3_600,
        };
        let agent = PresenceAgent::new(Config {
            contact: UriBuf::parse("sip:192.0.2.1:5060").unwrap(),
            server: Some("test".into()),
            subscribe: interval,
            publish: interval,
            notifier_limits: NotifierLimits::default(),
            compositor_limits: CompositorLimits::default(),
            epoch: (epoch, SystemTime::UNIX_EPOCH),
            seed: [7; 32],
        });
        Self {
            agent,
            epoch,
            seconds,
            cseq: 0,
            told: Vec::new(),
            statuses: Vec::new(),
            last_response: None,
            information: None,
            puts: 0,
            publications: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
        }
    }

    /// Another agent with the rows of this one.
    fn restarted(self, seconds: u64) -> Self {
        let mut next = Self::starting_at(self.epoch, seconds);
        let now = next.now();
        let information = self.information.clone().unwrap();
        next.agent
            .restore_information(information.presentity.clone(), information.document.clone(), false);
        next.information = self.information;
        for record in self.publications.values().cloned() {
            next.agent.restore_publication(now, record);
        }
        for record in self.subscriptions.values().cloned() {
            next.agent.restore_subscription(now, record);
        }
        (next.publications, next.subscriptions) = (self.publications, self.subscriptions);
        next.cseq = self.cseq;
        next
    }

    fn now(&self) -> Instant {
        self.epoch + Duration::from_secs(self.seconds)
    }

    fn input(&mut self, input: Input<'_>) {
        let now = self.now();
        self.agent.handle_input(now, input);
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::DeletePublication { entity_tag, .. } => drop(self.publications.remove(&entity_tag)),
                Output::DeleteSubscription { id, .. } => drop(self.subscriptions.remove(&id)),
                Output::Notify {
                    subscription, request, ..
                } => self.notified(subscription, &request),
                Output::PutInformation(information) => {
                    self.puts += 1;
                    self.information = Some(*information);
                }
                Output::PutPublication(record) => {
                    self.publications.insert(record.entity_tag.clone(), *record);
                }
                Output::PutSubscription(record) => drop(self.subscriptions.insert(record.id, *record)),
                Output::Respond { response, .. } => {
                    self.statuses.push(response.status().unwrap().as_u16());
                    self.last_response = Some(response);
                }
            }
        }
    }

    fn notified(&mut self, subscription: SubscriptionId, request: &Message) {
        let document = Document::parse(request.body(), &pidf::Limits::default()).unwrap();
        let basics = document.tuples().iter().map(|tuple| match tuple.status().basic() {
            Some(Basic::Open) => "open",
            _ => "closed",
        });
        let mut told = basics.collect::<Vec<_>>().join(" ");
        let state = request.typed::<SubscriptionState>().unwrap().unwrap();
        if state.is_terminated() {
            told += " ended";
        }
        self.told.push(told);
        let response = MessageBuilder::reply_to(request, StatusCode::OK, None).unwrap().build();
        self.agent.handle_input(
            self.epoch + Duration::from_secs(self.seconds),
            Input::NotifyDone {
                subscription,
                response: Some(&response),
            },
        );
    }

    fn register(&mut self, registered: bool) {
        self.input(Input::Registration {
            presentity: alice(),
            registered,
        });
    }

    fn request(&mut self, method: &str, headers: &str, body: &str) -> Message {
        self.cseq += 1;
        Message::parse(format!(
            "{method} sip:alice@example.test SIP/2.0\r\nFrom: <sip:bob@example.test>;tag=1\r\n\
             To: <sip:alice@example.test>\r\nCall-ID: c\r\nCSeq: {} {method}\r\nEvent: presence\r\n\
             Contact: <sip:bob@192.0.2.2>\r\n{headers}\r\n{body}",
            self.cseq
        ))
        .unwrap()
    }

    fn subscribe(&mut self, headers: &str) {
        let request = self.request("SUBSCRIBE", headers, "");
        self.input(Input::Subscribe {
            id: RequestId(1),
            request: &request,
            presentity: alice(),
            watcher: bob(),
        });
    }

    fn publish(&mut self, headers: &str, body: &str) {
        let request = self.request("PUBLISH", headers, body);
        self.input(Input::Publish {
            id: RequestId(2),
            request: &request,
            presentity: alice(),
        });
    }

    fn run_until(&mut self, seconds: u64) {
        self.seconds = seconds;
        while self.agent.poll_timeout().is_some_and(|due| due <= self.now()) {
            self.input(Input::Timeout);
        }
    }

    fn basic(&self) -> Option<Basic> {
        self.information.as_ref().map(|information| information.basic)
    }
}

const PIDF: &str = "Content-Type: application/pidf+xml\r\n";

#[test]
fn a_registration_is_information_and_told() {
    let mut bench = Bench::new();
    bench.subscribe("");
    assert_eq!(
        (&*bench.statuses, &*bench.told),
        (&[200][..], &["closed".to_owned()][..])
    );
    assert_eq!(bench.puts, 0, "nothing is known of a presentity that is only asked for");
    bench.seconds = 5;
    bench.register(true);
    let information = bench.information.clone().unwrap();
    assert_eq!((information.presentity, information.basic), (alice(), Basic::Open));
    assert_eq!(information.contact.as_deref(), Some("sip:alice@example.test"));
    assert_eq!(information.modified_at, SystemTime::UNIX_EPOCH + Duration::from_secs(5));
    bench.register(false);
    assert_eq!(bench.told, ["closed", "open", "closed"]);
}

#[test]
fn what_says_the_same_is_told_to_nobody() {
    let mut bench = Bench::new();
    bench.subscribe("");
    bench.register(true);
    bench.register(true);
    bench.publish(PIDF, OPEN);
    assert_eq!((bench.puts, bench.told.len()), (2, 3));
    // A refresh, the same document again, and a registration that the publication hides.
    let tag = bench.publications.keys().next().unwrap().clone();
    bench.publish(&format!("SIP-If-Match: {tag}\r\n"), "");
    let tag = bench.publications.keys().next().unwrap().clone();
    bench.publish(&format!("{PIDF}SIP-If-Match: {tag}\r\n"), OPEN);
    bench.register(false);
    assert_eq!(bench.statuses, [200; 4]);
    assert_eq!((bench.puts, bench.told.len()), (2, 3));
    // It was noted all the same: without the publication it counts.
    let tag = bench.publications.keys().next().unwrap().clone();
    bench.publish(&format!("SIP-If-Match: {tag}\r\nExpires: 0\r\n"), "");
    assert_eq!(bench.told.last().unwrap(), "closed");
}

#[test]
fn publications_are_composed_and_told_until_they_expire() {
    let mut bench = Bench::new();
    bench.subscribe("Expires: 7200\r\n");
    bench.publish(&format!("{PIDF}Expires: 100\r\n"), OPEN);
    bench.publish(&format!("{PIDF}Expires: 200\r\n"), &OPEN.replace(">open", ">closed"));
    assert_eq!(bench.basic(), Some(Basic::Open));
    bench.run_until(100);
    assert_eq!(bench.basic(), Some(Basic::Closed));
    bench.run_until(200);
    assert!(bench.publications.is_empty());
    assert_eq!(bench.told, ["closed", "open", "open closed", "closed", "closed"]);
    bench.run_until(7_200);
    assert_eq!(bench.told.last().unwrap(), "closed ended");
    assert!(bench.subscriptions.is_empty());
    assert_eq!(bench.agent.poll_timeout(), None);
}

#[test]
fn a_restart_goes_on_with_the_rows() {
    let mut bench = Bench::new();
    bench.subscribe("Expires: 600\r\n");
    bench.publish(&format!("{PIDF}Expires: 300\r\n"), OPEN);
    let document = bench.agent.document(&alice());
    let (&id, record) = bench.subscriptions.first_key_value().unwrap();
    assert!(record.local_cseq < CSeq::MAX);
    let cseq = record.local_cseq;

    let mut bench = bench.restarted(200);
    bench.register(false);
    assert!(bench.told.is_empty());
    assert_eq!(bench.agent.document(&alice()), document);
    bench.run_until(300);
    assert_eq!(
        (bench.basic(), &*bench.told),
        (Some(Basic::Closed), &["closed".to_owned()][..])
    );
    assert_eq!(bench.subscriptions[&id].local_cseq, cseq + 1);
    // What expires while nobody runs ends at once.
    let mut bench = bench.restarted(5_000);
    bench.run_until(5_000);
    assert_eq!(bench.told, ["closed ended"]);
}

#[test]
fn information_that_was_lost_is_composed_anew() {
    let mut old = Bench::new();
    old.publish(PIDF, OPEN);
    let record = old.publications.values().next().unwrap().clone();
    let mut bench = Bench::new();
    bench.agent.restore_publication(bench.now(), record);
    bench.register(false);
    assert_eq!(bench.basic(), Some(Basic::Open));
}

#[test]
fn what_is_no_document_is_refused_by_its_reason() {
    let mut bench = Bench::new();
    let tuple = |number: usize| format!("<tuple id=\"t{number}\"><status/></tuple>");
    let tuples = |count| {
        let tuples: String = (0..count).map(tuple).collect();
        format!(r#"<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:a@b">{tuples}</presence>"#)
    };
    for (headers, body, status) in [
        (PIDF.to_owned(), "<presence".to_owned(), 400),
        (format!("{PIDF}Content-Encoding: gzip\r\n"), "\u{1f}".to_owned(), 415),
        (PIDF.to_owned(), "x".repeat(32_769), 413),
        (PIDF.to_owned(), tuples(TUPLES), 200),
        (PIDF.to_owned(), tuples(TUPLES + 1), 413),
    ] {
        bench.publish(&headers, &body);
        assert_eq!(bench.statuses.pop(), Some(status), "{headers}");
    }
    assert_eq!(bench.publications.len(), 1);
    let warning = bench.last_response.unwrap();
    let warning = warning
        .header(HeaderName::WARNING)
        .unwrap()
        .value_str()
        .unwrap()
        .to_owned();
    assert_eq!(warning, "399 presence \"presence document: more than 128 tuples\"");
}

#[test]
fn refusals_have_tags_of_their_own() {
    let mut bench = Bench::new();
    let mut tag = || {
        bench.subscribe("Accept: text/plain\r\n");
        assert_eq!(bench.statuses.pop(), Some(406));
        let response = bench.last_response.take().unwrap();
        let to = response.typed::<sip_message::headers::To>().unwrap().unwrap();
        to.tag().unwrap().to_owned()
    };
    assert_ne!(tag(), tag());
}
