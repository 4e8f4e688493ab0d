//! Finds what is wrong with an account's webhooks, in sentences for `heard check`.

use super::{
    webhook::{EventNeed, SUBSCRIBED, subscriptions},
    wire::{WebhooksAnswer, ZendeskWebhook},
};

/// The subscription of webhooks that triggers and automations call.
pub(super) const BY_TRIGGER: &str = "conditional_ticket_events";

/// A sentence for each problem. `None` if the answer is no list of webhooks.
pub(super) fn findings(answer: WebhooksAnswer, address: &str) -> Option<Vec<String>> {
    let more = answer.meta.next().is_some();
    let ours: Vec<ZendeskWebhook> = answer.webhooks?.into_iter().filter(|webhook| goes_to(webhook, address)).collect();
    if ours.is_empty() {
        let looked = if more { "none of the first 100 webhooks in Zendesk" } else { "no webhook in Zendesk" };
        return Some(vec![format!("{looked} sends to {address}: `heard connect zendesk` makes one")]);
    }
    let working: Vec<&ZendeskWebhook> = ours.iter().filter(|webhook| is_active(webhook)).collect();
    if working.is_empty() {
        return Some(ours.iter().map(|webhook| format!("{} is not active: switch it on", named(webhook))).collect());
    }
    let mut sentences: Vec<String> = working.iter().filter_map(|webhook| wrong_form(webhook)).collect();
    sentences.extend(missing_events(&working));
    Some(sentences)
}

pub(super) fn goes_to(webhook: &ZendeskWebhook, address: &str) -> bool {
    let endpoint = webhook.endpoint.as_deref().unwrap_or_default();
    endpoint.trim_end_matches('/').eq_ignore_ascii_case(address.trim_end_matches('/'))
}

pub(super) fn is_active(webhook: &ZendeskWebhook) -> bool {
    webhook.status.as_deref().is_none_or(|status| status.eq_ignore_ascii_case("active"))
}

pub(super) fn named(webhook: &ZendeskWebhook) -> String {
    format!("the webhook {:?} in Zendesk", webhook.name.as_deref().unwrap_or("without a name"))
}

fn wrong_form(webhook: &ZendeskWebhook) -> Option<String> {
    let differs = |value: &Option<String>, wanted: &str| {
        value.as_deref().is_some_and(|value| !value.eq_ignore_ascii_case(wanted))
    };
    (differs(&webhook.http_method, "post") || differs(&webhook.request_format, "json"))
        .then(|| format!("{} must send JSON with POST", named(webhook)))
}

/// The webhooks to the address that a trigger has to call, because no webhook sends all events by itself.
pub(super) fn need_a_trigger(answer: &WebhooksAnswer, address: &str) -> Vec<ZendeskWebhook> {
    let all = answer.webhooks.iter().flatten().filter(|webhook| goes_to(webhook, address) && is_active(webhook));
    let (called, subscribed): (Vec<&ZendeskWebhook>, Vec<_>) =
        all.partition(|webhook| webhook.subscriptions.iter().any(|one| one == BY_TRIGGER));
    if !called.is_empty() && missing_events(&subscribed).is_none() {
        return Vec::new();
    }
    called.into_iter().filter(|webhook| webhook.id.is_some()).cloned().collect()
}

/// The webhooks to the address that send, whose secrets are to be looked at.
pub(super) fn that_sign(answer: &WebhooksAnswer, address: &str) -> Vec<ZendeskWebhook> {
    let all = answer.webhooks.iter().flatten();
    all.filter(|webhook| goes_to(webhook, address) && is_active(webhook)).cloned().collect()
}

/// That Heard does not know the secret of a webhook.
pub(super) fn another_secret(webhook: &ZendeskWebhook) -> String {
    format!(
        "{} signs with another secret than the one in the settings, so everything it sends is refused: `heard connect zendesk` puts \
         the right one there; then start Heard again",
        named(webhook)
    )
}

/// The events that no webhook sends. The list does not say whether a trigger is connected and when it fires, so a webhook
/// for triggers counts as sending all of them.
fn missing_events(working: &[&ZendeskWebhook]) -> Option<String> {
    let brings = |event: &str| {
        working
            .iter()
            .flat_map(|webhook| &webhook.subscriptions)
            .any(|subscription| subscription == BY_TRIGGER || subscription.strip_prefix(SUBSCRIBED) == Some(event))
    };
    let needed = subscriptions().filter(|(_, need)| *need == EventNeed::Needed).map(|(event, _)| event);
    let missing: Vec<String> = needed.filter(|event| !brings(event)).collect();
    (!missing.is_empty()).then(|| {
        let first = working.first().map(|webhook| named(webhook)).unwrap_or_default();
        format!("{first} is not subscribed to {}", missing.join(", "))
    })
}
