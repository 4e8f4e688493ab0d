//! What a customer asked, and where each of it stands: one thing for each topic.

use std::collections::BTreeSet;

use crate::{
    base::clock::Time,
    model::{
        customer::Customer,
        id::TopicId,
        milestone::MilestoneKind,
        ticket::TicketStatus,
        topic::{self, TopicState},
        update::{self, CustomerVerdict, Update},
    },
    store::{Conn, StoreError, milestones, pages, releases, ticket_views, topics, updates},
    web::ui,
    wording::{
        language::Language,
        page::{self, TopicStanding},
    },
};

/// How much of what they wrote is quoted.
const QUOTE: usize = 400;

/// One thing they asked.
pub(super) struct Thing {
    pub ring: &'static str,
    pub tone: &'static str,
    pub state: String,
    pub asked: String,
    pub words: String,
    pub meaning: String,
    pub from_us: Option<String>,
    /// The update whose fix they can answer.
    pub answers: Option<String>,
    pub verdict: Option<CustomerVerdict>,
    /// Whether it waits for their answer, or for us.
    pub open: bool,
    pub just_said: bool,
}

/// What is known while a page is written.
pub(super) struct Reading<'r> {
    pub conn: Conn,
    pub customer: &'r Customer,
    pub told: &'r [Update],
    pub language: Language,
    pub now: Time,
    pub said: bool,
    pub page: pages::Page,
    /// Who cares for their newest ticket.
    pub agent: Option<String>,
}

impl Reading<'_> {
    /// Everything they asked, one for each topic: the one the link is about, then what is open, then what is done.
    pub async fn things(
        &mut self,
        views: &[ticket_views::TicketView],
        first: Option<TopicId>,
    ) -> Result<Vec<Thing>, StoreError> {
        let mut seen = BTreeSet::new();
        let mut things = Vec::new();
        // Newest first: the words they used last about a topic are the ones they remember.
        for view in views.iter().filter(|view| !matches!(view.status, TicketStatus::Deleted | TicketStatus::Merged)) {
            if !seen.insert(view.topic) {
                continue;
            }
            let topic = match view.topic {
                Some(topic) => topics::current(&mut self.conn, topic).await?,
                None => None,
            };
            let is_first = topic.is_some() && topic.as_ref().map(|topic| topic.id) == first;
            things.push((is_first, self.thing(view, topic.as_ref()).await?));
        }
        things.sort_by_key(|(is_first, thing)| (!thing.open, !is_first, thing.answers.is_none()));
        Ok(things.into_iter().map(|(_, thing)| thing).collect())
    }

    async fn thing(
        &mut self,
        view: &ticket_views::TicketView,
        topic: Option<&topic::Topic>,
    ) -> Result<Thing, StoreError> {
        let words = view.words.as_deref().unwrap_or(&view.subject);
        let plain = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut shipped_in = None;
        let mut from_us = None;
        let mut verdict = None;
        let mut answers = None;
        if let Some(topic) = topic {
            let steps = milestones::of_topic(&mut self.conn, topic.id).await?;
            let of = |kind| steps.iter().find(|step| step.cycle == topic.cycle && step.kind == kind);
            if let Some(release) = of(MilestoneKind::Shipped).and_then(|step| step.release) {
                shipped_in = releases::get(&mut self.conn, release)
                    .await?
                    .map(|release| ui::version(&release.version).to_owned());
            }
            let spoken = match topic.state {
                TopicState::Declined => of(MilestoneKind::Declined),
                TopicState::Shipped => None,
                _ => of(MilestoneKind::Workaround),
            };
            from_us = match spoken {
                Some(step) => step.words.clone(),
                None => topic.summary.clone().filter(|_| topic.state == TopicState::Shipped),
            };
            verdict = self.verdict(topic).await?;
            let page = self.page;
            let has_it = |update: &Update| match update.state {
                update::UpdateState::Sent => true,
                // Whether it arrived is not known to us; but they have its link.
                update::UpdateState::Sending | update::UpdateState::Failed => page.update == Some(update.id),
                _ => false,
            };
            let answerable = |update: &&Update| {
                update.topic == topic.id
                    && update.cycle == topic.cycle
                    && has_it(update)
                    && update.kind.rules().asks_back
            };
            answers = self.told.iter().find(answerable);
        }
        let has_workaround = from_us.is_some() && topic.is_some_and(|topic| !topic.state.is_finished());
        let standing = TopicStanding {
            state: topic.map_or(TopicState::Open, |topic| topic.state),
            kind: topic.map_or(topic::TopicKind::Question, |topic| topic.kind),
            has_workaround,
            version: shipped_in.as_deref(),
            verdict,
        };
        let (ring, tone) = sign(&standing);
        let done = matches!(standing.state, TopicState::Declined)
            || (standing.state == TopicState::Shipped && verdict == Some(CustomerVerdict::Works));
        let just_said = self.said && answers.is_some_and(|update| Some(update.id) == self.page.update);
        Ok(Thing {
            ring,
            tone,
            state: page::state(&standing, self.language),
            asked: page::asked(view.created_at, self.now, self.language),
            words: ui::shortened(&plain, QUOTE),
            meaning: page::meaning(&standing, self.language).to_owned(),
            from_us,
            answers: answers.map(|update| update.id.to_string()),
            verdict,
            open: !done,
            just_said,
        })
    }

    /// The newest verdict of this customer in the topic's present cycle.
    async fn verdict(&mut self, topic: &topic::Topic) -> Result<Option<CustomerVerdict>, StoreError> {
        let all = updates::confirmations(&mut self.conn, topic.id).await?;
        let mine = |said: &&updates::Confirmation| said.customer == self.customer.id && said.cycle == topic.cycle;
        Ok(all.iter().find(mine).map(|said| said.verdict))
    }
}

/// The sign of a state: its ring and tone.
fn sign(standing: &TopicStanding<'_>) -> (&'static str, &'static str) {
    match (standing.state, standing.verdict) {
        (TopicState::Shipped, Some(CustomerVerdict::Works)) => ("confirmed", " good"),
        (TopicState::Shipped, Some(CustomerVerdict::StillBroken)) => ("reopened", " bad"),
        (TopicState::Shipped, None) => ("shipped", " good"),
        (TopicState::Declined, _) => ("declined", " off"),
        _ if standing.has_workaround => ("workaround", " alt"),
        (TopicState::Open, _) => ("new", " off"),
        (TopicState::Escalated | TopicState::Merged, _) => ("escalated", ""),
        (TopicState::Planned, _) => ("planned", ""),
        (TopicState::InProgress, _) => ("in_progress", ""),
        (TopicState::FixMerged, _) => ("fix_merged", ""),
    }
}
