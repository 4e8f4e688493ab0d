//! Why an update waits for a person: a list of sentences, kept as one text with a line for each. A doubt of the fix stands first,
//! and goes when it is settled; what else a person has to look at stays, whatever comes up, is settled or is taken back meanwhile.
//!
//! Every sentence is in one table, with how it is looked at. What somebody has to read by itself is approved with no others, and no
//! other button sends it either; neither is what stands in no line of the table.

use crate::{
    base::clock::Time,
    model::{
        standing::Undelivered,
        update::{CANCELLED_BY_A_PERSON, CANCELLED_IN_DOUBT, UpdateStanding},
    },
    wording::undelivered,
};

/// How a sentence begins that says what is not certain about a fix.
const DOUBTED: &str = "It may be out, and this is not certain";
/// How a sentence begins that says why an update was not sent which a person took back afterwards.
const NOT_SENT: &str = "It could not be sent";
/// Why an update that was cancelled waits for a person again.
const RESTORED: &str = "It had been cancelled; read the text and approve it.";

/// Why a draft waits whose customer was told of a fix of this cycle by another topic.
pub const TOLD_IN_MERGED: &str =
    "A topic that is part of this one now told them of a fix, or is about to; see whether they know it already.";
/// Why updates are cancelled whose customer has no ticket in the topic any more: it was moved.
pub const MOVED_AWAY: &str = "Their ticket was moved to another topic.";
/// And so: it was split off with others.
pub const SPLIT_OFF: &str = "Their ticket was split off into another topic.";
/// And so: a person said of a likely member that theirs is about something else.
pub const NOT_THE_SAME: &str = "Somebody said that theirs is about something else.";
/// And so: what a likely member wrote is not likely enough to be about it any more, or stands elsewhere.
pub const NOT_LIKELY: &str = "Theirs is not likely enough to be about this any more.";
/// Why a draft waits that was cancelled for one of these.
pub const IS_BACK: &str =
    "Their ticket had left the topic before this was sent, and is back; see whether to send this.";

/// Why an update waits whose customer has a reply of ours that is not remembered.
pub(super) const NOT_REMEMBERED: &str = "A reply of Heard's stands in a ticket of theirs that this database does not know, as after a restored backup; see there whether they know this already.";

/// Why a draft waits that is sent where others read along.
pub(super) const OTHERS_READ: &str =
    "Others read their ticket as well, so this was written anew without anything of theirs; please read it.";
/// Why a draft waits that a person has written and that is sent where others read along.
pub(super) const WRITTEN_FOR_ONE: &str =
    "Others read their ticket as well; see that what a person wrote here says nothing of theirs, and approve it.";
/// Why a draft waits whose words are not a person's any more.
pub(super) const WRITTEN_ANEW: &str =
    "What they had written was changed in the helpdesk, so this was written anew, without a person's words.";

/// Why a draft waits whose customer, or another of the topic, was not helped.
pub const STILL_BROKEN: &str = "A customer says that it is still broken; see whether to send this.";
/// Why a draft waits while an answer to the same fix waits to be read.
pub(super) const ANSWER_UNREAD: &str =
    "Somebody who was told before them answered, and nobody has read yet what it means; see whether to send this.";
/// Why a draft waits that a merge had cancelled.
pub const MERGE_UNDONE: &str = "The merge for which this was cancelled was undone; see whether to send it.";

/// Why a draft waits of whose fix it is certain by now that it is out.
pub(super) const CERTAIN_BY_NOW: &str = "It is certain by now that the fix is out; read the text and approve it.";
/// Why a draft waits that a person wrote before that was certain, and maybe of another release.
pub(super) const WRITTEN_BEFORE: &str =
    "It is certain by now that the fix is out, and a person wrote this before; read the text and approve it.";
/// Why an update that a person took back waits for them again.
pub(super) const TAKEN_BACK_BEFORE: &str = "You took this back while it was not certain that the fix is out. It is certain by now; read the text and approve it.";
/// Why a draft waits for which a person has written a text since that was for all.
const WRITTEN_FOR_ALL: &str = "A person wrote this for all since; approve it.";
/// How a sentence begins that says of what a person wrote or approved that it is about a release that is gone.
const OF_ANOTHER_RELEASE: &str = "The release that it told of is not out any more, or has another name";

/// How an update is looked at that waits for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// With all others: the same is so of all of them.
    Together,
    /// By itself: it is so of this customer, or of these words.
    Alone,
}

/// How every sentence begins by which an update waits for a person, beside those of its plan.
const TABLE: [(&str, Look); 17] = [
    (DOUBTED, Look::Together),
    (STILL_BROKEN, Look::Together),
    (ANSWER_UNREAD, Look::Together),
    (CERTAIN_BY_NOW, Look::Together),
    (RESTORED, Look::Together),
    (MERGE_UNDONE, Look::Together),
    (WRITTEN_FOR_ALL, Look::Together),
    (WRITTEN_BEFORE, Look::Alone),
    (TAKEN_BACK_BEFORE, Look::Alone),
    (OF_ANOTHER_RELEASE, Look::Alone),
    (IS_BACK, Look::Alone),
    (NOT_REMEMBERED, Look::Alone),
    (OTHERS_READ, Look::Alone),
    (WRITTEN_FOR_ONE, Look::Alone),
    (WRITTEN_ANEW, Look::Alone),
    (NOT_SENT, Look::Alone),
    (undelivered::sentence(Undelivered::NotKnown), Look::Alone),
];

/// How an update is looked at that waits for this; `None` if that is no sentence of ours, such as what a helpdesk says.
fn look_of(line: &str) -> Option<Look> {
    let planned = DraftReason::ALL.iter().find(|one| one.sentence() == line).map(|one| one.look());
    planned.or_else(|| TABLE.iter().find(|(begins, _)| line.starts_with(*begins)).map(|(_, look)| *look))
}

/// Why an update waits for a person from the beginning, the weightiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DraftReason {
    /// The release only looks as if it has the fix.
    Doubted,
    /// One of their tickets was told while it belonged to another record of a person.
    MayKnow,
    /// A topic that was merged told them of a fix, or is about to.
    ToldInMerged,
    /// Their tickets joined the topic after the release was known.
    LinkedLate,
    /// They are likely members, and the fix is no news any more.
    LikelyLate,
    /// The settings say so.
    Policy,
    /// The text may not go out unread.
    Unreviewed,
}

impl DraftReason {
    const ALL: [Self; 7] = [
        Self::Doubted,
        Self::MayKnow,
        Self::ToldInMerged,
        Self::LinkedLate,
        Self::LikelyLate,
        Self::Policy,
        Self::Unreviewed,
    ];

    /// The reason as support reads it.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::Doubted => "It may be out, and this is not certain; a person has to say.",
            Self::MayKnow => {
                "A ticket of theirs was told of this while it belonged to somebody else; see whether they know it already."
            }
            Self::ToldInMerged => TOLD_IN_MERGED,
            Self::LinkedLate => "Their ticket was linked after the release was known; see whether it is the same.",
            Self::LikelyLate => {
                "The fix was known for more than a day before this was planned, and nobody has said that theirs is the same; see \
                 whether to tell them."
            }
            Self::Policy => "The policy for this milestone is a draft.",
            Self::Unreviewed => {
                "The text needs a person: its language is not reviewed, or a person's words are missing."
            }
        }
    }

    fn look(self) -> Look {
        match self {
            Self::Doubted | Self::Policy | Self::Unreviewed => Look::Together,
            Self::MayKnow | Self::ToldInMerged | Self::LinkedLate | Self::LikelyLate => Look::Alone,
        }
    }
}

/// These reasons as one list, each once and in this order.
pub fn together<'r>(reasons: impl IntoIterator<Item = &'r str>) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in reasons.into_iter().flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// A doubt as support reads it, in one line.
pub(super) fn doubted(doubt: &str) -> String {
    let doubt: Vec<&str> = doubt.lines().map(str::trim).collect();
    format!("{DOUBTED}: {}; a person has to say.", doubt.join(" "))
}

fn is_doubt(line: &str) -> bool {
    line.starts_with(DOUBTED)
}

/// Whether a doubt of the fix is among these reasons.
pub(super) fn is_doubted(reasons: &str) -> bool {
    reasons.lines().any(is_doubt)
}

/// Whether whoever looks at an update reads this doubt of its fix.
pub fn says(standing: &UpdateStanding, doubt: &str) -> bool {
    let said = doubted(doubt);
    standing
        .reason()
        .is_some_and(|reasons| reasons.lines().any(|line| line == said || line == DraftReason::Doubted.sentence()))
}

/// These reasons without what was doubted of the fix.
pub(super) fn without_doubt(reasons: &str) -> String {
    together(reasons.lines().filter(|line| !is_doubt(line)))
}

/// These reasons with this doubt first, in the place of any other.
pub(super) fn with_doubt(doubt: &str, reasons: &str) -> String {
    together([doubted(doubt).as_str(), &without_doubt(reasons)])
}

/// Those of these reasons that planning an update does not find again by itself.
pub(super) fn beside_the_plan(reasons: &str) -> String {
    let is_planned = |line: &str| is_doubt(line) || DraftReason::ALL.iter().any(|one| one.sentence() == line);
    together(reasons.lines().filter(|line| !is_planned(line)))
}

/// Whether an update waits because of something that is so of this one customer or of these words, among whatever else, so that
/// whoever approves it has to look at it by itself.
pub fn is_looked_at_alone(reasons: &str) -> bool {
    reasons.lines().any(|line| look_of(line) != Some(Look::Together))
}

/// What a person has to look at in an update, or had to before it is cancelled. Nothing of one that was to go out by itself.
fn open_reasons(standing: &UpdateStanding) -> String {
    match standing {
        UpdateStanding::Draft(reasons) => reasons.clone(),
        UpdateStanding::Failed(reasons) => {
            let (ours, others): (Vec<&str>, Vec<&str>) = reasons.lines().partition(|line| look_of(line).is_some());
            let not_sent = format!("{NOT_SENT}: {}", others.join(" "));
            let (doubts, ours): (Vec<&str>, Vec<&str>) = ours.into_iter().partition(|line| is_doubt(line));
            together(doubts.into_iter().chain([not_sent.as_str()]).chain(ours))
        }
        _ => String::new(),
    }
}

/// Where an update goes whose text, as a person wrote or approved it, is about a release that is gone; this version has the fix.
pub(super) fn of_another_release(standing: &UpdateStanding, version: &str) -> UpdateStanding {
    let read_again = format!("{OF_ANOTHER_RELEASE}; {version} has the fix. Read the text and approve it.");
    let before = open_reasons(standing);
    let before = before.lines().filter(|line| !line.starts_with(OF_ANOTHER_RELEASE));
    UpdateStanding::Draft(together(before.chain([read_again.as_str()])))
}

/// These reasons once a person has looked at one text for all and kept it: nothing older of a person's is left to be read.
pub fn written_for_all(reasons: &str) -> String {
    let is_settled = |line: &&str| line.starts_with(OF_ANOTHER_RELEASE) || *line == WRITTEN_BEFORE;
    let is_any = reasons.lines().any(|line| is_settled(&line));
    together(reasons.lines().filter(|line| !is_settled(line)).chain(is_any.then_some(WRITTEN_FOR_ALL)))
}

/// Where an update goes that could not be sent, once somebody tries again who has not looked at it: what has to be read by itself waits
/// for that.
pub fn tried_again(standing: &UpdateStanding, now: Time) -> UpdateStanding {
    let has_to_be_read = |line: &str| look_of(line) == Some(Look::Alone);
    match standing {
        UpdateStanding::Failed(reasons) if reasons.lines().any(has_to_be_read) => {
            UpdateStanding::Draft(open_reasons(standing))
        }
        _ => UpdateStanding::held(now),
    }
}

/// Why an update is cancelled, and below it why it had waited for a person.
pub fn cancelled(why: &str, before: &UpdateStanding) -> UpdateStanding {
    UpdateStanding::Cancelled(together([why, &open_reasons(before)]))
}

/// Why an update had waited for a person that was cancelled for this reason. `None` if it was not cancelled, or for another.
pub fn before_it_was_cancelled(standing: &UpdateStanding, why: &str) -> Option<String> {
    let UpdateStanding::Cancelled(reasons) = standing else { return None };
    let mut lines = reasons.lines();
    (lines.next() == Some(why)).then(|| together(lines))
}

/// Whether a person took an update back of which it was known that it was not sent.
pub fn was_taken_back(standing: &UpdateStanding) -> bool {
    before_it_was_cancelled(standing, CANCELLED_BY_A_PERSON).is_some()
}

/// Whether a person took an update back while nobody knew whether it was sent.
pub fn was_taken_back_in_doubt(standing: &UpdateStanding) -> bool {
    before_it_was_cancelled(standing, CANCELLED_IN_DOUBT).is_some()
}

/// Why an update that a person took back waits for them again: for what it had waited for, and for what is doubted of the fix by now.
/// `None` if nobody took it back.
pub fn restored(standing: &UpdateStanding, doubt: Option<&str>) -> Option<UpdateStanding> {
    let before = before_it_was_cancelled(standing, CANCELLED_BY_A_PERSON)?;
    let reasons = together([without_doubt(&before).as_str(), RESTORED]);
    Some(UpdateStanding::Draft(asked(&reasons, doubt)))
}

/// The reasons of something that is only asked about, with a doubt first if there is one.
pub fn asked(why: &str, doubt: Option<&str>) -> String {
    doubt.map_or_else(|| why.to_owned(), |doubt| with_doubt(doubt, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATE: &str = "Their ticket was linked after the release was known; see whether it is the same.";

    #[test]
    fn a_doubt_stands_first_and_goes_alone() {
        let reasons = with_doubt("the text denies it", LATE);
        assert_eq!(
            reasons,
            format!("It may be out, and this is not certain: the text denies it; a person has to say.\n{LATE}")
        );
        assert_eq!(with_doubt("the text denies it", &reasons), reasons, "it is said once");
        assert_eq!(without_doubt(&with_doubt("another\nline", &reasons)), LATE);
        assert!(is_doubted(&reasons) && !is_doubted(LATE));
        assert!(is_looked_at_alone(&reasons), "whoever approves it has to look at it by itself");
    }

    #[test]
    fn what_a_draft_waited_for_is_known_when_it_is_wanted_after_all() {
        let draft = UpdateStanding::Draft(with_doubt("it may have been reverted", LATE));
        let taken_back = cancelled(CANCELLED_BY_A_PERSON, &draft);
        assert!(was_taken_back(&taken_back) && !was_taken_back(&draft));
        let again = restored(&taken_back, None);
        let Some(UpdateStanding::Draft(why)) = &again else { panic!("a draft, not {again:?}") };
        assert_eq!(*why, format!("{LATE}\n{RESTORED}"), "what was doubted is asked anew");
        let Some(UpdateStanding::Draft(why)) = restored(&taken_back, Some("the text denies it")) else {
            panic!("a draft")
        };
        assert_eq!(why, with_doubt("the text denies it", &format!("{LATE}\n{RESTORED}")));
    }

    #[test]
    fn what_came_back_is_looked_at_by_itself_also_after_it_was_cancelled() {
        let failed = UpdateStanding::Failed(with_doubt("the text denies it", "What was sent came back."));
        let Some(UpdateStanding::Draft(why)) = restored(&cancelled(CANCELLED_BY_A_PERSON, &failed), None) else {
            panic!("a draft")
        };
        assert!(why.contains("came back") && is_looked_at_alone(&why), "{why}");
        let held = UpdateStanding::Held { until: Time::from_seconds(1), why: None };
        let Some(UpdateStanding::Draft(why)) = restored(&cancelled(CANCELLED_BY_A_PERSON, &held), None) else {
            panic!("a draft")
        };
        assert!(!is_looked_at_alone(&why), "{why}");
    }

    #[test]
    fn every_sentence_is_in_the_table_once_and_what_is_in_none_of_it_is_looked_at_alone() {
        for (sentence, look) in TABLE {
            let begins = |(other, _): &&(&str, Look)| sentence.starts_with(*other) || other.starts_with(sentence);
            assert_eq!(TABLE.iter().filter(begins).count(), 1, "{sentence}");
            assert_eq!(is_looked_at_alone(sentence), look == Look::Alone, "{sentence}");
            let with_others = together([DraftReason::Policy.sentence(), sentence]);
            assert_eq!(is_looked_at_alone(&with_others), look == Look::Alone, "{sentence}");
        }
        assert!(is_looked_at_alone("A sentence that somebody added elsewhere."));
    }

    #[test]
    fn what_has_to_be_read_by_itself_is_not_sent_because_somebody_tries_again() {
        let now = Time::from_seconds(7);
        let failed = UpdateStanding::Failed("acme says 422".to_owned());
        assert_eq!(tried_again(&failed, now), UpdateStanding::held(now));
        let doubted = UpdateStanding::Failed(with_doubt("the text denies it", "acme says 422"));
        assert_eq!(tried_again(&doubted, now), UpdateStanding::held(now), "it is asked for before it is sent");
        for sentence in
            [TOLD_IN_MERGED, WRITTEN_ANEW, "The release that it told of is not out any more, or has another name; x."]
        {
            let failed = UpdateStanding::Failed(together(["acme says 422", sentence]));
            let waits = UpdateStanding::Draft(format!("{NOT_SENT}: acme says 422\n{sentence}"));
            assert_eq!(tried_again(&failed, now), waits, "{sentence}");
        }
    }

    #[test]
    fn what_a_person_wrote_of_a_release_that_is_gone_is_looked_at_alone() {
        let failed = UpdateStanding::Failed("acme says 422".to_owned());
        for before in [UpdateStanding::held(Time::from_seconds(7)), UpdateStanding::Draft(String::new()), failed] {
            let UpdateStanding::Draft(why) = of_another_release(&before, "2.4.1") else { panic!("a draft") };
            assert!(why.contains("2.4.1 has the fix") && is_looked_at_alone(&why), "{why}");
        }
        let policy = DraftReason::Policy.sentence();
        for before in [policy, LATE] {
            let draft = of_another_release(&UpdateStanding::Draft(before.to_owned()), "2.4.1");
            let since = written_for_all(draft.reason().unwrap());
            assert_eq!(since, format!("{before}\n{WRITTEN_FOR_ALL}"));
            assert_eq!(is_looked_at_alone(&since), before == LATE);
            assert_eq!(written_for_all(before), before);
        }
    }

    #[test]
    fn what_planning_finds_again_is_not_kept_twice() {
        let others = "A customer says that it is still broken; see whether to send this.";
        assert_eq!(beside_the_plan(&with_doubt("the text denies it", &together([LATE, others]))), others);
    }
}
