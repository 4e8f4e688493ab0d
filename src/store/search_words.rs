//! The words by which topics, customers and organizations are found. They are kept in the transaction that writes the text they are
//! read in, and go with it (G6, what is taken back is taken back in every text that was made of it).

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Result, Session as _, Tx};
use crate::model::{
    id::{CustomerId, OrganizationId, TopicId},
    search::{SearchNoun, kept_words},
};

/// Keeps the words of a topic's title.
pub(super) async fn of_topic(tx: &mut Tx, topic: TopicId, title: &str) -> Result<()> {
    keep(tx, SearchNoun::Topic, topic.uuid(), &[title]).await
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
    for new in wanted.difference(&known) {
        tx.query("INSERT INTO search_word (id, word, noun) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(id)
            .bind(new.as_str())
            .bind(noun.as_str())
            .execute()
            .await?;
    }
    Ok(())
}
