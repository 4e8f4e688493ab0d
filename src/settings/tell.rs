//! What customers are told about each milestone, and when.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use jiff::{civil, tz::TimeZone};

use super::{
    error::ConfigError,
    fields::{SectionFields, SettingsReader},
    spec::{Section, SettingSpec},
    value::{days, flag, minutes, number, parsed, text, whole},
};
use crate::model::{
    milestone::{MilestoneKind, TellPolicy},
    reopening::ReopenPolicy,
};

/// `[tell]`.
pub const SECTION: Section = Section {
    name: "tell",
    many: false,
    about: "For each milestone, how its customers are told: `silent` (not at all, but their own page shows it), \
            `note` (an internal note for the agent), `draft` (a text that waits for approval) or `send` (a reply, \
            after the hold).",
    settings: &SPECS,
};

const SPECS: [SettingSpec; POLICIES + OTHERS.len()] = {
    let mut specs = [policy_of(MilestoneKind::Escalated); POLICIES + OTHERS.len()];
    let mut at = 0;
    while at < specs.len() {
        specs[at] = if at < POLICIES { policy_of(MilestoneKind::ALL[at]) } else { OTHERS[at - POLICIES] };
        at += 1;
    }
    specs
};

const POLICIES: usize = MilestoneKind::ALL.len();

/// The policy of a milestone, as its row of the table of milestones has it.
const fn policy_of(kind: MilestoneKind) -> SettingSpec {
    let rules = kind.rules();
    let allowed = match rules.highest_policy {
        TellPolicy::Silent => "silent",
        TellPolicy::Note => "silent or note",
        TellPolicy::Draft => "silent, note or draft",
        TellPolicy::Send => "silent, note, draft or send",
    };
    SettingSpec::value(kind.as_str(), rules.default_policy.as_str(), allowed, rules.about)
}

/// The settings of the section that are no policy.
const OTHERS: &[SettingSpec] = &[
    SettingSpec::value(
        "silence_days",
        "30",
        "a whole number of days from 0 to 365",
        "How long after an escalation its customers may go without an answer. Then those who heard nothing in the \
         meantime are told how it stands, as `silence` says. 0 turns this off.",
    ),
    SettingSpec::value(
        "hold_minutes",
        "30",
        "a whole number of minutes from 0 to 10080",
        "How long an update waits before it is sent, so that it can be cancelled. A repository can have its own.",
    ),
    SettingSpec::unset(
        "team",
        "`Support`",
        "a name such as Acme Support",
        "The team's name in signatures: after the agent's name, or alone if no agent is known.",
    ),
    SettingSpec::unset(
        "templates",
        "Heard's own texts",
        "a folder, relative to the settings file",
        "Your own texts for customers: MILESTONE/LANGUAGE.txt such as shipped/de.txt instead of ours, and \
         frame/LANGUAGE.txt for what surrounds each text. All are tried out at start. docs/messages.md lists what \
         they may use.",
    ),
    SettingSpec::value(
        "time_zone",
        "UTC",
        "a time zone such as Europe/Berlin",
        "The time zone of `quiet_hours` and `weekends` for customers of whom the helpdesk says none, or none that there is. It is also \
         that of the times that people type in the console.",
    ),
    SettingSpec::unset(
        "quiet_hours",
        "updates are sent at any hour",
        "two times such as 22:00-07:00",
        "Nothing is sent between these times of day, as they are where the customer is.",
    ),
    SettingSpec::value(
        "weekends",
        "true",
        "true or false",
        "Whether updates are sent on Saturdays and Sundays, as they are where the customer is.",
    ),
    SettingSpec::unset(
        "canary_minutes",
        "everybody is told at once",
        "a whole number of minutes from 1 to 10080",
        "Only the first customer of a milestone is told at once, the others after this time, and of a fix only if nobody complained meanwhile.",
    ),
    SettingSpec::unset(
        "daily_cap",
        "no cap",
        "a whole number from 1 to 100",
        "How many updates a person gets in a day at most. Further ones wait.",
    ),
    SettingSpec::value(
        "reopen",
        "2, words, 33%",
        "a number of customers, `words` and a share such as 33%, or some of these",
        "What is enough to open a topic again after a fix: so many customers say that it is still broken, one says so in \
         words of their own, or so many of a hundred who answered, from three answers on. Every answer is kept, and \
         whoever only pressed the button is asked for words.",
    ),
    SettingSpec::unset(
        "likely_above",
        "only who is sure to ask for it is told by itself",
        "a number from 0.5 to 1",
        "How likely it has to be that somebody asks for the same for them to be told by themselves that a fix is out, though nobody has \
         said so. They are told in words that do not claim to know. All others wait for a person.",
    ),
    SettingSpec::unset(
        "batch_minutes",
        "each update is a message of its own",
        "a whole number of minutes from 1 to 10080",
        "How long an update waits for the next one to the same person about the same topic, to go out with it in one \
         message. News that a fix is out does not wait.",
    ),
];

/// What customers are told, and when.
#[derive(Clone, Debug)]
pub struct TellSettings {
    policies: BTreeMap<MilestoneKind, TellPolicy>,
    /// How long customers may go without an answer.
    pub silence: Option<Duration>,
    /// How long an update waits, unless its repository has its own setting.
    pub hold: Duration,
    /// The team's name in signatures.
    pub team: Option<String>,
    /// The folder with the operator's own texts.
    pub templates: Option<PathBuf>,
    /// The time zone of quiet hours and weekends where the helpdesk says none of a customer's own.
    pub time_zone: TimeZone,
    /// The time of day when nothing is sent.
    pub quiet_hours: Option<QuietHours>,
    /// Whether updates are sent on Saturdays and Sundays.
    pub weekends: bool,
    /// How long only the first customer of a milestone is told.
    pub canary: Option<Duration>,
    /// How many updates a person gets in a day at most.
    pub daily_cap: Option<u32>,
    /// From which probability on likely members are told of a fix by themselves. `None` tells none of them.
    pub likely_above: Option<f64>,
    /// What opens a topic again after a fix.
    pub reopen: ReopenPolicy,
    /// How long an update waits for the next one, to go out with it in one message.
    pub batch: Option<Duration>,
}

/// A part of the day. It spans midnight if it ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: civil::Time,
    /// The first minute that is not quiet.
    pub until: civil::Time,
}

impl TellSettings {
    /// The policy of a milestone.
    pub fn policy(&self, kind: MilestoneKind) -> TellPolicy {
        self.policies.get(&kind).copied().unwrap_or(kind.rules().default_policy)
    }

    /// From how many percent on likely members are told of a fix by themselves.
    pub fn likely_percent(&self) -> Option<u64> {
        let bound = self.likely_above?;
        // Rounded down, so that nobody is told who is less likely than that.
        (0..=100_u32).find(|percent| bound * 100.0 < f64::from(*percent) + 0.999_999).map(u64::from)
    }
}

impl QuietHours {
    /// Reads `22:00-07:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let time = |text: &str| civil::Time::strptime("%H:%M", text.trim()).ok();
        let hours = Self { from: time(from)?, until: time(until)? };
        (hours.from != hours.until).then_some(hours)
    }

    /// Whether nothing is sent at this time of day.
    pub fn contains(&self, time: civil::Time) -> bool {
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }
}

/// Reads `[tell]`.
pub fn read(reader: &SettingsReader) -> Result<TellSettings, ConfigError> {
    let fields = reader.open(&SECTION, reader.only(&SECTION)?, &[])?;
    let cap = fields.get("daily_cap", whole(1, 100))?;
    Ok(TellSettings {
        policies: policies(&fields)?,
        silence: fields.need("silence_days", days(365))?,
        hold: fields.need("hold_minutes", minutes(0, 10_080))?,
        team: fields.get("team", text)?,
        templates: folder(&fields, reader)?,
        time_zone: fields.need("time_zone", parsed(|name| TimeZone::get(name).ok()))?,
        quiet_hours: fields.get("quiet_hours", parsed(QuietHours::parse))?,
        weekends: fields.need("weekends", flag)?,
        canary: fields.get("canary_minutes", minutes(1, 10_080))?,
        daily_cap: cap.and_then(|cap| u32::try_from(cap).ok()),
        likely_above: fields.get("likely_above", number(0.5, 1.0))?,
        reopen: fields.need("reopen", parsed(ReopenPolicy::parse))?,
        batch: fields.get("batch_minutes", minutes(1, 10_080))?,
    })
}

fn folder(fields: &SectionFields<'_>, reader: &SettingsReader) -> Result<Option<PathBuf>, ConfigError> {
    let Some(folder) = fields.get("templates", text)?.map(|name| reader.document.path(&name)) else { return Ok(None) };
    if !folder.is_dir() {
        let sentence = format!("is {:?}, which is not a folder; expected a folder of templates", folder.display());
        return Err(fields.error("templates", sentence));
    }
    Ok(Some(folder))
}

fn policies(fields: &SectionFields<'_>) -> Result<BTreeMap<MilestoneKind, TellPolicy>, ConfigError> {
    let allowed = |kind: MilestoneKind, word: &str| {
        TellPolicy::parse(word).filter(|policy| *policy <= kind.rules().highest_policy)
    };
    let policy = |kind: &MilestoneKind| Ok((*kind, fields.need(kind.as_str(), parsed(|word| allowed(*kind, word)))?));
    MilestoneKind::ALL.iter().map(policy).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_pass_midnight() {
        let night = QuietHours::parse("22:00-07:00").unwrap();
        for (hour, quiet) in [(21, false), (22, true), (3, true), (7, false), (12, false)] {
            assert_eq!(night.contains(civil::time(hour, 0, 0, 0)), quiet, "{hour}");
        }
        let noon = QuietHours::parse("12:00 - 13:30").unwrap();
        assert!(noon.contains(civil::time(13, 29, 0, 0)) && !noon.contains(civil::time(13, 30, 0, 0)));
        for wrong in ["", "22:00", "22-7", "25:00-07:00", "08:00-08:00"] {
            assert_eq!(QuietHours::parse(wrong), None, "{wrong}");
        }
    }
}
