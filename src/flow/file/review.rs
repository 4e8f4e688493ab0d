//! Before an issue is filed, a person sees what it would say, leaves words out, writes some above it, and lets it go (G6,
//! nothing private leaves).
//!
//! Only what they saw is filed: if the words change before the tracker has them, the issue waits for a person again. Counts,
//! dates, versions and platforms may change meanwhile, because they give nobody away.

use super::{
    super::{
        advance,
        app::App,
        error::{Error, Stop},
        jobs, quota,
    },
    text::{self, Rendered},
};
use crate::{
    base::signature::same,
    model::{
        decision::Actor,
        id::{TicketId, TopicId},
        issue::{Approval, IssueFiling, Repository},
        refusal::{Missing, Refusal},
    },
    store::{audit, decisions, issues, quoting, topics},
    tracker::{Tracker, rate_limiter::TrackerCall},
};

/// The longest text above Heard's section.
pub const INTRODUCTION_CHARACTERS: usize = 4_000;

/// What begins a comment in Markdown, such as those around Heard's section.
const COMMENT: &str = "<!--";
/// The same, to be read.
const SHOWN: &str = "<\\!--";

/// What an issue would say that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuePreview {
    /// The topic. After a merge it is the one that carries on.
    pub topic: TopicId,
    /// Where the issue is to be filed.
    pub repository: Repository,
    /// Whether everybody can read it there, or that is not known.
    pub is_public: bool,
    /// Its title.
    pub title: String,
    /// Heard's section, as Markdown.
    pub section: String,
    /// What customers said in it, with the tickets where they did.
    pub quotes: Vec<(TicketId, String)>,
    /// Names these words. Whoever lets them go says what they saw.
    pub seen: String,
}

/// Shows what the issue would say. It asks the tracker who can read the repository.
///
/// # Errors
/// When no issue of the topic waits for a person, and when the tracker cannot be asked.
pub async fn preview(app: &App, topic: TopicId) -> Result<IssuePreview, Error> {
    let (topic, repository) = waiting(app, topic).await?;
    let rendered = now(app, topic, &repository).await?;
    Ok(IssuePreview {
        topic,
        repository,
        is_public: rendered.is_public,
        seen: hex::encode(rendered.words()),
        title: rendered.title,
        section: rendered.section,
        quotes: rendered.quotes,
    })
}

/// Lets the issue go, with what the person wrote above Heard's section.
///
/// # Errors
/// When the words are others than those that the person saw, and when the introduction holds something private or is too long.
pub async fn approve(
    app: &App,
    topic: TopicId,
    seen: &str,
    introduction: Option<&str>,
    actor: &Actor,
) -> Result<TopicId, Error> {
    let (topic, repository) = waiting(app, topic).await?;
    let introduction = introduction.map(|words| words.replace("\r\n", "\n").replace(COMMENT, SHOWN).trim().to_owned());
    let introduction = introduction.filter(|words| !words.is_empty());
    if introduction.as_ref().is_some_and(|words| words.chars().count() > INTRODUCTION_CHARACTERS) {
        return Err(Refusal::IntroductionTooLong { most: INTRODUCTION_CHARACTERS }.into());
    }
    let rendered = now(app, topic, &repository).await?;
    if !same(hex::encode(rendered.words()).as_bytes(), seen.as_bytes()) {
        return Err(Refusal::IssueChanged.into());
    }
    if let Some(words) = &introduction {
        let found = text::private_in(app, topic, words).await.map_err(unavailable)?;
        if !found.is_empty() {
            let found = found.into_iter().map(|kind| kind.word().to_owned()).collect();
            return Err(Refusal::IntroductionPrivate(found).into());
        }
    }
    let approval = Approval { words: rendered.words().to_vec(), introduction };
    let mut tx = app.database.begin().await?;
    if !issues::approve(&mut tx, topic, &approval).await? {
        return Err(Refusal::IssueNotInReview.into());
    }
    audit::add(&mut tx, actor, "approve_issue", &topic.to_string(), app.clock.now()).await?;
    topics::want(&mut tx, topic).await?;
    app.queue.add(&mut tx, jobs::File { topic }).await?;
    tx.commit().await?;
    Ok(topic)
}

/// Keeps a ticket's words out of its topic's issue, or lets them in again. An issue that is filed is written anew.
///
/// # Errors
/// When there is no such ticket.
pub async fn quote(app: &App, ticket: TicketId, quoted: bool, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    if !quoting::set_unquoted(&mut tx, ticket, !quoted).await? {
        return Err(Missing::Ticket(ticket).into());
    }
    let action = if quoted { "quote" } else { "unquote" };
    audit::add(&mut tx, actor, action, &ticket.to_string(), app.clock.now()).await?;
    if let Some(link) = decisions::link(&mut tx, ticket).await? {
        if quoted {
            advance::sync_issue(app, &mut tx, link.topic).await?;
        } else {
            advance::take_words_back(app, &mut tx, link.topic).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// The topic that carries on, and where its issue is to be filed.
async fn waiting(app: &App, topic: TopicId) -> Result<(TopicId, Repository), Error> {
    let mut conn = app.database.read().await?;
    let topic = topics::current(&mut conn, topic).await?.ok_or(Missing::Topic(topic))?.id;
    let issue = issues::of_topic(&mut conn, topic).await?;
    let waits = issue.filter(|issue| issue.filing == IssueFiling::InReview).ok_or(Refusal::IssueNotInReview)?;
    Ok((topic, waits.repository))
}

/// What the issue says now, for whoever can read its repository.
async fn now(app: &App, topic: TopicId, repository: &Repository) -> Result<Rendered, Error> {
    let tracker = app.tracker.as_deref().ok_or(Refusal::IssueNotInReview)?;
    rendered(app, tracker, topic, repository).await.map_err(unavailable)
}

async fn rendered(app: &App, tracker: &dyn Tracker, topic: TopicId, repository: &Repository) -> Result<Rendered, Stop> {
    quota::admit(app, TrackerCall::Read).await?;
    let facts = quota::call(app, tracker.repository(repository)).await?;
    text::render(app, tracker, topic, text::visibility(&facts)).await
}

fn unavailable(stop: Stop) -> Error {
    match stop {
        Stop::Store(error) => Error::Store(error),
        Stop::Later { sentence, .. } | Stop::GiveUp(sentence) => Refusal::TrackerUnavailable(sentence).into(),
        Stop::Wait(_) | Stop::Nothing => Refusal::TrackerUnavailable("it asked us to wait".to_owned()).into(),
    }
}
