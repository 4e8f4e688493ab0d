//! What must not leave is taken out of text before it does (G6): identity, and secrets.
//!
//! [`redact`] replaces what it finds by a word such as `[e-mail]`; [`gate`] looks again, last thing before something is
//! handed to GitHub, and refuses if anything is still there. Both find by shape (addresses, cards, keys) and by what is
//! known of the customer (names, company, mail). Where a shape is in doubt it is taken out: a lost word costs a reader a
//! moment, a leaked one cannot be called back. The text that comes out is [`plain`]: nothing invisible, no look-alike digits.

mod credentials;
mod known;
mod numbers;
mod shapes;
mod spans;

use std::collections::BTreeSet;

use super::say;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A password or passphrase that was written out.
    Password,
    /// A key, token or other credential by its shape.
    Key,
    /// A payment card whose check digit is right.
    Card,
    /// A bank account whose check digits are right.
    Iban,
    /// An e-mail address.
    Email,
    /// An address in the web that is not ours.
    Link,
    /// A telephone number.
    Phone,
    /// A network address: IPv4, IPv6, MAC.
    Network,
    /// A street or a postal code.
    Address,
    /// An order, customer or similar number.
    Number,
    /// The name of a person.
    Name,
    /// The name of a company.
    Organization,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Password,
        Self::Key,
        Self::Card,
        Self::Iban,
        Self::Email,
        Self::Link,
        Self::Phone,
        Self::Network,
        Self::Address,
        Self::Number,
        Self::Name,
        Self::Organization,
    ];

    /// The word that stands in its place.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password => "[password]",
            Self::Key => "[key]",
            Self::Card => "[card]",
            Self::Iban => "[account]",
            Self::Email => "[e-mail]",
            Self::Link => "[link]",
            Self::Phone => "[phone]",
            Self::Network => "[network address]",
            Self::Address => "[address]",
            Self::Number => "[number]",
            Self::Name => "[name]",
            Self::Organization => "[organization]",
        }
    }
}

/// What is known of the people a text may speak of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Full names of customers and agents.
    pub names: &'a [&'a str],
    /// Names of their companies.
    pub organizations: &'a [&'a str],
    /// Their addresses; the part before the `@` and a company's own domain are taken out too.
    pub emails: &'a [&'a str],
    /// Web addresses that may stay, by how they begin: the console's topics, the repository. Never so wide that a customer's
    /// own page (`/c/...`) begins like one: that link is theirs alone.
    pub own_urls: &'a [&'a str],
}

/// A text without what must not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text.
    pub text: String,
    /// What was taken out, each kind once.
    pub found: Vec<Kind>,
}

/// How often a text is read again, should taking something out bring something else together.
const PASSES: usize = 4;

/// Takes out identity and secrets.
pub fn redact(text: &str, known: &Known) -> Redacted {
    repeat(text, |text| find(text, known))
}

/// Takes out secrets only: passwords, keys, cards, accounts. For a customer's words on their way back to this customer.
pub fn secrets(text: &str) -> Redacted {
    repeat(text, |text| {
        let mut spans = shapes::find(text, &[]);
        spans.retain(|span| matches!(span.kind, Kind::Password | Kind::Key | Kind::Card | Kind::Iban));
        spans::settle(spans)
    })
}

/// Lets a text pass that holds nothing private; otherwise says what it holds.
///
/// Give it what was written for the issue, before the marker with its hash is put around. Every address of ours in it must
/// begin as one of [`Known::own_urls`].
pub fn gate(text: &str, known: &Known) -> Result<(), Vec<Kind>> {
    let found = kinds(&find(&plain(text), known));
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// As [`gate`], for a text that is written around `ours`, the words that stand in it whoever the customers are: of those
/// nobody learns that a customer is called "Customer". Only names are let off; what looks like a secret never is.
pub fn gate_beside(ours: &str, text: &str, known: &Known) -> Result<(), Vec<Kind>> {
    let (ours, text) = (plain(ours), plain(text));
    let spoken = |text: &str, span: &spans::Span| text[span.at.clone()].to_lowercase();
    let usual: BTreeSet<String> = find(&ours, known).iter().map(|span| spoken(&ours, span)).collect();
    let is_ours = |span: &spans::Span| {
        matches!(span.kind, Kind::Name | Kind::Organization) && usual.contains(&spoken(&text, span))
    };
    let found: Vec<spans::Span> = find(&text, known).into_iter().filter(|span| !is_ours(span)).collect();
    if found.is_empty() { Ok(()) } else { Err(kinds(&found)) }
}

/// The text as it is searched: without invisible characters, with plain digits, letters and `@` for their look-alikes.
///
/// GitHub shows `&#64;` as `@`, and a zero-width space as nothing, so neither may hide an address.
pub fn plain(text: &str) -> String {
    let decoded = text.replace("&#64;", "@").replace("&#x40;", "@").replace("&commat;", "@").replace("&#46;", ".");
    let kept = decoded.chars().filter(|c| matches!(c, '\n' | '\t') || !say::is_invisible(*c));
    kept.map(ascii_twin).collect()
}

/// Full-width forms, odd spaces and dashes as their plain twins.
fn ascii_twin(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' if !matches!(c, '！' | '？' | '，' | '：' | '（' | '）' | '～') => {
            char::from_u32(c as u32 - 0xfee0).unwrap_or(c)
        }
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        '\u{2010}'..='\u{2012}' | '\u{2212}' => '-',
        '﹫' => '@',
        c => c,
    }
}

fn find(text: &str, known: &Known) -> Vec<spans::Span> {
    let mut spans = shapes::find(text, known.own_urls);
    let mut settled = spans::own_addresses(text, known.own_urls);
    settled.extend(spans::words_of_ours(text)); // somebody may be called Key
    spans.extend(
        known::find(text, known).into_iter().filter(|span| !settled.iter().any(|at| at.contains(&span.at.start))),
    );
    spans::settle(spans)
}

fn repeat(text: &str, find: impl Fn(&str) -> Vec<spans::Span>) -> Redacted {
    let mut text = plain(text);
    let mut found = Vec::new();
    for _ in 0..PASSES {
        let spans = find(&text);
        if spans.is_empty() {
            break;
        }
        found.extend(kinds(&spans));
        text = spans::replace(&text, &spans);
    }
    found.sort_unstable();
    found.dedup();
    Redacted { text, found }
}

fn kinds(spans: &[spans::Span]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = spans.iter().map(|span| span.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod tests;
