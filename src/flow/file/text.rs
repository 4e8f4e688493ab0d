//! What the issue says now, and the gate that each word of a customer passes on its way into it (G6, nothing private leaves).
//!
//! Words leave by permission ([`permit`]). The gate behind it looks at what was written before it is made harmless as Markdown,
//! because backslashes hide our own placeholders from it. A title or a quotation that does not pass is left out, never the issue.

use super::vocabulary;
use crate::{
    base::{limits, signature::sha256},
    flow::{app::App, error::Stop},
    model::{
        id::{TicketId, TopicId},
        impact::Impact,
        issue::IssueSnapshot,
        progress::ToldCounts,
        tracker::RepositoryFacts,
    },
    store::{Session, confirmations, customers, impacts, quoting, tickets, topics, updates},
    tracker::Tracker,
    wording::{
        issue as words, named,
        permit::{self, Allowed, Placeholders, Vocabulary},
        quote, redact, reply,
    },
};

/// The issue as it should read now.
pub(super) struct Rendered {
    pub(super) title: String,
    /// The titles that it may have had where only the company read it: with and without what many customers say.
    private_titles: [String; 2],
    pub(super) section: String,
    pub(super) is_public: bool,
    /// What customers said, with the tickets where they did, as it stands in the section.
    pub(super) quotes: Vec<(TicketId, String)>,
    /// What those say for whom it is still broken.
    broken_quotes: Vec<String>,
}

impl Rendered {
    /// SHA-256 of the words that are not ours, and of who may read them. The counts, dates, versions and platforms beside them
    /// may change meanwhile.
    pub(super) fn words(&self) -> [u8; 32] {
        let who = if self.is_public { "public" } else { "private" };
        let quotes = self.quotes.iter().map(|(_, said)| said.as_str());
        let said = [who, self.title.as_str()].into_iter().chain(quotes);
        let said: Vec<&str> = said.chain(self.broken_quotes.iter().map(String::as_str)).collect();
        sha256(&[said.join("\n").as_bytes()])
    }

    /// The title for an issue that has the one of a private repository, although everybody reads it now. What people wrote
    /// instead is theirs.
    pub(super) fn title_instead_of(&self, issue: &IssueSnapshot) -> Option<String> {
        let ours = self.is_public && self.private_titles.contains(&issue.title) && issue.title != self.title;
        ours.then(|| self.title.clone())
    }
}

/// Who can read the issue.
pub(super) fn visibility(facts: &RepositoryFacts) -> words::RepositoryVisibility {
    if facts.private == Some(true) { words::RepositoryVisibility::Private } else { words::RepositoryVisibility::Public }
}

pub(super) async fn render(
    app: &App,
    tracker: &dyn Tracker,
    topic: TopicId,
    visibility: words::RepositoryVisibility,
) -> Result<Rendered, Stop> {
    let now = app.clock.now();
    let mut conn = app.database.read().await?;
    let Some(found) = topics::get(&mut conn, topic).await? else {
        return Err(Stop::GiveUp(format!("There is no topic {topic}.")));
    };
    let impact = impacts::get(&mut conn, topic, now).await?;
    let (cycle, told) = told(&mut conn, topic, found.cycle).await?;
    let broken = confirmations::still_broken_words(&mut conn, topic, cycle, words::QUOTES_MAX).await?;
    let title_is_written = topics::title_is_written(&mut conn, topic).await?;
    let Members { people, companies, spoken, bodies } = members(&mut conn, topic, &found.title).await?;
    let said = spoken.iter().map(|(_, said)| said).chain(&broken).map(String::as_str).chain([found.title.as_str()]);
    let mut vocabulary = vocabulary::of(&mut conn, said).await?;
    if title_is_written {
        vocabulary.near = vocabulary::near(&mut conn, &found.title).await?;
    }
    drop(conn);
    let names: Vec<&str> = people.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
    let emails: Vec<&str> = people.iter().filter_map(|(_, email)| email.as_deref()).collect();
    let organizations: Vec<&str> = companies.iter().map(String::as_str).collect();
    // Only exactly this address may stay: an id in any other would be taken for a key.
    let console_url = app.link(&format!("/topics/{topic}"));
    let own_urls = [console_url.as_str()];
    let known =
        redact::KnownPeople { names: &names, organizations: &organizations, emails: &emails, own_urls: &own_urls };
    let texts = || bodies.iter().map(String::as_str);
    let (versions, platforms) = (named::versions(texts()), named::platforms(texts()));
    let (versions, platforms): (Vec<&str>, Vec<&str>) =
        (versions.iter().map(String::as_str).collect(), platforms.iter().map(String::as_str).collect());
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let mut facts = words::IssueFacts {
        kind: found.kind,
        title: &found.title,
        title_is_written,
        known,
        vocabulary: &vocabulary,
        customer_count: count(impact.customers),
        likely_customer_count: count(impact.likely.customers),
        organization_count: count(impact.organizations),
        ticket_count: count(impact.tickets),
        trend: trend(&impact),
        first_seen_at: found.first_seen_at,
        last_seen_at: found.last_seen_at,
        versions: &versions,
        platforms: &platforms,
        quotes: &[],
        console_url: &console_url,
        confirmed_count: count(told.confirmed),
        still_broken_count: count(told.still_broken),
        still_broken_quotes: &[],
    };
    let ours = words::our_own_words(&facts, visibility);
    let passes = |text: &str| redact::check_beside(&ours, text, &known).is_ok();
    let (mut quotes, mut broken_quotes) = (Vec::new(), Vec::new());
    if visibility == words::RepositoryVisibility::Private {
        let mut given = Placeholders::default();
        let allowed = Allowed { vocabulary: &vocabulary, known: &known };
        let mut quoted = |said: &str| permitted(said, &allowed, &mut given).filter(|said| passes(said));
        let quoted_here = spoken.iter().filter_map(|(ticket, said)| Some((*ticket, quoted(said)?)));
        quotes.extend(quoted_here.map(|(ticket, said)| (ticket, tracker.neutral(&said))));
        let broken = broken.iter().filter_map(|said| best(said, &found.title)).filter_map(|said| quoted(&said));
        let broken = broken.map(|said| redact::without_capitals(&said, &found.title));
        broken_quotes.extend(broken.map(|said| tracker.neutral(&said)));
    }
    // What is ours alone: counts, dates, versions, platforms, and the topic's address in the console.
    if let Err(left) = redact::check_beside(&ours, &words::section(&facts, visibility), &known) {
        return Err(Stop::GiveUp(format!(
            "The numbers that Heard writes into the issue look like {left:?}, so it was not sent. Check `public_url` in the settings: its address must not hold a name, a number or a key."
        )));
    }
    let title = |facts: &words::IssueFacts, visibility| {
        let title = words::title(facts, visibility);
        tracker.neutral_title(if passes(&title) { &title } else { words::nameless(facts.kind) })
    };
    let before = words::IssueFacts { vocabulary: &Vocabulary::EMPTY, ..facts.clone() };
    let private_titles = [&facts, &before].map(|facts| title(facts, words::RepositoryVisibility::Private));
    let title = title(&facts, visibility);
    let said: Vec<String> = quotes.iter().map(|(_, said)| said.clone()).collect();
    facts.quotes = &said;
    facts.still_broken_quotes = &broken_quotes;
    Ok(Rendered {
        title,
        private_titles,
        section: words::section(&facts, visibility),
        is_public: visibility == words::RepositoryVisibility::Public,
        quotes,
        broken_quotes,
    })
}

/// What looks private in words that a person wrote for a topic's issue.
pub(super) async fn private_in(app: &App, topic: TopicId, written: &str) -> Result<Vec<redact::PrivateKind>, Stop> {
    let mut conn = app.database.read().await?;
    let Members { people, companies, .. } = members(&mut conn, topic, "").await?;
    let near = vocabulary::near(&mut conn, written).await?;
    drop(conn);
    let names: Vec<&str> = people.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty()).collect();
    let emails: Vec<&str> = people.iter().filter_map(|(_, email)| email.as_deref()).collect();
    let organizations: Vec<&str> = companies.iter().map(String::as_str).collect();
    let console_url = app.link(&format!("/topics/{topic}"));
    let own_urls = [console_url.as_str()];
    let known =
        redact::KnownPeople { names: &names, organizations: &organizations, emails: &emails, own_urls: &own_urls };
    let mut found = redact::check(written, &known).err().unwrap_or_default();
    if permit::names_somebody(written, &near) && !found.contains(&redact::PrivateKind::Name) {
        found.push(redact::PrivateKind::Name);
    }
    Ok(found)
}

/// Who is in a topic's tickets, and what they said.
#[derive(Default)]
struct Members {
    /// Names, with an address where there is one.
    people: Vec<(String, Option<String>)>,
    companies: Vec<String>,
    /// What may be quoted, of which ticket.
    spoken: Vec<(TicketId, String)>,
    /// The first words of the newest tickets.
    bodies: Vec<String>,
}

async fn members(session: &mut impl Session, topic: TopicId, title: &str) -> Result<Members, Stop> {
    let mut found = Members::default();
    let unquoted = quoting::unquoted(session, topic).await?;
    for (place, ticket) in tickets::of_topic(session, topic).await?.into_iter().enumerate() {
        if let Some(customer) = customers::get(session, ticket.customer).await? {
            found.people.push((customer.name, customer.email));
        }
        if let Some(agent) = ticket.agent_name {
            found.people.push((agent, None));
        }
        if let Some(organization) = ticket.organization
            && let Some(organization) = customers::get_organization(session, organization).await?
        {
            found.companies.push(organization.name);
        }
        if (place < TICKETS_READ || found.spoken.len() < words::QUOTES_MAX)
            && let Some(body) = tickets::first_words(session, ticket.id).await?
        {
            // Somebody may have written a megabyte, and all of this is done anew whenever the topic changes.
            let body: String = body.chars().take(limits::READ_CHARACTERS).collect();
            let has_room = found.spoken.len() < words::QUOTES_MAX && !unquoted.contains(&ticket.id);
            if has_room && !reply::is_automatic(&ticket.subject, &body) {
                found.spoken.extend(best(&body, title).map(|said| (ticket.id, said)));
            }
            found.bodies.push(body);
        }
    }
    Ok(found)
}

/// Whom the fix was told and what they said, and in which cycle. After the topic was reopened, what was said of the fix before is
/// what engineers have to know, until another ships.
async fn told(session: &mut impl Session, topic: TopicId, cycle: i64) -> Result<(i64, ToldCounts), Stop> {
    let told = updates::told(session, topic, cycle).await?;
    if cycle > 0 && told.told == 0 && told.confirmed + told.still_broken == 0 {
        return Ok((cycle - 1, updates::told(session, topic, cycle - 1).await?));
    }
    Ok((cycle, told))
}

/// The sentence to quote, which speaks of no credentials.
fn best(said: &str, title: &str) -> Option<String> {
    quote::best(&permit::without_credentials(said), title, QUOTE_CHARACTERS)
}

/// What may leave of a quotation, if that says something.
fn permitted(said: &str, allowed: &Allowed, given: &mut Placeholders) -> Option<String> {
    let permitted = permit::permit(said, allowed, given);
    permitted.says_something().then_some(permitted.text)
}

/// How many of the newest tickets are read for versions and platforms.
const TICKETS_READ: usize = 100;

/// The longest quotation in an issue.
const QUOTE_CHARACTERS: usize = 240;

fn trend(impact: &Impact) -> Option<words::Trend> {
    const ENOUGH: i64 = 4;
    if impact.recent + impact.before < ENOUGH {
        return None;
    }
    Some(if impact.recent * 2 > impact.before * 3 {
        words::Trend::Rising
    } else if impact.recent * 3 < impact.before * 2 {
        words::Trend::Falling
    } else {
        words::Trend::Steady
    })
}
