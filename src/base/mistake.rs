//! Mistakes of ours. One stops what it happened in and nothing else, it is said where a person looks, and its text goes nowhere:
//! a panic may quote what a customer wrote.

use std::panic::{AssertUnwindSafe, PanicHookInfo, set_hook};

use futures::FutureExt as _;

/// Heard itself failed over something. Where in the source stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Heard made a mistake over this. Please report it, with the line that the log has of it.")]
pub struct Mistake;

/// What `work` returns, or that it panicked. Nothing that it had half changed may be used afterwards: a transaction is dropped.
pub async fn caught<T>(work: impl Future<Output = T>) -> Result<T, Mistake> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|_| Mistake)
}

/// From now on a panic is a line of the log with its place in the source, and without its text.
pub fn log_without_text() {
    set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "Heard made a mistake; please report the place");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_mistake_ends_in_an_answer() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
        let words: Vec<&str> = Vec::new();
        assert_eq!(caught(async { words[3] }).await, Err(Mistake));
    }
}
