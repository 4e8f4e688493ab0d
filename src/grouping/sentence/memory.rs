//! Vectors of texts that were read lately: exports hold the same automatic reply, form or order
//! confirmation hundreds of times, and a vector costs milliseconds.
//!
//! Invariant: a vector depends on its tokens alone, so a remembered one is the one that would be made.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Vector;

/// So many texts make a generation; two generations are remembered, some ten megabytes at most.
const GENERATION: usize = 4096;

type Known = HashMap<Box<[i32]>, Vector>;

/// The vectors of the latest texts, by their tokens.
#[derive(Debug, Default)]
pub(super) struct Memory {
    generations: Mutex<(Known, Known)>,
}

impl Memory {
    /// The vector of these tokens, if it is remembered.
    pub(super) fn recall(&self, ids: &[i32]) -> Option<Vector> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let (young, old) = &mut *generations;
        if let Some(vector) = young.get(ids) {
            return Some(vector.clone());
        }
        let (ids, vector) = old.remove_entry(ids)?;
        keep(&mut generations, ids, vector.clone());
        Some(vector)
    }

    /// Remembers the vector of these tokens for a while.
    pub(super) fn remember(&self, ids: &[i32], vector: &Vector) {
        keep(&mut self.generations.lock().unwrap_or_else(PoisonError::into_inner), ids.into(), vector.clone());
    }
}

fn keep((young, old): &mut (Known, Known), ids: Box<[i32]>, vector: Vector) {
    if young.len() >= GENERATION {
        *old = std::mem::take(young);
    }
    young.insert(ids, vector);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(of: i32) -> Vector {
        Vector { scale: 1.0, values: Box::from([i8::try_from(of % 100).unwrap_or(0)]) }
    }

    #[test]
    fn what_is_asked_for_again_and_again_is_remembered_and_the_rest_forgotten() {
        let memory = Memory::default();
        memory.remember(&[-1], &vector(7));
        memory.remember(&[-2], &vector(8));
        for ids in 0..i32::try_from(3 * GENERATION).unwrap() {
            memory.remember(&[ids], &vector(ids));
            assert_eq!(memory.recall(&[-1]), Some(vector(7)));
        }
        assert_eq!(memory.recall(&[-2]), None);
        let generations = memory.generations.into_inner().unwrap();
        assert!(generations.0.len() + generations.1.len() <= 2 * GENERATION);
    }
}
