//! The users, from the file or from flags. Only those that are used are checked, all of them here.

use sip_digest::Algorithms;
use toml::Spanned;

use super::{
    ConfigError,
    error::Source,
    file::{AccountKeys, at},
    flags::AccountFlag,
    values,
};
use crate::Accounts;

/// The accounts of the flags, or else of the file, or else the demo accounts.
pub(super) fn accounts(
    realm: &str,
    algorithms: &Algorithms,
    (passwords, ha1s): (&[AccountFlag], &[AccountFlag]),
    file: Option<(Source<'_>, &[Spanned<AccountKeys>])>,
) -> Result<Accounts, ConfigError> {
    let mut users = Users {
        accounts: Accounts::new(realm),
        algorithms,
    };
    if !passwords.is_empty() || !ha1s.is_empty() {
        users.add_flags("--account", passwords, Secret::Password)?;
        users.add_flags("--account-ha1", ha1s, Secret::Ha1)?;
    } else if let Some((source, list)) = file.filter(|(_, list)| !list.is_empty()) {
        users.add_file(source, list)?;
    } else {
        return Ok(Accounts::demo(realm));
    }
    Ok(users.accounts)
}

struct Users<'a> {
    accounts: Accounts,
    algorithms: &'a Algorithms,
}

/// What a user proves to know, as it was written.
#[derive(Clone, Copy)]
enum Secret<'a> {
    Ha1(&'a str),
    Password(&'a str),
}

impl Users<'_> {
    fn add_flags<'f>(
        &mut self,
        flag: &'static str,
        given: &'f [AccountFlag],
        secret_of: fn(&'f str) -> Secret<'f>,
    ) -> Result<(), ConfigError> {
        let place = |message: String| ConfigError::flag(flag, message);
        for account in given {
            let (name, secret) = account.split().map_err(place)?;
            self.check_name(name).map_err(place)?;
            self.add(name, secret_of(secret)).map_err(place)?;
        }
        Ok(())
    }

    fn add_file(&mut self, source: Source<'_>, list: &[Spanned<AccountKeys>]) -> Result<(), ConfigError> {
        for entry in list {
            let keys = entry.get_ref();
            at(source, &keys.name, |name| self.check_name(name))?;
            let name = keys.name.get_ref().as_str();
            match (&keys.password, &keys.ha1) {
                (Some(text), None) => at(source, text, |text| self.add(name, Secret::Password(text)))?,
                (None, Some(text)) => at(source, text, |text| self.add(name, Secret::Ha1(text)))?,
                (Some(_), Some(text)) => {
                    let message = format!("{name} has a password already: expected one of password and ha1");
                    return Err(source.error(text.span().start, message));
                }
                (None, None) => {
                    return Err(source.error(entry.span().start, format!("expected password or ha1 for {name}")));
                }
            }
        }
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<(), String> {
        values::account_name(name)?;
        match self.accounts.contains(name) {
            true => Err(format!("the account {name} is given twice")),
            false => Ok(()),
        }
    }

    fn add(&mut self, name: &str, secret: Secret<'_>) -> Result<(), String> {
        match secret {
            Secret::Ha1(text) => {
                let ha1 = values::ha1(text).map_err(|message| format!("the HA1 of {name}: {message}"))?;
                let of = ha1.algorithm();
                if !self.algorithms.as_slice().iter().any(|one| one.without_session() == of) {
                    return Err(format!(
                        "the HA1 of {name} is one of {of}, which is not among the algorithms: nobody could log in with \
                         it"
                    ));
                }
                self.accounts.insert_ha1(name, ha1);
            }
            Secret::Password(text) => {
                let password =
                    values::password(text).map_err(|message| format!("the password of {name}: {message}"))?;
                self.accounts.insert(name, &password);
            }
        }
        Ok(())
    }
}
