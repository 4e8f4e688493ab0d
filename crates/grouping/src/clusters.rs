//! Provisional clusters: topics that are one if every open question gets its likeliest answer.
//!
//! A topic that is opened with a question joins the cluster of the topic it is probably the same as. An answer about
//! the ticket that opened it takes it out again, and a merge makes one cluster of two.
//!
//! Invariants: each member of a topic is in that topic's cluster exactly once. Undoing what a person said leaves the
//! clusters as if it had never been said.

/// A cluster is named by the number of the topic that started it.
#[derive(Debug, Default)]
pub(crate) struct ProvisionalClusters {
    /// The cluster of each topic.
    of: Vec<u32>,
    /// The tickets of each cluster.
    members: Vec<Vec<u32>>,
    /// Everything that happened, in order.
    steps: Vec<ClusterStep>,
}

/// What happened to clusters. A person's correction is named by its number in the ledger.
#[derive(Debug, Clone, Copy)]
enum ClusterStep {
    Opened { topic: u32, likely: u32 },
    Answered { topic: u32, correction: usize },
    Merged { from: u32, into: u32, correction: usize },
}

impl ProvisionalClusters {
    /// A new topic starts a cluster of its own. Topics are numbered in the order they appear.
    pub(crate) fn start(&mut self) {
        self.of.push(u32::try_from(self.of.len()).unwrap_or(u32::MAX));
        self.members.push(Vec::new());
    }

    /// The cluster of a topic.
    pub(crate) fn of(&self, topic: u32) -> u32 {
        self.of.get(topic as usize).copied().unwrap_or(topic)
    }

    /// The tickets of a cluster.
    pub(crate) fn members(&self, cluster: u32) -> &[u32] {
        self.members.get(cluster as usize).map_or(&[], Vec::as_slice)
    }

    /// A topic, still without tickets, was opened with a question.
    pub(crate) fn opened(&mut self, topic: u32, likely: u32) {
        self.takes(ClusterStep::Opened { topic, likely });
    }

    /// A person answered the question that opened a topic. Whatever stays in the topic, which is these members, becomes
    /// a cluster of its own.
    pub(crate) fn answered(&mut self, topic: u32, members: &[u32], correction: usize) {
        let before = self.of(topic);
        self.takes(ClusterStep::Answered { topic, correction });
        if before != self.of(topic) {
            self.members[before as usize].retain(|member| !members.contains(member));
            self.members[topic as usize].extend(members);
        }
    }

    /// A person said that two topics are one.
    pub(crate) fn merged(&mut self, from: u32, into: u32, correction: usize) {
        let (left, gained) = (self.of(from), self.of(into));
        self.takes(ClusterStep::Merged { from, into, correction });
        if left != gained {
            let moved = std::mem::take(&mut self.members[left as usize]);
            self.members[gained as usize].extend(moved);
        }
    }

    /// A ticket came into a topic.
    pub(crate) fn came(&mut self, member: u32, topic: u32) {
        self.members[self.of[topic as usize] as usize].push(member);
    }

    /// A ticket left a topic.
    pub(crate) fn left(&mut self, member: u32, topic: u32) {
        self.members[self.of[topic as usize] as usize].retain(|known| *known != member);
    }

    /// Derives all clusters again from the corrections that still hold and the members of each topic.
    pub(crate) fn derive<'a>(&mut self, holds: impl Fn(usize) -> bool, topics: impl Iterator<Item = &'a [u32]>) {
        let count = u32::try_from(self.of.len()).unwrap_or(u32::MAX);
        self.of = (0..count).collect();
        for at in 0..self.steps.len() {
            let step = self.steps[at];
            if step.correction().is_none_or(&holds) {
                self.apply(step);
            }
        }
        self.members.iter_mut().for_each(Vec::clear);
        for (members, cluster) in topics.zip(&self.of) {
            self.members[*cluster as usize].extend(members);
        }
        for members in &mut self.members {
            members.sort_unstable();
        }
    }

    fn takes(&mut self, step: ClusterStep) {
        self.steps.push(step);
        self.apply(step);
    }

    fn apply(&mut self, step: ClusterStep) {
        match step {
            ClusterStep::Opened { topic, likely } => self.of[topic as usize] = self.of[likely as usize],
            ClusterStep::Answered { topic, .. } => self.of[topic as usize] = topic,
            ClusterStep::Merged { from, into, .. } => {
                let (from, into) = (self.of[from as usize], self.of[into as usize]);
                self.of.iter_mut().filter(|cluster| **cluster == from).for_each(|cluster| *cluster = into);
            }
        }
    }
}

impl ClusterStep {
    fn correction(self) -> Option<usize> {
        match self {
            Self::Opened { .. } => None,
            Self::Answered { correction, .. } | Self::Merged { correction, .. } => Some(correction),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Correction, Engine, EngineOptions, MachineVerdict, SentenceModel, TicketDecision, TicketText, TopicKey,
    };

    /// The cluster of each topic, and each cluster's tickets.
    fn clusters(engine: &Engine) -> (Vec<u32>, Vec<Vec<u32>>) {
        let numbers = 0..u32::try_from(engine.topics.len()).unwrap();
        let sorted = |cluster: u32| {
            let mut members = engine.clusters.members(cluster).to_vec();
            members.sort_unstable();
            members
        };
        (numbers.clone().map(|topic| engine.clusters.of(topic)).collect(), numbers.map(sorted).collect())
    }

    /// Each cluster holds the tickets of its topics, each once, and no others.
    fn clusters_hold(engine: &Engine) {
        let (of, members) = clusters(engine);
        let mut by_topics: Vec<Vec<u32>> = vec![Vec::new(); members.len()];
        for (topic, cluster) in engine.topics.iter().zip(of) {
            by_topics[cluster as usize].extend(&topic.members);
        }
        for members in &mut by_topics {
            members.sort_unstable();
        }
        assert_eq!(members, by_topics);
    }

    #[test]
    fn clusters_follow_whatever_happens_to_their_topics() {
        let mut engine = Engine::new(EngineOptions { model: SentenceModel::None, ..EngineOptions::default() }).unwrap();
        for step in 0..400usize {
            // A fixed, tangled order of steps: coprime strides visit every pairing.
            let (ticket, topic, other) = (step * 7 % 23, step * 11 % 13, step * 5 % 13);
            let key = |topic: usize| TopicKey::from(format!("topic{topic}"));
            let text = TicketText::new(format!("t{ticket}"), &format!("Export number {} fails", topic % 4), "");
            let answered = text.id.clone();
            match step % 8 {
                0..4 => {
                    let analyzed = engine.analyzer().analyze(&text);
                    let made = TicketDecision {
                        score: 0.6,
                        verdict: MachineVerdict::Ask,
                        ..engine.decide_analyzed(&analyzed)
                    };
                    engine.place_analyzed(&analyzed, key(topic), Some(&made));
                }
                4 => engine.remove(&text.id),
                5 => {
                    let correction = Correction::NotSame { ticket: text.id, topic: key(topic) };
                    engine.learn(&step.to_string(), &correction, None);
                }
                6 => {
                    let correction = Correction::Same { ticket: text.id, topic: key(other) };
                    engine.learn(&step.to_string(), &correction, None);
                }
                _ if step % 40 == 7 => {
                    let correction = Correction::Merge { from: key(topic), into: key(other) };
                    engine.learn(&step.to_string(), &correction, None);
                }
                _ => {
                    let undo = Correction::Undo { correction: (step - 1).to_string() };
                    engine.learn(&step.to_string(), &undo, None);
                }
            }
            clusters_hold(&engine);
            let before = clusters(&engine);
            let correction = match step % 3 {
                0 => Correction::Same { ticket: answered.clone(), topic: key(other) },
                1 => Correction::NotSame { ticket: answered.clone(), topic: key(topic) },
                _ => Correction::Merge { from: key(other), into: key(topic) },
            };
            engine.learn(&format!("tried {step}"), &correction, None);
            clusters_hold(&engine);
            engine.learn(&format!("undone {step}"), &Correction::Undo { correction: format!("tried {step}") }, None);
            clusters_hold(&engine);
            let (of, members) = clusters(&engine);
            assert_eq!((&of[..before.0.len()], &members[..before.1.len()]), (&before.0[..], &before.1[..]), "{step}");
        }
    }
}
