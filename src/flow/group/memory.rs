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
    /// Whether the engine still lacks the sentence model in the binary.
    is_unloaded: bool,
}

impl Grouping {
    /// An empty memory whose sentence model is loaded by the first look at the database, if it is the one in the binary: that takes
    /// longer than all else that a start does, and cannot fail for anything that somebody has set.
    pub fn unloaded(settings: &GroupingSettings) -> Result<Self, String> {
        if settings.model != Model::Builtin {
            return Self::new(settings);
        }
        Ok(Self { is_unloaded: true, ..Self::by_words(settings)? })
    }

    /// Whether [`Self::load`] has something to do.
    pub(super) fn is_unloaded(&self) -> bool {
        self.is_unloaded
    }

    /// Loads what is not loaded yet. Nobody has asked the memory for anything before.
    pub(super) fn load(&mut self, settings: &GroupingSettings) -> Result<(), String> {
        if self.is_unloaded {
            *self = Self::new(settings)?;
        }
        Ok(())
    }

    /// An empty memory; the first look at the database fills it.
    pub fn new(settings: &GroupingSettings) -> Result<Self, String> {
        let options = EngineOptions { model: sentence_model(&settings.model), precision: settings.precision };
        let engine = Engine::new(options).map_err(|error| format!("The grouping cannot start: {error}."))?;
        let (vectors_of, asks) = (model_name(&settings.model), matches!(settings.model, Model::Endpoint(_)));
        let threads = available_parallelism().map_or(1, NonZero::get);
        Ok(Self { engine, vectors_of, asks, threads, seq: 0, ahead: BTreeSet::new(), is_unloaded: false })
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

#[cfg(test)]
mod tests {
    use super::*;
    use grouping::BUILTIN_NAME;

    #[test]
    fn the_model_in_the_binary_is_loaded_when_it_is_needed_and_a_folder_that_is_not_there_is_refused_at_once() {
        let settings = |model| GroupingSettings { model, precision: 0.95 };
        let builtin = settings(Model::Builtin);
        let mut memory = Grouping::unloaded(&builtin).expect("nothing is loaded");
        assert!(memory.is_unloaded());
        memory.load(&builtin).expect("it is in the binary");
        assert!(!memory.is_unloaded());
        assert_eq!(memory.vectors_of, BUILTIN_NAME);
        assert!(Grouping::unloaded(&settings(Model::Folder("/nowhere-at-all".into()))).is_err());
        assert!(!Grouping::unloaded(&settings(Model::None)).expect("words need no model").is_unloaded());
    }
}
