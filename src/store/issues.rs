//! The issue of each topic: first the intent, then what the tracker says (G3, one open issue per topic).

use super::{Result, Session, StoreError, Tx, columns::record};
use crate::{
    base::clock::Time,
    model::{
        id::TopicId,
        issue::{
            Approval, CloseReason, FiledIssue, Filing, IssueFiling, IssueIdentity, IssueRef, IssueState, Repository,
            TopicIssue, UNKNOWN_ID,
        },
    },
};

/// [`TopicIssue`] as a row.
struct IssueRow {
    topic: TopicId,
    repository: Repository,
    filing: Filing,
    attempted_at: Option<Time>,
    number: Option<i64>,
    external_id: Option<i64>,
    repository_id: Option<i64>,
    url: Option<String>,
    title: Option<String>,
    state: Option<IssueState>,
    state_reason: Option<CloseReason>,
    section_hash: Option<Vec<u8>>,
    adopted: bool,
    quiet: bool,
    error: Option<String>,
    changed_at: Option<Time>,
    approved: Option<Vec<u8>>,
    introduction: Option<String>,
}
record!(IssueRow {
    topic = "topic_id", repository, filing, attempted_at, number, external_id, repository_id, url, title, state, state_reason,
    section_hash, adopted, quiet, error, changed_at, approved, introduction
});

impl IssueRow {
    fn read(self) -> Result<TopicIssue> {
        let missing = |what: &str| StoreError::Corrupt(format!("the issue of topic {} has no {what}", self.topic));
        let why = self.error.unwrap_or_default();
        let seen = match (self.number, self.url) {
            (Some(number), Some(url)) => Some(FiledIssue {
                number,
                url,
                title: self.title.unwrap_or_default(),
                state: self.state,
                closed_as: self.state_reason,
                adopted: self.adopted,
                changed_at: self.changed_at,
            }),
            _ => None,
        };
        let filing = match (self.filing, self.number) {
            (Filing::InReview, _) => IssueFiling::InReview,
            (Filing::Wanted, Some(number)) => IssueFiling::Adopted { number },
            (Filing::Wanted, None) => IssueFiling::Wanted,
            (Filing::Unclear, _) => {
                IssueFiling::Unclear { since: self.attempted_at.ok_or_else(|| missing("time of its call"))? }
            }
            (Filing::Filed, _) => IssueFiling::Filed(seen.ok_or_else(|| missing("number or address"))?),
            (Filing::Refused, _) => IssueFiling::Refused { why },
            (Filing::Gone, _) => IssueFiling::Gone { last: seen, why },
        };
        let Self { topic, repository, section_hash, introduction, quiet, .. } = self;
        let approval = self.approved.map(|words| Approval { words, introduction });
        let identity =
            IssueIdentity { issue: self.external_id.filter(|id| *id != UNKNOWN_ID), repository: self.repository_id };
        Ok(TopicIssue { topic, repository, filing, identity, section_hash, approval, quiet })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT topic_id, repository, filing, attempted_at, number, external_id, repository_id, url, title, state, state_reason,
                    section_hash, adopted, quiet, error, changed_at, approved, introduction FROM issue ",
            $rest
        )
    };
}

/// Records the intent to file a topic's issue, now or after a person's review. False if there already is an intent or an issue.
pub async fn want(tx: &mut Tx, topic: TopicId, repository: &str, review: bool) -> Result<bool> {
    let rows = tx
        .query(
            "INSERT INTO issue (topic_id, repository, filing, adopted, quiet) VALUES ($1, $2, $3, $4, $4)
             ON CONFLICT (topic_id) DO NOTHING",
        )
        .bind(topic)
        .bind(repository)
        .bind(intended(review))
        .bind(false)
        .execute()
        .await?;
    Ok(rows == 1)
}

fn intended(review: bool) -> Filing {
    if review { Filing::InReview } else { Filing::Wanted }
}

/// Starts over after a refusal or a deletion, because a person wants it. False if there was neither.
pub async fn want_again(tx: &mut Tx, topic: TopicId, repository: &str, review: bool) -> Result<bool> {
    let rows = tx.query(
        "UPDATE issue SET filing = $2, repository = $3, number = NULL, external_id = NULL, repository_id = NULL, url = NULL, state = NULL, state_reason = NULL,
                section_hash = NULL, error = NULL, attempted_at = NULL, approved = NULL, introduction = NULL, adopted = $4
         WHERE topic_id = $1 AND filing IN ('refused', 'gone')",
    )
    .bind(topic)
    .bind(intended(review))
    .bind(repository)
    .bind(false)
    .execute()
    .await?;
    Ok(rows == 1)
}

/// A person saw what the issue says, and lets it go. False if it does not wait for anybody, or not any more.
pub async fn approve(tx: &mut Tx, topic: TopicId, approval: &Approval) -> Result<bool> {
    let rows = tx
        .query(
            "UPDATE issue SET filing = $2, approved = $3, introduction = $4
             WHERE topic_id = $1 AND filing = 'in_review' AND number IS NULL",
        )
        .bind(topic)
        .bind(Filing::Wanted)
        .bind(&approval.words)
        .bind(approval.introduction.as_deref())
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The issue would say what nobody has seen: it waits for a person.
pub async fn to_review(tx: &mut Tx, topic: TopicId) -> Result<()> {
    tx.query(
        "UPDATE issue SET filing = $2, approved = NULL, attempted_at = NULL
         WHERE topic_id = $1 AND filing IN ('wanted', 'unclear') AND number IS NULL",
    )
    .bind(topic)
    .bind(Filing::InReview)
    .execute()
    .await?;
    Ok(())
}

/// Somebody of whom a person may have written above it is forgotten: what they wrote goes, and whoever has let it go sees it once
/// more.
pub async fn forget_introduction(tx: &mut Tx, topic: TopicId) -> Result<()> {
    tx.query(
        "UPDATE issue SET filing = CASE WHEN filing = 'wanted' AND approved IS NOT NULL THEN $2 ELSE filing END,
                approved = CASE WHEN filing = 'wanted' THEN NULL ELSE approved END, introduction = NULL
         WHERE topic_id = $1 AND introduction IS NOT NULL",
    )
    .bind(topic)
    .bind(Filing::InReview)
    .execute()
    .await?;
    Ok(())
}

/// Nobody reviews what goes into its repository any more.
pub async fn without_review(tx: &mut Tx, topic: TopicId) -> Result<()> {
    tx.query("UPDATE issue SET filing = $2 WHERE topic_id = $1 AND filing = 'in_review'")
        .bind(topic)
        .bind(Filing::Wanted)
        .execute()
        .await?;
    Ok(())
}

/// An issue that waits for a person's review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingIssue {
    /// Its topic.
    pub topic: TopicId,
    /// The topic's title.
    pub title: String,
    /// Where it is to be filed.
    pub repository: Repository,
}
record!(WaitingIssue { topic = "topic_id", title, repository });

/// The issues that wait for a person's review, the topics first heard of first.
pub async fn in_review(session: &mut impl Session) -> Result<Vec<WaitingIssue>> {
    session
        .query(
            "SELECT issue.topic_id, topic.title, issue.repository FROM issue JOIN topic ON topic.id = issue.topic_id
             WHERE issue.filing = 'in_review' AND topic.state <> 'merged' ORDER BY topic.id",
        )
        .all()
        .await
}

/// The issue of a topic.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Option<TopicIssue>> {
    let row = session.query(select!("WHERE topic_id = $1")).bind(topic).optional::<IssueRow>().await?;
    row.map(IssueRow::read).transpose()
}

/// The issue of this number.
pub async fn find(session: &mut impl Session, repository: &str, number: i64) -> Result<Option<TopicIssue>> {
    let row = session
        .query(select!("WHERE lower(repository) = lower($1) AND number = $2"))
        .bind(repository)
        .bind(number)
        .optional::<IssueRow>()
        .await?;
    row.map(IssueRow::read).transpose()
}

/// The call that makes the issue is about to begin: from here on its outcome is unclear until we know. False when
/// somebody else began one since `before` was read, or a person linked an issue meanwhile: then no call may be made (G3).
pub async fn attempting(tx: &mut Tx, topic: TopicId, before: Option<Time>, now: Time) -> Result<bool> {
    let rows = tx
        .query(
            "UPDATE issue SET filing = $2, attempted_at = $3
             WHERE topic_id = $1 AND number IS NULL AND (filing = 'wanted' OR (filing = 'unclear' AND attempted_at = $4))",
        )
        .bind(topic)
        .bind(Filing::Unclear)
        .bind(now)
        .bind(before)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The call was not sent, or was refused for now. It may be made again without looking.
pub async fn not_attempted(tx: &mut Tx, topic: TopicId) -> Result<()> {
    tx.query("UPDATE issue SET filing = $2 WHERE topic_id = $1 AND filing = 'unclear'")
        .bind(topic)
        .bind(Filing::Wanted)
        .execute()
        .await?;
    Ok(())
}

/// An issue that exists, as the tracker has it.
#[derive(Clone, Debug)]
pub struct Seen<'s> {
    /// `owner/name`, as it is called now.
    pub repository: &'s str,
    /// Its number.
    pub number: i64,
    /// The tracker's id.
    pub external_id: i64,
    /// Where to read it.
    pub url: &'s str,
    /// Its title.
    pub title: &'s str,
    /// Open or closed. `None` leaves the state, its reason and the time of change as they were.
    pub state: Option<IssueState>,
    /// Why it was closed.
    pub state_reason: Option<CloseReason>,
    /// When it changed.
    pub changed_at: Time,
    /// Whether the tracker led from where the topic's issue was to this one. Otherwise an issue of another id is another's, whatever it
    /// is called.
    pub moved: bool,
}

/// Takes over what the tracker says. False if the issue already belongs to another topic, or is another than the topic's.
pub async fn seen(tx: &mut Tx, topic: TopicId, seen: &Seen<'_>, now: Time) -> Result<bool> {
    let taken = find(tx, seen.repository, seen.number).await?;
    if taken.is_some_and(|issue| issue.topic != topic) {
        return Ok(false);
    }
    let rows = tx.query(
        "UPDATE issue SET filing = $2, repository = $3, number = $4, external_id = $5, url = $6, title = $7,
                state = COALESCE($8, state), state_reason = CASE WHEN $8 IS NULL THEN state_reason ELSE $9 END,
                changed_at = CASE WHEN $8 IS NULL THEN changed_at ELSE $10 END, checked_at = $11, error = NULL, introduction = NULL
         WHERE topic_id = $1 AND ($12 OR external_id IS NULL OR external_id = $13 OR external_id = $5)",
    )
    .bind(topic)
    .bind(Filing::Filed)
    .bind(seen.repository)
    .bind(seen.number)
    .bind(seen.external_id)
    .bind(seen.url)
    .bind(seen.title)
    .bind(seen.state)
    .bind(seen.state_reason)
    .bind(seen.changed_at)
    .bind(now)
    .bind(seen.moved)
    .bind(UNKNOWN_ID)
    .execute()
    .await?;
    Ok(rows == 1)
}

/// Keeps the tracker's id of the repository that the topic's issue is in: it is found by that once another has the name.
pub async fn in_repository(tx: &mut Tx, topic: TopicId, external_id: Option<i64>) -> Result<()> {
    tx.query("UPDATE issue SET repository_id = $2 WHERE topic_id = $1").bind(topic).bind(external_id).execute().await?;
    Ok(())
}

/// A person's issue is this topic's from now on. False when one is being made, or exists: then that one stays (G3).
pub async fn adopt(tx: &mut Tx, topic: TopicId, at: &IssueRef) -> Result<bool> {
    let rows = tx
        .query(
            "UPDATE issue SET adopted = $2, repository = $3, number = $4, filing = 'wanted'
             WHERE topic_id = $1 AND filing IN ('wanted', 'in_review')",
        )
        .bind(topic)
        .bind(true)
        .bind(&at.repository)
        .bind(at.number)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Records the section that is now in the issue.
pub async fn wrote(tx: &mut Tx, topic: TopicId, section_hash: &[u8]) -> Result<()> {
    tx.query("UPDATE issue SET section_hash = $2 WHERE topic_id = $1").bind(topic).bind(section_hash).execute().await?;
    Ok(())
}

/// Whether the issue is left alone from now on.
pub async fn set_quiet(tx: &mut Tx, topic: TopicId, quiet: bool) -> Result<()> {
    tx.query("UPDATE issue SET quiet = $2 WHERE topic_id = $1").bind(topic).bind(quiet).execute().await?;
    Ok(())
}

/// The tracker refused to make the issue. One that a person linked meanwhile stays.
pub async fn not_made(tx: &mut Tx, topic: TopicId, why: &str) -> Result<()> {
    tx.query("UPDATE issue SET filing = $2, error = $3 WHERE topic_id = $1 AND number IS NULL")
        .bind(topic)
        .bind(Filing::Refused)
        .bind(why)
        .execute()
        .await?;
    Ok(())
}

/// The issue was deleted, or we may not see it any more. False if the topic has another issue by now, or this was known.
pub async fn gone(tx: &mut Tx, topic: TopicId, repository: &str, number: i64, why: &str) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE issue SET filing = $4, error = $5
             WHERE topic_id = $1 AND lower(repository) = lower($2) AND number = $3 AND filing <> $4",
        )
        .bind(topic)
        .bind(repository)
        .bind(number)
        .bind(Filing::Gone)
        .bind(why)
        .execute()
        .await?;
    Ok(changed > 0)
}

/// What is called as the topic's gone issue was is another's: nothing leads there any more, and that one may be a topic's of its own.
pub async fn is_not_there(tx: &mut Tx, topic: TopicId) -> Result<()> {
    tx.query(
        "UPDATE issue SET number = NULL, external_id = NULL, repository_id = NULL, url = NULL, section_hash = NULL
         WHERE topic_id = $1 AND filing = 'gone'",
    )
    .bind(topic)
    .execute()
    .await?;
    Ok(())
}

/// The unfinished topics with an issue in a repository, which a sweep looks at one by one.
pub async fn unfinished(session: &mut impl Session, repository: &str, limit: i64) -> Result<Vec<TopicId>> {
    let rows = session
        .query(
            "SELECT issue.topic_id FROM issue JOIN topic ON topic.id = issue.topic_id
             WHERE lower(issue.repository) = lower($1) AND issue.filing = 'filed' AND (topic.state NOT IN ('shipped', 'declined', 'merged')
                    OR (topic.state = 'shipped' AND EXISTS (
                        SELECT 1 FROM milestone likely WHERE likely.topic_id = topic.id AND likely.kind = 'shipped'
                           AND likely.cycle = topic.cycle AND likely.confidence = 'likely')))
             ORDER BY issue.checked_at, issue.topic_id LIMIT $2",
        )
        .bind(repository)
        .bind(limit)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(topic,)| topic).collect())
}

/// A repository has a new name, or is spelled otherwise. What is known by the new name already stays as it is.
pub async fn rename(tx: &mut Tx, old: &str, new: &str) -> Result<()> {
    for sql in [
        "UPDATE issue SET repository = $2 WHERE lower(repository) = lower($1) AND repository <> $2 AND NOT EXISTS
             (SELECT 1 FROM issue known WHERE known.repository = $2 AND known.number = issue.number)",
        "UPDATE topic SET repository = $2 WHERE lower(repository) = lower($1) AND repository <> $2",
        "UPDATE fix SET repository = $2 WHERE lower(repository) = lower($1) AND repository <> $2 AND NOT EXISTS
             (SELECT 1 FROM fix known WHERE known.topic_id = fix.topic_id AND known.repository = $2 AND known.sha = fix.sha)",
        "UPDATE release SET repository = $2 WHERE lower(repository) = lower($1) AND repository <> $2 AND NOT EXISTS
             (SELECT 1 FROM release known
               WHERE known.repository = $2 AND known.source = release.source AND known.external_id = release.external_id)",
    ] {
        tx.query(sql).bind(old).bind(new).execute().await?;
    }
    Ok(())
}

/// The topics whose issue is in a repository.
pub async fn of_repository(session: &mut impl Session, repository: &str) -> Result<Vec<TopicId>> {
    let rows = session
        .query("SELECT topic_id FROM issue WHERE lower(repository) = lower($1) ORDER BY topic_id")
        .bind(repository)
        .all::<(TopicId,)>()
        .await?;
    Ok(rows.into_iter().map(|(topic,)| topic).collect())
}
