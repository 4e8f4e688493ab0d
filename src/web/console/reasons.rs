//! Why a ticket is where it is, for people: who decided, how likely it was, and what in the two tickets decided it.

use crate::{
    model::{
        decision::{GroupingOutcome, GroupingReasons, Maker, SharedTerm, Verdict},
        person::ActorNames,
    },
    store::ticket_views::{MachineGuess, TicketView},
    web::ui,
    wording::reason,
};

/// How many words and codes are shown.
const SHOWN: usize = 6;
/// How many reasons for a place are shown, and how many against it.
const REASONS: (usize, usize) = (3, 1);

/// The reasons of one decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reasons {
    /// Words in common, strongest first.
    pub words: Vec<String>,
    /// Codes and versions in common.
    pub codes: Vec<String>,
    /// What speaks for it and is about the two tickets, strongest first.
    pub alike: Vec<String>,
    /// What speaks against it and is about the two tickets.
    pub against: Vec<String>,
}

impl Reasons {
    /// What the grouping found, for people.
    pub fn of(found: &GroupingReasons) -> Self {
        let shared = |terms: &[SharedTerm]| terms.iter().take(SHOWN).map(|shared| shared.term.clone()).collect();
        let (alike, against) = terms(found);
        Self { words: shared(&found.words), codes: shared(&found.codes), alike, against }
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
        self.words.is_empty() && self.codes.is_empty() && self.alike.is_empty() && self.against.is_empty()
    }
}

/// What speaks for a place and what against it, as far as people can see it in the two tickets.
fn terms(found: &GroupingReasons) -> (Vec<String>, Vec<String>) {
    let about = |counts: fn(f64) -> bool, most: usize| -> Vec<String> {
        let terms = found.reasons.iter().filter(|term| reason::is_about_the_two(&term.name));
        let strong = terms.filter(|term| term.weight.is_finite() && term.weight.abs() >= 0.05 && counts(term.weight));
        strong.map(|term| reason::explain(&term.name, term.weight)).take(most).collect()
    };
    (about(|weight| weight > 0.0, REASONS.0), about(|weight| weight < 0.0, REASONS.1))
}

/// Who placed a ticket where it is, and how likely it was. When a person or an agent did, also what the machine had decided.
pub fn placed(view: &TicketView, names: &ActorNames) -> String {
    let guessed = view.guess.as_ref().map(guessed);
    let Some(word) = &view.last_word else { return "Not grouped yet".to_owned() };
    if word.maker == Maker::Machine {
        return guessed.unwrap_or_else(|| "Joined by itself".to_owned());
    }
    let who = actor(word.actor.as_str(), names);
    let did = match word.verdict {
        Verdict::Incident => format!("An incident of a problem ticket here, said {who}"),
        Verdict::MergedTicket => format!("Merged into a ticket here by {who}"),
        Verdict::SameIssue => format!("Has the same issue in a note, by {who}"),
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
        (GroupingOutcome::Ask, Some(likelihood)) if guess.score >= 0.5 => {
            format!("Most probably the same, {likelihood}, not confirmed")
        }
        (GroupingOutcome::Ask, _) => "Probably nobody said this before".to_owned(),
        (GroupingOutcome::New, _) => "Nobody said this before".to_owned(),
        _ => "Joined by itself".to_owned(),
    }
}

/// Who acted, for people.
pub fn actor(stored: &str, names: &ActorNames) -> String {
    if let Some(name) = names.of(stored) {
        return name.to_owned();
    }
    let mut parts = stored.splitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("agent"), Some(connection), Some(id)) => format!("agent {id} in {connection}"),
        (Some("helpdesk"), Some(connection), _) => format!("an agent in {connection}"),
        (Some("github"), Some(login), _) => format!("{login} on GitHub"),
        (Some("machine"), ..) => "Heard".to_owned(),
        (Some("admin"), ..) => "the admin token".to_owned(),
        (Some("person"), ..) => "somebody of the team".to_owned(),
        (Some("token"), ..) => "a token".to_owned(),
        (Some("") | None, ..) => "somebody".to_owned(),
        _ => stored.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::decision::ReasonTerm;

    #[test]
    fn what_people_see_in_the_two_tickets_is_shown_and_nothing_of_the_situation() {
        let term = |name: &str, value, weight| ReasonTerm { name: name.to_owned(), value, weight };
        let shared = |term: &str| vec![SharedTerm { term: term.to_owned(), weight: 0.4 }];
        let found = GroupingReasons {
            candidates: Vec::new(),
            reasons: vec![
                term("lead", 0.4, 3.0),
                term("words_in_subject", 1.0, 2.0),
                term("codes_conflict", 1.0, -1.0),
                term("version_conflict", 1.0, -0.5),
            ],
            words: shared("export"),
            codes: shared("TS-EXP-7"),
        };
        let reasons = Reasons::of(&found);
        assert_eq!((reasons.words, reasons.codes), (vec!["export".to_owned()], vec!["TS-EXP-7".to_owned()]));
        assert_eq!(reasons.alike, ["The subjects have words in common."]);
        assert_eq!(reasons.against, ["The two tickets name different errors."]);
    }

    #[test]
    fn each_actor_is_named_for_people() {
        let names: ActorNames = [("person:1".to_owned(), "Maya Lindgren".to_owned())].into_iter().collect();
        for (stored, shown) in [
            ("agent:acme:7", "agent 7 in acme"),
            ("helpdesk:acme", "an agent in acme"),
            ("github:octo", "octo on GitHub"),
            ("machine", "Heard"),
            ("admin", "the admin token"),
            ("person:1", "Maya Lindgren"),
            ("person:2", "somebody of the team"),
            ("token:1", "a token"),
            ("", "somebody"),
        ] {
            assert_eq!(actor(stored, &names), shown);
        }
    }
}
