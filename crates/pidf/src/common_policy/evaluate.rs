//! Whether the conditions of a rule hold (RFC 4745 section 7).

use std::time::SystemTime;

use super::conditions::{Condition, Conditions, Except, Identity, Member, Period, Sphere, Validity};
use super::domain::same_domain;
use super::identity::{domain_of, same_entity};
use crate::{Text, Token, Uri};

/// What a rule is held against: who asks, when, and the sphere of the presentity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    identities: Vec<Uri>,
    time: SystemTime,
    sphere: Option<Text>,
}

impl Request {
    /// A request at a time by someone who is not authenticated, while the sphere of the presentity is undefined.
    pub const fn new(time: SystemTime) -> Self {
        Self {
            identities: Vec::new(),
            time,
            sphere: None,
        }
    }

    /// Adds an authenticated identity of the watcher.
    ///
    /// It has one as a rule. Where several are asserted, the watcher is each of them: a `one` and an `except` match if
    /// any identity does (RFC 5025 section 3.1.1.2).
    #[must_use]
    pub fn with_identity(mut self, identity: Uri) -> Self {
        self.identities.push(identity);
        self
    }

    /// States the sphere of the presentity.
    #[must_use]
    pub fn with_sphere(mut self, sphere: Text) -> Self {
        self.sphere = Some(sphere);
        self
    }

    /// The authenticated identities of the watcher.
    pub fn identities(&self) -> &[Uri] {
        &self.identities
    }

    /// Whether one of the identities is this entity. `doubt` decides where that cannot be told.
    fn is(&self, id: &Uri, doubt: bool) -> bool {
        let mut identities = self.identities.iter();
        identities.any(|identity| same_entity(identity.as_str(), id.as_str()).unwrap_or(doubt))
    }

    /// Whether one of the identities is in this domain. `doubt` decides where that cannot be told.
    fn is_of(&self, domain: &Token, doubt: bool) -> bool {
        let mut domains = self
            .identities
            .iter()
            .filter_map(|identity| domain_of(identity.as_str()));
        domains.any(|own| same_domain(own, domain.as_str()).unwrap_or(doubt))
    }
}

impl Conditions {
    /// Whether all of them hold. Where there are none, they do.
    pub fn hold(&self, request: &Request) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Identity(identity) => identity.holds(request),
            Condition::Sphere(sphere) => sphere.holds(request),
            Condition::Unknown(_) => false,
            Condition::Validity(validity) => validity.holds(request),
        })
    }
}

impl Identity {
    /// Whether one member matches. Nobody matches who is not authenticated.
    pub fn holds(&self, request: &Request) -> bool {
        self.members().iter().any(|member| member.matches(request))
    }
}

impl Member {
    fn matches(&self, request: &Request) -> bool {
        match self {
            Self::Many {
                domain,
                except,
                unknown,
            } => {
                // An exception in doubt is met, as the rule would else show more than it was meant to.
                let excepted = except.iter().any(|except| match except {
                    Except::Domain(domain) => request.is_of(domain, true),
                    Except::Id(id) => request.is(id, true),
                });
                let is_of = domain.as_ref().is_none_or(|domain| request.is_of(domain, false));
                !request.identities.is_empty() && is_of && !excepted && unknown.is_empty()
            }
            Self::One { id, unknown } => unknown.is_none() && request.is(id, false),
            Self::Unknown(_) => false,
        }
    }
}

impl Sphere {
    /// Whether the presentity is in one of the spheres. An undefined sphere is none.
    pub fn holds(&self, request: &Request) -> bool {
        let sphere = request
            .sphere
            .as_ref()
            .map(|sphere| sphere.as_str().trim().to_lowercase());
        sphere.is_some_and(|sphere| self.spheres().any(|known| known.to_lowercase() == sphere))
    }
}

impl Validity {
    /// Whether the time is in one of the periods.
    pub fn holds(&self, request: &Request) -> bool {
        self.periods().iter().any(|period| period.contains(request.time))
    }
}

impl Period {
    /// Whether the time is in the period. A time that the platform's clock cannot tell is not.
    pub fn contains(&self, time: SystemTime) -> bool {
        let from = self.from.to_system_time();
        let until = self.until.to_system_time();
        from.is_some_and(|from| from <= time) && until.is_some_and(|until| time < until)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Timestamp;
    use crate::common_policy::Ruleset;

    fn request(identity: &str) -> Request {
        Request::new(SystemTime::UNIX_EPOCH).with_identity(identity.parse().unwrap())
    }

    fn many(domain: Option<&str>, except: Vec<Except>) -> Identity {
        Identity::new(Member::Many {
            domain: domain.map(|domain| domain.parse().unwrap()),
            except,
            unknown: Vec::new(),
        })
    }

    #[test]
    fn identities() {
        let one = Identity::new(Member::one("sip:alice@example.com".parse().unwrap()));
        assert!(one.holds(&request("sip:alice@example.com")));
        assert!(!one.holds(&request("sip:bob@example.com")));
        assert!(!one.holds(&request("sips:alice@example.com")));
        assert!(!one.holds(&Request::new(SystemTime::UNIX_EPOCH)));
        // Any of several identities matches.
        let two = request("tel:+1").with_identity("sip:alice@example.com".parse().unwrap());
        assert!(one.holds(&two));

        assert!(many(None, vec![]).holds(&request("tel:+1")));
        assert!(!many(None, vec![]).holds(&Request::new(SystemTime::UNIX_EPOCH)));
        assert!(many(Some("example.com"), vec![]).holds(&request("sip:x@EXAMPLE.COM:5060")));
        assert!(!many(Some("example.com"), vec![]).holds(&request("sip:x@a.example.com")));
        assert!(!many(Some("example.com"), vec![]).holds(&request("tel:+1")));
    }

    #[test]
    fn exceptions() {
        let except = || {
            vec![
                Except::Domain("example.com".parse().unwrap()),
                Except::Id("sip:alice@bad.example.net".parse().unwrap()),
                Except::Id("tel:+1-212-555-1234".parse().unwrap()),
            ]
        };
        let identity = many(None, except());
        assert!(identity.holds(&request("sip:alice@example.net")));
        for id in ["sip:x@example.com", "sip:alice@bad.example.net", "tel:+12125551234"] {
            assert!(!identity.holds(&request(id)), "{id}");
        }
        // An exception that one identity of a watcher meets is met.
        let two = request("sip:alice@example.net").with_identity("tel:+12125551234".parse().unwrap());
        assert!(!identity.holds(&two));
    }

    /// What cannot be compared neither lets anyone in nor through an exception.
    #[test]
    fn doubt_shows_nothing() {
        let long = "\u{fc}".repeat(64);
        for domain in [
            long.as_str(),
            "*.example.com",
            "example.com:5060",
            "bu\u{308}cher.example",
        ] {
            let except = vec![Except::Domain(domain.parse().unwrap())];
            assert!(!many(None, except).holds(&request("sip:alice@example.net")), "{domain}");
            assert!(!many(Some(domain), vec![]).holds(&request(&format!("sip:alice@{domain}"))));
        }
        let mallory = || vec![Except::Id("sip:mallory@example.com".parse().unwrap())];
        for id in ["sip:mallory@example.com;user=ip", "sip:mallory@example.com:5060"] {
            assert!(!many(None, mallory()).holds(&request(id)), "{id}");
            let one = Identity::new(Member::one("sip:mallory@example.com".parse().unwrap()));
            assert!(!one.holds(&request(id)), "{id}");
        }
        // Who is in no domain is in none of which nothing can be said.
        let except = vec![Except::Domain("a..b".parse().unwrap())];
        assert!(many(None, except).holds(&request("tel:+1")));
    }

    #[test]
    fn what_is_not_known_does_not_hold() {
        let unknown = || crate::ForeignElement::new(crate::Element::new("urn:x", "x").unwrap()).unwrap();
        let alice = "sip:alice@example.com";
        assert!(!Conditions(vec![Condition::Unknown(unknown())]).hold(&request(alice)));
        assert!(Conditions::default().hold(&request(alice)));
        let narrowed = Member::One {
            id: alice.parse().unwrap(),
            unknown: Some(unknown()),
        };
        assert!(!Identity::new(narrowed.clone()).holds(&request(alice)));
        assert!(!Identity::new(Member::Unknown(unknown())).holds(&request(alice)));
        // The others of an identity condition still count.
        assert!(Identity::new(narrowed).with(Member::anyone()).holds(&request(alice)));
    }

    #[test]
    fn spheres() {
        let sphere = Sphere::new("home  Work".parse().unwrap());
        let at = |sphere: &str| request("sip:a").with_sphere(sphere.parse().unwrap());
        assert!(sphere.holds(&at("work")));
        assert!(sphere.holds(&at("HOME")));
        assert!(!sphere.holds(&at("hom")));
        assert!(!sphere.holds(&request("sip:a")));
        assert!(!Sphere::new(Text::default()).holds(&at("")));
    }

    /// The example of RFC 4745 section 10.3: of six rules the third and the fifth apply.
    #[test]
    fn rules_that_fire() {
        let (a1, a2, a3) = (
            "2003-12-24T17:00:00+01:00",
            "2003-12-24T21:00:00+01:00",
            "2003-12-24T23:30:00+01:00",
        );
        let (b1, b2) = ("2003-12-22T17:00:00+01:00", "2003-12-23T17:00:00+01:00");
        let rules: String = [
            ("bob", "home", a1, a2),
            ("alice", "work", a1, a2),
            ("bob", "work", a1, a2),
            ("tom", "work", a1, a2),
            ("bob", "work", a1, a3),
            ("bob", "work", b1, b2),
        ]
        .into_iter()
        .enumerate()
        .map(|(index, (name, sphere, from, until))| {
            format!(
                "<rule id='r{}'><conditions><identity><one id='sip:{name}@example.com'/></identity>\
                 <sphere value='{sphere}'/><validity><from>{from}</from><until>{until}</until></validity></conditions></rule>",
                index + 1
            )
        })
        .collect();
        let document = format!("<ruleset xmlns='{}'>{rules}</ruleset>", crate::common_policy::NAMESPACE);
        let ruleset = Ruleset::parse(document.as_bytes(), &crate::Limits::default()).unwrap();
        let now: Timestamp = "2003-12-24T17:15:00+01:00".parse().unwrap();
        let request = Request::new(now.to_system_time().unwrap())
            .with_identity("sip:bob@example.com".parse().unwrap())
            .with_sphere("work".parse().unwrap());
        let fired: Vec<_> = ruleset.matching(&request).map(|rule| rule.id.as_str()).collect();
        assert_eq!(fired, ["r3", "r5"]);
    }

    #[test]
    fn periods_have_their_begin_and_not_their_end() {
        let validity = Validity::new(Period::new("1970-01-01T00:00:10Z", "1970-01-01T00:00:20Z").unwrap())
            .with(Period::new("1970-01-01T01:00:30+01:00", "1970-01-01T00:00:40Z").unwrap());
        let at = |seconds| Request::new(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let holding: Vec<u64> = (0..50).filter(|seconds| validity.holds(&at(*seconds))).collect();
        assert_eq!(holding, (10..20).chain(30..40).collect::<Vec<_>>());
    }
}
