//! Any helpdesk that can send JSON, in our own documented shape or with a mapping in the settings.
//!
//! Replies, notes and tags are request templates in the settings, and so are reads if the helpdesk has an API for them. What is
//! not configured is not possible, and [`About`] says so.

mod condition;
mod field;
mod join;
mod mapping;
mod options;
mod paging;
mod place;
mod template;
#[cfg(test)]
mod tests;
mod webhook;

use serde_json::Value;

use self::{
    join::Joining,
    mapping::Mapping,
    options::{GenericOptions, IdentityTemplate},
    paging::Paging,
    template::{Filling, RequestTemplate},
    webhook::WebhookSender,
};
use super::{
    About, AddressSnapshot, AddressesByPerson, Authentic, Call, ChangedTickets, Forged, Helpdesk, HelpdeskCredentials,
    HelpdeskEvent, HelpdeskRefusal, Identity, Incoming, KeyedWrite, MessageSnapshot, Reply, SnapshotPage,
    TicketSnapshot, UnreadableDelivery, WriteReceipt, expect_json, markup,
};
use crate::base::{
    clock::Time,
    http::{Request, Response},
    json,
    secret::Secret,
};

const OWN_SHAPE: &str = include_str!("own_shape.toml");

/// One helpdesk, as the settings describe it.
pub(super) struct Generic {
    about: About,
    sender: WebhookSender,
    credential: Option<(String, Secret)>,
    map: Mapping,
    options: GenericOptions,
}

/// Opens the connection.
///
/// # Errors
/// What is missing or wrong, without the connection's name.
pub(super) fn open(credentials: HelpdeskCredentials) -> Result<Box<dyn Helpdesk>, String> {
    let mut options: GenericOptions =
        credentials.options.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
    options.check()?;
    if options.calls_anything() && credentials.token.is_none() {
        return Err("token is missing: the calls that are configured need one".to_owned());
    }
    let sender = WebhookSender::new(credentials.webhook_secrets, credentials.path_secret)?;
    let mut map = match &options.map {
        Some(map) => map.clone(),
        None => toml::from_str(OWN_SHAPE).map_err(|error| error.to_string())?,
    };
    map.verified_addresses = options.verified_addresses;
    if let Some(read) = &mut options.read {
        read.map.verified_addresses = options.verified_addresses;
    }
    Ok(Box::new(Generic {
        about: options.about(sender.signing()),
        credential: credentials.token.map(|token| options.authentication.credential(&token)),
        sender,
        map,
        options,
    }))
}

impl Generic {
    fn request(&self, template: &RequestTemplate, filling: &Filling<'_>) -> Request {
        let request = template.request(filling);
        match &self.credential {
            Some((name, value)) => request.credential(name.clone(), value.clone()),
            None => request,
        }
    }

    /// A write to an existing ticket.
    fn write(&self, template: &RequestTemplate, filling: &Filling<'_>) -> Call<WriteReceipt> {
        let (reader, ticket) = (template.clone(), filling.ticket.to_owned());
        Call::new(self.request(template, filling), move |response| {
            let external_ids = reader.written_id(response)?.into_iter().collect();
            Ok(WriteReceipt { external_ids, ticket: ticket.clone() })
        })
    }
}

impl Helpdesk for Generic {
    fn about(&self) -> &About {
        &self.about
    }

    fn verify(&self, request: &Incoming<'_>, now: Time) -> Result<Authentic, Forged> {
        let key = |body: &[u8]| json::read(body).ok().and_then(|body: Value| self.map.key(&body));
        self.sender.verify(request, now, key)
    }

    fn read(&self, delivery: &Authentic) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery> {
        let body: Value = json::read(&delivery.body)
            .map_err(|error| UnreadableDelivery(format!("the body cannot be read: {}", json::why(&error))))?;
        self.map.events(&body, self.about.reads_tickets)
    }

    fn identity(&self) -> Option<Call<Identity>> {
        let IdentityTemplate { path, id, name } = self.options.identity.clone()?;
        let request = self.request(&RequestTemplate::get(&path), &Filling::default());
        Some(Call::new(request, move |response| {
            let body: Value = expect_json(response)?;
            let missing =
                || HelpdeskRefusal::Unavailable("answered without an id where identity.id looks for it".to_owned());
            let external_id = id.text(&body, &body).ok_or_else(missing)?;
            let name = name.as_ref().and_then(|name| name.text(&body, &body)).unwrap_or_default();
            Ok(Identity { external_id, name, lacks: None })
        }))
    }

    fn ticket(&self, external_id: &str) -> Option<Call<TicketSnapshot>> {
        let read = self.options.read.clone()?;
        let filling = Filling { ticket: external_id, ..Filling::default() };
        let request = self.request(&RequestTemplate::get(&read.ticket), &filling);
        let (credential, ticket) = (self.credential.clone(), external_id.to_owned());
        Some(Call::leading(request, move |response| {
            let (body, status, map): (Value, _, _) = (expect_json(response)?, response.status, read.map.clone());
            let finish = move |rows: &[Value], _: &Value| {
                let read = rows.first().ok_or_else(|| "nothing".to_owned()).and_then(|ticket| map.ticket(ticket));
                read.map_err(|why| HelpdeskRefusal::Unavailable(format!("answered {status}: {why}")))
            };
            let joins = read.join_ticket.clone();
            let (ticket, credential, finish) = (ticket.clone(), credential.clone(), Box::new(finish));
            Joining { ticket, credential, joins, finish }.of(vec![body.clone()], body)
        }))
    }

    fn tickets(&self, _external_ids: &[&str]) -> Option<Call<Vec<TicketSnapshot>>> {
        None
    }

    fn addresses(&self, _person: &str) -> Option<Call<Vec<AddressSnapshot>>> {
        None
    }

    fn addresses_of_many(&self, _people: &[&str]) -> Option<Call<AddressesByPerson>> {
        None
    }

    fn merged_into(&self, _external_id: &str) -> Option<Call<Option<String>>> {
        None
    }

    fn keyed_writes(&self, _external_id: &str, _after: Option<&str>) -> Option<Call<SnapshotPage<KeyedWrite>>> {
        None
    }

    fn messages(&self, external_id: &str, after: Option<&str>) -> Option<Call<SnapshotPage<MessageSnapshot>>> {
        let list = self.options.message_list()?;
        let page: usize = after.and_then(|after| after.parse().ok()).unwrap_or(1);
        let filling = Filling { ticket: external_id, after, page: Some(page), ..Filling::default() };
        let request = self.request(&RequestTemplate::get(&list.path), &filling);
        let (credential, ticket) = (self.credential.clone(), external_id.to_owned());
        Some(Call::leading(request, move |response| {
            let body: Value = expect_json(response)?;
            let rows = list.rows(&body);
            let next = match Paging::of(&list.path, list.next.as_ref()) {
                Paging::One => None,
                Paging::ByCursor(place) => place.find(&body, &body).and_then(super::lenient::text),
                Paging::ByNumber => (!rows.is_empty()).then(|| (page + 1).to_string()),
            };
            let reader = list.clone();
            let finish = move |rows: &[Value], top: &Value| {
                Ok(SnapshotPage { rows: reader.messages(rows, top), next: next.clone() })
            };
            let (ticket, credential, finish) = (ticket.clone(), credential.clone(), Box::new(finish));
            Joining { ticket, credential, joins: list.joins.clone(), finish }.of(rows, body)
        }))
    }

    fn changed_since(&self, _since: Time, _cursor: Option<&str>) -> Option<Call<ChangedTickets>> {
        None
    }

    fn reply(&self, external_id: &str, reply: &Reply<'_>) -> Option<Call<WriteReceipt>> {
        let filling = Filling {
            ticket: external_id,
            text: Some(reply.text),
            html: Some(reply.html),
            author: reply.author,
            key: Some(reply.idempotency_key),
            ..Filling::default()
        };
        self.options.reply.as_ref().map(|template| self.write(template, &filling))
    }

    fn note(&self, external_id: &str, text: &str, idempotency_key: &str) -> Option<Call<WriteReceipt>> {
        let html = markup::html(text);
        let filling = Filling {
            ticket: external_id,
            text: Some(text),
            html: Some(&html),
            key: Some(idempotency_key),
            ..Filling::default()
        };
        self.options.note.as_ref().map(|template| self.write(template, &filling))
    }

    fn tag(&self, external_id: &str, tags: &[&str]) -> Option<Call<()>> {
        let filling = Filling { ticket: external_id, tags: Some(tags), ..Filling::default() };
        let template = self.options.tag.as_ref()?;
        Some(Call::new(self.request(template, &filling), |response: &Response| template::wrote(response)))
    }

    fn reopen(&self, external_id: &str) -> Option<Call<WriteReceipt>> {
        let filling = Filling { ticket: external_id, ..Filling::default() };
        self.options.reopen.as_ref().map(|template| self.write(template, &filling))
    }

    fn follow_up(
        &self,
        external_id: &str,
        requester: Option<&str>,
        subject: &str,
        reply: &Reply<'_>,
        solved: bool,
    ) -> Option<Call<WriteReceipt>> {
        // The operator's template says how it is created, so there is no other way.
        let template = self.options.follow_up.clone().filter(|_| solved)?;
        let filling = Filling {
            ticket: external_id,
            text: Some(reply.text),
            html: Some(reply.html),
            author: reply.author,
            requester,
            subject: Some(subject),
            key: Some(reply.idempotency_key),
            ..Filling::default()
        };
        Some(Call::new(self.request(&template, &filling), move |response| {
            let missing = || HelpdeskRefusal::Unavailable("answered without the new ticket's id".to_owned());
            let ticket = template.written_id(response)?.ok_or_else(missing)?;
            Ok(WriteReceipt { external_ids: Vec::new(), ticket })
        }))
    }

    fn webhooks(&self, _address: &str) -> Option<Call<Vec<String>>> {
        None
    }
}
