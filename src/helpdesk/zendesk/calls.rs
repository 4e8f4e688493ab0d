//! The calls to Zendesk, each as a value.
//!
//! Paths, bodies and answers were checked by hand against Zendesk's "Support API" 2.0.0 description:
//! `TicketUpdateInput` and `TicketCreateInput` for writes (`metadata` is in `TicketObject`, as write-only), adding tags by
//! PUT, comments, and the incremental export by cursor. Webhooks are described elsewhere:
//! <https://developer.zendesk.com/api-reference/webhooks/webhooks-api/webhooks/>.

use std::time::Duration;

use http::Method;
use serde_json::{Map, Value, json};

use super::{
    Zendesk,
    wire::{
        AuditsAnswer, ChangesAnswer, CommentsAnswer, IdentitiesAnswer, MeAnswer, RulesAnswer, SigningSecretAnswer,
        TicketAnswer, TicketsAnswer, WebhooksAnswer, WriteAnswer, ZendeskAudit, ZendeskIdentity, ZendeskRule,
        ZendeskUser, ZendeskWebhook,
    },
};
use crate::{
    base::{
        clock::Time,
        http::{Request, Response},
        secret::Secret,
    },
    helpdesk::{
        AddressSnapshot, AddressesByPerson, Call, CallAnswer, ChangedTickets, FOLLOW_UP_TAG, HelpdeskRefusal, Identity,
        KeyedWrite, MessageSnapshot, Reply, SnapshotPage, TICKETS_AT_ONCE, TicketSnapshot, WriteReceipt, expect_json,
        markup, outcome, path::segment,
    },
};

/// The export refuses a start within the last minute. Starting earlier only repeats what is known.
const EXPORT_LAG: Duration = Duration::from_mins(2);
/// A page of 500 tickets stays below the limit for one answer even if descriptions are long. The export allows ten pages
/// per minute.
const EXPORT_PAGE: u32 = 500;
/// Zendesk's maximum for a page of comments, webhooks or rules.
pub(super) const PAGE: u32 = 100;

impl Zendesk {
    pub(super) fn describe_identity(&self) -> Call<Identity> {
        Call::new(self.get("/api/v2/users/me".into()), |response| {
            let MeAnswer { user } = expect_json(response)?;
            identity(user)
        })
    }

    pub(super) fn describe_ticket(&self, id: &str) -> Call<TicketSnapshot> {
        let fields = self.fields.clone();
        let path = format!("/api/v2/tickets/{}?include=users,organizations", segment(id));
        Call::new(self.get(path), move |response| {
            let answer: TicketAnswer = expect_json(response)?;
            answer.snapshot(&fields).ok_or_else(|| unexpected(response, "ticket"))
        })
    }

    /// Zendesk takes a hundred numbers (`Speedygeek/ZendeskApi_v2#72`), refuses all of them over one too many or one that is none
    /// (facetoe/zenpy#467), and leaves out without a word what it does not find (`zendesk_api_client_rb#103`). Its order is its own.
    pub(super) fn describe_tickets(&self, ids: &[&str]) -> Call<Vec<TicketSnapshot>> {
        let fields = self.fields.clone();
        let is_whole = |id: &&str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let ids: Vec<&str> = ids.iter().copied().filter(is_whole).take(TICKETS_AT_ONCE).collect();
        let path = format!("/api/v2/tickets/show_many?ids={}&include=users,organizations", ids.join(","));
        Call::new(self.get(path), move |response| {
            let answer: TicketsAnswer = expect_json(response)?;
            answer.snapshots(&fields).ok_or_else(|| unexpected(response, "list of tickets"))
        })
    }

    /// A user is verified if any of their identities is, so the address has to be looked for among them:
    /// <https://developer.zendesk.com/api-reference/ticketing/users/user_identities/>.
    pub(super) fn describe_addresses(&self, person: &str) -> Call<Vec<AddressSnapshot>> {
        let path = format!("/api/v2/users/{}/identities?page%5Bsize%5D={PAGE}", segment(person));
        Call::new(self.get(path), |response| {
            let answer: IdentitiesAnswer = expect_json(response)?;
            let identities = answer.identities.ok_or_else(|| unexpected(response, "list of identities"))?;
            Ok(identities.into_iter().filter_map(ZendeskIdentity::address).collect())
        })
    }

    /// The identities come beside the users, each with its user's id: support.zendesk.com, 4410103990042. Nothing is said of users
    /// that are not there any more, and one without a single identity is as one of whom nothing is said.
    pub(super) fn describe_addresses_of_many(&self, people: &[&str]) -> Call<AddressesByPerson> {
        let ids: Vec<String> = people.iter().map(|person| segment(person)).collect();
        let path = format!("/api/v2/users/show_many?ids={}&include=identities", ids.join(","));
        Call::new(self.get(path), |response| {
            let answer: IdentitiesAnswer = expect_json(response)?;
            let mut by_person = AddressesByPerson::new();
            for identity in answer.identities.unwrap_or_default() {
                let Some(person) = identity.user_id.clone() else { continue };
                let theirs = by_person.entry(person).or_default();
                theirs.extend(identity.address());
            }
            Ok(by_person)
        })
    }

    /// Reads the newest comment of a merged ticket, where Zendesk names the target in a sentence and nowhere else.
    pub(super) fn describe_merged_into(&self, id: &str) -> Call<Option<String>> {
        let path = format!("/api/v2/tickets/{}/comments?sort=-created_at&page%5Bsize%5D=1", segment(id));
        let own = id.to_owned();
        Call::new(self.get(path), move |response| {
            let answer: CommentsAnswer = expect_json(response)?;
            let comments = answer.comments().ok_or_else(|| unexpected(response, "list of comments"))?;
            let newest = comments.first().and_then(|comment| comment.plain_body.as_ref().or(comment.body.as_ref()));
            Ok(newest.and_then(|text| merge_target(text)).filter(|target| *target != own))
        })
    }

    pub(super) fn describe_messages(&self, id: &str, after: Option<&str>) -> Call<SnapshotPage<MessageSnapshot>> {
        let after = after.map(|cursor| format!("&page%5Bafter%5D={}", segment(cursor))).unwrap_or_default();
        let path = format!("/api/v2/tickets/{}/comments?include=users&page%5Bsize%5D={PAGE}{after}", segment(id));
        Call::new(self.get(path), |response| {
            let answer: CommentsAnswer = expect_json(response)?;
            let (rows, next) = answer.page().ok_or_else(|| unexpected(response, "list of comments"))?;
            Ok(SnapshotPage { rows, next })
        })
    }

    /// Audits, which keep what we sent as `metadata`:
    /// <https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/>. Those of an archived ticket come as one
    /// page.
    pub(super) fn describe_keyed_writes(&self, id: &str, after: Option<&str>) -> Call<SnapshotPage<KeyedWrite>> {
        let after = after.map(|cursor| format!("&page%5Bafter%5D={}", segment(cursor))).unwrap_or_default();
        let path = format!("/api/v2/tickets/{}/audits?page%5Bsize%5D={PAGE}{after}", segment(id));
        Call::new(self.get(path), |response| {
            let answer: AuditsAnswer = expect_json(response)?;
            let audits = answer.audits.ok_or_else(|| unexpected(response, "list of audits"))?;
            let rows = audits.into_iter().filter_map(ZendeskAudit::keyed).collect();
            Ok(SnapshotPage { rows, next: answer.meta.next() })
        })
    }

    pub(super) fn describe_changed_since(&self, since: Time, cursor: Option<&str>) -> Call<ChangedTickets> {
        let from = cursor.map_or_else(
            || format!("start_time={}", since.minus(EXPORT_LAG).as_seconds().max(0)),
            |cursor| format!("cursor={}", segment(cursor)),
        );
        // Each ticket comes with its first message, which may have a quarter of a megabyte.
        let page =
            |size: u32| self.changes(&format!("/api/v2/incremental/tickets/cursor?per_page={size}&{from}"), cursor);
        page(EXPORT_PAGE).or_shorter(page(EXPORT_PAGE / 10))
    }

    fn changes(&self, path: &str, cursor: Option<&str>) -> Call<ChangedTickets> {
        let before = cursor.map(str::to_owned);
        Call::new(self.get(path.to_owned()), move |response| {
            let answer: ChangesAnswer = expect_json(response)?;
            let tickets = answer.tickets.ok_or_else(|| unexpected(response, "export of tickets"))?;
            let rows = tickets.into_iter().filter_map(|ticket| ticket.id.zip(ticket.updated_at)).collect();
            // Without a new cursor, asking again would return the same page forever.
            let more = answer.end_of_stream == Some(false) && answer.after_cursor.is_some();
            Ok(ChangedTickets { tickets: rows, cursor: answer.after_cursor.or_else(|| before.clone()), more })
        })
    }

    pub(super) fn describe_reply(&self, id: &str, reply: &Reply<'_>) -> Call<WriteReceipt> {
        let mut ticket = json!({ "comment": public_comment(reply), "metadata": { "heard": reply.idempotency_key } });
        if let Some(seen_at) = reply.seen_at {
            ticket["safe_update"] = json!(true);
            ticket["updated_stamp"] = json!(seen_at.to_string());
        }
        self.update(id, &ticket, reply.idempotency_key)
    }

    pub(super) fn describe_note(&self, id: &str, text: &str, key: &str) -> Call<WriteReceipt> {
        let comment = json!({ "html_body": to_the_letter(&markup::html(text)), "public": false });
        self.update(id, &json!({ "comment": comment, "metadata": { "heard": key } }), key)
    }

    pub(super) fn describe_reopen(&self, id: &str) -> Call<WriteReceipt> {
        self.update(id, &json!({ "status": "open" }), &format!("reopen-{id}"))
    }

    pub(super) fn describe_tag(&self, id: &str, tags: &[&str]) -> Call<()> {
        // A tag with a space would become two tags.
        let tags: Vec<String> = tags.iter().map(|tag| tag.split_whitespace().collect::<Vec<_>>().join("_")).collect();
        let path = format!("/api/v2/tickets/{}/tags", segment(id));
        Call::new(self.signed(Request::json(Method::PUT, path, &json!({ "tags": tags }))), wrote)
    }

    pub(super) fn describe_follow_up(
        &self,
        id: &str,
        requester: Option<&str>,
        subject: &str,
        reply: &Reply<'_>,
        solved: bool,
    ) -> Call<WriteReceipt> {
        let mut ticket = Map::from_iter([
            ("via_followup_source_id".to_owned(), number(id)),
            ("subject".to_owned(), json!(subject)),
            ("comment".to_owned(), public_comment(reply)),
            ("status".to_owned(), json!(if solved { "solved" } else { "open" })),
            // Without tags of its own, a follow-up inherits those of its source, perhaps the one that escalates.
            ("tags".to_owned(), json!([FOLLOW_UP_TAG])),
            ("metadata".to_owned(), json!({ "heard": reply.idempotency_key })),
        ]);
        // Without this, the requester would be whoever calls the API, and the customer would never get the message.
        if let Some(requester) = requester {
            ticket.insert("requester_id".to_owned(), number(requester));
        }
        if let Some(author) = reply.author.filter(|author| is_number(author)) {
            ticket.insert("submitter_id".to_owned(), number(author));
        }
        // With one key Zendesk takes one body only.
        let key = if solved { reply.idempotency_key.to_owned() } else { format!("{}-open", reply.idempotency_key) };
        let request =
            Request::json(Method::POST, "/api/v2/tickets", &json!({ "ticket": ticket })).header("idempotency-key", key);
        Call::new(self.signed(request), |response| {
            wrote(response)?;
            let answer: WriteAnswer = expect_json(response)?;
            answer.written(None).ok_or_else(|| unexpected(response, "new ticket"))
        })
    }

    pub(super) fn describe_webhooks(&self, address: &str) -> Call<Vec<String>> {
        let address = address.to_owned();
        let triggers = self.get(format!("/api/v2/triggers?page%5Bsize%5D={PAGE}"));
        let secrets = self.secrets_look();
        Call::leading(self.get(format!("/api/v2/webhooks?page%5Bsize%5D={PAGE}")), move |response| {
            let answer: WebhooksAnswer = expect_json(response)?;
            let called = super::check::need_a_trigger(&answer, &address);
            let signing = super::check::that_sign(&answer, &address);
            let wrong = super::check::findings(answer, &address);
            let wrong = wrong.ok_or_else(|| unexpected(response, "list of webhooks"))?;
            if called.is_empty() {
                return Ok(secrets.after(wrong, signing));
            }
            let secrets = secrets.clone();
            let look = move |response: &Response| {
                Ok(secrets.after(with_triggers(response, wrong.clone(), &called), signing.clone()))
            };
            Ok(CallAnswer::More(Box::new(Call::leading(triggers.clone(), look))))
        })
    }

    fn secrets_look(&self) -> SecretsLook {
        SecretsLook { credential: self.credential.clone(), known: self.webhook_secrets.clone() }
    }

    fn update(&self, id: &str, ticket: &Value, key: &str) -> Call<WriteReceipt> {
        let path = format!("/api/v2/tickets/{}", segment(id));
        let own = id.to_owned();
        let request = Request::json(Method::PUT, path, &json!({ "ticket": ticket })).header("idempotency-key", key);
        Call::new(self.signed(request), move |response| {
            wrote(response)?;
            let answer: WriteAnswer = expect_json(response)?;
            answer.written(Some(own.clone())).ok_or_else(|| unexpected(response, "ticket"))
        })
    }

    fn get(&self, path: String) -> Request {
        self.signed(Request::get(path))
    }

    fn signed(&self, request: Request) -> Request {
        request.header("accept", "application/json").credential("authorization", self.credential.clone())
    }
}

/// Looks whether the secrets of webhooks are in the settings.
#[derive(Clone)]
struct SecretsLook {
    credential: Secret,
    known: Vec<Secret>,
}

impl SecretsLook {
    /// What is wrong, and with the secrets of these webhooks, one call for each. Whoever may not see a secret may still have it right.
    fn after(&self, wrong: Vec<String>, mut signing: Vec<ZendeskWebhook>) -> CallAnswer<Vec<String>> {
        let Some(webhook) = signing.pop() else { return CallAnswer::Whole(wrong) };
        let Some(id) = &webhook.id else { return self.after(wrong, signing) };
        let request = Request::get(format!("/api/v2/webhooks/{}/signing_secret", segment(id)));
        let request = request.header("accept", "application/json").credential("authorization", self.credential.clone());
        let look = self.clone();
        CallAnswer::More(Box::new(Call::leading(request, move |response| {
            let answer = match expect_json::<SigningSecretAnswer>(response) {
                Err(HelpdeskRefusal::Limited(wait)) => return Err(HelpdeskRefusal::Limited(wait)),
                answer => answer.ok(),
            };
            let theirs = answer.and_then(|answer| answer.signing_secret.secret).map(Secret::new);
            let mut wrong = wrong.clone();
            if theirs.is_some_and(|theirs| !look.known.contains(&theirs)) {
                wrong.push(super::check::another_secret(&webhook));
            }
            Ok(look.after(wrong, signing.clone()))
        })))
    }
}

/// What is wrong, and whether a trigger calls any of these webhooks. Whoever may not see triggers may still be told by one.
fn with_triggers(response: &Response, mut wrong: Vec<String>, called: &[ZendeskWebhook]) -> Vec<String> {
    let Ok(RulesAnswer { rules: Some(rules), meta }) = expect_json(response) else { return wrong };
    let calls_one = |rule: &ZendeskRule| {
        called.iter().filter_map(|webhook| webhook.id.as_deref()).any(|id| super::connect::calls(rule, id))
    };
    let is_called = rules.iter().any(|rule| rule.active != Some(false) && calls_one(rule));
    if !is_called && meta.next().is_none() {
        let named = called.first().map(super::check::named).unwrap_or_default();
        wrong.push(format!("no active trigger in Zendesk calls {named}: `heard connect zendesk` makes one"));
    }
    wrong
}

fn public_comment(reply: &Reply<'_>) -> Value {
    let html = if reply.html.trim().is_empty() { markup::html(reply.text) } else { reply.html.to_owned() };
    let mut comment = json!({ "html_body": to_the_letter(&html), "public": true });
    if let Some(author) = reply.author.filter(|author| is_number(author)) {
        comment["author_id"] = number(author);
    }
    comment
}

/// A comment in which nothing is filled in. Zendesk has placeholders such as `{{ticket.latest_comment}}` (support.zendesk.com,
/// 4408886858138). Whether it fills them in where a comment comes through its API is not said, so we take it that it does: a
/// customer whose words are quoted is not to read notes by them.
fn to_the_letter(html: &str) -> String {
    let mut written = String::with_capacity(html.len());
    let mut characters = html.chars().peekable();
    while let Some(c) = characters.next() {
        written.push(c);
        if c == '{' && matches!(characters.peek(), Some('{' | '%')) {
            written.push('\u{200b}');
        }
    }
    written
}

fn is_number(id: &str) -> bool {
    id.parse::<u64>().is_ok()
}

/// Zendesk's ids are whole numbers. Any other id is sent unchanged, and Zendesk refuses it.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |id| json!(id))
}

/// As [`outcome`], but recognises a refused update of a closed ticket: `{"error":"RecordInvalid","details":
/// {"status":[{"description":"Status: closed prevents ticket update"}]}}`.
fn wrote(response: &Response) -> Result<(), HelpdeskRefusal> {
    let text = String::from_utf8_lossy(&response.body).to_lowercase();
    match outcome(response) {
        // The key is known with another body. Nothing was written now, and something was before.
        Err(HelpdeskRefusal::Invalid(said)) if response.status == 400 && text.contains("idempotentrequesterror") => {
            Err(HelpdeskRefusal::Repeated(said))
        }
        Err(HelpdeskRefusal::Invalid(said))
            if response.status == 422 && text.contains("closed") && text.contains("status") =>
        {
            Err(HelpdeskRefusal::Closed(said))
        }
        other => other,
    }
}

pub(super) fn unexpected(response: &Response, what: &str) -> HelpdeskRefusal {
    HelpdeskRefusal::Unavailable(format!("answered {} with something that is no {what}", response.status))
}

/// Zendesk's last comment in a merged ticket is `This request was closed and merged into request #5200 "..."`. If the agent
/// wrote something else, or in another language, we do not guess: with a wrong target, one customer would be told what
/// is meant for another.
fn merge_target(text: &str) -> Option<String> {
    let (_, after) = text.split_once("closed and merged into request #")?;
    let id: String = after.chars().take_while(char::is_ascii_digit).collect();
    (!id.is_empty()).then_some(id)
}

/// Who we are, unless Zendesk sees a stranger, whom it answers with an anonymous user instead of 401.
pub(super) fn identity(user: ZendeskUser) -> Result<Identity, HelpdeskRefusal> {
    let lacks = lacks(&user);
    let external_id = user.id.ok_or_else(|| {
        HelpdeskRefusal::Unauthorized("Zendesk does not know this user and token: it sees an anonymous visitor".into())
    })?;
    Ok(Identity { external_id, name: user.name.unwrap_or_default(), lacks })
}

/// What the account is not allowed to do although Heard needs it, in a sentence.
fn lacks(user: &ZendeskUser) -> Option<String> {
    let name = user.name.as_deref().unwrap_or("this user");
    if user.suspended == Some(true) {
        return Some(format!("{name} is suspended in Zendesk"));
    }
    if user.only_private_comments == Some(true) {
        return Some(format!("{name} may only write internal notes: customers could not be answered"));
    }
    if let Some(restriction) = &user.ticket_restriction {
        return Some(format!("{name} sees only some tickets (access: {restriction}); give them access to all tickets"));
    }
    match user.role.as_deref() {
        Some("admin") => None,
        Some("agent") => Some(format!(
            "{name} is an agent; the sweep that repairs missed webhooks reads Zendesk's incremental export, which is for admins"
        )),
        role => Some(format!("{name} is {} in Zendesk and must be an admin", role.unwrap_or("without a role"))),
    }
}
