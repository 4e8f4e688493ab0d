//! What admins were shown on the pages that connect, until they agree: with the token that they typed, so that it is typed once and
//! shown to nobody.
//!
//! It is kept in the memory of this process alone, for the session that asked, for an hour, and until it is used once. A plan is
//! called by a name drawn by lot, which is also the state that GitHub sends back with the browser.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{github::ground::WantedGithub, shown::ShownWork, zendesk::WantedZendesk};
use crate::{
    base::{clock::Time, random, secret::Secret},
    model::id::SessionId,
};

/// How long a plan is kept. Ten minutes were too short for whoever had to sign in at GitHub first (notiongit#92), and GitHub's code is
/// good for an hour.
const KEPT: Duration = Duration::from_hours(1);
/// How many are kept: each is an admin's who was shown something.
const MOST: usize = 64;

/// What somebody was shown.
#[derive(Clone, Debug)]
pub enum HeldPlan {
    /// What will be done with a Zendesk.
    Zendesk {
        /// What is wanted.
        wanted: WantedZendesk,
        /// The token that they typed.
        token: Option<Secret>,
        /// What they were shown.
        shown: ShownWork,
    },
    /// What will be done at GitHub, with an App that is there or with a token.
    Github {
        /// What is wanted.
        wanted: WantedGithub,
        /// The token that they typed.
        token: Option<Secret>,
        /// What they were shown.
        shown: ShownWork,
    },
    /// The App that they are registering at GitHub.
    Registration {
        /// What is wanted.
        wanted: WantedGithub,
        /// The organization that the App has to belong to.
        organization: Option<String>,
    },
}

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlan {
    /// It was used, is another session's, or was never here.
    Unknown,
    /// It is too old.
    Ended,
}

struct Held {
    session: SessionId,
    until: Time,
    plan: HeldPlan,
}

/// Every plan that is kept.
#[derive(Default)]
pub struct HeldPlans(Mutex<BTreeMap<String, Held>>);

impl HeldPlans {
    /// Keeps a plan for a session. The result is its name.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn keep(&self, session: SessionId, plan: HeldPlan, now: Time) -> Result<String, String> {
        let name = random::token().map_err(|error| error.to_string())?;
        self.keep_as(name.clone(), session, plan, now);
        Ok(name)
    }

    /// Keeps a plan under the name that it had, because nothing came of it yet.
    pub fn keep_as(&self, name: String, session: SessionId, plan: HeldPlan, now: Time) {
        let mut held = self.held();
        // One that has ended is told apart from one that never was, for as long again.
        held.retain(|_, one| now < one.until.plus(KEPT));
        while held.len() >= MOST {
            let Some(oldest) = held.iter().min_by_key(|(_, one)| one.until).map(|(name, _)| name.clone()) else {
                break;
            };
            held.remove(&oldest);
        }
        held.insert(name, Held { session, until: now.plus(KEPT), plan });
    }

    /// Gives a plan of a session, once.
    ///
    /// # Errors
    /// [`NoPlan`].
    pub fn take(&self, name: &str, session: SessionId, now: Time) -> Result<HeldPlan, NoPlan> {
        let mut held = self.held();
        // Whoever brings another session's name takes nothing from it.
        if held.get(name).is_none_or(|one| one.session != session) {
            return Err(NoPlan::Unknown);
        }
        let one = held.remove(name).ok_or(NoPlan::Unknown)?;
        if now < one.until { Ok(one.plan) } else { Err(NoPlan::Ended) }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> HeldPlan {
        HeldPlan::Registration { wanted: WantedGithub::default(), organization: Some("acme".to_owned()) }
    }

    #[test]
    fn a_plan_is_its_sessions_and_is_given_once() {
        let (plans, now) = (HeldPlans::default(), Time::from_seconds(1_000_000));
        let (mine, other) = (SessionId::generate(now), SessionId::generate(now));
        let name = plans.keep(mine, plan(), now).unwrap();
        assert_eq!(plans.take(&name, other, now).unwrap_err(), NoPlan::Unknown);
        assert_eq!(plans.take("guessed", mine, now).unwrap_err(), NoPlan::Unknown);
        assert!(matches!(plans.take(&name, mine, now), Ok(HeldPlan::Registration { .. })));
        assert_eq!(plans.take(&name, mine, now).unwrap_err(), NoPlan::Unknown, "it was used");
    }

    #[test]
    fn a_plan_ends_and_the_oldest_gives_way() {
        let (plans, now) = (HeldPlans::default(), Time::from_seconds(1_000_000));
        let mine = SessionId::generate(now);
        let first = plans.keep(mine, plan(), now).unwrap();
        assert_eq!(plans.take(&first, mine, now.plus(KEPT)).unwrap_err(), NoPlan::Ended);
        let second = plans.keep(mine, plan(), now).unwrap();
        for seconds in 1..=64 {
            plans.keep(mine, plan(), now.plus(Duration::from_secs(seconds))).unwrap();
        }
        assert_eq!(plans.take(&second, mine, now).unwrap_err(), NoPlan::Unknown);
        assert_eq!(plans.held().len(), MOST);
    }

    #[test]
    fn a_typed_token_is_in_no_log_line() {
        let token = Some(Secret::new("zendesk-token"));
        let plan = HeldPlan::Github { wanted: WantedGithub::default(), token, shown: ShownWork::default() };
        assert!(!format!("{plan:?}").contains("zendesk-token"));
    }
}
