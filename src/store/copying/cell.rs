//! One value of a row, as both engines give and take it, and how it is spelled for a checksum that both agree on.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use sqlx::{ColumnIndex, Decode, Row, Type};

use crate::store::without_nul;

/// What a column holds, once what only one engine knows is said in what both do: an id is bytes, a time is microseconds, and a truth
/// is 0 or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellKind {
    Text,
    Json,
    Whole,
    Real,
    Bytes,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum CopiedCell {
    Null,
    Text(String),
    Json(String),
    Whole(i64),
    Real(f64),
    Bytes(Vec<u8>),
}

impl CopiedCell {
    /// Reads a column of a row. NUL is left out, as it is where a value is bound for PostgreSQL (see [`without_nul`]): so what is
    /// written is what was read, and the checksums of both are equal.
    pub(super) fn read<'r, R>(row: &'r R, place: usize, kind: CellKind) -> Result<Self, sqlx::Error>
    where
        R: Row,
        usize: ColumnIndex<R>,
        String: Decode<'r, R::Database> + Type<R::Database>,
        i64: Decode<'r, R::Database> + Type<R::Database>,
        f64: Decode<'r, R::Database> + Type<R::Database>,
        Vec<u8>: Decode<'r, R::Database> + Type<R::Database>,
    {
        let read = match kind {
            CellKind::Text => row.try_get::<Option<String>, _>(place)?.map(|text| Self::Text(text.replace('\0', ""))),
            CellKind::Json => row.try_get::<Option<String>, _>(place)?.map(|text| Self::Json(json_without_nul(text))),
            CellKind::Whole => row.try_get::<Option<i64>, _>(place)?.map(Self::Whole),
            CellKind::Real => row.try_get::<Option<f64>, _>(place)?.map(Self::Real),
            CellKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Self::Bytes),
        };
        Ok(read.unwrap_or(Self::Null))
    }

    /// The text, also that of JSON.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Json(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn whole(&self) -> Option<i64> {
        if let Self::Whole(number) = self { Some(*number) } else { None }
    }

    pub(super) fn real(&self) -> Option<f64> {
        if let Self::Real(number) = self { Some(*number) } else { None }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// About how much memory it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Json(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Null | Self::Whole(_) | Self::Real(_) => 8,
        }
    }

    /// Spells it for a checksum, the same whichever engine it came from.
    ///
    /// # Errors
    /// What should be JSON is none.
    pub(super) fn spell(&self, into: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match self {
            Self::Null => into.push(b'-'),
            Self::Text(text) => part(b't', text.as_bytes(), into),
            Self::Json(text) => {
                into.push(b'j');
                spell_json(text, into)?;
            }
            Self::Whole(number) => part(b'w', &number.to_be_bytes(), into),
            Self::Real(number) => part(b'r', &number.to_bits().to_be_bytes(), into),
            Self::Bytes(bytes) => part(b'b', bytes, into),
        }
        Ok(())
    }
}

fn json_without_nul(text: String) -> String {
    let cleaned = without_nul::json(text.as_bytes()).map(String::from_utf8);
    match cleaned {
        Some(Ok(cleaned)) => cleaned,
        _ => text,
    }
}

/// With its length, so that no two rows are spelled alike.
fn part(kind: u8, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(kind);
    into.extend_from_slice(&bytes.len().to_be_bytes());
    into.extend_from_slice(bytes);
}

/// Spells JSON by what it means: PostgreSQL puts members in an order of its own, and writes numbers and escapes otherwise.
fn spell_json(text: &str, into: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let text = text.trim();
    match text.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            into.push(b'{');
            for (name, value) in members {
                part(b't', name.as_bytes(), into);
                spell_json(value.get(), into)?;
            }
            into.push(b'}');
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(text)?;
            into.push(b'[');
            for value in values {
                spell_json(value.get(), into)?;
            }
            into.push(b']');
        }
        Some(b'"') => part(b't', serde_json::from_str::<String>(text)?.as_bytes(), into),
        _ => match text.parse::<f64>() {
            // PostgreSQL's numbers in JSON know no negative zero, and adding zero takes it away.
            Ok(number) => part(b'n', &(number + 0.0).to_bits().to_be_bytes(), into),
            // true, false or null.
            Err(_) => part(b'v', text.as_bytes(), into),
        },
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(cell: &CopiedCell) -> Vec<u8> {
        let mut spelled = Vec::new();
        cell.spell(&mut spelled).unwrap();
        spelled
    }

    #[test]
    fn json_is_spelled_by_what_it_means() {
        let same =
            |one: &str, other: &str| spelled(&CopiedCell::Json(one.into())) == spelled(&CopiedCell::Json(other.into()));
        for (one, other) in [
            (r#"{"b":1,"a":[true,null]}"#, r#"{"a": [true, null], "b": 1}"#),
            (r#"{"a":1,"a":2}"#, r#"{"a": 2}"#),
            (r"[1.5e-7,100000,-0.0]", r"[0.00000015, 1e5, 0]"),
            (r#""\u00e9\n""#, "\"\u{e9}\\n\""),
            ("0.1234567890123456", "1.234567890123456e-1"),
        ] {
            assert!(same(one, other), "{one} and {other}");
        }
        for (one, other) in [
            ("[1,2]", "[2,1]"),
            ("[[1],2]", "[1,[2]]"),
            (r#"{"a":"b"}"#, r#"["a","b"]"#),
            ("1", "\"1\""),
            ("null", "\"null\""),
            ("0.1", "0.10000000000000002"),
            (r#"{"ab":"c"}"#, r#"{"a":"bc"}"#),
        ] {
            assert!(!same(one, other), "{one} and {other}");
        }
        assert!(CopiedCell::Json("{".into()).spell(&mut Vec::new()).is_err());
    }

    #[test]
    fn no_two_kinds_of_value_are_spelled_alike() {
        let cells = [
            CopiedCell::Null,
            CopiedCell::Text(String::new()),
            CopiedCell::Text("1".into()),
            CopiedCell::Json("1".into()),
            CopiedCell::Whole(1),
            CopiedCell::Real(1.0),
            CopiedCell::Bytes(b"1".to_vec()),
        ];
        for (place, one) in cells.iter().enumerate() {
            for other in &cells[place + 1..] {
                assert_ne!(spelled(one), spelled(other), "{one:?} and {other:?}");
            }
        }
    }
}
