//! How the grouping begins: it follows all decisions, so that the first ticket after a start need not wait for it.
//!
//! Where most tickets have no vector of the model that is set, because it is another one since an upgrade or a change of the
//! settings, it takes the model minutes or hours to read them anew. Tickets do not wait for that: they are grouped by their
//! words, and a second memory follows beside the first, makes the vectors, and takes its place once it has caught up.

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
    error::{StartError, Stop},
    vectors,
};

/// How long it waits at first, and at most, after it could not go on.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Begins following in the background; what it gives ends it when it is dropped.
pub async fn begin(app: &Arc<App>) -> Result<AbortOnDropHandle<()>, StartError> {
    let lacking = vectors::lacking(app).await?;
    let by_words = lacking.are_many();
    if by_words {
        let memory = Grouping::by_words(&app.settings.grouping).map_err(StartError::Settings)?;
        *app.grouping.lock().await = memory;
        info!(
            tickets = lacking.count,
            "The sentence model reads tickets anew; until then they are grouped by their words alone"
        );
    }
    let app = Arc::clone(app);
    Ok(AbortOnDropHandle::new(tokio::spawn(async move {
        let memory = Arc::clone(&app.grouping).lock_owned().await;
        match follow(&app, memory).await {
            Ok(memory) => info!(tickets = memory.tickets(), "Ready to group"),
            Err(_) => info!("The grouping follows with the first ticket"),
        }
        if by_words {
            renew(&app).await;
        }
    })))
}

/// Follows once more, with vectors, and takes the place of the memory that had none.
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
            // What was read until then is kept.
            Err(stop) => {
                warn!(error = %refused(stop), "The sentence model reads no tickets anew just now");
                sleep(pause).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
        }
    }
}

/// Lets a memory follow to the end and serve from then on; gives how many tickets it knows.
async fn catch_up(app: &App, renewed: &Arc<Mutex<Grouping>>) -> Result<usize, Stop> {
    drop(follow(app, Arc::clone(renewed).lock_owned().await).await?);
    // Whoever decides waits for the memory that serves, so what is left to follow now is little and stays so.
    let mut serving = app.grouping.lock().await;
    let mut renewed = follow(app, Arc::clone(renewed).lock_owned().await).await?;
    std::mem::swap(&mut *serving, &mut *renewed);
    Ok(serving.tickets())
}
