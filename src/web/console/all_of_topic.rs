//! What is done with all updates of a topic's step at once.

use actix_web::web;
use serde::Deserialize;

use super::{
    acts,
    shell::{Answer, ConsoleError, back},
    times::{self, HoldForm},
};
use crate::{
    flow::{
        App,
        people::{
            times as people_times,
            updates::{self as people, WithAll},
        },
    },
    model::{id::TopicId, milestone::MilestoneKind, role::right, update::UpdateStanding},
    web::may::May,
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/topics/{id}/updates", web::post().to(act_on_all));
}

/// What can be done with the updates of one step, each with how many it is for.
#[derive(Clone, Debug)]
pub(super) struct StepActs {
    pub word: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub approve: i64,
    pub cancel: i64,
    pub restore: i64,
    pub send_now: i64,
    /// The forms that hold them, if any is held.
    pub hold: Option<HoldForm>,
}

/// The steps of a topic with whose updates something can be done: of each, how many updates stand how.
pub(super) fn steps(app: &App, topic: TopicId, standings: &[(MilestoneKind, UpdateStanding, i64)]) -> Vec<StepActs> {
    let acts = |kind: &MilestoneKind| {
        let count = |fits: &dyn Fn(&UpdateStanding) -> bool| {
            let of_it = standings.iter().filter(|(of, standing, _)| of == kind && fits(standing));
            of_it.map(|(.., count)| count).sum::<i64>()
        };
        let with = |act: WithAll| count(&|standing| act.fits(standing));
        let held = count(&|standing| standing.state().can_be_timed());
        let address = || format!("/topics/{topic}/updates");
        let rules = kind.rules();
        StepActs {
            word: kind.as_str(),
            icon: rules.icon,
            label: rules.label,
            approve: with(WithAll::Approve),
            cancel: with(WithAll::Cancel),
            restore: with(WithAll::Restore),
            send_now: held,
            hold: (held > 0).then(|| HoldForm::of_step(app, address(), *kind, held)),
        }
    };
    let all = MilestoneKind::ALL.iter().map(acts);
    all.filter(|one| one.approve + one.cancel + one.restore + one.send_now > 0).collect()
}

#[derive(Deserialize)]
struct ActForm {
    act: String,
    milestone: Option<MilestoneKind>,
    until: Option<String>,
}

/// The same with every update of a topic, or of a step of it.
async fn act_on_all(
    May { app, by, .. }: May<right::Tell>,
    path: web::Path<String>,
    form: web::Form<ActForm>,
) -> Answer {
    let topic = acts::topic_id(&path)?;
    let ActForm { act, milestone, until } = form.into_inner();
    let said = match act.as_str() {
        "hold" => {
            let until = times::until(&app, until.as_deref().unwrap_or_default())?;
            people_times::hold_all(&app, topic, milestone, until, &by).await?;
            "all-held"
        }
        "send_now" => {
            people_times::send_all_now(&app, topic, milestone, &by).await?;
            "all-sent-now"
        }
        act => {
            let act = WithAll::parse(act).ok_or_else(|| ConsoleError::missing("There is no such act."))?;
            let counted = people::with_all(&app, topic, milestone, act, &by).await?;
            match (act, counted.left) {
                (_, 1..) => "some-left",
                (WithAll::Approve, _) => "all-approved",
                (WithAll::Cancel, _) => "all-cancelled",
                (WithAll::Restore, _) => "all-restored",
            }
        }
    };
    Ok(back(&format!("/updates?topic={topic}"), said))
}
