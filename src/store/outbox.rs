//! The outbox: notes, reopenings and comments. A message is stored before its call is made.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{
    Result, Session, Tx,
    columns::record,
    many::{ManyRows, ROWS_MAX},
    topics,
};
use crate::{
    base::clock::Time,
    model::{
        id::{OutboxMessageId, TicketId, TopicId},
        outbox::{OutboxContent, OutboxKind, OutboxMessage, OutboxState},
    },
};

/// [`OutboxMessage`] as a row.
struct OutboxRow {
    id: OutboxMessageId,
    key: String,
    kind: String,
    subject: String,
    detail: OutboxDetail,
    state: OutboxState,
    attempted_at: Option<Time>,
}
record!(OutboxRow { id, key, kind, subject, json detail, state, attempted_at });

/// What a row holds besides its kind and its subject.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct OutboxDetail {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl OutboxRow {
    fn read(self) -> OutboxMessage {
        let Self { id, key, kind, subject, detail, state, attempted_at } = self;
        let content = content(&kind, &subject, detail).unwrap_or(OutboxContent::Unreadable { kind });
        OutboxMessage { id, key, content, state, attempted_at }
    }
}

/// What the columns say; `None` where this version does not understand them.
fn content(kind: &str, subject: &str, detail: OutboxDetail) -> Option<OutboxContent> {
    Some(match OutboxKind::parse(kind)? {
        OutboxKind::Note => {
            OutboxContent::Note { ticket: TicketId::parse(subject)?, text: detail.text?, after: detail.after }
        }
        OutboxKind::Reopen => OutboxContent::Reopen { ticket: TicketId::parse(subject)? },
        OutboxKind::Comment => OutboxContent::Comment { topic: TopicId::parse(subject)?, text: detail.text? },
    })
}

/// A message that is wanted.
#[derive(Clone, Copy, Debug)]
pub enum WantedMessage<'m> {
    /// See [`OutboxContent::Note`].
    Note {
        /// The ticket.
        ticket: TicketId,
        /// The note.
        text: &'m str,
        /// The key of the note that has to stand before it.
        after: Option<&'m str>,
    },
    /// See [`OutboxContent::Reopen`].
    Reopen {
        /// The ticket.
        ticket: TicketId,
    },
    /// See [`OutboxContent::Comment`].
    Comment {
        /// The topic.
        topic: TopicId,
        /// The comment.
        text: &'m str,
    },
}

impl WantedMessage<'_> {
    fn columns(self) -> (OutboxKind, String, OutboxDetail) {
        let owned = |text: &str| Some(text.to_owned());
        match self {
            Self::Note { ticket, text, after } => {
                (OutboxKind::Note, ticket.to_string(), OutboxDetail { text: owned(text), after: after.and_then(owned) })
            }
            Self::Reopen { ticket } => (OutboxKind::Reopen, ticket.to_string(), OutboxDetail::default()),
            Self::Comment { topic, text } => {
                (OutboxKind::Comment, topic.to_string(), OutboxDetail { text: owned(text), after: None })
            }
        }
    }
}

/// The key of a message in the table: the same words for another kind are another message.
pub fn key(kind: OutboxKind, key: &str) -> String {
    format!("{kind}:{key}")
}

/// Wants a message; `None` when the same was wanted before. Keys are unique within a kind.
pub async fn want(tx: &mut Tx, message: WantedMessage<'_>, unique: &str, now: Time) -> Result<Option<OutboxMessageId>> {
    let id = OutboxMessageId::generate(now);
    let (kind, subject, detail) = message.columns();
    let rows = tx
        .query(
            "INSERT INTO outbox_message (id, key, kind, subject, detail, state, created_at)
             VALUES ($1, $2, $3, $4, $5, 'wanted', $6) ON CONFLICT (key) DO NOTHING",
        )
        .bind(id)
        .bind(key(kind, unique))
        .bind(kind)
        .bind(subject)
        .bind(Json(detail))
        .bind(now)
        .execute()
        .await?;
    Ok((rows == 1).then_some(id))
}

/// An internal note that is wanted in a ticket.
#[derive(Clone, Debug)]
pub struct WantedNote {
    /// The ticket.
    pub ticket: TicketId,
    /// What makes it the same note.
    pub unique: String,
    /// The note.
    pub text: String,
}

/// Wants those that are not wanted yet.
static WANT_MANY: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH fresh (id, key, kind, subject, detail, state, created_at) AS (VALUES ",
        7,
        ") INSERT INTO outbox_message (id, key, kind, subject, detail, state, created_at)
         SELECT id, key, kind, subject, detail, state, created_at FROM fresh
         WHERE id IS NOT NULL ON CONFLICT (key) DO NOTHING RETURNING id",
    )
});

/// As [`want`], of many notes: gives those that were not wanted before.
pub async fn want_notes(tx: &mut Tx, notes: &[WantedNote], now: Time) -> Result<Vec<OutboxMessageId>> {
    let mut new = Vec::with_capacity(notes.len());
    for some in notes.chunks(ROWS_MAX) {
        let insert = tx.query_many(&WANT_MANY, some, |insert, row| {
            let detail = |note: &WantedNote| Json(OutboxDetail { text: Some(note.text.clone()), after: None });
            insert
                .bind(row.map(|_| OutboxMessageId::generate(now)))
                .bind(row.map(|note| key(OutboxKind::Note, &note.unique)))
                .bind(row.map(|_| OutboxKind::Note))
                .bind(row.map(|note| note.ticket.to_string()))
                .bind(row.map(detail))
                .bind(row.map(|_| OutboxState::Wanted))
                .bind(row.map(|_| now))
        });
        new.extend(insert.all::<(OutboxMessageId,)>().await?.into_iter().map(|(id,)| id));
    }
    Ok(new)
}

/// Drops those whose call is neither made nor under way.
static DROP_MANY: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH gone (gone_key, moment) AS (VALUES ",
        2,
        ") UPDATE outbox_message SET state = 'dropped', done_at = gone.moment, detail = '{}'
           FROM gone WHERE outbox_message.key = gone.gone_key AND outbox_message.state = 'wanted'
             AND NOT outbox_message.given_up",
    )
});

/// Drops notes, by what makes each the same note, as far as no call of theirs was made or is under way: newer ones say more.
pub async fn drop_notes(tx: &mut Tx, unique: &[String], now: Time) -> Result<()> {
    for some in unique.chunks(ROWS_MAX) {
        let update = tx.query_many(&DROP_MANY, some, |update, row| {
            update.bind(row.map(|unique| key(OutboxKind::Note, unique))).bind(row.map(|_| now))
        });
        update.execute().await?;
    }
    Ok(())
}

/// Drops every note whose key begins so and of which no call was made or is under way: what it says is overtaken.
pub async fn drop_notes_that_begin(tx: &mut Tx, unique: &str, now: Time) -> Result<()> {
    // Both conditions on the state: by the first one the index is found that holds only what is to come.
    tx.query(
        "UPDATE outbox_message SET state = 'dropped', done_at = $2, detail = '{}'
         WHERE state IN ('wanted', 'unclear') AND state = 'wanted' AND kind = 'note' AND NOT given_up AND key LIKE $1",
    )
    .bind(format!("{}%", key(OutboxKind::Note, unique)))
    .bind(now)
    .execute()
    .await?;
    Ok(())
}

/// The message of this id.
pub async fn get(session: &mut impl Session, id: OutboxMessageId) -> Result<Option<OutboxMessage>> {
    let row = session
        .query("SELECT id, key, kind, subject, detail, state, attempted_at FROM outbox_message WHERE id = $1")
        .bind(id)
        .optional::<OutboxRow>()
        .await?;
    Ok(row.map(OutboxRow::read))
}

/// The message of this key (see [`key`]), if it is still to be written.
pub async fn pending(session: &mut impl Session, key: &str) -> Result<Option<OutboxMessageId>> {
    let row = session
        .query("SELECT id FROM outbox_message WHERE key = $1 AND state IN ('wanted', 'unclear')")
        .bind(key)
        .optional::<(OutboxMessageId,)>()
        .await?;
    Ok(row.map(|(id,)| id))
}

/// The notes of a ticket that are not known to be written, the oldest first.
pub async fn waiting_notes(session: &mut impl Session, ticket: TicketId) -> Result<Vec<OutboxMessage>> {
    let rows = session
        .query(
            "SELECT id, key, kind, subject, detail, state, attempted_at FROM outbox_message
             WHERE subject = $1 AND state IN ('wanted', 'unclear') AND kind = 'note' ORDER BY created_at, id",
        )
        .bind(ticket.to_string())
        .all::<OutboxRow>()
        .await?;
    Ok(rows.into_iter().map(OutboxRow::read).collect())
}

/// The notes that are not known to be written and say this somewhere, in whatever ticket.
pub async fn waiting_notes_that_say(session: &mut impl Session, words: &str) -> Result<Vec<OutboxMessage>> {
    let rows = session
        .query(
            r"SELECT id, key, kind, subject, detail, state, attempted_at FROM outbox_message
              WHERE state IN ('wanted', 'unclear') AND kind = 'note' AND lower(CAST(detail AS TEXT)) LIKE $1 ESCAPE '\'
              ORDER BY created_at, id",
        )
        .bind(topics::like(words))
        .all::<OutboxRow>()
        .await?;
    Ok(rows.into_iter().map(OutboxRow::read).collect())
}

/// Replaces the text of a note that is not known to be written. What is being written just now cannot be called back.
pub async fn rewrite_note(tx: &mut Tx, id: OutboxMessageId, text: &str, after: Option<&str>) -> Result<()> {
    let detail = OutboxDetail { text: Some(text.to_owned()), after: after.map(str::to_owned) };
    tx.query(
        "UPDATE outbox_message SET detail = $2 WHERE id = $1 AND state IN ('wanted', 'unclear') AND kind = 'note'",
    )
    .bind(id)
    .bind(Json(detail))
    .execute()
    .await?;
    Ok(())
}

/// Messages that a lost job left behind: those that were begun longest ago, or never, first, so that none waits behind what fails
/// again and again. What waits for a person, or for the note before it, is not among them, and what this version cannot write comes
/// last.
pub async fn stranded(session: &mut impl Session, before: Time, limit: i64) -> Result<Vec<OutboxMessageId>> {
    let rows = session
        .query(
            "SELECT id FROM outbox_message WHERE state IN ('wanted', 'unclear') AND NOT given_up AND created_at <= $1
               AND (attempted_at IS NULL OR attempted_at <= $1)
               AND NOT EXISTS (SELECT 1 FROM outbox_message earlier WHERE earlier.key = outbox_message.detail ->> 'after'
                   AND earlier.state IN ('wanted', 'unclear') AND NOT earlier.given_up)
             ORDER BY CASE WHEN kind IN ('note', 'reopen', 'comment') THEN 0 ELSE 1 END, COALESCE(attempted_at, created_at), id
             LIMIT $2",
        )
        .bind(before)
        .bind(limit)
        .all::<(OutboxMessageId,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Takes a message for writing. False when somebody else has it: `unclear_before` tells a call that was cut off from one
/// that is under way.
pub async fn claim(tx: &mut Tx, id: OutboxMessageId, unclear_before: Time, now: Time) -> Result<bool> {
    let rows = tx
        .query(
            "UPDATE outbox_message SET state = 'unclear', attempted_at = $3
             WHERE id = $1 AND (state = 'wanted' OR (state = 'unclear' AND attempted_at <= $2))",
        )
        .bind(id)
        .bind(unclear_before)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// It waits for a person, and nobody picks it up without one.
pub async fn give_up(tx: &mut Tx, id: OutboxMessageId) -> Result<()> {
    tx.query("UPDATE outbox_message SET given_up = TRUE WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

/// A person wants it tried again.
pub async fn take_up(tx: &mut Tx, id: OutboxMessageId) -> Result<()> {
    tx.query("UPDATE outbox_message SET given_up = FALSE WHERE id = $1").bind(id).execute().await?;
    Ok(())
}

/// The call did not leave, or was refused for now. It may be made again without looking.
pub async fn unclaim(tx: &mut Tx, id: OutboxMessageId) -> Result<()> {
    tx.query("UPDATE outbox_message SET state = 'wanted' WHERE id = $1 AND state = 'unclear'")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

/// It is written, under this id of the other side where that told us one.
pub async fn done(tx: &mut Tx, id: OutboxMessageId, external_id: Option<&str>, now: Time) -> Result<()> {
    finish(tx, id, OutboxState::Done, external_id, now).await
}

/// It will never be written.
pub async fn drop(tx: &mut Tx, id: OutboxMessageId, now: Time) -> Result<()> {
    finish(tx, id, OutboxState::Dropped, None, now).await
}

async fn finish(
    tx: &mut Tx,
    id: OutboxMessageId,
    state: OutboxState,
    external_id: Option<&str>,
    now: Time,
) -> Result<()> {
    // What was written stands where it was written, and is not kept a second time.
    tx.query("UPDATE outbox_message SET state = $2, external_id = $3, done_at = $4, detail = '{}' WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(external_id)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

/// How many comments on a topic's issue were wanted or written since `since`.
pub async fn comments_since(session: &mut impl Session, topic: TopicId, since: Time) -> Result<i64> {
    let (count,) = session
        .query(
            "SELECT count(*) FROM outbox_message
             WHERE kind = 'comment' AND subject = $1 AND state IN ('done', 'unclear', 'wanted') AND created_at >= $2",
        )
        .bind(topic.to_string())
        .bind(since)
        .one::<(i64,)>()
        .await?;
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_as_it_was_wanted() {
        let now = Time::from_seconds(1);
        let (ticket, topic) = (TicketId::generate(now), TopicId::generate(now));
        let messages = [
            (
                WantedMessage::Note { ticket, text: "Filed.", after: Some("note:escalated") },
                OutboxContent::Note { ticket, text: "Filed.".to_owned(), after: Some("note:escalated".to_owned()) },
            ),
            (WantedMessage::Reopen { ticket }, OutboxContent::Reopen { ticket }),
            (
                WantedMessage::Comment { topic, text: "Ten customers." },
                OutboxContent::Comment { topic, text: "Ten customers.".to_owned() },
            ),
        ];
        let mut kinds = Vec::new();
        for (wanted, read) in messages {
            let (kind, subject, detail) = wanted.columns();
            assert_eq!(content(kind.as_str(), &subject, detail), Some(read));
            kinds.push(kind);
        }
        assert_eq!(kinds, OutboxKind::ALL, "each kind has a message here");
    }

    #[test]
    fn what_this_version_cannot_read_is_told_from_what_it_can() {
        let ticket = TicketId::generate(Time::from_seconds(1)).to_string();
        let text = |text: &str| OutboxDetail { text: Some(text.to_owned()), after: None };
        assert_eq!(content("letter", &ticket, text("Dear")), None, "a kind of a later version");
        assert_eq!(content("note", "T-7", text("Filed.")), None, "no id of ours");
        assert_eq!(content("note", &ticket, OutboxDetail::default()), None, "a note without its text");
    }
}
