//! Conditions on a body: `{ at = "type", in = ["a", "b"] }`, `{ at = "user", empty = true }`, `{ at = "creator", same_as =
//! "$.ticket.requester" }`, `{ at = "subject", begins_with = ["[Bug]"] }`, `{ at = "to", contains = ["@acme.test"] }`. If one has
//! several tests, all have to pass.
//!
//! A place may hold a text, or a list or an object of them. Each text in it is looked at, however deep it lies, so that a condition
//! never fails only because a helpdesk wraps its values. What cannot be decided is [`ConditionAnswer::Unclear`], and whoever asks takes the
//! safe side (G6, nothing private leaves): shared, not public, not the customer's.

use serde::Deserialize;
use serde_json::Value;

use super::{
    field::{SettingWord, shown},
    place::BodyPlace,
};
use crate::helpdesk::lenient;

/// Whether a condition is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConditionAnswer {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The body has something there that the condition does not fit.
    Unclear,
}

impl ConditionAnswer {
    fn of(is: bool) -> Self {
        if is { Self::Yes } else { Self::No }
    }

    /// True if one is; unclear if one may be.
    fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().fold(Self::No, |so_far, answer| match (so_far, answer) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unclear, _) | (_, Self::Unclear) => Self::Unclear,
            (Self::No, Self::No) => Self::No,
        })
    }

    fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::any(answers.into_iter().map(Self::not)).not()
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unclear => Self::Unclear,
        }
    }
}

/// Whether one of the conditions is true for one of the texts at its place.
pub(super) fn one_of(conditions: &[Condition], row: &Value, top: &Value) -> ConditionAnswer {
    ConditionAnswer::any(conditions.iter().map(|condition| condition.answer(row, top, Texts::One)))
}

/// How many of the texts at a place have to pass a test.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Texts {
    One,
    All,
}

/// A condition on a body. See the module.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Condition {
    at: BodyPlace,
    #[serde(rename = "in")]
    among: Option<Vec<SettingWord>>,
    not_in: Option<Vec<SettingWord>>,
    begins_with: Option<Vec<String>>,
    contains: Option<Vec<String>>,
    same_as: Option<BodyPlace>,
    empty: Option<bool>,
}

impl Condition {
    /// Whether it is surely true, for every text at the place.
    pub(super) fn holds_for_all(&self, row: &Value, top: &Value) -> bool {
        self.answer(row, top, Texts::All) == ConditionAnswer::Yes
    }

    /// A condition without a test is true if the place has a value.
    fn answer(&self, row: &Value, top: &Value, texts: Texts) -> ConditionAnswer {
        let found = self.at.find_all(row, top);
        let is_empty = found.iter().all(|value| **value == "" || **value == Value::Array(Vec::new()));
        let inside = TextsWithin::of(&found);
        let among = |words: &Vec<SettingWord>| inside.pass(texts, |text| listed(words, text));
        let begins = |words: &Vec<String>| {
            inside.pass(texts, |text| {
                ConditionAnswer::of(words.iter().any(|word| shown(text).starts_with(word.as_str())))
            })
        };
        let has = |words: &Vec<String>| {
            inside.pass(texts, |text| ConditionAnswer::of(words.iter().any(|word| shown(text).contains(word.as_str()))))
        };
        let tests = [
            self.among.as_ref().map(among),
            self.not_in.as_ref().map(|words| inside.pass(texts, |text| listed(words, text).not())),
            self.begins_with.as_ref().map(begins),
            self.contains.as_ref().map(has),
            self.same_as.as_ref().map(|other| same(&found, &other.find_all(row, top))),
            self.empty.map(|empty| ConditionAnswer::of(empty == is_empty)),
        ];
        if tests.iter().all(Option::is_none) {
            return ConditionAnswer::of(!is_empty);
        }
        ConditionAnswer::all(tests.into_iter().flatten())
    }
}

/// Whether a value is one of the words: a yes or no in any of its spellings, anything else as it is written.
fn listed(words: &[SettingWord], value: &Value) -> ConditionAnswer {
    let text = shown(value);
    ConditionAnswer::any(words.iter().map(|word| {
        let flag = match word {
            SettingWord::Flag(flag) => Some(*flag),
            SettingWord::Text(word) => word.parse().ok(),
            SettingWord::Number(_) => None,
        };
        match (flag, lenient::flag(value)) {
            (Some(flag), Some(said)) => ConditionAnswer::of(flag == said),
            (Some(_), None) if !text.is_empty() => ConditionAnswer::Unclear,
            _ => ConditionAnswer::of(String::from(word.clone()) == text),
        }
    }))
}

/// What lies within the values at a place: texts, numbers and flags, and the names of an object's members.
#[derive(Default)]
struct TextsWithin<'v> {
    texts: Vec<&'v Value>,
    names: Vec<Value>,
}

/// A place without a value is looked at as a text without characters.
const NOTHING: &Value = &Value::String(String::new());

impl<'v> TextsWithin<'v> {
    fn of(found: &[&'v Value]) -> Self {
        let mut inside = Self::default();
        for value in found {
            inside.add(value);
        }
        if inside.texts.is_empty() {
            inside.texts.push(NOTHING);
        }
        inside
    }

    fn add(&mut self, value: &'v Value) {
        match value {
            Value::Array(members) => members.iter().for_each(|member| self.add(member)),
            Value::Object(members) => {
                for (name, member) in members {
                    self.names.push(Value::String(name.clone()));
                    self.add(member);
                }
            }
            text => self.texts.push(text),
        }
    }

    /// Whether one passes the test, or all do. What stands only as a member's name may mean anything, and so does an object where
    /// all have to pass: which of its members counts is not said.
    fn pass(&self, texts: Texts, test: impl Fn(&Value) -> ConditionAnswer) -> ConditionAnswer {
        let answers = self.texts.iter().map(|text| test(text));
        match texts {
            Texts::All if !self.names.is_empty() => ConditionAnswer::Unclear,
            Texts::All => ConditionAnswer::all(answers),
            Texts::One => match ConditionAnswer::any(answers) {
                ConditionAnswer::No if self.names.iter().any(|name| test(name) == ConditionAnswer::Yes) => {
                    ConditionAnswer::Unclear
                }
                answer => answer,
            },
        }
    }

    /// The only text, if there is no other and it is in no object.
    fn only(&self) -> Option<String> {
        match self.texts[..] {
            [text] if self.names.is_empty() => Some(shown(text)),
            _ => None,
        }
    }
}

/// Whether two places have the same value. Two that are empty say nothing, and are not the same.
fn same(one: &[&Value], other: &[&Value]) -> ConditionAnswer {
    let (here, there) = (TextsWithin::of(one), TextsWithin::of(other));
    if let (Some(here), Some(there)) = (here.only(), there.only()) {
        return ConditionAnswer::of(here == there && !here.is_empty());
    }
    let says_something = here.texts.iter().any(|text| !shown(text).is_empty());
    let in_common = here.texts.iter().any(|text| there.texts.iter().any(|other| shown(text) == shown(other)));
    if one == other && says_something {
        return ConditionAnswer::Yes;
    }
    if in_common { ConditionAnswer::Unclear } else { ConditionAnswer::No }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Case {
        when: Condition,
    }

    fn read(text: &str) -> Condition {
        toml::from_str::<Case>(&format!("when = {text}")).unwrap().when
    }

    #[test]
    fn a_condition_holds_as_it_is_written() {
        let body = json!({"type": "Status", "by": "ann", "ann": "ann", "n": 1, "none": null, "list": []});
        let holds = |text: &str| one_of(&[read(text)], &body, &body);
        for yes in [
            "{ at = 'type' }",
            "{ at = 'type', in = ['Status'] }",
            "{ at = 'n', in = [1] }",
            "{ at = 'type', not_in = ['x'] }",
            "{ at = 'none', empty = true }",
            "{ at = 'list', empty = true }",
            "{ at = 'by', same_as = '$.ann' }",
            "{ at = 'type', begins_with = ['x', 'Sta'] }",
            "{ at = 'type', contains = ['tat'] }",
        ] {
            assert_eq!(holds(yes), ConditionAnswer::Yes, "{yes}");
            assert!(read(yes).holds_for_all(&body, &body), "{yes}");
        }
        for no in [
            "{ at = 'none' }",
            "{ at = 'type', in = ['x'] }",
            "{ at = 'none', same_as = 'gone' }",
            "{ at = 'type', empty = true }",
            "{ at = 'by', same_as = 'type' }",
            "{ at = 'type', begins_with = ['tat'] }",
            "{ at = 'type', contains = ['x'], empty = false }",
        ] {
            assert_eq!(holds(no), ConditionAnswer::No, "{no}");
            assert!(!read(no).holds_for_all(&body, &body), "{no}");
        }
    }

    #[test]
    fn a_condition_looks_at_all_that_is_wrapped_in_a_list_or_an_object() {
        let to =
            |to: Value| one_of(&[read("{ at = 'to', contains = ['@acme.test'] }")], &json!({ "to": to }), &json!({}));
        for yes in [
            json!("ann@acme.test"),
            json!(["ben@other.test", "ann@acme.test"]),
            json!([{"address": "ann@acme.test", "name": "Ann"}]),
            json!({"all": [["ann@acme.test"]]}),
        ] {
            assert_eq!(to(yes.clone()), ConditionAnswer::Yes, "{yes}");
        }
        assert_eq!(to(json!({"ann@acme.test": {"copied": true}})), ConditionAnswer::Unclear);
        for no in [json!(["ben@other.test"]), json!(7), json!(1.5), json!({"a": [null, true]}), json!([])] {
            assert_eq!(to(no.clone()), ConditionAnswer::No, "{no}");
        }
        let many = json!({"copies": [{"mail": "ben@other.test"}, {"mail": "ann@acme.test"}]});
        assert_eq!(
            one_of(&[read("{ at = 'copies[*].mail', contains = ['@acme'] }")], &many, &many),
            ConditionAnswer::Yes
        );
    }

    #[test]
    fn what_holds_for_some_only_never_holds_for_all() {
        let by = |by: Value| read("{ at = 'by', in = ['customer'] }").holds_for_all(&json!({ "by": by }), &json!({}));
        assert!(by(json!("customer")) && by(json!(["customer"])));
        for not_surely in [
            json!(["customer", "agent"]),
            json!({"type": "customer"}),
            json!({"customer": false}),
            json!(null),
            json!([null, "customer"]),
        ] {
            assert!(!by(not_surely.clone()), "{not_surely}");
        }
        let no_agent =
            |by: Value| read("{ at = 'by', not_in = ['agent'] }").holds_for_all(&json!({ "by": by }), &json!({}));
        assert!(no_agent(json!("customer")) && !no_agent(json!(["x", "agent"])) && !no_agent(json!({"type": "agent"})));
    }

    #[test]
    fn two_places_are_the_same_if_they_say_the_same() {
        let same = |by: Value, from: Value| {
            let body = json!({"by": by, "from": from});
            one_of(&[read("{ at = 'by', same_as = '$.from' }")], &body, &body)
        };
        for (by, from) in [
            (json!("ann"), json!("ann")),
            (json!(7), json!("7")),
            (json!(["ann"]), json!("ann")),
            (json!({"id": 7, "name": "Ann"}), json!({"id": 7, "name": "Ann"})),
        ] {
            assert_eq!(same(by.clone(), from.clone()), ConditionAnswer::Yes, "{by} {from}");
        }
        for (by, from) in [
            (json!({"id": 7, "name": "Ann"}), json!({"id": 7, "name": "Ann Doe"})),
            (json!(["ann", "sam"]), json!("ann")),
        ] {
            assert_eq!(same(by.clone(), from.clone()), ConditionAnswer::Unclear, "{by} {from}");
        }
        for (by, from) in [
            (json!({"id": 84}), json!({"id": 7})),
            (json!([]), json!([])),
            (json!({}), json!({})),
            (json!(""), json!("")),
            (json!({"id": 84}), json!(null)),
        ] {
            assert_eq!(same(by.clone(), from.clone()), ConditionAnswer::No, "{by} {from}");
        }
    }

    #[test]
    fn a_yes_is_read_in_every_spelling_and_what_is_neither_is_unclear() {
        let shared = |value: Value| one_of(&[read("{ at = 's', in = [true] }")], &json!({ "s": value }), &json!({}));
        for yes in
            [json!(true), json!("true"), json!("True"), json!(1), json!(1.0), json!("1"), json!("yes"), json!([true])]
        {
            assert_eq!(shared(yes.clone()), ConditionAnswer::Yes, "{yes}");
        }
        for no in [json!(false), json!("no"), json!(0), json!(null), json!(""), json!([])] {
            assert_eq!(shared(no.clone()), ConditionAnswer::No, "{no}");
        }
        for neither in [json!("with colleagues"), json!(["a"]), json!({"with": ["ben"]})] {
            assert_eq!(shared(neither.clone()), ConditionAnswer::Unclear, "{neither}");
        }
    }
}
