//! Sentence vectors: what a text means, as 384 small integers.
//!
//! A [`Sentences`] turns text into a [`Vector`] with a sentence-transformers model in ONNX form,
//! run in pure Rust by `rten`. The built-in one (all-MiniLM-L6-v2, taught further; see `assets/model/README.md`)
//! is part of the binary; another can be given as a folder.
//!
//! Invariant: a vector depends on its text and the model alone. Texts are therefore never run as
//! one padded batch: dynamic quantisation would let neighbours in a batch change each other.

mod error;
mod memory;
mod onnx;
mod unigram;
mod vector;
mod wordpiece;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::ModelError;
pub use vector::{Vector, VectorError};
pub(crate) use vector::{cosine, dot};

use memory::Memory;
pub(crate) use onnx::Lane;
use onnx::Network;
use unigram::Unigram;
use wordpiece::WordPiece;

/// Most tokens of a text that are read: some ninety words. Costs grow with them; beyond, a vector changes little.
pub const TOKEN_LIMIT: usize = 128;

/// The name of the built-in model, under which its vectors are kept. It has the first digits of the SHA-256 of its network:
/// vectors of another one are never compared with these.
pub const BUILTIN_NAME: &str = "builtin 2344d4c9";

static BUILTIN_NETWORK: &[u8] = include_bytes!("../../assets/model/sentences-int8.onnx");
static BUILTIN_VOCABULARY: &str = include_str!("../../assets/model/vocab.txt");

/// Which sentence model reads the tickets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SentenceModel {
    /// Words alone decide; nothing is embedded.
    None,
    /// The English model that is part of the binary, [`BUILTIN_NAME`].
    #[default]
    Builtin,
    /// A folder with `model.onnx` (or `onnx/model.onnx`) and `vocab.txt` or `tokenizer.json`.
    Dir(PathBuf),
    /// A model elsewhere: the caller brings a vector with each reading.
    Given,
}

/// Cuts text into the numbers of a model's vocabulary.
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

/// A loaded sentence model. Cheap to clone, usable from many threads; what it remembers changes no vector.
#[derive(Clone)]
pub struct Sentences {
    tokenizer: Arc<Tokenizer>,
    network: Arc<Network>,
    lane: Lane,
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Sentences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sentences").finish_non_exhaustive()
    }
}

impl Sentences {
    /// Loads the model that was chosen, where there is one to load.
    ///
    /// # Errors
    /// When a folder was given and its files are missing or of an unknown kind.
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
            lane: Lane::default(),
            memory: Arc::default(),
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

    /// The vector of one text, or `None` when the text has no token or the network failed on it.
    #[must_use]
    pub fn vector(&self, text: &str) -> Option<Vector> {
        self.vector_on(&self.lane, text)
    }

    /// The same on a lane of the caller's own.
    pub(crate) fn vector_on(&self, lane: &Lane, text: &str) -> Option<Vector> {
        let ids = self.tokenizer.ids(text, TOKEN_LIMIT);
        if ids.len() <= 2 {
            return None;
        }
        if let Some(vector) = self.memory.recall(&ids) {
            return Some(vector);
        }
        let vector = self.network.run(&ids, lane).ok().map(|v| Vector::quantise(&v))?;
        self.memory.remember(&ids, &vector);
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
