//! What people read when a request of theirs cannot be granted: in the console, in the API's problems, on the command
//! line, and in an issue that had a command.

use std::fmt;

use crate::model::{
    person::{NAME_LONGEST, PASSWORD_LONGEST, PASSWORD_SHORTEST, UnfitCredential},
    refusal::{Missing, Refusal},
};

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ApiToken(id) => write!(f, "There is no token {id}, or it has ended."),
            Self::Connection(name) => write!(f, "There is no connection {name:?} in the settings."),
            Self::Customer(id) => write!(f, "There is no customer {id}."),
            Self::Delivery(id) => write!(f, "There is no delivery {id}."),
            Self::FailedWork => f.write_str("It works by now, or somebody else tries it again already."),
            Self::GroupedTicket(id) => write!(f, "There is no grouped ticket {id}."),
            Self::Invitation => f.write_str(
                "This invitation was followed already, has ended, or was replaced by a newer one. Ask whoever invited you for another.",
            ),
            Self::Link => f.write_str("This link is not known any more."),
            Self::Organization(id) => write!(f, "There is no organization {id}."),
            Self::Person(id) => write!(f, "Nobody here has the id {id}."),
            Self::Session => f.write_str("There is no such session any more."),
            Self::Ticket(id) => write!(f, "There is no ticket {id}."),
            Self::TicketOfUpdate => f.write_str("The update's ticket is not known any more."),
            Self::Topic(id) => write!(f, "There is no topic {id}."),
            Self::TopicToMerge => f.write_str("One of the two topics does not exist."),
            Self::Update(id) => write!(f, "There is no update {id}."),
        }
    }
}

impl fmt::Display for Refusal {
    #[expect(clippy::too_many_lines, reason = "a sentence for each")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::AccountOff => "The account is switched off; switch it on first.",
            Self::AlreadyMerged => "Both are the same topic already.",
            Self::AlreadyShipped => "The topic has shipped; reopen it first.",
            Self::AlreadyClosed => "The topic has shipped or was declined already; reopen it first.",
            Self::AlreadyUndone => "Somebody else has just undone it.",
            Self::AnswersOutOfBounds { most } => {
                return write!(f, "One answer can name at most {most} tickets; answer about the rest after it.");
            }
            Self::AskInIssue => {
                "Asking customers from an issue is not possible. Support can ask them in their tickets."
            }
            Self::BrandsDiffer => "The topics belong to different brands, whose customers are never mixed.",
            Self::CommandMisread(misread) => return write!(f, "{misread}"),
            Self::CredentialUnfit(why) => return write!(f, "{why}"),
            Self::DeliveryUnreadable(why) => return write!(f, "{why}"),
            Self::TemplateFailed(why) => why,
            Self::ConnectionRemoved(name) => {
                return write!(f, "There is no connection {name:?} in the settings any more.");
            }
            Self::DeliveryWithoutFields { ticket } => {
                return write!(
                    f,
                    "The delivery is about ticket {ticket} and does not say what it is; add its fields to the mapping."
                );
            }
            Self::DeliveryNotKept => {
                "What the delivery said is not kept any more (see `keep_deliveries_days`); the sweep reads what changed \
                 anyway."
            }
            Self::DraftHasGap => "The draft has a gap marked [...]; edit it first.",
            Self::GroupingBusy => "The grouping is busy; try again.",
            Self::GroupingUnavailable(why) => return write!(f, "The grouping cannot say now: {why}."),
            Self::HoldOutOfBounds { days } => {
                return write!(f, "Hold it until a time that is to come, and at most {days} days away.");
            }
            Self::InDoubt => {
                "It is not known whether the customer has it. Look in the ticket, then say under Updates that they have it, or send \
                 it again there."
            }
            Self::IntroductionPrivate(found) => {
                return write!(
                    f,
                    "What you wrote seems to hold something private: {}. Take it out, so that it does not leave the house.",
                    found.join(", ")
                );
            }
            Self::IntroductionTooLong { most } => {
                return write!(f, "What you wrote is too long; expected at most {most} characters.");
            }
            Self::IssueChanged => "What the issue would say has just changed; look at it again.",
            Self::IssueNotInReview => "No issue of this topic waits for a review.",
            Self::IssueExists => "The topic has an issue already; move the ticket to another topic first.",
            Self::IssueUnreadable(url) => {
                return write!(
                    f,
                    "{url:?} is not an issue; paste its address, such as https://github.com/acme/product/issues/7."
                );
            }
            Self::IssueWithoutTopic(number) => return write!(f, "#{number} is not an issue of a topic."),
            Self::NothingWaits => "No update about this step of the topic waits to be sent in this language.",
            Self::NothingToUndo => "There is no decision of a person left to undo.",
            Self::TextHasOwnLink => {
                "This text has the link to one customer's own page, where whoever opens it answers for them. Leave it out; everybody gets their own below."
            }
            Self::TextNotSeen => "Look at the preview of this text first; what you saw was another one.",
            Self::TextUnusable(why) => return write!(f, "This text {why}."),
            Self::TextOutOfBounds => "An update needs a text of at most 10,000 characters.",
            Self::ReleaseIncomplete => "A release needs a version and the full commit it was built from.",
            Self::ReleaseOutOfBounds { most } => {
                return write!(
                    f,
                    "A release's version, component and environment have at most {most} characters together; shorten them."
                );
            }
            Self::RepositoryNotAdded(name) => {
                return write!(f, "{name} is not among the repositories of the settings; add it there first.");
            }
            Self::RepositoryUnknown(name) => {
                return write!(f, "{name:?} is not among the repositories of the settings.");
            }
            Self::SameAccount { ticket, known_from } => {
                return write!(
                    f,
                    "Ticket {ticket} is known already from the connection {known_from:?}: both read one account, whose customers would be \
                     told twice. Take one of the two out of the settings; brands within one account are told apart."
                );
            }
            Self::LastAdmin => "Nobody else who is an admin can sign in; make somebody else an admin first.",
            Self::LoginTaken => "Somebody has an account with this address already.",
            Self::PasswordWrong => "That is not your present password.",
            Self::PasswordsBusy => "Too many people sign in just now. Please try again in a moment.",
            Self::RoleAboveOwn => "A token can do nothing that you cannot do; choose a role within your own.",
            Self::TokenLastsOutOfBounds { most } => return write!(f, "A token lasts between 1 and {most} days."),
            Self::SentenceEmpty => "Say it in a sentence that customers can read.",
            Self::SplitLeavesNone => "At least one ticket has to stay in the topic.",
            Self::SplitOutOfBounds { most } => {
                return write!(f, "Name between 1 and {most} tickets that leave the topic.");
            }
            Self::TicketNotGrouped => "The ticket is not grouped yet; try again in a moment.",
            Self::TicketsNotInTopic => "Some of the tickets are not in this topic; load it again.",
            Self::TitleEmpty => "A title needs at least one word.",
            Self::TopicWithoutTicket => "The topic has no ticket left to escalate.",
            Self::TrackerUnavailable(why) => return write!(f, "GitHub cannot be asked now ({why}); try again."),
            Self::UpdateChanged => "The update has just changed; load it again.",
            Self::UpdateNotApprovable(state) => {
                return write!(f, "The update is {state}; only what waits can be approved.");
            }
            Self::UpdateNotCancellable(state) => {
                return write!(f, "The update is {state}; only what waits can be cancelled.");
            }
            Self::UpdateNotRestorable(state) => {
                return write!(f, "The update is {state}; only what a person cancelled can be wanted after all.");
            }
            Self::UpdateOvertaken(why) => return write!(f, "It stays cancelled: {why}"),
            Self::UpdateNotEditable => "The update is on its way or sent; it cannot be edited any more.",
            Self::UpdateNotHeld(state) => {
                return write!(f, "The update is {state}; only of what is held can you say when it goes out.");
            }
            Self::UpdateNotInDoubt(state) => return write!(f, "The update is {state}; there is no doubt about it."),
            Self::UpdateNotSent(state) => {
                return write!(f, "The update is {state}; a customer can only have answered what was sent.");
            }
            Self::VersionOutOfBounds => "Say in which version it is out.",
            Self::WorkaroundExists => "The topic has a workaround already; edit its updates instead.",
        };
        f.write_str(sentence)
    }
}

impl fmt::Display for UnfitCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => write!(f, "A name has at least one letter and at most {NAME_LONGEST} characters."),
            Self::Login => f.write_str("That is not an e-mail address."),
            Self::PasswordShort => write!(
                f,
                "A password has at least {PASSWORD_SHORTEST} characters. Several words are easier to keep in mind than signs."
            ),
            Self::PasswordLong => write!(f, "A password has at most {PASSWORD_LONGEST} characters."),
            Self::PasswordCommon => {
                f.write_str("This is among the passwords that are guessed first. Please choose another.")
            }
            Self::PasswordOwn => f.write_str("Your name or address is no password. Please choose another."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{id::TopicId, update::UpdateState};

    #[test]
    fn a_sentence_says_what_happened_with_what() {
        let topic = TopicId::from(uuid::Uuid::nil());
        let said = [
            (Missing::Topic(topic).to_string(), "There is no topic 00000000-0000-0000-0000-000000000000."),
            (Missing::Connection("acme".into()).to_string(), "There is no connection \"acme\" in the settings."),
            (
                Refusal::UpdateNotApprovable(UpdateState::Sent).to_string(),
                "The update is sent; only what waits can be approved.",
            ),
            (
                Refusal::SplitOutOfBounds { most: 1_000 }.to_string(),
                "Name between 1 and 1000 tickets that leave the topic.",
            ),
            (
                Refusal::DeliveryNotKept.to_string(),
                "What the delivery said is not kept any more (see `keep_deliveries_days`); the sweep reads what changed \
                 anyway.",
            ),
        ];
        for (sentence, expected) in said {
            assert_eq!(sentence, expected);
        }
    }
}
