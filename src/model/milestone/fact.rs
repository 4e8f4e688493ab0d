//! What a text for customers may mention. docs/messages.md explains each fact to people who write their own texts.

use crate::model::words::words;

words! {
    /// One thing that a text for customers may mention or ask about.
    pub enum MessageFact {
        /// Whether the topic is a bug, a feature request or a question.
        Kind = "kind",
        /// The team that signs.
        Team = "team",
        /// The first name of the agent who looked after them.
        Agent = "agent",
        /// A person's sentence about what was done.
        Summary = "summary",
        /// The version that has the fix.
        Version = "version",
        /// When that version came out.
        ReleasedWhen = "released_when",
        /// Where to read about that version.
        ReleaseUrl = "release_url",
        /// When they told us that an earlier fix did not help them.
        StillBrokenWhen = "still_broken_when",
        /// When we told them of an earlier fix, if they never said how it went.
        ToldWhen = "told_when",
        /// Where they can say that it works.
        WorksUrl = "works_url",
        /// Where they can say that it does not.
        StillBrokenUrl = "still_broken_url",
        /// A person's sentence: the workaround, the reason for a decline or a correction, or how things stand.
        Words = "words",
        /// How long they have waited.
        Elapsed = "elapsed",
        /// The customer's first name.
        Name = "name",
        /// The customer's whole name.
        FullName = "full_name",
        /// What they wrote, as one short quotation.
        Quote = "quote",
        /// When they wrote it.
        AskedWhen = "asked_when",
        /// That others read the ticket as well. Then neither a name nor a quotation nor a link of theirs is known.
        Shared = "shared",
        /// That nobody has said that theirs is the same. Then a text may not claim to know.
        Likely = "likely",
        /// The agent and the team, or the team alone.
        Signature = "signature",
        /// The milestone's own text.
        Body = "body",
        /// The address of their own page.
        PageUrl = "page_url",
        /// Where they can ask for no more updates.
        StopUrl = "stop_url",
    }
}

impl MessageFact {
    /// Whether it is known for every customer. A text must ask `if` before it uses any other fact.
    pub const fn is_always_known(self) -> bool {
        match self {
            Self::Kind
            | Self::Team
            | Self::WorksUrl
            | Self::StillBrokenUrl
            | Self::Elapsed
            | Self::AskedWhen
            | Self::Signature
            | Self::Body
            | Self::PageUrl => true,
            Self::Agent
            | Self::Summary
            | Self::Version
            | Self::ReleasedWhen
            | Self::ReleaseUrl
            | Self::StillBrokenWhen
            | Self::ToldWhen
            | Self::Words
            | Self::Name
            | Self::FullName
            | Self::Quote
            | Self::Shared
            | Self::Likely
            | Self::StopUrl => false,
        }
    }

    /// Whether a text that may use it must use it. Without it the customer could not answer, or would not see the text
    /// at all.
    pub const fn has_to_be_used(self) -> bool {
        matches!(self, Self::WorksUrl | Self::StillBrokenUrl | Self::Body | Self::PageUrl)
    }
}
