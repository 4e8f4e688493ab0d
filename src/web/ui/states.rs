//! What states are called, and the icon and tone each has: the one place where the pages tell states apart.

use super::{Html, ring_and_word};
use crate::{
    model::{
        connection::ConnectionHealth,
        delivery::DeliveryState,
        topic::TopicState,
        update::{CustomerVerdict, Update, UpdateState},
    },
    wording::page::TopicStanding,
};

/// The states of topics that can be asked for, each with its word.
pub(crate) const TOPIC_STATES: [(TopicState, &str); 7] = [
    (TopicState::Open, "New"),
    (TopicState::Escalated, "Escalated"),
    (TopicState::Planned, "Planned"),
    (TopicState::InProgress, "In progress"),
    (TopicState::FixMerged, "Fix merged"),
    (TopicState::Shipped, "Shipped"),
    (TopicState::Declined, "Declined"),
];

/// A topic's state: its ring and its word.
pub(crate) fn topic_state(state: TopicState, cycle: i64) -> Html {
    let (ring, word, tone) = match (state, cycle) {
        (TopicState::Escalated, 1..) => ("reopened", "Reopened", " bad"),
        (TopicState::Open, _) => ("new", "New", " off"),
        (TopicState::Escalated, _) => ("escalated", "Escalated", ""),
        (TopicState::Planned, _) => ("planned", "Planned", ""),
        (TopicState::InProgress, _) => ("in_progress", "In progress", ""),
        (TopicState::FixMerged, _) => ("fix_merged", "Fix merged", ""),
        (TopicState::Shipped, _) => ("shipped", "Shipped", " good"),
        (TopicState::Declined, _) => ("declined", "Declined", " off"),
        (TopicState::Merged, _) => ("merge", "Merged", " off"),
    };
    ring_and_word(ring, word, tone)
}

/// Where something they asked stands, on a customer's own page: its ring and its tone.
pub(crate) fn standing(standing: &TopicStanding<'_>) -> (&'static str, &'static str) {
    match (standing.state, standing.verdict) {
        (TopicState::Shipped, Some(CustomerVerdict::Works)) => ("confirmed", " good"),
        (TopicState::Shipped, Some(CustomerVerdict::StillBroken)) => ("reopened", " bad"),
        (TopicState::Shipped, None) => ("shipped", " good"),
        (TopicState::Declined, _) => ("declined", " off"),
        _ if standing.has_workaround => ("workaround", " alt"),
        (TopicState::Open, _) => ("new", " off"),
        (TopicState::Escalated | TopicState::Merged, _) => ("escalated", ""),
        (TopicState::Planned, _) => ("planned", ""),
        (TopicState::InProgress, _) => ("in_progress", ""),
        (TopicState::FixMerged, _) => ("fix_merged", ""),
    }
}

/// What the updates in a state are called together.
pub(crate) fn updates_in(state: UpdateState) -> &'static str {
    match state {
        UpdateState::Draft => "Drafts",
        UpdateState::Held => "Held",
        UpdateState::Sending => "Sending",
        UpdateState::Sent => "Sent",
        UpdateState::Failed => "Failed",
        UpdateState::InDoubt => "In doubt",
        UpdateState::Cancelled => "Cancelled",
        UpdateState::Skipped => "Skipped",
    }
}

/// The states of updates whose list is offered even where it is empty.
pub(crate) fn is_always_offered(state: UpdateState) -> bool {
    matches!(state, UpdateState::Draft | UpdateState::Held | UpdateState::Sent)
}

/// Of an update whose answer a person has to read.
pub(crate) const ANSWERED_UNCLEAR: &str = "answered, unclear";

/// An update's state in a few words.
pub(crate) fn update_state(state: UpdateState) -> &'static str {
    match state {
        UpdateState::Draft => "waits for approval",
        UpdateState::Held => "held",
        UpdateState::Sending => "being sent",
        UpdateState::Sent => "sent",
        UpdateState::Skipped => "not for this customer",
        UpdateState::Cancelled => "cancelled",
        UpdateState::Failed => "not sent",
        UpdateState::InDoubt => "waits for you to look",
    }
}

/// An update's state in a few words, with who holds it.
pub(crate) fn of_update(update: &Update) -> &'static str {
    if update.held_by().is_some() { "held by a person" } else { update_state(update.state()) }
}

/// What is said above an update, by its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Banner {
    /// It waits for approval.
    Approve,
    /// It goes out by itself.
    GoesOut,
    /// It could not be sent.
    Failed,
    /// Whether it arrived is not known.
    Unclear,
    /// The customer has it.
    Sent,
    /// Nothing.
    None,
}

/// What is said above an update.
pub(crate) fn banner(state: UpdateState) -> Banner {
    match state {
        UpdateState::Draft => Banner::Approve,
        UpdateState::Held => Banner::GoesOut,
        UpdateState::Failed => Banner::Failed,
        UpdateState::InDoubt => Banner::Unclear,
        UpdateState::Sent => Banner::Sent,
        UpdateState::Sending | UpdateState::Skipped | UpdateState::Cancelled => Banner::None,
    }
}

/// The updates that are still on their way, as the page of health counts them.
pub(crate) const UPDATES_UNDER_WAY: [(UpdateState, &str); 5] = [
    (UpdateState::Held, "Updates held"),
    (UpdateState::Sending, "Updates being sent"),
    (UpdateState::Draft, "Drafts to approve"),
    (UpdateState::Failed, "Updates that failed"),
    (UpdateState::InDoubt, "Updates in doubt"),
];

/// What a delivery's state is called, and its tone.
pub(crate) fn delivery_state(state: DeliveryState) -> (&'static str, &'static str) {
    match state {
        DeliveryState::Received => ("not read yet", "blue"),
        DeliveryState::Understood => ("understood", "green"),
        DeliveryState::Ignored => ("nothing for us", ""),
        DeliveryState::Unreadable => ("unreadable", "red"),
        DeliveryState::Forgotten => ("understood long ago", ""),
    }
}

/// How a connection does: its tone and its icon.
pub(crate) fn connection_sign(health: &ConnectionHealth) -> (&'static str, &'static str) {
    match health {
        ConnectionHealth::Failing(_) => ("red", "alert"),
        ConnectionHealth::AskedToWait(_) => ("amber", "pause"),
        ConnectionHealth::Refusing => ("amber", "alert"),
        ConnectionHealth::Silent | ConnectionHealth::Quiet(_) => ("amber", "clock"),
        ConnectionHealth::Working => ("green", "check"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::milestone::MilestoneKind;

    #[test]
    fn every_state_of_a_topic_can_be_asked_for_but_merged_which_is_a_redirect() {
        let offered: Vec<TopicState> = TOPIC_STATES.iter().map(|(state, _)| *state).collect();
        let all = TopicState::ALL.iter().copied().filter(|state| *state != TopicState::Merged);
        assert_eq!(offered, all.collect::<Vec<_>>());
    }

    #[test]
    fn every_milestone_has_its_icon() {
        let icons = include_str!("../../../assets/web/icons.svg");
        for kind in MilestoneKind::ALL {
            let icon = kind.rules().icon;
            assert!(
                icons.contains(&format!("<symbol id=\"{icon}\"")),
                "{kind}: there is no symbol {icon:?} in icons.svg"
            );
        }
    }
}
