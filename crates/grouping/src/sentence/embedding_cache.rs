//! Vectors of recent texts. Exports contain the same automatic reply, form or order confirmation hundreds of times, and
//! a vector costs milliseconds.
//!
//! Invariant: a vector depends on its tokens alone, so a cached vector is the one that the model would make.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hashlink::LruCache;

use super::SentenceVector;

/// How many texts are cached, about ten megabytes at most.
const TEXTS_CACHED: usize = 8192;

type CachedVectors = LruCache<Box<[i32]>, SentenceVector>;

/// The vectors of the latest texts, by their tokens.
pub(super) struct EmbeddingCache {
    known: Mutex<CachedVectors>,
}

impl Default for EmbeddingCache {
    fn default() -> Self {
        Self { known: Mutex::new(LruCache::new(TEXTS_CACHED)) }
    }
}

impl EmbeddingCache {
    /// The vector of these tokens, if it is cached.
    pub(super) fn get(&self, ids: &[i32]) -> Option<SentenceVector> {
        self.known().get(ids).cloned()
    }

    /// Caches the vector of these tokens.
    pub(super) fn insert(&self, ids: &[i32], vector: &SentenceVector) {
        self.known().insert(ids.into(), vector.clone());
    }

    fn known(&self) -> MutexGuard<'_, CachedVectors> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(of: i32) -> SentenceVector {
        SentenceVector { scale: 1.0, values: Box::from([i8::try_from(of % 100).unwrap_or(0)]) }
    }

    #[test]
    fn recently_used_vectors_stay_and_the_others_are_dropped() {
        let cache = EmbeddingCache::default();
        cache.insert(&[-1], &vector(7));
        cache.insert(&[-2], &vector(8));
        for ids in 0..i32::try_from(3 * TEXTS_CACHED).unwrap() {
            cache.insert(&[ids], &vector(ids));
            assert_eq!(cache.get(&[-1]), Some(vector(7)));
        }
        assert_eq!(cache.get(&[-2]), None);
        assert_eq!(cache.known().len(), TEXTS_CACHED);
    }
}
