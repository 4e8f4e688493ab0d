//! What a customer's own page shows: what they wrote in the ticket their link was sent in, and how far it is.
//!
//! Their link is the key: whoever holds it reads this page. People in copy and shared organizations read a ticket and the
//! links in it, so a link opens only the topic that it was sent about, in that ticket (G6, nothing private leaves).

use super::app::{App, Keys};
use crate::{
    base::clock::Time,
    model::{
        customer::Customer,
        id::{TopicId, UpdateId},
        milestone::{Confidence, Milestone, MilestoneKind},
        ticket::TicketStatus,
        topic::{Topic, TopicKind, TopicState},
        update::{CustomerVerdict, Update, UpdateState},
    },
    store::{
        Conn, StoreError, confirmations, customers, likely_members, milestones, opt_outs, pages, releases,
        ticket_views::{self, TicketView},
        tickets, topics, updates,
    },
};

/// How many tickets of one customer are read.
const TICKETS: i64 = 100;

/// A customer's page.
#[derive(Clone, Debug)]
pub struct CustomerPage {
    /// Whose page it is.
    pub customer: Customer,
    /// The organization of the ticket that the link was sent in.
    pub organization: Option<String>,
    /// The agent of that ticket.
    pub agent: Option<String>,
    /// Whether they asked, on this page or another of the same helpdesk, to be told nothing more by it.
    pub opted_out: bool,
    /// Whether support noted that they want to be told nothing more by any helpdesk, which no page takes back.
    pub opted_out_of_all: bool,
    /// What is waiting for them or for us: first what the link was sent about, then what they can answer.
    pub open: Vec<PageEntry>,
    /// What is done, in the same order.
    pub done: Vec<PageEntry>,
}

/// One thing they asked: a topic, or a ticket that is in none yet.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each decides about one part of what is shown")]
pub struct PageEntry {
    /// Where the topic is.
    pub state: TopicState,
    /// What it is about.
    pub kind: TopicKind,
    /// The version that has the fix, as its release is called.
    pub version: Option<String>,
    /// What they last said about the fix that they were told of.
    pub verdict: Option<CustomerVerdict>,
    /// Whether they said so in words.
    pub has_words: bool,
    /// Whether the topic was opened again after they were told of that fix.
    pub came_back: bool,
    /// When they wrote.
    pub asked_at: Time,
    /// What they wrote.
    pub words: String,
    /// What we say about it: why it was declined, what was done, or how to manage until then.
    pub from_us: Option<String>,
    /// Whether that is a workaround.
    pub has_workaround: bool,
    /// The update they can answer.
    pub answers: Option<UpdateId>,
    /// Whether that is the update their link was sent with.
    pub is_linked: bool,
}

impl PageEntry {
    /// Whether it works for them, and the topic was opened again because it does not for others.
    pub fn works_not_for_all(&self) -> bool {
        self.came_back && self.verdict == Some(CustomerVerdict::Works)
    }

    /// Where it is for them: whoever has a fix that works has it, whatever others say.
    pub fn state_for_them(&self) -> TopicState {
        if self.works_not_for_all() { TopicState::Shipped } else { self.state }
    }

    /// Whether nothing is left to do: it was declined, or it shipped and they said that it works.
    fn is_done(&self) -> bool {
        match self.state {
            TopicState::Declined => true,
            TopicState::Shipped => self.verdict == Some(CustomerVerdict::Works),
            _ => false,
        }
    }
}

/// The page that a link's secret part opens. `None` if the link is unknown or has expired.
///
/// # Errors
/// When the database fails.
pub async fn read(app: &App, token: &str) -> Result<Option<CustomerPage>, StoreError> {
    let mut conn = app.database.read().await?;
    let Some(page) = pages::open(&mut conn, &Keys::hash(token), app.clock.now()).await? else { return Ok(None) };
    let Some(customer) = customers::get(&mut conn, page.customer).await? else { return Ok(None) };
    let written = ticket_views::of_customer(&mut conn, customer.id, TICKETS).await?;
    let updates = updates::of_customer(&mut conn, customer.id).await?;
    let linked = page.update;
    // Other tickets of theirs may be in another helpdesk, of another company.
    let at = updates.iter().find(|update| Some(update.id) == linked).map(|update| update.ticket);
    let of_link = match at {
        Some(ticket) => tickets::get(&mut conn, ticket).await?,
        None => None,
    };
    let silent = opt_outs::connections(&mut conn, customer.id).await?;
    let opted_out_of_all = opt_outs::is_for_all(&mut conn, customer.id).await?;
    let organization =
        written.iter().find(|one| Some(one.ticket) == at).and_then(|ticket| ticket.organization_name.clone());
    let mut entries = Entries { conn, customer: &customer, updates: &updates, linked }.read(&written).await?;
    let done = entries.split_off(entries.iter().position(PageEntry::is_done).unwrap_or(entries.len()));
    Ok(Some(CustomerPage {
        organization,
        opted_out: of_link.as_ref().is_some_and(|ticket| silent.contains(&ticket.connection)),
        opted_out_of_all,
        agent: of_link.and_then(|ticket| ticket.agent_name),
        open: entries,
        done,
        customer,
    }))
}

struct Entries<'r> {
    conn: Conn,
    customer: &'r Customer,
    updates: &'r [Update],
    linked: Option<UpdateId>,
}

impl Entries<'_> {
    /// What the link was sent about: the ticket it was sent in, or, if that was merged away, another of theirs in the same
    /// helpdesk and topic.
    async fn read(&mut self, written: &[TicketView]) -> Result<Vec<PageEntry>, StoreError> {
        let Some(linked) = self.updates.iter().find(|update| Some(update.id) == self.linked) else {
            return Ok(Vec::new());
        };
        let (ticket, linked) =
            (linked.ticket, topics::current(&mut self.conn, linked.topic).await?.map(|topic| topic.id));
        // What an agent opened and called something is not theirs to read.
        let kept =
            |one: &&TicketView| !one.internal && !matches!(one.status, TicketStatus::Deleted | TicketStatus::Merged);
        let of_link = written.iter().filter(|one| one.ticket == ticket);
        let merged = written.iter().find(|one| one.ticket == ticket && one.status == TicketStatus::Merged);
        let others = written
            .iter()
            .filter(|one| one.ticket != ticket && merged.is_some_and(|merged| merged.connection == one.connection));
        for one in of_link.chain(others).filter(kept) {
            let topic = match one.topic {
                Some(topic) => topics::current(&mut self.conn, topic).await?,
                None => None,
            };
            let is_of_link = topic.as_ref().is_some_and(|topic| Some(topic.id) == linked);
            if is_of_link {
                return Ok(vec![self.entry(one, topic.as_ref()).await?]);
            }
            if let Some(entry) = self.likely_entry(one, topic.as_ref(), linked).await? {
                return Ok(vec![entry]);
            }
        }
        Ok(Vec::new())
    }

    /// What a likely member was told of a topic, which they can answer. How it stands is told of their own: nobody has said that it is
    /// the same.
    async fn likely_entry(
        &mut self,
        ticket: &TicketView,
        own: Option<&Topic>,
        linked: Option<TopicId>,
    ) -> Result<Option<PageEntry>, StoreError> {
        let (Some(own), Some(linked)) = (own, linked) else { return Ok(None) };
        let stands_there = likely_members::stands_in(&mut self.conn, own.id).await? == Some(linked);
        let of_link =
            |update: &Update| Some(update.id) == self.linked && update.likely && update.ticket == ticket.ticket;
        if !stands_there && !self.updates.iter().any(of_link) {
            return Ok(None);
        }
        let Some(topic) = topics::get(&mut self.conn, linked).await? else { return Ok(None) };
        // Where it went meanwhile is not for whoever holds this link. What it asks can still be answered.
        let mut entry = self.entry(ticket, Some(own).filter(|_| stands_there)).await?;
        let Some(asks) = self.updates.iter().find(|update| update.likely && self.can_answer(update, &topic)) else {
            return Ok(Some(entry));
        };
        let said = confirmations::of_customer(&mut self.conn, self.customer.id, topic.id, asks.cycle).await?;
        entry.verdict = said.as_ref().map(|said| said.verdict);
        entry.has_words = said.is_some_and(|said| said.words.is_some());
        entry.answers = Some(asks.id);
        entry.is_linked = entry.answers == self.linked;
        Ok(Some(entry))
    }

    async fn entry(&mut self, ticket: &TicketView, topic: Option<&Topic>) -> Result<PageEntry, StoreError> {
        let mut entry = PageEntry {
            state: TopicState::Open,
            kind: TopicKind::Question,
            version: None,
            verdict: None,
            has_words: false,
            came_back: false,
            asked_at: ticket.created_at,
            words: ticket.words.clone().unwrap_or_else(|| ticket.subject.clone()),
            from_us: None,
            has_workaround: false,
            answers: None,
            is_linked: false,
        };
        let Some(topic) = topic else { return Ok(entry) };
        (entry.state, entry.kind) = (topic.state, topic.spoken_kind());
        let milestones = milestones::of_topic(&mut self.conn, topic.id).await?;
        let of = |kind| milestones.iter().find(|step| step.cycle == topic.cycle && step.kind == kind);
        let shipped = of(MilestoneKind::Shipped);
        // Until a person or a proof says that it is out, only whom a person has told so reads it here.
        let doubted = shipped.is_some_and(|step| step.confidence == Some(Confidence::Likely));
        let told_of = |step: &Milestone| {
            self.updates.iter().find(|update| update.milestone == step.id && update.state().may_have_arrived())
        };
        if doubted && shipped.and_then(told_of).is_none() && entry.state == TopicState::Shipped {
            // What it was before, as far as more than a doubtful word says so.
            entry.state = match (of(MilestoneKind::FixMerged), of(MilestoneKind::InProgress)) {
                (Some(_), _) => TopicState::FixMerged,
                (None, Some(_)) => TopicState::InProgress,
                (None, None) => TopicState::Escalated,
            };
        }
        if let Some(release) = shipped.and_then(|step| step.release) {
            entry.version = releases::get(&mut self.conn, release).await?.map(|release| release.version);
        }
        // Where the fix is doubted, what we say is of where the page says that it is.
        let shown = entry.state;
        let said = match shown {
            TopicState::Declined => of(MilestoneKind::Declined),
            TopicState::Shipped => None,
            _ => of(MilestoneKind::Workaround),
        };
        // What an engineer wrote is theirs to read once a person, or the policy, has let it be told to them (G6). Where a person
        // wrote the message themselves, these words were not told.
        let told = said.and_then(|step| Some((step, told_of(step)?)));
        entry.from_us = match told {
            Some((_, update)) if updates::is_edited(&mut self.conn, update.id).await? => None,
            Some((step, _)) => step.words.clone(),
            None => topic.summary.clone().filter(|_| shown == TopicState::Shipped),
        };
        entry.has_workaround = entry.from_us.is_some() && !shown.is_finished();
        let asks = self.updates.iter().find(|update| self.can_answer(update, topic));
        let cycle = asks.map_or(topic.cycle, |update| update.cycle);
        let said = confirmations::of_customer(&mut self.conn, self.customer.id, topic.id, cycle).await?;
        entry.verdict = said.as_ref().map(|said| said.verdict);
        entry.has_words = said.is_some_and(|said| said.words.is_some());
        entry.came_back = cycle < topic.cycle;
        entry.answers = asks.map(|update| update.id);
        entry.is_linked = entry.answers.is_some() && entry.answers == self.linked;
        Ok(entry)
    }

    /// Whether they can answer an update: it reached them, it asks them something, and it is from the present cycle or about
    /// a fix. After somebody else said "still broken", everybody is still asked about the fix that they have.
    fn can_answer(&self, update: &Update, topic: &Topic) -> bool {
        let reached_them = match update.state() {
            UpdateState::Sent => true,
            // We do not know whether it arrived. But they have its link, which is only in the message.
            UpdateState::Sending | UpdateState::Failed | UpdateState::InDoubt => self.linked == Some(update.id),
            _ => false,
        };
        let counts = update.cycle == topic.cycle || update.kind == MilestoneKind::Shipped;
        update.topic == topic.id && counts && reached_them && update.kind.rules().asks_back
    }
}
