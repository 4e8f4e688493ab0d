//! The messages of a ticket, as they are now, and what follows from them.

use std::collections::HashMap;

use super::{
    authors::{author, is_automatic},
    changes, erased, lost_thread,
    reader::TicketReader,
    taken::Taken,
    vocabulary,
};
use crate::{
    base::clock::Time,
    flow::{
        app::{App, Connection},
        error::Error,
        escalate, jobs, marks, outbox,
        tell::{arrival, returned, unremembered},
        ties,
    },
    helpdesk::{FOLLOW_UP_TAG, MessageSnapshot},
    model::ticket::{MessageAuthor, MessageTrust, Ticket, TicketStatus},
    store::{
        Tx, decisions, own_writes, requesters, ticket_authors,
        tickets::{self, MessageNews},
        ungrouped, updates,
    },
    wording::{bounce, note, page_key},
};

/// Messages as the helpdesk had them.
pub(super) struct SeenMessages<'m> {
    pub(super) messages: &'m [MessageSnapshot],
    /// Whether they are the whole thread: one that is not among them is not there any more.
    pub(super) whole: bool,
    /// Whether their ticket was not known before, so that nothing is stored of it yet but the ticket.
    pub(super) is_new: bool,
    /// When the helpdesk had them so, if it says.
    pub(super) as_of: Option<Time>,
    /// The helpdesk's id of whose ticket it was then, if it says.
    pub(super) requester: Option<&'m str>,
}

/// The ticket whose messages are read, and who is who in it.
struct BeingRead<'t> {
    app: &'t App,
    /// The connection's name.
    name: &'t str,
    ticket: Ticket,
    /// The customer's own ids.
    requesters: Vec<String>,
    reader: TicketReader<'t>,
    /// Who wrote each message, as far as that is known and the helpdesk does not say it now.
    said_authors: HashMap<String, String>,
    /// Whose the ticket was as the helpdesk had it.
    requester: String,
    /// Whether it was opened to go on with another that is closed.
    is_follow_up: bool,
    /// When the helpdesk had the messages so.
    as_of: Time,
}

/// What was new in messages.
#[derive(Clone, Copy, Debug, Default)]
struct News {
    customer_wrote: bool,
    /// Somebody in copy wrote in public.
    copied_wrote: bool,
    words_changed: bool,
}

/// Stores messages as they are now and enqueues what follows from them.
pub(super) async fn take(
    app: &App,
    tx: &mut Tx,
    connection: &Connection,
    external_id: &str,
    seen: SeenMessages<'_>,
    reader: TicketReader<'_>,
) -> Result<Taken, Error> {
    let SeenMessages { messages, whole, is_new, as_of, requester } = seen;
    let name = &connection.settings.name;
    let Some(ticket) = tickets::find(tx, name, external_id).await? else { return Ok(Taken::Concerns) };
    if ticket.status == TicketStatus::Deleted {
        // What was forgotten with it does not come back with a delivery that is late.
        return Ok(Taken::Forgotten);
    }
    let compares = whole && !is_new;
    let was_reachable = is_new || tickets::may_be_written_to(tx, ticket.id).await?;
    if compares && let Some(first) = messages.first() {
        tickets::first_is_listed(tx, ticket.id, &first.external_id).await?;
    }
    let reads_tickets = connection.helpdesk.about().reads_tickets;
    let is_named = |message: &MessageSnapshot| reads_tickets && message.author_external_id.is_some();
    let mut kept = erased::not_erased(app, tx, name, external_id, messages, is_named).await?;
    let taken = if kept.len() < messages.len() { Taken::Forgotten } else { Taken::Concerns };
    if !is_new && tickets::has_listed(tx, ticket.id).await? {
        // What was listed needs nothing to stand in for it, and whoever has the ticket by now did not write what it says.
        kept.retain(|message| message.external_id != tickets::DESCRIPTION);
    }
    let requesters = requesters::of_customer(tx, ticket.customer, name).await?;
    // Who writes a message is whoever wrote it, also once the ticket is given to somebody else. Senders that have no author of a
    // description, or of what a form opened, name whoever has the ticket now (django-helpdesk keeps nobody's address there), or nobody.
    let mut known = if is_new { HashMap::new() } else { tickets::authors(tx, ticket.id).await? };
    let said_authors = if connection.helpdesk.about().reads_tickets {
        let unnamed = kept.iter().filter(|message| !is_named(message));
        unnamed.filter_map(|message| known.remove_entry(&message.external_id)).collect()
    } else {
        known
    };
    let goes_on_with = lost_thread::find(tx, &ticket, &requesters, &kept).await?;
    let is_follow_up =
        goes_on_with.is_some() || ticket.follow_up_of.is_some() || ticket.tags.iter().any(|tag| tag == FOLLOW_UP_TAG);
    if let Some(source) = goes_on_with {
        tickets::goes_on_with(tx, ticket.id, &source).await?;
    }
    let as_of = as_of.unwrap_or(app.clock.now());
    let requester = requester.unwrap_or(&ticket.requester_external_id).to_owned();
    let thread = BeingRead { app, name, ticket, requesters, reader, said_authors, requester, is_follow_up, as_of };
    let mut news = News::default();
    for message in kept {
        let one = thread.keep(tx, message).await?;
        news.customer_wrote |= one.customer_wrote;
        news.copied_wrote |= one.copied_wrote;
        news.words_changed |= one.words_changed;
    }
    let ticket = &thread.ticket;
    news.words_changed |= ticket_authors::settle(tx, ticket.id, &thread.requesters).await?;
    if compares && let Some(newest) = messages.iter().map(|message| message.created_at).max() {
        let listed: Vec<&str> = messages.iter().map(|message| message.external_id.as_str()).collect();
        news.words_changed |= tickets::forget_missing_messages(tx, ticket.id, &listed, newest).await?;
    }
    tickets::note_contents(tx, ticket.id).await?;
    let written = tickets::messages(tx, ticket.id).await?;
    if news.customer_wrote || news.words_changed {
        vocabulary::keep(tx, ticket, &written).await?;
    }
    if news.words_changed {
        changes::of_words(app, tx, ticket).await?;
    }
    if !was_reachable && news.customer_wrote {
        // Until now they were told nothing here, because nothing public of theirs was known.
        changes::of_place(app, tx, ticket).await?;
    }
    // Nothing of what follows puts the ticket anywhere, until its ties do.
    let link = if is_new { None } else { decisions::link(tx, ticket.id).await? };
    if ticket.status != TicketStatus::Merged {
        thread.work_follows(tx, connection, messages, news, link.is_some()).await?;
    }
    ties::note_issue(app, tx, ticket.id, &written).await?;
    marks::keep(app, tx, ticket, &written, link).await?;
    ties::follow(app, tx, ticket, link).await?;
    Ok(taken)
}

impl BeingRead<'_> {
    /// Stores one message as it is now, and hears what it says of what we sent.
    async fn keep(&self, tx: &mut Tx, message: &MessageSnapshot) -> Result<News, Error> {
        let Self { app, name, ticket, requesters, .. } = self;
        let as_said = self
            .author_of(message)
            .map(|author| MessageSnapshot { author_external_id: Some(author.to_owned()), ..message.clone() });
        let message = as_said.as_ref().unwrap_or(message);
        // A report that mail came back quotes the link as well, and is neither ours nor theirs.
        let by = author(message, requesters, false);
        // What agents note among themselves is none.
        let is_report = (message.public || message.by_mailer) && bounce::is_one(message.by_mailer, &message.body);
        if message.public && by != MessageAuthor::Copied && !is_report {
            let ours = (by == MessageAuthor::Agent).then_some(message.external_id.as_str());
            for key in page_key::of(&message.as_shown) {
                arrival::seen(app, tx, key, ticket, ours).await?;
                if ours.is_some() || ticket.tags.iter().any(|tag| tag == FOLLOW_UP_TAG) {
                    unremembered::seen(app, tx, key, &message.as_shown, ticket).await?;
                }
            }
        }
        // Some helpdesks count messages anew in each ticket: what the customer wrote is not ours, whatever number it has.
        let by_another = match (message.author_external_id.as_deref(), self.reader.us) {
            (Some(author), Some(us)) => author != us,
            _ => false,
        };
        if self.is_follow_up && by != MessageAuthor::Customer && !by_another {
            updates::found_in(tx, name, &message.external_id, ticket.id).await?;
        }
        let by_them = message.author_external_id.as_ref().is_some_and(|author| requesters.contains(author));
        let is_known = own_writes::is_ours(tx, name, &message.external_id).await?;
        let by_us = message.author_external_id.as_deref().is_some_and(|author| self.reader.us == Some(author));
        let ours = by_us || !by_them && is_known;
        // A note of ours names topics by their titles, which are other customers' subjects. It stands in the helpdesk, and no copy
        // of it is kept, so that nothing of it is left here where somebody is forgotten (G6, nothing private leaves).
        let is_note = !message.public && (ours || note::is_one(&message.body));
        let body = if is_note { String::new() } else { page_key::without(&message.body) };
        let stored = tickets::NewMessage {
            ticket: ticket.id,
            external_id: &message.external_id,
            author: author(message, requesters, ours),
            author_external_id: message.author_external_id.as_deref(),
            public: message.public,
            trust: message.trust,
            body: &body,
            created_at: message.created_at,
            as_of: self.as_of,
        };
        let news = tickets::keep_message(tx, &stored, app.clock.now()).await?;
        if by_us && !is_known && message.public && news == MessageNews::New {
            arrival::said(app, tx, &message.body, ticket, &message.external_id).await?;
        }
        if is_note && !is_known && news == MessageNews::New {
            outbox::seen(app, tx, ticket, &message.body, &message.external_id).await?;
        }
        if is_report || is_automatic(ticket, message) {
            ungrouped::machine_wrote(tx, ticket.id, &message.external_id).await?;
        }
        if is_report && news == MessageNews::New && stored.author != MessageAuthor::Heard {
            let keys = page_key::of(&message.as_shown);
            let is_theirs = stored.author != MessageAuthor::Copied && stored.trust == MessageTrust::Trusted;
            if is_theirs || message.by_mailer {
                returned::came_back(app, tx, ticket, keys, message.by_mailer, message.created_at).await?;
            } else {
                returned::said_to_have_come_back(app, tx, ticket, keys).await?;
            }
        }
        Ok(News {
            customer_wrote: news == MessageNews::New && stored.author == MessageAuthor::Customer && stored.public,
            copied_wrote: news == MessageNews::New && stored.author == MessageAuthor::Copied && stored.public,
            words_changed: news == MessageNews::Changed && !is_note,
        })
    }

    /// Who wrote a message, where it is known and not said now. A customer's that nobody is named for is of whoever has the ticket, and
    /// stays theirs when it is given to somebody else.
    fn author_of(&self, message: &MessageSnapshot) -> Option<&str> {
        let is_unnamed = message.author_external_id.is_none() && message.author == MessageAuthor::Customer;
        let known = self.said_authors.get(&message.external_id).map(String::as_str);
        known.or_else(|| is_unnamed.then_some(self.requester.as_str()).filter(|requester| !requester.is_empty()))
    }

    /// Enqueues what the ticket needs now: grouping, escalating, reading an answer. It may be `grouped` already.
    async fn work_follows(
        &self,
        tx: &mut Tx,
        connection: &Connection,
        messages: &[MessageSnapshot],
        news: News,
        grouped: bool,
    ) -> Result<(), Error> {
        let Self { app, ticket, .. } = self;
        // A report that mail came back (freescout#4250) or an automatic reply (django-helpdesk#756), in a ticket of its own, is
        // nobody's complaint.
        let is_a_machines = |message: &MessageSnapshot| {
            bounce::is_one(message.by_mailer, &message.body) || is_automatic(ticket, message)
        };
        let says_something = messages.is_empty() || !messages.iter().all(is_a_machines);
        if !grouped && !says_something {
            return Ok(());
        }
        if !grouped {
            self.reader.group(app, tx, ticket.id).await?;
        } else if escalate::is_wanted(connection, ticket) {
            escalate::by_tag(app, tx, ticket).await?;
        }
        if (news.customer_wrote || news.copied_wrote) && (grouped || self.is_follow_up) {
            app.queue.add(tx, jobs::Answer { ticket: ticket.id }).await?;
        }
        Ok(())
    }
}
