//! Which repositories of the tracker are meant by their names.

use super::{Result, Session, Tx};
use crate::model::issue::Repository;

/// Whether this is the repository that is known by the name. The first one that is seen under a name is.
pub async fn is_known(tx: &mut Tx, name: &Repository, external_id: i64) -> Result<bool> {
    let name = name.as_str().to_lowercase();
    tx.query("INSERT INTO known_repository (name, external_id) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(name.as_str())
        .bind(external_id)
        .execute()
        .await?;
    let known = tx.query("SELECT external_id FROM known_repository WHERE name = $1").bind(name.as_str());
    Ok(known.optional::<(i64,)>().await?.is_none_or(|(known,)| known == external_id))
}

/// A person says that whichever repository has the name now is meant.
pub async fn forget(tx: &mut Tx, name: &str) -> Result<()> {
    tx.query("DELETE FROM known_repository WHERE name = $1").bind(name.to_lowercase()).execute().await?;
    Ok(())
}
