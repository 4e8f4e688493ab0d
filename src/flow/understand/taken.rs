//! What reading a delivery comes to.

/// What a delivery came to. Of several things that one delivery says, the last of these counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Taken {
    /// It says nothing that concerns us.
    Ignored,
    /// What it says is taken over.
    Concerns,
    /// It speaks of what is gone or forgotten, often in its words, and is not kept either (G6, nothing private leaves).
    Forgotten,
}

impl Taken {
    /// Whether it says something that concerns us.
    pub(super) const fn of(concerns: bool) -> Self {
        if concerns { Self::Concerns } else { Self::Ignored }
    }
}
