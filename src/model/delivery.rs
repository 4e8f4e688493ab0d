//! A delivery: one webhook request as it was received, kept until it is understood and longer.

use super::{id::DeliveryId, words::words};
use crate::base::clock::Time;
use bytes::Bytes;

words! {
    /// How far a delivery has got.
    pub enum DeliveryState {
        /// Stored and acknowledged, not read yet.
        Received = "received",
        /// Read, and what it said was taken over.
        Understood = "understood",
        /// Read, and it said nothing that concerns us.
        Ignored = "ignored",
        /// It cannot be read. It is kept and shown, and can be replayed.
        Unreadable = "unreadable",
        /// Read long ago. Only its keys are kept, so it still counts once.
        Forgotten = "forgotten",
    }
}

impl DeliveryState {
    /// Whether people may have it read again: it was read, and what it said is still kept.
    pub fn can_be_replayed(self) -> bool {
        !matches!(self, Self::Received | Self::Forgotten)
    }
}

/// Header names and values worth keeping, lower-cased, without signatures and credentials.
pub type Headers = Vec<(String, String)>;

/// Why a request is not accepted. The answer is 401, and only the log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// It has no signature, or we have no secret to check it with.
    #[error("the signature is missing")]
    Missing,
    /// None of our secrets made its signature.
    #[error("the signature is wrong")]
    Wrong,
    /// It was signed too long ago, or in the future.
    #[error("the signature is stale")]
    Stale,
}

/// Why a delivery cannot be read. It is kept, shown with this reason, and can be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableDelivery(pub String);

/// A delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Our id.
    pub id: DeliveryId,
    /// The connection's name, or the tracker's word.
    pub connection: String,
    /// The sender's id for it, if there is one, as [`super::key::kept`]: the first key against duplicates (G2, twice, late or out of order
    /// changes nothing).
    pub key: Option<String>,
    /// SHA-256 of what was signed: the second key (G2). Absent if the sender cannot sign, or if the first key follows from what was
    /// signed.
    pub signed: Option<Vec<u8>>,
    /// What the reader needs besides the body.
    pub headers: Headers,
    /// The raw bytes.
    pub body: Bytes,
    /// When it arrived.
    pub received_at: Time,
    /// How far it has got.
    pub state: DeliveryState,
    /// Why it could not be read.
    pub error: Option<String>,
}
