//! The table of milestones: everything that differs between kinds, one row for each.
//!
//! Settings, console, notes, templates and the steps of `flow` read it. To add a kind, add a row and its texts
//! (`templates/messages/KIND/LANGUAGE.txt` and `templates/notes/KIND.txt`). The compiler asks for every column, and a
//! test for every text.

use super::fact::MessageFact;
use crate::model::{topic::TopicState, words::words};

words! {
    /// How a milestone is told to its topic's customers, from least to most.
    pub enum TellPolicy {
        /// Not at all; the customer's own page still shows it.
        Silent = "silent",
        /// An internal note in the ticket, for the agent.
        Note = "note",
        /// A text that waits for a person's approval.
        Draft = "draft",
        /// A reply to the customer, after the hold.
        Send = "send",
    }
}

words! {
    /// The color of a milestone's icon in the console.
    pub enum MilestoneTone {
        /// Customers have it.
        Done = "green",
        /// It came back.
        Back = "red",
        /// Something that helps until the fix is out.
        Help = "teal",
        /// On the way.
        Underway = "blue",
        /// Not a step on the way.
        Aside = "muted",
    }
}

/// Where a topic's page in the console shows a milestone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestonePlace {
    /// As a step on the way back to the customers.
    Track,
    /// Beside that way, with a person's words.
    Beside,
    /// In no place of its own.
    Nowhere,
}

/// What a milestone does to its topic's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateChange {
    /// Moves it forward to this state.
    To(TopicState),
    /// Reopens a topic that had got further, in its next cycle.
    Reopens,
    /// Leaves it where it is.
    Stays,
}

/// Which customers of a topic a milestone concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneAudience {
    /// All of them.
    Everybody,
    /// Those who were told neither how it ended nor of another merge.
    StillWaiting,
    /// Those who were told in this cycle that it shipped.
    ToldOfTheFix,
    /// Those who have waited long and have heard nothing.
    WaitingForLong,
}

/// One row of the table.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own about a milestone")]
pub struct MilestoneRules {
    /// What happened, as a sentence for people who choose its policy.
    pub about: &'static str,
    /// What the console calls it.
    pub label: &'static str,
    /// Its icon in assets/web/icons.svg.
    pub icon: &'static str,
    /// The icon's color.
    pub tone: MilestoneTone,
    /// Where the topic's page shows it.
    pub place: MilestonePlace,
    /// What it does to the topic's state.
    pub state: StateChange,
    /// The topic's states in which it is no longer news: unsent updates are cancelled, and no more are planned. For a
    /// merge this is the state of the topic that carries on.
    pub overtaken_by: &'static [TopicState],
    /// Its policy if the settings say nothing.
    pub default_policy: TellPolicy,
    /// The highest policy that the settings may choose.
    pub highest_policy: TellPolicy,
    /// Which of the topic's customers it concerns.
    pub audience: MilestoneAudience,
    /// Whether it makes a promise: from then on we owe the topic's customers an answer.
    pub promises_an_answer: bool,
    /// Whether its text says too little without a person's words. Without them the update is a draft.
    pub needs_words: bool,
    /// Whether its text still matters when the next milestone is told in the same message.
    pub outlives_the_next: bool,
    /// Whether the customer's own page asks how it went.
    pub asks_back: bool,
    /// What its texts may use, in addition to what every text may use.
    pub facts: &'static [MessageFact],
}

macro_rules! milestones {
    ($($kind:ident = $word:literal: $about:literal { $($column:ident: $value:expr,)+ })+) => {
        words! {
            /// The steps that a topic can take on its way back to its customers.
            pub enum MilestoneKind { $(#[doc = $about] $kind = $word,)+ }
        }

        impl MilestoneKind {
            /// The row of this kind.
            pub const fn rules(self) -> &'static MilestoneRules {
                match self { $(Self::$kind => &MilestoneRules { about: $about, $($column: $value),+ },)+ }
            }
        }
    };
}

milestones! {
    Escalated = "escalated": "Support asked engineering to look." {
        label: "Escalated",
        icon: "escalated",
        tone: MilestoneTone::Underway,
        place: MilestonePlace::Track,
        state: StateChange::To(TopicState::Escalated),
        overtaken_by: &[TopicState::Shipped, TopicState::Declined],
        default_policy: TellPolicy::Note,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: true,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[],
    }

    Planned = "planned": "Engineering plans to do it." {
        label: "Planned",
        icon: "planned",
        tone: MilestoneTone::Underway,
        place: MilestonePlace::Track,
        state: StateChange::To(TopicState::Planned),
        overtaken_by: &[TopicState::Shipped, TopicState::Declined],
        default_policy: TellPolicy::Silent,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: false,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[],
    }

    InProgress = "in_progress": "Somebody is working on it." {
        label: "In progress",
        icon: "in_progress",
        tone: MilestoneTone::Underway,
        place: MilestonePlace::Track,
        state: StateChange::To(TopicState::InProgress),
        overtaken_by: &[TopicState::Shipped, TopicState::Declined],
        default_policy: TellPolicy::Note,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: false,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[],
    }

    FixMerged = "fix_merged": "The fix is merged but not released." {
        label: "Fix merged",
        icon: "fix_merged",
        tone: MilestoneTone::Underway,
        place: MilestonePlace::Track,
        state: StateChange::To(TopicState::FixMerged),
        overtaken_by: &[TopicState::Shipped, TopicState::Declined],
        default_policy: TellPolicy::Note,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: false,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[],
    }

    Workaround = "workaround": "There is a workaround until the fix is out." {
        label: "Workaround",
        icon: "workaround",
        tone: MilestoneTone::Help,
        place: MilestonePlace::Beside,
        state: StateChange::Stays,
        overtaken_by: &[TopicState::Shipped],
        default_policy: TellPolicy::Draft,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: false,
        needs_words: true,
        outlives_the_next: true,
        asks_back: true,
        facts: &[MessageFact::Words],
    }

    // G5, shipped means in users' hands: proven by the commits of a release, or stated by a person or CI.
    Shipped = "shipped": "A release that customers can use contains every commit of the fix." {
        label: "Shipped",
        icon: "shipped",
        tone: MilestoneTone::Done,
        place: MilestonePlace::Track,
        state: StateChange::To(TopicState::Shipped),
        overtaken_by: &[],
        default_policy: TellPolicy::Send,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: false,
        needs_words: false,
        outlives_the_next: false,
        asks_back: true,
        facts: &[
            MessageFact::Summary,
            MessageFact::Version,
            MessageFact::ReleasedWhen,
            MessageFact::ReleaseUrl,
            MessageFact::StillBrokenWhen,
            MessageFact::ToldWhen,
            MessageFact::Likely,
            MessageFact::WorksUrl,
            MessageFact::StillBrokenUrl,
        ],
    }

    Declined = "declined": "Engineering decided against it. Always needs a person's approval." {
        label: "Declined",
        icon: "declined",
        tone: MilestoneTone::Aside,
        place: MilestonePlace::Beside,
        state: StateChange::To(TopicState::Declined),
        overtaken_by: &[],
        default_policy: TellPolicy::Draft,
        highest_policy: TellPolicy::Draft,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: false,
        needs_words: true,
        outlives_the_next: false,
        asks_back: false,
        facts: &[MessageFact::Words],
    }

    Joined = "joined": "The topic was merged into another." {
        label: "Joined",
        icon: "merge",
        tone: MilestoneTone::Aside,
        place: MilestonePlace::Nowhere,
        state: StateChange::To(TopicState::Merged),
        overtaken_by: &[TopicState::Shipped, TopicState::Declined],
        default_policy: TellPolicy::Silent,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::StillWaiting,
        promises_an_answer: false,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[],
    }

    Reopened = "reopened": "The topic was opened again." {
        label: "Reopened",
        icon: "reopened",
        tone: MilestoneTone::Back,
        place: MilestonePlace::Beside,
        state: StateChange::Reopens,
        overtaken_by: &[TopicState::Shipped, TopicState::Declined],
        default_policy: TellPolicy::Silent,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::Everybody,
        promises_an_answer: true,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[MessageFact::Words],
    }

    Correction = "correction": "Something that customers were told is no longer true. Always needs a person's approval." {
        label: "Correction",
        icon: "undo",
        tone: MilestoneTone::Aside,
        place: MilestonePlace::Beside,
        state: StateChange::Stays,
        overtaken_by: &[],
        default_policy: TellPolicy::Draft,
        highest_policy: TellPolicy::Draft,
        audience: MilestoneAudience::ToldOfTheFix,
        promises_an_answer: false,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[MessageFact::Words, MessageFact::Version, MessageFact::Likely],
    }

    Silence = "silence": "Nothing happened for `silence_days`." {
        label: "Silence",
        icon: "clock",
        tone: MilestoneTone::Aside,
        place: MilestonePlace::Nowhere,
        state: StateChange::Stays,
        overtaken_by: &[TopicState::Shipped, TopicState::Declined],
        default_policy: TellPolicy::Draft,
        highest_policy: TellPolicy::Send,
        audience: MilestoneAudience::WaitingForLong,
        promises_an_answer: false,
        needs_words: false,
        outlives_the_next: false,
        asks_back: false,
        facts: &[MessageFact::Words, MessageFact::Elapsed],
    }
}

impl TopicState {
    /// The state that a milestone leads to from this one. `None` if it changes nothing.
    ///
    /// A topic that is shipped or declined only moves by being reopened or merged. A merged topic never moves. A late
    /// report never undoes progress: a topic whose fix is merged does not go back to planned.
    pub fn after(self, milestone: MilestoneKind) -> Option<Self> {
        let next = match milestone.rules().state {
            StateChange::To(next) => next,
            StateChange::Reopens => {
                return matches!(self, Self::Shipped | Self::Declined | Self::FixMerged).then_some(Self::Escalated);
            }
            StateChange::Stays => return None,
        };
        let moves = match self {
            Self::Merged => false,
            Self::Shipped | Self::Declined => next == Self::Merged,
            _ => next.rank() > self.rank(),
        };
        moves.then_some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decline_and_a_correction_always_need_a_person() {
        for kind in [MilestoneKind::Declined, MilestoneKind::Correction] {
            assert!(kind.rules().highest_policy < TellPolicy::Send, "{kind}");
        }
        for kind in MilestoneKind::ALL {
            assert!(kind.rules().default_policy <= kind.rules().highest_policy, "{kind}");
        }
    }

    #[test]
    fn a_text_for_customers_names_a_version_only_of_what_shipped() {
        // G5: no other text may say which version has something.
        for kind in MilestoneKind::ALL {
            let names_it = kind.rules().facts.contains(&MessageFact::Version);
            assert_eq!(names_it, matches!(kind, MilestoneKind::Shipped | MilestoneKind::Correction), "{kind}");
        }
    }

    #[test]
    fn a_step_forward_is_no_news_once_the_topic_is_finished() {
        for kind in MilestoneKind::ALL {
            let StateChange::To(next) = kind.rules().state else { continue };
            if !next.is_finished() {
                assert_eq!(kind.rules().overtaken_by, [TopicState::Shipped, TopicState::Declined], "{kind}");
            }
        }
    }

    #[test]
    fn progress_is_never_undone_by_a_late_report() {
        assert_eq!(TopicState::FixMerged.after(MilestoneKind::Planned), None);
        assert_eq!(TopicState::Open.after(MilestoneKind::InProgress), Some(TopicState::InProgress));
        assert_eq!(TopicState::Shipped.after(MilestoneKind::FixMerged), None);
        assert_eq!(TopicState::Shipped.after(MilestoneKind::Declined), None);
    }

    #[test]
    fn only_reopening_moves_a_finished_topic() {
        for finished in [TopicState::Shipped, TopicState::Declined] {
            for milestone in MilestoneKind::ALL {
                let moved = finished.after(*milestone);
                let may = matches!(milestone, MilestoneKind::Reopened | MilestoneKind::Joined);
                assert_eq!(moved.is_some(), may, "{finished} {milestone}");
            }
        }
        assert!(MilestoneKind::ALL.iter().all(|milestone| TopicState::Merged.after(*milestone).is_none()));
    }
}
