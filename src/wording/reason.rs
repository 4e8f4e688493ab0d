//! Why a ticket may belong to a topic, for people of support: what each signal of the grouping compared.
//!
//! The phrases say what was looked at and never which way it spoke: that is the sign of its weight.

/// What a signal compared, as the beginning of a sentence. A name that is not known here is read as it is.
pub fn compared(signal: &str) -> String {
    match phrase(signal) {
        Some(phrase) => phrase.to_owned(),
        None => super::say::capital(&signal.replace('_', " ")),
    }
}

/// What a signal said, in a sentence: `How many rare words both texts share speaks for it.`
pub fn says(signal: &str, weight: f64) -> String {
    let way = if weight < 0.0 { "against" } else { "for" };
    format!("{} speaks {way} it.", compared(signal))
}

/// The phrase of every signal there is.
fn phrase(signal: &str) -> Option<&'static str> {
    Some(match signal {
        // One ticket beside the most similar ticket of the topic.
        "words" => "How many words both texts share",
        "words_in_subject" => "How many words both subjects share",
        "asked_words_found" => "How much of the new text is said in the earlier one",
        "earlier_words_found" => "How much of the earlier text is said in the new one",
        "words_bm25" => "How many rare words both texts share",
        "words_standing" | "words_stand_out" => "How far it is ahead of other tickets by its words",
        "spelling" => "How alike the two texts are letter by letter",
        "rare_word" => "How rare the rarest word is that both share",
        "same_text" => "Whether both texts are nearly the same",
        "meaning" => "How close the two texts are in meaning",
        "meaning_centred" => "How close they are in meaning, beside what every ticket here has in common",
        "meaning_standing" | "meaning_stands_out" => "How far it is ahead of other tickets by its meaning",
        "meaning_local" => "How close they are in meaning, compared with tickets of the same sort",
        "neighbours_meaning" => "How crowded it is around the earlier ticket by meaning",
        "neighbours" => "How crowded it is around the earlier ticket",
        "neighbours_words" => "How crowded it is around the earlier ticket by words",
        "codes_shared" => "Which error codes and names both have",
        "codes_conflict" => "Whether they name different error codes",
        "version_conflict" => "Whether they name different versions",
        "same_area" => "Whether both are about the same area",
        "other_area" => "Whether they are about different areas",
        "days_between" => "How much time lies between the two tickets",
        "same_customer" => "Whether the same customer wrote both",
        "same_organization" => "Whether both come from the same organization",
        "other_kind" => "Whether one is a bug and the other a wish or a question",
        "length_ratio" => "How different the two texts are in length",
        "newness" => "How many tickets have come since the earlier one",
        "other_words_in_subject" => "Whether their subjects differ in a telling word",
        "other_numbers" => "Whether their subjects differ in a number",
        "words_only_asked" => "How rare the words are that only the new text has",
        "words_only_earlier" => "How rare the words are that only the earlier text has",
        // The topic as a whole, beside the other topics that were considered.
        "strength" => "How well it fits on the whole",
        "lead" => "How far it is ahead of the second topic",
        "lead_over_third" => "How far it is ahead of the third topic",
        "list_level" => "How well the other topics fit",
        "share_of_list" => "How many of the most similar tickets are in this topic",
        "size" => "How many tickets the topic has",
        "days_idle" => "How long nobody has raised the topic",
        "finished_before" => "Whether the topic was finished before the ticket came",
        "history" => "How many tickets there are to compare with",
        "brevity" => "How short the ticket is",
        "strength_if_brief" => "How well it fits on the whole, given how short the ticket is",
        "centre" => "How close it is to what the topic is mostly about",
        "centre_fit" => "Whether it is as close to the topic as the topic's own tickets are",
        "centre_fit_if_brief" => {
            "Whether it is as close to the topic as the topic's own tickets are, given how short it is"
        }
        "cover" => "How much of the topic is similar to it",
        "all_tickets" => "How well all the topic's tickets fit together",
        "best_three" => "How well the topic's three most similar tickets fit",
        "mass" => "How the topic fits, as a share of all that were considered",
        "mass_if_brief" => "How the topic fits, as a share of all that were considered, given how short the ticket is",
        "mass_elsewhere" => "How well the best of the other topics fits",
        "spread" => "How many topics fit about equally well",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names between `const NAME` and the list's end in a source file of the grouping.
    fn names(source: &'static str, list: &str) -> Vec<&'static str> {
        let from = source.find(list).expect("the list is there");
        let inside = source[from..].split_once("= [").expect("it opens").1.split_once(']').expect("it closes").0;
        inside.split(',').map(|name| name.trim().trim_matches('"')).filter(|name| !name.is_empty()).collect()
    }

    #[test]
    fn every_signal_of_the_grouping_has_its_words() {
        let of_pairs = names(include_str!("../grouping/signals.rs"), "PAIR_NAMES:");
        let of_beliefs = names(include_str!("../grouping/judge.rs"), "BELIEF_NAMES:");
        assert!(of_pairs.len() >= 30 && of_beliefs.len() >= 40, "{of_pairs:?} {of_beliefs:?}");
        for name in of_pairs.iter().chain(&of_beliefs) {
            assert!(phrase(name).is_some(), "{name} has no words in wording/reason.rs");
        }
    }

    #[test]
    fn a_signal_speaks_for_it_or_against_it() {
        assert_eq!(says("days_between", -0.4), "How much time lies between the two tickets speaks against it.");
        assert_eq!(says("codes_shared", 1.2), "Which error codes and names both have speaks for it.");
        assert_eq!(compared("a_new_signal"), "A new signal");
    }
}
