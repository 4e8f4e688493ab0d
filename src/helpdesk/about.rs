//! What a vendor can do: shown to users, and held against the vendor's code by the conformance suite.

use serde::Serialize;

/// The capabilities of one vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "a table of capabilities is a row of yes and no")]
pub struct About {
    /// The word in the settings: `zendesk`.
    pub word: &'static str,
    /// The name people know: `Zendesk`.
    pub name: &'static str,
    /// Whether it was run against the real thing.
    pub maturity: Maturity,
    /// How deliveries are signed.
    pub signing: Signing,
    /// Whether tickets can be read; otherwise what deliveries say is all there is.
    pub reads_tickets: bool,
    /// Whether a sweep can ask what changed.
    pub sweeps: bool,
    /// Whether customers can be replied to.
    pub replies: bool,
    /// Whether a reply can carry an agent's name.
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
    /// Whether it is written from documentation only, and says so wherever it is shown.
    pub fn is_preview(&self) -> bool {
        self.maturity == Maturity::Preview
    }
}

/// How far the vendor's code was proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Maturity {
    /// Run against the real thing.
    Proven,
    /// Written from the vendor's documentation only; said so wherever it is shown.
    Preview,
}

/// How a vendor's deliveries are known to be its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    /// A signature over the body and a timestamp: replays are refused.
    TimestampedSignature,
    /// A signature over the body.
    Signature,
    /// The vendor cannot sign: a secret in the URL.
    PathSecret,
}
