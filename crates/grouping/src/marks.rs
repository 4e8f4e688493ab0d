//! What a mark on a ticket says of its topic, as far as it has proven itself.
//!
//! A mark is something that agents put on tickets: a tag, or the same ready-made answer. Some say what a ticket is about, and most
//! say something else: that the customer pays much, which form it came by, that somebody looks into it. Which is which is not
//! guessed from the word. It is counted on what people have answered: of each ticket that somebody placed, whether the latest earlier
//! one with the same mark is about the same. Two tickets of one organization count for nothing, because helpdesks put the tags of an
//! organization on all of its tickets.

use crate::online_learner::wilson;
use crate::ticket::TopicKey;

/// With fewer pairs nothing is proven.
const PAIRS_NEEDED: usize = 10;
/// The least share of pairs about the same from which a mark says something.
const SHARE_NEEDED: f64 = 0.8;

/// A ticket with a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedTicket {
    /// Its topic.
    pub topic: TopicKey,
    /// Who raised it: their organization, or themselves.
    pub party: String,
    /// Whether a person said that it belongs there.
    pub answered: bool,
    /// Whether it waits for somebody to say where it belongs.
    pub waits: bool,
}

/// The topic of the next ticket with a mark, by its history, oldest first: that of the latest one by somebody else.
#[must_use]
pub fn expected<'t>(history: &'t [MarkedTicket], party: &str) -> Option<&'t MarkedTicket> {
    history.iter().rev().find(|earlier| !earlier.waits && earlier.party != party)
}

/// How often the tickets that people placed were where the one before says.
fn pairs(history: &[MarkedTicket]) -> (usize, usize) {
    let (mut right, mut all) = (0, 0);
    for (at, ticket) in history.iter().enumerate().filter(|(_, ticket)| ticket.answered) {
        if let Some(earlier) = expected(&history[..at], &ticket.party) {
            all += 1;
            right += usize::from(earlier.topic == ticket.topic);
        }
    }
    (right, all)
}

/// How often the next ticket with a mark is at least where its history says, if that is proven. `everything` is the history of all
/// tickets, whatever their marks: where most tickets are about the same anyway, a mark that all of them have says nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "some hundred tickets")]
pub fn proven_share(history: &[MarkedTicket], everything: &[MarkedTicket]) -> Option<f64> {
    let (right, all) = pairs(history);
    if all < PAIRS_NEEDED {
        return None;
    }
    let least = wilson(right as f64, all as f64);
    let (usual, of_all) = pairs(everything);
    (least >= SHARE_NEEDED && (of_all == 0 || least > usual as f64 / of_all as f64)).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(number: usize, topic: &str) -> MarkedTicket {
        MarkedTicket { topic: topic.into(), party: number.to_string(), answered: true, waits: false }
    }

    fn tickets(topics: &[&str]) -> Vec<MarkedTicket> {
        topics.iter().enumerate().map(|(number, topic)| ticket(number, topic)).collect()
    }

    #[test]
    fn a_tag_that_every_answer_bears_out_is_believed_from_ten_on() {
        let others =
            tickets(&["export", "invoice", "login", "export", "colours", "export", "logo", "api", "sums", "tax"]);
        assert_eq!(proven_share(&tickets(&["export"; 10]), &others), None);
        assert!(proven_share(&tickets(&["export"; 11]), &others).is_some_and(|share| share > 0.8 && share < 0.95));
    }

    #[test]
    fn a_tag_of_the_most_important_customers_says_nothing() {
        let all = tickets(&["export", "invoice", "login", "export", "colours", "tax"].repeat(4));
        assert_eq!(proven_share(&all, &all), None);
    }

    #[test]
    fn a_tag_of_all_tickets_of_an_organization_says_nothing() {
        let mut theirs = tickets(&["export"; 30]);
        for ticket in &mut theirs {
            "acme".clone_into(&mut ticket.party);
        }
        assert_eq!(proven_share(&theirs, &[]), None);
    }

    #[test]
    fn what_nobody_answered_proves_nothing() {
        let mut guessed = tickets(&["export"; 30]);
        for ticket in &mut guessed {
            ticket.answered = false;
        }
        assert_eq!(proven_share(&guessed, &[]), None);
    }

    #[test]
    fn a_tag_of_the_form_says_nothing_where_nearly_everything_is_about_the_same() {
        let outage = tickets(&["outage"; 40]);
        assert_eq!(proven_share(&outage, &outage), None);
    }

    #[test]
    fn whoever_still_waits_for_an_answer_leads_nobody() {
        let mut history = tickets(&["export"; 2]);
        history.push(MarkedTicket { answered: false, waits: true, ..ticket(9, "their own") });
        assert_eq!(expected(&history, "1").map(|earlier| earlier.topic.as_str()), Some("export"));
        assert_eq!(expected(&history[..1], "0"), None, "not by themselves either");
    }
}
