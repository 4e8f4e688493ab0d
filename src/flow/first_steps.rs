//! What somebody who has just started Heard does next, in order, and what of it is done.

use super::app::App;
use crate::{
    model::pause::PausedPart,
    store::{Conn, StoreError, listed, pauses},
};

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStepKind {
    /// Connect the helpdesk.
    Helpdesk,
    /// Connect the tracker.
    Tracker,
    /// Get tickets: read history, or wait for the first.
    Tickets,
    /// Know what goes to customers, and when.
    Sending,
}

/// A step, and whether it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstStep {
    /// Which one.
    pub kind: FirstStepKind,
    /// Whether it is done.
    pub done: bool,
    /// Whether it is the first that is not.
    pub is_next: bool,
}

/// The steps in their order. `None` once a helpdesk, a tracker and tickets are there.
///
/// # Errors
/// When the database fails.
pub async fn left(app: &App, conn: &mut Conn) -> Result<Option<Vec<FirstStep>>, StoreError> {
    let (helpdesk, tracker) = (!app.connections.is_empty(), app.tracker.is_some());
    let has_tickets = listed::ticket_is_there(conn).await?;
    if helpdesk && tracker && has_tickets {
        return Ok(None);
    }
    let is_paused = pauses::all(conn).await?.iter().any(|pause| pause.part == PausedPart::Everything);
    Ok(Some(in_order([
        (FirstStepKind::Helpdesk, helpdesk),
        (FirstStepKind::Tracker, tracker),
        (FirstStepKind::Tickets, has_tickets),
        (FirstStepKind::Sending, !is_paused),
    ])))
}

fn in_order(steps: [(FirstStepKind, bool); 4]) -> Vec<FirstStep> {
    let next = steps.iter().position(|(_, done)| !done);
    let steps = steps.into_iter().enumerate();
    steps.map(|(at, (kind, done))| FirstStep { kind, done, is_next: next == Some(at) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_that_is_not_done_is_next() {
        let steps = in_order([
            (FirstStepKind::Helpdesk, true),
            (FirstStepKind::Tracker, false),
            (FirstStepKind::Tickets, true),
            (FirstStepKind::Sending, false),
        ]);
        let next: Vec<_> = steps.iter().filter(|step| step.is_next).map(|step| step.kind).collect();
        assert_eq!(next, [FirstStepKind::Tracker]);
    }
}
