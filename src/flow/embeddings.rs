//! Vectors of texts from an endpoint of the operator's choice, as `OpenAI` describes it:
//! <https://platform.openai.com/docs/api-reference/embeddings/create>.
//!
//! Invariant: an answer is taken whole or not at all. Every text has its vector, in the order of the texts, and all
//! vectors are as long as earlier ones. A text without words is not sent and has no vector.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use http::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::error::Stop;
use crate::{
    base::{
        http::{CallError, Outgoing, Request, Response},
        limits,
        secret::Secret,
    },
    settings::EndpointSettings,
};
use grouping::SentenceVector;

/// How many of the texts that were asked for one by one are remembered.
const LATEST: usize = 64;
/// How long we wait before we ask again, in case a wrong key was put right.
const KEY_WAIT: Duration = Duration::from_mins(2);
/// How often [`Embeddings::patiently`] asks, and how long it waits at first and at most.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// An embeddings endpoint.
#[derive(Debug)]
pub struct Embeddings {
    outgoing: Outgoing,
    settings: EndpointSettings,
    /// The length of the vectors seen so far; 0 before the first.
    dimensions: AtomicUsize,
    /// The latest texts that were asked for one by one.
    latest: Mutex<VecDeque<(String, Option<SentenceVector>)>>,
}

/// Why there are no vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct EmbeddingsError {
    /// What happened, and what to do.
    pub sentence: String,
    /// Whether asking again soon may help.
    pub may_pass: bool,
    /// How long to wait first, if the endpoint said so.
    pub after: Option<Duration>,
}

impl From<EmbeddingsError> for Stop {
    /// However it failed, the ticket waits: it is never grouped without the vectors that the others were grouped by.
    fn from(failed: EmbeddingsError) -> Self {
        Self::Later {
            after: failed.after,
            sentence: format!("{}; tickets wait to be grouped until then", failed.sentence),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<EmbeddingRow>,
}

#[derive(Deserialize)]
struct EmbeddingRow {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Embeddings {
    /// The endpoint in these settings.
    #[must_use]
    pub fn new(outgoing: Outgoing, settings: EndpointSettings) -> Self {
        Self { outgoing, settings, dimensions: AtomicUsize::new(0), latest: Mutex::default() }
    }

    /// The vectors of texts, in the same order; `None` for a text without words.
    ///
    /// # Errors
    /// [`EmbeddingsError`] if any of them is missing.
    pub async fn vectors(&self, texts: &[String]) -> Result<Vec<Option<SentenceVector>>, EmbeddingsError> {
        let mut vectors = vec![None; texts.len()];
        let told: Vec<usize> = (0..texts.len()).filter(|at| texts[*at].chars().any(char::is_alphanumeric)).collect();
        for some in told.chunks(limits::EMBEDDED_AT_ONCE) {
            let sent: Vec<String> =
                some.iter().map(|at| texts[*at].chars().take(limits::EMBEDDED_CHARACTERS).collect()).collect();
            for (at, vector) in some.iter().zip(self.asked(&sent).await?) {
                vectors[*at] = Some(vector);
            }
        }
        Ok(vectors)
    }

    /// The vector of one text. The same text twice is asked for once, because webhooks come in pairs and a job is tried
    /// again.
    ///
    /// # Errors
    /// [`EmbeddingsError`] if it is missing.
    pub async fn vector(&self, text: String) -> Result<Option<SentenceVector>, EmbeddingsError> {
        let mut latest = self.latest.lock().await;
        if let Some((_, vector)) = latest.iter().find(|(known, _)| *known == text) {
            return Ok(vector.clone());
        }
        let vector = self.vectors(std::slice::from_ref(&text)).await?.pop().flatten();
        latest.truncate(LATEST - 1);
        latest.push_front((text, vector.clone()));
        Ok(vector)
    }

    /// The vectors of texts, for a caller that has no job to try again later: it waits and asks again while that may
    /// help.
    ///
    /// # Errors
    /// [`EmbeddingsError`] if it does not help.
    pub async fn patiently(&self, texts: &[String]) -> Result<Vec<Option<SentenceVector>>, EmbeddingsError> {
        let mut wait = FIRST_WAIT;
        for _ in 1..TRIES {
            match self.vectors(texts).await {
                Err(failed) if failed.may_pass => {
                    tokio::time::sleep(failed.after.unwrap_or(wait).min(LONGEST_WAIT)).await;
                    wait *= 2;
                }
                done => return done,
            }
        }
        self.vectors(texts).await
    }

    /// Tries the endpoint once and returns the length of its vectors.
    ///
    /// # Errors
    /// [`EmbeddingsError`] if it returns none.
    pub async fn check(&self) -> Result<usize, EmbeddingsError> {
        let vectors = self.asked(&["Heard asks whether texts are embedded here.".to_owned()]).await?;
        Ok(vectors.first().map_or(0, SentenceVector::dimensions))
    }

    /// Refuses a vector of another length than earlier ones: it comes from another model.
    ///
    /// # Errors
    /// [`EmbeddingsError`], which says so.
    pub fn expects(&self, vector: &SentenceVector) -> Result<(), EmbeddingsError> {
        let (known, given) = (self.dimensions.load(Ordering::Relaxed), vector.dimensions());
        if known == 0 {
            self.dimensions.store(given, Ordering::Relaxed);
        } else if known != given {
            return Err(self.wrong(&format!(
                "gave vectors of {given} numbers where those before have {known}; if its model was changed, give \
                 embeddings_model its new name, and every ticket is read anew"
            )));
        }
        Ok(())
    }

    async fn asked(&self, texts: &[String]) -> Result<Vec<SentenceVector>, EmbeddingsError> {
        let mut request =
            Request::json(Method::POST, &*self.settings.path, &json!({ "model": self.settings.model, "input": texts }));
        if let Some(key) = &self.settings.key {
            request = request.credential("authorization", Secret::new(format!("Bearer {}", key.expose())));
        }
        let answer = self.outgoing.send(&self.settings.origin, request).await.map_err(|error| {
            let (CallError::NotSent(why) | CallError::Unclear(why) | CallError::TooLong(why)) = error;
            EmbeddingsError { may_pass: true, ..self.wrong(&format!("gave no answer: {why}")) }
        })?;
        let vectors = self.read(&answer, texts.len())?;
        vectors.iter().try_for_each(|vector| self.expects(vector))?;
        Ok(vectors)
    }

    fn read(&self, answer: &Response, count: usize) -> Result<Vec<SentenceVector>, EmbeddingsError> {
        let status = answer.status;
        match status {
            200..=299 => {}
            401 | 403 => {
                let failed = self.wrong(&format!("refuses our key ({status}); check embeddings_key"));
                return Err(EmbeddingsError { after: Some(KEY_WAIT), ..failed });
            }
            408 | 429 | 500..=599 => {
                let failed = self.wrong(&format!("cannot answer now ({status})"));
                return Err(EmbeddingsError { may_pass: true, after: answer.retry_after(), ..failed });
            }
            _ => return Err(self.wrong(&format!("refuses the request ({status}); check model and embeddings_model"))),
        }
        let Ok(Answer { data }) = serde_json::from_slice(&answer.body) else {
            return Err(self.wrong("answered with what is no list of embeddings; check model"));
        };
        let given = data.len();
        let mut vectors: Vec<Option<SentenceVector>> = vec![None; count];
        for (at, row) in data.into_iter().enumerate() {
            if let Some(place) = vectors.get_mut(row.index.unwrap_or(at))
                && !row.embedding.is_empty()
                && row.embedding.iter().all(|number| number.is_finite())
            {
                *place = Some(SentenceVector::quantise(&row.embedding));
            }
        }
        let whole: Option<Vec<SentenceVector>> = vectors.into_iter().collect();
        whole.filter(|_| given == count).ok_or_else(|| {
            self.wrong(&format!("answered {count} texts with {given} embeddings, or not with one for each"))
        })
    }

    fn wrong(&self, what: &str) -> EmbeddingsError {
        let sentence = format!("The embeddings endpoint at {} {what}", self.settings.origin.host());
        EmbeddingsError { sentence, may_pass: false, after: None }
    }
}
