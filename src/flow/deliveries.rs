//! A delivery as people may see it: what Heard reads in it, and its body without anybody's words.

use super::{app::App, error::Error};
use crate::{
    base::mistake,
    helpdesk::{Authentic, HelpdeskEvent},
    model::{
        delivery::{Delivery, Headers},
        id::DeliveryId,
        tracker::TrackerHint,
    },
    store::{
        Session,
        deliveries::{self, Summary},
    },
    wording::masked,
};

/// A delivery with what may be shown of what it said.
#[derive(Clone, Debug)]
pub struct ShownDelivery {
    /// What lists show.
    pub summary: Summary,
    /// What Heard reads in it, each once. Nothing where it cannot be read, or is forgotten.
    pub events: Vec<String>,
    /// The headers that were kept.
    pub headers: Headers,
    /// Its body; `None` once it is forgotten.
    pub body: Option<String>,
}

/// The delivery of this id, if there is one.
pub async fn shown(app: &App, session: &mut impl Session, id: DeliveryId) -> Result<Option<ShownDelivery>, Error> {
    let Some(summary) = deliveries::summary(session, id).await? else { return Ok(None) };
    let Some(delivery) = deliveries::get(session, id).await? else { return Ok(None) };
    let body = (!delivery.body.is_empty()).then(|| masked::body(&delivery.body));
    let events = match &body {
        Some(_) => mistake::caught(async { events(app, &delivery) }).await.unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(Some(ShownDelivery { summary, events, body, headers: masked::headers(delivery.headers) }))
}

fn events(app: &App, delivery: &Delivery) -> Vec<String> {
    let name = delivery.connection.as_str();
    let found: Vec<String> = if let Some(connection) = app.connections.get(name) {
        let read = connection.helpdesk.read(&Authentic::stored(delivery)).unwrap_or_default();
        read.iter().map(HelpdeskEvent::word).map(masked::word).collect()
    } else if let Some(tracker) = app.tracker.as_ref().filter(|tracker| tracker.about().word == name) {
        let read = tracker.read(delivery).unwrap_or_default();
        read.iter().map(TrackerHint::word).map(masked::word).collect()
    } else {
        Vec::new()
    };
    let mut each: Vec<String> = Vec::new();
    for one in found {
        if !each.contains(&one) {
            each.push(one);
        }
    }
    each
}
