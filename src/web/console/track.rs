//! The way of a topic back to its customers: a ring that closes, step by step.

use crate::{
    base::clock::Time,
    model::{
        milestone::{Confidence, Milestone, MilestoneKind, MilestonePlace},
        topic::Topic,
    },
    store::{Conn, StoreError, releases, updates},
    web::ui::{self, Html},
};

/// One step of the way.
pub(super) struct Passed {
    pub ring: &'static str,
    pub word: &'static str,
    pub did: bool,
    pub now: bool,
    pub note: Html,
}

/// The way back to the customers, in the present cycle.
pub(super) async fn track(
    conn: &mut Conn,
    topic: &Topic,
    steps: &[Milestone],
    told: &updates::UpdateCounts,
    now: Time,
) -> Result<Vec<Passed>, StoreError> {
    let mut track = Vec::new();
    let of = |kind| steps.iter().find(|step| step.kind == kind && step.cycle == topic.cycle);
    for kind in MilestoneKind::ALL.iter().copied().filter(|kind| kind.rules().place == MilestonePlace::Track) {
        let step = of(kind);
        let release = match step.and_then(|step| step.release) {
            Some(release) => {
                releases::get(conn, release).await?.map(|release| format!("{}, ", ui::version(&release.version)))
            }
            None => None,
        };
        let stated = step.is_some_and(|step| step.confidence == Some(Confidence::Stated));
        let before = format!("{}{}", release.unwrap_or_default(), if stated { "stated, " } else { "" });
        let note = step.map(|step| ui::join(&ui::text(&before), &ui::when(step.at, now))).unwrap_or_default();
        let rules = kind.rules();
        track.push(Passed { ring: rules.icon, word: rules.label, did: step.is_some(), now: false, note });
    }
    // A fix that shipped passed through every step, also those nobody reported.
    if let Some(last) = track.iter().rposition(|step| step.did) {
        for step in track.iter_mut().take(last) {
            step.did = true;
        }
        if let Some(step) = track.get_mut(last) {
            step.now = told.confirmed == 0;
        }
    }
    let confirmed = format!("{} of {}", told.confirmed, told.told);
    let note = if told.told > 0 { ui::text(&confirmed) } else { Html::default() };
    track.push(Passed { ring: "confirmed", word: "Confirmed", did: told.confirmed > 0, now: told.confirmed > 0, note });
    Ok(track)
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
