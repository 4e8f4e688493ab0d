//! Sends the calls that an administrator's account takes, and says in one sentence what to do where it refuses.

use anyhow::{anyhow, bail};

use crate::{
    base::http::{CallError, Origin, Outgoing},
    helpdesk::{Call, CallAnswer, HelpdeskRefusal},
};

/// An account that is reached.
pub struct ReachedAccount {
    outgoing: Outgoing,
    origin: Origin,
}

impl ReachedAccount {
    /// The account at `origin`.
    pub fn new(origin: Origin) -> anyhow::Result<Self> {
        Ok(Self { outgoing: Outgoing::new().map_err(|error| anyhow!(error))?, origin })
    }

    /// Sends a call, and those that its answers lead to. `doing` begins the sentence of what failed.
    ///
    /// # Errors
    /// What failed, where, and what to do.
    pub async fn send<T>(&self, doing: &str, call: Call<T>) -> anyhow::Result<T> {
        let mut call = call;
        loop {
            let request = call.request.clone();
            let writes = request.method != http::Method::GET;
            let answer = match self.outgoing.send(&self.origin, request).await {
                Ok(answer) => answer,
                Err(error) => bail!("{doing} failed: {}", unanswered(&error, writes)),
            };
            match call.read(&answer) {
                Ok(CallAnswer::Whole(value)) => return Ok(value),
                Ok(CallAnswer::More(next)) => call = *next,
                Err(refusal) => bail!("{doing} failed: {}", self.why(&refusal)),
            }
        }
    }

    fn why(&self, refusal: &HelpdeskRefusal) -> String {
        let url = self.origin.as_str();
        match refusal {
            HelpdeskRefusal::Unauthorized(said) => format!(
                "{url} does not let us in ({said}); check the user and the token, that an API token comes with its user, and that \
                 token access is switched on in Admin Center"
            ),
            HelpdeskRefusal::Gone(said) => format!(
                "{url} {said}; give the account's own address, such as https://acme.zendesk.com, and none that leads to its sign-in \
                 page or its help center"
            ),
            HelpdeskRefusal::Limited(after) => {
                format!("{url} takes no more calls for {} seconds; try again then", after.as_secs())
            }
            HelpdeskRefusal::Unavailable(said) => {
                format!("{url} {said}; try again, it goes on where it ended")
            }
            refusal => format!("{url} {refusal}"),
        }
    }
}

/// What became of a request that was not answered.
fn unanswered(error: &CallError, writes: bool) -> String {
    match error {
        CallError::NotSent(why) => {
            format!("{why}; check the address, the name server, the certificate and the network")
        }
        CallError::Unclear(why) | CallError::TooLong(why) if writes => {
            format!("{why}, so it may have been done; try again: what is there is looked at first")
        }
        CallError::Unclear(why) | CallError::TooLong(why) => format!("{why}; try again"),
    }
}
