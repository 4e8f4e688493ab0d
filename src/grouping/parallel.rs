//! The same work on many threads, with the results in order.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What `work` makes of each of these, in their order, on up to `threads` threads. Each thread has
/// a `bench` of its own to work at. `None` stands for what a thread left undone because it panicked.
pub(super) fn map<T: Sync, R: Send, B>(
    these: &[T],
    threads: usize,
    bench: impl Fn() -> B + Sync,
    work: impl Fn(&B, &T) -> R + Sync,
) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let mut done: Vec<Option<R>> = Vec::with_capacity(these.len());
    done.resize_with(these.len(), || None);
    std::thread::scope(|scope| {
        let worker = || {
            let (bench, mut mine) = (bench(), Vec::new());
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(this) = these.get(at) else {
                    return mine;
                };
                mine.push((at, work(&bench, this)));
            }
        };
        let workers: Vec<_> = (0..threads.clamp(1, these.len().max(1))).map(|_| scope.spawn(worker)).collect();
        for (at, result) in workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()) {
            done[at] = Some(result);
        }
    });
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_what_was_given() {
        let these: Vec<usize> = (0..1000).collect();
        for threads in [0, 1, 3] {
            let doubled = map(&these, threads, || 2, |by, this| by * this);
            assert!(doubled.into_iter().enumerate().all(|(at, result)| result == Some(2 * at)));
        }
    }
}
