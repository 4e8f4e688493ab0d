//! The same work on many threads, with the results in order.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::read::Lexicon;
use super::sentence::Lane;

/// A thread of its own with the words that it has seen, which it keeps from one piece of work to the next.
#[derive(Debug, Default)]
pub(super) struct Worker {
    pub(super) lane: Lane,
    pub(super) lexicon: Lexicon,
}

/// Workers, called up when there is work for them.
#[derive(Debug)]
pub(super) struct Workers {
    most: usize,
    called: Vec<Worker>,
}

impl Workers {
    /// Up to so many.
    pub(super) fn new(most: usize) -> Self {
        Self { most: most.max(1), called: Vec::new() }
    }

    /// What `work` makes of each of these, in their order. `None` stands for what a worker left undone because it panicked.
    pub(super) fn map<T: Sync, R: Send>(
        &mut self,
        these: &[T],
        work: impl Fn(&mut Worker, &T) -> R + Sync,
    ) -> Vec<Option<R>> {
        let next = AtomicUsize::new(0);
        let mut done: Vec<Option<R>> = Vec::with_capacity(these.len());
        done.resize_with(these.len(), || None);
        let wanted = self.most.min(these.len());
        if self.called.len() < wanted {
            self.called.resize_with(wanted, Worker::default);
        }
        let all = |worker: &mut Worker| {
            let mut mine = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(this) = these.get(at) else {
                    return mine;
                };
                mine.push((at, work(worker, this)));
            }
        };
        std::thread::scope(|scope| {
            let working: Vec<_> = self.called[..wanted]
                .iter_mut()
                .map(|worker| scope.spawn(|| worker.lane.clone().run(|| all(worker))))
                .collect();
            for (at, result) in working.into_iter().flat_map(|working| working.join().unwrap_or_default()) {
                done[at] = Some(result);
            }
        });
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_what_was_given() {
        let these: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 3] {
            let mut workers = Workers::new(threads);
            for _ in 0..2 {
                let doubled = workers.map(&these, |_, this| 2 * this);
                assert!(doubled.into_iter().enumerate().all(|(at, result)| result == Some(2 * at)));
            }
        }
    }

    #[test]
    fn nobody_is_called_for_nothing() {
        let mut workers = Workers::new(3);
        assert!(workers.map(&[], |_, (): &()| ()).is_empty() && workers.called.is_empty());
        workers.map(&[1], |_, _| ());
        assert_eq!(workers.called.len(), 1);
    }
}
