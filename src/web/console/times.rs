//! When an update goes out, as a person says it: held until a time, or now. Times are those of `tell.time_zone`.

use std::time::Duration;

use actix_web::web;
use jiff::{
    Zoned,
    civil::{Date, DateTime, Weekday},
};
use serde::Deserialize;

use super::shell::{Answer, ConsoleError, back};
use crate::{
    base::{clock::Time, limits::HOLD_MAX},
    flow::{App, people::times},
    model::{id::UpdateId, milestone::MilestoneKind, role::right},
    web::may::May,
};

/// The choice that is counted from the press of its button.
const ONE_HOUR: &str = "hour";
/// When a day of work begins.
const MORNING: i8 = 9;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/updates/{id}/hold", web::post().to(hold)).route("/updates/{id}/send_now", web::post().to(send_now));
}

/// A button that holds until a time.
#[derive(Clone, Debug)]
pub(super) struct HoldChoice {
    /// What it sends.
    pub value: String,
    /// What stands on it.
    pub label: String,
}

/// The forms that hold one update, or those of a step.
#[derive(Clone, Debug)]
pub(super) struct HoldForm {
    /// Where they go.
    pub address: String,
    /// Which it is, among those of a page.
    pub key: String,
    /// The step that is meant, if all of it is.
    pub milestone: Option<&'static str>,
    /// How many of it are held.
    pub count: Option<i64>,
    pub choices: Vec<HoldChoice>,
    /// The zone of the time that is typed.
    pub zone: String,
    /// The last time that can be typed.
    pub latest: String,
}

impl HoldForm {
    /// The forms for all that is held of a step, sent to this address.
    pub fn of_step(app: &App, address: String, step: MilestoneKind, count: i64) -> Self {
        Self { milestone: Some(step.as_str()), count: Some(count), ..Self::new(app, address, step.to_string()) }
    }

    /// The forms for one update, sent to this address.
    pub fn new(app: &App, address: String, key: String) -> Self {
        let now = here(app, app.clock.now());
        let mornings = [("Tomorrow", now.date().tomorrow()), ("Monday", now.date().nth_weekday(1, Weekday::Monday))];
        let morning = |(word, day): (&str, Result<Date, jiff::Error>)| {
            let at = day.ok()?.at(MORNING, 0, 0, 0).to_zoned(now.time_zone().clone()).ok()?;
            Some(HoldChoice {
                value: at.timestamp().to_string(),
                label: format!("{word}, {}", at.strftime("%-d %b %H:%M")),
            })
        };
        let in_an_hour = HoldChoice { value: ONE_HOUR.to_owned(), label: "For an hour".to_owned() };
        Self {
            address,
            key,
            milestone: None,
            count: None,
            choices: [in_an_hour].into_iter().chain(mornings.into_iter().filter_map(morning)).collect(),
            zone: zone(&now),
            latest: here(app, app.clock.now().plus(HOLD_MAX)).strftime("%Y-%m-%dT%H:%M").to_string(),
        }
    }
}

/// A time as people say it in the zone of the settings.
pub(super) fn in_words(app: &App, at: Time) -> String {
    let at = here(app, at);
    format!("{} ({})", at.strftime("%A %-d %B %Y, %H:%M"), zone(&at))
}

fn here(app: &App, at: Time) -> Zoned {
    at.timestamp().to_zoned(app.settings.tell.time_zone.clone())
}

fn zone(at: &Zoned) -> String {
    at.time_zone().iana_name().unwrap_or("UTC").to_owned()
}

/// Reads what a button or a field says.
pub(super) fn until(app: &App, said: &str) -> Result<Time, ConsoleError> {
    if said == ONE_HOUR {
        return Ok(app.clock.now().plus(Duration::from_hours(1)));
    }
    let typed = || {
        let at = said.trim().parse::<DateTime>().ok()?.to_zoned(app.settings.tell.time_zone.clone()).ok()?;
        Some(Time::from_micros(at.timestamp().as_microsecond()))
    };
    let unclear = || ConsoleError::refused("Please say until when, such as 2026-12-07T09:00.");
    Time::parse(said).or_else(typed).ok_or_else(unclear)
}

fn update_id(text: &str) -> Result<UpdateId, ConsoleError> {
    UpdateId::parse(text).ok_or_else(|| ConsoleError::missing("There is no such update."))
}

#[derive(Deserialize)]
struct UntilForm {
    until: String,
}

async fn hold(May { app, by, .. }: May<right::Tell>, path: web::Path<String>, form: web::Form<UntilForm>) -> Answer {
    let update = update_id(&path)?;
    times::hold(&app, update, until(&app, &form.until)?, &by).await?;
    Ok(back(&format!("/updates?state=held&id={update}"), "held"))
}

async fn send_now(May { app, by, .. }: May<right::Tell>, path: web::Path<String>) -> Answer {
    let update = update_id(&path)?;
    times::send_now(&app, update, &by).await?;
    Ok(back(&format!("/updates?state=held&id={update}"), "sent-now"))
}
