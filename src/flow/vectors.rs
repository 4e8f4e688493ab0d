//! Which vectors the grouping compares: those of the model that is set, and of no other.
//!
//! A vector is kept with its model's name. After a change of the model the grouping reads every ticket anew as it follows the
//! decisions, and keeps what it read, so that the next start need not. Where many are lacking, tickets are grouped by their
//! words meanwhile.

use super::{app::App, error::Stop};
use crate::{
    model::id::TicketId,
    settings::Model,
    store::{StoreError, decisions},
};
use grouping::{AnalyzedTicket, SentenceVector};

/// Fewer tickets without a vector than this, or than one of so many, are not many.
const MANY: i64 = 50;
const SHARE: i64 = 10;

/// How many tickets have no vector of the model that is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Of those that were placed, so many.
    pub count: i64,
    /// So many were placed.
    pub placed: i64,
}

impl Lacking {
    /// Whether tickets are better grouped by their words until the model has read those: fewer are read as the grouping
    /// follows, and a ticket without words never has a vector.
    pub fn are_many(self) -> bool {
        self.count >= MANY && self.count * SHARE >= self.placed
    }
}

/// How many vectors are lacking: none where no model is set.
pub async fn lacking(app: &App) -> Result<Lacking, StoreError> {
    if app.settings.grouping.model == Model::None {
        return Ok(Lacking::default());
    }
    let mut conn = app.database.read().await?;
    let (placed, with_vector) = decisions::count_vectors(&mut conn, &app.vectors_of).await?;
    Ok(Lacking { count: placed - with_vector, placed })
}

/// Asks the endpoint, where one is set, for the vectors that are missing of tickets which were placed already, and keeps
/// them. Each ticket comes with what a sentence model is to read of it.
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

/// The vector that was made of a ticket, to be kept.
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
