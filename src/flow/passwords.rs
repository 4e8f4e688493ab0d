//! Passwords are hashed off the threads that answer requests, and few at a time: each takes 19 MiB and a processor, and anybody may
//! ask for one. Whoever is known by something else has a place of their own, so that they do not wait behind all who are not.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OnceCell, Semaphore},
    task::spawn_blocking,
    time::timeout,
};

use super::error::Error;
use crate::{
    base::{limits, password, random, secret::Secret},
    model::refusal::Refusal,
};

/// How long somebody waits for their turn.
const TURN_WITHIN: Duration = Duration::from_secs(4);

/// In whose turn a password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Of anybody.
    Stranger,
    /// Of whoever is known by something else than the password: by a browser that they signed in with, a session or an invitation.
    Known,
}

/// What is needed to hash passwords.
pub struct Passwords {
    strangers: Arc<Semaphore>,
    known: Arc<Semaphore>,
    /// The hash of a password that nobody has, for those who give a login that nobody has: they wait as long as everybody else.
    nobodys: OnceCell<String>,
}

impl Default for Passwords {
    fn default() -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            strangers: places(limits::PASSWORDS_AT_ONCE),
            known: places(limits::KNOWN_PASSWORDS_AT_ONCE),
            nobodys: OnceCell::new(),
        }
    }
}

impl Passwords {
    /// The hash of a password.
    pub async fn hash(&self, password: Secret, turn: Turn) -> Result<String, Error> {
        let hashed = self.in_turn(turn, move || password::hash(password.expose())).await?;
        hashed.map_err(|why| {
            tracing::error!(%why, "A password cannot be hashed");
            Refusal::PasswordsBusy.into()
        })
    }

    /// Whether a password has this hash. Without a hash it takes as long, and it has none.
    pub async fn fits(&self, password: Secret, hash: Option<String>, turn: Turn) -> Result<bool, Error> {
        let nobodys = self.nobodys.get_or_try_init(|| async {
            let nobodys = random::token().map_err(|_| Error::from(Refusal::PasswordsBusy))?;
            // Once in a process, and nobody waits for it behind those who come for the first time.
            self.hash(Secret::new(nobodys), Turn::Known).await
        });
        let nobodys = nobodys.await?;
        let is_somebodys = hash.is_some();
        let compared = hash.unwrap_or_else(|| nobodys.clone());
        let fits = self.in_turn(turn, move || password::fits(password.expose(), &compared)).await?;
        Ok(fits && is_somebodys)
    }

    /// Computes on a thread of its own once there is a place. Whoever hangs up meanwhile frees none: the thread goes on, and has the
    /// place until it ends.
    async fn in_turn<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let places = match turn {
            Turn::Stranger => &self.strangers,
            Turn::Known => &self.known,
        };
        let place = timeout(TURN_WITHIN, Arc::clone(places).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(Refusal::PasswordsBusy.into()) };
        let done = spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.map_err(|_| Refusal::PasswordsBusy.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_no_password_is_compared_with_one_all_the_same() {
        let passwords = Passwords::default();
        let word = || Secret::new("nine purple hats sing");
        let hash = passwords.hash(word(), Turn::Known).await.unwrap();
        assert!(passwords.fits(word(), Some(hash), Turn::Stranger).await.unwrap());
        assert!(!passwords.fits(word(), None, Turn::Stranger).await.unwrap());
        assert!(passwords.nobodys.initialized(), "it took as long");
    }

    #[tokio::test]
    async fn who_is_known_waits_for_nobody_who_is_not() {
        let passwords = Passwords::default();
        let word = || Secret::new("nine purple hats sing");
        // As if others came without end.
        passwords.strangers.close();
        let of_a_stranger = passwords.fits(word(), None, Turn::Stranger).await;
        assert!(matches!(of_a_stranger, Err(Error::Refused(Refusal::PasswordsBusy))));
        let hash = passwords.hash(word(), Turn::Known).await.unwrap();
        assert!(passwords.fits(word(), Some(hash), Turn::Known).await.unwrap());
    }
}
