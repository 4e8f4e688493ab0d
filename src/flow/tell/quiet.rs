//! Quiet hours and weekends, as they are where the customer is.
//!
//! The helpdesk says which zone that is. What it says is a name from outside: it may be missing, old, one of Rails' own, or none at
//! all, and an unknown one must stop nobody (zammad/zammad#4320, getsentry/sentry#27671). Then it is the zone of the settings.

use std::time::Duration;

use jiff::{civil::Weekday, tz::TimeZone};

use super::zone_names;
use crate::{base::clock::Time, settings::TellSettings};

/// A time in which nobody is written to.
pub(super) struct QuietTime {
    /// Its end.
    pub until: Time,
    /// Why it is quiet, for people.
    pub why: String,
}

/// The quiet time around `now` for whoever is in this zone.
pub(super) fn around(tell: &TellSettings, said: Option<&str>, now: Time) -> Option<QuietTime> {
    const STEP: Duration = Duration::from_mins(15);
    const STEPS_MAX: usize = 4 * 24 * 4;
    if tell.weekends && tell.quiet_hours.is_none() {
        return None;
    }
    let zone = zone(tell, said);
    let is_quiet = |at: Time| {
        let local = at.timestamp().to_zoned(zone.clone());
        let weekend = matches!(local.weekday(), Weekday::Saturday | Weekday::Sunday);
        (weekend && !tell.weekends) || tell.quiet_hours.is_some_and(|hours| hours.contains(local.time()))
    };
    if !is_quiet(now) {
        return None;
    }
    let mut until = now;
    for _ in 0..STEPS_MAX {
        until = until.plus(STEP);
        if !is_quiet(until) {
            break;
        }
    }
    let place = zone.iana_name().unwrap_or("UTC");
    Some(QuietTime { until, why: format!("It is outside the hours in which customers are written to ({place}).") })
}

/// The zone of this name if there is such a one, else that of the settings.
fn zone(tell: &TellSettings, said: Option<&str>) -> TimeZone {
    let get = |name: &str| TimeZone::get(name).ok().filter(|zone| !zone.is_unknown());
    let known = said.map(str::trim).and_then(|name| get(name).or_else(|| get(zone_names::iana_name(name)?)));
    known.unwrap_or_else(|| tell.time_zone.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Settings, Variables};

    fn tell(text: &str) -> TellSettings {
        let text = format!("[tell]\n{text}");
        let loaded = Settings::parse(&text, "heard.toml", std::path::Path::new("."), Variables::default()).unwrap();
        loaded.settings.tell
    }

    #[test]
    fn a_zone_that_nobody_knows_is_that_of_the_settings() {
        let berlin = tell("time_zone = \"Europe/Berlin\"\n");
        for (said, expected) in [
            (Some("Asia/Tokyo"), "Asia/Tokyo"),
            (Some(" asia/tokyo "), "Asia/Tokyo"),
            (Some("US/Eastern"), "US/Eastern"),
            (None, "Europe/Berlin"),
            (Some(""), "Europe/Berlin"),
            (Some("Etc/Unknown"), "Europe/Berlin"),
            (Some("Eastern Time (US & Canada)"), "America/New_York"),
            (Some("Nuku'alofa"), "Pacific/Tongatapu"),
            (Some("Eastern Time (Atlantis)"), "Europe/Berlin"),
            (Some("Etc/GMT 12"), "Europe/Berlin"),
            (Some("+02:00"), "Europe/Berlin"),
            (Some("../../etc/passwd"), "Europe/Berlin"),
        ] {
            assert_eq!(zone(&berlin, said).iana_name(), Some(expected), "{said:?}");
        }
    }

    #[test]
    fn it_is_quiet_where_the_customer_is() {
        let tell = tell("quiet_hours = \"22:00-07:00\"\nweekends = false\ntime_zone = \"Europe/Berlin\"\n");
        // A Friday, in the afternoon in Berlin.
        let now = Time::parse("2026-11-20T14:30:00Z").unwrap();
        assert!(around(&tell, None, now).is_none());
        let quiet = around(&tell, Some("Asia/Tokyo"), now).unwrap();
        assert_eq!(quiet.until, Time::parse("2026-11-22T22:00:00Z").unwrap(), "Monday at seven in Tokyo");
        assert!(quiet.why.contains("Asia/Tokyo"), "{}", quiet.why);
        // A Sunday in Auckland is a Saturday in Los Angeles, and it is a Monday before it is one in Berlin.
        let now = Time::parse("2026-11-22T19:00:00Z").unwrap();
        assert!(around(&tell, Some("Pacific/Auckland"), now).is_none());
        assert!(around(&tell, Some("America/Los_Angeles"), now).is_some());
    }

    #[test]
    fn a_day_on_which_the_clock_is_changed_ends_its_quiet_hours_by_the_clock() {
        let tell = tell("quiet_hours = \"22:00-07:00\"\n");
        // The clock goes forward in the night to 29 March 2026 in Berlin.
        let quiet = around(&tell, Some("Europe/Berlin"), Time::parse("2026-03-28T23:00:00Z").unwrap()).unwrap();
        assert_eq!(quiet.until, Time::parse("2026-03-29T05:00:00Z").unwrap());
    }
}
