//! Sentence vectors: the meaning of a text as 384 small integers.
//!
//! A [`SentenceEncoder`] turns text into a [`SentenceVector`] with a sentence-transformers model in ONNX format, run in
//! pure Rust by `rten`. The built-in model (all-MiniLM-L6-v2, fine-tuned; see `assets/model/README.md`) is part of the
//! binary; another can be given as a folder.
//!
//! Invariant: a vector depends only on its text and the model. So texts are never run as one padded batch: with dynamic
//! quantisation the texts of a batch would change each other's vectors.

mod embedding_cache;
mod error;
mod normalizer;
mod onnx;
mod unigram;
mod vector;
mod wordpiece;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::ModelError;
pub use vector::{SentenceVector, SentenceVectorError};
pub(crate) use vector::{cosine, dot};

use embedding_cache::EmbeddingCache;
pub(crate) use onnx::InferenceThread;
use onnx::Network;
use unigram::Unigram;
use wordpiece::WordPiece;

/// How many tokens of a text are embedded, about ninety words. The cost grows with them, and further ones change
/// little.
pub const TOKEN_LIMIT: usize = 128;

/// The name under which the built-in model's vectors are stored. It contains the first digits of the network's SHA-256,
/// so that vectors of another network are never compared with these.
pub const BUILTIN_NAME: &str = "builtin 2344d4c9";

static BUILTIN_NETWORK: &[u8] = include_bytes!("../../assets/model/sentences-int8.onnx");
static BUILTIN_VOCABULARY: &str = include_str!("../../assets/model/vocab.txt");

/// Which sentence model embeds the tickets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SentenceModel {
    /// Words alone decide; nothing is embedded.
    None,
    /// The English model in the binary, [`BUILTIN_NAME`].
    #[default]
    Builtin,
    /// A folder with `model.onnx` (or `onnx/model.onnx`) and `vocab.txt` or `tokenizer.json`.
    Dir(PathBuf),
    /// A model elsewhere: the caller brings the vector of each ticket.
    Given,
}

/// Turns text into token ids of a model's vocabulary.
#[derive(Debug)]
enum Tokenizer {
    WordPiece(WordPiece),
    Unigram(Unigram),
}

impl Tokenizer {
    fn ids(&self, text: &str, limit: usize) -> Vec<i32> {
        match self {
            Self::WordPiece(tokenizer) => tokenizer.ids(text, limit),
            Self::Unigram(tokenizer) => tokenizer.ids(text, limit),
        }
    }
}

/// A loaded sentence model. Cheap to clone, usable from many threads. Its cache changes no vector.
#[derive(Clone)]
pub struct SentenceEncoder {
    tokenizer: Arc<Tokenizer>,
    network: Arc<Network>,
    inference: InferenceThread,
    embedding_cache: Arc<EmbeddingCache>,
}

impl std::fmt::Debug for SentenceEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SentenceEncoder").finish_non_exhaustive()
    }
}

impl SentenceEncoder {
    /// Loads the chosen model, if there is one to load.
    ///
    /// # Errors
    /// When the files of a folder are missing or not understood.
    pub fn load(choice: &SentenceModel) -> Result<Option<Self>, ModelError> {
        match choice {
            SentenceModel::None | SentenceModel::Given => Ok(None),
            SentenceModel::Builtin => Self::builtin().map(Some),
            SentenceModel::Dir(folder) => Self::from_folder(folder).map(Some),
        }
    }

    fn new(tokenizer: Tokenizer, network: Network) -> Self {
        Self {
            tokenizer: Arc::new(tokenizer),
            network: Arc::new(network),
            inference: InferenceThread::default(),
            embedding_cache: Arc::default(),
        }
    }

    fn builtin() -> Result<Self, ModelError> {
        let tokenizer = Tokenizer::WordPiece(WordPiece::from_vocabulary(BUILTIN_VOCABULARY)?);
        Ok(Self::new(tokenizer, Network::from_static(BUILTIN_NETWORK)?))
    }

    fn from_folder(folder: &Path) -> Result<Self, ModelError> {
        let network = first_of(folder, &["model.onnx", "onnx/model.onnx"]).ok_or_else(|| ModelError::Missing {
            folder: folder.to_owned(),
            wanted: "model.onnx nor onnx/model.onnx",
        })?;
        let network = Network::from_bytes(read(&network)?)?;
        Ok(Self::new(tokenizer_of(folder)?, network))
    }

    /// The vector of one text; `None` when the text has no token or the network failed on it.
    #[must_use]
    pub fn encode(&self, text: &str) -> Option<SentenceVector> {
        self.encode_on(&self.inference, text)
    }

    /// The same on the caller's own inference thread.
    pub(crate) fn encode_on(&self, inference: &InferenceThread, text: &str) -> Option<SentenceVector> {
        let ids = self.tokenizer.ids(text, TOKEN_LIMIT);
        if ids.len() <= 2 {
            return None;
        }
        if let Some(vector) = self.embedding_cache.get(&ids) {
            return Some(vector);
        }
        let vector = self.network.run(&ids, inference).ok().map(|v| SentenceVector::quantise(&v))?;
        self.embedding_cache.insert(&ids, &vector);
        Some(vector)
    }
}

fn tokenizer_of(folder: &Path) -> Result<Tokenizer, ModelError> {
    if let Some(path) = first_of(folder, &["vocab.txt"]) {
        let vocabulary = String::from_utf8_lossy(&read(&path)?).into_owned();
        return WordPiece::from_vocabulary(&vocabulary).map(Tokenizer::WordPiece);
    }
    let path = first_of(folder, &["tokenizer.json"])
        .ok_or_else(|| ModelError::Missing { folder: folder.to_owned(), wanted: "vocab.txt nor tokenizer.json" })?;
    let described: serde_json::Value =
        serde_json::from_slice(&read(&path)?).map_err(|e| ModelError::NotUnderstood(format!("tokenizer.json: {e}")))?;
    match described["model"]["type"].as_str() {
        Some("Unigram") => Unigram::from_json(&described).map(Tokenizer::Unigram),
        Some("WordPiece") => WordPiece::from_json(&described).map(Tokenizer::WordPiece),
        other => Err(ModelError::NotUnderstood(format!(
            "tokenizer.json is of type {other:?}; WordPiece and Unigram are understood"
        ))),
    }
}

fn first_of(folder: &Path, names: &[&str]) -> Option<PathBuf> {
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    std::fs::read(path).map_err(|error| ModelError::Unreadable { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest as _, Sha256};

    #[test]
    fn another_network_has_another_name() {
        let digits = hex::encode(Sha256::digest(BUILTIN_NETWORK));
        assert_eq!(BUILTIN_NAME, format!("builtin {}", &digits[..8]));
    }
}
