//! The audit log, read whole: whether it says what it said when it was written.

use crate::{
    base::clock::Time,
    flow::{app::App, error::Error},
    model::audit::{AuditChain, BrokenChain},
    store::audit,
};

/// How many rows are read at a time.
const ROWS: i64 = 1_000;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// How many rows hold, from the first one on.
    pub rows: i64,
    /// The hash of the last of them. Whoever keeps it elsewhere sees later whether the log was written anew.
    pub head: Vec<u8>,
    /// Until when it was read.
    pub at: Time,
    /// What is wrong first, if anything is.
    pub broken: Option<BrokenChain>,
    /// Whether the hash that was asked for stands among those that hold; `None` if none was.
    pub has_known: Option<bool>,
}

/// Reads the log from its beginning. `known` is the hash of a row that somebody wrote down before.
pub async fn verify(app: &App, known: Option<&[u8]>) -> Result<AuditVerdict, Error> {
    let mut conn = app.database.read().await?;
    // What is added meanwhile is read, too, but is not missed.
    let counted = audit::counted(&mut conn).await?;
    let mut chain = AuditChain::begin();
    let mut broken = None;
    let mut has_known = known.map(|_| false);
    while broken.is_none() && chain.rows() < counted {
        let rows = audit::after(&mut conn, chain.rows(), ROWS.min(counted - chain.rows())).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            broken = chain.follow(row).err();
            if broken.is_some() {
                break;
            }
            if known == Some(chain.head()) {
                has_known = Some(true);
            }
        }
    }
    let broken = broken.or_else(|| chain.ends_at(counted).err());
    Ok(AuditVerdict { rows: chain.rows(), head: chain.head().to_vec(), at: app.clock.now(), broken, has_known })
}
