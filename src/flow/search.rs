//! What somebody looks for, found: by words, by a ticket's or an issue's number, or by an address that was pasted.

use url::Url;

use crate::{
    base::limits::{SEARCH_LOOKS, SEARCH_NAMES, SEARCH_NEWEST},
    model::{
        issue::Repository,
        search::{SearchNoun, SearchQuery, TextQuery, WordRange},
    },
    store::{
        Conn, StoreError, raised,
        search::{self, CustomerHit, OrganizationHit, TicketHit, TopicHit, WordSearch},
    },
};

/// What was found of one kind.
#[derive(Clone, Debug)]
pub struct Hits<T> {
    /// The best ones.
    pub rows: Vec<T>,
    /// Whether there are more than these.
    pub more: bool,
}

impl<T> Default for Hits<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub struct SearchResults {
    /// Topics, by title or issue.
    pub topics: Hits<TopicHit>,
    /// Tickets, by what their customers wrote, or their number.
    pub tickets: Hits<TicketHit>,
    /// Customers, by name or address.
    pub customers: Hits<CustomerHit>,
    /// Organizations, by name.
    pub organizations: Hits<OrganizationHit>,
    /// Whether so much has even the rarest of the words that not all of it was looked at.
    pub is_cut: bool,
}

/// Looks for something: at most `limit` of each kind, and only of a brand where one is said. Whoever may not know customers finds
/// topics only, and nothing else is looked at for them.
///
/// # Errors
/// When the database fails.
pub async fn search(
    conn: &mut Conn,
    typed: &str,
    brand: Option<&str>,
    limit: usize,
    knows_customers: bool,
) -> Result<SearchResults, StoreError> {
    let asked = SearchQuery::read(typed);
    let exact = typed.trim().to_lowercase();
    let mut looked = Looked { brand, limit, exact: &exact, is_cut: false };
    let topics = looked.topics(conn, &asked).await?;
    if !knows_customers {
        let mut seen = Vec::new();
        for topic in topics {
            if raised::is_for_everybody(conn, topic.id).await? {
                seen.push(topic);
            }
        }
        let topics = looked.hits(seen);
        return Ok(SearchResults { topics, is_cut: looked.is_cut, ..SearchResults::default() });
    }
    let tickets = looked.tickets(conn, &asked).await?;
    let mut customers = Vec::new();
    if let Some(words) = looked.rarest_first(conn, SearchNoun::Customer, &asked.words).await? {
        customers = search::customers(conn, &looked.by(&words)).await?;
    }
    let mut organizations = Vec::new();
    if let Some(words) = looked.rarest_first(conn, SearchNoun::Organization, &asked.words).await? {
        organizations = search::organizations(conn, &looked.by(&words)).await?;
    }
    if let Some(id) = asked.id {
        customers = search::customer(conn, id).await?;
        organizations = search::organization(conn, id).await?;
    }
    Ok(SearchResults {
        topics: looked.hits(topics),
        tickets: looked.hits(tickets),
        customers: looked.hits(customers),
        organizations: looked.hits(organizations),
        is_cut: looked.is_cut,
    })
}

/// A search under way.
struct Looked<'b> {
    brand: Option<&'b str>,
    limit: usize,
    /// What was typed, in small letters.
    exact: &'b str,
    is_cut: bool,
}

impl Looked<'_> {
    /// One more than are shown, so that it is known whether there are more.
    fn rows(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX - 1) + 1
    }

    fn by<'w>(&'w self, words: &'w [&'w WordRange]) -> WordSearch<'w> {
        WordSearch { words, near: SEARCH_NAMES, limit: self.rows(), brand: self.brand, exact: self.exact }
    }

    fn hits<T>(&self, mut rows: Vec<T>) -> Hits<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        Hits { rows, more }
    }

    /// The words, the one that the fewest have first. `None` if nothing has one of them.
    async fn rarest_first<'w>(
        &mut self,
        conn: &mut Conn,
        noun: SearchNoun,
        words: &'w [WordRange],
    ) -> Result<Option<Vec<&'w WordRange>>, StoreError> {
        let mut counted = Vec::new();
        for word in words {
            counted.push((search::count_near(conn, noun, word, SEARCH_NAMES + 1).await?, word));
        }
        counted.sort_by_key(|(count, _)| *count);
        match counted.first() {
            None | Some((0, _)) => Ok(None),
            Some((fewest, _)) => {
                self.is_cut |= *fewest > SEARCH_NAMES;
                Ok(Some(counted.into_iter().map(|(_, word)| word).collect()))
            }
        }
    }

    async fn topics(&mut self, conn: &mut Conn, asked: &SearchQuery) -> Result<Vec<TopicHit>, StoreError> {
        if let Some(id) = asked.id {
            return search::topic(conn, id).await;
        }
        let mut found = Vec::new();
        if let Some(issue) = &asked.issue {
            let repository = issue.repository.as_ref().map(Repository::as_str);
            found = search::topics_of_issue(conn, repository, issue.number, self.brand, self.rows()).await?;
        }
        if let Some(words) = self.rarest_first(conn, SearchNoun::Topic, &asked.words).await? {
            let by_words = search::topics(conn, &self.by(&words)).await?;
            let new = by_words.into_iter().filter(|topic| found.iter().all(|known| known.id != topic.id));
            let new: Vec<_> = new.collect();
            found.extend(new);
        }
        Ok(found)
    }

    async fn tickets(&mut self, conn: &mut Conn, asked: &SearchQuery) -> Result<Vec<TicketHit>, StoreError> {
        if let Some(id) = asked.id {
            return search::ticket(conn, id).await;
        }
        let mut found = Vec::new();
        if let Some(number) = &asked.number {
            found = search::tickets_of_number(conn, number, self.brand, self.rows()).await?;
            // Several helpdesks have a ticket of this number, and the address says which of them is meant.
            if found.iter().any(|ticket| is_at(ticket, asked.host.as_deref())) {
                found.retain(|ticket| is_at(ticket, asked.host.as_deref()));
            }
        }
        add_new(&mut found, self.tickets_by_words(conn, &asked.words).await?);
        Ok(found)
    }

    /// What many tickets have is found among the newest; only where that is too little, the index is asked.
    async fn tickets_by_words(&mut self, conn: &mut Conn, words: &[WordRange]) -> Result<Vec<TicketHit>, StoreError> {
        let Some(mut text) = TextQuery::of(words) else { return Ok(Vec::new()) };
        let rows = self.rows();
        // A word that very many have is found among a few of them.
        let mut found = Vec::new();
        for near in [SEARCH_NEWEST / 10, SEARCH_NEWEST] {
            found = search::newest_tickets(conn, &text, self.brand, near, rows).await?;
            if found.len() > self.limit {
                return Ok(found);
            }
            // A name that none of them has is in few tickets, and the index gives all of those sooner than the next ones are read.
            if found.is_empty()
                && words.len() == 1
                && text.asks_beginnings()
                && search::count_tickets(conn, &text, SEARCH_LOOKS + 1).await? <= SEARCH_LOOKS
            {
                break;
            }
        }
        if words.len() > 1 {
            let (shares, _) = search::shares(conn, &text).await?;
            text = TextQuery::by_rare(words, &shares, search::FEW).unwrap_or(text);
        }
        let text = &text;
        let count = search::count_tickets(conn, text, SEARCH_LOOKS + 1).await?;
        self.is_cut |= count > SEARCH_LOOKS;
        if count > 0 {
            add_new(&mut found, search::tickets(conn, text, self.brand, SEARCH_LOOKS, rows).await?);
            found.sort_by_key(|ticket| std::cmp::Reverse((ticket.created_at, ticket.id)));
        }
        Ok(found)
    }
}

/// Adds those that are not there yet.
fn add_new(found: &mut Vec<TicketHit>, more: Vec<TicketHit>) {
    for ticket in more {
        if found.iter().all(|known| known.id != ticket.id) {
            found.push(ticket);
        }
    }
}

fn is_at(ticket: &TicketHit, host: Option<&str>) -> bool {
    let address = ticket.url.as_deref().and_then(|url| Url::parse(url).ok());
    host.is_some() && address.as_ref().and_then(Url::host_str) == host
}
