use std::{collections::BTreeMap, fmt};

use sip_digest::{Algorithm, Ha1, Password};

/// The demo accounts and their passwords.
const DEMO: [(&str, &str); 3] = [("alice", "alicepw"), ("bob", "bobpw"), ("carol", "carolpw")];

/// The users of one realm, by name. Secrets are kept as HA1 and printed nowhere.
#[derive(Clone)]
pub struct Accounts {
    realm: String,
    /// One HA1 for each algorithm, where the password was known.
    users: BTreeMap<String, Vec<Ha1>>,
    demo: bool,
}

impl Accounts {
    /// No users yet, in this realm.
    #[must_use]
    pub fn new(realm: impl Into<String>) -> Self {
        Self {
            realm: realm.into(),
            users: BTreeMap::new(),
            demo: false,
        }
    }

    /// The demo accounts in this realm: alice, bob and carol, whose passwords are alicepw, bobpw and carolpw.
    #[must_use]
    pub fn demo(realm: impl Into<String>) -> Self {
        let mut accounts = Self::new(realm);
        for (name, password) in DEMO {
            accounts.insert(name, &Password::new(password));
        }
        accounts.demo = true;
        accounts
    }

    /// The realm.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The users in alphabetical order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.users.keys().map(String::as_str)
    }

    /// Whether there is such a user.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.users.contains_key(name)
    }

    /// Whether these are the demo accounts, whose passwords everybody knows.
    #[must_use]
    pub const fn is_demo(&self) -> bool {
        self.demo
    }

    /// The password of a demo account, for a hint on how to log in.
    pub(crate) fn demo_password(&self, name: &str) -> Option<&'static str> {
        let (_, password) = DEMO.iter().find(|(demo, _)| *demo == name)?;
        self.demo.then_some(*password)
    }

    /// Adds a user, or replaces one.
    pub fn insert(&mut self, name: impl Into<String>, password: &Password) {
        let name = name.into();
        let plain = Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_session());
        let ha1s = plain.map(|algorithm| Ha1::new(algorithm, &name, &self.realm, password));
        let ha1s = ha1s.collect();
        self.demo = false;
        self.users.insert(name, ha1s);
    }

    /// Adds a user, or replaces one, by H(name:realm:password). Only challenges of its algorithm can be answered.
    pub fn insert_ha1(&mut self, name: impl Into<String>, ha1: Ha1) {
        self.demo = false;
        self.users.insert(name.into(), vec![ha1]);
    }
}

impl sip_tokio::Accounts for Accounts {
    fn ha1(&mut self, user: &str, realm: &str, algorithm: Algorithm) -> Option<Ha1> {
        if realm != self.realm {
            return None;
        }
        let ha1s = self.users.get(user)?;
        let fitting = ha1s.iter().find(|ha1| ha1.algorithm() == algorithm.without_session());
        fitting.or(ha1s.first()).cloned()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("realm", &self.realm)
            .field("names", &self.users.keys())
            .field("demo", &self.demo)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use sip_tokio::Accounts as _;

    use super::*;

    #[test]
    fn an_ha1_is_of_its_realm() {
        let mut accounts = Accounts::demo("example.test");
        // printf '%s' alice:example.test:alicepw | md5sum
        let ha1 = accounts.ha1("alice", "example.test", Algorithm::Md5Sess).unwrap();
        assert_eq!(*ha1.to_hex(), "0aa70532c3909405e9e625e0ac5c23bc");
        for algorithm in Algorithm::ALL {
            let ha1 = accounts.ha1("alice", "example.test", algorithm).unwrap();
            assert_eq!(ha1.algorithm(), algorithm.without_session());
        }
        assert!(accounts.ha1("alice", "other.test", Algorithm::Md5).is_none());
        assert!(accounts.ha1("mallory", "example.test", Algorithm::Md5).is_none());
        accounts.insert_ha1("erin", ha1);
        let only = accounts.ha1("erin", "example.test", Algorithm::Sha256).unwrap();
        assert_eq!(only.algorithm(), Algorithm::Md5, "there is such a user");
    }

    #[test]
    fn an_account_of_ones_own_ends_the_demo() {
        let mut accounts = Accounts::demo("example.test");
        assert!(accounts.is_demo());
        assert_eq!(accounts.demo_password("bob"), Some("bobpw"));
        accounts.insert("bob", &Password::new("better"));
        assert!(!accounts.is_demo());
        assert_eq!(accounts.demo_password("bob"), None);
        assert!(!format!("{accounts:?}").contains("better"));
    }
}
