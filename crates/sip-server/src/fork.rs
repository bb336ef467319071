use std::collections::BTreeMap;

use sip_message::{HeaderName, Message, MessageBuilder, StatusCode};

/// The response contexts of the proxy (RFC 3261 section 16.7): requests that were forwarded to one contact or several
/// and wait for answers.
///
/// `S` names a request that was received, `C` one that was sent.
#[derive(Debug)]
pub(crate) struct Forks<S, C> {
    forks: BTreeMap<S, Fork>,
    branches: BTreeMap<C, S>,
}

#[derive(Debug)]
struct Fork {
    request: Message,
    /// The To tag of an answer of our own.
    tag: String,
    branches: usize,
    best: Option<Message>,
    answered: bool,
}

/// What to answer upstream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer<S> {
    pub(crate) id: S,
    pub(crate) response: Message,
}

impl<S: Copy + Ord, C: Copy + Ord> Forks<S, C> {
    pub(crate) const fn new() -> Self {
        Self {
            forks: BTreeMap::new(),
            branches: BTreeMap::new(),
        }
    }

    pub(crate) fn open(&mut self, id: S, request: Message, branches: Vec<C>, tag: String) {
        let fork = Fork {
            request,
            tag,
            branches: branches.len(),
            best: None,
            answered: false,
        };
        self.forks.insert(id, fork);
        self.branches.extend(branches.into_iter().map(|branch| (branch, id)));
    }

    /// A branch goes on under another name, as another way to the same contact is tried.
    pub(crate) fn replace(&mut self, old: C, new: C) {
        if let Some(id) = self.branches.remove(&old) {
            self.branches.insert(new, id);
        }
    }

    /// A branch got a response; its top Via, which was ours, is gone already.
    pub(crate) fn response(&mut self, branch: C, response: Message) -> Option<Answer<S>> {
        let status = response.status()?;
        // RFC 4320 section 4.1 leaves no provisional response to forward but 100, which is hop by hop.
        if !status.is_final() {
            return None;
        }
        self.close(branch, Some(response))
    }

    /// A branch ended without a response.
    pub(crate) fn failed(&mut self, branch: C) -> Option<Answer<S>> {
        self.close(branch, None)
    }

    fn close(&mut self, branch: C, response: Option<Message>) -> Option<Answer<S>> {
        let id = self.branches.remove(&branch)?;
        let fork = self.forks.get_mut(&id)?;
        fork.branches -= 1;
        let last = fork.branches == 0;
        let mut answer = None;
        match response {
            // The first 2xx goes back at once; another one of a non-INVITE is of no use (section 16.7 step 5).
            Some(response) if response.status().is_some_and(StatusCode::is_success) => {
                answer = (!fork.answered).then_some(response);
                fork.answered = true;
            }
            Some(response) if fork.best.as_ref().is_none_or(|best| rank(&response) < rank(best)) => {
                fork.best = Some(response);
            }
            _ => {}
        }
        if last && !fork.answered {
            answer = Some(match fork.best.take() {
                Some(best) => upstream(fork, best),
                // Nobody answered. A 408 may not be sent (RFC 4320 section 4.2).
                None => reply(fork, StatusCode::TEMPORARILY_UNAVAILABLE),
            });
        }
        if last {
            self.forks.remove(&id);
        }
        answer.map(|response| Answer { id, response })
    }
}

/// Section 16.7 step 6: a 6xx if there is one, else the lowest class; within 4xx those that tell how to mend the
/// request first.
fn rank(response: &Message) -> (u16, u16) {
    let code = response.status().map_or(600, StatusCode::as_u16);
    let class = if code >= 600 { 0 } else { code / 100 };
    let within = match code {
        401 | 407 | 415 | 420 | 484 => 0,
        408 | 480 => 2,
        _ => 1,
    };
    (class, within)
}

/// "A proxy which receives a 503 SHOULD NOT forward it unless it knows that any further request would get one too":
/// it becomes a 500. A 408 may not be forwarded either (RFC 4320).
fn upstream(fork: &Fork, best: Message) -> Message {
    match best.status() {
        Some(StatusCode::SERVICE_UNAVAILABLE) => reply(fork, StatusCode::SERVER_INTERNAL_ERROR),
        Some(StatusCode::REQUEST_TIMEOUT) => reply(fork, StatusCode::TEMPORARILY_UNAVAILABLE),
        _ => best,
    }
}

fn reply(fork: &Fork, status: StatusCode) -> Message {
    MessageBuilder::reply_to(&fork.request, status, Some(&fork.tag))
        .expect("hexadecimal is a token")
        .build()
}

/// Takes our own Via off a response (section 16.7 step 3). `None` when no other is left: the response was for us.
pub(crate) fn pop_via(response: &Message) -> Option<Message> {
    let popped = response.edit().pop_front(HeaderName::VIA).add_content_length().finish();
    popped.header(HeaderName::VIA).is_some().then_some(popped)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "MESSAGE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nTo: <sip:b@x>\r\n\r\n";

    fn response(code: &str) -> Message {
        Message::parse(format!("SIP/2.0 {code} X\r\nVia: SIP/2.0/UDP a\r\n\r\n")).unwrap()
    }

    fn run(codes: &[Option<&str>]) -> Vec<u16> {
        let mut forks = Forks::new();
        let branches: Vec<_> = (0..codes.len()).collect();
        forks.open('s', Message::parse(REQUEST).unwrap(), branches.clone(), "7a9".into());
        let mut answers = Vec::new();
        for (branch, code) in branches.into_iter().zip(codes) {
            let answer = match code {
                Some(code) => forks.response(branch, response(code)),
                None => forks.failed(branch),
            };
            answers.extend(answer.map(|answer| answer.response.status().unwrap().as_u16()));
        }
        assert!(forks.forks.is_empty() && forks.branches.is_empty());
        answers
    }

    #[test]
    fn one_answer_goes_back_and_it_is_the_best() {
        assert_eq!(run(&[Some("404"), Some("200"), Some("200")]), [200]);
        assert_eq!(run(&[Some("500"), Some("404"), None]), [404]);
        assert_eq!(run(&[Some("404"), Some("415"), Some("480")]), [415]);
        assert_eq!(run(&[Some("404"), Some("603")]), [603]);
        assert_eq!(run(&[Some("503")]), [500]);
        assert_eq!(run(&[Some("408"), None]), [480]);
        assert_eq!(run(&[None]), [480]);
    }

    #[test]
    fn provisional_responses_stay_here() {
        let mut forks = Forks::new();
        forks.open('s', Message::parse(REQUEST).unwrap(), vec![1], "7a9".into());
        assert_eq!(forks.response(1, response("100")), None);
        assert_eq!(forks.response(2, response("200")), None);
        assert!(forks.response(1, response("200")).is_some());
        assert_eq!(forks.response(1, response("200")), None);
    }
}
