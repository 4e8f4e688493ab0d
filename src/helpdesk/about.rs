//! What a vendor can do. It is shown to users, and the conformance suite checks the vendor's code against it.

use std::borrow::Cow;

use serde::Serialize;

/// The capabilities of one vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "a table of capabilities is a row of yes and no")]
pub struct About {
    /// The word in the settings: `zendesk`.
    pub word: &'static str,
    /// The name people know: `Zendesk`.
    pub name: Cow<'static, str>,
    /// Whether it was run against the real helpdesk.
    pub maturity: Maturity,
    /// How deliveries are signed.
    pub signing: Signing,
    /// Whether tickets can be read. If not, deliveries are all that is known of them.
    pub reads_tickets: bool,
    /// Whether people are records of their own. If not, a ticket says what its customer is called, and may go on saying so when it is
    /// given to somebody else.
    pub has_people: bool,
    /// Whether a reply whose answer was lost can be looked for in its ticket.
    pub finds_replies: bool,
    /// Whether a sweep can ask for changed tickets.
    pub sweeps: bool,
    /// Whether customers can be replied to.
    pub replies: bool,
    /// Whether a reply can be signed by an agent.
    pub signs_as_agent: bool,
    /// Whether internal notes can be written.
    pub notes: bool,
    /// Whether tags can be added.
    pub tags: bool,
    /// Whether solved tickets can be opened again.
    pub reopens: bool,
    /// Whether a closed ticket gets a follow-up.
    pub follows_up: bool,
}

impl About {
    /// Whether it was written from documentation only. Everybody who is shown it is told so.
    pub fn is_preview(&self) -> bool {
        self.maturity == Maturity::Preview
    }
}

/// How well the vendor's code was tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Maturity {
    /// It was run against the real helpdesk.
    Proven,
    /// It was written from the vendor's documentation only, and says so wherever it is shown.
    Preview,
}

/// How a vendor's deliveries are authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    /// By a signature over the body and a timestamp, so that replays are refused.
    TimestampedSignature,
    /// By a signature over the body.
    Signature,
    /// By a secret in the URL, because the vendor cannot sign.
    PathSecret,
}
