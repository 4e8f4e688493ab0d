//! Families: topics that are one if every open question is answered by its likelihood.
//!
//! A topic that is opened with a question goes into the family of the topic it is likely the same as;
//! an answer about the ticket that opened it takes it out, a merge makes one family of two.
//!
//! Invariants: each member of a topic is once in the family of its topic; undoing what a person said
//! leaves the families as if it had never been said.

/// A family is named by the number of the topic that began it.
#[derive(Debug, Default)]
pub(crate) struct Families {
    /// The family of each topic.
    of: Vec<u32>,
    /// The tickets of each family.
    members: Vec<Vec<u32>>,
    /// What happened, in its order.
    steps: Vec<Step>,
}

/// What happened to families. What a person `said` is named by its number in the ledger.
#[derive(Debug, Clone, Copy)]
enum Step {
    Opened { topic: u32, likely: u32 },
    Answered { topic: u32, said: usize },
    Merged { from: u32, into: u32, said: usize },
}

impl Families {
    /// A new topic begins a family of its own. Topics are numbered as they come.
    pub(crate) fn begin(&mut self) {
        self.of.push(u32::try_from(self.of.len()).unwrap_or(u32::MAX));
        self.members.push(Vec::new());
    }

    /// The family of a topic.
    pub(crate) fn of(&self, topic: u32) -> u32 {
        self.of.get(topic as usize).copied().unwrap_or(topic)
    }

    /// The tickets of a family.
    pub(crate) fn members(&self, family: u32) -> &[u32] {
        self.members.get(family as usize).map_or(&[], Vec::as_slice)
    }

    /// A topic, still without tickets, was opened with a question.
    pub(crate) fn opened(&mut self, topic: u32, likely: u32) {
        self.takes(Step::Opened { topic, likely });
    }

    /// A person answered the question with which a topic was opened: whatever stays in the topic,
    /// which are these members, is a family of its own.
    pub(crate) fn answered(&mut self, topic: u32, members: &[u32], said: usize) {
        let before = self.of(topic);
        self.takes(Step::Answered { topic, said });
        if before != self.of(topic) {
            self.members[before as usize].retain(|member| !members.contains(member));
            self.members[topic as usize].extend(members);
        }
    }

    /// A person said that two topics are one.
    pub(crate) fn merged(&mut self, from: u32, into: u32, said: usize) {
        let (left, gained) = (self.of(from), self.of(into));
        self.takes(Step::Merged { from, into, said });
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

    /// Works everything out anew from what holds of what people said, with the members of each topic.
    pub(crate) fn derive<'a>(&mut self, holds: impl Fn(usize) -> bool, topics: impl Iterator<Item = &'a [u32]>) {
        let count = u32::try_from(self.of.len()).unwrap_or(u32::MAX);
        self.of = (0..count).collect();
        for at in 0..self.steps.len() {
            let step = self.steps[at];
            if step.said().is_none_or(&holds) {
                self.apply(step);
            }
        }
        self.members.iter_mut().for_each(Vec::clear);
        for (members, family) in topics.zip(&self.of) {
            self.members[*family as usize].extend(members);
        }
        for members in &mut self.members {
            members.sort_unstable();
        }
    }

    fn takes(&mut self, step: Step) {
        self.steps.push(step);
        self.apply(step);
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Opened { topic, likely } => self.of[topic as usize] = self.of[likely as usize],
            Step::Answered { topic, .. } => self.of[topic as usize] = topic,
            Step::Merged { from, into, .. } => {
                let (from, into) = (self.of[from as usize], self.of[into as usize]);
                self.of.iter_mut().filter(|family| **family == from).for_each(|family| *family = into);
            }
        }
    }
}

impl Step {
    fn said(self) -> Option<usize> {
        match self {
            Self::Opened { .. } => None,
            Self::Answered { said, .. } | Self::Merged { said, .. } => Some(said),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Correction, Decision, Engine, Options, SentenceModel, Text, TopicFacts, TopicKey, Verdict};

    /// The family of each topic, and each family's tickets.
    fn families(engine: &Engine) -> (Vec<u32>, Vec<Vec<u32>>) {
        let numbers = 0..u32::try_from(engine.topics.len()).unwrap();
        let sorted = |family: u32| {
            let mut members = engine.families.members(family).to_vec();
            members.sort_unstable();
            members
        };
        (numbers.clone().map(|topic| engine.families.of(topic)).collect(), numbers.map(sorted).collect())
    }

    /// Each family holds the tickets of its topics, each once, and no others.
    fn families_hold(engine: &Engine) {
        let (of, members) = families(engine);
        let mut by_topics: Vec<Vec<u32>> = vec![Vec::new(); members.len()];
        for (topic, family) in engine.topics.iter().zip(of) {
            by_topics[family as usize].extend(&topic.members);
        }
        for members in &mut by_topics {
            members.sort_unstable();
        }
        assert_eq!(members, by_topics);
    }

    #[test]
    fn families_follow_whatever_happens_to_their_topics() {
        let mut engine = Engine::new(Options { model: SentenceModel::None, ..Options::default() }).unwrap();
        for step in 0..400usize {
            // Steps of a fixed, tangled order: coprime strides visit every pairing.
            let (ticket, topic, other) = (step * 7 % 23, step * 11 % 13, step * 5 % 13);
            let key = |topic: usize| TopicKey::from(format!("topic{topic}"));
            let text = Text::new(format!("t{ticket}"), &format!("Export number {} fails", topic % 4), "");
            let asked = text.id.clone();
            match step % 8 {
                0..4 => {
                    let reading = engine.reader().read(&text);
                    let made = Decision { score: 0.6, verdict: Verdict::Ask, ..engine.decide_reading(&reading) };
                    engine.place_reading(&reading, key(topic), Some(&made));
                }
                4 => engine.remove(&text.id),
                5 => {
                    let said = Correction::NotSame { ticket: text.id, topic: key(topic) };
                    engine.learn(&step.to_string(), &said, None);
                }
                6 => {
                    let said = Correction::Same { ticket: text.id, topic: key(other) };
                    engine.learn(&step.to_string(), &said, None);
                }
                _ if step % 40 == 7 => {
                    let said = Correction::Merge { from: key(topic), into: key(other) };
                    engine.learn(&step.to_string(), &said, None);
                }
                _ => {
                    let undo = Correction::Undo { correction: (step - 1).to_string() };
                    engine.learn(&step.to_string(), &undo, None);
                }
            }
            families_hold(&engine);
            let before = families(&engine);
            let said = match step % 3 {
                0 => Correction::Same { ticket: asked.clone(), topic: key(other) },
                1 => Correction::NotSame { ticket: asked.clone(), topic: key(topic) },
                _ => Correction::Merge { from: key(other), into: key(topic) },
            };
            engine.learn(&format!("tried {step}"), &said, None);
            families_hold(&engine);
            engine.learn(&format!("undone {step}"), &Correction::Undo { correction: format!("tried {step}") }, None);
            families_hold(&engine);
            let (of, members) = families(&engine);
            assert_eq!((&of[..before.0.len()], &members[..before.1.len()]), (&before.0[..], &before.1[..]), "{step}");
        }
    }

    #[test]
    fn a_topic_whose_facts_came_first_is_opened_like_any_other() {
        let mut engine = Engine::new(Options { model: SentenceModel::None, ..Options::default() }).unwrap();
        engine.place(&Text::new("1", "Export fails", ""), "first");
        engine.topic("second", TopicFacts { finished_at_us: Some(5) });
        let reading = engine.reader().read(&Text::new("2", "Export fails again", ""));
        let made = Decision { score: 0.8, verdict: Verdict::Ask, ..engine.decide_reading(&reading) };
        engine.place_reading(&reading, "second", Some(&made));
        assert_eq!(engine.family_of(&"second".into()), Some(&"first".into()));
    }
}
