//! The engine: every placed ticket, the judge, and what people said.
//!
//! `decide` looks and changes nothing; `place` records what was committed; `learn` records what
//! people said. The same calls in the same order give the same decisions.

use std::collections::HashMap;

use super::candidates;
use super::decision::Decision;
use super::index::Index;
use super::judge::{self, Models, Weights};
use super::ledger::{Correction, Ledger};
use super::lessons::{Lesson, Lessons};
use super::parallel;
use super::read::{Reading, sentence_of};
use super::repeats::Repeats;
use super::sentence::{Lane, ModelError, SentenceModel, Sentences};
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
    /// The family it is in, by the number of the topic that began it.
    pub(crate) family: u32,
    /// The ticket with which it was opened.
    opened_by: Option<TicketKey>,
}

/// Reads tickets without the engine's state: share it between threads, read ahead of deciding.
#[derive(Debug, Clone)]
pub struct Reader {
    sentences: Option<Sentences>,
}

impl Reader {
    /// A reader by itself, for reading where nothing is decided.
    ///
    /// # Errors
    /// When the sentence model cannot be loaded.
    pub fn new(model: &SentenceModel) -> Result<Self, ModelError> {
        Ok(Self { sentences: Sentences::load(model)? })
    }

    /// Reads one ticket.
    #[must_use]
    pub fn read(&self, text: &Text) -> Reading {
        let vector = self.sentences.as_ref().and_then(|model| model.vector(&sentence_of(text)));
        Reading::of(text).with_vector(vector)
    }

    /// Reads many tickets on up to `threads` threads; the same as one by one.
    #[must_use]
    pub fn read_all(&self, texts: &[Text], threads: usize) -> Vec<Reading> {
        let read = |lane: &Option<Lane>, text: &Text| {
            let model = self.sentences.as_ref().zip(lane.as_ref());
            Reading::of(text).with_vector(model.and_then(|(model, lane)| model.vector_on(lane, &sentence_of(text))))
        };
        let readings = parallel::map(texts, threads, || self.has_model().then(Lane::new), read);
        readings.into_iter().zip(texts).map(|(read, text)| read.unwrap_or_else(|| Reading::of(text))).collect()
    }

    /// Whether tickets get sentence vectors.
    #[must_use]
    pub fn has_model(&self) -> bool {
        self.sentences.is_some()
    }
}

/// Groups tickets that speak of the same topic.
#[derive(Debug)]
pub struct Engine {
    pub(crate) options: Options,
    reader: Reader,
    pub(crate) weights: Weights,
    pub(crate) index: Index,
    /// Where the machine placed each member.
    placed: Vec<Option<TopicKey>>,
    /// Where each member is, people's word included; a topic's number.
    pub(crate) topic_of: Vec<Option<u32>>,
    pub(crate) topics: Vec<Topic>,
    /// The members of each family, by the number of the topic that began it.
    pub(crate) families: Vec<Vec<u32>>,
    topic_numbers: HashMap<TopicKey, u32>,
    pub(crate) ledger: Ledger,
    pub(crate) lessons: Lessons,
    shipped: Models,
    pub(crate) repeats: Repeats,
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
        let sentences = Sentences::load(&options.model)?;
        let shipped = if sentences.is_some() { weights.meaning.clone() } else { weights.words.clone() };
        Ok(Self {
            options,
            reader: Reader { sentences },
            weights,
            index: Index::default(),
            placed: Vec::new(),
            topic_of: Vec::new(),
            topics: Vec::new(),
            families: Vec::new(),
            topic_numbers: HashMap::new(),
            ledger: Ledger::default(),
            lessons: Lessons::default(),
            shipped,
            repeats: Repeats::default(),
        })
    }

    /// A reader that gives what this engine decides on.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
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

    /// Decides about a ticket on what was placed before; changes nothing.
    #[must_use]
    pub fn decide(&self, text: &Text) -> Decision {
        self.decide_reading(&self.reader.read(text))
    }

    /// Decides about a ticket that was read before.
    #[must_use]
    pub fn decide_reading(&self, reading: &Reading) -> Decision {
        candidates::decide(self, reading)
    }

    /// Records that a ticket was put into a topic and gives where it is now: elsewhere, when a
    /// person said so, or nowhere (`None`), when a person said that it is not this topic.
    pub fn place(&mut self, text: &Text, topic: impl Into<TopicKey>) -> Option<TopicKey> {
        let reading = self.reader.read(text);
        self.place_reading(&reading, topic, None)
    }

    /// The same for a ticket that was read before. At a start, `Reading::of(&text)` with the
    /// stored vector saves the sentence model's work. The decision that was made about it, if there
    /// was one, keeps the estimate of how often tickets repeat here, and says to which family a topic
    /// belongs that is opened with a question.
    pub fn place_reading(
        &mut self,
        reading: &Reading,
        topic: impl Into<TopicKey>,
        made: Option<&Decision>,
    ) -> Option<TopicKey> {
        if let Some(belief) = made.and_then(|decision| decision.belief) {
            self.repeats.saw(belief, reading.brevity());
        }
        let topic = topic.into();
        self.remove(&reading.id);
        self.open(&topic, &reading.id, made.and_then(Decision::likely_topic));
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
        if let Some(lesson) = decision.and_then(|decision| Lesson::of(correction, decision)) {
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
                    self.unite(ended, into);
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
        let family = self.topics[*number as usize].family;
        Some(&self.topics[family as usize].key)
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

    /// Learns from an answer; the models of the mode in use are refitted now and then.
    fn hear(&mut self, lesson: Lesson) {
        if !self.lessons.hear(lesson) {
            return;
        }
        let models = self.lessons.refit(&self.shipped, self.options.precision);
        if self.reader.has_model() {
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
                let topic = &mut self.topics[number as usize];
                topic.members.push(member);
                self.families[topic.family as usize].push(member);
            }
        }
        topic
    }

    /// Opens a topic with a ticket, in the family of the topic that it is likely the same as.
    fn open(&mut self, topic: &TopicKey, ticket: &TicketKey, likely: Option<&TopicKey>) {
        if self.topic_numbers.contains_key(topic) {
            return;
        }
        let number = self.number_of(topic);
        self.topics[number as usize].opened_by = Some(ticket.clone());
        if let Some(likely) = likely {
            let likely = self.number_of(&self.ledger.resolve(likely));
            self.topics[number as usize].family = self.topics[likely as usize].family;
        }
    }

    /// A person spoke about a ticket, which answers the question with which it had opened a topic:
    /// whatever stays in that topic is a family of its own.
    fn answered(&mut self, ticket: &TicketKey) {
        let Some(number) = self
            .index
            .find(ticket)
            .and_then(|member| self.placed[member as usize].as_ref())
            .and_then(|topic| self.topic_numbers.get(topic).copied())
        else {
            return;
        };
        let topic = &mut self.topics[number as usize];
        if topic.opened_by.as_ref() == Some(ticket) && topic.family != number {
            let left = std::mem::replace(&mut topic.family, number);
            self.families[left as usize].retain(|member| !topic.members.contains(member));
            self.families[number as usize].extend(&topic.members);
        }
    }

    /// Makes one family of two.
    fn unite(&mut self, from: u32, into: u32) {
        let (from, into) = (self.topics[from as usize].family, self.topics[into as usize].family);
        if from != into {
            for topic in self.topics.iter_mut().filter(|topic| topic.family == from) {
                topic.family = into;
            }
            let moved = std::mem::take(&mut self.families[from as usize]);
            self.families[into as usize].extend(moved);
        }
    }

    fn leave(&mut self, member: u32) {
        if let Some(topic) = self.topic_of[member as usize].take() {
            let topic = &mut self.topics[topic as usize];
            topic.members.retain(|m| *m != member);
            self.families[topic.family as usize].retain(|m| *m != member);
        }
    }

    fn number_of(&mut self, topic: &TopicKey) -> u32 {
        if let Some(number) = self.topic_numbers.get(topic) {
            return *number;
        }
        let number = u32::try_from(self.topics.len()).unwrap_or(u32::MAX);
        self.topic_numbers.insert(topic.clone(), number);
        let facts = TopicFacts::default();
        self.topics.push(Topic { key: topic.clone(), members: Vec::new(), facts, family: number, opened_by: None });
        self.families.push(Vec::new());
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grouping::decision::Verdict;
    use crate::grouping::sentence::SentenceModel;

    /// Each family holds the tickets of its topics, each once, and no others.
    fn families_hold(engine: &Engine) {
        let mut by_topics: Vec<Vec<u32>> = vec![Vec::new(); engine.families.len()];
        for topic in &engine.topics {
            by_topics[topic.family as usize].extend(&topic.members);
        }
        let mut families = engine.families.clone();
        by_topics.iter_mut().chain(&mut families).for_each(|members| members.sort_unstable());
        assert_eq!(families, by_topics);
    }

    #[test]
    fn families_follow_whatever_happens_to_their_topics() {
        let mut engine = Engine::new(Options { model: SentenceModel::None, ..Options::default() }).unwrap();
        for step in 0..400usize {
            // Steps of a fixed, tangled order: coprime strides visit every pairing.
            let (ticket, topic, other) = (step * 7 % 23, step * 11 % 13, step * 5 % 13);
            let key = |topic: usize| TopicKey::from(format!("topic{topic}"));
            let text = Text::new(format!("t{ticket}"), &format!("Export number {} fails", topic % 4), "");
            match step % 8 {
                0..4 => {
                    let reading = engine.reader().read(&text);
                    let made = Decision { score: 0.6, verdict: Verdict::Ask, ..engine.decide_reading(&reading) };
                    engine.place_reading(&reading, key(topic), Some(&made));
                }
                4 => engine.remove(&text.id),
                5 => {
                    let said = Correction::NotSame { ticket: text.id, topic: key(topic) };
                    engine.learn(&step.to_string(), &said, None);
                }
                6 => {
                    let said = Correction::Same { ticket: text.id, topic: key(other) };
                    engine.learn(&step.to_string(), &said, None);
                }
                _ if step % 40 == 7 => {
                    let said = Correction::Merge { from: key(topic), into: key(other) };
                    engine.learn(&step.to_string(), &said, None);
                }
                _ => {
                    let undo = Correction::Undo { correction: (step - 1).to_string() };
                    engine.learn(&step.to_string(), &undo, None);
                }
            }
            families_hold(&engine);
        }
    }
}
