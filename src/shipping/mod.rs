//! Which release brought a fix to customers: pure, the same for every tracker, and the heart of G5 (shipped is proven).
//!
//! Containment is the only proof: not the time of a release, not a closed issue, not a merge, not a label. Every fix of
//! the set must be in the release. A backport stands for the fix it carries over, and a fix that was taken back is not
//! in. Where something is not known, the verdict is at most [`Confidence::Likely`](crate::model::milestone::Confidence::Likely), and a person is asked.

mod contents;
mod fix_set;
mod judge;
mod presence;
mod version;

pub(crate) use contents::{ComponentFix, ReleaseContents, ReleasePolicy, commits_to_compare};
pub use fix_set::assemble;
pub(crate) use judge::{ShippingVerdict, judge};
pub(crate) use version::{is_prerelease, version};
