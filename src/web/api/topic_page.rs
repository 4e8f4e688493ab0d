//! A topic with everything about it, as the API shows it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{shape::Topic, why::Why};
use crate::{
    base::clock::Time,
    flow::{
        App,
        cycles::{self, TopicCycle},
        ranking::ScoredTopic,
    },
    model::{
        decision::{Maker, Verdict},
        id::{ReleaseId, TicketId, TopicId},
        milestone::{self, Confidence},
        progress::ToldCounts,
        role::Privilege,
    },
    store::{board, likely_members, milestones, proofs, raised, ticket_views, updates},
    web::{
        caller::Caller,
        problem::{Problem, ProblemType},
    },
};

/// How many links a topic's page shows at most.
const LINKS: i64 = 500;

/// A topic with everything about it.
#[derive(Serialize, ToSchema)]
pub(super) struct TopicPage {
    #[serde(flatten)]
    topic: Topic,
    /// One sentence that may be told to customers about what was done.
    summary: Option<String>,
    /// How often it was reopened.
    cycle: i64,
    /// What the score is the sum of.
    score_terms: Vec<Term>,
    /// Its tickets, newest first, up to 500; none for a role that may not know customers.
    links: Vec<Link>,
    /// The tickets that most probably belong here, newest first, up to 500; none for a role that may not know customers.
    likely_links: Vec<Link>,
    /// The topic in which this one's tickets are likely members; null if it stands by itself.
    likely_in: Option<TopicId>,
    /// The steps it took, oldest first.
    milestones: Vec<Step>,
    /// What the last judgement rests on of whether its fix is out, as sentences: the verdict first, then what speaks for
    /// and against it.
    evidence: Vec<Evidence>,
    /// How far its customers were told in the present cycle. Those before are in `cycles`.
    updates: Telling,
    /// Each time that a fix shipped, oldest first: what was told, and what was answered.
    cycles: Vec<ToldFix>,
}

#[derive(Serialize, ToSchema)]
struct Term {
    /// customers, organizations, revenue, renewals, growth or waiting.
    name: &'static str,
    /// How much there is of it: people, cents, percent of the week before, days.
    value: i64,
    /// What it adds to the score.
    points: i64,
    /// What it can add at most.
    most: i64,
}

#[derive(Serialize, ToSchema)]
struct Link {
    /// The ticket.
    ticket: TicketId,
    /// Who has the last word on its being here: a person who placed it, merged its topic into this one or said that it is
    /// no other, or an agent by what they did in the helpdesk, and else the machine.
    maker: Option<Maker>,
    /// What they decided.
    decision: Option<Verdict>,
    /// Who they are: `machine`, `admin`, `person:ID`, `token:ID`, `agent:CONNECTION:ID`, `helpdesk:CONNECTION` or `github:LOGIN`.
    by: Option<String>,
    /// When they decided.
    at: Option<Time>,
    /// What the machine decided by itself, which stays visible whatever a person says later.
    machine: Option<Guess>,
    /// How likely the machine held it to be, from 0 to 1.
    score: Option<f64>,
    /// Why the machine thought so.
    reasons: Option<Why>,
}

/// What the machine decided by itself.
#[derive(Serialize, ToSchema)]
struct Guess {
    /// join, ask or new.
    decision: Verdict,
    /// How likely it held the best topic to be, from 0 to 1.
    score: Option<f64>,
    /// When.
    at: Option<Time>,
}

#[derive(Serialize, ToSchema)]
struct Step {
    /// The step.
    kind: milestone::MilestoneKind,
    /// In which cycle of the topic.
    cycle: i64,
    /// When.
    at: Time,
    /// The release that carries the fix.
    release: Option<ReleaseId>,
    /// How sure it is that it shipped.
    confidence: Option<Confidence>,
    /// What is not certain about it, where it is only likely.
    doubt: Option<String>,
    /// A person's sentence for customers.
    words: Option<String>,
    /// Who or what said so.
    by: String,
}

/// One thing that the judgement of a fix rests on.
#[derive(Serialize, ToSchema)]
struct Evidence {
    /// The sentence.
    says: String,
    /// Where to see it.
    url: Option<String>,
}

/// A cycle of the topic in which a fix shipped.
#[derive(Serialize, ToSchema)]
struct ToldFix {
    /// How often the topic had been reopened by then.
    cycle: i64,
    /// When the fix shipped.
    shipped_at: Time,
    /// In which version.
    version: Option<String>,
    /// Told that it shipped.
    told: i64,
    /// Said that it works.
    confirmed: i64,
    /// Said that it is still broken.
    still_broken: i64,
    /// When the topic was reopened after it.
    reopened_at: Option<Time>,
}

impl From<TopicCycle> for ToldFix {
    fn from(cycle: TopicCycle) -> Self {
        let TopicCycle { cycle, shipped_at, version, told, reopened_at } = cycle;
        let ToldCounts { told, confirmed, still_broken, .. } = told;
        Self { cycle, shipped_at, version, told, confirmed, still_broken, reopened_at }
    }
}

#[derive(Serialize, ToSchema)]
struct Telling {
    /// Told that it shipped.
    told: i64,
    /// Said that it works.
    confirmed: i64,
    /// Said that it is still broken.
    still_broken: i64,
    /// Not told yet: held, being sent, or waiting for approval.
    waiting: i64,
    /// Could not be told.
    failed: i64,
}

impl From<ticket_views::TicketView> for Link {
    fn from(view: ticket_views::TicketView) -> Self {
        let (word, guess) = (view.last_word.as_ref(), view.guess.as_ref());
        Self {
            ticket: view.ticket,
            maker: word.map(|word| word.maker),
            decision: word.map(|word| word.verdict),
            by: word.map(|word| word.actor.as_str().to_owned()),
            at: word.map(|word| word.at),
            machine: guess.map(|guess| Guess {
                decision: guess.outcome.into(),
                score: Some(guess.score),
                at: Some(guess.at),
            }),
            score: guess.map(|guess| guess.score),
            reasons: guess.map(|guess| Why::of(&guess.reasons)),
        }
    }
}

/// The topic that carries on for this one, with everything about it.
pub(super) async fn page(app: &App, caller: &Caller, asked: TopicId) -> Result<TopicPage, Problem> {
    let missing =
        || Problem::saying(ProblemType::NotFound, format!("There is no topic {asked}, or nobody raises it any more."));
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let (topic, weighed) = board::topic(&mut conn, asked, now).await?.ok_or_else(missing)?;
    let knows_customers = caller.may(Privilege::ReadCustomers);
    if !knows_customers && !raised::is_for_everybody(&mut conn, topic.id).await? {
        return Err(missing());
    }
    let shown = if knows_customers { LINKS } else { 0 };
    let links = ticket_views::links_of_topic(&mut conn, topic.id, shown).await?;
    let likely = ticket_views::likely_of_topic(&mut conn, topic.id, shown).await?;
    let steps = milestones::of_topic(&mut conn, topic.id).await?;
    let told = updates::told(&mut conn, topic.id, topic.cycle).await?;
    let evidence = proofs::of_topic(&mut conn, topic.id).await?;
    let cycles = cycles::of_topic(&mut conn, topic.id, &steps).await?;
    let scored = ScoredTopic::new(weighed, knows_customers, now);
    let terms = scored.score.terms.iter().filter(|term| knows_customers || term.name != "revenue");
    Ok(TopicPage {
        score_terms: terms
            .map(|term| Term { name: term.name, value: term.value, points: term.points, most: term.most })
            .collect(),
        topic: if knows_customers { Topic::from(scored) } else { Topic::from(scored).without_amounts() },
        summary: topic.summary,
        cycle: topic.cycle,
        cycles: cycles.into_iter().map(ToldFix::from).collect(),
        links: links.into_iter().map(Link::from).collect(),
        likely_links: likely.into_iter().map(Link::from).collect(),
        likely_in: likely_members::stands_in(&mut conn, topic.id).await?,
        milestones: steps
            .into_iter()
            .map(|step| Step {
                kind: step.kind,
                cycle: step.cycle,
                at: step.at,
                release: step.release,
                confidence: step.confidence,
                doubt: step.doubt,
                words: step.words,
                by: step.by,
            })
            .collect(),
        evidence: evidence.into_iter().map(|proof| Evidence { says: proof.says, url: proof.url }).collect(),
        updates: Telling {
            told: told.told,
            confirmed: told.confirmed,
            still_broken: told.still_broken,
            waiting: told.waiting,
            failed: told.failed,
        },
    })
}
