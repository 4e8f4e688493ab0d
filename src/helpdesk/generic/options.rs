//! The options of a generic connection: its mapping, and a request template for each thing it can do.

use std::borrow::Cow;

use http::HeaderName;
use serde::Deserialize;
use serde_json::Value;

use super::{
    field::MappedField,
    join::Join,
    mapping::{Mapping, MessageMapping},
    paging::Paging,
    place::BodyPlace,
    template::RequestTemplate,
};
use crate::{
    base::{clock::Time, secret::Secret},
    helpdesk::{About, Maturity, MessageSnapshot, Signing},
};

/// The programs that were run for real, with the mappings of their pages.
const RUN: [&str; 2] = ["Request Tracker", "django-helpdesk"];

/// The connection's options.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct GenericOptions {
    /// What the helpdesk is called, for people.
    pub(super) program: Option<String>,
    /// How a delivery is read. Without it, deliveries have our own shape.
    pub(super) map: Option<Mapping>,
    /// Whether the helpdesk lets nobody write with an address that is not theirs.
    pub(super) verified_addresses: bool,
    pub(super) authentication: Authentication,
    pub(super) identity: Option<IdentityTemplate>,
    pub(super) read: Option<ReadTemplates>,
    pub(super) look_up: Option<LookUpTemplate>,
    pub(super) reply: Option<RequestTemplate>,
    pub(super) note: Option<RequestTemplate>,
    pub(super) tag: Option<RequestTemplate>,
    pub(super) reopen: Option<RequestTemplate>,
    pub(super) follow_up: Option<RequestTemplate>,
}

/// The header that carries the token.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Authentication {
    pub(super) header: String,
    pub(super) prefix: String,
}

impl Default for Authentication {
    fn default() -> Self {
        Self { header: "authorization".to_owned(), prefix: "Bearer ".to_owned() }
    }
}

/// A request that proves the token, and where its answer has Heard's own user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IdentityTemplate {
    pub(super) path: String,
    pub(super) id: MappedField,
    pub(super) name: Option<MappedField>,
}

/// How tickets and their messages are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadTemplates {
    pub(super) ticket: String,
    pub(super) messages: String,
    /// Where an answer has the cursor of the next page of messages. Without it there is only one page.
    pub(super) next: Option<BodyPlace>,
    pub(super) map: Mapping,
    /// What belongs to the ticket in other answers.
    #[serde(default)]
    pub(super) join_ticket: Vec<Join>,
    /// What belongs to each message in other answers.
    #[serde(default)]
    pub(super) join: Vec<Join>,
}

/// How a reply whose answer was lost is looked for, where tickets cannot be read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LookUpTemplate {
    pub(super) messages: String,
    /// Where an answer has the cursor of the next page of messages.
    pub(super) next: Option<BodyPlace>,
    pub(super) map: MessageMapping,
    /// What belongs to each message in other answers.
    #[serde(default)]
    pub(super) join: Vec<Join>,
}

/// A list of a ticket's messages, wherever it is configured.
#[derive(Clone, Debug)]
pub(super) struct MessageList {
    pub(super) path: String,
    pub(super) next: Option<BodyPlace>,
    pub(super) joins: Vec<Join>,
    map: MessageListMap,
}

#[derive(Clone, Debug)]
enum MessageListMap {
    Read(Box<Mapping>),
    LookUp(Box<MessageMapping>),
}

impl MessageList {
    fn map(&self) -> Option<&MessageMapping> {
        match &self.map {
            MessageListMap::Read(map) => map.messages.as_ref(),
            MessageListMap::LookUp(map) => Some(map),
        }
    }

    /// The rows of an answer.
    pub(super) fn rows(&self, body: &Value) -> Vec<Value> {
        self.map().map_or_else(Vec::new, |map| map.rows(body))
    }

    /// The messages among the rows of an answer.
    pub(super) fn messages(&self, rows: &[Value], body: &Value) -> Vec<MessageSnapshot> {
        let changed_at = match &self.map {
            MessageListMap::Read(map) => map.changed_at(body),
            // Nothing is stored of what is only looked through, so its times do not matter.
            MessageListMap::LookUp(_) => Some(Time::from_seconds(0)),
        };
        self.map().map_or_else(Vec::new, |map| map.read(rows, body, changed_at))
    }
}

impl GenericOptions {
    const TICKET: &[&str] = &["ticket"];
    const REPLY: &[&str] = &["ticket", "text", "html", "author", "key"];
    const NOTE: &[&str] = &["ticket", "text", "html", "key"];
    const TAG: &[&str] = &["ticket", "tags"];
    const FOLLOW_UP: &[&str] = &["ticket", "text", "html", "author", "key", "requester", "subject"];

    /// # Errors
    /// The first template that is wrong, with its option.
    pub(super) fn check(&self) -> Result<(), String> {
        for (option, template, known) in [
            ("reply", &self.reply, Self::REPLY),
            ("note", &self.note, Self::NOTE),
            ("tag", &self.tag, Self::TAG),
            ("reopen", &self.reopen, Self::TICKET),
            ("follow_up", &self.follow_up, Self::FOLLOW_UP),
        ] {
            template
                .as_ref()
                .map_or(Ok(()), |template| template.check(known))
                .map_err(|why| format!("{option}: {why}"))?;
        }
        if self.follow_up.as_ref().is_some_and(|template| !template.tells_id()) {
            return Err("follow_up: id_in_body or id_in_header must say where the new ticket's id is".to_owned());
        }
        self.authentication.check()?;
        if let Some(identity) = &self.identity {
            RequestTemplate::get(&identity.path).check(&[]).map_err(|why| format!("identity: {why}"))?;
        }
        if let Some(read) = &self.read {
            RequestTemplate::get(&read.ticket).check(Self::TICKET).map_err(|why| format!("read.ticket: {why}"))?;
            Paging::check(&read.messages, read.next.as_ref()).map_err(|why| format!("read.messages: {why}"))?;
            joins(&read.join_ticket, false).map_err(|why| format!("read.join_ticket: {why}"))?;
            joins(&read.join, true).map_err(|why| format!("read.join: {why}"))?;
        }
        if let Some(look_up) = &self.look_up {
            if self.read.is_some() {
                return Err("read and look_up exclude each other: what is read is looked through as well".to_owned());
            }
            Paging::check(&look_up.messages, look_up.next.as_ref())
                .map_err(|why| format!("look_up.messages: {why}"))?;
            joins(&look_up.join, true).map_err(|why| format!("look_up.join: {why}"))?;
        }
        Ok(())
    }

    /// Where a ticket's messages are listed, if anywhere.
    pub(super) fn message_list(&self) -> Option<MessageList> {
        let read = self.read.clone().map(|read| MessageList {
            path: read.messages,
            next: read.next,
            joins: read.join,
            map: MessageListMap::Read(Box::new(read.map)),
        });
        read.or_else(|| {
            let look_up = self.look_up.clone()?;
            let map = MessageListMap::LookUp(Box::new(look_up.map));
            Some(MessageList { path: look_up.messages, next: look_up.next, joins: look_up.join, map })
        })
    }

    /// Whether anything is called at all.
    pub(super) fn calls_anything(&self) -> bool {
        self.identity.is_some()
            || self.read.is_some()
            || self.look_up.is_some()
            || self.reply.is_some()
            || self.note.is_some()
            || self.tag.is_some()
            || self.reopen.is_some()
            || self.follow_up.is_some()
    }

    /// What this connection can do: everything it has templates for.
    pub(super) fn about(&self, signing: Signing) -> About {
        let program = self.program.as_deref().map(str::trim).filter(|program| !program.is_empty());
        let was_run = program.is_some_and(|program| RUN.iter().any(|run| run.eq_ignore_ascii_case(program)));
        About {
            word: "generic",
            name: program.map_or(Cow::Borrowed("your helpdesk"), |program| Cow::Owned(program.to_owned())),
            maturity: if was_run { Maturity::Proven } else { Maturity::Preview },
            signing,
            reads_tickets: self.read.is_some(),
            // What is joined to a ticket may be its person, or one more field of it.
            has_people: false,
            finds_replies: self.read.is_some() || self.look_up.is_some(),
            sweeps: false,
            replies: self.reply.is_some(),
            signs_as_agent: self.reply.as_ref().is_some_and(|template| template.uses("author")),
            notes: self.note.is_some(),
            tags: self.tag.is_some(),
            reopens: self.reopen.is_some(),
            follows_up: self.follow_up.is_some(),
        }
    }
}

fn joins(joins: &[Join], is_for_messages: bool) -> Result<(), String> {
    joins.iter().try_for_each(|join| join.check(is_for_messages))
}

impl Authentication {
    fn check(&self) -> Result<(), String> {
        let name = HeaderName::from_bytes(self.header.as_bytes());
        name.map(|_| ()).map_err(|_| format!("authentication: {:?} is no header's name", self.header))
    }

    /// The header's name and value.
    pub(super) fn credential(&self, token: &Secret) -> (String, Secret) {
        (self.header.to_ascii_lowercase(), Secret::new(format!("{}{}", self.prefix, token.expose())))
    }
}
