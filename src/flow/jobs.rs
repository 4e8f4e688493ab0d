//! The kinds of durable work: what each job is about, not how it is done.
//!
//! A job's argument is an id, or the few words that name something outside. [`super::work`] says which step does which
//! kind.

use riverqueue::JobArgs;
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        id::{OutboxMessageId, TicketId, TopicId, UpdateId},
        ticket::Ticket,
    },
    store::{Result, Tx, Urgency, failures, queue::Queue},
};

/// A kind of durable work.
pub(crate) trait Work: JobArgs {
    /// Its name, as the health page shows it.
    const NAME: &'static str;
}

/// Nothing is left to do for this job. If it had failed, it runs once more, finds nothing to do, and that takes it off the health page.
pub(super) async fn is_settled<W: Work>(queue: &Queue, tx: &mut Tx, job: W) -> Result<()> {
    let subject = serde_json::to_string(&job).unwrap_or_default();
    if failures::times(tx, W::NAME, &subject).await? == 0 {
        return Ok(());
    }
    queue.add(tx, job).await
}

/// Declares the kinds of work: a type for each, with its name.
macro_rules! jobs {
    ($($(#[$doc:meta])* $job:ident = $name:literal { $($(#[$read:meta])* $field:ident: $type:ty),* $(,)? };)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Serialize, Deserialize, JobArgs)]
            #[river(kind = $name)]
            pub struct $job {
                $(
                    /// What the job is about.
                    $(#[$read])*
                    pub $field: $type
                ),*
            }

            impl Work for $job {
                const NAME: &'static str = $name;
            }
        )+

        /// Puts work that was given up back into the queue, by its name and subject. False if the name is not known.
        pub async fn enqueue_again(queue: &Queue, tx: &mut Tx, name: &str, subject: &str) -> Result<bool> {
            match name {
                $($name => match serde_json::from_str::<$job>(subject) {
                    Ok(job) => queue.add(tx, job).await.map(|()| true),
                    Err(_) => Ok(false),
                },)+
                _ => Ok(false),
            }
        }
    };
}

jobs! {
    /// Read the deliveries that were not read yet.
    Understand = "understand" {};
    /// Read a ticket as it is now in the helpdesk.
    Refresh = "refresh" { connection: String, ticket: String };
    /// Read several tickets as they are now in the helpdesk.
    RefreshMany = "refresh_many" { connection: String, tickets: Vec<String>, #[serde(default)] urgency: Urgency };
    /// Find the topic of a ticket.
    Group = "group" { ticket: TicketId };
    /// Find the topics of several tickets.
    GroupMany = "group_many" { tickets: Vec<TicketId> };
    /// Bring a topic's issue up to date.
    File = "file" { topic: TopicId };
    /// Look at a topic's issue and what happened to it.
    Follow = "follow" { topic: TopicId };
    /// Look at an issue that GitHub told us about.
    Look = "look" { repository: String, number: i64 };
    /// Read a comment for a command to Heard.
    Obey = "obey" { repository: String, number: i64, comment: i64 };
    /// Look at a repository's releases.
    Releases = "releases" { repository: String };
    /// Judge whether a topic's fix has shipped.
    Ship = "ship" { topic: TopicId };
    /// Plan what a topic's customers are told.
    Tell = "tell" { topic: TopicId };
    /// Send one update.
    Send = "send" { update: UpdateId };
    /// Send many updates of one helpdesk.
    SendMany = "send_many" { connection: String, updates: Vec<UpdateId> };
    /// Write one message of the outbox.
    Write = "write" { message: OutboxMessageId };
    /// Read a customer's reply for a verdict.
    Answer = "answer" { ticket: TicketId };
    /// Ask both sides what webhooks missed.
    Sweep = "sweep" { source: String };
    /// Begin the sweeps that are due.
    Sweeps = "sweeps" {};
    /// Make sure that nothing is forgotten.
    Watch = "watch" {};
}

impl Refresh {
    /// The reading of a ticket that we know.
    pub fn of(ticket: &Ticket) -> Self {
        Self { connection: ticket.connection.clone(), ticket: ticket.external_id.clone() }
    }
}
