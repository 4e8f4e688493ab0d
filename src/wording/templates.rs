//! The texts of updates: ours, and the operator's own in their place.
//!
//! A template is named `milestone/language`, such as `shipped/de`; the text that stands around every update (greeting, what
//! the customer wrote, signature, foot) is `frame/language`. An operator's template is tried out with every combination of
//! present and absent facts when it is loaded, so a text that starts also sends. Its language is deliberately poor: a fact,
//! a fact with a large first letter, and conditions. Without loops, assignments and calls its cost is bounded by its length.
//!
//! Only `shipped` and `correction` know a version: no other template can say in which one something is (G5).

mod source;

use std::{collections::BTreeSet, sync::OnceLock};

use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::{blocks, language::Language, say};
use crate::model::milestone::MilestoneKind;

const OUTPUT_MAX: usize = 32 * 1024;
const FUEL: u64 = 5_000;

/// The facts that a milestone's template may use, and whether each is always there.
fn facts_of(milestone: MilestoneKind) -> Vec<(&'static str, bool)> {
    let own: &[(&str, bool)] = match milestone {
        MilestoneKind::Shipped => &[
            ("summary", false),
            ("version", false),
            ("released_when", false),
            ("release_url", false),
            ("helped", false),
            ("still_broken_when", false),
            ("told_when", false),
            ("works_url", true),
            ("still_broken_url", true),
        ],
        MilestoneKind::Correction => &[("words", false), ("version", false)],
        MilestoneKind::Workaround | MilestoneKind::Declined | MilestoneKind::Reopened => &[("words", false)],
        MilestoneKind::Silence => &[("words", false), ("elapsed", true)],
        _ => &[],
    };
    own.iter().chain(&[("kind", true), ("team", true), ("agent", false)]).copied().collect()
}

const FRAME: &str = "frame";

/// What the frame may use.
const FRAME_FACTS: &[(&str, bool)] = &[
    ("name", false),
    ("full_name", false),
    ("quote", false),
    ("stop_url", false),
    ("asked_when", true),
    ("kind", true),
    ("team", true),
    ("signature", true),
    ("page_url", true),
    ("body", true),
];

/// What is wrong with a template, in one sentence for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template {name:?} {wrong}")]
pub struct Refused {
    name: String,
    wrong: String,
}

/// Every template, checked.
#[derive(Clone, Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// The names of those that are the operator's.
    theirs: BTreeSet<String>,
}

impl Templates {
    /// Our own.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<Templates> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let mut environment = environment();
            for (name, source) in sources() {
                let added = environment.add_template_owned(name, blocks::mark(source));
                debug_assert!(added.is_ok(), "{added:?}");
            }
            Self { environment, theirs: BTreeSet::new() }
        })
    }

    /// Ours with the operator's in the place of those of the same name; the first that cannot be used is refused.
    pub fn with_overrides(overrides: Vec<(String, String)>) -> Result<Self, Refused> {
        let mut templates = Self::builtin().clone();
        for (name, source) in overrides {
            templates.take(&name, &source).map_err(|wrong| Refused { name, wrong })?;
        }
        Ok(templates)
    }

    /// Our own sources with their names, to start a template from.
    pub fn sources() -> impl Iterator<Item = (String, &'static str)> {
        sources()
    }

    /// Fills one template in. `values` are the facts that are there.
    pub(super) fn render(
        &self,
        milestone: Option<MilestoneKind>,
        language: Language,
        values: &[(&'static str, String)],
    ) -> Result<String, Refused> {
        let name = name(milestone, language);
        let filled = self.fill(&name, &facts(milestone), |fact| {
            values.iter().find(|(name, _)| *name == fact).map(|(_, value)| value.clone())
        });
        filled.map_err(|wrong| Refused { name, wrong })
    }

    fn take(&mut self, name: &str, source: &str) -> Result<(), String> {
        let (milestone, _) = parse(name).ok_or("is not of the form milestone/language, such as shipped/en")?;
        source::check(source)?;
        let source = blocks::mark(&source::strip(source));
        self.environment.add_template_owned(name.to_owned(), source).map_err(|error| sentence_of(&error))?;
        let facts = facts(milestone);
        self.check_names(name, &facts)?;
        self.try_out(name, &facts)?;
        self.theirs.insert(name.to_owned());
        Ok(())
    }

    /// Whether the operator wrote all that a customer reads of a milestone in a language, so that nobody else has to have.
    pub(super) fn are_theirs(&self, milestone: MilestoneKind, language: Language) -> bool {
        [Some(milestone), None].into_iter().all(|milestone| self.theirs.contains(&name(milestone, language)))
    }

    fn check_names(&self, name: &str, facts: &[(&'static str, bool)]) -> Result<(), String> {
        let template = self.environment.get_template(name).map_err(|error| sentence_of(&error))?;
        let used: BTreeSet<_> = template.undeclared_variables(false).into_iter().collect();
        let known: BTreeSet<_> = facts.iter().map(|(fact, _)| (*fact).to_owned()).collect();
        if let Some(unknown) = used.difference(&known).next() {
            let known = known.iter().cloned().collect::<Vec<_>>().join(", ");
            return Err(format!("uses {unknown:?}, which is not known here; known are {known}"));
        }
        for needed in ["body", "page_url", "works_url", "still_broken_url"] {
            if known.contains(needed) && !used.contains(needed) {
                return Err(format!("never uses {needed:?}, without which the customer cannot answer or look"));
            }
        }
        Ok(())
    }

    /// Fills it in with every combination of present and absent facts.
    fn try_out(&self, name: &str, facts: &[(&'static str, bool)]) -> Result<(), String> {
        let optional: Vec<_> = facts.iter().filter(|(_, always)| !always).map(|(fact, _)| *fact).collect();
        for present in 0..1_u32 << optional.len() {
            for kind in ["bug", "feature_request", "question"] {
                let shown = self.fill(name, facts, |fact| match optional.iter().position(|other| *other == fact) {
                    Some(at) if present >> at & 1 == 0 => None,
                    _ if fact == "kind" => Some(kind.to_owned()),
                    _ if fact.ends_with("_url") => blocks::address("https://example.test/c/1"),
                    _ => Some("example".to_owned()),
                })?;
                if blocks::Message::read(&shown).text().trim().is_empty() {
                    return Err("is empty for some customers".to_owned());
                }
            }
        }
        Ok(())
    }

    fn fill(
        &self,
        name: &str,
        facts: &[(&'static str, bool)],
        value: impl Fn(&str) -> Option<String>,
    ) -> Result<String, String> {
        let template = self.environment.get_template(name).map_err(|error| sentence_of(&error))?;
        let context = Value::from_pairs(facts.iter().map(|(fact, _)| (*fact, Value::from(value(fact)))));
        let shown = template.render(context).map_err(|error| sentence_of(&error))?;
        if shown.len() > OUTPUT_MAX { Err(format!("gives more than {OUTPUT_MAX} bytes")) } else { Ok(shown) }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(show);
    environment.add_filter("capital", |text: &str| say::capital(text));
    environment
}

/// Writes a fact as it is (HTML is made and escaped later); one that is absent is a mistake of the template.
fn show(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) => out.write_str(text).map_err(Error::from),
        None => Err(Error::new(
            ErrorKind::UndefinedError,
            "shows a fact that is not always there without asking `if` first",
        )),
    }
}

fn name(milestone: Option<MilestoneKind>, language: Language) -> String {
    format!("{}/{}", milestone.map_or(FRAME, MilestoneKind::as_str), language.code())
}

fn facts(milestone: Option<MilestoneKind>) -> Vec<(&'static str, bool)> {
    milestone.map_or_else(|| FRAME_FACTS.to_vec(), facts_of)
}

fn parse(name: &str) -> Option<(Option<MilestoneKind>, Language)> {
    let (folder, code) = name.split_once('/')?;
    let language = Language::ALL.iter().copied().find(|language| language.code() == code)?;
    if folder == FRAME {
        return Some((None, language));
    }
    Some((Some(MilestoneKind::parse(folder)?), language))
}

fn sentence_of(error: &Error) -> String {
    match (error.kind(), error.detail()) {
        (ErrorKind::UndefinedError, Some(detail)) => detail.to_owned(),
        (ErrorKind::OutOfFuel, _) => "takes too long".to_owned(),
        (ErrorKind::TemplateNotFound, _) => "does not exist".to_owned(),
        (_, detail) => format!("cannot be read: {}", detail.unwrap_or("its syntax is wrong")),
    }
}

fn sources() -> impl Iterator<Item = (String, &'static str)> {
    source::BUILTIN.iter().map(|(folder, code, source)| (format!("{folder}/{code}"), *source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, source: &str) -> String {
        let refused = Templates::with_overrides(vec![(name.to_owned(), source.to_owned())]);
        refused.expect_err("this template must be refused").to_string()
    }

    #[test]
    fn our_own_templates_pass_the_check_for_operators() {
        let ours = sources().map(|(name, source)| (name, source.to_owned())).collect::<Vec<_>>();
        assert_eq!(ours.len(), Language::ALL.len() * (MilestoneKind::ALL.len() + 1));
        Templates::with_overrides(ours).expect("every template renders with every combination of absent facts");
    }

    #[test]
    fn what_is_wrong_is_said_in_one_sentence() {
        assert_eq!(
            refused("shiped/en", "x"),
            r#"template "shiped/en" is not of the form milestone/language, such as shipped/en"#
        );
        assert_eq!(
            refused("planned/en", "It is in {{ version }}."),
            r#"template "planned/en" uses "version", which is not known here; known are agent, kind, team"#
        );
        assert_eq!(
            refused("declined/en", "We will not, because {{ words }}"),
            r#"template "declined/en" shows a fact that is not always there without asking `if` first"#
        );
        assert!(refused("planned/en", "{% set a = 1 %}").contains("holds \"{% set a = 1 %}\"; allowed are"));
        assert!(refused("planned/en", "{% if kind %}").contains("cannot be read"));
        assert!(refused("planned/en", "{%}").contains("never closes"));
        assert!(refused("planned/en", "{% if kind").contains("never closes"));
        assert!(refused("planned/en", "{{ team * 5000 }}").contains("allowed are"));
        assert!(refused("planned/en", &"x".repeat(9_000)).contains("larger than"));
        assert!(refused("planned/en", "{% if kind == \"bug\" %}x{% endif %}").contains("is empty for some customers"));
        assert!(refused("shipped/en", "It is out.").contains("never uses \"works_url\""));
    }

    #[test]
    fn every_fact_is_explained_to_those_who_write_their_own_texts() {
        let page = include_str!("../../docs/messages.md");
        let milestones = MilestoneKind::ALL.iter().flat_map(|kind| facts_of(*kind));
        for (fact, always) in milestones.chain(FRAME_FACTS.iter().copied()) {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{fact}` |")));
            let row = row.unwrap_or_else(|| panic!("docs/messages.md does not explain {fact}"));
            assert_eq!(row.contains("| yes |"), always, "{row}");
        }
    }

    #[test]
    fn an_override_takes_the_place_of_ours() {
        let templates = Templates::with_overrides(vec![("planned/en".into(), "Soon, says {{ team }}.".into())]);
        let shown = templates.expect("a fine template").render(
            Some(MilestoneKind::Planned),
            Language::English,
            &[("team", "Acme".into()), ("kind", "bug".into())],
        );
        assert_eq!(shown.as_deref().map(str::trim), Ok("Soon, says Acme."));
    }
}
