//! Every feature with its position, its name, and when it is a reason that people understand.
//!
//! Invariant: the positions are the order of the shipped weights and of the features stored with decisions. A new
//! feature goes to the end of its list, and the weights are fitted again.

/// When a feature is a reason that support can use. It is shown only where it points the way a person expects: of two
/// features that say nearly the same, a model may turn one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReasonRule {
    /// More than usual speaks for the candidate, less against it.
    MoreIsFor,
    /// More than usual speaks against the candidate, less for it.
    MoreIsAgainst,
    /// More than usual speaks against the candidate. Less is the normal case and explains nothing: where everything is
    /// new, the topic is new too.
    MuchIsAgainst,
    /// Speaks for the candidate where it is present. Its absence explains nothing.
    FoundIsFor,
    /// Speaks against the candidate where it is present.
    FoundIsAgainst,
    /// Never: it describes the situation or the whole list, not this candidate. It still counts in the score.
    Never,
}

impl ReasonRule {
    /// Whether a feature is a reason, given its value, the usual value, and what it added to the log-odds.
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

/// A feature that may be shown as a reason.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feature {
    /// The name under which it is stored. Features with the same name are one reason.
    pub(crate) name: &'static str,
    pub(crate) rule: ReasonRule,
}

/// Numbers the positions of a list.
macro_rules! positions {
    ($at:expr;) => {};
    ($at:expr; $position:ident $($rest:ident)*) => {
        pub(crate) const $position: usize = $at;
        positions!($at + 1; $($rest)*);
    };
}

/// A list of features in their order: `POSITION "name" rule`.
macro_rules! features {
    ($($position:ident $name:literal $rule:ident,)+) => {
        positions!(0; $($position)+);

        /// How each is shown, in order.
        pub(crate) const TABLE: [super::Feature; [$($name),+].len()] =
            [$(super::Feature { name: $name, rule: super::ReasonRule::$rule }),+];
    };
}

/// One ticket compared with an earlier one.
pub(crate) mod pair {
    features! {
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

/// A topic, or a cluster as if it were one, compared with the whole list: what topics are ranked by. They are not
/// shown, because it is the calibration that is explained.
pub(crate) mod topic {
    positions! { 0;
        BEST BEST_THREE ALL_TICKETS SHARE_OF_LIST SIZE DAYS_IDLE CENTRE CENTRE_FIT COVER MASS
        BEST_THREE_IF_BRIEF ALL_TICKETS_IF_BRIEF SIZE_IF_BRIEF CENTRE_IF_BRIEF CENTRE_FIT_IF_BRIEF
    }
}

/// The first of the ranked topics: what its probability depends on.
pub(crate) mod calibration {
    features! {
        // What the pair's features did to the match score is shown with the pair's features.
        MATCH_SCORE "match_score" Never,
        LEAD "lead" MoreIsFor,
        LEAD_OVER_THIRD "lead_over_third" MoreIsFor,
        LIST_LEVEL "list_level" Never,
        SHARE_OF_LIST "share_of_list" MoreIsFor,
        SIZE "size" MoreIsFor,
        DAYS_IDLE "days_idle" MuchIsAgainst,
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
        MATCH_SCORE_IF_BRIEF "match_score_if_brief" Never,
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
    fn positions_and_names_are_in_one_order() {
        assert_eq!(pair::TABLE[pair::DAYS_BETWEEN].name, "days_between");
        assert_eq!(pair::TABLE.len(), pair::WORDS_ONLY_EARLIER + 1);
        assert_eq!(calibration::TABLE[calibration::BREVITY].name, "brevity");
        assert_eq!(calibration::TABLE.len(), calibration::SPREAD + 1);
    }

    #[test]
    fn a_feature_of_pair_and_calibration_is_shown_by_the_same_rule() {
        for of_pair in pair::TABLE {
            for of_calibration in calibration::TABLE.iter().filter(|feature| feature.name == of_pair.name) {
                assert_eq!(of_calibration.rule, of_pair.rule, "{}", of_pair.name);
            }
        }
    }

    #[test]
    fn a_reason_points_the_way_a_person_expects() {
        assert!(ReasonRule::MoreIsFor.is_reason(0.9, 0.5, 1.0) && ReasonRule::MoreIsFor.is_reason(0.1, 0.5, -1.0));
        assert!(!ReasonRule::MoreIsFor.is_reason(0.9, 0.5, -1.0) && !ReasonRule::MoreIsFor.is_reason(0.1, 0.5, 1.0));
        assert!(
            ReasonRule::MoreIsAgainst.is_reason(9.0, 5.0, -1.0) && !ReasonRule::MoreIsAgainst.is_reason(9.0, 5.0, 1.0)
        );
        assert!(
            ReasonRule::MuchIsAgainst.is_reason(9.0, 5.0, -1.0) && !ReasonRule::MuchIsAgainst.is_reason(1.0, 5.0, 1.0)
        );
        assert!(ReasonRule::FoundIsFor.is_reason(1.0, 0.1, 1.0) && !ReasonRule::FoundIsFor.is_reason(0.0, 0.1, -1.0));
        assert!(
            ReasonRule::FoundIsAgainst.is_reason(1.0, 0.1, -1.0)
                && !ReasonRule::FoundIsAgainst.is_reason(0.0, 0.1, 1.0)
        );
        assert!(!ReasonRule::Never.is_reason(9.0, 0.0, 9.0));
    }
}
