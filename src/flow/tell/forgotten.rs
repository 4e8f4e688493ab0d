//! Whoever was forgotten on request and writes again is somebody new, and is still told nothing twice (G4, one update per
//! customer and milestone).

use crate::{
    flow::{app::App, error::Error},
    model::update::{Update, UpdateStanding},
    store::{
        Tx,
        erasure::{self, ToldFact},
    },
};

/// Why somebody is not told who was told before they were forgotten.
const TOLD_BEFORE: &str = "They were told of this before they asked to be forgotten.";

/// The trace of what somebody was told.
pub fn trace(app: &App, connection: &str, record: &str, told: &ToldFact) -> Vec<u8> {
    let (topic, cycle) = (told.topic.to_string(), told.cycle.to_string());
    app.keys.trace(&["told", connection, record, &topic, told.kind.as_str(), &cycle])
}

/// Planned updates as they are stored: one that they were told before is skipped.
pub(super) async fn weigh(app: &App, tx: &mut Tx, planned: Vec<Update>) -> Result<Vec<Update>, Error> {
    if !erasure::is_used(tx).await? {
        return Ok(planned);
    }
    let mut weighed = Vec::with_capacity(planned.len());
    for one in planned {
        weighed.push(weigh_one(app, tx, one).await?);
    }
    Ok(weighed)
}

async fn weigh_one(app: &App, tx: &mut Tx, planned: Update) -> Result<Update, Error> {
    if !planned.state().is_unsent() {
        return Ok(planned);
    }
    let told = ToldFact { topic: planned.topic, kind: planned.kind, cycle: planned.cycle };
    for (connection, record) in erasure::records(tx, planned.customer).await? {
        if erasure::erased_at(tx, &trace(app, &connection, &record, &told)).await?.is_some() {
            return Ok(Update { standing: UpdateStanding::Skipped(TOLD_BEFORE.to_owned()), ..planned });
        }
    }
    Ok(planned)
}
