//! A ticket's page: the conversation, why it is in its topic, and where else it may belong.

use actix_web::{http::StatusCode, web};
use askama::Template;

use super::{
    asked,
    reasons::{self, Reasons},
    refused::FormRefusal,
    shell::{self, Answer, ConsoleError, FindQuery, Shell},
};
use crate::{
    base::clock::Time,
    flow::{App, likely, ranking::others_of_brand},
    model::{
        id::TicketId,
        impact::days_until_renewal,
        role::{Privilege, right},
        ticket::{Message, MessageAuthor},
    },
    store::{actor_names, decisions, ticket_views, tickets, topics},
    web::{
        caller::Caller,
        may::May,
        ui::{self, Html},
    },
    wording::quote,
};

/// How many topics a ticket can be moved to, besides the likely ones.
const OFFERED: usize = 200;
/// How many characters of a message are shown.
const MESSAGE_CHARACTERS: usize = 8_000;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/tickets/{id}", web::get().to(show));
}

struct MessageEntry {
    who: &'static str,
    customer: bool,
    private: bool,
    when: Html,
    body: Html,
    /// What a mail program or an earlier mail added.
    earlier: Option<Html>,
}

impl MessageEntry {
    fn new(message: &Message, now: Time) -> Self {
        let text = ui::shortened(&ui::without_key(shown(message)), MESSAGE_CHARACTERS);
        // What ours and an agent's quote belongs to what they say.
        let (own, added) = match message.author {
            MessageAuthor::Customer | MessageAuthor::Copied => quote::apart(&text),
            MessageAuthor::Agent | MessageAuthor::Heard => (text, String::new()),
        };
        Self {
            who: match message.author {
                MessageAuthor::Customer => "Customer",
                MessageAuthor::Copied => "In copy",
                MessageAuthor::Agent => "Agent",
                MessageAuthor::Heard => "Heard",
            },
            customer: message.author == MessageAuthor::Customer,
            private: !message.public,
            when: ui::when(message.created_at, now),
            body: ui::letter(&own),
            earlier: Some(added).filter(|added| !added.is_empty()).map(|added| ui::letter(&added)),
        }
    }
}

/// The text of a note of ours stands in the helpdesk only.
fn shown(message: &Message) -> &str {
    let is_note = message.author == MessageAuthor::Heard && !message.public;
    if is_note && message.body.is_empty() { "A note; its text stands in the helpdesk." } else { &message.body }
}

struct TopicChoice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "console/ticket.html")]
struct TicketPage {
    shell: Shell,
    view: ticket_views::TicketView,
    person: Html,
    name: String,
    renews_in: Option<i64>,
    written: Html,
    messages: Vec<MessageEntry>,
    message_count: i64,
    topic: Option<(String, String, Html)>,
    placed: String,
    reasons: Reasons,
    open_question: bool,
    find: String,
    /// The form that was just refused, if one was.
    refused: FormRefusal,
    likely: Vec<TopicChoice>,
    others: Vec<TopicChoice>,
}

async fn show(
    May { app, caller, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    asked: web::Query<FindQuery>,
) -> Answer {
    page_of(&app, &caller, asked::ticket_id(&path)?, &asked, FormRefusal::default()).await
}

/// The page again, with a form of it that was refused.
pub(super) async fn again(app: &App, caller: &Caller, id: TicketId, refused: FormRefusal) -> Answer {
    let mut page = page_of(app, caller, id, &FindQuery::default(), refused).await?;
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

async fn page_of(app: &App, caller: &Caller, id: TicketId, asked: &FindQuery, refused: FormRefusal) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(app, caller, "topics", &asked.said).await?;
    let view =
        ticket_views::get(&mut conn, id).await?.ok_or_else(|| ConsoleError::missing("There is no such ticket."))?;
    let ticket = tickets::get(&mut conn, id).await?.ok_or_else(|| ConsoleError::missing("There is no such ticket."))?;
    let messages = tickets::messages(&mut conn, id).await?;
    let question = decisions::question(&mut conn, id).await?;
    let topic = match view.topic {
        Some(topic) => topics::get(&mut conn, topic).await?,
        None => None,
    };
    let find = asked.words();
    let knows_customers = caller.may(Privilege::ReadCustomers);
    let brand = ticket.brand.as_deref();
    let others = others_of_brand(&mut conn, brand, view.topic, Some(find), knows_customers, now).await?;
    let names = actor_names::all(&mut conn).await?;
    drop(conn);
    let mut reasons = Reasons::of_place(&view);
    let body = messages.first().map(|message| message.body.as_str()).unwrap_or_default();
    reasons.words = ui::found(&format!("{} {body}", view.subject), &reasons.words);
    // Whoever looks for another topic knows that it is none of these.
    let likely = if find.is_empty() { likely::candidates(app, id).await? } else { Vec::new() };
    let likely: Vec<TopicChoice> = likely
        .into_iter()
        .filter(|one| Some(one.topic.id) != view.topic)
        .map(|one| TopicChoice {
            id: one.topic.id.to_string(),
            name: format!("{} ({})", ui::shortened(&one.topic.title, 80), ui::percent(one.score)),
        })
        .collect();
    let others: Vec<TopicChoice> = others
        .into_iter()
        .filter(|other| likely.iter().all(|one| one.id != other.id.to_string()))
        .take(OFFERED)
        .map(|other| TopicChoice { id: other.id.to_string(), name: ui::shortened(&other.title, 90) })
        .collect();
    Ok(ui::page(&TicketPage {
        shell,
        person: ui::person(&view.customer_name),
        name: ui::name(&view.customer_name).to_owned(),
        renews_in: view.renewal_at.and_then(|at| days_until_renewal(at, now)),
        written: ui::when(view.created_at, now),
        message_count: i64::try_from(messages.len()).unwrap_or(i64::MAX),
        messages: messages.iter().map(|message| MessageEntry::new(message, now)).collect(),
        topic: topic
            .map(|topic| (topic.id.to_string(), topic.title, ui::states::topic_state(topic.state, topic.cycle))),
        placed: reasons::placed(&view, &names),
        reasons,
        open_question: question.is_some_and(|question| question.answered_at.is_none()),
        find: find.to_owned(),
        refused,
        likely,
        others,
        view,
    }))
}
