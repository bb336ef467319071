use pidf::{Basic, Document, Format, Tuple, TupleId};
use sip_message::{HeaderName, Message, StatusCode};
use sip_ua::{Event, Failure, OpId, PublishOptions};

use crate::script::{Script, cseq, method, take, text};

fn document(basic: Basic) -> Document {
    Document::new("pres:alice@example.test")
        .unwrap()
        .with_tuple(Tuple::new(TupleId::new("t1").unwrap(), basic))
}

fn publish(script: &mut Script, basic: Basic) -> OpId {
    script
        .agent
        .publish(script.now, &document(basic), PublishOptions::default())
}

fn accept(script: &mut Script, request: &Message, entity_tag: &str) {
    let headers = [(HeaderName::SIP_ETAG, entity_tag), (HeaderName::EXPIRES, "600")];
    script.answer_with(request, StatusCode::OK, &headers);
}

/// Publishes, and gets `one` as entity-tag.
fn published(script: &mut Script) -> OpId {
    let op = publish(script, Basic::Open);
    let request = script.sent();
    assert!(request.header(HeaderName::SIP_IF_MATCH).is_none());
    accept(script, &request, "one");
    take!(script.event(), Event::Published { .. } => ());
    op
}

#[test]
fn a_document_is_published_changed_and_taken_back() {
    let mut script = Script::new();
    let options = PublishOptions {
        expires: 1200,
        format: Format::CpimPidf,
    };
    let op = script.agent.publish(script.now, &document(Basic::Open), options);
    let first = script.sent();
    assert_eq!(method(&first), "PUBLISH");
    assert_eq!(first.request_uri().unwrap().as_str(), "sip:alice@example.test");
    assert_eq!(text(&first, HeaderName::EVENT), "presence");
    assert_eq!(text(&first, HeaderName::EXPIRES), "1200");
    assert_eq!(text(&first, HeaderName::CONTENT_TYPE), "application/cpim-pidf+xml");
    assert_eq!(first.body(), document(Basic::Open).write(Format::CpimPidf).as_bytes());
    accept(&mut script, &first, "one");
    let (id, tag, expires) = take!(script.event(),
        Event::Published { op, entity_tag, expires } => (op, entity_tag, expires));
    assert_eq!((id, &*tag, expires), (op, "one", 600));

    let op = publish(&mut script, Basic::Closed);
    let change = script.sent();
    assert_eq!(text(&change, HeaderName::SIP_IF_MATCH), "one");
    assert_eq!(text(&change, HeaderName::EXPIRES), "3600");
    assert_eq!(change.body(), document(Basic::Closed).write(Format::Pidf).as_bytes());
    accept(&mut script, &change, "two");
    take!(script.event(), Event::Published { op: id, .. } => assert_eq!(id, op));

    let op = script.agent.unpublish(script.now);
    let end = script.sent();
    assert_eq!(text(&end, HeaderName::SIP_IF_MATCH), "two");
    assert_eq!(text(&end, HeaderName::EXPIRES), "0");
    assert_eq!(end.body(), b"");
    accept(&mut script, &end, "three");
    take!(script.event(), Event::Unpublished { op: id } => assert_eq!(id, op));
    script.seconds(86_400);
    script.silence();
    script.no_event();
}

#[test]
fn two_at_once_leave_one_document() {
    let mut script = Script::new();
    let ops = [
        publish(&mut script, Basic::Open),
        publish(&mut script, Basic::Closed),
        publish(&mut script, Basic::Open),
    ];
    let first = script.sent();
    script.silence();
    take!(script.event(), Event::Failed { op, failure: Failure::Superseded }
        => assert_eq!(op, ops[1]));
    accept(&mut script, &first, "one");
    take!(script.event(), Event::Published { op, .. } => assert_eq!(op, ops[0]));
    let second = script.sent();
    assert_eq!(text(&second, HeaderName::SIP_IF_MATCH), "one");
    accept(&mut script, &second, "two");
    take!(script.event(), Event::Published { op, .. } => assert_eq!(op, ops[2]));
    script.silence();
    script.no_event();
}

#[test]
fn it_is_refreshed() {
    let mut script = Script::new();
    let op = published(&mut script);
    let refresh = script.next_within(599);
    assert_eq!(text(&refresh, HeaderName::SIP_IF_MATCH), "one");
    assert_eq!(refresh.body(), b"");
    accept(&mut script, &refresh, "two");
    take!(script.event(), Event::Published { op: id, .. } => assert_eq!(id, op));
    let again = script.next_within(599);
    assert_eq!(text(&again, HeaderName::SIP_IF_MATCH), "two");
}

#[test]
fn a_lost_state_is_published_anew() {
    let mut script = Script::new();
    published(&mut script);
    let refresh = script.next_within(599);
    script.answer(&refresh, StatusCode::CONDITIONAL_REQUEST_FAILED);
    let whole = script.sent();
    assert!(whole.header(HeaderName::SIP_IF_MATCH).is_none());
    assert_eq!(whole.body(), document(Basic::Open).write(Format::Pidf).as_bytes());
    accept(&mut script, &whole, "two");
    take!(script.event(), Event::Published { .. } => ());
    script.no_event();
}

#[test]
fn a_challenge_is_answered() {
    let mut script = Script::new();
    publish(&mut script, Basic::Open);
    let bare = script.sent();
    script.challenge(&bare, StatusCode::UNAUTHORIZED, false);
    let newer = publish(&mut script, Basic::Closed);
    take!(script.event(), Event::Challenged { .. } => ());
    let signed = script.sent();
    assert_eq!(cseq(&signed), cseq(&bare) + 1);
    assert_eq!(signed.body(), bare.body());
    assert_eq!(script.verify(&signed, HeaderName::AUTHORIZATION), 1);
    accept(&mut script, &signed, "one");
    take!(script.event(), Event::Published { .. } => ());
    let next = script.sent();
    assert_eq!(script.verify(&next, HeaderName::AUTHORIZATION), 2);
    script.challenge(&next, StatusCode::UNAUTHORIZED, false);
    take!(script.event(), Event::Challenged { .. } => ());
    let again = script.sent();
    script.challenge(&again, StatusCode::UNAUTHORIZED, false);
    let (op, failure) = take!(script.event(), Event::Failed { op, failure } => (op, failure));
    assert_eq!(op, newer);
    take!(failure, Failure::Authentication(StatusCode::UNAUTHORIZED) => ());
    script.silence();
}

#[test]
fn failures_are_told() {
    let mut script = Script::new();
    let op = publish(&mut script, Basic::Open);
    let request = script.sent();
    script.answer(&request, StatusCode::BAD_EVENT);
    let (id, failure) = take!(script.event(), Event::Failed { op, failure } => (op, failure));
    assert_eq!((id, failure.status()), (op, Some(StatusCode::BAD_EVENT)));
    let op = publish(&mut script, Basic::Open);
    script.seconds(33);
    take!(script.event(), Event::Failed { op: id, failure: Failure::Timeout }
        => assert_eq!(id, op));
    script.skip();
}

#[test]
fn there_may_be_nothing_to_take_back() {
    let mut script = Script::new();
    let op = script.agent.unpublish(script.now);
    take!(script.event(), Event::Unpublished { op: id } => assert_eq!(id, op));
    script.silence();
    assert!(script.agent.is_idle());
}

#[test]
fn a_success_without_an_entity_tag_is_none() {
    let mut script = Script::new();
    let op = publish(&mut script, Basic::Open);
    let request = script.sent();
    script.answer(&request, StatusCode::OK);
    take!(script.event(), Event::Failed { op: id, failure: Failure::BadResponse(_) }
        => assert_eq!(id, op));
    script.silence();
}
