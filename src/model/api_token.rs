//! A token for the API: what it looks like, whose it is, and how long it lasts.
//!
//! `heard_`, 40 hexadecimal digits of chance, and 8 that are made of the rest. The beginning tells programs that look for secrets
//! in repositories what they found, and the end whether it is one, without asking anybody
//! (<https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/>).

use std::time::Duration;

use super::{
    id::{ApiTokenId, PersonId},
    role::{Role, Scope},
};
use crate::base::{clock::Time, signature::sha256};

/// What every token begins with.
pub const PREFIX: &str = "heard_";
/// How long a token lasts where nobody says how long.
pub const LASTS_DAYS: u32 = 90;
/// How long one lasts at most.
pub const LASTS_DAYS_MOST: u32 = 366;
/// How often it is written down that a token was used.
pub const USE_NOTED_EVERY: Duration = Duration::from_mins(1);

/// Bytes of chance in a token.
const CHANCE: usize = 20;
/// Bytes at its end that are made of the rest.
const CHECK: usize = 4;

/// A token as it is kept: not the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// Who made it; `None` where it was made with the admin token.
    pub person: Option<PersonId>,
    /// What it is for.
    pub name: String,
    /// What it may do at most.
    pub role: Role,
    /// What of that.
    pub scope: Scope,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// When it was last used, to the minute.
    pub used_at: Option<Time>,
}

/// The token that these random bytes make.
pub fn token_of(chance: [u8; 32]) -> String {
    let [chance @ .., _, _, _, _, _, _, _, _, _, _, _, _] = chance;
    let body = hex::encode::<[u8; CHANCE]>(chance);
    format!("{PREFIX}{body}{}", check(&body))
}

/// Whether a text is a token of ours, as far as it can be seen without knowing any.
pub fn is_token(text: &str) -> bool {
    let Some((body, end)) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_at_checked(2 * CHANCE)) else {
        return false;
    };
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hex(body) && end == check(body)
}

fn check(body: &str) -> String {
    let hash = sha256(&[PREFIX.as_bytes(), body.as_bytes()]);
    hash.iter().take(CHECK).fold(String::new(), |end, byte| format!("{end}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_told_from_what_only_looks_like_one() {
        let token = token_of([7; 32]);
        assert_eq!(token.len(), PREFIX.len() + 48);
        assert!(is_token(&token), "{token}");
        let other = token.replace("07", "08");
        for none in ["", "heard_", other.as_str(), token.trim_start_matches("heard_"), &token[..50], "heard_äöü"] {
            assert!(!is_token(none), "{none}");
        }
    }
}
