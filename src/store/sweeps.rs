//! How far each sweep has got (G10, webhooks are hints).

use super::{Result, Session, Tx, columns::record};
use crate::base::clock::Time;

/// How far the sweep of one source has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// `helpdesk:NAME` or `github:OWNER/NAME`.
    pub source: String,
    /// The other side's cursor.
    pub cursor: Option<String>,
    /// The time from which the next one asks.
    pub since: Time,
    /// When the last one ended.
    pub swept_at: Option<Time>,
    /// Why the last one failed.
    pub error: Option<String>,
}
record!(Sweep { source, cursor, since, swept_at, error });

/// How far the sweep of `source` has got. A new one begins at `start`.
pub async fn begin(tx: &mut Tx, source: &str, start: Time) -> Result<Sweep> {
    tx.query("INSERT INTO sweep (source, since) VALUES ($1, $2) ON CONFLICT (source) DO NOTHING")
        .bind(source)
        .bind(start)
        .execute()
        .await?;
    tx.query("SELECT source, cursor, since, swept_at, error FROM sweep WHERE source = $1").bind(source).one().await
}

/// Where the next sweep continues.
pub async fn advance(tx: &mut Tx, source: &str, cursor: Option<&str>, since: Time, now: Time) -> Result<()> {
    tx.query("UPDATE sweep SET cursor = $2, since = $3, swept_at = $4, error = NULL WHERE source = $1")
        .bind(source)
        .bind(cursor)
        .bind(since)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// The sweep failed. The next one starts where this one did.
pub async fn failed(tx: &mut Tx, source: &str, error: &str) -> Result<()> {
    tx.query("UPDATE sweep SET error = $2 WHERE source = $1").bind(source).bind(error).execute().await?;
    Ok(())
}

/// Every sweep.
pub async fn list(session: &mut impl Session) -> Result<Vec<Sweep>> {
    session.query("SELECT source, cursor, since, swept_at, error FROM sweep ORDER BY source").all().await
}
