//! How the grouping begins: it follows all decisions, so the first ticket after a start does not wait for that.
//!
//! After an upgrade or a change of the settings, most tickets may have no vector of the model that is set. It takes the
//! model minutes or hours to read them anew. Tickets do not wait: they are grouped by their words, while a second
//! memory follows beside the first and makes the vectors. It takes the first one's place once it has caught up.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::sleep};
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

use super::{
    follow::{follow, refused},
    memory::Grouping,
};
use crate::flow::{
    app::App,
    error::Stop,
    vectors::{self, Lacking},
};

/// How long it waits at first, and at most, after something stopped it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Starts following in the background. Dropping the handle stops it.
///
/// How to follow is found out there, too: counting what is kept takes longer the more there is, and webhooks are acknowledged meanwhile.
/// No ticket is grouped before it is known, because the memory is held from the beginning.
pub async fn begin(app: &Arc<App>) -> AbortOnDropHandle<()> {
    let mut memory = Arc::clone(&app.grouping).lock_owned().await;
    let app = Arc::clone(app);
    AbortOnDropHandle::new(tokio::spawn(async move {
        let lacking = lacking(&app).await;
        // Such a memory can be made: one was made with these settings already.
        let words = lacking.are_many().then(|| Grouping::by_words(&app.settings.grouping).ok()).flatten();
        let by_words = words.is_some();
        if let Some(words) = words {
            *memory = words;
            info!(
                tickets = lacking.count,
                "The sentence model reads tickets anew; until then they are grouped by their words alone"
            );
        }
        match follow(&app, memory).await {
            Ok(memory) => info!(tickets = memory.tickets(), "Ready to group"),
            Err(_) => info!("The grouping follows with the first ticket"),
        }
        if by_words {
            renew(&app).await;
        }
    }))
}

/// How many vectors are missing, once the database says so.
async fn lacking(app: &App) -> Lacking {
    let mut pause = FIRST_PAUSE;
    loop {
        match vectors::lacking(app).await {
            Ok(lacking) => return lacking,
            Err(error) => {
                warn!(%error, "The grouping cannot begin just now");
                sleep(pause).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Follows once more, with vectors, and replaces the memory that had none.
async fn renew(app: &App) {
    let renewed = match Grouping::unhurried(&app.settings.grouping) {
        Ok(renewed) => Arc::new(Mutex::new(renewed)),
        Err(sentence) => return warn!("{sentence} Tickets are grouped by their words alone."),
    };
    let mut pause = FIRST_PAUSE;
    loop {
        match catch_up(app, &renewed).await {
            Ok(tickets) => {
                return info!(tickets, "Every ticket was read anew; they are grouped by meaning, too");
            }
            // What was read so far is kept.
            Err(stop) => {
                warn!(error = %refused(stop), "The sentence model reads no tickets anew just now");
                sleep(pause).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Lets a memory follow to the end and serve from then on. Returns how many tickets it knows.
async fn catch_up(app: &App, renewed: &Arc<Mutex<Grouping>>) -> Result<usize, Stop> {
    drop(follow(app, Arc::clone(renewed).lock_owned().await).await?);
    // Nobody decides while this lock is held, so what is left to follow is little and does not grow.
    let mut serving = app.grouping.lock().await;
    let mut renewed = follow(app, Arc::clone(renewed).lock_owned().await).await?;
    std::mem::swap(&mut *serving, &mut *renewed);
    Ok(serving.tickets())
}
