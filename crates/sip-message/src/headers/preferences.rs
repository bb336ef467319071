//! Which contacts a caller prefers (RFC 3841 section 7.2).

use std::cmp::Reverse;

use super::{AcceptContact, Contact, Event, RejectContact, predicate::Predicate};
use crate::{Limits, Method};

/// What a caller prefers among the contacts of the one it calls, for a proxy that knows what they are capable of
/// (RFC 3841 section 7.2).
///
/// ```
/// use sip_message::{Message, headers::{AcceptContact, CallerPreferences, Contact, TypedHeader}};
///
/// let message = Message::parse(
///     "MESSAGE sip:user@example.test SIP/2.0\r\nAccept-Contact: *;mobility=\"mobile\"\r\n\r\n",
/// )?;
/// let accept: Vec<AcceptContact> = message.typed_all().collect::<Result<_, _>>()?;
/// let method = message.method().expect("a request");
/// let preferences = CallerPreferences::new(&accept, &[], method, None)?;
///
/// let desk = Contact::parse(r#"<sip:user@desk.test>;mobility="fixed";q=0.5"#)?;
/// let phone = Contact::parse(r#"<sip:user@phone.test>;mobility="mobile";q=0.5"#)?;
/// let other = Contact::parse("<sip:user@other.test>;q=0.9")?;
/// let order = preferences.order(vec![&desk, &phone, &other], |contact| contact);
/// assert_eq!(order, [&other, &phone, &desk]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CallerPreferences<'p> {
    reject: Vec<Predicate<'p>>,
    accept: Vec<Accept<'p>>,
    // Not the caller's words, but what its request needs.
    implicit: bool,
}

/// A caller has more preferences than [`Limits::CALLER_PREFERENCES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "more than {} values of Accept-Contact and Reject-Contact (RFC 3841 section 11)",
    Limits::CALLER_PREFERENCES
)]
pub struct TooManyPreferences;

#[derive(Clone, Debug)]
struct Accept<'p> {
    predicate: Predicate<'p>,
    require: bool,
    explicit: bool,
}

impl<'p> CallerPreferences<'p> {
    /// The preferences of a request: the explicit ones of its headers, or where it has none of these, that a contact
    /// takes its method and, in a SUBSCRIBE, its event package (section 7.2.2).
    ///
    /// # Errors
    /// When there are more than [`Limits::CALLER_PREFERENCES`] values.
    pub fn new(
        accept: &'p [AcceptContact<'p>],
        reject: &'p [RejectContact<'p>],
        method: Method<'p>,
        event: Option<&'p Event<'p>>,
    ) -> Result<Self, TooManyPreferences> {
        if accept.len() + reject.len() > Limits::CALLER_PREFERENCES {
            return Err(TooManyPreferences);
        }
        if accept.is_empty() && reject.is_empty() {
            return Ok(Self::implicit(method, event));
        }
        let accept = accept.iter().map(|value| Accept {
            predicate: Predicate::new(value.features()),
            require: value.is_required(),
            explicit: value.is_explicit(),
        });
        Ok(Self {
            reject: reject.iter().map(|value| Predicate::new(value.features())).collect(),
            accept: accept.collect(),
            implicit: false,
        })
    }

    fn implicit(method: Method<'p>, event: Option<&'p Event<'p>>) -> Self {
        let event = event.filter(|_| method == Method::Subscribe);
        let terms = [
            ("methods", Some(method.as_str())),
            ("events", event.map(Event::package)),
        ];
        let accept = Accept {
            predicate: Predicate::of_tokens(terms),
            require: true,
            explicit: false,
        };
        Self {
            reject: Vec::new(),
            accept: vec![accept],
            implicit: true,
        }
    }

    /// How well a contact fits (`Qa` in the RFC), from 0 to 1; `None` when the caller does not want it reached. A
    /// contact that says nothing about its features has 1.
    #[must_use]
    pub fn judge(&self, contact: &Contact<'_>) -> Option<f64> {
        let features = contact.features();
        if features.is_empty() {
            return Some(1.0);
        }
        let contact = Predicate::new(features);
        let is_rejected = |reject: &Predicate<'_>| {
            let (known, terms) = reject.known_in(&contact);
            known == terms && reject.matches(&contact)
        };
        if self.reject.iter().any(is_rejected) {
            return None;
        }
        let (mut sum, mut matching) = (0.0, 0.0);
        for accept in &self.accept {
            if accept.predicate.matches(&contact) {
                sum += accept.score(&contact)?;
                matching += 1.0;
            } else if accept.require {
                return None;
            }
        }
        // A contact that matches nothing is the last of its `q`.
        Some(if matching > 0.0 { sum / matching } else { 0.0 })
    }

    /// The targets of a request without those that the caller does not want reached: those with the highest `q` first,
    /// and among equals those that fit best. `contact` says how a target was registered; no `q` is 1. Where nothing
    /// would be left and the request had no preferences of its own, all targets are, so that one of them can answer 405
    /// or 489 (section 7.2.4).
    #[must_use]
    pub fn order<T>(&self, targets: Vec<T>, contact: impl Fn(&T) -> &Contact<'_>) -> Vec<T> {
        let q = |target: &T| contact(target).q().unwrap_or(1000);
        let judged: Vec<_> = targets.iter().map(|target| self.judge(contact(target))).collect();
        let keeps_all = self.implicit && judged.iter().all(Option::is_none);
        let mut ranked: Vec<(u16, f64, T)> = judged
            .into_iter()
            .zip(targets)
            .filter_map(|(fit, target)| {
                let fit = if keeps_all { 1.0 } else { fit? };
                Some((q(&target), fit, target))
            })
            .collect();
        ranked.sort_by(|(a_q, a_fit, _), (b_q, b_fit, _)| Reverse(a_q).cmp(&Reverse(b_q)).then(b_fit.total_cmp(a_fit)));
        ranked.into_iter().map(|(_, _, target)| target).collect()
    }
}

impl Accept<'_> {
    /// The share of the terms that a contact which matches says something about; figure 1 of the RFC. `None` drops the
    /// contact. A feature set without terms is met by every contact.
    fn score(&self, contact: &Predicate<'_>) -> Option<f64> {
        let (known, terms) = self.predicate.known_in(contact);
        match (known == terms, self.explicit, self.require) {
            (true, ..) => Some(1.0),
            (false, false, _) => Some(f64::from(known) / f64::from(terms)),
            (false, true, false) => Some(0.0),
            (false, true, true) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::TypedHeader;

    fn accept<'a>(texts: &[&'a str]) -> Vec<AcceptContact<'a>> {
        texts.iter().map(|text| AcceptContact::parse(text).unwrap()).collect()
    }

    fn reject<'a>(texts: &[&'a str]) -> Vec<RejectContact<'a>> {
        texts.iter().map(|text| RejectContact::parse(text).unwrap()).collect()
    }

    fn contact(text: &str) -> Contact<'_> {
        Contact::parse(text).unwrap()
    }

    fn order<'a>(preferences: &CallerPreferences<'_>, contacts: &[Contact<'a>]) -> Vec<&'a str> {
        let ordered = preferences.order(contacts.iter().collect(), |contact| contact);
        ordered
            .into_iter()
            .map(|contact| contact.uri().unwrap().as_str())
            .collect()
    }

    #[test]
    fn the_example_of_section_7_2_5() {
        let contacts = [
            "sip:u1@h.example.com;audio;video;methods=\"INVITE,BYE\";q=0.2",
            "sip:u2@h.example.com;audio=\"FALSE\";methods=\"INVITE\";actor=\"msg-taker\";q=0.2",
            "sip:u3@h.example.com;audio;actor=\"msg-taker\";methods=\"INVITE\";video;q=0.3",
            "sip:u4@h.example.com;audio;methods=\"INVITE,OPTIONS\";q=0.2",
            "sip:u5@h.example.com;q=0.5",
        ]
        .map(contact);
        let accept = accept(&[
            "*;audio;require",
            "*;video;explicit",
            "*;methods=\"BYE\";class=\"business\";q=1.0",
        ]);
        let reject = reject(&["*;actor=\"msg-taker\";video"]);
        let preferences = CallerPreferences::new(&accept, &reject, Method::Invite, None).unwrap();
        let fits: Vec<_> = contacts.iter().map(|contact| preferences.judge(contact)).collect();
        assert_eq!(fits, [Some(2.5 / 3.0), None, None, Some(0.5), Some(1.0)]);
        let expected = ["sip:u5@h.example.com", "sip:u1@h.example.com", "sip:u4@h.example.com"];
        assert_eq!(order(&preferences, &contacts), expected);
    }

    #[test]
    fn require_and_explicit_make_a_match_certain() {
        let judge = |flags: &str, features: &str| {
            let text = format!("*;audio;video{flags}");
            let accept = accept(&[&text]);
            let preferences = CallerPreferences::new(&accept, &[], Method::Invite, None).unwrap();
            let text = format!("<sip:a@b>{features}");
            preferences.judge(&contact(&text))
        };
        assert_eq!(judge("", ";audio;video"), Some(1.0));
        assert_eq!(judge(";explicit;require", ";audio;video"), Some(1.0));
        for (flags, partly, not) in [
            ("", Some(0.5), Some(0.0)),
            (";require", Some(0.5), None),
            (";explicit", Some(0.0), Some(0.0)),
            (";explicit;require", None, None),
        ] {
            assert_eq!(judge(flags, ";audio"), partly, "{flags}");
            assert_eq!(judge(flags, ";audio=\"FALSE\""), not, "{flags}");
            assert_eq!(judge(flags, ";expires=5"), Some(1.0), "{flags}");
        }
    }

    #[test]
    fn what_a_request_needs_is_preferred_but_never_leaves_nothing() {
        let contacts = [
            "<sip:a@h>;methods=\"INVITE\"",
            "<sip:b@h>;methods=\"SUBSCRIBE\";events=\"!presence\"",
            "<sip:c@h>;methods=\"SUBSCRIBE\"",
            "<sip:d@h>;methods=\"subscribe\";events=\"presence\"",
        ]
        .map(contact);
        let event = Event::new("presence").unwrap();
        let implicit = |method| CallerPreferences::new(&[], &[], method, Some(&event)).unwrap();
        assert_eq!(order(&implicit(Method::Subscribe), &contacts), ["sip:d@h", "sip:c@h"]);
        assert_eq!(order(&implicit(Method::Invite), &contacts), ["sip:a@h"]);
        assert_eq!(order(&implicit(Method::Message), &contacts).len(), 4);
        let explicit = accept(&["*;methods=\"MESSAGE\";require"]);
        let explicit = CallerPreferences::new(&explicit, &[], Method::Message, None).unwrap();
        assert_eq!(order(&explicit, &contacts), [""; 0]);
    }

    #[test]
    fn too_many_preferences_are_refused() {
        let accept = accept(&["*"; 20]);
        assert!(CallerPreferences::new(&accept, &[], Method::Invite, None).is_ok());
        let reject = reject(&["*"]);
        let refused = CallerPreferences::new(&accept, &reject, Method::Invite, None).unwrap_err();
        assert!(refused.to_string().starts_with("more than 20 values"));
    }
}
