//! Every signal by its place, its name, and how it becomes a reason that people understand.
//!
//! Invariant: the places are the order of the weights that ship and of the evidence that is stored
//! with decisions. A new signal goes to the end of its list, and the weights are learned anew.

/// When a signal is a reason that support can make something of. A reason is told only where it
/// speaks the way a person expects; what a model makes of two signals that say nearly the same can
/// turn one of them round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// More of it than usual speaks for the candidate, less against it.
    MoreIsFor,
    /// More of it than usual speaks against the candidate, less for it.
    MoreIsAgainst,
    /// More of it than usual speaks against the candidate; less is the usual case and tells nobody
    /// anything: where everything is new, that a topic is new too.
    MuchIsAgainst,
    /// Speaks for the candidate where it is found; that it is not found tells nobody anything.
    FoundIsFor,
    /// Speaks against the candidate where it is found.
    FoundIsAgainst,
    /// Never: it tells of the situation or of the list, not of this candidate. Its share stays in
    /// the score.
    Never,
}

impl Told {
    /// Whether a signal is a reason: its value, what is usual, and what it added to the log-odds.
    pub(crate) fn is_reason(self, value: f32, usual: f32, weight: f32) -> bool {
        match self {
            Self::MoreIsFor => (value - usual) * weight > 0.0,
            Self::MoreIsAgainst => (value - usual) * weight < 0.0,
            Self::MuchIsAgainst => value > usual && weight < 0.0,
            Self::FoundIsFor => value > 0.0 && weight > 0.0,
            Self::FoundIsAgainst => value > 0.0 && weight < 0.0,
            Self::Never => false,
        }
    }
}

/// A signal as it is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signal {
    /// Its name, which is stored with reasons. Signals of one name are one reason.
    pub(crate) name: &'static str,
    pub(crate) told: Told,
}

/// Gives each place of a list its number.
macro_rules! places {
    ($at:expr;) => {};
    ($at:expr; $place:ident $($rest:ident)*) => {
        pub(crate) const $place: usize = $at;
        places!($at + 1; $($rest)*);
    };
}

/// A list of signals in their order: `PLACE "name" told`.
macro_rules! signals {
    ($($place:ident $name:literal $told:ident,)+) => {
        places!(0; $($place)+);

        /// How each is told, in order.
        pub(crate) const TABLE: [super::Signal; [$($name),+].len()] =
            [$(super::Signal { name: $name, told: super::Told::$told }),+];
    };
}

/// One ticket beside an earlier one.
pub(crate) mod pair {
    signals! {
        WORDS "words" MoreIsFor,
        WORDS_IN_SUBJECT "words_in_subject" MoreIsFor,
        ASKED_WORDS_FOUND "asked_words_found" MoreIsFor,
        EARLIER_WORDS_FOUND "earlier_words_found" MoreIsFor,
        WORDS_BM25 "words_bm25" MoreIsFor,
        WORDS_STANDING "words_standing" MoreIsFor,
        SPELLING "spelling" MoreIsFor,
        RARE_WORD "rare_word" MoreIsFor,
        SAME_TEXT "same_text" FoundIsFor,
        MEANING "meaning" MoreIsFor,
        MEANING_CENTRED "meaning_centred" MoreIsFor,
        MEANING_STANDING "meaning_standing" MoreIsFor,
        MEANING_LOCAL "meaning_local" MoreIsFor,
        NEIGHBOURS_MEANING "neighbours_meaning" Never,
        NEIGHBOURS_WORDS "neighbours_words" Never,
        CODES_SHARED "codes_shared" FoundIsFor,
        CODES_CONFLICT "codes_conflict" FoundIsAgainst,
        VERSION_CONFLICT "version_conflict" FoundIsAgainst,
        SAME_AREA "same_area" FoundIsFor,
        OTHER_AREA "other_area" FoundIsAgainst,
        DAYS_BETWEEN "days_between" MoreIsAgainst,
        SAME_CUSTOMER "same_customer" FoundIsFor,
        SAME_ORGANIZATION "same_organization" FoundIsFor,
        OTHER_KIND "other_kind" FoundIsAgainst,
        LENGTH_RATIO "length_ratio" MoreIsAgainst,
        NEWNESS "newness" MuchIsAgainst,
        OTHER_WORDS_IN_SUBJECT "other_words_in_subject" FoundIsAgainst,
        OTHER_NUMBERS "other_numbers" FoundIsAgainst,
        WORDS_ONLY_ASKED "words_only_asked" MoreIsAgainst,
        WORDS_ONLY_EARLIER "words_only_earlier" MoreIsAgainst,
    }
}

/// A topic, or a family as if it were one, beside the list: what topics are ranked by. It is the
/// belief that is explained, so these are told of there.
pub(crate) mod topic {
    places! { 0;
        BEST BEST_THREE ALL_TICKETS SHARE_OF_LIST SIZE DAYS_IDLE FINISHED_BEFORE CENTRE CENTRE_FIT COVER MASS
        BEST_THREE_IF_BRIEF ALL_TICKETS_IF_BRIEF SIZE_IF_BRIEF CENTRE_IF_BRIEF CENTRE_FIT_IF_BRIEF
    }
}

/// The first of the ranked topics: what its probability rests on.
pub(crate) mod belief {
    signals! {
        // What the pair's signals did to its strength is told with the pair's signals.
        STRENGTH "strength" Never,
        LEAD "lead" MoreIsFor,
        LEAD_OVER_THIRD "lead_over_third" MoreIsFor,
        LIST_LEVEL "list_level" Never,
        SHARE_OF_LIST "share_of_list" MoreIsFor,
        SIZE "size" MoreIsFor,
        DAYS_IDLE "days_idle" MuchIsAgainst,
        FINISHED_BEFORE "finished_before" FoundIsAgainst,
        WORDS "words" MoreIsFor,
        WORDS_BM25 "words_bm25" MoreIsFor,
        WORDS_STANDING "words_standing" MoreIsFor,
        SPELLING "spelling" MoreIsFor,
        MEANING "meaning" MoreIsFor,
        MEANING_CENTRED "meaning_centred" MoreIsFor,
        MEANING_STANDING "meaning_standing" MoreIsFor,
        MEANING_LOCAL "meaning_local" MoreIsFor,
        NEIGHBOURS_MEANING "neighbours_meaning" Never,
        CODES_SHARED "codes_shared" FoundIsFor,
        CODES_CONFLICT "codes_conflict" FoundIsAgainst,
        DAYS_BETWEEN "days_between" MoreIsAgainst,
        SAME_TEXT "same_text" FoundIsFor,
        HISTORY "history" Never,
        BREVITY "brevity" Never,
        STRENGTH_IF_BRIEF "strength_if_brief" Never,
        OTHER_WORDS_IN_SUBJECT "other_words_in_subject" FoundIsAgainst,
        OTHER_NUMBERS "other_numbers" FoundIsAgainst,
        VERSION_CONFLICT "version_conflict" FoundIsAgainst,
        ASKED_WORDS_FOUND "asked_words_found" MoreIsFor,
        EARLIER_WORDS_FOUND "earlier_words_found" MoreIsFor,
        WORDS_IN_SUBJECT "words_in_subject" MoreIsFor,
        CENTRE "centre" MoreIsFor,
        CENTRE_FIT "centre_fit" MoreIsFor,
        COVER "cover" MoreIsFor,
        ALL_TICKETS "all_tickets" MoreIsFor,
        BEST_THREE "best_three" MoreIsFor,
        CENTRE_FIT_IF_BRIEF "centre_fit" MoreIsFor,
        MASS "mass" MoreIsFor,
        MASS_IF_BRIEF "mass" MoreIsFor,
        MASS_ELSEWHERE "mass_elsewhere" MoreIsAgainst,
        SPREAD "spread" MoreIsAgainst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_names_are_in_one_order() {
        assert_eq!(pair::TABLE[pair::DAYS_BETWEEN].name, "days_between");
        assert_eq!(pair::TABLE.len(), pair::WORDS_ONLY_EARLIER + 1);
        assert_eq!(belief::TABLE[belief::BREVITY].name, "brevity");
        assert_eq!(belief::TABLE.len(), belief::SPREAD + 1);
    }

    #[test]
    fn a_signal_of_pair_and_belief_is_told_the_same_way() {
        for of_pair in pair::TABLE {
            for of_belief in belief::TABLE.iter().filter(|signal| signal.name == of_pair.name) {
                assert_eq!(of_belief.told, of_pair.told, "{}", of_pair.name);
            }
        }
    }

    #[test]
    fn a_reason_speaks_the_way_a_person_expects() {
        assert!(Told::MoreIsFor.is_reason(0.9, 0.5, 1.0) && Told::MoreIsFor.is_reason(0.1, 0.5, -1.0));
        assert!(!Told::MoreIsFor.is_reason(0.9, 0.5, -1.0) && !Told::MoreIsFor.is_reason(0.1, 0.5, 1.0));
        assert!(Told::MoreIsAgainst.is_reason(9.0, 5.0, -1.0) && !Told::MoreIsAgainst.is_reason(9.0, 5.0, 1.0));
        assert!(Told::MuchIsAgainst.is_reason(9.0, 5.0, -1.0) && !Told::MuchIsAgainst.is_reason(1.0, 5.0, 1.0));
        assert!(Told::FoundIsFor.is_reason(1.0, 0.1, 1.0) && !Told::FoundIsFor.is_reason(0.0, 0.1, -1.0));
        assert!(Told::FoundIsAgainst.is_reason(1.0, 0.1, -1.0) && !Told::FoundIsAgainst.is_reason(0.0, 0.1, 1.0));
        assert!(!Told::Never.is_reason(9.0, 0.0, 9.0));
    }
}
