use super::*;
use crate::{
    RequestId,
    fixture::{aor, at, epoch, header, message, summary, time},
};

const PIDF: &str = "application/pidf+xml";

fn config() -> CompositorConfig {
    let package = |name: &str, default_expires| PublishPackage {
        name: name.into(),
        media_types: vec![PIDF.into(), "application/cpim-pidf+xml".into()],
        default_expires,
    };
    CompositorConfig {
        packages: vec![package("presence", 3600), package("dialog", 600)],
        min_expires: 60,
        max_expires: 7200,
        server: Some("test".into()),
        limits: CompositorLimits::default(),
    }
}

fn compositor() -> Compositor {
    Compositor::new(config(), epoch(), [7; 32])
}

fn request(lines: &[&str], body: &str) -> Message {
    let mut all = vec![
        "PUBLISH sip:alice@example.test SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        "From: <sip:alice@example.test>;tag=a1",
        "To: <sip:alice@example.test>",
        "Call-ID: p1@192.0.2.1",
        "CSeq: 1 PUBLISH",
    ];
    all.extend(lines);
    message(&all, body)
}

/// A PUBLISH of alice's presence; an empty text leaves a header or the body out.
fn publish(if_match: &str, expires: &str, body: &str) -> Message {
    let (if_match, expires) = (format!("SIP-If-Match: {if_match}"), format!("Expires: {expires}"));
    let mut lines = vec!["Event: presence"];
    let optional = [(&if_match, "SIP-If-Match: "), (&expires, "Expires: ")];
    lines.extend(
        optional
            .iter()
            .filter(|(line, empty)| line != empty)
            .map(|(line, _)| &***line),
    );
    if !body.is_empty() {
        lines.push("Content-Type: application/pidf+xml;charset=UTF-8");
    }
    request(&lines, body)
}

/// Hands a PUBLISH in; the entity-tag of the 200 if there is one, and the outputs with the tags replaced by `NEW` and
/// `OLD`.
fn ask(compositor: &mut Compositor, now: u64, request: &Message) -> (String, Vec<String>) {
    let input = CompositorInput::Publish {
        id: RequestId(5),
        request,
        resource: aor("alice"),
    };
    compositor.handle_input(at(now), input);
    let outputs: Vec<_> = std::iter::from_fn(|| compositor.poll_output()).collect();
    let new = outputs.iter().find_map(|output| match output {
        CompositorOutput::Respond { response, .. } => Some(header(response, HeaderName::SIP_ETAG)),
        _ => None,
    });
    let new = new.unwrap();
    let old = header(request, HeaderName::SIP_IF_MATCH);
    let name = |text: String| {
        let text = if new.is_empty() {
            text
        } else {
            text.replace(&new, "NEW")
        };
        if old.is_empty() {
            text
        } else {
            text.replace(&old, "OLD")
        }
    };
    let shown = outputs.iter().map(|output| name(show(output))).collect();
    (new, shown)
}

fn timeout(compositor: &mut Compositor, now: u64) -> Vec<String> {
    compositor.handle_input(at(now), CompositorInput::Timeout);
    let outputs = std::iter::from_fn(|| compositor.poll_output());
    outputs.map(|output| show(&output)).collect()
}

fn show(output: &CompositorOutput) -> String {
    match output {
        CompositorOutput::Changed { resource, package } => format!("changed {} {package}", resource.user()),
        CompositorOutput::Deleted {
            resource,
            package,
            entity_tag,
        } => format!("deleted {} {package} {entity_tag}", resource.user()),
        CompositorOutput::Put(record) => {
            let seconds = |at: SystemTime| at.duration_since(time(0)).unwrap().as_secs();
            format!(
                "put {} {} {} {} of {} until {}: {}",
                record.resource.user(),
                record.package,
                record.entity_tag,
                record.content_type,
                seconds(record.modified_at),
                seconds(record.expires_at),
                String::from_utf8_lossy(&record.body)
            )
        }
        CompositorOutput::Respond { id, response } => format!("respond {} {}", id.0, summary(response)),
    }
}

fn documents(compositor: &Compositor) -> Vec<String> {
    let publications = compositor.publications_of(&aor("alice"), "presence");
    publications
        .map(|record| String::from_utf8_lossy(&record.body).into_owned())
        .collect()
}

#[test]
fn create_refresh_modify_remove() {
    let mut compositor = compositor();
    let (first, created) = ask(&mut compositor, 0, &publish("", "600", "<one/>"));
    assert_eq!(
        created,
        [
            "put alice presence NEW application/pidf+xml;charset=UTF-8 of 0 until 600: <one/>",
            "changed alice presence",
            "respond 5 200 OK | CSeq: 1 PUBLISH | Expires: 600 | SIP-ETag: NEW"
        ]
    );
    let (second, refreshed) = ask(&mut compositor, 500, &publish(&first, "600", ""));
    assert_eq!(
        refreshed,
        [
            "deleted alice presence OLD",
            "put alice presence NEW application/pidf+xml;charset=UTF-8 of 0 until 1100: <one/>",
            "respond 5 200 OK | CSeq: 1 PUBLISH | Expires: 600 | SIP-ETag: NEW"
        ]
    );
    assert_eq!(compositor.poll_timeout(), Some(at(1100)));
    let (third, modified) = ask(&mut compositor, 600, &publish(&second, "", "<two/>"));
    assert_eq!(
        modified,
        [
            "deleted alice presence OLD",
            "put alice presence NEW application/pidf+xml;charset=UTF-8 of 600 until 4200: <two/>",
            "changed alice presence",
            "respond 5 200 OK | CSeq: 1 PUBLISH | Expires: 3600 | SIP-ETag: NEW"
        ]
    );
    assert_eq!(documents(&compositor), ["<two/>"]);
    let (fourth, removed) = ask(&mut compositor, 700, &publish(&third, "0", ""));
    assert_eq!(
        removed,
        [
            "deleted alice presence OLD",
            "changed alice presence",
            "respond 5 200 OK | CSeq: 1 PUBLISH | Expires: 0 | SIP-ETag: NEW"
        ]
    );
    assert!(compositor.is_empty());
    assert_eq!(compositor.poll_timeout(), None);
    let tags = [&first, &second, &third, &fourth];
    assert!((1..4).all(|at| !tags[..at].contains(&tags[at])));
    for tag in tags {
        let (_, refused) = ask(&mut compositor, 700, &publish(tag, "600", "<x/>"));
        assert_eq!(refused, ["respond 5 412 Conditional Request Failed | CSeq: 1 PUBLISH"]);
    }
}

#[test]
fn the_200_byte_for_byte() {
    let mut compositor = compositor();
    let lines = [
        "Event: presence",
        "Content-Type: application/pidf+xml",
        "Record-Route: <sip:p;lr>",
    ];
    let input = CompositorInput::Publish {
        id: RequestId(1),
        request: &request(&lines, "<p/>"),
        resource: aor("alice"),
    };
    compositor.handle_input(at(0), input);
    let responses = std::iter::from_fn(|| compositor.poll_output()).filter_map(|output| match output {
        CompositorOutput::Respond { response, .. } => Some(response),
        _ => None,
    });
    let responses: Vec<_> = responses.collect();
    let record = compositor.publications_of(&aor("alice"), "presence").next().unwrap();
    let to = header(&responses[0], HeaderName::TO);
    assert!(to.starts_with("<sip:alice@example.test>;tag="));
    let expected = message(
        &[
            "SIP/2.0 200 OK",
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
            "From: <sip:alice@example.test>;tag=a1",
            &format!("To: {to}"),
            "Call-ID: p1@192.0.2.1",
            "CSeq: 1 PUBLISH",
            "Server: test",
            &format!("SIP-ETag: {}", record.entity_tag),
            "Expires: 3600",
        ],
        "",
    );
    assert_eq!(responses, [expected]);
}

#[test]
fn the_clock_ends_a_publication() {
    let mut compositor = compositor();
    let (first, _) = ask(&mut compositor, 0, &publish("", "60", "<one/>"));
    let (second, _) = ask(&mut compositor, 1, &publish("", "60", "<two/>"));
    assert!(timeout(&mut compositor, 59).is_empty());
    // Expired, though the timeout is still to come.
    let (_, late) = ask(&mut compositor, 60, &publish(&first, "60", ""));
    assert_eq!(late, ["respond 5 412 Conditional Request Failed | CSeq: 1 PUBLISH"]);
    assert_eq!(
        timeout(&mut compositor, 60),
        [
            format!("deleted alice presence {first}"),
            "changed alice presence".into()
        ]
    );
    assert_eq!(documents(&compositor), ["<two/>"]);
    assert_eq!(
        timeout(&mut compositor, 61)[0],
        format!("deleted alice presence {second}")
    );
    assert!(compositor.is_empty());
}

#[test]
fn what_is_refused() {
    let mut compositor = compositor();
    let (tag, _) = ask(&mut compositor, 0, &publish("", "600", "<one/>"));
    let mut refused = |request: &Message| {
        let (_, mut outputs) = ask(&mut compositor, 0, request);
        assert_eq!(outputs.len(), 1, "{outputs:?}");
        outputs.remove(0).replace(" | CSeq: 1 PUBLISH", "")
    };
    let bad = "respond 5 400 Bad Request";
    assert_eq!(
        refused(&publish("", "59", "<x/>")),
        "respond 5 423 Interval Too Brief | Min-Expires: 60"
    );
    assert_eq!(
        refused(&publish(&tag, "59", "")),
        "respond 5 423 Interval Too Brief | Min-Expires: 60"
    );
    assert_eq!(refused(&publish("", "soon", "<x/>")), bad);
    assert_eq!(refused(&publish("", "600", "")), bad);
    assert_eq!(refused(&publish("a, b", "600", "")), bad);
    let two = ["Event: presence", "SIP-If-Match: a", "SIP-If-Match: b"];
    assert_eq!(refused(&request(&two, "")), bad);
    assert_eq!(
        refused(&publish("gone", "0", "")),
        "respond 5 412 Conditional Request Failed"
    );
    assert_eq!(
        refused(&request(&["Event: reg"], "")),
        "respond 5 489 Bad Event | Allow-Events: presence, dialog"
    );
    assert_eq!(
        refused(&request(&[], "x")),
        "respond 5 489 Bad Event | Allow-Events: presence, dialog"
    );
    assert_eq!(refused(&request(&["Event: presence"], "x")), bad);
    assert_eq!(
        refused(&request(&["Event: presence", "Content-Type: text/plain"], "x")),
        "respond 5 415 Unsupported Media Type | Accept: application/pidf+xml, application/cpim-pidf+xml"
    );
    let encoded = [
        "Event: presence",
        "Content-Type: application/pidf+xml",
        "Content-Encoding: deflate",
    ];
    assert_eq!(
        refused(&request(&encoded, "x")),
        "respond 5 415 Unsupported Media Type | Accept-Encoding: identity"
    );
    let large = publish("", "600", &"x".repeat(32_769));
    assert_eq!(refused(&large), "respond 5 413 Request Entity Too Large");
    assert_eq!(
        refused(&publish(&tag, "600", &"x".repeat(32_769))),
        "respond 5 413 Request Entity Too Large"
    );
    // None of it touched what is there.
    let (_, refreshed) = ask(&mut compositor, 0, &publish(&tag, "600", ""));
    assert_eq!(refreshed.len(), 3);
    assert_eq!(documents(&compositor), ["<one/>"]);
}

#[test]
fn an_entity_tag_is_of_its_resource_and_package() {
    let mut compositor = compositor();
    let (tag, _) = ask(&mut compositor, 0, &publish("", "600", "<one/>"));
    let if_match = format!("SIP-If-Match: {tag}");
    let (_, other) = ask(&mut compositor, 0, &request(&["Event: dialog", &if_match], ""));
    assert_eq!(other, ["respond 5 412 Conditional Request Failed | CSeq: 1 PUBLISH"]);
    let input = CompositorInput::Publish {
        id: RequestId(6),
        request: &publish(&tag, "600", ""),
        resource: aor("bob"),
    };
    compositor.handle_input(at(0), input);
    let output = compositor.poll_output().unwrap();
    assert_eq!(
        show(&output),
        "respond 6 412 Conditional Request Failed | CSeq: 1 PUBLISH"
    );
}

#[test]
fn an_initial_publication_for_no_time_leaves_nothing() {
    let mut compositor = compositor();
    let (_, outputs) = ask(&mut compositor, 0, &publish("", "0", "<x/>"));
    assert_eq!(
        outputs,
        ["respond 5 200 OK | CSeq: 1 PUBLISH | Expires: 0 | SIP-ETag: NEW"]
    );
    assert!(compositor.is_empty());
}

#[test]
fn documents_are_in_the_order_of_their_modification_behind_a_restart_too() {
    let mut old = compositor();
    let (first, _) = ask(&mut old, 0, &publish("", "600", "<one/>"));
    ask(&mut old, 1, &publish("", "600", "<two/>"));
    ask(&mut old, 1, &publish("", "60", "<three/>"));
    let (first, _) = ask(&mut old, 2, &publish(&first, "600", "<newest/>"));
    assert_eq!(documents(&old), ["<two/>", "<three/>", "<newest/>"]);
    let (first, _) = ask(&mut old, 3, &publish(&first, "600", ""));

    let mut compositor = Compositor::new(config(), (at(100), time(100)), [8; 32]);
    let mut rows: Vec<_> = old.publications_of(&aor("alice"), "Presence").cloned().collect();
    rows.reverse();
    for row in &rows {
        compositor.restore(at(100), row.clone());
    }
    assert_eq!(documents(&compositor), ["<three/>", "<two/>", "<newest/>"]);
    assert_eq!(timeout(&mut compositor, 100).len(), 2);
    assert_eq!(documents(&compositor), ["<two/>", "<newest/>"]);
    let (_, refreshed) = ask(&mut compositor, 100, &publish(&first, "600", ""));
    assert_eq!(
        refreshed[1],
        "put alice presence NEW application/pidf+xml;charset=UTF-8 of 2 until 700: <newest/>"
    );
    let unknown = PublicationRecord {
        package: "reg".into(),
        entity_tag: "x".into(),
        ..rows.remove(0)
    };
    compositor.restore(at(100), unknown);
    assert_eq!(show(&compositor.poll_output().unwrap()), "deleted alice reg x");
}

#[test]
fn limits_are_kept() {
    let default = CompositorLimits::default();
    for limits in [
        CompositorLimits {
            per_resource: 2,
            ..default
        },
        CompositorLimits {
            publications: 2,
            ..default
        },
    ] {
        let mut compositor = Compositor::new(CompositorConfig { limits, ..config() }, epoch(), [7; 32]);
        ask(&mut compositor, 0, &publish("", "60", "<one/>"));
        let (tag, _) = ask(&mut compositor, 0, &publish("", "600", "<two/>"));
        let (_, full) = ask(&mut compositor, 0, &publish("", "600", "<three/>"));
        assert_eq!(
            full,
            ["respond 5 503 Service Unavailable | CSeq: 1 PUBLISH | Retry-After: 60"]
        );
        let (_, modified) = ask(&mut compositor, 0, &publish(&tag, "600", "<three/>"));
        assert_eq!(modified.len(), 4);
        timeout(&mut compositor, 60);
        assert_eq!(ask(&mut compositor, 60, &publish("", "600", "<four/>")).1.len(), 3);
    }
}

#[test]
fn a_storm_of_expiries_comes_in_portions() {
    let limits = CompositorLimits {
        per_resource: 10_000,
        ..CompositorLimits::default()
    };
    let mut compositor = Compositor::new(CompositorConfig { limits, ..config() }, epoch(), [7; 32]);
    for _ in 0..1_000 {
        ask(&mut compositor, 0, &publish("", "60", "<x/>"));
    }
    let mut portions = Vec::new();
    while compositor.poll_timeout().is_some_and(|due| due <= at(60)) {
        portions.push(timeout(&mut compositor, 60).len());
    }
    assert_eq!(portions, [512, 512, 512, 464]);
    assert!(compositor.is_empty());
}
