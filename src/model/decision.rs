//! A decision: why a ticket is in its topic, and who decided. Decisions are only ever added, and an undo is one more.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    id::{ApiTokenId, DecisionId, PersonId, TicketId, TopicId},
    tie::Tie,
    topic::{TopicKind, TopicState},
    words::words,
};

/// What was decided, with what is needed to undo it.
#[derive(Clone, Debug)]
pub enum Decided {
    /// By the machine: a ticket is in this topic.
    Grouped(Grouped),
    /// By a person: the ticket belongs there.
    Moved {
        /// The ticket.
        ticket: TicketId,
        /// Where it was, if it was anywhere.
        from: Option<TopicId>,
        /// Where it belongs; the same topic where the person agrees with the machine.
        to: TopicId,
    },
    /// By what an agent did in the helpdesk: the ticket belongs there.
    Tied {
        /// The ticket.
        ticket: TicketId,
        /// Where it was.
        from: TopicId,
        /// Where it belongs.
        to: TopicId,
        /// What the agent did.
        tie: Tie,
    },
    /// By a person: the ticket is not about this topic.
    NotSame {
        /// The ticket.
        ticket: TicketId,
        /// The topic.
        topic: TopicId,
    },
    /// By a person: two topics are one.
    Merged {
        /// The topic that was merged away.
        from: TopicId,
        /// The topic that carries on.
        into: TopicId,
        /// The tickets that moved with it, the one that opened it first.
        tickets: Vec<TicketId>,
        /// The state it was in.
        state: TopicState,
    },
    /// By a person: some tickets are a topic of their own.
    Split {
        /// The topic they left.
        from: TopicId,
        /// Their own.
        to: TopicId,
        /// Those that left.
        tickets: Vec<TicketId>,
        /// Those that stayed.
        stay: Vec<TicketId>,
    },
    /// By a person: the topic is of the kind they chose.
    KindSet {
        /// The topic.
        topic: TopicId,
    },
    /// By a person: the topic is called what they wrote.
    Titled {
        /// The topic.
        topic: TopicId,
    },
    /// By a person: an earlier decision, of a person or of an agent in the helpdesk, no longer holds.
    Undone {
        /// The earlier decision.
        decision: DecisionId,
        /// What it was about.
        about: Subjects,
    },
}

/// What a decision is about, by which it is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subjects {
    /// The ticket.
    pub ticket: Option<TicketId>,
    /// The topic it led to.
    pub topic: Option<TopicId>,
    /// The topic it led away from, or merged away.
    pub other: Option<TopicId>,
}

/// What the machine decided when it placed a ticket.
#[derive(Clone, Debug)]
pub struct Grouped {
    /// Which of the three things the machine did.
    pub outcome: GroupingOutcome,
    /// The ticket.
    pub ticket: TicketId,
    /// The topic it is in: one that was there, or a new one of its own.
    pub topic: TopicId,
    /// How likely the best candidate is right, from 0 to 1.
    pub score: f64,
    /// What a start needs of it.
    pub placement: GroupedPlacement,
    /// Everything the grouping found, in the form in which it stores it.
    pub reasons: Box<RawValue>,
}

words! {
    /// What the machine does with a ticket on its own.
    pub enum GroupingOutcome {
        /// It joins the topic.
        Join = "join",
        /// A person is asked.
        Ask = "ask",
        /// It opens a topic, because nobody has said this before.
        New = "new",
    }
}

impl From<GroupingOutcome> for Verdict {
    fn from(outcome: GroupingOutcome) -> Self {
        match outcome {
            GroupingOutcome::Join => Self::Join,
            GroupingOutcome::Ask => Self::Ask,
            GroupingOutcome::New => Self::New,
        }
    }
}

impl From<Tie> for Verdict {
    fn from(tie: Tie) -> Self {
        match tie {
            Tie::Incident => Self::Incident,
            Tie::MergedTicket => Self::MergedTicket,
            Tie::SameIssue => Self::SameIssue,
        }
    }
}

/// What a start needs of a machine's decision to place the ticket again. It is stored beside the reasons, so they need
/// not be read for that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupedPlacement {
    /// The log-odds that the best candidate was right; `None` without a candidate.
    pub match_log_odds: Option<f32>,
    /// The topic that the ticket is probably about.
    pub likely: Option<TopicId>,
    /// The kind of the ticket.
    pub kind: TopicKind,
}

impl Decided {
    /// The word for this decision.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Grouped(grouped) => grouped.outcome.into(),
            Self::Moved { .. } => Verdict::Move,
            Self::Tied { tie, .. } => (*tie).into(),
            Self::NotSame { .. } => Verdict::NotSame,
            Self::Merged { .. } => Verdict::Merge,
            Self::Split { .. } => Verdict::Split,
            Self::KindSet { .. } => Verdict::Kind,
            Self::Titled { .. } => Verdict::Title,
            Self::Undone { .. } => Verdict::Undo,
        }
    }

    /// Who makes this kind of decision. Only grouping is the machine's.
    pub fn maker(&self) -> Maker {
        match self {
            Self::Grouped(_) => Maker::Machine,
            Self::Tied { .. } => Maker::Agent,
            _ => Maker::Person,
        }
    }

    /// The tickets that a person decided about.
    pub fn tickets(&self) -> Vec<TicketId> {
        match self {
            Self::NotSame { ticket, .. } | Self::Moved { ticket, .. } | Self::Tied { ticket, .. } => vec![*ticket],
            Self::Merged { tickets, .. } | Self::Split { tickets, .. } => tickets.clone(),
            Self::Grouped(_) | Self::KindSet { .. } | Self::Titled { .. } | Self::Undone { .. } => Vec::new(),
        }
    }

    /// What it is about.
    pub fn subjects(&self) -> Subjects {
        let about = Subjects::default();
        match *self {
            Self::Grouped(Grouped { ticket, topic, .. }) | Self::NotSame { ticket, topic } => {
                Subjects { ticket: Some(ticket), topic: Some(topic), ..about }
            }
            Self::Moved { ticket, from, to } => Subjects { ticket: Some(ticket), topic: Some(to), other: from },
            Self::Tied { ticket, from, to, .. } => {
                Subjects { ticket: Some(ticket), topic: Some(to), other: Some(from) }
            }
            Self::Merged { from, into: to, .. } | Self::Split { from, to, .. } => {
                Subjects { topic: Some(to), other: Some(from), ..about }
            }
            Self::KindSet { topic } | Self::Titled { topic } => Subjects { topic: Some(topic), ..about },
            Self::Undone { about, .. } => about,
        }
    }
}

/// What people are shown of the machine's reasons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupingReasons {
    /// The topics it may belong to, likeliest first.
    pub candidates: Vec<RankedTopic>,
    /// What was compared with the best of them, strongest first.
    pub reasons: Vec<ReasonTerm>,
    /// Words in common, strongest first.
    pub words: Vec<SharedTerm>,
    /// Codes and versions in common.
    pub codes: Vec<SharedTerm>,
}

impl GroupingReasons {
    /// Reads what the grouping stored. What another version stored in another form shows nothing, and breaks no page.
    pub fn read(stored: &RawValue) -> Self {
        serde_json::from_str(stored.get()).unwrap_or_default()
    }
}

/// A topic that a ticket may belong to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedTopic {
    /// The topic as it was then. It may have been merged into another since.
    pub topic: TopicId,
    /// Its most similar ticket.
    pub ticket: TicketId,
    /// How likely it is, from 0 to 1.
    pub score: f64,
}

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReasonTerm {
    /// Its name, which does not change.
    pub name: String,
    /// How much of it there was.
    pub value: f64,
    /// What it added to the log-odds.
    pub weight: f64,
}

/// A word or code that two tickets have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SharedTerm {
    /// The word's stem or the code.
    pub term: String,
    /// Its share of what they have in common, from 0 to 1.
    pub weight: f64,
}

words! {
    /// The word for a decision, in SQL and JSON.
    pub enum Verdict {
        /// By the machine: this is the topic.
        Join = "join",
        /// By the machine: probably, a person should say.
        Ask = "ask",
        /// By the machine: nobody has said this before.
        New = "new",
        /// By a person: the ticket belongs there.
        Move = "move",
        /// By an agent in the helpdesk: the ticket is an incident of a problem ticket there.
        Incident = "incident",
        /// By an agent in the helpdesk: the ticket was merged into one there.
        MergedTicket = "merged_ticket",
        /// By an agent in the helpdesk: the ticket has the same issue in a note.
        SameIssue = "same_issue",
        /// By a person: the two topics are one.
        Merge = "merge",
        /// By a person: these tickets are a topic of their own.
        Split = "split",
        /// By a person: the ticket is not about that topic.
        NotSame = "not_same",
        /// By a person: the topic is of this kind.
        Kind = "kind",
        /// By a person: the topic is called this.
        Title = "title",
        /// By a person: an earlier decision no longer holds.
        Undo = "undo",
    }
}

words! {
    /// Who made a link or a decision.
    pub enum Maker {
        /// The grouping.
        Machine = "machine",
        /// An agent, by what they did in the helpdesk. It beats the machine's, and a person's beats it.
        Agent = "agent",
        /// A person (G8, a person's decision beats the machine's).
        Person = "person",
    }
}

/// Who acts: `machine`, `admin`, a person or a token of ours, an agent's id, a helpdesk, a login in the tracker, a customer. What is
/// stored of it with a decision holds no personal text; the name and the address go into the audit log only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    key: String,
    name: Option<String>,
    address: Option<String>,
}

impl Actor {
    /// The grouping, or Heard acting by its rules.
    pub fn machine() -> Self {
        Self::stored("machine".to_owned())
    }

    /// Anybody who holds the admin token.
    pub fn admin() -> Self {
        Self::stored("admin".to_owned())
    }

    /// Somebody who signed in, by the name that they have now.
    pub fn person(id: PersonId, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::stored(format!("person:{id}")) }
    }

    /// A program with a token, by the token's name and its owner's.
    pub fn token(id: ApiTokenId, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..Self::stored(format!("token:{id}")) }
    }

    /// An agent of a helpdesk.
    pub fn agent(connection: &str, external_id: &str) -> Self {
        Self::stored(format!("agent:{connection}:{external_id}"))
    }

    /// Whoever did something in a helpdesk, of which it does not say who.
    pub fn helpdesk(connection: &str) -> Self {
        Self::stored(format!("helpdesk:{connection}"))
    }

    /// Somebody in the tracker, whose word comes first.
    pub fn engineer(tracker: &str, login: &str) -> Self {
        Self::stored(format!("{tracker}:{login}"))
    }

    /// The same, from this address.
    #[must_use]
    pub fn at(self, address: Option<String>) -> Self {
        Self { address, ..self }
    }

    /// As stored with what they did.
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// What they are called now, if they are of ours.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// From which address they act, if it is known.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Reads a stored actor.
    pub fn stored(key: String) -> Self {
        Self { key, name: None, address: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_another_shape_show_nothing() {
        for odd in ["null", "[]", r#"{"words": 7, "reasons": [{"name": 1}]}"#, r#"{"codes": ["x"]}"#] {
            let odd = RawValue::from_string(odd.to_owned()).expect("JSON");
            assert_eq!(GroupingReasons::read(&odd), GroupingReasons::default(), "{odd}");
        }
    }
}
