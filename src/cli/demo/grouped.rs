//! What Heard made of a ticket, in words; and the support person who answers it, or puts it right.
//!
//! The story knows which tickets belong together, Heard does not. Whatever it decides is told as it is, and a person
//! corrects through the API what a person would.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{
    people::Person,
    stage::Stage,
    voice::{self, Voice},
};
use crate::cli::api::encoded;
use grouping::highlights;

/// How many words in common are told.
const WORDS: usize = 5;

/// A ticket as Heard placed it.
pub struct Placed {
    ticket: String,
    topic: String,
    decision: String,
    /// The likeliest topic, how likely it was, and the words in common.
    best: Option<Best>,
}

struct Best {
    title: String,
    percent: i64,
    words: Vec<String>,
}

impl Placed {
    /// Waits until a ticket is grouped, and reads why it is where it is.
    pub async fn read(stage: &Stage, external_id: u64, person: &Person) -> anyhow::Result<Self> {
        let ticket = stage.grouped(external_id).await?;
        let text =
            |name: &str| ticket[name].as_str().map(str::to_owned).with_context(|| format!("a ticket has no {name}"));
        let (id, topic, decision) = (text("id")?, text("topic")?, text("decision")?);
        let page = stage.topic(&topic).await?;
        let links = page["links"].as_array().context("a topic has no links")?;
        let link =
            links.iter().find(|link| link["ticket"] == id.as_str()).context("the topic does not show the ticket")?;
        let best = best(stage, &link["reasons"], person).await?;
        Ok(Self { ticket: id, topic, decision, best })
    }

    /// Tells what was decided.
    pub fn tell_what_was_decided(&self, voice: &Voice) -> anyhow::Result<()> {
        voice.done(&self.decided())
    }

    /// Tells what was decided, and lets support answer. `wanted` is the topic of those who wrote the same before.
    pub async fn tell(&self, stage: &Stage, voice: &Voice, wanted: Option<&str>) -> anyhow::Result<()> {
        self.tell_what_was_decided(voice)?;
        let move_to = |topic: Option<&str>| {
            let path = format!("tickets/{}/move", encoded(&self.ticket));
            let body = json!({"topic": topic});
            async move { stage.api.post(&path, &body).await.map(drop) }
        };
        match (self.decision.as_str(), wanted) {
            ("join", Some(topic)) if topic == self.topic => Ok(()),
            ("ask", Some(topic)) => {
                move_to(Some(topic)).await?;
                voice::say(
                    "Sam of support reads both and answers: yes, the same. That holds for ever, and Heard learns from it.",
                )
            }
            ("ask", None) => {
                move_to(Some(&self.topic)).await?;
                voice::say(
                    "Sam of support reads both and answers: no, something else. That holds for ever, and Heard learns from it.",
                )
            }
            ("new", Some(topic)) => {
                move_to(Some(topic)).await?;
                voice::say(
                    "Sam of support knows better and moves the ticket to the others. That holds for ever, and Heard learns from it.",
                )
            }
            ("join", Some(topic)) => {
                move_to(Some(topic)).await?;
                voice::say(
                    "Sam of support sees that it belongs elsewhere and moves it. That holds for ever, and Heard learns from it.",
                )
            }
            ("join", None) => {
                move_to(None).await?;
                voice::say(
                    "Sam of support sees that it is something else and gives it a topic of its own. That holds for ever.",
                )
            }
            _ => Ok(()),
        }
    }

    fn decided(&self) -> String {
        match (self.decision.as_str(), &self.best) {
            ("join", Some(best)) => format!("Heard joins it to \"{}\" by itself: {}.", best.title, best.why()),
            ("ask", Some(best)) => format!("Heard asks: is this \"{}\"? It is {}.", best.title, best.why()),
            ("new", Some(best)) => {
                format!(
                    "Heard opens a new topic. The likeliest of those it knows is \"{}\": {}.",
                    best.title,
                    best.why()
                )
            }
            _ => "Heard opens a new topic: it knows nothing like it.".to_owned(),
        }
    }
}

impl Best {
    fn why(&self) -> String {
        let likely = match self.percent {
            100.. => "more than 99 % likely".to_owned(),
            ..1 => "less than 1 % likely".to_owned(),
            percent => format!("{percent} % likely"),
        };
        if self.words.is_empty() { likely } else { format!("{likely}; in common: {}", self.words.join(", ")) }
    }
}

/// The likeliest topic by the stored reasons; none where there was nothing to compare with.
async fn best(stage: &Stage, reasons: &Value, person: &Person) -> anyhow::Result<Option<Best>> {
    let candidate = &reasons["candidates"][0];
    let Some(topic) = candidate["topic"].as_str() else { return Ok(None) };
    // A topic whose only ticket has moved on is answered with 404; then there is no title to tell.
    let Ok(page) = stage.topic(topic).await else { return Ok(None) };
    #[expect(clippy::cast_possible_truncation, reason = "a probability in percent")]
    let percent = (candidate["score"].as_f64().unwrap_or_default() * 100.0).round() as i64;
    let title = page["title"].as_str().unwrap_or_default().to_owned();
    let rows = reasons["words"].as_array();
    let terms: Vec<&str> = rows.into_iter().flatten().filter_map(|row| row["term"].as_str()).collect();
    let words = terms.iter().filter_map(|term| as_written(person, term)).take(WORDS).collect();
    Ok(Some(Best { title, percent, words }))
}

/// A term of the grouping as the customer wrote it.
fn as_written(person: &Person, term: &str) -> Option<String> {
    let text = format!("{}\n{}", person.subject, person.words);
    let place = highlights(&text, &[term.to_owned()]).into_iter().next()?;
    Some(text.get(place)?.to_lowercase())
}
