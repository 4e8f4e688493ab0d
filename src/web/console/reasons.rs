//! Why a ticket is where it is, for people: who decided, how likely it was, and which words and codes decided it.
//!
//! The reasons are read as the grouping stored them. What cannot be read is left out, so that reasons of
//! a newer grouping never break a page.

use serde_json::Value;

use crate::{
    model::decision::{Maker, Verdict},
    store::ticket_views::TicketView,
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
    /// Reads what the grouping stored.
    pub fn read(detail: Option<&Value>) -> Self {
        let Some(detail) = detail else { return Self::default() };
        let strings = |name: &str| -> Vec<String> {
            let rows = detail.get(name).and_then(Value::as_array);
            let terms = rows.into_iter().flatten().filter_map(|row| row.get("term").and_then(Value::as_str));
            terms.take(SHOWN).map(str::to_owned).collect()
        };
        Self { words: strings("words"), codes: strings("codes"), terms: terms(detail) }
    }

    /// The reasons of a ticket's place, where the machine thought it may belong somewhere.
    pub fn of(view: &TicketView) -> Self {
        match view.machine_verdict {
            Some(Verdict::Join | Verdict::Ask) => Self::read(view.machine_detail.as_ref()),
            _ => Self::default(),
        }
    }

    /// Whether there is anything to show.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.codes.is_empty() && self.terms.is_empty()
    }
}

fn terms(detail: &Value) -> Vec<ReasonLine> {
    let rows = detail.get("reasons").and_then(Value::as_array);
    let read: Vec<(&str, f64)> = rows
        .into_iter()
        .flatten()
        .filter_map(|row| Some((row.get("name")?.as_str()?, row.get("weight")?.as_f64()?)))
        .filter(|(_, weight)| weight.is_finite() && weight.abs() >= 0.05)
        .take(SHOWN)
        .collect();
    let strongest = read.iter().map(|(_, weight)| weight.abs()).fold(0.0, f64::max);
    let shown = read.into_iter().map(|(name, weight)| {
        #[expect(clippy::cast_possible_truncation, reason = "a share of at most 100")]
        let share = (weight.abs() / strongest * 100.0).round() as i64;
        let (sign, way) = if weight < 0.0 { ('−', "against") } else { ('+', "for") };
        let added = format!("{sign}{:.1} in log-odds", weight.abs());
        ReasonLine { says: reason::says(name, weight), way, added, share, against: weight < 0.0 }
    });
    shown.collect()
}

/// Who placed a ticket where it is, and how likely it was. When a person did, also what the machine had decided.
pub fn placed(view: &TicketView) -> String {
    let likelihood = view.machine_score.filter(|score| *score > 0.0).map(ui::percent);
    match (view.maker, view.verdict) {
        (None, _) => "Not grouped yet".to_owned(),
        (Some(Maker::Machine), verdict) => guessed(verdict, likelihood.as_deref()),
        (Some(Maker::Person), verdict) => {
            let who = actor(view.actor.as_deref().unwrap_or_default());
            let did = match verdict {
                Some(Verdict::Merge) => format!("The same as this topic, said {who}"),
                Some(Verdict::NotSame) => format!("Not what Heard asked about, said {who}"),
                Some(Verdict::Split) => format!("Split off by {who}"),
                Some(Verdict::Undo) => format!("Put back by {who}"),
                _ => format!("Placed by {who}"),
            };
            match view.machine_verdict {
                Some(before) => format!("{did}. Heard by itself: {}", guessed(Some(before), likelihood.as_deref())),
                None => did,
            }
        }
    }
}

/// What the machine decided by itself.
fn guessed(verdict: Option<Verdict>, likelihood: Option<&str>) -> String {
    match (verdict, likelihood) {
        (Some(Verdict::Join), Some(likelihood)) => format!("Joined by itself, {likelihood}"),
        (Some(Verdict::Ask), Some(likelihood)) => format!("Not sure: {likelihood} at best"),
        (Some(Verdict::New), _) => "Nobody said this before".to_owned(),
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
    use serde_json::json;

    use super::*;

    #[test]
    fn reasons_are_read_as_they_were_stored() {
        let detail = json!({
            "words": [{"term": "export", "weight": 0.4}], "codes": [{"term": "TS-EXP-7", "weight": 1.0}],
            "reasons": [{"name": "words_in_subject", "value": 1.0, "weight": 2.0}, {"name": "area", "value": 0.0, "weight": -0.5}],
        });
        let reasons = Reasons::read(Some(&detail));
        assert_eq!((reasons.words, reasons.codes), (vec!["export".to_owned()], vec!["TS-EXP-7".to_owned()]));
        let terms: Vec<_> = reasons.terms.iter().map(|term| (term.says.as_str(), term.way, term.share)).collect();
        assert_eq!(
            terms,
            [("The subjects have words in common.", "for", 100), ("Area speaks against it.", "against", 25),]
        );
    }

    #[test]
    fn reasons_of_another_shape_are_left_out() {
        for odd in [json!(null), json!([]), json!({"words": 7, "reasons": [{"name": 1}]}), json!({"codes": ["x"]})] {
            assert!(Reasons::read(Some(&odd)).is_empty(), "{odd}");
        }
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
