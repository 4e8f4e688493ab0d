//! Attempts to tell an update: claimed before the call, looked up if its end is unclear, and known to have arrived or to
//! have come back (G4, one update per customer and milestone).

use super::{Result, Session as _, Tx, columns::record};
use crate::{
    base::{clock::Time, secret::Secret},
    model::{
        attempt::Attempt,
        id::{TicketId, UpdateId},
    },
};

/// An attempt whose end is unclear, claimed to be looked up.
pub struct Unclear {
    /// Its number.
    pub number: i64,
    /// How many looks have found nothing since the call.
    pub in_vain: i64,
}
record!(Unclear { number = "attempt", in_vain = "look_ups" });

/// Claims a held update that is due for an attempt in this ticket, which is where it is looked for if the answer is lost.
/// `fresh` becomes the key of its link; an attempt that has not ended yet goes on with its own. `None` if somebody else
/// claimed it or it was cancelled.
pub async fn claim(tx: &mut Tx, id: UpdateId, ticket: TicketId, fresh: &Secret, now: Time) -> Result<Option<Attempt>> {
    let row = tx
        .query(
            r#"UPDATE "update" SET state = 'sending', ticket_id = $3, attempted_at = $2, look_ups = 0, held_by = NULL,
                   attempt = CASE WHEN page_key IS NULL OR ticket_id <> $3 THEN attempt + 1 ELSE attempt END,
                   page_key = CASE WHEN page_key IS NULL OR ticket_id <> $3 THEN $4 ELSE page_key END,
                   may_be_elsewhere = may_be_elsewhere AND page_key IS NOT NULL AND ticket_id = $3
               WHERE id = $1 AND state = 'held' AND due_at <= $2
               RETURNING attempt, page_key"#,
        )
        .bind(id)
        .bind(now)
        .bind(ticket)
        .bind(fresh.expose())
        .optional::<(i64, String)>()
        .await?;
    Ok(row.map(|(number, key)| Attempt { number, page_key: Secret::new(key) }))
}

/// Claims an update whose attempt was cut off, to look it up. `None` if somebody else claimed it.
pub async fn reclaim(tx: &mut Tx, id: UpdateId, unclear_before: Time, now: Time) -> Result<Option<Unclear>> {
    tx.query(
        r#"UPDATE "update" SET attempted_at = $3 WHERE id = $1 AND state = 'sending' AND attempted_at <= $2
           RETURNING attempt, look_ups"#,
    )
    .bind(id)
    .bind(unclear_before)
    .bind(now)
    .optional()
    .await
}

/// It is looked for once more, as one whose call began at `attempted_at`, unless somebody else has claimed it since
/// `looked_at`. `absent` says that this look read everything and did not find it; a look that failed counts for nothing.
pub async fn look_up_again(tx: &mut Tx, id: UpdateId, looked_at: Time, attempted_at: Time, absent: bool) -> Result<()> {
    tx.query(
        r#"UPDATE "update" SET attempted_at = $3, look_ups = look_ups + $4
           WHERE id = $1 AND state = 'sending' AND attempted_at = $2"#,
    )
    .bind(id)
    .bind(looked_at)
    .bind(attempted_at)
    .bind(i64::from(absent))
    .execute()
    .await?;
    Ok(())
}

/// It was not there: it is held again and due, unless somebody else has claimed it since `looked_at`. The attempt goes on,
/// because a helpdesk that knows its key answers with what it has written already. `may_be_elsewhere` says that the call may
/// have opened a ticket, which was not found. False if nothing was changed.
pub async fn was_not_sent(tx: &mut Tx, id: UpdateId, looked_at: Time, may_be_elsewhere: bool) -> Result<bool> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET state = 'held', reason = NULL, due_at = $2, may_be_elsewhere = may_be_elsewhere OR $3
               WHERE id = $1 AND state = 'sending' AND attempted_at = $2"#,
        )
        .bind(id)
        .bind(looked_at)
        .bind(may_be_elsewhere)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// Whether sending this update in this ticket now would be another attempt, while one before it may have opened a ticket that was
/// not found. The customer would be told twice then.
pub async fn is_lost_elsewhere(tx: &mut Tx, id: UpdateId, ticket: TicketId) -> Result<bool> {
    let row = tx
        .query(r#"SELECT 1 FROM "update" WHERE id = $1 AND may_be_elsewhere AND (page_key IS NULL OR ticket_id <> $2)"#)
        .bind(id)
        .bind(ticket)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Notes before a call that it may open a ticket, and after a clear refusal that it did not. Gives what was noted before.
pub async fn note_where(tx: &mut Tx, id: UpdateId, may_be_elsewhere: bool) -> Result<bool> {
    let before =
        tx.query(r#"SELECT may_be_elsewhere FROM "update" WHERE id = $1"#).bind(id).optional::<(bool,)>().await?;
    tx.query(r#"UPDATE "update" SET may_be_elsewhere = $2 WHERE id = $1 AND state = 'sending'"#)
        .bind(id)
        .bind(may_be_elsewhere)
        .execute()
        .await?;
    Ok(before.is_some_and(|(before,)| before))
}

/// The customer has it. False if that was already known.
pub async fn sent(tx: &mut Tx, id: UpdateId, ticket: TicketId, external_id: Option<&str>, now: Time) -> Result<bool> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET state = 'sent', ticket_id = $2, external_id = $3, sent_at = $4, reason = NULL, page_key = NULL
               WHERE id = $1 AND state = 'sending'"#,
        )
        .bind(id)
        .bind(ticket)
        .bind(external_id)
        .bind(now)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// The customer has an update of which an attempt began and never clearly ended, or came back. False if there was no doubt.
/// It counts from when the attempt began, so an answer that came before we knew still answers it.
pub async fn arrived(tx: &mut Tx, id: UpdateId, ticket: TicketId, external_id: Option<&str>) -> Result<bool> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET state = 'sent', ticket_id = $2, external_id = $3, sent_at = coalesce(attempted_at, sent_at),
                   reason = NULL, page_key = NULL
               WHERE id = $1 AND state IN ('sending', 'failed', 'in_doubt') AND coalesce(attempted_at, sent_at) IS NOT NULL"#,
        )
        .bind(id)
        .bind(ticket)
        .bind(external_id)
        .execute()
        .await?;
    Ok(rows == 1)
}

/// What was sent came back: the links that it was sent with prove nothing from now on. False if it was not sent, or if that
/// is known.
pub async fn came_back(tx: &mut Tx, id: UpdateId, why: &str) -> Result<bool> {
    let rows = tx
        .query(
            r#"UPDATE "update" SET state = 'failed', reason = $2, attempted_at = NULL, page_key = NULL
               WHERE id = $1 AND state IN ('sending', 'sent', 'in_doubt')"#,
        )
        .bind(id)
        .bind(why)
        .execute()
        .await?;
    if rows == 1 {
        tx.query("UPDATE page_token SET returned = TRUE WHERE update_id = $1").bind(id).execute().await?;
    }
    Ok(rows == 1)
}
