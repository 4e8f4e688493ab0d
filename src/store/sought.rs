//! Words that are looked for in topics: on the board, in the API's lists, and where a topic is chosen.
//!
//! A topic has them if all of them stand in its title and summary, or in what its customer wrote in one of its tickets. What few topics
//! or tickets have is found by the indexes of words, however many there are. Where very many have each of the words, the topics are asked
//! one after the other in the order in which they are shown, and enough of them are found soon. Of a topic that is asked so the newest
//! tickets are read and not all: there are topics of many thousands, and one without the word would be read to its end each time.

use std::{collections::BTreeSet, sync::OnceLock};

use super::{
    Conn, Result, Session as _,
    search::{self, indexed, of_indexed},
};
use crate::{
    base::limits::SEARCH_LOOKS,
    model::{
        id::TopicId,
        search::{SearchNoun, TextQuery, WORDS_ASKED, WordRange, asked_words},
    },
};

/// Words that are looked for in topics.
#[derive(Clone, Debug)]
pub struct SoughtWords {
    words: Vec<WordRange>,
    in_texts: bool,
    /// Which topics the indexes gave, once they were asked: a page asks for its rows, for how many there are, and for spikes.
    found: OnceLock<Option<String>>,
}

impl SoughtWords {
    /// What is typed into a field; `None` where nothing is. `in_texts` says whether the words may stand in what customers wrote, too:
    /// whoever may not read that does not find out either that they are there.
    pub fn typed(words: Option<&str>, in_texts: bool) -> Option<Self> {
        let words = words.filter(|words| !words.trim().is_empty())?;
        Some(Self { words: asked_words(words), in_texts, found: OnceLock::new() })
    }

    /// Whether only signs were typed. No topic has that.
    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether the words may stand in what customers wrote.
    pub(super) fn in_texts(&self) -> bool {
        self.in_texts
    }

    /// The pattern of a word, for `LIKE` over kept words with a space before them.
    pub(super) fn pattern(&self, place: usize) -> Option<String> {
        self.words.get(place).map(|word| format!("% {}%", word.from))
    }
}

/// Whether `impact`'s topic has words: their patterns are the last parameters, and the first says whether they may stand in texts, of
/// which the newest 500 of the topic are read. No subquery here is an `EXISTS`, which PostgreSQL might answer for all topics at once.
macro_rules! has_words {
    ($in_texts:literal, $first:literal $(, $word:literal)+) => {
        concat!(
            "(", $first, " IS NULL OR ((SELECT 1 FROM search_word said WHERE said.id = impact.topic_id AND ' ' || said.word LIKE ",
            $first, " LIMIT 1) IS NOT NULL",
            $(" AND (", $word, " IS NULL OR (SELECT 1 FROM search_word said WHERE said.id = impact.topic_id AND ' ' || said.word LIKE ",
              $word, " LIMIT 1) IS NOT NULL)",)+
            " OR ", $in_texts, " AND (SELECT 1 FROM (
                    SELECT newest.ticket_id FROM impact_ticket newest
                    WHERE newest.topic_id = impact.topic_id AND newest.customer_id IS NOT NULL
                    ORDER BY newest.created_at DESC LIMIT 500) said CROSS JOIN ticket_text
                WHERE ticket_text.ticket_id = said.ticket_id AND ' ' || ticket_text.words LIKE ", $first,
            $(" AND (", $word, " IS NULL OR ' ' || ticket_text.words LIKE ", $word, ")",)+
            " LIMIT 1) IS NOT NULL))"
        )
    };
}
pub(super) use has_words;

/// Whether `impact`'s topic is listed, and among those that [`among`] found. The plus keeps SQLite from going through all that is listed.
macro_rules! listed_among {
    (all, $among:literal) => {
        concat!("impact.listed = 1 AND ", $among, " IS NULL")
    };
    (sqlite, $among:literal) => {
        concat!(
            "+impact.listed = 1 AND impact.topic_id IN (
                 SELECT unhex(one.value) FROM json_each('[\"' || replace(",
            $among,
            ", ',', '\",\"') || '\"]') one)"
        )
    };
    (postgres, $among:literal) => {
        concat!(
            "impact.listed = 1 AND impact.topic_id IN (SELECT CAST(one.id AS UUID) FROM unnest(string_to_array(",
            $among,
            ", ',')) AS one (id))"
        )
    };
}
pub(super) use listed_among;

/// The ids of the topics with these words, with commas between them. `None` if they have to be looked for among all: nothing was asked
/// for, or too many have each word.
pub(super) async fn among<'s>(conn: &mut Conn, sought: Option<&'s SoughtWords>) -> Result<Option<&'s str>> {
    let Some(sought) = sought else { return Ok(None) };
    if let Some(known) = sought.found.get() {
        return Ok(known.as_deref());
    }
    let found = indexed_topics(conn, sought).await?;
    Ok(sought.found.get_or_init(|| found).as_deref())
}

/// What the indexes give for [`among`].
async fn indexed_topics(conn: &mut Conn, sought: &SoughtWords) -> Result<Option<String>> {
    let Some(mut topics) = titled(conn, sought).await? else { return Ok(None) };
    if sought.in_texts {
        let Some(written) = written(conn, sought).await? else { return Ok(None) };
        topics.extend(written);
    }
    let ids: Vec<String> = topics.into_iter().map(|topic| topic.uuid().simple().to_string()).collect();
    Ok(Some(ids.join(",")))
}

/// The topics with the words in their title and summary. `None` if too many have each of them.
async fn titled(conn: &mut Conn, sought: &SoughtWords) -> Result<Option<BTreeSet<TopicId>>> {
    let mut rarest: Option<(i64, &WordRange)> = None;
    for word in &sought.words {
        let count = search::count_near(conn, SearchNoun::Topic, word, SEARCH_LOOKS + 1).await?;
        if rarest.is_none_or(|(fewest, _)| count < fewest) {
            rarest = Some((count, word));
        }
    }
    let Some((count, word)) = rarest else { return Ok(Some(BTreeSet::new())) };
    if count > SEARCH_LOOKS {
        return Ok(None);
    }
    let mut query = conn
        .query(
            "SELECT DISTINCT near.id FROM search_word near WHERE near.noun = $1 AND near.word >= $2 AND near.word < $3
               AND ($4 IS NULL OR EXISTS (SELECT 1 FROM search_word too WHERE too.id = near.id AND ' ' || too.word LIKE $4))
               AND ($5 IS NULL OR EXISTS (SELECT 1 FROM search_word too WHERE too.id = near.id AND ' ' || too.word LIKE $5))
               AND ($6 IS NULL OR EXISTS (SELECT 1 FROM search_word too WHERE too.id = near.id AND ' ' || too.word LIKE $6))
               AND ($7 IS NULL OR EXISTS (SELECT 1 FROM search_word too WHERE too.id = near.id AND ' ' || too.word LIKE $7))",
        )
        .bind(SearchNoun::Topic.as_str())
        .bind(word.from.as_str())
        .bind(word.to.as_str());
    for place in 0..WORDS_ASKED {
        query = query.bind(sought.pattern(place));
    }
    Ok(Some(query.all::<(TopicId,)>().await?.into_iter().map(|(id,)| id).collect()))
}

/// The topics of the tickets that an engine's index gives and that have the words. A likely member counts where it stands, too.
macro_rules! topics_indexed {
    ($engine:ident) => {
        concat!(
            "WITH found AS (",
            indexed!($engine),
            ") SELECT DISTINCT said.topic_id FROM found CROSS JOIN impact_ticket said
               WHERE said.ticket_id = found.id AND said.customer_id IS NOT NULL AND ' ' || found.words LIKE $3
                 AND ($4 IS NULL OR ' ' || found.words LIKE $4) AND ($5 IS NULL OR ' ' || found.words LIKE $5)
                 AND ($6 IS NULL OR ' ' || found.words LIKE $6)"
        )
    };
}

/// The topics with the words in what a customer wrote. `None` if too many tickets have each of them.
async fn written(conn: &mut Conn, sought: &SoughtWords) -> Result<Option<Vec<TopicId>>> {
    let Some(all) = TextQuery::of(&sought.words) else { return Ok(Some(Vec::new())) };
    let (shares, together) = search::shares(conn, &all).await?;
    let is_each_common = shares.iter().take(sought.words.len()).all(|share| *share > search::FEW);
    // The index would read all that have one of them. Where few have them together, that takes less than to ask all topics.
    if is_each_common && (together > search::FEW_TOGETHER || !all.asks_beginnings()) {
        return Ok(None);
    }
    let rare = TextQuery::by_rare(&sought.words, &shares, search::FEW).filter(|_| !is_each_common);
    let text = rare.unwrap_or(all);
    if search::count_tickets(conn, &text, SEARCH_LOOKS + 1).await? > SEARCH_LOOKS {
        return Ok(None);
    }
    let asked = search::asked_of(conn, &text);
    let sql = of_indexed!(conn, topics_indexed);
    let query = conn.query(sql).bind(asked).bind(SEARCH_LOOKS);
    let rows = search::patterns(query, &text).all::<(TopicId,)>().await?;
    Ok(Some(rows.into_iter().map(|(id,)| id).collect()))
}
