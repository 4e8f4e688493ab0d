//! What `heard connect zendesk` makes in an account, and takes away again: a plan from what is there. The calls are in `admin`.
//!
//! A webhook is ours by its address, a trigger by its title and the webhook that it calls, a macro by the tag that it adds. So a
//! second run finds what the first one made, also where it ended in the middle, and what a person made by hand is used.

use serde_json::{Map, Value, json};

use super::{
    check::{BY_TRIGGER, goes_to, is_active},
    webhook::{self, SUBSCRIBED},
    wire::{ZendeskRule, ZendeskWebhook},
};
use crate::helpdesk::{lenient, path::segment};

/// The macro by which agents escalate.
pub(super) const MACRO_TITLE: &str = "Escalate to engineering";
/// What a trigger sends. Only placeholders that Zendesk fills with ids and times: it does not escape what customers wrote.
pub(super) const TRIGGER_BODY: &str = r#"{"heard": 1, "ticket_id": "{{ticket.id}}", "updated_at": "{{ticket.updated_at_with_timestamp}}", "current_user_id": "{{current_user.id}}", "event": "updated"}"#;

/// What a connection is to have in the account.
#[derive(Clone, Debug)]
pub struct WantedConnection {
    /// The connection's name.
    pub name: String,
    /// Where its webhooks go: the public address and `/hooks/NAME`.
    pub endpoint: String,
    /// The tag by which an agent escalates.
    pub tag: String,
}

impl WantedConnection {
    pub(super) fn trigger_title(&self) -> String {
        format!("Heard: tell {} of new and changed tickets", self.name)
    }

    pub(super) fn webhook_title(&self) -> String {
        format!("Heard ({})", self.name)
    }
}

/// What is there.
#[derive(Clone, Debug)]
pub struct FoundInAccount {
    /// Every webhook.
    pub webhooks: Vec<ZendeskWebhook>,
    /// Every trigger.
    pub triggers: Vec<ZendeskRule>,
    /// Every macro that is not somebody's own.
    pub macros: Vec<ZendeskRule>,
}

/// What is still to be done in the account, in this order: whatever is done, the next run goes on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectStep {
    /// There is no webhook to the address.
    MakeWebhook,
    /// There is one that lacks something.
    MendWebhook {
        /// Its id.
        id: String,
        /// What is wrong with it, and what becomes of it.
        sentence: String,
        /// The fields to change.
        changes: Value,
    },
    /// The webhook is for triggers, and none calls it.
    MakeTrigger,
    /// Its trigger is switched off.
    SwitchTriggerOn {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
    },
    /// No macro adds the tag.
    MakeMacro,
    /// The macro is switched off.
    SwitchMacroOn {
        /// Its id.
        id: String,
        /// Its title.
        title: String,
    },
}

impl ConnectStep {
    /// What will be done, for a person who has to agree.
    pub fn sentence(&self, wanted: &WantedConnection) -> String {
        match self {
            Self::MakeWebhook => format!(
                "make the webhook {:?} in Zendesk, which sends {} kinds of events to {} (where an account has no events of \
                 tickets, a webhook and a trigger that calls it)",
                wanted.webhook_title(),
                webhook::subscriptions().count(),
                wanted.endpoint
            ),
            Self::MendWebhook { sentence, .. } => sentence.clone(),
            Self::MakeTrigger => {
                format!("make the trigger {:?}, which calls the webhook", wanted.trigger_title())
            }
            Self::SwitchTriggerOn { title, .. } => format!("switch the trigger {title:?} on"),
            Self::MakeMacro => format!("make the macro {MACRO_TITLE:?}, which adds the tag {}", wanted.tag),
            Self::SwitchMacroOn { title, .. } => format!("switch the macro {title:?} on"),
        }
    }
}

/// What is there and what is to be done.
#[derive(Clone, Debug, Default)]
pub struct ConnectionPlan {
    /// The webhook that is there.
    pub webhook: Option<String>,
    /// What is there already, in sentences.
    pub there: Vec<String>,
    /// What is to be done.
    pub steps: Vec<ConnectStep>,
    /// What a person should look at, in sentences.
    pub doubts: Vec<String>,
}

/// Compares what is there with what is wanted.
pub fn plan(found: &FoundInAccount, wanted: &WantedConnection) -> ConnectionPlan {
    let mut plan = ConnectionPlan::default();
    let ours: Vec<&ZendeskWebhook> = found.webhooks.iter().filter(|one| goes_to(one, &wanted.endpoint)).collect();
    // Of several the one that does most already, and of these the first.
    let best = ours.iter().rev().max_by_key(|one| (is_active(one), !is_called(one)));
    match best.and_then(|one| Some((*one, one.id.clone()?))) {
        None => plan.steps.push(ConnectStep::MakeWebhook),
        Some((webhook, id)) => {
            let called = title(webhook.name.as_deref());
            match mend(webhook, &called, id.clone()) {
                Some(step) => plan.steps.push(step),
                None => plan.there.push(format!("the webhook {called} sends to {}", wanted.endpoint)),
            }
            if is_called(webhook) {
                plan_trigger(found, &id, &mut plan);
            }
            plan.webhook = Some(id);
        }
    }
    let active = ours.iter().filter(|one| is_active(one)).count();
    if active > 1 {
        plan.doubts.push(format!(
            "{active} webhooks in Zendesk send to {}, each signed with another secret, and Heard takes one of them: delete the \
             others in Admin Center",
            wanted.endpoint
        ));
    }
    plan_macro(found, wanted, &mut plan);
    plan
}

/// What a webhook lacks. What it is subscribed to beyond that stays.
fn mend(webhook: &ZendeskWebhook, called: &str, id: String) -> Option<ConnectStep> {
    let mut changes = Map::new();
    let mut done = Vec::new();
    if !is_active(webhook) {
        changes.insert("status".to_owned(), json!("active"));
        done.push("switch it on".to_owned());
    }
    let differs =
        |value: &Option<String>, meant: &str| value.as_deref().is_some_and(|value| !value.eq_ignore_ascii_case(meant));
    if differs(&webhook.http_method, "post") || differs(&webhook.request_format, "json") {
        changes.insert("http_method".to_owned(), json!("POST"));
        changes.insert("request_format".to_owned(), json!("json"));
        done.push("let it send JSON with POST".to_owned());
    }
    let lacking: Vec<String> = if is_called(webhook) {
        Vec::new()
    } else {
        let all = webhook::subscriptions().map(|(event, _)| format!("{SUBSCRIBED}{event}"));
        all.filter(|event| !webhook.subscriptions.contains(event)).collect()
    };
    if !lacking.is_empty() {
        let names: Vec<&str> = lacking.iter().filter_map(|event| event.strip_prefix(SUBSCRIBED)).collect();
        done.push(format!("subscribe it to {}", names.join(", ")));
        let all: Vec<&String> = webhook.subscriptions.iter().chain(&lacking).collect();
        changes.insert("subscriptions".to_owned(), json!(all));
    }
    (!done.is_empty()).then(|| ConnectStep::MendWebhook {
        id,
        sentence: format!("mend the webhook {called}: {}", done.join("; ")),
        changes: Value::Object(changes),
    })
}

fn plan_trigger(found: &FoundInAccount, webhook: &str, plan: &mut ConnectionPlan) {
    let mut callers: Vec<&ZendeskRule> = found.triggers.iter().filter(|one| calls(one, webhook)).collect();
    callers.sort_by_key(|one| one.active == Some(false));
    match callers.first() {
        None => plan.steps.push(ConnectStep::MakeTrigger),
        Some(trigger) if trigger.active == Some(false) => plan
            .steps
            .extend(trigger.id.clone().map(|id| ConnectStep::SwitchTriggerOn { id, title: plain_title(trigger) })),
        Some(trigger) => plan.there.push(format!("the trigger {} calls it", title(trigger.title.as_deref()))),
    }
}

fn plan_macro(found: &FoundInAccount, wanted: &WantedConnection, plan: &mut ConnectionPlan) {
    let adding = || found.macros.iter().filter(|one| adds(one, &wanted.tag));
    if let Some(one) = adding().find(|one| one.active != Some(false)) {
        let sentence = format!("the macro {} adds the tag {}", title(one.title.as_deref()), wanted.tag);
        plan.there.push(sentence);
        return;
    }
    let switched_off = adding().find(|one| one.title.as_deref() == Some(MACRO_TITLE));
    plan.steps.push(match switched_off.and_then(|one| one.id.clone()) {
        Some(id) => ConnectStep::SwitchMacroOn { id, title: MACRO_TITLE.to_owned() },
        None => ConnectStep::MakeMacro,
    });
}

/// One thing of ours that can be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// What will be deleted, for a person who has to agree.
    pub sentence: String,
    pub(super) path: String,
}

/// What of ours is there, in the order in which it has to go: a trigger before the webhook that it calls. The sentences say
/// what stays although it belongs to the connection. The macro is of all connections of the account with one tag, and stays while there
/// are `others`.
pub fn removals(found: &FoundInAccount, wanted: &WantedConnection, others: &[String]) -> (Vec<Removal>, Vec<String>) {
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    let removal = |what: &str, folder: &str, id: &str, name: &str| Removal {
        sentence: format!("delete the {what} {name}"),
        path: format!("/api/v2/{folder}/{}", segment(id)),
    };
    for webhook in found.webhooks.iter().filter(|one| goes_to(one, &wanted.endpoint)) {
        let Some(id) = &webhook.id else { continue };
        let called = title(webhook.name.as_deref());
        let callers = found.triggers.iter().filter(|one| calls(one, id));
        let (ours, others): (Vec<_>, Vec<_>) =
            callers.partition(|one| one.title.as_deref() == Some(wanted.trigger_title().as_str()));
        for trigger in ours {
            let named = title(trigger.title.as_deref());
            gone.extend(trigger.id.as_deref().map(|id| removal("trigger", "triggers", id, &named)));
        }
        if others.is_empty() {
            gone.push(removal("webhook", "webhooks", id, &called));
        } else {
            let names: Vec<String> = others.iter().map(|one| title(one.title.as_deref())).collect();
            kept.push(format!(
                "the webhook {called} stays, because triggers that Heard did not make call it: {}",
                names.join(", ")
            ));
        }
    }
    let made_by_us = |one: &&ZendeskRule| {
        one.title.as_deref() == Some(MACRO_TITLE) && one.actions.len() == 1 && adds(one, &wanted.tag)
    };
    let macros = found.macros.iter().filter(made_by_us);
    if !others.is_empty() {
        kept.extend(macros.map(|_| {
            format!(
                "the macro {MACRO_TITLE:?} stays, because the settings have {} as well, which uses it",
                others.join(", ")
            )
        }));
        return (gone, kept);
    }
    for one in macros {
        gone.extend(one.id.as_deref().map(|id| removal("macro", "macros", id, &title(Some(MACRO_TITLE)))));
    }
    (gone, kept)
}

fn is_called(webhook: &ZendeskWebhook) -> bool {
    webhook.subscriptions.iter().any(|one| one == BY_TRIGGER)
}

/// Whether a trigger calls a webhook. Actions of other kinds have values of other shapes (n8n-io/n8n#28075).
pub(super) fn calls(trigger: &ZendeskRule, webhook: &str) -> bool {
    trigger.actions.iter().any(|action| {
        action.field.as_deref() == Some("notification_webhook")
            && lenient::text(&action.value[0]).is_some_and(|id| id == webhook)
    })
}

/// Whether a macro adds a tag. Zendesk keeps tags in lower case.
fn adds(rule: &ZendeskRule, tag: &str) -> bool {
    let tagging = rule.actions.iter().filter(|one| matches!(one.field.as_deref(), Some("current_tags" | "set_tags")));
    tagging.flat_map(|action| lenient::words(&action.value)).any(|word| word.eq_ignore_ascii_case(tag))
}

fn plain_title(rule: &ZendeskRule) -> String {
    rule.title.clone().unwrap_or_default()
}

fn title(text: Option<&str>) -> String {
    text.map_or_else(|| "without a name".to_owned(), |text| format!("{text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE_OF_ZENDESK: &str = include_str!("../../../docs/helpdesks/zendesk.md");

    fn wanted() -> WantedConnection {
        WantedConnection {
            name: "acme".to_owned(),
            endpoint: "https://heard.test/hooks/acme".to_owned(),
            tag: "escalate".to_owned(),
        }
    }

    fn found(webhooks: Value, triggers: Value, macros: Value) -> FoundInAccount {
        FoundInAccount {
            webhooks: serde_json::from_value(webhooks).unwrap(),
            triggers: serde_json::from_value(triggers).unwrap(),
            macros: serde_json::from_value(macros).unwrap(),
        }
    }

    #[test]
    fn the_page_names_every_event_that_a_webhook_is_subscribed_to() {
        for (event, _) in webhook::subscriptions() {
            assert!(PAGE_OF_ZENDESK.contains(&format!("`{event}`")), "docs/helpdesks/zendesk.md does not name {event}");
        }
        let body: Value = serde_json::from_str(TRIGGER_BODY).unwrap();
        let shown = PAGE_OF_ZENDESK.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(shown).unwrap(), body);
    }

    #[test]
    fn of_several_webhooks_the_one_that_works_is_used() {
        let webhook = |id: &str, status: &str| {
            json!({"id": id, "endpoint": "https://heard.test/hooks/acme/", "status": status,
                "subscriptions": [format!("{SUBSCRIBED}ticket.created")]})
        };
        let there = found(
            json!([webhook("a", "inactive"), webhook("b", "active"), webhook("c", "active")]),
            json!([]),
            json!([]),
        );
        let plan = plan(&there, &wanted());
        assert_eq!(plan.webhook.as_deref(), Some("b"));
        assert_eq!(plan.doubts.len(), 1, "{:?}", plan.doubts);
        let ConnectStep::MendWebhook { changes, sentence, .. } = &plan.steps[0] else { panic!("{:?}", plan.steps) };
        assert!(sentence.contains("ticket.merged") && !sentence.contains("ticket.created"), "{sentence}");
        assert_eq!(changes["subscriptions"].as_array().unwrap().len(), webhook::subscriptions().count());
    }

    #[test]
    fn a_macro_is_known_by_the_tag_that_it_adds() {
        let one = |title: &str, active: bool, actions: Value| json!([{"id": 1, "title": title, "active": active, "actions": actions}]);
        let macro_steps = |macros: Value| {
            let steps = plan(&found(json!([]), json!([]), macros), &wanted()).steps;
            steps.into_iter().filter(|step| *step != ConnectStep::MakeWebhook).collect::<Vec<_>>()
        };
        let adds = json!([{"field": "status", "value": "open"}, {"field": "current_tags", "value": "vip Escalate"}]);
        assert_eq!(macro_steps(one("Bug", true, adds.clone())), []);
        assert_eq!(macro_steps(one("Bug", false, adds.clone())), [ConnectStep::MakeMacro]);
        let ours = ConnectStep::SwitchMacroOn { id: "1".to_owned(), title: MACRO_TITLE.to_owned() };
        assert_eq!(macro_steps(one(MACRO_TITLE, false, adds)), [ours]);
        let removes = json!([{"field": "remove_tags", "value": "escalate"}]);
        assert_eq!(macro_steps(one(MACRO_TITLE, true, removes)), [ConnectStep::MakeMacro]);
    }

    #[test]
    fn what_others_use_is_not_taken_away() {
        let webhook = json!([{"id": "a", "name": "Heard (acme)", "endpoint": "https://heard.test/hooks/acme",
            "subscriptions": [BY_TRIGGER]}, {"id": "z", "endpoint": "https://other.test/"}]);
        let trigger = |title: &str| {
            json!([{"id": 7, "title": title, "actions": [{"field": "priority", "value": "high"},
                {"field": "notification_webhook", "value": ["a", "{}"]}]}])
        };
        let macros = json!([{"id": 9, "title": MACRO_TITLE, "actions": [{"field": "current_tags", "value": "escalate"},
            {"field": "status", "value": "open"}]}]);
        let theirs = removals(&found(webhook.clone(), trigger("Paging"), macros), &wanted(), &[]);
        assert_eq!(theirs.0, [], "a webhook that is used, a macro that does more");
        assert!(theirs.1[0].contains("\"Paging\""), "{:?}", theirs.1);
        let (ours, kept) = removals(&found(webhook, trigger(&wanted().trigger_title()), json!([])), &wanted(), &[]);
        let paths: Vec<_> = ours.iter().map(|one| one.path.as_str()).collect();
        assert_eq!((paths, kept.len()), (vec!["/api/v2/triggers/7", "/api/v2/webhooks/a"], 0));
    }
}
