//! The engine: every placed ticket, the scorer, and what people said.
//!
//! `decide` changes nothing, `place` records what was committed, and `learn` records what people said. The same calls in
//! the same order give the same decisions.

use foldhash::HashMap;

use crate::analysis::AnalyzedTicket;
use crate::analyzer::Analyzer;
use crate::boilerplate::BoilerplateLearner;
use crate::bound;
use crate::clusters::ProvisionalClusters;
use crate::decision::{Placement, TicketDecision};
use crate::duplicate_prior::DuplicatePrior;
use crate::index::Index;
use crate::ledger::{Correction, Ledger};
use crate::online_learner::{Answer, OnlineLearner, Said};
use crate::scorer::{self, ScorerModels, ScorerWeights};
use crate::sentence::{ModelError, SentenceModel};
use crate::stream_analyzer::StreamAnalyzer;
use crate::ticket::{TicketKey, TicketText, TopicKey};

/// How the engine works.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Which sentence model embeds the tickets.
    pub model: SentenceModel,
    /// The share of the machine's joins that must be right.
    pub precision: f64,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { model: SentenceModel::default(), precision: 0.95 }
    }
}

impl EngineOptions {
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
    /// The weights in the binary do not belong to this build.
    #[error("the shipped weights do not fit this build: {0}")]
    Weights(String),
}

/// A topic with its tickets.
#[derive(Debug)]
pub(crate) struct EngineTopic {
    pub(crate) key: TopicKey,
    pub(crate) members: Vec<u32>,
    /// The ticket that opened it.
    opened_by: Option<TicketKey>,
}

/// Groups tickets that are about the same topic.
#[derive(Debug)]
pub struct Engine {
    options: EngineOptions,
    pub(crate) analyzer: Analyzer,
    pub(crate) weights: ScorerWeights,
    pub(crate) index: Index,
    /// Where the machine placed each member.
    placed: Vec<Option<TopicKey>>,
    /// The number of the topic that each member is in, people's corrections included.
    pub(crate) topic_of: Vec<Option<u32>>,
    pub(crate) topics: Vec<EngineTopic>,
    pub(crate) clusters: ProvisionalClusters,
    topic_numbers: HashMap<TopicKey, u32>,
    pub(crate) ledger: Ledger,
    pub(crate) learner: OnlineLearner,
    shipped: ScorerModels,
    pub(crate) duplicate_prior: DuplicatePrior,
    boilerplate: BoilerplateLearner,
}

impl Engine {
    /// An empty engine.
    ///
    /// # Errors
    /// When the sentence model cannot be loaded.
    pub fn new(options: EngineOptions) -> Result<Self, EngineError> {
        let weights = scorer::shipped().map_err(|e| EngineError::Weights(e.to_string()))?;
        if !weights.fits() {
            return Err(EngineError::Weights("they are for other features".into()));
        }
        Self::with_weights(weights, options)
    }

    /// An empty engine with other weights than the shipped ones.
    pub(crate) fn with_weights(weights: ScorerWeights, options: EngineOptions) -> Result<Self, EngineError> {
        let analyzer = Analyzer::new(&options.model)?;
        let shipped = if options.has_vectors() { weights.meaning.clone() } else { weights.words.clone() };
        Ok(Self {
            options,
            analyzer,
            weights,
            index: Index::default(),
            placed: Vec::new(),
            topic_of: Vec::new(),
            topics: Vec::new(),
            clusters: ProvisionalClusters::default(),
            topic_numbers: HashMap::default(),
            ledger: Ledger::default(),
            learner: OnlineLearner::default(),
            shipped,
            duplicate_prior: DuplicatePrior::default(),
            boilerplate: BoilerplateLearner::default(),
        })
    }

    /// An analyzer whose results this engine can decide on, until further tickets are placed.
    #[must_use]
    pub fn analyzer(&self) -> Analyzer {
        self.analyzer.clone()
    }

    /// An analyzer for tickets whose predecessors are not placed yet, on up to `threads` threads.
    #[must_use]
    pub fn stream_analyzer(&self, threads: usize) -> StreamAnalyzer {
        StreamAnalyzer::new(self.analyzer.clone(), self.boilerplate.clone(), threads)
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

    /// Records that a ticket was put into a topic, and returns where it is now. That is another topic when a person said
    /// so, and none when a person said that it does not belong to this one.
    pub fn place(&mut self, text: &TicketText, topic: impl Into<TopicKey>) -> Option<TopicKey> {
        let analyzed = self.analyzer.analyze(text);
        self.place_analyzed(&analyzed, topic, None)
    }

    /// The same for a ticket that was analyzed before, with its decision if there was one.
    pub fn place_analyzed(
        &mut self,
        analyzed: &AnalyzedTicket,
        topic: impl Into<TopicKey>,
        made: Option<&TicketDecision>,
    ) -> Option<TopicKey> {
        self.place_as_before(analyzed, topic, &made.map(TicketDecision::placement).unwrap_or_default())
    }

    /// The same for a ticket that was decided in an earlier run. That decision's placement keeps the duplicate prior
    /// right, and tells which cluster a topic belongs to that was opened with a question.
    pub fn place_as_before(
        &mut self,
        analyzed: &AnalyzedTicket,
        topic: impl Into<TopicKey>,
        made: &Placement,
    ) -> Option<TopicKey> {
        if let Some(log_odds) = made.match_log_odds {
            self.learner.found(&analyzed.id, log_odds + self.duplicate_prior.log_odds());
            self.duplicate_prior.observe(log_odds, analyzed.brevity());
        }
        let topic = topic.into();
        let is_new = self.index.find(&analyzed.id).is_none();
        if is_new && self.boilerplate.observe(&analyzed.brand, &analyzed.lines, analyzed.created_at_us) {
            self.analyzer.boilerplate = self.boilerplate.known().clone();
        }
        self.remove(&analyzed.id);
        self.open(&topic, &analyzed.id, made.likely.as_ref());
        let member = self.index.add(analyzed);
        self.placed.push(Some(topic));
        self.topic_of.push(None);
        self.settle(member)
    }

    /// Takes a ticket out of the engine. What people said about it stays.
    pub fn remove(&mut self, ticket: &TicketKey) {
        if let Some(member) = self.index.remove(ticket) {
            self.leave(member);
            self.placed[member as usize] = None;
        }
    }

    /// Records what a person said, under a key that `Undo` can name. The same key again changes nothing. Given the stored
    /// decisions about the tickets of which it was said, the scorer learns from the answer too.
    pub fn learn<'d>(
        &mut self,
        key: &str,
        correction: &Correction,
        decisions: impl IntoIterator<Item = &'d TicketDecision>,
    ) {
        let ended = match correction {
            Correction::Merge { from, .. } => Some(self.ledger.resolve(from)),
            _ => None,
        };
        if !self.ledger.append(key, correction) {
            return;
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
                    self.clusters.merged(ended, into, self.ledger.latest());
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
                self.clusters.derive(|correction| self.ledger.holds(correction), members);
            }
        }
        // Last, so that the models are fitted with the tickets where the correction puts them.
        for shown in decisions {
            if let Some(answer) = Answer::of(self.ledger.latest(), correction, shown) {
                self.observe(answer);
            }
        }
    }

    /// Where a ticket is; `None` when it was not placed or a person took it out of its topic.
    #[must_use]
    pub fn topic_of(&self, ticket: &TicketKey) -> Option<&TopicKey> {
        let member = self.index.find(ticket)?;
        let topic = self.topic_of[member as usize]?;
        Some(&self.topics[topic as usize].key)
    }

    /// The topic that started the provisional cluster of a topic: the one it is part of if every open question gets its
    /// likeliest answer.
    #[must_use]
    pub fn cluster_of(&self, topic: &TopicKey) -> Option<&TopicKey> {
        let number = self.topic_numbers.get(topic)?;
        Some(&self.topics[self.clusters.of(*number) as usize].key)
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

    /// How many answers of people the scorer has learned from.
    #[must_use]
    pub fn example_count(&self) -> usize {
        self.learner.example_count()
    }

    pub(crate) fn models(&self, analyzed: &AnalyzedTicket) -> &ScorerModels {
        if analyzed.vector.is_some() { &self.weights.meaning } else { &self.weights.words }
    }

    /// Learns from an answer. From time to time the models of the mode in use are fitted again.
    fn observe(&mut self, answer: Answer) {
        if !self.learner.observe(answer) {
            return;
        }
        let mut learner = std::mem::take(&mut self.learner);
        let precision = self.options.precision;
        let lowest = bound::lowest(precision, self.options.has_vectors());
        let models =
            learner.refit(&self.shipped, (precision, lowest), |answer, candidate| self.was_right(answer, candidate));
        self.learner = learner;
        if self.options.has_vectors() {
            self.weights.meaning = models;
        } else {
            self.weights.words = models;
        }
    }

    /// Whether a ticket's candidate was right, by where the two are now. `None` if the answer says nothing of it, or does not hold
    /// any more.
    fn was_right(&self, answer: &Answer, candidate: &TicketKey) -> Option<bool> {
        if !self.ledger.holds(answer.correction) {
            return None;
        }
        let (own, other) = (self.topic_of(&answer.ticket), self.topic_of(candidate)?);
        let is_refused = || self.ledger.is_cannot_link(&answer.ticket, other, own).then_some(false);
        match answer.says {
            Said::Right => Some(own? == other),
            Said::Wrong => is_refused(),
            Said::Apart => (own? == other).then_some(true).or_else(is_refused),
        }
    }

    fn settle_ticket(&mut self, ticket: &TicketKey) {
        if let Some(member) = self.index.find(ticket) {
            self.settle(member);
        }
    }

    /// Puts a member where people and the machine want it.
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
                self.clusters.came(member, number);
            }
        }
        topic
    }

    /// Opens a topic with its first ticket, in the cluster of the topic that it is probably the same as.
    fn open(&mut self, topic: &TopicKey, ticket: &TicketKey, likely: Option<&TopicKey>) {
        let number = self.number_of(topic);
        let opened = &mut self.topics[number as usize];
        if opened.opened_by.is_some() || !opened.members.is_empty() {
            return;
        }
        opened.opened_by = Some(ticket.clone());
        if let Some(likely) = likely {
            let likely = self.number_of(&self.ledger.resolve(likely));
            self.clusters.opened(number, likely);
        }
    }

    /// A person said something about a ticket. If the ticket opened a topic with a question, that answers it.
    fn answered(&mut self, ticket: &TicketKey) {
        let number = self
            .index
            .find(ticket)
            .and_then(|member| self.placed[member as usize].as_ref())
            .and_then(|topic| self.topic_numbers.get(topic).copied());
        if let Some(number) = number
            && self.topics[number as usize].opened_by.as_ref() == Some(ticket)
        {
            self.clusters.answered(number, &self.topics[number as usize].members, self.ledger.latest());
        }
    }

    fn leave(&mut self, member: u32) {
        if let Some(topic) = self.topic_of[member as usize].take() {
            self.topics[topic as usize].members.retain(|m| *m != member);
            self.clusters.left(member, topic);
        }
    }

    fn number_of(&mut self, topic: &TopicKey) -> u32 {
        if let Some(number) = self.topic_numbers.get(topic) {
            return *number;
        }
        let number = u32::try_from(self.topics.len()).unwrap_or(u32::MAX);
        self.topic_numbers.insert(topic.clone(), number);
        self.topics.push(EngineTopic { key: topic.clone(), members: Vec::new(), opened_by: None });
        self.clusters.start();
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed_apart(tickets: &[&str]) -> (Engine, TicketDecision) {
        let mut engine = Engine::new(EngineOptions { model: SentenceModel::None, ..EngineOptions::default() }).unwrap();
        let mut last = None;
        for ticket in tickets {
            let text =
                TicketText::new(*ticket, "Export fails", &format!("The export of report {ticket} stops halfway"));
            last = Some(engine.decide(&text));
            engine.place(&text, *ticket);
        }
        (engine, last.unwrap())
    }

    fn said(engine: &mut Engine, ticket: &str, to: &str, shown: &TicketDecision) -> Answer {
        let moved = Correction::Move { ticket: ticket.into(), from: ticket.into(), to: to.into() };
        engine.learn(ticket, &moved, Some(shown));
        Answer::of(engine.ledger.latest(), &moved, shown).unwrap()
    }

    #[test]
    fn whoever_puts_tickets_together_one_by_one_says_that_all_of_them_are_the_same() {
        let (mut engine, shown) = placed_apart(&["1", "2", "3"]);
        assert!(shown.candidates.iter().any(|candidate| candidate.ticket == "2".into()), "{shown:?}");
        let answer = said(&mut engine, "3", "1", &shown);
        assert_eq!(engine.was_right(&answer, &"1".into()), Some(true));
        assert_eq!(engine.was_right(&answer, &"2".into()), Some(false), "it is still elsewhere");
        let (from, to) = (TopicKey::from("2"), TopicKey::from("1"));
        engine.learn("2", &Correction::Move { ticket: "2".into(), from, to }, None);
        assert_eq!(engine.was_right(&answer, &"2".into()), Some(true), "by now it was the right one, too");
        engine.learn("undo", &Correction::Undo { correction: "3".into() }, None);
        assert_eq!(engine.was_right(&answer, &"1".into()), None, "what was taken back teaches nothing");
    }

    #[test]
    fn what_is_only_refused_says_nothing_of_other_topics() {
        let (mut engine, shown) = placed_apart(&["1", "2", "3"]);
        let refused = Correction::NotSame { ticket: "3".into(), topic: "2".into() };
        engine.learn("no", &refused, Some(&shown));
        let answer = Answer::of(engine.ledger.latest(), &refused, &shown).unwrap();
        let verdicts = ["1", "2"].map(|candidate| engine.was_right(&answer, &candidate.into()));
        assert_eq!(verdicts, [None, Some(false)]);
    }

    #[test]
    fn what_is_split_off_is_one_topic_and_not_the_one_that_it_left() {
        let (mut engine, shown) = placed_apart(&["1", "2", "3", "4"]);
        for ticket in ["2", "4"] {
            let same = Correction::Same { ticket: ticket.into(), topic: "1".into() };
            engine.learn(ticket, &same, None);
        }
        let split = Correction::Split {
            tickets: vec!["2".into(), "4".into()],
            from: "1".into(),
            to: "5".into(),
            stay: vec!["1".into()],
        };
        engine.learn("split", &split, [&shown]);
        let answer = Answer::of(engine.ledger.latest(), &split, &shown).unwrap();
        let verdicts = ["1", "2", "3"].map(|candidate| engine.was_right(&answer, &candidate.into()));
        assert_eq!(verdicts, [Some(false), Some(true), None]);
        assert_eq!(engine.example_count(), 1);
    }

    #[test]
    fn a_merge_makes_the_candidates_of_the_other_topic_right() {
        let (mut engine, shown) = placed_apart(&["1", "2"]);
        let merged = Correction::Merge { from: "2".into(), into: "1".into() };
        engine.learn("merge", &merged, Some(&shown));
        let answer = Answer::of(engine.ledger.latest(), &merged, &shown).unwrap();
        assert_eq!(engine.was_right(&answer, &"1".into()), Some(true));
    }
}
