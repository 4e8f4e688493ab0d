//! What the grouping remembers: the engine, and up to which decision it has followed.

use std::{collections::BTreeSet, num::NonZero, thread::available_parallelism};

use super::keys::key;
use crate::{
    flow::sentence_model::{model_name, sentence_model},
    model::id::TopicId,
    settings::{GroupingSettings, Model},
};
use grouping::{AnalyzedTicket, Engine, EngineOptions, TicketDecision};

/// The grouping's memory: the engine, and up to which decision it has followed.
pub struct Grouping {
    pub(super) engine: Engine,
    /// The name under which the vectors of its model are kept.
    pub(super) vectors_of: String,
    /// Whether its vectors come from the endpoint.
    pub(super) asks: bool,
    /// How many tickets it reads at a time.
    pub(super) threads: usize,
    pub(super) seq: i64,
    /// Later decisions of our own, which the engine already knows.
    pub(super) ahead: BTreeSet<i64>,
}

impl Grouping {
    /// An empty memory; the first look at the database fills it.
    pub fn new(settings: &GroupingSettings) -> Result<Self, String> {
        let options = EngineOptions { model: sentence_model(&settings.model), precision: settings.precision };
        let engine = Engine::new(options).map_err(|error| format!("The grouping cannot start: {error}."))?;
        let (vectors_of, asks) = (model_name(&settings.model), matches!(settings.model, Model::Endpoint(_)));
        let threads = available_parallelism().map_or(1, NonZero::get);
        Ok(Self { engine, vectors_of, asks, threads, seq: 0, ahead: BTreeSet::new() })
    }

    /// A memory that leaves half of the processors to others while it follows.
    pub(super) fn unhurried(settings: &GroupingSettings) -> Result<Self, String> {
        let memory = Self::new(settings)?;
        Ok(Self { threads: (memory.threads / 2).max(1), ..memory })
    }

    /// A memory that compares words alone, whatever model is set.
    pub(super) fn by_words(settings: &GroupingSettings) -> Result<Self, String> {
        Self::new(&GroupingSettings { model: Model::None, ..settings.clone() })
    }

    /// How many answers of people it has learned from.
    pub fn answers(&self) -> usize {
        self.engine.example_count()
    }

    /// How many tickets it knows.
    pub(super) fn tickets(&self) -> usize {
        self.engine.len()
    }

    /// Remembers a ticket that this process has just decided about.
    pub(super) fn placed(&mut self, analyzed: &AnalyzedTicket, topic: TopicId, decision: &TicketDecision, seq: i64) {
        self.engine.place_analyzed(analyzed, key(topic), Some(decision));
        if self.seq + 1 == seq {
            self.seq = seq;
        } else {
            self.ahead.insert(seq);
        }
    }
}
