//! What the last judgement of a topic's fix rests on.

use super::{Result, Session, Tx, columns::record};
use crate::model::{fix::Proof, id::TopicId};

record!(Proof { says, url });

/// Replaces what is known of a topic.
pub async fn replace(tx: &mut Tx, topic: TopicId, proofs: &[Proof]) -> Result<()> {
    if of_topic(tx, topic).await? == proofs {
        return Ok(());
    }
    tx.query("DELETE FROM proof WHERE topic_id = $1").bind(topic).execute().await?;
    for (position, proof) in (0_i64..).zip(proofs) {
        tx.query("INSERT INTO proof (topic_id, position, says, url) VALUES ($1, $2, $3, $4)")
            .bind(topic)
            .bind(position)
            .bind(proof.says.as_str())
            .bind(proof.url.as_deref())
            .execute()
            .await?;
    }
    Ok(())
}

/// What is known of a topic, in the order in which people read it.
pub async fn of_topic(session: &mut impl Session, topic: TopicId) -> Result<Vec<Proof>> {
    session.query("SELECT says, url FROM proof WHERE topic_id = $1 ORDER BY position").bind(topic).all().await
}
