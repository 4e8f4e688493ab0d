//! The repositories where issues are filed, which topics go to which, and what counts as released in each.

use std::time::Duration;

use regex::Regex;

use super::{
    error::ConfigError,
    fields::{SectionFields, SectionPlace, SettingsReader},
    spec::{Section, SettingSpec},
    value::{flag, minutes, parsed, pattern, text, texts},
};
use crate::model::{issue::Repository, release::ReleaseSource, topic};

/// `[[repositories]]`.
pub const SECTION: Section = Section {
    name: "repositories",
    many: true,
    about: "One for each repository. A topic goes to the first repository with a matching `route`, else to the default.",
    settings: &[
        SettingSpec::required("name", "OWNER/NAME", "The repository."),
        SettingSpec::unset(
            "default",
            "it is the default where it is the only repository",
            "true or false",
            "Whether topics go here that no `route` sends elsewhere. If there are several repositories, exactly one is the \
             default.",
        ),
        SettingSpec::value(
            "release",
            "releases",
            "releases, tags, deployments, milestone or stated",
            "What counts as released: a published release, a version tag, a successful deployment, a closed milestone that \
             a person confirms, or only what CI or a person states.",
        ),
        SettingSpec::unset(
            "hold_minutes",
            "`tell.hold_minutes`",
            "a whole number of minutes from 0 to 10080",
            "How long customers are not told after a release, so that there is time to take it back.",
        ),
        SettingSpec::value(
            "environment",
            "production",
            "the environment's name on GitHub",
            "The environment whose deployments count if `release` is deployments.",
        ),
        SettingSpec::value("include_prereleases", "false", "true or false", "Whether a prerelease counts as released."),
        SettingSpec::value("labels", "", "a list of labels", "Labels for every issue that Heard files here."),
        SettingSpec::value(
            "review",
            "false",
            "true or false",
            "Whether a person sees what Heard would write into a new issue here, and lets it go, before it is filed. What Heard \
             adds to a filed issue later is not reviewed.",
        ),
    ],
};

/// `[[repositories.components]]`.
pub const COMPONENTS: Section = Section {
    name: "repositories.components",
    many: true,
    about: "For a repository whose components are released separately. A release counts for a fix only if its tag matches \
            `tag` and the fix changed one of `paths`. A fix of several components is out when each of them is released. A fix \
            of no component waits for a person.",
    settings: &[
        SettingSpec::required("name", "a name", "The component's name."),
        SettingSpec::required("tag", "a regular expression such as ^api-v", "Matches the component's tags."),
        SettingSpec::value("paths", "", "a list of folders or files", "What belongs to the component."),
    ],
};

/// `[[repositories.route]]`.
pub const ROUTE: Section = Section {
    name: "repositories.route",
    many: true,
    about: "Sends a topic to this repository. Everything that a rule names has to match; a rule that names nothing is refused.",
    settings: &[
        SettingSpec::unset("brand", "any", "a brand, as a connection names it", "The topic's brand."),
        SettingSpec::unset("kind", "any", "bug, feature_request or question", "The topic's kind."),
        SettingSpec::unset("tag", "any", "a tag of the helpdesk", "A tag of one of the topic's tickets."),
    ],
};

/// One repository.
#[derive(Clone, Debug)]
pub struct RepositorySettings {
    /// `owner/name`.
    pub name: Repository,
    /// Whether this is where topics go that no route sends elsewhere.
    pub default: bool,
    /// What counts as released.
    pub release: ReleaseSource,
    /// How long a fix must have been out before customers are told.
    pub hold: Duration,
    /// The environment whose deployments count.
    pub environment: String,
    /// Whether a prerelease counts.
    pub include_prereleases: bool,
    /// Labels for every issue that Heard files.
    pub labels: Vec<String>,
    /// Whether a person sees what goes into a new issue before it is filed.
    pub review: bool,
    /// The components that are released separately; empty if the repository is released as a whole.
    pub components: Vec<Component>,
    /// Which topics go here.
    pub route: Vec<RouteRule>,
}

/// A part of a repository that is released on its own.
#[derive(Clone, Debug)]
pub struct Component {
    /// What people call it.
    pub name: String,
    /// Matches its tags.
    pub tag: Regex,
    /// The folders and files that belong to it.
    pub paths: Vec<String>,
}

impl Component {
    /// Whether a file is one of the component's paths, or inside one.
    pub fn holds(&self, file: &str) -> bool {
        self.paths.iter().any(|path| {
            let rest = file.strip_prefix(path.trim_start_matches("./").trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// A rule of a route: it matches a topic if everything it names does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteRule {
    /// The topic's brand.
    pub brand: Option<String>,
    /// Its kind.
    pub kind: Option<topic::TopicKind>,
    /// A tag of one of its tickets.
    pub tag: Option<String>,
}

/// What the rules compare of a topic.
#[derive(Clone, Copy, Debug)]
pub struct RoutedTopic<'t> {
    /// Its brand.
    pub brand: Option<&'t str>,
    /// Its kind.
    pub kind: topic::TopicKind,
    /// The tags of its tickets.
    pub tags: &'t [String],
}

impl RouteRule {
    /// Whether the rule matches the topic. The case of tags does not matter.
    pub fn holds(&self, asked: &RoutedTopic<'_>) -> bool {
        self.brand.as_deref().is_none_or(|brand| asked.brand == Some(brand))
            && self.kind.is_none_or(|kind| asked.kind == kind)
            && self.tag.as_deref().is_none_or(|tag| asked.tags.iter().any(|one| one.eq_ignore_ascii_case(tag)))
    }
}

/// The repository for a topic: the first with a matching rule, else the default.
pub fn choose<'s>(repositories: &'s [RepositorySettings], asked: &RoutedTopic<'_>) -> Option<&'s RepositorySettings> {
    let routed = repositories.iter().find(|one| one.route.iter().any(|rule| rule.holds(asked)));
    routed.or_else(|| repositories.iter().find(|one| one.default))
}

/// Reads every `[[repositories]]`; `hold` applies to those without their own.
pub fn read(reader: &SettingsReader, hold: Duration) -> Result<Vec<RepositorySettings>, ConfigError> {
    let places = reader.several(&SECTION)?;
    let (only, last) = (places.len() == 1, places.len().saturating_sub(1));
    let mut repositories: Vec<RepositorySettings> = Vec::with_capacity(places.len());
    for (i, place) in places.into_iter().enumerate() {
        let fields = reader.open(&SECTION, place, &["components", "route"])?;
        let one = repository(&fields, hold, only)?;
        if repositories.iter().any(|other| other.name.is(&one.name)) {
            return Err(fields
                .error("name", format!("is {:?} a second time; expected each repository once", one.name.as_str())));
        }
        if one.default && repositories.iter().any(|other| other.default) {
            return Err(fields.error("default", "is true for a second repository; expected exactly one default"));
        }
        repositories.push(one);
        if i == last && !repositories.iter().any(|one| one.default) {
            return Err(fields.error("default", "is true for no repository; expected exactly one default of several"));
        }
    }
    Ok(repositories)
}

fn repository(fields: &SectionFields<'_>, hold: Duration, only: bool) -> Result<RepositorySettings, ConfigError> {
    Ok(RepositorySettings {
        name: fields.need("name", parsed(Repository::parse))?,
        default: fields.get("default", flag)?.unwrap_or(only),
        release: fields.need("release", parsed(ReleaseSource::parse))?,
        hold: fields.get("hold_minutes", minutes(0, 10_080))?.unwrap_or(hold),
        environment: fields.need("environment", text)?,
        include_prereleases: fields.need("include_prereleases", flag)?,
        labels: fields.need("labels", texts)?,
        review: fields.need("review", flag)?,
        components: inner(fields, &COMPONENTS, "components", component)?,
        route: inner(fields, &ROUTE, "route", rule)?,
    })
}

/// Reads the sections called `name` inside a repository.
fn inner<T>(
    fields: &SectionFields<'_>,
    section: &'static Section,
    name: &str,
    read: impl Fn(&SectionFields<'_>) -> Result<T, ConfigError>,
) -> Result<Vec<T>, ConfigError> {
    let (reader, outer) = (fields.reader(), fields.place());
    let Some(table) = outer.table else { return Ok(Vec::new()) };
    let sections = reader.document.sections(table, &outer.path, name)?;
    let read_one = |(i, (path, table)): (usize, (String, _))| {
        let label = format!("{}.{name}.{i}", outer.label);
        read(&reader.open(section, SectionPlace { path, label, variables: None, table: Some(table) }, &[])?)
    };
    sections.into_iter().enumerate().map(read_one).collect()
}

fn component(fields: &SectionFields<'_>) -> Result<Component, ConfigError> {
    Ok(Component {
        name: fields.need("name", text)?,
        tag: fields.need("tag", pattern)?,
        paths: fields.need("paths", texts)?,
    })
}

fn rule(fields: &SectionFields<'_>) -> Result<RouteRule, ConfigError> {
    let rule = RouteRule {
        brand: fields.get("brand", text)?,
        kind: fields.get("kind", parsed(topic::TopicKind::parse))?,
        tag: fields.get("tag", text)?,
    };
    if rule == (RouteRule { brand: None, kind: None, tag: None }) {
        return Err(fields.error("brand", "is missing, and kind and tag as well; a rule has to name one of them"));
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_holds_where_everything_it_names_holds() {
        let tags = ["iOS".to_owned()];
        let asked = RoutedTopic { brand: Some("mobile"), kind: topic::TopicKind::Bug, tags: &tags };
        let rule = RouteRule { brand: None, kind: None, tag: Some("ios".to_owned()) };
        assert!(rule.holds(&asked));
        assert!(RouteRule { kind: Some(topic::TopicKind::Bug), ..rule.clone() }.holds(&asked));
        assert!(!RouteRule { kind: Some(topic::TopicKind::Question), ..rule.clone() }.holds(&asked));
        assert!(!RouteRule { brand: Some("main".to_owned()), ..rule }.holds(&asked));
    }
}
