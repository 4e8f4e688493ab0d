//! The vendors' calls over real HTTP: the simulator understands what Heard describes, and the other way round.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use heard::{
    base::{
        clock::Time,
        http::{Origin, Outgoing},
        secret::Secret,
        signature::{Hash, hmac},
    },
    helpdesk::{Call, Helpdesk, HelpdeskCredentials, HelpdeskEvent, HelpdeskRefusal, Incoming, Reply, registry},
    model::ticket::{MessageAuthor, TicketStatus},
};

const START: i64 = 1_795_318_508_000_000;
const REPLY: Reply<'_> =
    Reply { text: "Hi Ann", html: "<p>Hi <b>Ann</b></p>", author: None, idempotency_key: "update-1", seen_at: None };

/// A simulated account and Heard's connection to it.
struct Account {
    simulator: simulator::Zendesk,
    zendesk: Box<dyn Helpdesk>,
    now: Arc<AtomicI64>,
}

impl Account {
    fn new() -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let hand = Arc::clone(&now);
        let options = simulator::ZendeskOptions::new(Arc::new(move || hand.load(Ordering::SeqCst)));
        let credentials = HelpdeskCredentials {
            connection: "acme".to_owned(),
            user: Some(options.user.clone()),
            token: Some(Secret::new(options.token.clone())),
            webhook_secrets: vec![Secret::new(options.webhook_secret.clone())],
            path_secret: None,
            options: toml::Table::from_iter([("account_id".to_owned(), 22_129_848.into())]),
        };
        let zendesk = registry::open("zendesk", credentials).unwrap();
        Self { simulator: simulator::Zendesk::start(options).unwrap(), zendesk, now }
    }

    async fn send<T>(&self, call: Option<Call<T>>) -> Result<T, HelpdeskRefusal> {
        let call = call.unwrap();
        let origin = Origin::parse(self.simulator.url()).unwrap();
        let response = Outgoing::new().unwrap().send(&origin, call.request.clone()).await.unwrap();
        call.read_whole(&response)
    }

    fn minutes_pass(&self, minutes: i64) {
        self.now.fetch_add(minutes * 60_000_000, Ordering::SeqCst);
    }

    fn ticket(&self) -> String {
        let ann = self.simulator.customer("Ann Doe").email("ann@acme.test").of("Acme").plan("enterprise");
        let ann = ann.revenue(412_000).renewal("2027-03-31").add();
        self.simulator.ticket_from(ann).subject("CSV export fails").body("Error 500").send().to_string()
    }
}

fn number(id: &str) -> u64 {
    id.parse().unwrap()
}

#[tokio::test]
async fn a_ticket_is_read_with_its_customer_and_their_worth() {
    let account = Account::new();
    let id = account.ticket();
    let ticket = account.send(account.zendesk.ticket(&id)).await.unwrap();
    assert_eq!((ticket.subject.as_str(), ticket.status), ("CSV export fails", TicketStatus::Open));
    assert_eq!(ticket.requester.email.as_deref(), Some("ann@acme.test"));
    assert_eq!(ticket.url, Some(format!("{}/agent/tickets/{id}", account.simulator.url())));
    let organization = ticket.organization.unwrap();
    assert_eq!((organization.plan.as_deref(), organization.revenue_cents), (Some("enterprise"), Some(41_200_000)));
    assert_eq!(organization.renewal_at, Time::parse("2027-03-31T00:00:00Z"));
}

#[tokio::test]
async fn what_heard_writes_arrives_and_is_known_again() {
    let account = Account::new();
    let id = account.ticket();
    let heard = account.send(account.zendesk.identity()).await.unwrap();
    assert_eq!(heard.external_id, account.simulator.heard_user().to_string());
    let agent = account.simulator.agent("Sam Hill").to_string();
    let reply = Reply { author: Some(&agent), ..REPLY };
    let replied = account.send(account.zendesk.reply(&id, &reply)).await.unwrap();
    let noted = account.send(account.zendesk.note(&id, "Likely the <same> as #7", "note-1")).await.unwrap();
    account.send(account.zendesk.tag(&id, &["heard linked"])).await.unwrap();
    let page = account.send(account.zendesk.messages(&id, None)).await.unwrap();
    let rows: Vec<_> = page.rows.iter().map(|row| (row.author, row.public, row.body.as_str())).collect();
    assert_eq!(
        rows,
        [
            (MessageAuthor::Customer, true, "Error 500"),
            (MessageAuthor::Agent, true, "Hi Ann"),
            (MessageAuthor::Agent, false, "Likely the <same> as #7"),
        ]
    );
    assert_eq!(page.rows[1].author_external_id.as_deref(), Some(agent.as_str()));
    assert!(replied.external_ids.contains(&page.rows[1].external_id), "{replied:?}");
    assert!(noted.external_ids.contains(&page.rows[2].external_id), "{noted:?}");
    let ticket = account.simulator.ticket(number(&id)).unwrap();
    assert!(ticket.tags.contains("heard_linked"), "{:?}", ticket.tags);
}

#[tokio::test]
async fn a_closed_ticket_gets_a_follow_up_for_the_same_customer() {
    let account = Account::new();
    let id = account.ticket();
    account.simulator.agent_tags(account.simulator.agent("Sam Hill"), number(&id), "escalate");
    account.simulator.close(number(&id));
    assert!(matches!(account.send(account.zendesk.reply(&id, &REPLY)).await, Err(HelpdeskRefusal::Closed(_))));
    let requester = account.simulator.ticket(number(&id)).unwrap().requester_id.to_string();
    let call = || account.zendesk.follow_up(&id, Some(&requester), "Re: CSV export fails", &REPLY, true);
    let written = account.send(call()).await.unwrap();
    let again = account.send(call()).await.unwrap();
    assert_eq!(written.ticket, again.ticket, "the same key makes the same ticket");
    let followed = account.simulator.ticket(number(&written.ticket)).unwrap();
    assert_eq!((followed.followup_of, followed.requester_id), (Some(number(&id)), number(&requester)));
    assert_eq!((followed.status.as_str(), followed.tags.contains("escalate")), ("solved", false));
}

#[tokio::test]
async fn the_sweep_finds_what_changed_and_what_is_gone() {
    let account = Account::new();
    let (kept, gone) = (account.ticket(), account.ticket());
    account.simulator.delete(account.simulator.agent("Sam Hill"), number(&gone));
    account.minutes_pass(5);
    let since = Time::from_micros(START);
    let changes = account.send(account.zendesk.changed_since(since, None)).await.unwrap();
    let ids: Vec<_> = changes.tickets.iter().map(|(id, _)| id.as_str()).collect();
    assert!(ids.contains(&kept.as_str()) && ids.contains(&gone.as_str()), "{ids:?}");
    assert!(matches!(account.send(account.zendesk.ticket(&gone)).await, Err(HelpdeskRefusal::Gone(_))));
    let next = account.send(account.zendesk.changed_since(since, changes.cursor.as_deref())).await.unwrap();
    assert!(next.tickets.is_empty() && !next.more, "{next:?}");
}

#[tokio::test]
async fn a_merged_ticket_leads_to_the_one_that_carries_on() {
    let account = Account::new();
    let (source, target) = (account.ticket(), account.ticket());
    account.simulator.merge(account.simulator.agent("Sam Hill"), number(&source), number(&target));
    assert_eq!(account.send(account.zendesk.ticket(&source)).await.unwrap().status, TicketStatus::Merged);
    assert_eq!(account.send(account.zendesk.merged_into(&source)).await.unwrap(), Some(target));
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let account = Account::new();
    let id = account.ticket();
    account.simulator.faults().all("* /**", simulator::Failure::RetryAfter(429, 7));
    let limited = account.send(account.zendesk.ticket(&id)).await.unwrap_err();
    assert_eq!(limited, HelpdeskRefusal::Limited(Duration::from_secs(7)));
    account.simulator.faults().heal();
    account.simulator.rotate_token("another");
    assert!(matches!(account.send(account.zendesk.identity()).await, Err(HelpdeskRefusal::Unauthorized(_))));
}

#[tokio::test]
async fn the_check_finds_no_webhook_until_there_is_one() {
    let account = Account::new();
    let address = "https://heard.test/hooks/acme";
    let findings = account.send(account.zendesk.webhooks(address)).await.unwrap();
    assert!(findings[0].contains("`heard connect zendesk` makes one"), "{findings:?}");
}

#[tokio::test]
async fn every_webhook_is_believed_and_read() {
    let account = Account::new();
    let (first, second) = (account.ticket(), account.ticket());
    let agent = account.simulator.agent("Sam Hill");
    account.simulator.hooks().hold();
    account.simulator.send_webhooks_to("http://127.0.0.1:9/hooks/acme");
    account.simulator.customer_replies(number(&first), "still there");
    account.simulator.agent_tags(agent, number(&first), "escalate");
    account.simulator.customer_rates(number(&first), "bad", None);
    account.simulator.merge(agent, number(&first), number(&second));
    account.simulator.delete(agent, number(&second));
    let mut seen = Vec::new();
    for delivery in account.simulator.hooks().log() {
        let at = Time::from_micros(START).to_string();
        let secret = account.simulator.options().webhook_secret.as_bytes();
        let signature = BASE64_STANDARD.encode(hmac(Hash::Sha256, secret, &[at.as_bytes(), &delivery.body]));
        let mut headers = delivery.headers.clone();
        headers.push(("x-zendesk-webhook-signature-timestamp".to_owned(), at));
        headers.push(("x-zendesk-webhook-signature".to_owned(), signature));
        let body = Bytes::from(delivery.body.clone());
        let request = Incoming { headers: &headers, path_secret: None, body: &body };
        let authentic = account.zendesk.verify(&request, Time::from_micros(START)).unwrap();
        assert_eq!(authentic.key.as_deref(), Some(delivery.guid.as_str()));
        seen.extend(account.zendesk.read(&authentic).unwrap());
    }
    assert!(seen.contains(&HelpdeskEvent::Rated { ticket: first.clone(), good: false }), "{seen:?}");
    assert!(seen.contains(&HelpdeskEvent::Merged { ticket: first.clone(), into: second.clone() }), "{seen:?}");
    assert!(seen.contains(&HelpdeskEvent::Deleted { ticket: second }), "{seen:?}");
    let by_agent = |event: &HelpdeskEvent| matches!(event, HelpdeskEvent::Ticket(change) if change.actor == Some(agent.to_string()));
    assert!(seen.iter().any(by_agent), "{seen:?}");
}
