//! Somebody of the team who has an account: their name, their login, their role, and which passwords are taken.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization as _;

use super::{customer::normal_email, id::PersonId, role::Role};
use crate::base::{characters::is_invisible, clock::Time, limits};

/// How many characters a password has at least. One that is chosen by a person is not asked for capitals or digits, because that
/// makes people choose `Password1!` (NIST SP 800-63B, 5.1.1.2).
pub const PASSWORD_SHORTEST: usize = 12;
/// How many it has at most, so that hashing one costs no more than hashing another.
pub const PASSWORD_LONGEST: usize = 128;
/// How many characters a name has at most.
pub const NAME_LONGEST: usize = 100;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonAccount {
    /// Its id.
    pub id: PersonId,
    /// What they are called.
    pub name: String,
    /// Their address, by which they sign in, in small letters.
    pub login: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// Whether they have set a password.
    pub has_password: bool,
    /// By which word the company's own sign-in knows them, after its issuer and a space; `None` if they have not come by it.
    pub subject: Option<String>,
    /// When they were invited first.
    pub created_at: Time,
}

/// Why a name, a login or a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnfitCredential {
    /// A name without a letter, or too long.
    Name,
    /// What should be an address is none.
    Login,
    /// Too short.
    PasswordShort,
    /// Too long.
    PasswordLong,
    /// Among the first that anybody would guess.
    PasswordCommon,
    /// Made of the person's own name or login.
    PasswordOwn,
}

/// A name as it is kept: one line, without what cannot be seen.
pub fn person_called(name: &str) -> Result<String, UnfitCredential> {
    let seen: String = name.chars().filter(|c| c.is_whitespace() || !is_invisible(*c)).collect();
    let name = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let fits = name.chars().any(char::is_alphanumeric) && name.chars().count() <= NAME_LONGEST;
    if fits { Ok(name) } else { Err(UnfitCredential::Name) }
}

/// A login as it is kept and compared.
pub fn login_of(address: &str) -> Result<String, UnfitCredential> {
    let fits = |address: &String| {
        let parts = address.split_once('@').is_some_and(|(one, other)| !one.is_empty() && !other.is_empty());
        parts && address.chars().count() <= limits::KEY_CHARACTERS && !address.contains(is_invisible)
    };
    normal_email(address).filter(fits).ok_or(UnfitCredential::Login)
}

/// A password as it is hashed: the same characters however the keyboard composed them (NIST SP 800-63B asks for NFKC or NFKD).
pub fn normal_password(password: &str) -> String {
    password.nfkc().collect()
}

/// Passwords of at least twelve characters that are guessed first, in small letters.
const COMMON: &str = include_str!("person/common_passwords.txt");

/// Whether a password is taken, given as [`normal_password`] makes it.
pub fn fit_password(password: &str, name: &str, login: &str) -> Result<(), UnfitCredential> {
    let length = password.chars().count();
    if length < PASSWORD_SHORTEST {
        return Err(UnfitCredential::PasswordShort);
    }
    if length > PASSWORD_LONGEST {
        return Err(UnfitCredential::PasswordLong);
    }
    let small = password.to_lowercase();
    if is_common(&small) {
        return Err(UnfitCredential::PasswordCommon);
    }
    if is_own(&small, name, login) { Err(UnfitCredential::PasswordOwn) } else { Ok(()) }
}

/// Whether it is on the list, one of it with digits or signs around, a few characters again and again, or a row of the alphabet or
/// the digits.
fn is_common(small: &str) -> bool {
    let bare = small.trim_matches(|c: char| !c.is_alphabetic());
    let listed = |word: &str| COMMON.lines().any(|line| line == word);
    let few = small.chars().collect::<BTreeSet<_>>().len() < 4;
    let codes: Vec<u32> = small.chars().map(u32::from).collect();
    let steps = codes.windows(2).filter(|pair| matches!(pair, [one, next] if one.abs_diff(*next) == 1)).count();
    listed(small) || listed(bare) || few || steps + 2 >= codes.len()
}

/// Whether little more than the person's own name or login, or ours, is in it.
fn is_own(small: &str, name: &str, login: &str) -> bool {
    const OTHER_CHARACTERS: usize = 5;
    let name = name.to_lowercase();
    let joined = name.split_whitespace().collect::<String>();
    let before_at = login.split('@').next().unwrap_or_default();
    // The longest first, so that nothing of it is left.
    let whole = [login, before_at, joined.as_str()].into_iter();
    let words = whole.chain(name.split_whitespace()).chain(["heard"]).filter(|word| word.chars().count() >= 4);
    let rest = words.fold(small.to_owned(), |rest, word| rest.replace(word, ""));
    rest.chars().count() < OTHER_CHARACTERS
}

/// What a token is called where it acts.
pub fn token_called(name: &str, owner: Option<&str>) -> String {
    match owner {
        Some(owner) => format!("{owner}\u{2019}s token \u{201c}{name}\u{201d}"),
        None => format!("the token \u{201c}{name}\u{201d}"),
    }
}

/// What people and tokens are called, by how they are stored as actors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActorNames(BTreeMap<String, String>);

impl ActorNames {
    /// The name of a stored actor, if it is one of ours.
    pub fn of(&self, actor: &str) -> Option<&str> {
        self.0.get(actor).map(String::as_str)
    }
}

impl FromIterator<(String, String)> for ActorNames {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(names: I) -> Self {
        Self(names.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_maya(password: &str) -> Result<(), UnfitCredential> {
        fit_password(&normal_password(password), "Maya Lindgren", "maya.lindgren@acme.test")
    }

    #[test]
    fn a_long_password_is_taken_whatever_it_is_made_of() {
        for fine in
            ["correct horse battery staple", "nine purple hats sing", "ein grünes Fahrrad im Regen", "x9!kQ2#vT7$m"]
        {
            assert_eq!(of_maya(fine), Ok(()), "{fine}");
        }
        assert_eq!(of_maya(&"ab cd ef ".repeat(14)), Ok(()), "126 characters");
    }

    #[test]
    fn a_password_that_is_guessed_first_is_not_taken() {
        for (password, why) in [
            ("eleven char", UnfitCredential::PasswordShort),
            ("long ".repeat(26).as_str(), UnfitCredential::PasswordLong),
            ("PasswordPassword", UnfitCredential::PasswordCommon),
            ("passwordpassword1!", UnfitCredential::PasswordCommon),
            ("qwertyuiop123", UnfitCredential::PasswordCommon),
            ("aaaaaaaaaaaaaa", UnfitCredential::PasswordCommon),
            ("121212121212", UnfitCredential::PasswordCommon),
            ("abcdefghijklm", UnfitCredential::PasswordCommon),
            ("9876543210987", UnfitCredential::PasswordCommon),
            ("MayaLindgren1", UnfitCredential::PasswordOwn),
            ("maya.lindgren@acme.test", UnfitCredential::PasswordOwn),
            ("heard lindgren", UnfitCredential::PasswordOwn),
        ] {
            assert_eq!(of_maya(password), Err(why), "{password}");
        }
    }

    #[test]
    fn the_same_characters_are_the_same_password_however_they_were_typed() {
        assert_eq!(normal_password("cafe\u{301} am markt"), normal_password("caf\u{e9} am markt"));
    }

    #[test]
    fn logins_are_addresses_and_names_are_seen() {
        assert_eq!(login_of(" Maya@Acme.Test "), Ok("maya@acme.test".to_owned()));
        for none in ["", "maya", "maya acme.test"] {
            assert_eq!(login_of(none), Err(UnfitCredential::Login), "{none:?}");
        }
        assert_eq!(person_called("  Maya\u{202e}\n Lindgren "), Ok("Maya Lindgren".to_owned()));
        assert_eq!(person_called(" \u{200b} "), Err(UnfitCredential::Name));
        assert_eq!(person_called(&"a".repeat(101)), Err(UnfitCredential::Name));
    }

    #[test]
    fn the_list_holds_what_could_be_a_password_with_digits_behind_it() {
        for line in COMMON.lines() {
            assert!(line.chars().count() >= 7 && line == line.to_lowercase().trim(), "{line:?}");
        }
    }
}
