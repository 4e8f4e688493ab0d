//! Why a sentence model cannot be used.

use std::path::PathBuf;

/// Why a sentence model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The folder lacks a file that is needed.
    #[error("the model folder {folder} has neither {wanted}")]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// What would have been accepted.
        wanted: &'static str,
    },
    /// A file of the model could not be read.
    #[error("the model file {path} cannot be read: {error}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The network or its tokenizer is of an unknown kind.
    #[error("the sentence model is not understood: {0}")]
    NotUnderstood(String),
}
