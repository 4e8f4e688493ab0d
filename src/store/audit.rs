//! The audit log. Rows are only added: the database refuses anything else. Each is written in the transaction that did what it says,
//! and the counter's row, which the transaction holds until it ends, puts writers in order, so that the chain never forks.

use super::{Result, Session, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{
        audit::{AuditAct, AuditFilter, AuditRow, BEGINNING},
        decision::Actor,
    },
};

/// [`AuditRow`] as a row.
struct StoredAudit {
    seq: i64,
    actor: String,
    name: Option<String>,
    address: Option<String>,
    action: String,
    subject: String,
    was: Option<String>,
    became: Option<String>,
    at: Time,
    hash: Vec<u8>,
}
record!(StoredAudit { seq, actor, name, address, action, subject, was, became, at, hash });

impl From<StoredAudit> for AuditRow {
    fn from(row: StoredAudit) -> Self {
        let StoredAudit { seq, actor, name, address, action, subject, was, became, at, hash } = row;
        Self { seq, act: AuditAct { actor, name, address, action, subject, was, became, at }, hash }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT seq, actor, name, address, action, subject, was, became, at, hash FROM audit ", $rest)
    };
}

/// Writes down who did what. `subject` is an id or a word of ours.
pub async fn add(tx: &mut Tx, actor: &Actor, action: &str, subject: &str, now: Time) -> Result<()> {
    change(tx, actor, action, subject, (None, None), now).await
}

/// Writes down who changed what, and from what to what: ids or words of ours.
pub async fn change(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    subject: &str,
    (was, became): (Option<&str>, Option<&str>),
    now: Time,
) -> Result<()> {
    // PostgreSQL keeps no NUL, and what is hashed is what is kept.
    let kept = |text: &str| text.replace('\0', "");
    let act = AuditAct {
        actor: kept(actor.as_str()),
        name: actor.name().map(kept),
        address: actor.address().map(kept),
        action: kept(action),
        subject: kept(subject),
        was: was.map(kept),
        became: became.map(kept),
        at: now,
    };
    let count = tx.query("UPDATE counter SET value = value + 1 WHERE name = 'audit' RETURNING value");
    let (seq,) = count.one::<(i64,)>().await?;
    let before = tx.query("SELECT hash FROM audit WHERE seq = $1").bind(seq - 1).optional::<(Vec<u8>,)>().await?;
    let before = before.map_or_else(|| BEGINNING.to_vec(), |(hash,)| hash);
    let hash = act.hash(seq, &before);
    tx.query(
        "INSERT INTO audit (seq, actor, name, address, action, subject, was, became, at, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(seq)
    .bind(act.actor)
    .bind(act.name)
    .bind(act.address)
    .bind(act.action)
    .bind(act.subject)
    .bind(act.was)
    .bind(act.became)
    .bind(act.at)
    .bind(hash.as_slice())
    .execute()
    .await?;
    Ok(())
}

/// How many rows were ever written.
pub async fn counted(session: &mut impl Session) -> Result<i64> {
    let (counted,) = session.query("SELECT value FROM counter WHERE name = 'audit'").one::<(i64,)>().await?;
    Ok(counted)
}

/// Rows after a place, the oldest first: to read the whole log piece by piece.
pub async fn after(session: &mut impl Session, seq: i64, limit: i64) -> Result<Vec<AuditRow>> {
    let rows = session.query(select!("WHERE seq > $1 ORDER BY seq LIMIT $2")).bind(seq).bind(limit);
    Ok(rows.all::<StoredAudit>().await?.into_iter().map(AuditRow::from).collect())
}

/// Rows that pass a filter.
macro_rules! found {
    ($which:literal) => {
        concat!(
            select!("WHERE seq < $1 AND "),
            $which,
            " AND ($4 IS NULL OR lower(coalesce(name, '') || ' ' || actor || ' ' || action || ' ' || subject || ' '
                    || coalesce(was, '') || ' ' || coalesce(became, '') || ' ' || coalesce(address, '')) LIKE $4 ESCAPE '!')
              ORDER BY seq DESC LIMIT $5"
        )
    };
}

/// The rows that fit, the newest first.
pub async fn list(session: &mut impl Session, filter: &AuditFilter, limit: i64) -> Result<Vec<AuditRow>> {
    let words = filter.words.as_deref().map(|words| format!("%{}%", escaped(&words.trim().to_lowercase())));
    // One statement for each, so that each goes by an index.
    let statement = match (&filter.action, &filter.actor) {
        (Some(_), _) => found!("action = $2 AND ($3 IS NULL OR actor = $3)"),
        (None, Some(_)) => found!("$2 IS NULL AND actor = $3"),
        (None, None) => found!("$2 IS NULL AND $3 IS NULL"),
    };
    let rows = session
        .query(statement)
        .bind(filter.before.unwrap_or(i64::MAX))
        .bind(filter.action.as_deref())
        .bind(filter.actor.as_deref())
        .bind(words)
        .bind(limit);
    Ok(rows.all::<StoredAudit>().await?.into_iter().map(AuditRow::from).collect())
}

/// What somebody looks for, so that it stands for itself.
fn escaped(words: &str) -> String {
    words.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// Every action that stands in the log, for the page's list. Each is found from the one before, so the log may be as long as it
/// likes.
pub async fn actions(session: &mut impl Session) -> Result<Vec<String>> {
    let rows = session
        .query(
            "WITH RECURSIVE known (action) AS (
                 SELECT min(action) FROM audit
                 UNION ALL SELECT (SELECT min(audit.action) FROM audit WHERE audit.action > known.action) FROM known
                 WHERE known.action IS NOT NULL)
             SELECT action FROM known WHERE action IS NOT NULL ORDER BY action",
        )
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(action,)| action).collect())
}
