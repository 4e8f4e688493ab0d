//! How far a topic has come on its way back to its customers: a ring that closes step by step.

use crate::{
    base::clock::Time,
    model::{
        milestone::{Confidence, Milestone, MilestoneKind, MilestonePlace},
        progress::{ToldCounts, passed_steps},
        topic::Topic,
    },
    store::{Conn, StoreError, releases},
    web::ui::{self, Html},
};

/// One step of the way.
pub(super) struct TrackStep {
    pub ring: &'static str,
    pub word: &'static str,
    pub did: bool,
    pub now: bool,
    pub note: Html,
}

/// The way back to the customers in the present cycle, and at its end how many of them confirmed.
pub(super) async fn track(
    conn: &mut Conn,
    topic: &Topic,
    milestones: &[Milestone],
    told: &ToldCounts,
    now: Time,
) -> Result<Vec<TrackStep>, StoreError> {
    let mut track = Vec::new();
    for step in passed_steps(milestones, topic.cycle, told) {
        let rules = step.kind.rules();
        let note = match step.milestone {
            Some(milestone) => reported(conn, milestone, now).await?,
            None => Html::default(),
        };
        track.push(TrackStep { ring: rules.icon, word: rules.label, did: step.passed, now: step.current, note });
    }
    let confirmed = told.confirmed > 0;
    let note = if told.told > 0 { ui::text(&format!("{} of {}", told.confirmed, told.told)) } else { Html::default() };
    track.push(TrackStep { ring: "confirmed", word: "Confirmed", did: confirmed, now: confirmed, note });
    Ok(track)
}

/// In which version, how sure it is, and when.
async fn reported(conn: &mut Conn, milestone: &Milestone, now: Time) -> Result<Html, StoreError> {
    let mut said = String::new();
    if let Some(release) = milestone.release
        && let Some(release) = releases::get(conn, release).await?
    {
        said.push_str(ui::version(&release.version));
        said.push_str(", ");
    }
    if milestone.confidence == Some(Confidence::Stated) {
        said.push_str("stated, ");
    }
    Ok(ui::join(&ui::text(&said), &ui::when(milestone.at, now)))
}

/// What stands beside the way, such as a workaround, and that it came back.
pub(super) fn notes(steps: &[Milestone], cycle: i64) -> Vec<(&'static str, &'static str, String)> {
    let shown = steps.iter().filter(|step| step.cycle == cycle && step.kind.rules().place == MilestonePlace::Beside);
    let said = shown.map(|step| {
        let rules = step.kind.rules();
        match step.kind {
            MilestoneKind::Reopened => (rules.icon, "Came back", "A customer said that it is still broken.".to_owned()),
            _ => (rules.icon, rules.label, step.words.clone().unwrap_or_default()),
        }
    });
    said.collect()
}
