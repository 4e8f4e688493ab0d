//! Why a ticket may belong to a topic: a sentence for support about each feature that the grouping gives as a reason.
//!
//! The grouping gives a feature as a reason only where it points the way a person would expect. So whether it counts for or
//! against is enough to know what was found.

/// A reason as a sentence. A positive weight counts for the topic, a negative one against it. A feature without a sentence is
/// shown by its name.
#[must_use]
pub fn explain(feature: &str, weight: f64) -> String {
    let against = weight < 0.0;
    if let Some(tag) = feature.strip_prefix("tag:") {
        return format!("Both are tagged \u{201c}{tag}\u{201d}, which has said here what tickets are about.");
    }
    match sentences(feature) {
        None if is_a_mark(feature) => {
            "An agent gave both the same answer, which has said here what tickets are about.".to_owned()
        }
        Some((_, sentence)) if against => sentence.to_owned(),
        Some((sentence, _)) => sentence.to_owned(),
        None => {
            let way = if against { "against" } else { "for" };
            format!("{} speaks {way} it.", super::text::capital(&feature.replace('_', " ")))
        }
    }
}

/// What a feature says when it counts for the topic, and when it counts against it.
fn sentences(feature: &str) -> Option<(&'static str, &'static str)> {
    of_tickets(feature).or_else(|| of_topic(feature))
}

/// Whether a feature says something about the two tickets that a person can see in them. The others are about how they stand among
/// all tickets.
#[must_use]
pub fn is_about_the_two(feature: &str) -> bool {
    const OF_THE_SITUATION: [&str; 7] = [
        "words_standing",
        "meaning_standing",
        "meaning_local",
        "meaning_centred",
        "words_bm25",
        "newness",
        "length_ratio",
    ];
    is_a_mark(feature) || of_tickets(feature).is_some() && !OF_THE_SITUATION.contains(&feature)
}

/// Whether it is a mark, by which agents told.
fn is_a_mark(feature: &str) -> bool {
    feature.starts_with("tag:") || feature.starts_with("answer:")
}

/// Whether a feature that counts against the topic names a difference between the two tickets.
#[must_use]
pub fn is_a_difference(feature: &str) -> bool {
    const DIFFERENCES: [&str; 8] = [
        "codes_conflict",
        "version_conflict",
        "other_area",
        "other_kind",
        "other_numbers",
        "other_words_in_subject",
        "words_only_asked",
        "words_only_earlier",
    ];
    DIFFERENCES.contains(&feature)
}

/// The ticket compared with the most similar ticket of the topic.
fn of_tickets(feature: &str) -> Option<(&'static str, &'static str)> {
    Some(match feature {
        "words" => ("Both tickets use many of the same words.", "The two tickets have few words in common."),
        "words_in_subject" => ("The subjects have words in common.", "The subjects have few words in common."),
        "asked_words_found" => (
            "Much of what this ticket says is in the earlier one too.",
            "Much of what this ticket says is not in the earlier one.",
        ),
        "earlier_words_found" => (
            "Much of what the earlier ticket says is in this one too.",
            "Much of what the earlier ticket says is not in this one.",
        ),
        "words_bm25" => ("Both tickets use telling words.", "The two tickets have few telling words in common."),
        "words_standing" => {
            ("No other ticket has as many of its words.", "Other tickets have about as many of its words.")
        }
        "spelling" => ("The subjects are written alike.", "The subjects are written differently."),
        "rare_word" => {
            ("Both tickets use a word that few others use.", "The words that both tickets use are common here.")
        }
        "same_text" => ("Both texts are the same.", "The texts are not the same."),
        "meaning" => ("Both tickets mean much the same.", "The two tickets do not mean quite the same."),
        "meaning_centred" => (
            "Both tickets mean much the same, even for tickets of this product.",
            "What both tickets mean is what many tickets of this product mean.",
        ),
        "meaning_standing" => {
            ("Few other tickets are as close in meaning.", "Many other tickets are as close in meaning.")
        }
        "meaning_local" => (
            "The two tickets are closer in meaning than similar tickets are to one another.",
            "Similar tickets are as close in meaning to one another.",
        ),
        "codes_shared" => ("Both tickets name the same code.", "The two tickets name no code in common."),
        "codes_conflict" => ("The tickets do not name different errors.", "The two tickets name different errors."),
        "version_conflict" => {
            ("The tickets do not name different versions.", "The two tickets name different versions.")
        }
        "same_area" => ("Both tickets are about the same area.", "The tickets are not about the same area."),
        "other_area" => ("The tickets are not about different areas.", "The two tickets are about different areas."),
        "days_between" => ("Both tickets came at about the same time.", "The tickets came long after one another."),
        "same_customer" => ("The same customer wrote both tickets.", "Different customers wrote the tickets."),
        "same_organization" => {
            ("Both tickets come from the same company.", "The tickets come from different companies.")
        }
        "other_kind" => (
            "Both tickets ask for the same kind of thing.",
            "One ticket tells of a bug, the other asks for something else.",
        ),
        "length_ratio" => ("Both tickets are about as long.", "One ticket is much longer than the other."),
        "newness" => ("Few tickets came in between.", "Many tickets came in between."),
        "other_words_in_subject" => {
            ("The subjects do not differ in a telling word.", "The subjects are alike but for a word that matters.")
        }
        "other_numbers" => ("The subjects do not differ in a number.", "The subjects name different numbers."),
        "words_only_asked" => (
            "This ticket has few telling words that the earlier one does not have.",
            "This ticket has telling words that the earlier one does not have.",
        ),
        "words_only_earlier" => (
            "The earlier ticket has few telling words that this one does not have.",
            "The earlier ticket has telling words that this one does not have.",
        ),
        _ => return None,
    })
}

/// The topic as a whole, compared with the other candidates.
fn of_topic(feature: &str) -> Option<(&'static str, &'static str)> {
    Some(match feature {
        "lead" => ("No other topic fits nearly as well.", "Another topic fits nearly as well."),
        "lead_over_third" => ("At most one other topic fits nearly as well.", "Several topics fit nearly as well."),
        "share_of_list" => (
            "Many of the most similar tickets are in this topic.",
            "Few of the most similar tickets are in this topic.",
        ),
        "size" => ("Many tickets raised this topic before.", "Few tickets raised this topic before."),
        "days_idle" => ("The topic was raised not long ago.", "Nobody has raised the topic for long."),
        "centre" => ("It is what the topic is mostly about.", "It is not what the topic is mostly about."),
        "centre_fit" => (
            "It fits the topic as well as the topic's own tickets do.",
            "It fits the topic less well than the topic's own tickets do.",
        ),
        "cover" => ("Much of the topic is similar to this ticket.", "Little of the topic is similar to this ticket."),
        "all_tickets" => ("Several tickets of the topic fit.", "Only one ticket of the topic fits well."),
        "best_three" => {
            ("The topic's most similar tickets all fit.", "Beside its most similar ticket, the topic fits less well.")
        }
        "mass" => ("Of all that is similar, most is in this topic.", "Much of what is similar is in other topics."),
        "mass_elsewhere" => ("The other topics fit less well.", "Another topic fits about as well on the whole."),
        "spread" => ("Few topics come into question.", "Many topics come into question."),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows `POSITION "name" rule,` of the grouping's feature table.
    fn features() -> Vec<(&'static str, &'static str)> {
        let source = include_str!("../../crates/grouping/src/feature_table.rs");
        source
            .lines()
            .filter_map(|line| {
                let (position, rest) = line.trim().split_once(" \"")?;
                let (name, rule) = rest.split_once("\" ")?;
                let is_row = position.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
                is_row.then_some((name, rule.trim_end_matches(',')))
            })
            .collect()
    }

    #[test]
    fn every_reason_of_the_grouping_has_its_sentences_and_nothing_else_has() {
        let features = features();
        assert!(features.len() >= 60, "{features:?}");
        for (name, rule) in features {
            assert_eq!(sentences(name).is_some(), rule != "Never", "{name} in wording/reason.rs");
        }
    }

    #[test]
    fn a_difference_is_about_the_two_tickets() {
        for (name, rule) in features() {
            assert!(!is_a_difference(name) || is_about_the_two(name) && rule != "Never", "{name}");
        }
        assert!(is_a_difference("codes_conflict") && is_about_the_two("words") && !is_about_the_two("lead"));
    }

    #[test]
    fn a_sentence_says_which_way_it_speaks() {
        for (name, _) in features() {
            let Some((with, against)) = sentences(name) else { continue };
            assert_ne!(with, against, "{name}");
            for sentence in [with, against] {
                assert!(sentence.ends_with('.') && !sentence.contains("speaks"), "{sentence}");
                assert!(sentence.starts_with(char::is_uppercase) && sentence.len() < 90, "{sentence}");
            }
        }
        assert_eq!(explain("days_between", -0.4), "The tickets came long after one another.");
        assert_eq!(explain("codes_shared", 1.2), "Both tickets name the same code.");
        assert_eq!(explain("a_new_feature", -1.0), "A new feature speaks against it.");
    }
}
