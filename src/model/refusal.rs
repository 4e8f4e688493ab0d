//! Why a person's request cannot be granted, and what it is about. `wording` has the sentences.

use super::{
    command::MisreadCommand,
    delivery::UnreadableDelivery,
    id::{ApiTokenId, CustomerId, DeliveryId, OrganizationId, PersonId, TicketId, TopicId, UpdateId},
    issue::Repository,
    person::UnfitCredential,
    update::UpdateState,
};

/// What a request names but does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// A token that was not revoked.
    ApiToken(ApiTokenId),
    /// A connection of the settings, by its name.
    Connection(String),
    /// A delivery.
    Delivery(DeliveryId),
    /// Failed work: somebody has tried it again, or it works now.
    FailedWork,
    /// A ticket that has been grouped.
    GroupedTicket(TicketId),
    /// An invitation that can be followed.
    Invitation,
    /// A customer's link.
    Link,
    /// An organization.
    Organization(OrganizationId),
    /// Somebody with an account.
    Person(PersonId),
    /// A session that is open.
    Session,
    /// A ticket.
    Ticket(TicketId),
    /// The ticket of an update.
    TicketOfUpdate,
    /// A topic.
    Topic(TopicId),
    /// No customer has this id.
    Customer(CustomerId),
    /// One of the two topics to merge.
    TopicToMerge,
    /// An update.
    Update(UpdateId),
}

/// What the request is about exists, but this cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account is switched off.
    AccountOff,
    /// Both topics of a merge are the same.
    AlreadyMerged,
    /// The topic has shipped, so it cannot be declined.
    AlreadyShipped,
    /// The topic has shipped or was declined, so it cannot ship.
    AlreadyClosed,
    /// Somebody has already undone the decision.
    AlreadyUndone,
    /// An answer about more likely members than this.
    AnswersOutOfBounds {
        /// How many tickets one answer may name.
        most: usize,
    },
    /// A `/heard ask` in an issue.
    AskInIssue,
    /// The topics of a merge belong to different brands.
    BrandsDiffer,
    /// A `/heard` command that we do not know, with what is wrong with it.
    CommandMisread(MisreadCommand),
    /// A name, a login or a password that is not taken, with the reason.
    CredentialUnfit(UnfitCredential),
    /// A delivery of a connection that is no longer in the settings.
    ConnectionRemoved(String),
    /// A helpdesk's or the tracker's delivery that cannot be read, with the reason.
    DeliveryUnreadable(UnreadableDelivery),
    /// A delivery about a ticket that is not known, without the ticket's fields.
    DeliveryWithoutFields {
        /// The ticket's id in the helpdesk.
        ticket: String,
    },
    /// The bytes of a delivery are no longer kept.
    DeliveryNotKept,
    /// The draft has a gap that a person must fill.
    DraftHasGap,
    /// The grouping is busy with something else.
    GroupingBusy,
    /// The grouping cannot answer now, with the reason.
    GroupingUnavailable(String),
    /// A time until which an update should be held is past, or farther away than this.
    HoldOutOfBounds {
        /// How many days from now it may be.
        days: u64,
    },
    /// Nobody knows whether the update was sent.
    InDoubt,
    /// What a person wrote above an issue holds these kinds of private things.
    IntroductionPrivate(Vec<String>),
    /// What a person wrote above an issue is longer than this.
    IntroductionTooLong {
        /// How many characters it may have.
        most: usize,
    },
    /// The issue would say something else than what the person saw.
    IssueChanged,
    /// The topic has an issue already.
    IssueExists,
    /// No issue of the topic waits for a review.
    IssueNotInReview,
    /// What should be an issue's address is not one.
    IssueUnreadable(String),
    /// The issue of this number belongs to no topic.
    IssueWithoutTopic(i64),
    /// Nobody who can sign in would be left to say who comes in.
    LastAdmin,
    /// Somebody has an account with this login.
    LoginTaken,
    /// No decision of a person is left to undo.
    NothingToUndo,
    /// The text of an update is empty or too long.
    TextOutOfBounds,
    /// The present password is another one.
    PasswordWrong,
    /// Too many passwords are compared just now.
    PasswordsBusy,
    /// A release without a version or a commit.
    ReleaseIncomplete,
    /// A release whose version, component and environment are longer than this together.
    ReleaseOutOfBounds {
        /// How many characters they may have.
        most: usize,
    },
    /// An issue was linked in a repository that is not in the settings.
    RepositoryNotAdded(Repository),
    /// A release was stated of a repository that is not in the settings.
    RepositoryUnknown(String),
    /// A token that may do what its maker may not.
    RoleAboveOwn,
    /// A ticket is known already from another connection: both read one account.
    SameAccount {
        /// The ticket's id in the helpdesk.
        ticket: String,
        /// The connection that has it.
        known_from: String,
    },
    /// A sentence for customers is empty.
    SentenceEmpty,
    /// A split that leaves no ticket in the topic.
    SplitLeavesNone,
    /// A split of no ticket, or of more than this.
    SplitOutOfBounds {
        /// How many tickets one split may name.
        most: usize,
    },
    /// A text for all was not looked at as it would be stored.
    TextNotSeen,
    /// A text for others has the link of one customer's own page.
    TextHasOwnLink,
    /// A person's text for all cannot be used, with the reason.
    TextUnusable(String),
    /// A message template could not be filled in, with the reason.
    TemplateFailed(String),
    /// A ticket that has no topic yet.
    TicketNotGrouped,
    /// Some tickets of a split are not in the topic.
    TicketsNotInTopic,
    /// A title without words.
    TitleEmpty,
    /// A token that lasts no time, or longer than this many days.
    TokenLastsOutOfBounds {
        /// How many days it may last.
        most: u32,
    },
    /// No ticket of the topic is left to escalate.
    TopicWithoutTicket,
    /// The tracker cannot be asked now, with the reason.
    TrackerUnavailable(String),
    /// Nothing of a topic's step waits to be sent, or nothing in this language.
    NothingWaits,
    /// The update changed while it was being approved.
    UpdateChanged,
    /// An update in this state cannot be approved.
    UpdateNotApprovable(UpdateState),
    /// An update in this state cannot be cancelled.
    UpdateNotCancellable(UpdateState),
    /// An update that is being sent or was sent cannot be edited.
    UpdateNotEditable,
    /// When an update in this state goes out cannot be said.
    UpdateNotHeld(UpdateState),
    /// An update in this state is not in doubt.
    UpdateNotInDoubt(UpdateState),
    /// An update in this state, or that no person had cancelled, cannot be wanted after all.
    UpdateNotRestorable(UpdateState),
    /// What an update tells does not hold any more, with the reason.
    UpdateOvertaken(String),
    /// A customer cannot have answered an update in this state.
    UpdateNotSent(UpdateState),
    /// A version is empty or too long.
    VersionOutOfBounds,
    /// The topic has a workaround already.
    WorkaroundExists,
}
