use std::{collections::BTreeMap, fmt};

use sip_digest::{Algorithm, Ha1, Password};

/// The demo accounts and their passwords.
const DEMO: [(&str, &str); 3] = [("alice", "alicepw"), ("bob", "bobpw"), ("carol", "carolpw")];

/// The users of one realm, by name. Secrets are kept as HA1 and printed nowhere.
#[derive(Clone)]
pub struct Accounts {
    realm: String,
    users: BTreeMap<String, Ha1>,
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
        let ha1 = Ha1::new(Algorithm::Md5, &name, &self.realm, password);
        self.insert_ha1(name, ha1);
    }

    /// Adds a user, or replaces one, by H(name:realm:password).
    pub fn insert_ha1(&mut self, name: impl Into<String>, ha1: Ha1) {
        self.demo = false;
        self.users.insert(name.into(), ha1);
    }
}

impl sip_tokio::Accounts for Accounts {
    fn ha1(&mut self, user: &str, realm: &str) -> Option<Ha1> {
        if realm != self.realm {
            return None;
        }
        self.users.get(user).cloned()
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
        let ha1 = accounts.ha1("alice", "example.test").unwrap();
        assert_eq!(*ha1.to_hex(), "0aa70532c3909405e9e625e0ac5c23bc");
        assert!(accounts.ha1("alice", "other.test").is_none());
        assert!(accounts.ha1("mallory", "example.test").is_none());
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
