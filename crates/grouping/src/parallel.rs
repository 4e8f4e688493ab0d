//! The same work on several threads, with the results in order.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::analysis::TermCache;
use crate::sentence::InferenceThread;

/// A thread with its own inference thread and term cache. It keeps both from one batch to the next.
#[derive(Debug, Default)]
pub(crate) struct AnalyzerThread {
    pub(crate) inference: InferenceThread,
    pub(crate) term_cache: TermCache,
}

/// The threads that analyze tickets. They are created when there is work for them.
#[derive(Debug)]
pub(crate) struct AnalyzerThreads {
    limit: usize,
    created: Vec<AnalyzerThread>,
}

impl AnalyzerThreads {
    /// At most `limit` threads, and at least one.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit: limit.max(1), created: Vec::new() }
    }

    /// The results of `work` for each of the inputs, in their order. `None` stands where a thread panicked before it got
    /// to the input.
    pub(crate) fn map<T: Sync, R: Send>(
        &mut self,
        inputs: &[T],
        work: impl Fn(&mut AnalyzerThread, &T) -> R + Sync,
    ) -> Vec<Option<R>> {
        let next = AtomicUsize::new(0);
        let mut results: Vec<Option<R>> = Vec::with_capacity(inputs.len());
        results.resize_with(inputs.len(), || None);
        let needed = self.limit.min(inputs.len());
        if self.created.len() < needed {
            self.created.resize_with(needed, AnalyzerThread::default);
        }
        let take_inputs = |thread: &mut AnalyzerThread| {
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(input) = inputs.get(at) else {
                    return done;
                };
                done.push((at, work(thread, input)));
            }
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = self.created[..needed]
                .iter_mut()
                .map(|thread| scope.spawn(|| thread.inference.clone().run(|| take_inputs(thread))))
                .collect();
            for (at, result) in running.into_iter().flat_map(|thread| thread.join().unwrap_or_default()) {
                results[at] = Some(result);
            }
        });
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_inputs() {
        let inputs: Vec<usize> = (0..1000).collect();
        for limit in [0, 1, 3] {
            let mut threads = AnalyzerThreads::new(limit);
            for _ in 0..2 {
                let doubled = threads.map(&inputs, |_, input| 2 * input);
                assert!(doubled.into_iter().enumerate().all(|(at, result)| result == Some(2 * at)));
            }
        }
    }

    #[test]
    fn no_thread_is_created_without_work() {
        let mut threads = AnalyzerThreads::new(3);
        assert!(threads.map(&[], |_, (): &()| ()).is_empty() && threads.created.is_empty());
        threads.map(&[1], |_, _| ());
        assert_eq!(threads.created.len(), 1);
    }
}
