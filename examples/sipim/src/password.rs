use std::io::{self, IsTerminal};

use sip_digest::Password;
use sip_message::Aor;

use crate::{address::short, failure::Failure};

/// The password that was given with the flag or in the environment, or else the one that the user types. Nobody types
/// into a pipe, so without a terminal there is no prompt to wait at.
pub(crate) fn resolve(given: Option<Password>, user: &Aor) -> Result<Password, Failure> {
    resolve_with(given, user, io::stdin().is_terminal(), |prompt| {
        rpassword::prompt_password(prompt)
    })
}

fn resolve_with(
    given: Option<Password>,
    user: &Aor,
    is_terminal: bool,
    ask: impl FnOnce(&str) -> io::Result<String>,
) -> Result<Password, Failure> {
    if let Some(password) = given {
        return Ok(password);
    }
    if !is_terminal {
        return Err(Failure::usage(
            "no password: set SIPIM_PASSWORD or give --password; standard input is no terminal to ask on",
        ));
    }
    match ask(&format!("Password of {}: ", short(user))) {
        Ok(password) => Ok(Password::new(password)),
        Err(error) => Err(Failure::usage(format!("no password: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alice() -> Aor {
        Aor::new("alice", "example.test").unwrap()
    }

    #[test]
    fn a_password_that_was_given_is_not_asked_for() {
        let given = Some(Password::new("alicepw"));
        assert!(resolve_with(given, &alice(), true, |_| panic!("asked")).is_ok());
    }

    #[test]
    fn a_terminal_is_asked_and_told_for_whom() {
        let mut prompt = String::new();
        let answer = resolve_with(None, &alice(), true, |text| {
            prompt = text.to_owned();
            Ok("alicepw".to_owned())
        });
        assert!(answer.is_ok());
        assert_eq!(prompt, "Password of alice@example.test: ");
    }

    #[test]
    fn without_a_terminal_there_is_an_error_that_helps() {
        let failure = resolve_with(None, &alice(), false, |_| panic!("asked")).unwrap_err();
        assert_eq!(failure.kind().exit_code(), 2);
        assert!(failure.to_string().contains("SIPIM_PASSWORD"), "{failure}");
        let end_of_input = |_: &str| Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        let failure = resolve_with(None, &alice(), true, end_of_input).unwrap_err();
        assert_eq!(failure.kind().exit_code(), 2);
    }
}
