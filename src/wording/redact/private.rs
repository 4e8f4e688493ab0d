//! What counts as private, and what is known of the people a text may speak of.

/// A kind of private text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrivateKind {
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
    /// A web address that is not ours.
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

impl PrivateKind {
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

    /// The word that takes its place.
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

/// What is known about the people a text may mention.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownPeople<'a> {
    /// Full names of customers and agents.
    pub names: &'a [&'a str],
    /// Names of their companies.
    pub organizations: &'a [&'a str],
    /// Their mail addresses. The part before the `@` and a company's own domain are taken out too.
    pub emails: &'a [&'a str],
    /// Web addresses that may stay, by how they start: the console's topics, the repository. A customer's own page (`/c/...`)
    /// must not start like any of them, because that link is theirs alone.
    pub own_urls: &'a [&'a str],
}
