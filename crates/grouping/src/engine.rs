//! The engine: every placed ticket, the judge, and what people said.
//!
//! `decide` looks and changes nothing; `place` records what was committed; `learn` records what
//! people said. The same calls in the same order give the same decisions.

use foldhash::HashMap;

use super::ahead::ReadAhead;
use super::decision::{Decision, Gist};
use super::families::Families;
use super::index::Index;
use super::judge::{self, Models, Weights};
use super::ledger::{Correction, Ledger};
use super::lessons::{Lesson, Lessons};
use super::read::Reading;
use super::reader::Reader;
use super::repeats::Repeats;
use super::sentence::{ModelError, SentenceModel};
use super::templates::Templates;
use super::text::{Text, TicketKey, TopicKey};

/// How the engine works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which sentence model reads the tickets.
    pub model: SentenceModel,
    /// The share of the machine's joins that is to be right.
    pub precision: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { model: SentenceModel::default(), precision: 0.95 }
    }
}

impl Options {
    /// Whether tickets have vectors, made here or elsewhere.
    fn has_vectors(&self) -> bool {
        self.model != SentenceModel::None
    }
}

/// Why an engine cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The sentence model cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The weights in the binary are not those of this build.
    #[error("the shipped weights do not fit this build: {0}")]
    Weights(String),
}

/// What is known of a topic besides its tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopicFacts {
    /// When its fix was shipped or it was declined, in UTC microseconds.
    pub finished_at_us: Option<i64>,
}

/// A topic with its tickets.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) key: TopicKey,
    pub(crate) members: Vec<u32>,
    pub(crate) facts: TopicFacts,
    /// The ticket with which it was opened.
    opened_by: Option<TicketKey>,
}

/// Groups tickets that speak of the same topic.
#[derive(Debug)]
pub struct Engine {
    pub(crate) options: Options,
    pub(crate) reader: Reader,
    pub(crate) weights: Weights,
    pub(crate) index: Index,
    /// Where the machine placed each member.
    placed: Vec<Option<TopicKey>>,
    /// Where each member is, people's word included; a topic's number.
    pub(crate) topic_of: Vec<Option<u32>>,
    pub(crate) topics: Vec<Topic>,
    pub(crate) families: Families,
    topic_numbers: HashMap<TopicKey, u32>,
    pub(crate) ledger: Ledger,
    pub(crate) lessons: Lessons,
    shipped: Models,
    pub(crate) repeats: Repeats,
    templates: Templates,
}

impl Engine {
    /// An empty engine.
    ///
    /// # Errors
    /// When the sentence model cannot be loaded.
    pub fn new(options: Options) -> Result<Self, EngineError> {
        let weights = judge::shipped().map_err(|e| EngineError::Weights(e.to_string()))?;
        if !weights.fits() {
            return Err(EngineError::Weights("they are for other signals".into()));
        }
        Self::judging_by(weights, options)
    }

    /// An empty engine with other weights than the shipped ones.
    pub(crate) fn judging_by(weights: Weights, options: Options) -> Result<Self, EngineError> {
        let reader = Reader::new(&options.model)?;
        let shipped = if options.has_vectors() { weights.meaning.clone() } else { weights.words.clone() };
        Ok(Self {
            options,
            reader,
            weights,
            index: Index::default(),
            placed: Vec::new(),
            topic_of: Vec::new(),
            topics: Vec::new(),
            families: Families::default(),
            topic_numbers: HashMap::default(),
            ledger: Ledger::default(),
            lessons: Lessons::default(),
            shipped,
            repeats: Repeats::default(),
            templates: Templates::default(),
        })
    }

    /// A reader that gives what this engine decides on, until further tickets are placed.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Reads tickets before the ones that come before them are placed, on up to `threads` threads.
    #[must_use]
    pub fn read_ahead(&self, threads: usize) -> ReadAhead {
        ReadAhead::new(self.reader.clone(), self.templates.clone(), threads)
    }

    /// How many tickets are placed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether no ticket is placed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Records that a ticket was put into a topic and gives where it is now: elsewhere, when a
    /// person said so, or nowhere (`None`), when a person said that it is not this topic.
    pub fn place(&mut self, text: &Text, topic: impl Into<TopicKey>) -> Option<TopicKey> {
        let reading = self.reader.read(text);
        self.place_reading(&reading, topic, None)
    }

    /// The same for a ticket that was read before, with the decision that was made about it, if there was one.
    pub fn place_reading(
        &mut self,
        reading: &Reading,
        topic: impl Into<TopicKey>,
        made: Option<&Decision>,
    ) -> Option<TopicKey> {
        self.place_again(reading, topic, &made.map(Decision::gist).unwrap_or_default())
    }

    /// The same for a ticket that was decided in an earlier run. The gist of that decision keeps the estimate of how often
    /// tickets repeat here, and says to which family a topic belongs that is opened with a question.
    pub fn place_again(&mut self, reading: &Reading, topic: impl Into<TopicKey>, made: &Gist) -> Option<TopicKey> {
        if let Some(belief) = made.belief {
            self.repeats.saw(belief, reading.brevity());
        }
        let topic = topic.into();
        let is_new = self.index.find(&reading.id).is_none();
        if is_new && self.templates.saw(&reading.brand, &reading.lines, reading.created_at_us) {
            self.reader.templates = self.templates.known().clone();
        }
        self.remove(&reading.id);
        self.open(&topic, &reading.id, made.likely.as_ref());
        let member = self.index.add(reading);
        self.placed.push(Some(topic));
        self.topic_of.push(None);
        self.settle(member)
    }

    /// Takes a ticket out of the engine; what people said about it stays.
    pub fn remove(&mut self, ticket: &TicketKey) {
        if let Some(member) = self.index.remove(ticket) {
            self.leave(member);
            self.placed[member as usize] = None;
        }
    }

    /// Records what a person said, under a key that `Undo` can name. The same key again changes
    /// nothing. With the ticket's decision as it was stored, the judge learns from the answer too.
    pub fn learn(&mut self, key: &str, correction: &Correction, decision: Option<&Decision>) {
        let ended = match correction {
            Correction::Merge { from, .. } => Some(self.ledger.resolve(from)),
            _ => None,
        };
        if !self.ledger.append(key, correction) {
            return;
        }
        let lesson = decision.and_then(|shown| Lesson::of(&self.ledger.as_of_now(correction), &self.shown_now(shown)));
        if let Some(lesson) = lesson {
            self.hear(lesson);
        }
        match correction {
            Correction::Same { ticket, .. } | Correction::NotSame { ticket, .. } | Correction::Move { ticket, .. } => {
                self.answered(ticket);
                self.settle_ticket(ticket);
            }
            Correction::Merge { into, .. } => {
                let ended = ended.and_then(|from| self.topic_numbers.get(&from).copied());
                let moved = ended.map(|topic| self.topics[topic as usize].members.clone()).unwrap_or_default();
                if let Some(ended) = ended {
                    let into = self.number_of(&self.ledger.resolve(into));
                    self.families.merged(ended, into, self.ledger.latest());
                }
                for member in moved {
                    self.settle(member);
                }
            }
            Correction::Split { tickets, stay, .. } => {
                for ticket in tickets.iter().chain(stay) {
                    self.answered(ticket);
                    self.settle_ticket(ticket);
                }
            }
            Correction::Undo { .. } => {
                for member in 0..self.placed.len() {
                    self.settle(u32::try_from(member).unwrap_or(u32::MAX));
                }
                let members = self.topics.iter().map(|topic| topic.members.as_slice());
                self.families.derive(|said| self.ledger.holds(said), members);
            }
        }
    }

    /// Tells what is known of a topic.
    pub fn topic(&mut self, topic: impl Into<TopicKey>, facts: TopicFacts) {
        let topic = self.ledger.resolve(&topic.into());
        let number = self.number_of(&topic);
        self.topics[number as usize].facts = facts;
    }

    /// Where a ticket is: `None` when it was not placed or a person took it out of its topic.
    #[must_use]
    pub fn topic_of(&self, ticket: &TicketKey) -> Option<&TopicKey> {
        let member = self.index.find(ticket)?;
        let topic = self.topic_of[member as usize]?;
        Some(&self.topics[topic as usize].key)
    }

    /// The topic that began the family of a topic: what it is if every open question is answered by
    /// its likelihood.
    #[must_use]
    pub fn family_of(&self, topic: &TopicKey) -> Option<&TopicKey> {
        let number = self.topic_numbers.get(topic)?;
        Some(&self.topics[self.families.of(*number) as usize].key)
    }

    /// The tickets of a topic, by number, the latest last.
    pub(crate) fn members_of(&self, topic: &TopicKey) -> &[u32] {
        self.topic_numbers.get(topic).map_or(&[], |number| &self.topics[*number as usize].members)
    }

    /// What a topic has become through merges.
    #[must_use]
    pub fn resolve(&self, topic: &TopicKey) -> TopicKey {
        self.ledger.resolve(topic)
    }

    /// How many answers of people were learned from.
    #[must_use]
    pub fn lesson_count(&self) -> usize {
        self.lessons.heard()
    }

    pub(crate) fn models(&self, reading: &Reading) -> &Models {
        if reading.vector.is_some() { &self.weights.meaning } else { &self.weights.words }
    }

    /// A decision with what its topics have become since: an answer names a topic as it is called by now.
    fn shown_now(&self, decision: &Decision) -> Decision {
        let mut now = decision.clone();
        for candidate in &mut now.candidates {
            candidate.topic = self.ledger.resolve(&candidate.topic);
        }
        now
    }

    /// Learns from an answer; the models of the mode in use are refitted now and then.
    fn hear(&mut self, lesson: Lesson) {
        if !self.lessons.hear(lesson) {
            return;
        }
        let models = self.lessons.refit(&self.shipped, self.options.precision);
        if self.options.has_vectors() {
            self.weights.meaning = models;
        } else {
            self.weights.words = models;
        }
    }

    fn settle_ticket(&mut self, ticket: &TicketKey) {
        if let Some(member) = self.index.find(ticket) {
            self.settle(member);
        }
    }

    /// Puts a member where people and machine want it to be.
    fn settle(&mut self, member: u32) -> Option<TopicKey> {
        let placed = self.placed[member as usize].clone()?;
        let key = self.index.members[member as usize].key.clone();
        let topic = self.ledger.whereabouts(&key, &placed);
        let number = topic.as_ref().map(|topic| self.number_of(topic));
        if self.topic_of[member as usize] != number {
            self.leave(member);
            self.topic_of[member as usize] = number;
            if let Some(number) = number {
                self.topics[number as usize].members.push(member);
                self.families.came(member, number);
            }
        }
        topic
    }

    /// Opens a topic with its first ticket, in the family of the topic that it is likely the same as.
    fn open(&mut self, topic: &TopicKey, ticket: &TicketKey, likely: Option<&TopicKey>) {
        let number = self.number_of(topic);
        let opened = &mut self.topics[number as usize];
        if opened.opened_by.is_some() || !opened.members.is_empty() {
            return;
        }
        opened.opened_by = Some(ticket.clone());
        if let Some(likely) = likely {
            let likely = self.number_of(&self.ledger.resolve(likely));
            self.families.opened(number, likely);
        }
    }

    /// A person spoke about a ticket, which answers the question with which it had opened a topic.
    fn answered(&mut self, ticket: &TicketKey) {
        let number = self
            .index
            .find(ticket)
            .and_then(|member| self.placed[member as usize].as_ref())
            .and_then(|topic| self.topic_numbers.get(topic).copied());
        if let Some(number) = number
            && self.topics[number as usize].opened_by.as_ref() == Some(ticket)
        {
            self.families.answered(number, &self.topics[number as usize].members, self.ledger.latest());
        }
    }

    fn leave(&mut self, member: u32) {
        if let Some(topic) = self.topic_of[member as usize].take() {
            self.topics[topic as usize].members.retain(|m| *m != member);
            self.families.left(member, topic);
        }
    }

    fn number_of(&mut self, topic: &TopicKey) -> u32 {
        if let Some(number) = self.topic_numbers.get(topic) {
            return *number;
        }
        let number = u32::try_from(self.topics.len()).unwrap_or(u32::MAX);
        self.topic_numbers.insert(topic.clone(), number);
        let facts = TopicFacts::default();
        self.topics.push(Topic { key: topic.clone(), members: Vec::new(), facts, opened_by: None });
        self.families.begin();
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_finds_what_was_shown_under_the_name_it_has_by_now() {
        let mut engine = Engine::new(Options { model: SentenceModel::None, ..Options::default() }).unwrap();
        engine.place(&Text::new("1", "Export fails", ""), "first");
        let shown = engine.decide(&Text::new("2", "Export fails again", ""));
        engine.learn("merge", &Correction::Merge { from: "first".into(), into: "second".into() }, None);
        assert_eq!(engine.shown_now(&shown).candidates[0].topic, "second".into());
        let said = |topic: &str| Correction::Same { ticket: "2".into(), topic: topic.into() };
        assert_eq!(engine.ledger.as_of_now(&said("first")), said("second"));
    }
}
