//! Zendesk's webhooks: who signed one, and which ticket to look at.
//!
//! A webhook is either subscribed to events, then Zendesk writes the body, or connected to a trigger, then the body is the
//! short one from our setup page. Only the ticket's id is taken from either (G10, webhooks are hints), so it does not
//! matter if Zendesk adds or renames fields.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value;
use tracing::debug;

use super::people;
use crate::{
    base::{
        clock::Time,
        json, limits,
        members::JsonMembers,
        secret::Secret,
        signature::{Hash, hmac, same, sha256},
    },
    helpdesk::{Authentic, Forged, HelpdeskEvent, Incoming, TicketChange, UnreadableDelivery, lenient},
    model::delivery::Headers,
};

/// Zendesk signs deliveries of the test button with this published secret, so anybody could forge them.
pub(super) const PUBLISHED_TEST_SECRET: &str = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";

const SIGNATURE: &str = "x-zendesk-webhook-signature";
const SIGNED_AT: &str = "x-zendesk-webhook-signature-timestamp";
const INVOCATION: &str = "x-zendesk-webhook-invocation-id";
const EVENT_TYPES: [&str; 2] = ["zen:event-type:", "zen:event-type/"];

/// What of a body is looked at. Of `detail`, which is the whole ticket or person, that is little; of `event`, what changed, all.
static LOOKED_AT: JsonMembers = JsonMembers::Of(&[
    ("account_id", JsonMembers::All),
    ("current_user_id", JsonMembers::All),
    ("detail", JsonMembers::Of(&[("actor_id", JsonMembers::All), ("id", JsonMembers::All)])),
    ("event", JsonMembers::All),
    ("heard", JsonMembers::All),
    ("id", JsonMembers::All),
    ("subject", JsonMembers::All),
    ("ticket_id", JsonMembers::All),
    ("type", JsonMembers::All),
]);

/// Ticket events after which something that Heard stores may have changed. `heard check` asks for those marked as needed.
const READ_AGAIN: &[(&str, EventNeed)] = &[
    ("created", EventNeed::Needed),
    ("comment_added", EventNeed::Needed),
    ("status_changed", EventNeed::Needed),
    ("tags_changed", EventNeed::Needed),
    ("agent_assignment_changed", EventNeed::Welcome),
    ("brand_changed", EventNeed::Welcome),
    ("comment_made_private", EventNeed::Welcome),
    ("comment_redacted", EventNeed::Welcome),
    ("custom_field_changed", EventNeed::Welcome),
    ("custom_status_changed", EventNeed::Welcome),
    ("description_changed", EventNeed::Welcome),
    ("organization_changed", EventNeed::Welcome),
    ("problem_link_changed", EventNeed::Welcome),
    ("requester_changed", EventNeed::Welcome),
    ("subject_changed", EventNeed::Welcome),
    ("undeleted", EventNeed::Welcome),
];

/// Ticket events that say more than that a ticket has to be read again.
const TELLING: &[(&str, EventNeed)] = &[("merged", EventNeed::Needed), ("csat_received", EventNeed::Welcome)];

/// Ticket events after which a ticket is gone.
const GONE: &[&str] = &["soft_deleted", "permanently_deleted", "marked_as_spam"];

/// Whether Heard needs an event, or only learns of changes later without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventNeed {
    Needed,
    Welcome,
}

/// What a webhook is subscribed to, and which of it Heard cannot do without: the one list, by which `heard connect` makes a
/// webhook and `heard check` looks at one.
pub(super) fn subscriptions() -> impl Iterator<Item = (String, EventNeed)> {
    let gone = GONE.iter().map(|event| (*event, EventNeed::Needed));
    let tickets =
        READ_AGAIN.iter().chain(TELLING).copied().chain(gone).map(|(event, need)| (format!("ticket.{event}"), need));
    tickets.chain(people::subscribed().map(|event| (format!("user.{event}"), EventNeed::Welcome)))
}

/// The prefix of an event's name in a webhook's subscriptions.
pub(super) const SUBSCRIBED: &str = EVENT_TYPES[0];

/// The headers that sign a body as Zendesk does.
pub(super) fn signed(secret: &Secret, body: &[u8], now: Time) -> [(&'static str, String); 2] {
    let at = now.to_string();
    let signature = hmac(Hash::Sha256, secret.expose().as_bytes(), &[at.as_bytes(), body]);
    [(SIGNATURE, BASE64_STANDARD.encode(signature)), (SIGNED_AT, at)]
}

/// Checks the signature of timestamp and body with every secret, then the age of the timestamp, then the account.
///
/// Scheme: HMAC-SHA256 over timestamp ++ body with the secret as text, in base64
/// (<https://developer.zendesk.com/documentation/webhooks/verifying/>). Zendesk does not ask for a replay window; we have one.
pub(super) fn verify(
    secrets: &[Secret],
    account: Option<&str>,
    request: &Incoming<'_>,
    now: Time,
) -> Result<Authentic, Forged> {
    let signature = request.header(SIGNATURE).ok_or(Forged::Missing)?;
    let signed_at = request.header(SIGNED_AT).ok_or(Forged::Missing)?;
    let given = BASE64_STANDARD.decode(signature).map_err(|_| Forged::Wrong)?;
    let parts: [&[u8]; 2] = [signed_at.as_bytes(), request.body];
    let known = secrets
        .iter()
        .fold(false, |known, secret| known | same(&hmac(Hash::Sha256, secret.expose().as_bytes(), &parts), &given));
    if !known {
        return Err(Forged::Wrong);
    }
    let at = Time::parse(signed_at).ok_or(Forged::Wrong)?;
    if now.since(at).max(at.since(now)) > limits::REPLAY_WINDOW {
        return Err(Forged::Stale);
    }
    let said = json::read_members(request.body, &LOOKED_AT);
    let (is_json, body) = (said.is_ok(), said.unwrap_or_default());
    let sender = lenient::text(&body["account_id"]);
    if account.is_some_and(|account| sender.is_some_and(|sender| sender != account)) {
        return Err(Forged::Wrong);
    }
    let invocation = request.header(INVOCATION);
    let event = event_type(&body).and_then(|_| lenient::text(&body["id"]));
    // The event's id is a part of what was signed: the same bytes have the same id, and their hash would be a second key of the same.
    let signed = event.is_none().then(|| sha256(&parts));
    let key = event.or_else(|| invocation.map(str::to_owned));
    let headers: Headers = invocation.map(|id| (INVOCATION.to_owned(), id.to_owned())).into_iter().collect();
    let authentic = Authentic::vouch(key, signed, headers, request.body.clone());
    Ok(authentic.having_read(is_json.then_some(body)))
}

/// The event's name without Zendesk's prefix, of which its reference has two forms: `ticket.created`.
fn event_type(body: &Value) -> Option<&str> {
    let name = body["type"].as_str()?;
    EVENT_TYPES.iter().find_map(|prefix| name.strip_prefix(prefix))
}

pub(super) fn read(delivery: &Authentic) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery> {
    let read;
    let body = match &delivery.said {
        Some(said) => said,
        None => {
            read = json::read_members(&delivery.body, &LOOKED_AT)
                .map_err(|error| UnreadableDelivery(format!("the body cannot be read: {}", json::why(&error))))?;
            &read
        }
    };
    if let Some(name) = event_type(body) {
        return event(name, body);
    }
    if !body["heard"].is_null() {
        return trigger(body);
    }
    Err(UnreadableDelivery(
        "the body is neither an event subscription's nor the one for triggers on the set-up page".to_owned(),
    ))
}

/// A trigger's body: `{"heard":1,"ticket_id":"5158","current_user_id":"84"}`.
fn trigger(body: &Value) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery> {
    let ticket = ticket_id(&body["ticket_id"]).ok_or_else(|| {
        UnreadableDelivery("ticket_id is no ticket's id: is the placeholder written {{ticket.id}}?".into())
    })?;
    Ok(vec![changed(ticket, lenient::text(&body["current_user_id"]))])
}

fn event(name: &str, body: &Value) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery> {
    if let Some(what) = name.strip_prefix("user.") {
        return people::event(what, body);
    }
    let Some((subject @ ("ticket" | "messaging_ticket"), what)) = name.split_once('.') else {
        debug!(event = name, "Zendesk sent an event that is about neither a ticket nor a person");
        return Ok(vec![HelpdeskEvent::Ignored(name.to_owned())]);
    };
    let (detail, event) = (&body["detail"], &body["event"]);
    let of_subject = body["subject"].as_str().and_then(|subject| subject.rsplit(':').next());
    let ticket = ticket_id(&detail["id"])
        .or_else(|| of_subject.and_then(lenient::digits))
        .ok_or_else(|| UnreadableDelivery(format!("{name} names no ticket")))?;
    let author = lenient::text(&event["comment"]["author"]["id"]);
    let actor = lenient::text(&detail["actor_id"]).or(author);
    if GONE.contains(&what) {
        return Ok(vec![HelpdeskEvent::Deleted { ticket }]);
    }
    Ok(match (what, ticket_id(&event["target_ticket_id"])) {
        ("merged", Some(into)) if into != ticket => vec![HelpdeskEvent::Merged { ticket, into }],
        ("merged", _) => vec![changed(ticket, actor)],
        ("csat_received", _) => match good(event) {
            Some(good) => vec![HelpdeskEvent::Rated { ticket, good }],
            None => vec![changed(ticket, actor)],
        },
        ("message_added", _) if subject == "messaging_ticket" => vec![changed(ticket, actor)],
        _ if READ_AGAIN.iter().any(|(known, _)| *known == what) => vec![changed(ticket, actor)],
        _ => {
            debug!(event = name, "Zendesk sent a ticket event that concerns nothing Heard keeps");
            vec![HelpdeskEvent::Ignored(name.to_owned())]
        }
    })
}

fn changed(ticket: String, actor: Option<String>) -> HelpdeskEvent {
    HelpdeskEvent::Ticket(Box::new(TicketChange { ticket, actor, ..TicketChange::default() }))
}

/// Zendesk's ids are numbers, in event subscriptions as strings. Anything else is a placeholder that was not filled in.
fn ticket_id(value: &Value) -> Option<String> {
    lenient::text(value).as_deref().and_then(lenient::digits)
}

/// Whether the customer was satisfied. The documentation does not say where the event has the score, so we look for a word
/// (`good`, `bad`) or a number of stars under the names that Zendesk uses elsewhere. Three of five stars are neither.
fn good(event: &Value) -> Option<bool> {
    const NAMES: [&str; 5] = ["score", "rating", "satisfaction_score", "current", "csat"];
    let found = NAMES.iter().map(|name| &event[*name]).find(|value| !value.is_null())?;
    if found.is_object() {
        return good(found);
    }
    let word = lenient::text(found)?.to_lowercase();
    match word.as_str() {
        "4" | "5" => Some(true),
        "1" | "2" => Some(false),
        _ if word.starts_with("good") => Some(true),
        _ if word.starts_with("bad") => Some(false),
        _ => None,
    }
}
