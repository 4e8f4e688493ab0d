//! Somebody takes a list with them. What it was of and who it was is written down before the first row goes out.

use crate::{
    flow::{app::App, error::Error},
    model::decision::Actor,
    store::audit,
};

/// Writes down that somebody exports a list. `subject` is the noun, or the topic whose customers they are.
///
/// # Errors
/// When the database fails; then nothing is exported.
pub async fn begin(app: &App, subject: &str, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    audit::add(&mut tx, actor, "export_list", subject, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
