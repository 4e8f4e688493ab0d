//! The texts of updates: ours, and the operator's own in their place.
//!
//! A template is named `milestone/language`, such as `shipped/de`; the text that stands around every update (greeting, what
//! the customer wrote, signature, foot) is `frame/language`. An operator's template is tried out with every combination of
//! known and unknown facts when it is loaded, so a text that loads can also be sent. The template language is small on
//! purpose: a fact, a fact with a capital first letter, and conditions. Without loops, assignments and calls, what a template
//! costs is bounded by its length.
//!
//! Only `shipped` and `correction` know a version: no other template can say in which one something is (G5, truthful
//! "shipped").

mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::{blocks, files, language::Language, text};
use crate::model::{
    milestone::{MessageFact, MilestoneKind},
    topic::TopicKind,
};

const OUTPUT_MAX: usize = 32 * 1024;
const FUEL: u64 = 5_000;

/// What every milestone's text may use, beside what its row of the table of milestones lists.
const EVERYWHERE: &[MessageFact] = &[MessageFact::Kind, MessageFact::Team, MessageFact::Agent, MessageFact::Shared];

/// What a person's one text for all may use as well, and no other text of a milestone.
const BESIDE: &[MessageFact] = &[MessageFact::Name, MessageFact::FullName];

const FRAME: &str = "frame";

/// What the frame may use.
const FRAME_FACTS: &[MessageFact] = &[
    MessageFact::Name,
    MessageFact::FullName,
    MessageFact::Quote,
    MessageFact::StopUrl,
    MessageFact::AskedWhen,
    MessageFact::Shared,
    MessageFact::Kind,
    MessageFact::Team,
    MessageFact::Signature,
    MessageFact::PageUrl,
    MessageFact::Body,
];

/// What is wrong with a template, in one sentence for its author.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template {name:?} {wrong}")]
pub struct TemplateError {
    name: String,
    wrong: String,
}

impl TemplateError {
    /// What is wrong, as it follows after a template's name.
    pub fn wrong(&self) -> &str {
        &self.wrong
    }
}

/// Every template, checked.
#[derive(Clone, Debug)]
pub struct MessageTemplates {
    environment: Environment<'static>,
    /// The names of those that are the operator's.
    theirs: BTreeSet<String>,
}

impl MessageTemplates {
    /// Our own.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceLock<MessageTemplates> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let mut environment = environment();
            for (name, source) in files::messages() {
                let added = environment.add_template_owned(name, blocks::mark(&source));
                debug_assert!(added.is_ok(), "{added:?}");
            }
            Self { environment, theirs: BTreeSet::new() }
        })
    }

    /// Ours with the operator's in the place of those of the same name; the first that cannot be used is refused.
    pub fn with_overrides(overrides: Vec<(String, String)>) -> Result<Self, TemplateError> {
        let mut templates = Self::builtin().clone();
        for (name, source) in overrides {
            templates.take(&name, &source).map_err(|wrong| TemplateError { name, wrong })?;
        }
        Ok(templates)
    }

    /// These with a person's text in the place of one, for some customers alone. It may use their name as well.
    pub fn with_one(&self, milestone: MilestoneKind, language: Language, source: &str) -> Result<Self, TemplateError> {
        let mut templates = self.clone();
        let name = name(Some(milestone), language);
        let stripped = source::strip(source);
        let linked: Vec<String> = stripped.lines().map(blocks::with_addresses_beside_facts).collect();
        let facts = [&facts(Some(milestone))[..], BESIDE].concat();
        let taken = source::check(source).and_then(|()| templates.put(&name, &linked.join("\n"), &facts));
        taken.map_err(|wrong| TemplateError { name, wrong })?;
        Ok(templates)
    }

    /// A milestone's text for a person to go on with: what is `known` is written out, and what differs between customers stands as
    /// the fact that it is.
    pub(super) fn outline(
        &self,
        milestone: MilestoneKind,
        language: Language,
        known: impl Fn(MessageFact) -> Option<String>,
    ) -> Result<String, TemplateError> {
        let shown = self.render(Some(milestone), language, |fact| match fact {
            MessageFact::WorksUrl | MessageFact::StillBrokenUrl => Some(blocks::stand_in(fact)),
            MessageFact::Elapsed => Some(format!("{{{{ {fact} }}}}")),
            fact => known(fact),
        })?;
        Ok(blocks::RenderedMessage::read(&shown).source())
    }

    /// Our own sources by name, to start a template from.
    pub fn sources() -> BTreeMap<String, String> {
        files::messages().into_iter().collect()
    }

    /// Fills one template in; `None` is the frame. `value` is what is known of the customer and the milestone.
    pub(super) fn render(
        &self,
        milestone: Option<MilestoneKind>,
        language: Language,
        value: impl Fn(MessageFact) -> Option<String>,
    ) -> Result<String, TemplateError> {
        let name = name(milestone, language);
        let beside = if milestone.is_some() { BESIDE } else { &[] };
        let known = [&facts(milestone)[..], beside].concat();
        self.fill(&name, &known, value).map_err(|wrong| TemplateError { name, wrong })
    }

    /// Whether the operator wrote everything that a customer reads of a milestone in a language. Then no review of ours is
    /// needed before it goes out.
    pub(super) fn are_theirs(&self, milestone: MilestoneKind, language: Language) -> bool {
        [Some(milestone), None].into_iter().all(|milestone| self.theirs.contains(&name(milestone, language)))
    }

    /// Whether a milestone's text asks about a fact, or shows it.
    pub(super) fn names(&self, fact: MessageFact, milestone: MilestoneKind, language: Language) -> bool {
        self.used(&name(Some(milestone), language)).is_ok_and(|used| used.contains(fact.as_str()))
    }

    fn take(&mut self, name: &str, source: &str) -> Result<(), String> {
        let (milestone, _) = parse(name).ok_or("is not of the form milestone/language, such as shipped/en")?;
        source::check(source)?;
        self.put(name, &source::strip(source), &facts(milestone))?;
        self.theirs.insert(name.to_owned());
        Ok(())
    }

    /// Puts a source in its place, which may use these facts.
    fn put(&mut self, name: &str, source: &str, facts: &[MessageFact]) -> Result<(), String> {
        let marked = blocks::mark(source);
        self.environment.add_template_owned(name.to_owned(), marked).map_err(|error| sentence_of(&error))?;
        self.check_names(name, facts)?;
        self.try_out(name, facts)
    }

    /// The facts that a template names.
    fn used(&self, name: &str) -> Result<BTreeSet<String>, String> {
        let template = self.environment.get_template(name).map_err(|error| sentence_of(&error))?;
        Ok(template.undeclared_variables(false).into_iter().collect())
    }

    fn check_names(&self, name: &str, facts: &[MessageFact]) -> Result<(), String> {
        let used = self.used(name)?;
        let known: BTreeSet<_> = facts.iter().map(|fact| fact.as_str().to_owned()).collect();
        if let Some(unknown) = used.difference(&known).next() {
            let known = known.iter().cloned().collect::<Vec<_>>().join(", ");
            return Err(format!("uses {unknown:?}, which is not known here; known are {known}"));
        }
        match facts.iter().find(|fact| fact.has_to_be_used() && !used.contains(fact.as_str())) {
            Some(fact) => {
                Err(format!("never uses {:?}, without which the customer cannot answer or look", fact.as_str()))
            }
            None => Ok(()),
        }
    }

    /// Fills it in with every combination of known and unknown facts, of those that it uses.
    fn try_out(&self, name: &str, facts: &[MessageFact]) -> Result<(), String> {
        let used = self.used(name)?;
        let is_open = |fact: &&MessageFact| !fact.is_always_known() && used.contains(fact.as_str());
        let optional: Vec<_> = facts.iter().filter(is_open).collect();
        for known in 0..1_u32 << optional.len() {
            for kind in TopicKind::ALL {
                let shown = self.fill(name, facts, |fact| match optional.iter().position(|other| **other == fact) {
                    Some(at) if known >> at & 1 == 0 => None,
                    _ if fact == MessageFact::Kind => Some(kind.as_str().to_owned()),
                    _ if fact.as_str().ends_with("_url") => blocks::address("https://example.test/c/1"),
                    _ => Some("example".to_owned()),
                })?;
                if blocks::RenderedMessage::read(&shown).text().trim().is_empty() {
                    return Err("is empty for some customers".to_owned());
                }
            }
        }
        Ok(())
    }

    fn fill(
        &self,
        name: &str,
        facts: &[MessageFact],
        value: impl Fn(MessageFact) -> Option<String>,
    ) -> Result<String, String> {
        let template = self.environment.get_template(name).map_err(|error| sentence_of(&error))?;
        let context = Value::from_pairs(facts.iter().map(|fact| (fact.as_str(), Value::from(value(*fact)))));
        let shown = template.render(context).map_err(|error| sentence_of(&error))?;
        if shown.len() > OUTPUT_MAX { Err(format!("gives more than {OUTPUT_MAX} bytes")) } else { Ok(shown) }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_formatter(show);
    environment.add_filter("capital", |word: &str| text::capital(word));
    environment
}

/// Writes a fact as it is (HTML is made and escaped later). Using one that is not known is the template's mistake.
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

fn facts(milestone: Option<MilestoneKind>) -> Vec<MessageFact> {
    match milestone {
        Some(milestone) => [milestone.rules().facts, EVERYWHERE].concat(),
        None => FRAME_FACTS.to_vec(),
    }
}

fn parse(name: &str) -> Option<(Option<MilestoneKind>, Language)> {
    let (folder, code) = name.split_once('/')?;
    let language = Language::parse(code)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, source: &str) -> String {
        let refused = MessageTemplates::with_overrides(vec![(name.to_owned(), source.to_owned())]);
        refused.expect_err("this template must be refused").to_string()
    }

    #[test]
    fn our_own_templates_pass_the_check_for_operators() {
        MessageTemplates::with_overrides(files::messages())
            .expect("every template renders with every combination of unknown facts");
    }

    #[test]
    fn every_milestone_has_its_text_in_every_language_and_no_text_is_left_over() {
        let milestones = MilestoneKind::ALL.iter().copied().map(Some).chain([None]);
        let languages = |milestone| Language::ALL.iter().map(move |language| name(milestone, *language));
        let expected: BTreeSet<String> = milestones.flat_map(languages).collect();
        let found: BTreeSet<String> = files::messages().into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, expected, "templates/messages/");
    }

    #[test]
    fn what_is_wrong_is_said_in_one_sentence() {
        assert_eq!(
            refused("shiped/en", "x"),
            r#"template "shiped/en" is not of the form milestone/language, such as shipped/en"#
        );
        assert_eq!(
            refused("planned/en", "It is in {{ version }}."),
            r#"template "planned/en" uses "version", which is not known here; known are agent, kind, shared, team"#
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
        let texts = MilestoneKind::ALL.iter().copied().map(Some).chain([None]);
        let usable: BTreeSet<MessageFact> = texts.flat_map(facts).collect();
        for fact in MessageFact::ALL {
            assert!(usable.contains(fact), "no text may use {fact}");
            let row = page.lines().find(|line| line.starts_with(&format!("| `{fact}` |")));
            let row = row.unwrap_or_else(|| panic!("docs/messages.md does not explain {fact}"));
            assert_eq!(row.contains("| yes |"), fact.is_always_known(), "{row}");
            assert_eq!(row.contains("has to be used"), fact.has_to_be_used(), "{row}");
        }
    }

    #[test]
    fn a_persons_one_text_may_use_the_name_and_has_to_work_for_all() {
        let one = |source: &str| {
            let templates = MessageTemplates::builtin().with_one(MilestoneKind::Planned, Language::English, source);
            templates.map_err(|refused| refused.wrong().to_owned())
        };
        let said = "{% if name %}{{ name }}, we{% else %}We{% endif %} plan it: https://acme.test/plan.";
        for (known, expected) in [(true, "Ana, we plan it"), (false, "We plan it")] {
            let value = |fact| match fact {
                MessageFact::Name => known.then(|| "Ana".to_owned()),
                MessageFact::Kind => Some("bug".to_owned()),
                _ => None,
            };
            let shown = one(said).unwrap().render(Some(MilestoneKind::Planned), Language::English, value).unwrap();
            let message = blocks::RenderedMessage::read(&shown);
            assert!(message.text().starts_with(expected), "{}", message.text());
            assert!(message.html().contains("<a href=\"https://acme.test/plan\">"), "{}", message.html());
        }
        assert!(one("In {{ versoin }}.").unwrap_err().contains("uses \"versoin\", which is not known here"));
        assert!(one("{{ name }}, we plan it.").unwrap_err().contains("without asking `if` first"));
        assert_eq!(one("  \n").unwrap_err(), "is empty for some customers");
        assert!(refused("planned/en", "{% if name %}x{% endif %}y").contains("uses \"name\""), "only there");
    }

    #[test]
    fn a_text_to_go_on_with_is_a_text_that_can_be_used() {
        let templates = MessageTemplates::builtin();
        for milestone in MilestoneKind::ALL {
            for language in Language::ALL {
                let outline = templates.outline(*milestone, *language, |fact| match fact {
                    MessageFact::Kind => Some("bug".to_owned()),
                    MessageFact::Team => Some("Acme support".to_owned()),
                    MessageFact::Version => Some("2.4.0".to_owned()),
                    MessageFact::Words => Some("Choose A4.".to_owned()),
                    _ => None,
                });
                let outline = outline.unwrap();
                assert!(!outline.contains("{%"), "{milestone} {language:?}: {outline}");
                templates.with_one(*milestone, *language, &outline).unwrap();
            }
        }
    }

    #[test]
    fn an_override_takes_the_place_of_ours() {
        let templates = MessageTemplates::with_overrides(vec![("planned/en".into(), "Soon, says {{ team }}.".into())]);
        let value = |fact| match fact {
            MessageFact::Team => Some("Acme".to_owned()),
            MessageFact::Kind => Some("bug".to_owned()),
            _ => None,
        };
        let templates = templates.expect("a fine template");
        let shown = templates.render(Some(MilestoneKind::Planned), Language::English, value);
        assert_eq!(shown.as_deref().map(str::trim), Ok("Soon, says Acme."));
    }
}
