//! The place of a value in a JSON body, as a `JSONPath` of RFC 9535: `$.data.ticket.id`, `$.fields[?@.name == 'plan'].value`.
//!
//! A path that begins with `$` is looked up in the whole body. One without it (`data.ticket.requestors[0]`, `id`) is looked up in
//! the current row: the body, or one message of a list. In it, a name may have any character but a space, as in `data.x-tags`.

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct BodyPlace {
    from_top: bool,
    path: JsonPath,
}

impl TryFrom<String> for BodyPlace {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let from_top = text.starts_with('$');
        let written = if from_top { text.clone() } else { absolute(&text) };
        let path = by_names(&written).map_or_else(|| JsonPath::parse(&written), |plain| JsonPath::parse(&plain));
        let wrong = |error| {
            format!(
                "{text:?} is no place in a body; one looks like data.ticket.requestors[0] or another JSONPath: {error}"
            )
        };
        Ok(Self { from_top, path: path.map_err(wrong)? })
    }
}

/// A path in the row as a path from the row's own beginning.
fn absolute(text: &str) -> String {
    if text.starts_with('[') { format!("${text}") } else { format!("$.{text}") }
}

/// A path of names and indexes alone, with its names in quotes: `JSONPath` wants that where a name has a dash or begins with a
/// digit. `None` if it is anything else.
fn by_names(path: &str) -> Option<String> {
    let mut quoted = String::from("$");
    for part in path.strip_prefix("$.")?.split('.') {
        let (name, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        let unclear = |c: char| c.is_whitespace() || c.is_control() || "]*'\"\\?()".contains(c);
        if name.is_empty() || name.contains(unclear) {
            return None;
        }
        for index in indexes.split_inclusive(']') {
            index.strip_prefix('[')?.strip_suffix(']')?.parse::<i64>().ok()?;
        }
        quoted.extend(["['", name, "']", indexes]);
    }
    Some(quoted)
}

impl BodyPlace {
    /// The first value at this place; `null` counts as absent.
    pub(super) fn find<'v>(&self, row: &'v Value, top: &'v Value) -> Option<&'v Value> {
        self.find_all(row, top).into_iter().next()
    }

    /// Every value at this place, in the body's order.
    pub(super) fn find_all<'v>(&self, row: &'v Value, top: &'v Value) -> Vec<&'v Value> {
        let start = if self.from_top { top } else { row };
        self.path.query(start).all().into_iter().filter(|value| !value.is_null()).collect()
    }

    /// What is listed at this place: the entries of the list there, or each of the values there.
    pub(super) fn rows<'v>(&self, row: &'v Value, top: &'v Value) -> Vec<&'v Value> {
        match self.find_all(row, top)[..] {
            [Value::Array(rows)] => rows.iter().collect(),
            ref found => found.to_vec(),
        }
    }
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
        let top = json!({"at": 7, "list": [[1, 2], [3]], "row": {"a": {"b": "x", "n": null}, "x-y": 1, "3": 2}});
        let row = &top["row"];
        let find = |text: &str| place(text).unwrap().find(row, &top).cloned();
        assert_eq!(find("a.b"), Some(json!("x")));
        assert_eq!(find("$.at"), Some(json!(7)));
        assert_eq!(find("$.list[0][-1]"), Some(json!(2)));
        assert_eq!(find("$"), Some(top.clone()));
        assert_eq!(find("x-y"), Some(json!(1)));
        assert_eq!(find("$.row.3"), Some(json!(2)));
        for absent in ["a.n", "a.c", "at", "$.list[9]", "$.list[-3]", "$.at[0]", "$.list.at"] {
            assert_eq!(find(absent), None, "{absent}");
        }
    }

    #[test]
    fn a_place_may_be_any_jsonpath() {
        let body = json!({"fields": [{"name": "plan", "value": "gold"}, {"name": "tags", "values": ["a", "b"]}],
            "cc": [], "requestors": ["ann", "ben"]});
        let all = |text: &str| place(text).unwrap().rows(&body, &body).into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(all("fields[?@.name == 'plan'].value"), [json!("gold")]);
        assert_eq!(all("$.fields[?@.name == 'tags'].values"), [json!("a"), json!("b")], "the list's entries");
        assert_eq!(all("$.fields[?@.name == 'tags'].values[*]"), [json!("a"), json!("b")], "or they themselves");
        assert_eq!(all("requestors[1:]"), [json!("ben")]);
        assert_eq!(all("$..value"), [json!("gold")]);
        assert_eq!(all("fields[?search(@.name, '^pl')].value"), [json!("gold")]);
        assert_eq!(all("cc"), Vec::<Value>::new());
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in ["", ".", "a.", "a[b]", "a[0", "a]0[", "a b", "a[0]x", "a[]", "$.a[?@.b = 1]"] {
            let why = place(text).err().unwrap_or_else(|| panic!("{text} was accepted"));
            assert!(why.contains("JSONPath") && !why.contains('\n'), "{why}");
        }
    }
}
