//! Zendesk's events about users: <https://developer.zendesk.com/api-reference/webhooks/event-types/user-events/>.
//!
//! Only ids are taken from them. What an event says of an address is read again with the person's tickets.

use std::collections::BTreeSet;

use serde_json::Value;
use tracing::debug;

use crate::helpdesk::{HelpdeskEvent, UnreadableDelivery, lenient};

/// Events after which what is known of a person may have changed.
const READ_AGAIN: &[&str] = &[
    "active_changed",
    "external_id_changed",
    "identity_changed",
    "identity_created",
    "identity_deleted",
    "name_changed",
    "suspended_changed",
    "time_zone_changed",
];

/// A person is gone.
const DELETED: &str = "deleted";
/// Events after which a person is gone. Only the first is in Zendesk's list.
const GONE: &[&str] = &[DELETED, "permanently_deleted"];

/// Two records became one.
const MERGED: &str = "merged";

/// The events that a webhook is subscribed to.
pub(super) fn subscribed() -> impl Iterator<Item = &'static str> {
    READ_AGAIN.iter().copied().chain([DELETED, MERGED])
}

pub(super) fn event(what: &str, body: &Value) -> Result<Vec<HelpdeskEvent>, UnreadableDelivery> {
    let of_subject = body["subject"].as_str().and_then(|subject| subject.rsplit(':').next());
    let id = lenient::text(&body["detail"]["id"]).as_deref().and_then(lenient::digits);
    let person = id
        .or_else(|| of_subject.and_then(lenient::digits))
        .ok_or_else(|| UnreadableDelivery(format!("user.{what} names no user")))?;
    let is_inactive = what == "active_changed" && lenient::flag(&body["event"]["current"]) == Some(false);
    Ok(vec![match what {
        _ if GONE.contains(&what) || is_inactive => HelpdeskEvent::PersonGone { person },
        MERGED => match other(&body["event"], &person) {
            Some(other) => HelpdeskEvent::PeopleMerged { one: person, other },
            None => HelpdeskEvent::Person { person },
        },
        _ if READ_AGAIN.contains(&what) => HelpdeskEvent::Person { person },
        _ => {
            debug!(event = what, "Zendesk sent an event about a user that concerns nothing Heard keeps");
            HelpdeskEvent::Ignored(format!("user.{what}"))
        }
    }])
}

/// The other user of a merge. The reference gives no example of the event, so every place that can hold a user's id is read.
/// If there are several, nobody is taken for anybody, and the person's tickets say whose they are.
fn other(event: &Value, person: &str) -> Option<String> {
    let mut found = BTreeSet::new();
    collect(event, "", &mut found);
    found.remove(person);
    (found.len() == 1).then(|| found.pop_first()).flatten()
}

fn collect(value: &Value, name: &str, found: &mut BTreeSet<String>) {
    /// Ids of what is no user.
    const OTHERS: [&str; 9] =
        ["account", "actor", "brand", "group", "locale", "meta", "organization", "role", "ticket"];
    if OTHERS.iter().any(|word| name.contains(word)) {
        return;
    }
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| collect(value, name, found)),
        Value::Array(rows) => rows.iter().for_each(|row| collect(row, name, found)),
        scalar if is_of_a_user(name) => found.extend(lenient::text(scalar).as_deref().and_then(lenient::digits)),
        _ => {}
    }
}

/// Whether a field of this name can hold a user's id.
fn is_of_a_user(name: &str) -> bool {
    // An `external_id` is the company's own.
    name == "id"
        || (name.ends_with("_id") && name != "external_id")
        || ["current", "previous", "user", "into", "from"].contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(what: &str, event: &Value) -> HelpdeskEvent {
        let body =
            json!({"subject": "zen:user:1003", "detail": {"id": "1003", "organization_id": "7"}, "event": event});
        event_of(what, &body)
    }

    fn event_of(what: &str, body: &Value) -> HelpdeskEvent {
        event(what, body).unwrap().remove(0)
    }

    #[test]
    fn the_other_user_of_a_merge_is_found_wherever_it_stands() {
        let merged = HelpdeskEvent::PeopleMerged { one: "1003".into(), other: "2001".into() };
        for event in [
            json!({"user": {"id": "2001"}}),
            json!({"current": "2001", "previous": "1003"}),
            json!({"target_user_id": 2001}),
            json!({"merged_user": {"id": "2001", "organization_id": "9"}, "meta": {"sequence": {"id": "77"}}}),
        ] {
            assert_eq!(said("merged", &event), merged, "{event}");
        }
    }

    #[test]
    fn where_a_merge_does_not_say_with_whom_only_the_person_is_read_again() {
        let changed = HelpdeskEvent::Person { person: "1003".into() };
        for event in
            [json!({}), json!({"current": true}), json!({"ids": [{"id": 1}, {"id": 2}]}), json!({"id": "1003"})]
        {
            assert_eq!(said("merged", &event), changed, "{event}");
        }
    }

    #[test]
    fn a_person_is_gone_however_that_is_said() {
        let gone = HelpdeskEvent::PersonGone { person: "1003".into() };
        assert_eq!(said("deleted", &json!({})), gone);
        assert_eq!(said("permanently_deleted", &json!({})), gone);
        assert_eq!(said("active_changed", &json!({"current": false, "previous": true})), gone);
        let back = said("active_changed", &json!({"current": true, "previous": false}));
        assert_eq!(back, HelpdeskEvent::Person { person: "1003".into() });
        assert_eq!(said("tags_changed", &json!({})), HelpdeskEvent::Ignored("user.tags_changed".into()));
    }
}
