//! The marks on a ticket: what agents put there that may say what it is about. They count only where they have proven themselves,
//! on what people answered here; see [`grouping::proven_share`].

use std::collections::BTreeSet;

use super::{app::App, error::Error, jobs};
use crate::{
    base::signature::sha256,
    model::{
        decision::{GroupingOutcome, Maker},
        ticket::{Message, MessageAuthor, Ticket},
    },
    store::{
        Tx,
        decisions::{self, Link},
        marks,
    },
};
use grouping::cleaned;

/// The most tags of a ticket that count, and the most answers.
const MOST: usize = 20;
/// A shorter answer may be the same by chance.
const WORDS_OF_AN_ANSWER: usize = 6;
/// How a tag of ours begins.
const OURS: &str = "heard_";

/// Keeps the marks of a ticket as they are now. If others speak for its place than before, and nobody has said where it belongs, it
/// is looked at again. The ticket is at `link`.
pub(super) async fn keep(
    app: &App,
    tx: &mut Tx,
    ticket: &Ticket,
    thread: &[Message],
    link: Option<Link>,
) -> Result<(), Error> {
    let tags = ticket.tags.iter().filter(|tag| !tag.starts_with(OURS)).take(MOST);
    let answers = thread.iter().filter(|message| message.public && message.author == MessageAuthor::Agent);
    let answers = answers.filter_map(|message| of_answer(&message.body)).take(MOST);
    let now: BTreeSet<String> = tags.map(|tag| format!("tag:{}", tag.to_lowercase())).chain(answers).collect();
    if !marks::keep(tx, ticket.id, &now).await? {
        return Ok(());
    }
    let Some(link) = link.filter(|link| link.maker == Maker::Machine) else { return Ok(()) };
    let made = decisions::of_machine(tx, ticket.id).await?;
    if made.is_some_and(|made| made.topic == link.topic && made.outcome != GroupingOutcome::Join) {
        app.queue.add(tx, jobs::Group { ticket: ticket.id }).await?;
    }
    Ok(())
}

/// The mark that is an agent's answer: a ready-made text has the same one whomever it greets. Nothing of the text can be read
/// from it. `None` for one of a few words.
fn of_answer(text: &str) -> Option<String> {
    let cleaned = cleaned(text).to_lowercase();
    let words: Vec<&str> =
        cleaned.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    (words.len() >= WORDS_OF_AN_ANSWER).then(|| {
        let hash = sha256(&[words.join(" ").as_bytes()]);
        format!("answer:{}", hex::encode(&hash[..8]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ready_made_answer_is_the_same_whomever_it_greets() {
        let answer = |name: &str| {
            format!("Hello {name},\n\nthe export loses its last row. We are at work on it.\n\nBest regards\nTess")
        };
        assert_eq!(of_answer(&answer("Ana")), of_answer(&answer("Bob")));
        assert_ne!(of_answer(&answer("Ana")), of_answer("Hello Ana,\n\nyour invoice is attached to this message now."));
        assert_eq!(of_answer("Thanks!"), None, "everybody says so");
    }
}
