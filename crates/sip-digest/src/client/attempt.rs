use crate::limits::MAX_REALMS;

use super::{Challenger, ClientError};

/// One request on its way: what is signed, and how far its authentication has got with each challenger. Keep it as long
/// as the request is sent again with new credentials; a new request gets a new one.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) body: Option<Vec<u8>>,
    progress: Vec<(Challenger, String, Progress)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It carries credentials with a nonce from before. That they are refused says nothing of the password.
    Preemptive,
    /// It answers a challenge of its own.
    Answered,
    /// It answers a challenge that called the answer before it stale.
    AnsweredStale,
}

impl Attempt {
    /// A request of this method and Request-URI that was not sent yet.
    #[must_use]
    pub fn new(method: impl Into<String>, uri: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            uri: uri.into(),
            body: None,
            progress: Vec::new(),
        }
    }

    /// Gives the body of the request, empty where it has none. Without it, `auth-int` cannot be answered.
    #[must_use]
    pub fn with_body(self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: Some(body.into()),
            ..self
        }
    }

    pub(super) fn progress(&self, challenger: Challenger, realm: &str) -> Option<Progress> {
        let entry = self
            .progress
            .iter()
            .find(|(by, of, _)| *by == challenger && of == realm);
        entry.map(|(_, _, progress)| *progress)
    }

    pub(super) fn set_progress(
        &mut self,
        challenger: Challenger,
        realm: &str,
        to: Progress,
    ) -> Result<(), ClientError> {
        if let Some((_, _, progress)) = self
            .progress
            .iter_mut()
            .find(|(by, of, _)| *by == challenger && of == realm)
        {
            *progress = to;
        } else if self.progress.len() < MAX_REALMS {
            self.progress.push((challenger, realm.to_owned(), to));
        } else {
            return Err(ClientError::TooManyRealms);
        }
        Ok(())
    }

    /// The protection spaces that the request carried credentials for.
    pub(super) fn spaces(&self) -> Vec<(Challenger, String)> {
        let names = self.progress.iter().map(|(by, of, _)| (*by, of.clone()));
        names.collect()
    }
}
