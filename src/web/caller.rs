//! Who calls: the admin token, somebody who signed in, or a program with a token; and what they may do.

use crate::{
    model::{
        api_token::ApiToken,
        decision::Actor,
        id::{PersonId, SessionId},
        person::{PersonAccount, token_called},
        role::{Privilege, Role},
    },
    store::sessions::ConsoleSession,
};

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    who: KnownBy,
    session: Option<SessionId>,
    address: Option<String>,
}

/// By what they are known.
#[derive(Clone, Debug)]
enum KnownBy {
    AdminToken,
    Person(PersonAccount),
    Token { token: ApiToken, owner: Option<PersonAccount> },
}

impl Caller {
    /// Whoever brings the admin token.
    pub fn with_admin_token(address: Option<String>) -> Self {
        Self { who: KnownBy::AdminToken, session: None, address }
    }

    /// Whoever brings the cookie of a session.
    pub fn with_session(session: &ConsoleSession, person: Option<PersonAccount>, address: Option<String>) -> Self {
        let who = person.map_or(KnownBy::AdminToken, KnownBy::Person);
        Self { who, session: Some(session.id), address }
    }

    /// A program that brings a token.
    pub fn with_token(token: ApiToken, owner: Option<PersonAccount>, address: Option<String>) -> Self {
        Self { who: KnownBy::Token { token, owner }, session: None, address }
    }

    /// Whether they may do this. A token may what its scope, its role and its maker's role all allow.
    pub fn may(&self, privilege: Privilege) -> bool {
        match &self.who {
            KnownBy::AdminToken => true,
            KnownBy::Person(person) => person.role.may(privilege),
            KnownBy::Token { token, owner } => {
                let owner_may = owner.as_ref().is_none_or(|owner| owner.role.may(privilege));
                token.scope.reaches(privilege) && token.role.may(privilege) && owner_may
            }
        }
    }

    /// Who they are, for what is written down.
    pub fn actor(&self) -> Actor {
        let actor = match &self.who {
            KnownBy::AdminToken => Actor::admin(),
            KnownBy::Person(person) => Actor::person(person.id, &person.name),
            KnownBy::Token { token, owner } => {
                let owner = owner.as_ref().map(|owner| owner.name.as_str());
                Actor::token(token.id, &token_called(&token.name, owner))
            }
        };
        actor.at(self.address.clone())
    }

    /// The person, if one signed in.
    pub fn person(&self) -> Option<&PersonAccount> {
        match &self.who {
            KnownBy::Person(person) => Some(person),
            KnownBy::AdminToken | KnownBy::Token { .. } => None,
        }
    }

    /// The person's id, if one signed in: whose sessions and tokens are their own.
    pub fn person_id(&self) -> Option<PersonId> {
        self.person().map(|person| person.id)
    }

    /// What they are, for people and for what they give to tokens.
    pub fn role(&self) -> Role {
        match &self.who {
            KnownBy::AdminToken => Role::Admin,
            KnownBy::Person(person) => person.role,
            KnownBy::Token { token, .. } => token.role,
        }
    }

    /// What they are called.
    pub fn name(&self) -> &str {
        match &self.who {
            KnownBy::AdminToken => "Admin token",
            KnownBy::Person(person) => &person.name,
            KnownBy::Token { token, .. } => &token.name,
        }
    }

    /// The session that they are in.
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::clock::Time,
        model::{id::ApiTokenId, role::Scope},
    };

    fn token(role: Role, scope: Scope, owner: Option<Role>) -> Caller {
        let now = Time::from_seconds(1);
        let person = owner.map(|role| PersonAccount {
            id: PersonId::generate(now),
            name: "Maya".to_owned(),
            login: "maya@acme.test".to_owned(),
            role,
            active: true,
            has_password: true,
            subject: None,
            created_at: now,
        });
        let token = ApiToken {
            id: ApiTokenId::generate(now),
            person: person.as_ref().map(|person| person.id),
            name: "reports".to_owned(),
            role,
            scope,
            created_at: now,
            expires_at: now,
            used_at: None,
        };
        Caller::with_token(token, person, None)
    }

    #[test]
    fn a_token_may_no_more_than_its_scope_its_role_and_its_maker() {
        let write = token(Role::Agent, Scope::Write, Some(Role::Admin));
        assert!(write.may(Privilege::Tell) && !write.may(Privilege::Merge) && !write.may(Privilege::Own));
        let read = token(Role::Agent, Scope::Read, Some(Role::Admin));
        assert!(read.may(Privilege::ReadCustomers) && !read.may(Privilege::Tell));
        let of_somebody_who_is_less_by_now = token(Role::Admin, Scope::Write, Some(Role::Engineer));
        assert!(!of_somebody_who_is_less_by_now.may(Privilege::ReadCustomers));
        assert!(of_somebody_who_is_less_by_now.may(Privilege::Ship));
        assert!(!token(Role::Admin, Scope::Write, None).may(Privilege::People));
    }

    #[test]
    fn what_a_token_does_has_its_own_name_and_its_makers() {
        let actor = token(Role::Agent, Scope::Read, Some(Role::Agent)).actor();
        assert_eq!(actor.name(), Some("Maya\u{2019}s token \u{201c}reports\u{201d}"));
        assert!(actor.as_str().starts_with("token:"), "{actor:?}");
    }
}
