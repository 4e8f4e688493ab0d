//! A place of the decoded text that does not leave.

use std::ops::Range;

use super::ledger::Hole;

/// Where it is, and what stands there instead.
#[derive(Clone, Debug)]
pub(super) struct Gap {
    pub(super) at: Range<usize>,
    pub(super) hole: Hole,
}
