//! The place of a value in a JSON body: `data.ticket.requestors[0]`, `ticket.followups[-1].id`, `$.timestamp`.
//!
//! A place is relative to the current row (the body, or one message of a list), or to the whole body if it begins with `$.`.
//! `[-1]` is the last entry of a list.

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct BodyPlace {
    from_top: bool,
    steps: Vec<PlaceStep>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PlaceStep {
    Key(String),
    Index(i64),
}

impl TryFrom<String> for BodyPlace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no place in a body; one looks like data.ticket.requestors[0]");
        let (from_top, rest) = match text.strip_prefix('$') {
            Some(rest) => (true, rest.strip_prefix('.').unwrap_or(rest)),
            None => (false, text.as_str()),
        };
        let mut steps = Vec::new();
        for part in rest.split('.').filter(|_| !rest.is_empty()) {
            let (key, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
            let unclear = key.contains(|c: char| c == ']' || c.is_whitespace() || c.is_control());
            if part.is_empty() || unclear {
                return Err(wrong());
            }
            if !key.is_empty() {
                steps.push(PlaceStep::Key(key.to_owned()));
            }
            for index in indexes.split_inclusive(']') {
                let index = index.strip_prefix('[').and_then(|index| index.strip_suffix(']'));
                steps.push(PlaceStep::Index(index.and_then(|index| index.parse().ok()).ok_or_else(wrong)?));
            }
        }
        if steps.is_empty() && !from_top { Err(wrong()) } else { Ok(Self { from_top, steps }) }
    }
}

impl BodyPlace {
    /// The value at this place; `null` counts as absent.
    pub(super) fn find<'v>(&self, row: &'v Value, top: &'v Value) -> Option<&'v Value> {
        let start = if self.from_top { top } else { row };
        let found = self.steps.iter().try_fold(start, |value, step| match step {
            PlaceStep::Key(key) => value.get(key),
            PlaceStep::Index(index) => nth(value.as_array()?, *index),
        })?;
        (!found.is_null()).then_some(found)
    }
}

fn nth(list: &[Value], index: i64) -> Option<&Value> {
    let back = usize::try_from(index.unsigned_abs()).ok()?;
    if index < 0 { list.len().checked_sub(back).and_then(|at| list.get(at)) } else { list.get(back) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn place(text: &str) -> Result<BodyPlace, String> {
        text.to_owned().try_into()
    }

    #[test]
    fn a_place_is_found_in_the_row_or_from_the_top() {
        let top = json!({"at": 7, "list": [[1, 2], [3]], "row": {"a": {"b": "x", "n": null}}});
        let row = &top["row"];
        let find = |text: &str| place(text).unwrap().find(row, &top).cloned();
        assert_eq!(find("a.b"), Some(json!("x")));
        assert_eq!(find("$.at"), Some(json!(7)));
        assert_eq!(find("$.list[0][-1]"), Some(json!(2)));
        assert_eq!(find("$"), Some(top.clone()));
        for absent in ["a.n", "a.c", "at", "$.list[9]", "$.list[-3]", "$.at[0]", "$.list.at"] {
            assert_eq!(find(absent), None, "{absent}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in ["", ".", "a..b", "a.", "a[b]", "a[0", "a]0[", "a b", "a[0]x", "a[]"] {
            assert!(place(text).is_err(), "{text}");
        }
    }
}
