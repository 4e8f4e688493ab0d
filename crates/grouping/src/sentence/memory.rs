//! Vectors of texts that were read lately: exports hold the same automatic reply, form or order
//! confirmation hundreds of times, and a vector costs milliseconds.
//!
//! Invariant: a vector depends on its tokens alone, so a remembered one is the one that would be made.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;

use super::Vector;

/// So many texts are remembered, some ten megabytes at most.
const REMEMBERED: usize = 8192;

type Known = LruCache<Box<[i32]>, Vector>;

/// The vectors of the latest texts, by their tokens.
pub(super) struct Memory {
    known: Mutex<Known>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { known: Mutex::new(LruCache::new(REMEMBERED)) }
    }
}

impl Memory {
    /// The vector of these tokens, if it is remembered.
    pub(super) fn recall(&self, ids: &[i32]) -> Option<Vector> {
        self.known().get(ids).cloned()
    }

    /// Remembers the vector of these tokens for a while.
    pub(super) fn remember(&self, ids: &[i32], vector: &Vector) {
        self.known().insert(ids.into(), vector.clone());
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        for ids in 0..i32::try_from(3 * REMEMBERED).unwrap() {
            memory.remember(&[ids], &vector(ids));
            assert_eq!(memory.recall(&[-1]), Some(vector(7)));
        }
        assert_eq!(memory.recall(&[-2]), None);
        assert_eq!(memory.known().len(), REMEMBERED);
    }
}
