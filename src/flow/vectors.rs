//! Which vectors the grouping compares: only those of the model that is set.
//!
//! A vector is kept with its model's name. After a change of the model, the grouping reads every ticket anew as it
//! follows the decisions, and keeps the vectors, so the next start does not have to make them again. If many are
//! missing, tickets are grouped by their words meanwhile.

use super::{app::App, error::Stop};
use crate::{
    model::id::TicketId,
    settings::Model,
    store::{StoreError, decisions},
};
use grouping::{AnalyzedTicket, SentenceVector};

/// Fewer missing vectors than this, or than one ticket in `SHARE`, are not many.
const MANY: i64 = 50;
const SHARE: i64 = 10;

/// How many tickets have no vector of the model that is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// How many placed tickets have none.
    pub count: i64,
    /// How many tickets are placed.
    pub placed: i64,
}

impl Lacking {
    /// Whether tickets are better grouped by their words until the model has read them. A few are read as the grouping
    /// follows, and a ticket without words never has a vector.
    pub fn are_many(self) -> bool {
        self.count >= MANY && self.count * SHARE >= self.placed
    }
}

/// How many vectors are missing: none if no model is set.
pub async fn lacking(app: &App) -> Result<Lacking, StoreError> {
    if app.settings.grouping.model == Model::None {
        return Ok(Lacking::default());
    }
    let mut conn = app.database.read().await?;
    let (placed, with_vector) = decisions::count_vectors(&mut conn, &app.vectors_of).await?;
    Ok(Lacking { count: placed - with_vector, placed })
}

/// Asks the endpoint, if one is set, for the missing vectors of placed tickets, and keeps them. Each ticket comes with
/// the text that a sentence model should read of it.
pub async fn fill(
    app: &App,
    tickets: &[(AnalyzedTicket, String)],
    vectors: &mut [Option<SentenceVector>],
) -> Result<(), Stop> {
    let Some(embeddings) = &app.embeddings else { return Ok(()) };
    let mut missing = Vec::new();
    for ((analyzed, sentence), vector) in tickets.iter().zip(vectors) {
        match vector {
            Some(vector) => embeddings.expects(vector)?,
            None => missing.push((analyzed, sentence, vector)),
        }
    }
    for some in missing.chunks_mut(crate::base::limits::EMBEDDED_AT_ONCE) {
        let sentences: Vec<String> = some.iter().map(|(_, sentence, _)| (*sentence).clone()).collect();
        let found = embeddings.vectors(&sentences).await?;
        let mut made = Vec::new();
        for ((analyzed, _, place), vector) in some.iter_mut().zip(found) {
            **place = vector;
            made.extend(TicketId::parse(analyzed.id().as_str()).zip(place.clone()));
        }
        keep(app, &made).await?;
    }
    Ok(())
}

/// The vector made of a ticket, ready to be kept.
pub fn made_of(analyzed: &AnalyzedTicket) -> Option<(TicketId, SentenceVector)> {
    TicketId::parse(analyzed.id().as_str()).zip(analyzed.vector().cloned())
}

/// Keeps vectors under the name of the model that made them.
pub async fn keep(app: &App, made: &[(TicketId, SentenceVector)]) -> Result<(), Stop> {
    if made.is_empty() {
        return Ok(());
    }
    let mut tx = app.database.begin().await?;
    for (ticket, vector) in made {
        decisions::keep_vector(&mut tx, *ticket, &app.vectors_of, vector.to_bytes()).await?;
    }
    tx.commit().await?;
    Ok(())
}
