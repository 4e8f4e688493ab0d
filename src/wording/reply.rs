//! What a customer's reply to "does it work for you now?" means.
//!
//! Machines answer too, so automatic replies, bounces and receipts are recognised first (`automatic`). Then everything
//! that the customer did not write just now is left out: the mail they answer, footers and signatures (`own_words`).
//! What remains is read clause by clause, each phrase together with its negation (`clause`), in every language that has
//! a file in `templates/replies/` (`phrase_book`). A wrong "works" would end the topic for somebody who still has the
//! problem, so everything that is not plainly one of the two goes to a person, with the words for each reading
//! (`judge`).

mod automatic;
mod clause;
mod fold;
mod judge;
mod own_words;
mod phrase_book;
mod reading;
mod signals;
#[cfg(test)]
mod tests;

use std::time::Duration;

use automatic::MachineEvidence;
pub use reading::{CustomerReply, ReplyReading};

use super::text;

/// How much of a reply is read. Whoever writes more writes about more than one thing.
const CHARACTERS: usize = 4_000;

/// Reads a reply.
#[must_use]
pub fn read(reply: &CustomerReply<'_>) -> ReplyReading {
    if automatic::is_by_its_heading(reply) {
        return ReplyReading::Automatic;
    }
    let own = own_words::of(reply.body, reply.answers);
    let read = text::head(&own, CHARACTERS);
    let sentences = clause::sentences(read);
    let reading = match judge::of(&sentences) {
        // What was not read may say something else.
        ReplyReading::Works if read.len() < own.len() => judge::unclear(&sentences),
        reading => reading,
    };
    let evidence = automatic::evidence(&sentences, reply.after);
    if evidence == MachineEvidence::None {
        return reading;
    }
    let first = &sentences[..sentences.len().min(1)];
    // Somebody who answers first and then says that they are away is a person.
    let answers_first = matches!(judge::of(first), ReplyReading::Works | ReplyReading::StillBroken);
    match (answers_first && automatic::evidence(first, Some(Duration::ZERO)) == MachineEvidence::None, evidence) {
        (true, MachineEvidence::Certain) => judge::unclear(&sentences),
        (true, _) => reading,
        (false, _) => ReplyReading::Automatic,
    }
}

/// The words of a reply that are the customer's own.
#[must_use]
pub fn own_words(reply: &CustomerReply<'_>) -> String {
    own_words::of(reply.body, reply.answers)
}

/// Whether a machine wrote a text, so that nobody is quoted with it.
#[must_use]
pub fn is_automatic(subject: &str, body: &str) -> bool {
    let reply = CustomerReply { body, subject: Some(subject), ..CustomerReply::default() };
    read(&reply) == ReplyReading::Automatic
}

/// Whether the mail that opened a ticket is an automatic reply, by two witnesses of three: its words, its subject, and what the
/// helpdesk says of it. One alone is not enough to drop it, because people are away and have a complaint as well.
#[must_use]
pub fn opens_automatically(subject: &str, body: &str, helpdesk_says_so: bool) -> bool {
    // The words are asked last: reading them takes longest, and of most tickets neither of the others says anything.
    match (helpdesk_says_so, is_automatic(subject, "")) {
        (true, true) => true,
        (false, false) => false,
        _ => is_automatic("", body),
    }
}
