//! What does not work at the moment or was given up, each with its reason, for the health page (G11, nothing fails
//! silently).

use super::{Result, Session, Tx, columns::record};
use crate::{base::clock::Time, model::id::FailureId};

/// Work that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Our id.
    pub id: FailureId,
    /// The kind of work: the job's kind.
    pub work: String,
    /// The job's argument.
    pub subject: String,
    /// What happened, with what, and what to do.
    pub sentence: String,
    /// Whether it waits for a person. Otherwise it is tried again by itself.
    pub given_up: bool,
    /// How often it failed.
    pub times: i64,
    /// When it first failed.
    pub first_at: Time,
    /// When it last failed.
    pub last_at: Time,
    /// When it is tried again.
    pub next_at: Option<Time>,
}
record!(Failure { id, work, subject, sentence, given_up, times, first_at, last_at, next_at });

/// Records that work failed once more. Returns how often it has failed now.
pub async fn note(
    tx: &mut Tx,
    work: &str,
    subject: &str,
    sentence: &str,
    next_at: Option<Time>,
    now: Time,
) -> Result<i64> {
    let (times,) = tx
        .query(
            "INSERT INTO failure (id, work, subject, sentence, given_up, times, first_at, last_at, next_at)
             VALUES ($1, $2, $3, $4, $5, 1, $6, $6, $7)
             ON CONFLICT (work, subject) DO UPDATE SET sentence = excluded.sentence, given_up = excluded.given_up,
                times = failure.times + 1, last_at = excluded.last_at, next_at = excluded.next_at
             RETURNING times",
        )
        .bind(FailureId::generate(now))
        .bind(work)
        .bind(subject)
        .bind(sentence)
        .bind(next_at.is_none())
        .bind(now)
        .bind(next_at)
        .one::<(i64,)>()
        .await?;
    Ok(times)
}

/// How often work has failed in a row.
pub async fn times(session: &mut impl Session, work: &str, subject: &str) -> Result<i64> {
    let row = session
        .query("SELECT times FROM failure WHERE work = $1 AND subject = $2")
        .bind(work)
        .bind(subject)
        .optional::<(i64,)>()
        .await?;
    Ok(row.map_or(0, |(times,)| times))
}

/// Whether work waits for a person.
pub async fn is_given_up(session: &mut impl Session, work: &str, subject: &str) -> Result<bool> {
    let row = session
        .query("SELECT given_up FROM failure WHERE work = $1 AND subject = $2")
        .bind(work)
        .bind(subject)
        .optional::<(bool,)>()
        .await?;
    Ok(row.is_some_and(|(given_up,)| given_up))
}

/// The work succeeded after all.
pub async fn solved(tx: &mut Tx, work: &str, subject: &str) -> Result<()> {
    tx.query("DELETE FROM failure WHERE work = $1 AND subject = $2").bind(work).bind(subject).execute().await?;
    Ok(())
}

/// Removes a failure so that it can be tried again, and returns it.
pub async fn take(tx: &mut Tx, id: FailureId) -> Result<Option<Failure>> {
    tx.query(
        "DELETE FROM failure WHERE id = $1
         RETURNING id, work, subject, sentence, given_up, times, first_at, last_at, next_at",
    )
    .bind(id)
    .optional()
    .await
}

/// What fails at the moment, what waits for a person first.
pub async fn list(session: &mut impl Session, limit: i64) -> Result<Vec<Failure>> {
    session
        .query(
            "SELECT id, work, subject, sentence, given_up, times, first_at, last_at, next_at FROM failure
             ORDER BY given_up DESC, last_at DESC, id LIMIT $1",
        )
        .bind(limit)
        .all()
        .await
}

/// Work that fails for one cause: of the same kind, with the same sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureCause {
    /// The kind of work.
    pub work: String,
    /// What happened, with what, and what to do.
    pub sentence: String,
    /// Whether it waits for a person. Otherwise it is tried again by itself.
    pub given_up: bool,
    /// How much work it is.
    pub count: i64,
    /// How often it failed, all of it together.
    pub times: i64,
    /// When the first of it first failed.
    pub first_at: Time,
    /// When the first of it is tried again.
    pub next_at: Option<Time>,
}
record!(FailureCause { work, sentence, given_up, count, times, first_at, next_at });

/// Why work fails at the moment, what waits for a person first.
pub async fn causes(session: &mut impl Session, limit: i64) -> Result<Vec<FailureCause>> {
    session
        .query(
            "SELECT work, sentence, given_up, count(*) AS count, CAST(sum(times) AS BIGINT) AS times,
                    min(first_at) AS first_at, min(next_at) AS next_at
             FROM failure GROUP BY work, sentence, given_up
             ORDER BY given_up DESC, max(last_at) DESC, work, sentence LIMIT $1",
        )
        .bind(limit)
        .all()
        .await
}

/// The work that fails for one cause, what failed first coming first.
pub async fn of_cause(session: &mut impl Session, work: &str, sentence: &str, limit: i64) -> Result<Vec<FailureId>> {
    let rows = session
        .query("SELECT id FROM failure WHERE work = $1 AND sentence = $2 ORDER BY first_at, id LIMIT $3")
        .bind(work)
        .bind(sentence)
        .bind(limit)
        .all::<(FailureId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How much of what fails waits for a person, and how much is tried again by itself.
pub async fn counts(session: &mut impl Session) -> Result<(i64, i64)> {
    session
        .query("SELECT count(CASE WHEN given_up THEN 1 END), count(CASE WHEN NOT given_up THEN 1 END) FROM failure")
        .one()
        .await
}
