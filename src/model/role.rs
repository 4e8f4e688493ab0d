//! Roles, and what each may do: one table. A handler of the console or the API names one right of it, and without that it gets
//! no hold of Heard (`web::may`). docs/people.md and docs/access.md are written from it.

use super::words::words;

words! {
    /// What somebody is in the team.
    pub enum Role {
        /// Answers customers.
        Agent = "agent",
        /// Says what is built next.
        Product = "product",
        /// Builds it.
        Engineer = "engineer",
        /// Runs Heard.
        Admin = "admin",
    }
}

/// One row of the table, as a type.
pub trait Right {
    /// Which row.
    const PRIVILEGE: Privilege;
}

/// Declares the permissions, who has each, and a type for each in [`right`]. An admin has all of them.
macro_rules! rights {
    ($($name:ident = $word:literal ($reach:ident), $sentence:literal: [$($role:ident),*];)+) => {
        words! {
            /// One thing that somebody may do.
            pub enum Privilege { $(#[doc = $sentence] $name = $word),+ }
        }

        impl Privilege {
            /// The table, in the order of the privileges.
            const TABLE: &'static [PrivilegeRow] = &[$(PrivilegeRow {
                sentence: $sentence,
                reach: Reach::$reach,
                roles: &[$(Role::$role),*],
            }),+];
        }

        /// A type for each privilege, for the signature of a handler.
        pub mod right {
            $(
                #[doc = $sentence]
                #[derive(Clone, Copy, Debug)]
                pub struct $name;
                impl super::Right for $name {
                    const PRIVILEGE: super::Privilege = super::Privilege::$name;
                }
            )+
        }
    };
}

/// A row of the table. An admin has everything, and stands in none.
struct PrivilegeRow {
    sentence: &'static str,
    reach: Reach,
    roles: &'static [Role],
}

impl Privilege {
    /// What it is, for people.
    pub const fn sentence(self) -> &'static str {
        Self::TABLE[self as usize].sentence
    }

    /// How far it reaches.
    pub const fn reach(self) -> Reach {
        Self::TABLE[self as usize].reach
    }

    /// The roles that have it, besides an admin.
    const fn roles(self) -> &'static [Role] {
        Self::TABLE[self as usize].roles
    }
}

/// How far a privilege reaches, which says whether a token may have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It only looks: every token.
    Read,
    /// It changes something: tokens that may write.
    Write,
    /// It says who may come in, or where what comes in is from: people who signed in, and the admin token. A token that was stolen
    /// makes no others, and connects nothing.
    Account,
}

rights! {
    ReadTopics = "read_topics" (Read),
        "Read topics: names, counts, states, issues, releases and promises, without customers and amounts": [Agent, Product, Engineer];
    ReadCustomers = "read_customers" (Read),
        "Read customers: tickets, names, words, organizations, amounts and messages": [Agent, Product];
    ReadHealth = "read_health" (Read), "See what arrives, what fails and what is paused, and the metrics": [Agent, Product, Engineer];
    Triage = "triage" (Write), "Say where tickets belong, and undo what was said of a topic": [Agent, Product];
    Merge = "merge" (Write), "Merge and split topics": [Product];
    Name = "name" (Write), "Name topics, set their kind and what customers may read of them": [Product];
    Value = "value" (Write), "Say what an organization is worth": [Product];
    Escalate = "escalate" (Write), "Escalate, link issues, and let issues go that wait for a review": [Agent];
    Tell = "tell" (Write), "Approve, change and cancel messages, note answers and who wants none, and tell a way around": [Agent];
    Pause = "pause" (Write), "Pause and resume messages": [Agent, Product];
    Ship = "ship" (Write), "State that a version or a fix is out": [Product, Engineer];
    Decline = "decline" (Write), "Decline a topic": [Product];
    Operate = "operate" (Write), "Try failed work again and read deliveries again": [Agent, Engineer];
    Privacy = "privacy" (Write), "Export and forget customers, and end the links to their pages": [];
    People = "people" (Account), "Invite people, give them roles, switch them off, and end sessions and tokens of others": [];
    Connect = "connect" (Account), "Connect helpdesks and GitHub, and write the settings": [];
    Audit = "audit" (Read), "Read who did what": [];
    Own = "own" (Account), "Change one's own password, sessions and tokens": [Agent, Product, Engineer];
}

impl Role {
    /// Whether the role has this.
    pub fn may(self, privilege: Privilege) -> bool {
        self == Self::Admin || privilege.roles().contains(&self)
    }

    /// Whether this role has nothing that the other has not.
    pub fn is_within(self, other: Self) -> bool {
        Privilege::ALL.iter().all(|privilege| !self.may(*privilege) || other.may(*privilege))
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Product => "Product",
            Self::Engineer => "Engineer",
            Self::Admin => "Admin",
        }
    }
}

words! {
    /// What a token may do of what its role may.
    pub enum Scope {
        /// Look.
        Read = "read",
        /// Look, and change.
        Write = "write",
    }
}

impl Scope {
    /// Whether a token of this scope may ever do this.
    pub fn reaches(self, privilege: Privilege) -> bool {
        match privilege.reach() {
            Reach::Read => true,
            Reach::Write => self == Self::Write,
            Reach::Account => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_may_everything_and_an_engineer_sees_no_customer() {
        for privilege in Privilege::ALL {
            assert!(Role::Admin.may(*privilege));
        }
        assert!(Role::Engineer.may(Privilege::ReadTopics) && !Role::Engineer.may(Privilege::ReadCustomers));
        assert!(Role::Agent.may(Privilege::Tell) && !Role::Product.may(Privilege::Tell));
        assert!(Role::Product.may(Privilege::Merge) && !Role::Agent.may(Privilege::Merge));
    }

    #[test]
    fn only_an_admin_says_who_comes_in_connects_forgets_customers_and_reads_who_did_what() {
        for privilege in [Privilege::People, Privilege::Connect, Privilege::Privacy, Privilege::Audit] {
            let have: Vec<_> = Role::ALL.iter().filter(|role| role.may(privilege)).collect();
            assert_eq!(have, [&Role::Admin], "{privilege}");
        }
    }

    #[test]
    fn a_role_is_within_another_only_with_all_that_it_may() {
        for role in Role::ALL {
            assert!(role.is_within(*role) && role.is_within(Role::Admin));
        }
        assert!(!Role::Admin.is_within(Role::Product) && !Role::Agent.is_within(Role::Product));
    }

    #[test]
    fn no_token_says_who_comes_in() {
        for scope in Scope::ALL {
            assert!(!scope.reaches(Privilege::People) && !scope.reaches(Privilege::Own));
            assert!(!scope.reaches(Privilege::Connect));
        }
        assert!(Scope::Read.reaches(Privilege::ReadTopics) && !Scope::Read.reaches(Privilege::Pause));
    }
}
