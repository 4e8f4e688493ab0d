//! Locking that never fails.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a state that stays consistent even if a holder panicked.
pub(crate) fn locked<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
