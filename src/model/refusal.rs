//! Why a request of a person cannot be granted, with what it is about. `wording` has the sentences.

use super::{
    command::MisreadCommand,
    delivery::UnreadableDelivery,
    id::{DeliveryId, OrganizationId, TicketId, TopicId, UpdateId},
    issue::Repository,
    update::UpdateState,
};

/// What a request names and nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A connection of the settings, by its name.
    Connection(String),
    /// A delivery.
    Delivery(DeliveryId),
    /// Failed work: it was tried again meanwhile, or works by now.
    FailedWork,
    /// A ticket that was grouped.
    GroupedTicket(TicketId),
    /// A customer's link.
    Link,
    /// An organization.
    Organization(OrganizationId),
    /// A ticket.
    Ticket(TicketId),
    /// The ticket of an update.
    TicketOfUpdate,
    /// A topic.
    Topic(TopicId),
    /// One of the two topics that are to be merged.
    TopicToMerge,
    /// An update.
    Update(UpdateId),
}

/// What is there, and cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Both topics of a merge are the same.
    AlreadyMerged,
    /// The topic has shipped; it cannot be declined.
    AlreadyShipped,
    /// The topic has shipped or was declined; it cannot ship.
    AlreadyClosed,
    /// The decision was undone meanwhile.
    AlreadyUndone,
    /// A `/heard ask` in an issue.
    AskInIssue,
    /// The topics of a merge belong to different brands.
    BrandsDiffer,
    /// A `/heard` command that is none of ours, with what is wrong with it.
    CommandMisread(MisreadCommand),
    /// A delivery of a connection that is not in the settings any more.
    ConnectionRemoved(String),
    /// A helpdesk's or the tracker's delivery that cannot be read, with the reason.
    DeliveryUnreadable(UnreadableDelivery),
    /// A delivery about a ticket that is not known, without the ticket's fields.
    DeliveryWithoutFields {
        /// The ticket's id in the helpdesk.
        ticket: String,
    },
    /// The bytes of a delivery are not kept any more.
    DeliveryNotKept,
    /// The draft has a gap that a person has to fill.
    DraftHasGap,
    /// The grouping works on something else.
    GroupingBusy,
    /// The grouping cannot answer now, with the reason.
    GroupingUnavailable(String),
    /// An update that was sent or not: nobody knows.
    InDoubt,
    /// The topic has an issue already.
    IssueExists,
    /// What should be an issue's address is none.
    IssueUnreadable(String),
    /// The issue of this number belongs to no topic.
    IssueWithoutTopic(i64),
    /// There is no decision of a person left to undo.
    NothingToUndo,
    /// The text of an update is empty or too long.
    TextOutOfBounds,
    /// A release without a version or a commit.
    ReleaseIncomplete,
    /// A repository that the settings do not have, to which an issue was linked.
    RepositoryNotAdded(Repository),
    /// A repository that the settings do not have, of which a release was stated.
    RepositoryUnknown(String),
    /// A sentence for customers is empty.
    SentenceEmpty,
    /// A split that leaves no ticket behind.
    SplitLeavesNone,
    /// A split of no ticket, or of more than this.
    SplitOutOfBounds {
        /// How many tickets one split may name.
        most: usize,
    },
    /// A message template could not be filled in, with the reason.
    TemplateFailed(String),
    /// A ticket that has no topic yet.
    TicketNotGrouped,
    /// Some tickets of a split are not in the topic.
    TicketsNotInTopic,
    /// A title without a word.
    TitleEmpty,
    /// No ticket of the topic is left to escalate.
    TopicWithoutTicket,
    /// The update changed while it was approved.
    UpdateChanged,
    /// An update in this state cannot be approved.
    UpdateNotApprovable(UpdateState),
    /// An update in this state cannot be cancelled.
    UpdateNotCancellable(UpdateState),
    /// An update that is on its way or sent cannot be edited.
    UpdateNotEditable,
    /// An update in this state is not in doubt.
    UpdateNotInDoubt(UpdateState),
    /// A customer cannot have answered an update in this state.
    UpdateNotSent(UpdateState),
    /// A version is empty or too long.
    VersionOutOfBounds,
    /// The topic has a workaround already.
    WorkaroundExists,
}
