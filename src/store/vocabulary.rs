//! The words of no list that customers use, and how people here are called, so that an issue may hold what many say and names
//! nobody (G6, nothing private leaves).
//!
//! Both hang on the ticket that they were read in, and go with its words. Looking one up takes a few steps through an index,
//! however many tickets there are.

use std::sync::LazyLock;

use super::{
    Result, Session, Tx,
    many::{ManyRows, ROWS_MAX},
    search_text,
};
use crate::model::id::{CustomerId, TicketId};

static USED_WORDS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH said (word, ticket_id) AS (VALUES ",
        2,
        ") INSERT INTO used_word (word, used_by, ticket_id)
           SELECT said.word, coalesce(ticket.organization_id, ticket.customer_id), ticket.id
           FROM said JOIN ticket ON ticket.id = said.ticket_id WHERE said.word IS NOT NULL ON CONFLICT DO NOTHING",
    )
});

static USED_NAMES: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH said (name, ticket_id) AS (VALUES ",
        2,
        ") INSERT INTO used_name (name, ticket_id)
           SELECT said.name, said.ticket_id FROM said WHERE said.name IS NOT NULL ON CONFLICT DO NOTHING",
    )
});

/// Keeps what a ticket says now, instead of what it said before.
pub async fn keep<'w>(
    tx: &mut Tx,
    ticket: TicketId,
    words: impl Iterator<Item = &'w str>,
    names: impl Iterator<Item = &'w str>,
) -> Result<()> {
    clear(tx, ticket).await?;
    add(tx, ticket, &USED_WORDS, &words.collect::<Vec<_>>()).await?;
    add(tx, ticket, &USED_NAMES, &names.collect::<Vec<_>>()).await
}

/// A row for each text, by a statement for up to 256 of them: a ticket has dozens of words.
async fn add(tx: &mut Tx, ticket: TicketId, statement: &'static ManyRows, texts: &[&str]) -> Result<()> {
    for some in texts.chunks(ROWS_MAX) {
        let insert =
            tx.query_many(statement, some, |insert, text| insert.bind(text.copied()).bind(text.map(|_| ticket)));
        insert.execute().await?;
    }
    Ok(())
}

/// Forgets what a ticket says, and the words by which it is found.
pub async fn forget(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    clear(tx, ticket).await?;
    search_text::forget(tx, ticket).await
}

async fn clear(tx: &mut Tx, ticket: TicketId) -> Result<()> {
    tx.query("DELETE FROM used_word WHERE ticket_id = $1").bind(ticket).execute().await?;
    tx.query("DELETE FROM used_name WHERE ticket_id = $1").bind(ticket).execute().await?;
    Ok(())
}

/// The words of two customers who are one person are the words of one.
pub(super) async fn unite(tx: &mut Tx, from: CustomerId, into: CustomerId) -> Result<()> {
    tx.query(
        "UPDATE used_word SET used_by = $2
         WHERE used_by = $1 AND ticket_id IN (SELECT id FROM ticket WHERE customer_id IN ($1, $2))",
    )
    .bind(from)
    .bind(into)
    .execute()
    .await?;
    Ok(())
}

/// Whether customers of at least three organizations use a word; one without an organization counts as one.
pub async fn is_shared(session: &mut impl Session, word: &str) -> Result<bool> {
    // Each look goes to the next user in the index, past all that the one before ever wrote.
    let row = session
        .query(
            "SELECT 1 FROM used_word WHERE word = $1 AND used_by > (
                 SELECT used_by FROM used_word WHERE word = $1 AND used_by > (
                     SELECT used_by FROM used_word WHERE word = $1 ORDER BY used_by LIMIT 1
                 ) ORDER BY used_by LIMIT 1
             ) LIMIT 1",
        )
        .bind(word)
        .optional::<(i32,)>()
        .await?;
    Ok(row.is_some())
}

/// Whether somebody is called so: a customer, or an agent.
pub async fn is_name(session: &mut impl Session, word: &str) -> Result<bool> {
    let row = session.query("SELECT 1 FROM used_name WHERE name = $1 LIMIT 1").bind(word).optional::<(i32,)>().await?;
    Ok(row.is_some())
}

/// The names that begin with these two letters. Each step goes to the next name in the index, however many tickets have it.
pub async fn names_that_begin(session: &mut impl Session, begins: &str) -> Result<Vec<String>> {
    let rows = session
        .query(
            "WITH RECURSIVE found (name) AS (
                 SELECT min(name) FROM used_name WHERE substr(name, 1, 2) = $1
                 UNION ALL
                 SELECT (SELECT min(used_name.name) FROM used_name
                          WHERE substr(used_name.name, 1, 2) = $1 AND used_name.name > found.name)
                   FROM found WHERE found.name IS NOT NULL)
             SELECT name FROM found WHERE name IS NOT NULL",
        )
        .bind(begins)
        .all::<(String,)>()
        .await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}
