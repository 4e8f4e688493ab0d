//! What somebody who has just started Heard does next, as the pages say that have nothing to show yet.

use crate::{
    flow::{
        App,
        first_steps::{self, FirstStep, FirstStepKind},
    },
    model::role::Privilege,
    store::{Conn, StoreError},
    web::caller::Caller,
};

/// A step as it is shown.
pub(super) struct FirstStepLine {
    pub number: usize,
    pub done: bool,
    pub is_next: bool,
    pub title: &'static str,
    pub words: &'static str,
    pub command: Option<&'static str>,
    /// Where it is done: the address and the words, for whoever may.
    pub link: Option<(&'static str, &'static str)>,
}

/// The steps in their order. `None` once nothing of them is left.
pub(super) async fn left(
    app: &App,
    conn: &mut Conn,
    caller: &Caller,
) -> Result<Option<Vec<FirstStepLine>>, StoreError> {
    let steps = first_steps::left(app, conn).await?;
    Ok(steps.map(|steps| steps.into_iter().enumerate().map(|(at, step)| line(at + 1, step, caller)).collect()))
}

fn line(number: usize, step: FirstStep, caller: &Caller) -> FirstStepLine {
    let FirstStep { kind, done, is_next } = step;
    let connects = |address, words| Some((address, words)).filter(|_| caller.may(Privilege::Connect) && !done);
    let (title, words, command, link) = match kind {
        FirstStepKind::Helpdesk if done => {
            ("The helpdesk is connected", "Tickets come in as customers write.", None, None)
        }
        FirstStepKind::Helpdesk => (
            "Connect your helpdesk",
            "An admin does it on a page, or in the folder of the settings:",
            Some("heard connect zendesk --name acme"),
            connects("/connect", "Connect a helpdesk"),
        ),
        FirstStepKind::Tracker if done => {
            ("GitHub is connected", "What is escalated becomes an issue there.", None, None)
        }
        FirstStepKind::Tracker => (
            "Connect GitHub",
            "Until then topics are kept, and no issue is filed. An admin does it on a page, or by the command",
            Some("heard connect github"),
            connects("/connect/github", "Connect GitHub"),
        ),
        FirstStepKind::Tickets if done => ("Tickets are here", "Each belongs to a topic.", None, None),
        FirstStepKind::Tickets => (
            "Wait for the first ticket",
            "Topics appear by themselves once somebody writes. What past tickets would have made shows",
            Some("heard analyze FILE"),
            Some(("/health", "See what arrives")),
        ),
        FirstStepKind::Sending if done => (
            "Sending is on",
            "What is planned for customers stands under Updates first and is held there for a while. To read along before anything goes \
             out, press Pause, or",
            Some("heard pause"),
            None,
        ),
        FirstStepKind::Sending => (
            "Sending is paused",
            "Nothing goes to customers until somebody resumes it: on every page, or by the command",
            Some("heard resume"),
            None,
        ),
    };
    FirstStepLine { number, done, is_next, title, words, command, link }
}
