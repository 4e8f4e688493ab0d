//! How tickets are grouped.

use std::path::PathBuf;

use super::{
    fields::Reader,
    row::{Row, Section},
    value::{number, text},
    wrong::Wrong,
};

/// `[grouping]`.
pub const SECTION: Section = Section {
    name: "grouping",
    many: false,
    about: "",
    rows: &[
        Row::value(
            "model",
            "builtin",
            "none, builtin, or a folder with a sentence model (ONNX)",
            "What compares the meaning of tickets: nothing beyond their words, the model inside Heard, or another.",
        ),
        Row::value(
            "precision",
            "0.95",
            "a number from 0.5 to 0.999",
            "How often a ticket that joins a topic by itself has to be right. Below this, a person is asked.",
        ),
    ],
};

/// How tickets are grouped.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupingSettings {
    /// What compares meaning.
    pub model: Model,
    /// How often a join has to be right.
    pub precision: f64,
}

/// What compares the meaning of tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Model {
    /// Words alone.
    None,
    /// The model inside the binary.
    Builtin,
    /// Another, in this folder.
    Folder(PathBuf),
}

impl Model {
    /// Reads `none`, `builtin`, or a folder.
    pub fn parse(word: &str) -> Self {
        match word {
            "none" => Self::None,
            "builtin" => Self::Builtin,
            folder => Self::Folder(PathBuf::from(folder)),
        }
    }
}

/// Reads `[grouping]`.
pub fn read(reader: &Reader) -> Result<GroupingSettings, Wrong> {
    let fields = reader.open(&SECTION, reader.only(&SECTION)?, &[])?;
    let model = Model::parse(&fields.need("model", text)?);
    if let Model::Folder(folder) = &model
        && !folder.is_dir()
    {
        let sentence = format!("is {:?}, which is not a folder; expected none, builtin, or a folder", folder.display());
        return Err(fields.wrong("model", sentence));
    }
    Ok(GroupingSettings { model, precision: fields.need("precision", number(0.5, 0.999))? })
}
