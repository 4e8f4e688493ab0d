//! The `type` of each refusal, for programs that tell them apart. It stays the same when the sentence is reworded.

use crate::model::refusal::Refusal;

macro_rules! slugs {
    ($($refusal:pat => $uri:literal,)+) => {
        /// Every `type` of a refusal, for the API's page.
        pub const ALL: &[&str] = &[$(concat!("urn:heard:problem:refused:", $uri)),+];

        /// The `type` of a refusal.
        pub fn uri(refusal: &Refusal) -> &'static str {
            use Refusal::*;
            match refusal {
                $($refusal => concat!("urn:heard:problem:refused:", $uri),)+
            }
        }
    };
}

slugs! {
    AccountOff => "account-off",
    AlreadyMerged => "already-merged",
    AlreadyShipped => "already-shipped",
    AlreadyClosed => "already-closed",
    AlreadyUndone => "already-undone",
    AnswersOutOfBounds { .. } => "answers-out-of-bounds",
    AskInIssue => "ask-in-issue",
    BrandsDiffer => "brands-differ",
    CommandMisread(_) => "command-misread",
    CredentialUnfit(_) => "credential-unfit",
    ConnectionRemoved(_) => "connection-removed",
    DeliveryUnreadable(_) => "delivery-unreadable",
    DeliveryWithoutFields { .. } => "delivery-without-fields",
    DeliveryNotKept => "delivery-not-kept",
    DraftHasGap => "draft-has-gap",
    GroupingBusy => "grouping-busy",
    GroupingUnavailable(_) => "grouping-unavailable",
    HoldOutOfBounds { .. } => "hold-out-of-bounds",
    InDoubt => "in-doubt",
    IntroductionPrivate(_) => "introduction-private",
    IntroductionTooLong { .. } => "introduction-too-long",
    IssueChanged => "issue-changed",
    IssueExists => "issue-exists",
    IssueNotInReview => "issue-not-in-review",
    IssueUnreadable(_) => "issue-unreadable",
    IssueWithoutTopic(_) => "issue-without-topic",
    LastAdmin => "last-admin",
    LoginTaken => "login-taken",
    NothingToUndo => "nothing-to-undo",
    NothingWaits => "nothing-waits",
    PasswordWrong => "password-wrong",
    PasswordsBusy => "passwords-busy",
    RoleAboveOwn => "role-above-own",
    TextHasOwnLink => "text-has-own-link",
    TextNotSeen => "text-not-seen",
    TokenLastsOutOfBounds { .. } => "token-lasts-out-of-bounds",
    TextOutOfBounds => "text-out-of-bounds",
    TextUnusable(_) => "text-unusable",
    ReleaseIncomplete => "release-incomplete",
    ReleaseOutOfBounds { .. } => "release-out-of-bounds",
    RepositoryNotAdded(_) | RepositoryUnknown(_) => "repository-unknown",
    SameAccount { .. } => "same-account",
    SentenceEmpty => "sentence-empty",
    SplitLeavesNone => "split-leaves-none",
    SplitOutOfBounds { .. } => "split-out-of-bounds",
    TemplateFailed(_) => "template-failed",
    TicketNotGrouped => "ticket-not-grouped",
    TicketsNotInTopic => "tickets-not-in-topic",
    TitleEmpty => "title-empty",
    TrackerUnavailable(_) => "tracker-unavailable",
    TopicWithoutTicket => "topic-without-ticket",
    UpdateChanged => "update-changed",
    UpdateNotApprovable(_) => "update-not-approvable",
    UpdateNotCancellable(_) => "update-not-cancellable",
    UpdateNotEditable => "update-not-editable",
    UpdateNotHeld(_) => "update-not-held",
    UpdateNotInDoubt(_) => "update-not-in-doubt",
    UpdateNotSent(_) => "update-not-sent",
    VersionOutOfBounds => "version-out-of-bounds",
    UpdateNotRestorable(_) => "update-not-restorable",
    UpdateOvertaken(_) => "update-overtaken",
    WorkaroundExists => "workaround-exists",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_refusal_has_a_type_of_its_own() {
        assert_eq!(ALL.iter().collect::<BTreeSet<_>>().len(), ALL.len());
        assert_ne!(uri(&Refusal::AlreadyShipped), uri(&Refusal::TitleEmpty));
        assert_eq!(uri(&Refusal::TitleEmpty), "urn:heard:problem:refused:title-empty");
    }
}
