//! What the machine decides about tickets: copies of what the engine really decided about the first of them, so that they are as
//! long as real ones.

use anyhow::Context as _;
use grouping::{
    Engine, EngineOptions, MachineVerdict, SentenceModel, SentenceVector, TicketDecision, TicketText, TopicCandidate,
};
use uuid::Uuid;

use crate::made_up::{Export, random::Random};

/// So many tickets are read before one is decided that is copied.
const READ_BEFORE: usize = 500;
/// So many tickets are really decided.
const DECIDED: usize = 500;
const DIMENSIONS: usize = 384;

/// A ticket's vector. What made-up texts mean is nothing.
pub fn vector(random: &mut Random) -> SentenceVector {
    #[expect(clippy::cast_possible_truncation, reason = "a number below one")]
    let raw: Vec<f32> = (0..DIMENSIONS).map(|_| random.share() as f32 - 0.5).collect();
    SentenceVector::quantise(&raw)
}

/// The decisions that are copied.
pub struct Machine(Vec<TicketDecision>);

/// Where the machine puts a ticket.
#[derive(Clone, Copy)]
pub enum Put {
    /// Into a topic that is there, with its ticket that is most alike.
    Join(Uuid, Uuid),
    /// Into one of its own, and asks whether it belongs to another.
    Ask(Uuid, Uuid),
    /// Into one of its own.
    New,
}

/// What is stored of a decision.
pub struct Stored {
    pub verdict: &'static str,
    pub score: f64,
    pub match_log_odds: Option<f64>,
    pub likely: Option<Uuid>,
    pub reasons: String,
}

impl Machine {
    pub fn new(export: &Export) -> anyhow::Result<Self> {
        let mut random = Random(11);
        let options = EngineOptions { model: SentenceModel::Given, ..EngineOptions::default() };
        let mut engine = Engine::new(options).context("the grouping")?;
        let mut decided = Vec::new();
        for (place, ticket) in export.all().take(READ_BEFORE + DECIDED).enumerate() {
            let mut text = TicketText::new(ticket.id.clone(), &ticket.subject, &ticket.body);
            text.customer = Some(ticket.customer);
            text.created_at_us = ticket.created_at.as_microsecond();
            let analyzed = engine.analyzer().analyze_with(&text, vector(&mut random));
            let decision = engine.decide_analyzed(&analyzed);
            engine.place_analyzed(&analyzed, ticket.id, Some(&decision));
            if place >= READ_BEFORE {
                decided.push(decision);
            }
        }
        if decided.is_empty() {
            anyhow::bail!("That is too few tickets: at least {} are needed.", READ_BEFORE + 1);
        }
        Ok(Self(decided))
    }

    /// The decision about a ticket by its place among all.
    pub fn decides(&self, place: usize, ticket: Uuid, put: Put) -> anyhow::Result<Stored> {
        let mut decision = self.0[place % self.0.len()].clone();
        decision.ticket = ticket.to_string().into();
        let candidate = match put {
            Put::Join(topic, alike) | Put::Ask(topic, alike) => Some((topic, alike)),
            Put::New => None,
        };
        let (verdict, named, score) = match put {
            Put::Join(..) => (MachineVerdict::Join, "join", 0.97),
            Put::Ask(..) => (MachineVerdict::Ask, "ask", 0.62),
            Put::New => (MachineVerdict::New, "new", 0.04),
        };
        decision.verdict = verdict;
        decision.score = score;
        decision.topic = candidate.map(|(topic, _)| topic.to_string().into());
        let alike = |(topic, alike): (Uuid, Uuid)| TopicCandidate {
            topic: topic.to_string().into(),
            ticket: alike.to_string().into(),
            score,
            features: decision.features.clone(),
        };
        decision.candidates = candidate.map(alike).into_iter().collect();
        decision.match_log_odds = candidate.and(decision.match_log_odds.or(Some(0.0)));
        Ok(Stored {
            verdict: named,
            score,
            match_log_odds: decision.match_log_odds.map(f64::from),
            likely: candidate.map(|(topic, _)| topic),
            reasons: serde_json::to_string(&decision)?,
        })
    }
}
