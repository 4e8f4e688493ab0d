//! Which release brought a fix to customers: pure, the same for every tracker, and the heart of G5 (shipped means in
//! users' hands).
//!
//! Containment is the only proof: not the time of a release, a closed issue, a merge or a label. Every fix of the set
//! must be in the release. A backport can replace the fix it carries over, and a fix that was reverted is not in. If
//! something is not known, the verdict is at most [`Confidence::Likely`](crate::model::milestone::Confidence::Likely),
//! and a person is asked.

mod carrying;
mod contents;
mod fix_set;
mod judge;
mod presence;
mod proofs;
mod standing;
mod undoing;
mod version;

pub(crate) use carrying::{carried_over, picked_from};
pub(crate) use contents::{CommitsSince, ComponentFix, ReleaseContents, ReleasePolicy, commits_to_compare};
pub use fix_set::assemble;
pub(crate) use judge::{ShippingVerdict, fallen, judge};
pub(crate) use presence::refused;
pub(crate) use proofs::{FoundProof, Judgement, ProofPlace, proofs};
pub(crate) use standing::{commits_since, nameless, speaks_of_fixes};
pub(crate) use version::{exactness, is_prerelease, package, version};
