//! Translates Zendesk's answers into our terms: tickets, people, organizations, messages, and the ids of what was written.

use std::collections::HashSet;

use tracing::debug;

use super::{
    fields::AccountFields,
    wire::{
        CommentsAnswer, TicketAnswer, TicketsAnswer, WriteAnswer, ZendeskAudit, ZendeskComment, ZendeskIdentity,
        ZendeskOrganization, ZendeskTicket, ZendeskUser,
    },
};
use crate::{
    helpdesk::{
        AddressSnapshot, KeyedWrite, MessageSnapshot, OrganizationSnapshot, PersonSnapshot, TicketSnapshot,
        WriteReceipt, markup,
    },
    model::{
        customer::is_mailer,
        standing::Standing,
        ticket::{MessageAuthor, MessageTrust, TicketChannel, TicketStatus},
    },
};

/// The tag that Zendesk puts on a ticket when it was merged into another.
const MERGED_TAG: &str = "closed_by_merge";

impl ZendeskAudit {
    /// The comment's id first, then the audit's. A comment has the id of the audit event that made it.
    fn external_ids(self) -> Vec<String> {
        let comments = self.events.into_iter().filter(|event| event.kind.as_deref() == Some("Comment"));
        comments.filter_map(|event| event.id).chain(self.id).collect()
    }

    /// What was written, if Heard wrote it.
    pub(super) fn keyed(mut self) -> Option<KeyedWrite> {
        Some(KeyedWrite { key: self.metadata.custom.heard.take()?, external_ids: self.external_ids() })
    }
}

impl WriteAnswer {
    pub(super) fn written(self, ticket: Option<String>) -> Option<WriteReceipt> {
        Some(WriteReceipt { external_ids: self.audit.external_ids(), ticket: ticket.or(self.ticket.id)? })
    }
}

impl TicketAnswer {
    /// The ticket in our terms; `None` if the answer is no ticket.
    pub(super) fn snapshot(self, fields: &AccountFields) -> Option<TicketSnapshot> {
        self.ticket.snapshot(&self.users, &self.organizations, fields)
    }
}

impl TicketsAnswer {
    /// The tickets in our terms, and `None` if the answer is no list of them. Left out are those that Zendesk calls deleted, and
    /// those whose people or organization it did not send along (`zendesk_api_client_rb#181`).
    pub(super) fn snapshots(self, fields: &AccountFields) -> Option<Vec<TicketSnapshot>> {
        let Self { tickets, users, organizations } = self;
        let users_beside: HashSet<&str> = users.iter().filter_map(|user| user.id.as_deref()).collect();
        let organizations_beside: HashSet<&str> = organizations.iter().filter_map(|one| one.id.as_deref()).collect();
        let is_whole = |ticket: &ZendeskTicket| {
            let people = [ticket.requester_id.as_deref(), ticket.assignee_id.as_deref()];
            people.into_iter().flatten().all(|person| users_beside.contains(person))
                && ticket.organization_id.as_deref().is_none_or(|id| organizations_beside.contains(id))
        };
        let whole = tickets?.into_iter().filter(is_whole);
        let snapshots = whole.filter_map(|ticket| ticket.snapshot(&users, &organizations, fields));
        Some(snapshots.filter(|ticket| ticket.status != TicketStatus::Deleted).collect())
    }
}

impl ZendeskTicket {
    /// The ticket in our terms, with whom and what was sent beside it; `None` if it is none.
    fn snapshot(
        self,
        users: &[ZendeskUser],
        organizations: &[ZendeskOrganization],
        fields: &AccountFields,
    ) -> Option<TicketSnapshot> {
        let ticket = self;
        let requester_id = ticket.requester_id.clone()?;
        let user = |id: &str| users.iter().find(|user| user.id.as_deref() == Some(id));
        let requester = user(&requester_id);
        let organization_id =
            ticket.organization_id.as_deref().or_else(|| requester.and_then(|user| user.organization_id.as_deref()));
        let organization = organization_id.map(|id| {
            let found = organizations.iter().find(|organization| organization.id.as_deref() == Some(id));
            organization_snapshot(id, found, requester, &ticket, fields)
        });
        let (created_at, changed_at) = (ticket.created_at, ticket.updated_at);
        let channel = channel(ticket.via.channel.as_deref(), ticket.via.source.rel());
        let in_copy = ticket.email_cc_ids.iter().any(|id| *id != requester_id);
        Some(TicketSnapshot {
            external_id: ticket.id?,
            url: ticket.url.as_deref().and_then(agent_url),
            brand: ticket.brand_id,
            subject: ticket.subject.unwrap_or_default(),
            status: status(ticket.status.as_deref(), &ticket.tags),
            tags: ticket.tags,
            requester: person(&requester_id, requester),
            organization,
            agent: ticket.assignee_id.as_deref().map(|id| person(id, user(id))),
            channel,
            created_at: created_at.or(changed_at)?,
            changed_at: changed_at.or(created_at)?,
            merged_into: None,
            follow_up_of: ticket.via.source.follow_up_of(),
            problem: ticket.problem_id,
            // Where a comment goes of which nothing is known, it may stand on a page for everybody.
            reaches_others: in_copy || channel == TicketChannel::Unknown,
            description: ticket.description.as_deref().map(markup::tidy),
            described_by: ticket.submitter_id,
        })
    }
}

fn person(id: &str, user: Option<&ZendeskUser>) -> PersonSnapshot {
    PersonSnapshot {
        external_id: id.to_owned(),
        name: user.and_then(|user| user.name.clone()).unwrap_or_default(),
        email: user.and_then(|user| user.email.clone()),
        verified: user.and_then(|user| user.verified) == Some(true),
        company_id: user.and_then(|user| user.external_id.clone()),
        locale: user.and_then(|user| user.locale.clone()),
        time_zone: user.and_then(time_zone),
        standing: user.and_then(standing),
    }
}

/// The zone by its IANA name, else as Rails calls it.
fn time_zone(user: &ZendeskUser) -> Option<String> {
    let mut said = [&user.iana_time_zone, &user.time_zone].into_iter().flatten();
    said.find(|name| !name.trim().is_empty()).cloned()
}

fn standing(user: &ZendeskUser) -> Option<Standing> {
    match (user.active, user.suspended) {
        (Some(false), _) => Some(Standing::Gone),
        (_, Some(true)) => Some(Standing::Suspended),
        _ if user.email.is_none() => Some(Standing::NoAddress),
        (Some(true), _) => Some(Standing::Reachable),
        (None, _) => None,
    }
}

impl ZendeskIdentity {
    /// The address, if it is one.
    pub(super) fn address(self) -> Option<AddressSnapshot> {
        let is_shared = self.ownership.as_deref().is_some_and(|word| word != "owned");
        let undeliverable = self.deliverable_state.as_deref().is_some_and(|word| word != "deliverable");
        Some(AddressSnapshot {
            email: self.value.filter(|_| self.kind.as_deref() == Some("email"))?,
            verified: self.verified == Some(true) && !is_shared,
            undeliverable,
        })
    }
}

/// How Zendesk delivers a public comment in a ticket that came about in this way:
/// <https://developer.zendesk.com/documentation/ticketing/reference-guides/via-types/>. A messenger takes a reply for a day after
/// the customer's last message; later Zendesk keeps it and nobody gets it (support.zendesk.com, 360032771314).
///
/// `facebook` and `twitter` are posts on a page and mentions, too, which everybody reads (support.zendesk.com, 4408819897242 and
/// 4408883122714), and `rel` alone says which it is. What is not said to be a message is none.
fn channel(via: Option<&str>, rel: Option<&str>) -> TicketChannel {
    const MAIL: [&str; 22] = [
        "api",
        "chat",
        "closed_ticket",
        "email",
        "forum",
        "help_center",
        "import",
        "logmein",
        "mail",
        "mobile",
        "mobile_sdk",
        "phone",
        "phone_call_inbound",
        "phone_call_outbound",
        "rule",
        "system",
        "ticket_sharing",
        "voice",
        "voicemail",
        "web",
        "web_form",
        "web_service",
    ];
    // Each of them delivers only for so long after the customer's last message.
    const MESSENGERS: [&str; 9] = [
        "apple_business_chat",
        "facebook_messenger",
        "google_rcs",
        "instagram_dm",
        "line",
        "twitter_dm",
        "wechat",
        "whatsapp",
        "x_dm",
    ];
    const PUBLIC_OR_MESSAGE: [(&str, &str); 2] = [("facebook", "message"), ("twitter", "direct_message")];
    // Many accounts and clients say nothing of it, and mail is what Zendesk does unless a channel does otherwise.
    let Some(via) = via.map(str::to_ascii_lowercase) else { return TicketChannel::Mail };
    if MAIL.contains(&via.as_str()) || via == "web_widget" {
        TicketChannel::Mail
    } else if MESSENGERS.contains(&via.as_str())
        || rel.is_some_and(|rel| PUBLIC_OR_MESSAGE.contains(&(via.as_str(), rel)))
    {
        TicketChannel::Messaging
    } else {
        debug!(
            channel = via,
            "Zendesk has a channel that Heard does not know; a person has to send what is told there"
        );
        TicketChannel::Unknown
    }
}

fn organization_snapshot(
    id: &str,
    organization: Option<&ZendeskOrganization>,
    requester: Option<&ZendeskUser>,
    ticket: &ZendeskTicket,
    fields: &AccountFields,
) -> OrganizationSnapshot {
    let in_ticket = |field: &str| {
        let found = ticket.custom_fields.iter().find(|custom| custom.id.as_deref() == Some(field));
        found.map(|custom| &custom.value)
    };
    let worth = fields.read(
        |field| organization.and_then(|organization| organization.fields.get(field)),
        |field| requester.and_then(|requester| requester.fields.get(field)),
        in_ticket,
    );
    OrganizationSnapshot {
        external_id: id.to_owned(),
        name: organization.and_then(|organization| organization.name.clone()).unwrap_or_default(),
        plan: worth.plan,
        revenue_cents: worth.revenue_cents,
        revenue_currency: worth.revenue_currency,
        renewal_at: worth.renewal_at,
        segment: worth.segment,
    }
}

/// The URL where an agent opens the ticket. The API's URL of it ends in `/api/v2/tickets/5158.json`.
fn agent_url(api_url: &str) -> Option<String> {
    let (origin, ticket) = api_url.split_once("/api/v2/tickets/")?;
    let id = ticket.trim_end_matches(".json");
    let usable = origin.starts_with("http") && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    usable.then(|| format!("{origin}/agent/tickets/{id}"))
}

/// REST writes a status in lower case, event subscriptions in upper case. A custom status is given by its category.
fn status(word: Option<&str>, tags: &[String]) -> TicketStatus {
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "new" | "open" => TicketStatus::Open,
        "pending" | "hold" => TicketStatus::Pending,
        "solved" => TicketStatus::Solved,
        "closed" if tags.iter().any(|tag| tag == MERGED_TAG) => TicketStatus::Merged,
        "closed" => TicketStatus::Closed,
        "deleted" => TicketStatus::Deleted,
        unknown => {
            debug!(status = unknown, "Zendesk has a status that Heard does not know; it counts as open");
            TicketStatus::Open
        }
    }
}

impl CommentsAnswer {
    /// The messages of this page and the cursor of the next; `None` if the answer is no list of comments.
    pub(super) fn page(self) -> Option<(Vec<MessageSnapshot>, Option<String>)> {
        let Self { comments, users, meta } = self;
        let rows = comments?.into_iter().filter_map(|comment| comment.snapshot(&users)).collect();
        Some((rows, meta.next()))
    }

    /// The comments, newest or oldest first as requested.
    pub(super) fn comments(self) -> Option<Vec<ZendeskComment>> {
        self.comments
    }
}

impl ZendeskComment {
    /// A comment that is not explicitly public counts as internal, so that it never reaches a customer by mistake (G6, nothing
    /// private leaves).
    fn snapshot(self, users: &[ZendeskUser]) -> Option<MessageSnapshot> {
        let public = self.public.unwrap_or(false);
        // Zendesk itself, whose ids are negative, reports what it could not deliver.
        let by_mailer = self.author_id.as_deref().is_some_and(|id| id.starts_with('-'))
            || users.iter().any(|user| {
                user.id.is_some()
                    && user.id == self.author_id
                    && is_mailer(user.name.as_deref().unwrap_or_default(), user.email.as_deref().unwrap_or_default())
            });
        let forms = [&self.html_body, &self.body, &self.plain_body];
        let as_shown = forms.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n");
        let body = match (self.plain_body, self.html_body, self.body) {
            (Some(plain), _, _) => markup::tidy(&plain),
            (None, Some(html), _) => markup::plain(&html),
            (None, None, body) => markup::tidy(&body.unwrap_or_default()),
        };
        Some(MessageSnapshot {
            external_id: self.id?,
            author: author(self.author_id.as_deref(), public, users),
            author_external_id: self.author_id,
            by_mailer,
            trust: trust(&self.metadata.flags),
            public,
            body,
            as_shown,
            written_with: self.metadata.custom.heard,
            created_at: self.created_at?,
        })
    }
}

/// <https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_comments/#comment-flags>: 0 and 2 are not to be
/// trusted, 3 was not signed in, 4 is automatic, 5 speaks of a file, 11 was written on behalf of the author. One that is new to
/// us is a doubt.
fn trust(flags: &[String]) -> MessageTrust {
    match flags {
        flags if flags.iter().any(|flag| flag == "4") => MessageTrust::Automatic,
        flags if flags.iter().all(|flag| flag == "5") => MessageTrust::Trusted,
        _ => MessageTrust::Doubted,
    }
}

/// Decides by the author's role. If Zendesk did not send the author: negative ids are Zendesk itself, an internal note can
/// only be an agent's, and everybody else is a customer (probably a deleted one).
fn author(id: Option<&str>, public: bool, users: &[ZendeskUser]) -> MessageAuthor {
    let role = users.iter().find(|user| id.is_some() && user.id.as_deref() == id).and_then(|user| user.role.as_deref());
    match role {
        Some("end-user") => MessageAuthor::Customer,
        Some(_) => MessageAuthor::Agent,
        None if !public || id.is_none_or(|id| id.starts_with('-')) => MessageAuthor::Agent,
        None => MessageAuthor::Customer,
    }
}
