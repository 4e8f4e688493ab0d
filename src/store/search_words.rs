//! The words by which topics, customers and organizations are found. They are kept in the transaction that writes the text they are
//! read in, and go with it (G6, what is taken back is taken back in every text that was made of it).

use std::{collections::BTreeSet, sync::LazyLock};

use uuid::Uuid;

use super::{
    Result, Session as _, Tx,
    many::{ManyRows, ROWS_MAX},
};
use crate::model::{
    id::{CustomerId, OrganizationId, TopicId},
    search::{SearchNoun, kept_words},
};

static FOUND_BY: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "WITH said (id, word, noun) AS (VALUES ",
        3,
        ") INSERT INTO search_word (id, word, noun)
           SELECT said.id, said.word, said.noun FROM said WHERE said.word IS NOT NULL ON CONFLICT DO NOTHING",
    )
});

/// Keeps the words of a topic that was made just now: none are kept yet, and customers are told nothing.
pub(super) async fn of_new_topic(tx: &mut Tx, topic: TopicId, title: &str) -> Result<()> {
    let words = kept_words(&[title]);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    add(tx, SearchNoun::Topic, topic.uuid(), &words).await
}

/// Keeps the words of a topic's title, and of the sentence that customers may be told.
pub(super) async fn of_topic(tx: &mut Tx, topic: TopicId, title: &str, summary: Option<&str>) -> Result<()> {
    keep(tx, SearchNoun::Topic, topic.uuid(), &[title, summary.unwrap_or_default()]).await
}

/// Keeps the words of an organization's name.
pub(super) async fn of_organization(tx: &mut Tx, organization: OrganizationId, name: &str) -> Result<()> {
    keep(tx, SearchNoun::Organization, organization.uuid(), &[name]).await
}

/// Keeps the words of a customer's name and addresses, as they stand now.
pub(super) async fn of_customer(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    let texts = tx
        .query(
            "SELECT name FROM customer WHERE id = $1 UNION SELECT email FROM customer WHERE id = $1 AND email IS NOT NULL
             UNION SELECT email FROM requester WHERE customer_id = $1 AND email IS NOT NULL",
        )
        .bind(customer)
        .all::<(String,)>()
        .await?;
    let texts: Vec<&str> = texts.iter().map(|(text,)| text.as_str()).collect();
    keep(tx, SearchNoun::Customer, customer.uuid(), &texts).await
}

/// Most texts are stored again as they were, and then nothing is written.
async fn keep(tx: &mut Tx, noun: SearchNoun, id: Uuid, texts: &[&str]) -> Result<()> {
    let wanted = kept_words(texts);
    let known = tx.query("SELECT word FROM search_word WHERE id = $1").bind(id).all::<(String,)>().await?;
    let known: BTreeSet<String> = known.into_iter().map(|(word,)| word).collect();
    for gone in known.difference(&wanted) {
        tx.query("DELETE FROM search_word WHERE id = $1 AND word = $2").bind(id).bind(gone.as_str()).execute().await?;
    }
    let new: Vec<&str> = wanted.difference(&known).map(String::as_str).collect();
    add(tx, noun, id, &new).await
}

async fn add(tx: &mut Tx, noun: SearchNoun, id: Uuid, words: &[&str]) -> Result<()> {
    for some in words.chunks(ROWS_MAX) {
        let insert = tx.query_many(&FOUND_BY, some, |insert, word| {
            insert.bind(word.map(|_| id)).bind(word.copied()).bind(word.map(|_| noun.as_str()))
        });
        insert.execute().await?;
    }
    Ok(())
}
