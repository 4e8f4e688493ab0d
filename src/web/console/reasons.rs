//! Why a ticket is where it is, for people: who decided, how likely it was, and which words and codes decided it.

use crate::{
    model::decision::{GroupingOutcome, GroupingReasons, Maker, SharedTerm, Verdict},
    store::ticket_views::{MachineGuess, TicketView},
    web::ui,
    wording::reason,
};

/// How many words and codes are shown.
const SHOWN: usize = 6;

/// The reasons of one decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reasons {
    /// Words in common, strongest first.
    pub words: Vec<String>,
    /// Codes and versions in common.
    pub codes: Vec<String>,
    /// The terms of the score, strongest first.
    pub terms: Vec<ReasonLine>,
}

/// A term of the likelihood.
#[derive(Clone, Debug, PartialEq)]
pub struct ReasonLine {
    /// What it says, as a sentence.
    pub says: String,
    /// Which way it spoke: for it or against it.
    pub way: &'static str,
    /// What it added to the log-odds, for people who want the exact number.
    pub added: String,
    /// Its share of the strongest term, in percent.
    pub share: i64,
    /// Whether it spoke against.
    pub against: bool,
}

impl Reasons {
    /// What the grouping found, for people.
    pub fn of(found: &GroupingReasons) -> Self {
        let shared = |terms: &[SharedTerm]| terms.iter().take(SHOWN).map(|shared| shared.term.clone()).collect();
        Self { words: shared(&found.words), codes: shared(&found.codes), terms: terms(found) }
    }

    /// The reasons of a ticket's place, where the machine thought it may belong somewhere.
    pub fn of_place(view: &TicketView) -> Self {
        match &view.guess {
            Some(guess) if guess.outcome != GroupingOutcome::New => Self::of(&guess.reasons),
            _ => Self::default(),
        }
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.codes.is_empty() && self.terms.is_empty()
    }
}

fn terms(found: &GroupingReasons) -> Vec<ReasonLine> {
    let read: Vec<(&str, f64)> = found
        .reasons
        .iter()
        .map(|term| (term.name.as_str(), term.weight))
        .filter(|(_, weight)| weight.is_finite() && weight.abs() >= 0.05)
        .take(SHOWN)
        .collect();
    let strongest = read.iter().map(|(_, weight)| weight.abs()).fold(0.0, f64::max);
    let shown = read.into_iter().map(|(name, weight)| {
        #[expect(clippy::cast_possible_truncation, reason = "a share of at most 100")]
        let share = (weight.abs() / strongest * 100.0).round() as i64;
        let (sign, way) = if weight < 0.0 { ('−', "against") } else { ('+', "for") };
        let added = format!("{sign}{:.1} in log-odds", weight.abs());
        ReasonLine { says: reason::explain(name, weight), way, added, share, against: weight < 0.0 }
    });
    shown.collect()
}

/// Who placed a ticket where it is, and how likely it was. When a person did, also what the machine had decided.
pub fn placed(view: &TicketView) -> String {
    let guessed = view.guess.as_ref().map(guessed);
    let Some(word) = &view.last_word else { return "Not grouped yet".to_owned() };
    if word.maker == Maker::Machine {
        return guessed.unwrap_or_else(|| "Joined by itself".to_owned());
    }
    let who = actor(word.actor.as_str());
    let did = match word.verdict {
        Verdict::Merge => format!("The same as this topic, said {who}"),
        Verdict::NotSame => format!("Not what Heard asked about, said {who}"),
        Verdict::Split => format!("Split off by {who}"),
        Verdict::Undo => format!("Put back by {who}"),
        _ => format!("Placed by {who}"),
    };
    match guessed {
        Some(guessed) => format!("{did}. Heard by itself: {guessed}"),
        None => did,
    }
}

/// What the machine decided by itself.
fn guessed(guess: &MachineGuess) -> String {
    let likelihood = Some(guess.score).filter(|score| *score > 0.0).map(ui::percent);
    match (guess.outcome, likelihood) {
        (GroupingOutcome::Join, Some(likelihood)) => format!("Joined by itself, {likelihood}"),
        (GroupingOutcome::Ask, Some(likelihood)) => format!("Not sure: {likelihood} at best"),
        (GroupingOutcome::New, _) => "Nobody said this before".to_owned(),
        _ => "Joined by itself".to_owned(),
    }
}

/// Who acted, for people.
pub fn actor(stored: &str) -> String {
    let mut parts = stored.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("agent"), Some(connection), Some(id)) => format!("agent {id} in {connection}"),
        (Some("github"), Some(login), _) => format!("{login} on GitHub"),
        (Some("machine"), ..) => "Heard".to_owned(),
        (Some("admin"), ..) => "an admin".to_owned(),
        (Some("") | None, ..) => "somebody".to_owned(),
        _ => stored.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decision::ReasonTerm;

    #[test]
    fn the_strongest_reasons_are_shown_with_which_way_they_spoke() {
        let term = |name: &str, value, weight| ReasonTerm { name: name.to_owned(), value, weight };
        let shared = |term: &str| vec![SharedTerm { term: term.to_owned(), weight: 0.4 }];
        let found = GroupingReasons {
            candidates: Vec::new(),
            reasons: vec![term("words_in_subject", 1.0, 2.0), term("area", 0.0, -0.5)],
            words: shared("export"),
            codes: shared("TS-EXP-7"),
        };
        let reasons = Reasons::of(&found);
        assert_eq!((reasons.words, reasons.codes), (vec!["export".to_owned()], vec!["TS-EXP-7".to_owned()]));
        let terms: Vec<_> = reasons.terms.iter().map(|term| (term.says.as_str(), term.way, term.share)).collect();
        assert_eq!(
            terms,
            [("The subjects have words in common.", "for", 100), ("Area speaks against it.", "against", 25),]
        );
    }

    #[test]
    fn each_actor_is_named_for_people() {
        for (stored, shown) in [
            ("agent:acme:7", "agent 7 in acme"),
            ("github:octo", "octo on GitHub"),
            ("machine", "Heard"),
            ("admin", "an admin"),
            ("", "somebody"),
        ] {
            assert_eq!(actor(stored), shown);
        }
    }
}
