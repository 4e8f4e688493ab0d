//! Finds the earlier tickets that may be about the same topic, and compares each with the new one.

use std::collections::BTreeSet;

use crate::analysis::AnalyzedTicket;
use crate::engine::Engine;
use crate::index::{PartialScan, Partition, QueryTerm, ScanResult};
use crate::pair_features::{PairComparison, PairFeatures};
use crate::ranking::Situation;

/// How many tickets each kind of search contributes.
const LEXICAL_LIMIT: usize = 50;
pub(crate) const DENSE_LIMIT: usize = 50;
const SAME_CUSTOMER_LIMIT: usize = 5;
const SAME_TEXT_LIMIT: usize = 5;
/// How many of the latest tickets with a word are considered when every word is too common to search by.
const RECENT_LIMIT: usize = 10;

/// A ticket's candidates, compared but not yet ranked.
pub(crate) struct ComparedCandidates<'a> {
    pub(crate) pairs: Vec<PairFeatures>,
    pub(crate) query: Vec<QueryTerm>,
    pub(crate) partition: Option<&'a Partition>,
    pub(crate) situation: Situation,
}

/// Finds and compares the candidates of a ticket. A partial scan of the vectors is continued where it stopped.
pub(crate) fn consider<'a>(
    engine: &'a Engine,
    analyzed: &AnalyzedTicket,
    partial: Option<PartialScan>,
) -> ComparedCandidates<'a> {
    let index = &engine.index;
    let mut considered = ComparedCandidates {
        pairs: Vec::new(),
        query: Vec::new(),
        partition: index.partition(&analyzed.brand),
        situation: situation(analyzed, index.partition(&analyzed.brand).map_or(0, Partition::len)),
    };
    let Some(partition) = considered.partition else {
        return considered;
    };
    considered.query = partition.query(analyzed);
    let mut found: BTreeSet<u32> = BTreeSet::new();
    let lexical = partition.lexical(&considered.query, index.members.len(), LEXICAL_LIMIT);
    found.extend(lexical.iter().map(|f| f.member));
    let partial = partial.unwrap_or_else(|| PartialScan::new(DENSE_LIMIT));
    let scan =
        analyzed.vector.as_ref().map_or_else(ScanResult::default, |vector| partition.rows.finish(vector, partial));
    if lexical.is_empty() && analyzed.vector.is_none() {
        found.extend(partition.latest_with(&considered.query, RECENT_LIMIT));
    }
    found.extend(scan.nearest.iter().map(|f| f.member));
    let same_text = partition.same_fingerprint(analyzed.fingerprint.hash);
    found.extend(same_text.iter().rev().take(SAME_TEXT_LIMIT));
    if let Some(customer) = &analyzed.customer {
        found.extend(partition.same_customer(customer).iter().rev().take(SAME_CUSTOMER_LIMIT));
    }
    let own = engine.topic_of(&analyzed.id);
    found.retain(|member| {
        let topic = engine.topic_of[*member as usize];
        let allowed = |topic: u32| !engine.ledger.is_cannot_link(&analyzed.id, &engine.topics[topic as usize].key, own);
        index.members[*member as usize].key != analyzed.id && topic.is_some_and(allowed)
    });
    let comparison = PairComparison { index, partition, analyzed, query: &considered.query, scan: &scan };
    considered.pairs = comparison.pairs(&found.into_iter().collect::<Vec<u32>>());
    considered
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^24 matter here")]
fn situation(analyzed: &AnalyzedTicket, history: usize) -> Situation {
    Situation { history: (1.0 + history as f32).ln(), brevity: analyzed.brevity() }
}
