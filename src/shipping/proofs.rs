//! What a judgement rests on, as sentences for the topic's page, each with where to see it.

use super::{
    contents::{ComponentFix, FixStanding, ReleaseContents},
    judge::ShippingVerdict,
};
use crate::model::{
    commit::short,
    fix::{Containment, Fix},
    id::ReleaseId,
    issue::Repository,
};

/// A verdict with what it rests on.
pub(crate) struct Judgement {
    /// The verdict.
    pub verdict: ShippingVerdict,
    /// What it rests on.
    pub proofs: Vec<FoundProof>,
    /// The releases that do not have the fix, or do not count.
    pub fallen: Vec<ReleaseId>,
}

/// A sentence, and where to see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundProof {
    /// The sentence.
    pub says: String,
    /// Where to see it.
    pub place: ProofPlace,
}

/// Where a proof can be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProofPlace {
    /// Nowhere.
    Nowhere,
    /// On this page.
    Page(String),
    /// In the comparison of two commits.
    Comparison {
        /// The repository of both.
        repository: Repository,
        /// The earlier one.
        base: String,
        /// The later one.
        head: String,
    },
    /// At a commit.
    Commit {
        /// Its repository.
        repository: Repository,
        /// Its hash.
        sha: String,
    },
}

impl FoundProof {
    /// A part of a sentence, as a sentence.
    pub fn new(says: &str, place: ProofPlace) -> Self {
        let mut letters = says.chars();
        // A hash or a version begins with a small letter and is no word.
        let word = says.split_whitespace().next().is_some_and(|word| word.chars().all(char::is_alphabetic));
        let first = letters.next().filter(|_| word).map(|first| first.to_uppercase().collect::<String>());
        let rest = if first.is_some() { letters.as_str() } else { says };
        let says = format!("{}{}.", first.unwrap_or_default(), rest.trim_end_matches('.'));
        Self { says, place }
    }
}

/// What a verdict rests on: itself, then for each commit of the fix whether the release has it, and what speaks against it. As long as
/// nothing is out, also what is doubted of the fix itself, so that nobody learns of it only from a draft.
pub(crate) fn proofs(
    fixes: &[ComponentFix],
    releases: &[ReleaseContents],
    verdict: &ShippingVerdict,
) -> Vec<FoundProof> {
    let (says, of) = match verdict {
        ShippingVerdict::Shipped { why, doubt, release, .. } => (doubt.as_ref().unwrap_or(why), Some(*release)),
        ShippingVerdict::PassedBy { doubt, .. } => (doubt, None),
        ShippingVerdict::NotYet(why) | ShippingVerdict::TakenBack(why) => (why, None),
    };
    let mut found = vec![FoundProof::new(says, ProofPlace::Nowhere)];
    let mut shown: Vec<&str> = Vec::new();
    for part in fixes {
        if shown.contains(&part.fix.sha.as_str()) {
            continue;
        }
        shown.push(&part.fix.sha);
        let mut here = releases.iter().filter(|contents| {
            contents.release.repository == part.fix.repository.as_str() && contents.contains.contains_key(&part.fix.sha)
        });
        let own = here.clone().find(|contents| Some(contents.release.id) == of);
        let newest = here.clone().max_by_key(|contents| contents.release.published_at);
        match own.or_else(|| of.and_then(|_| here.find(|contents| has(contents, &part.fix)))).or(newest) {
            Some(contents) => add(&mut found, &part.fix, contents),
            None => {
                let place = commit(&part.fix, &part.fix.sha);
                found.push(FoundProof::new(
                    &format!("{} is merged, and no release is known that may have it", named(&part.fix)),
                    place,
                ));
            }
        }
        if let (ShippingVerdict::NotYet(why), Some(doubt)) = (verdict, part.fix.own_doubt())
            && !why.contains(doubt)
        {
            let says = format!("a person is asked about {} before anybody is told: {doubt}", named(&part.fix));
            found.push(FoundProof::new(&says, ProofPlace::Nowhere));
        }
    }
    found
}

fn has(contents: &ReleaseContents, fix: &Fix) -> bool {
    contents.contains.get(&fix.sha) == Some(&Containment::Contained)
}

fn add(found: &mut Vec<FoundProof>, fix: &Fix, contents: &ReleaseContents) {
    let (version, name) = (&contents.release.version, named(fix));
    let comparison = contents.release.sha.clone().map_or(ProofPlace::Nowhere, |head| ProofPlace::Comparison {
        repository: fix.repository.clone(),
        base: fix.sha.clone(),
        head,
    });
    let says = match contents.contains.get(&fix.sha) {
        Some(Containment::Contained) => format!("{name} is in {version}"),
        Some(Containment::NotContained) => format!("{name} is not in {version}"),
        Some(Containment::Unknown) | None => format!("it is not known whether {name} is in {version}"),
    };
    found.push(FoundProof::new(&says, comparison));
    for carrier in contents.since.carriers.iter().filter(|carrier| carrier.fix == fix.sha) {
        let says = format!("commit {} carries it over to {version}", short(&carrier.by));
        found.push(FoundProof::new(&says, commit(fix, &carrier.by)));
    }
    if let Some(FixStanding::TakenBack(says) | FixStanding::Doubted(says)) = contents.since.standing.get(&fix.sha) {
        found.push(FoundProof::new(says, ProofPlace::Nowhere));
    }
}

fn commit(fix: &Fix, sha: &str) -> ProofPlace {
    ProofPlace::Commit { repository: fix.repository.clone(), sha: sha.to_owned() }
}

fn named(fix: &Fix) -> String {
    let commit = short(&fix.sha);
    fix.pull_request.map_or_else(|| format!("commit {commit}"), |number| format!("commit {commit} of #{number}"))
}
