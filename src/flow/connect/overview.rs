//! What is connected: what Heard runs with, and what the settings name since it was started.

use super::{
    kept_files,
    settings_file::{WrittenSection, WrittenSettings},
};
use crate::{flow::App, model::tracker::TrackerAccess};

/// What is connected, and where that is written.
#[derive(Clone, Debug, Default)]
pub struct ConnectOverview {
    /// The settings file; `None` where there is none.
    pub file: Option<String>,
    /// Why nothing can be written there, or read.
    pub unwritable: Option<String>,
    /// The helpdesks.
    pub helpdesks: Vec<ConnectedPart>,
    /// GitHub.
    pub tracker: Option<ConnectedPart>,
}

/// One connection, or GitHub.
#[derive(Clone, Debug)]
pub struct ConnectedPart {
    /// The connection's name, or what the tracker is called.
    pub name: String,
    /// The word of its helpdesk, or how we sign in.
    pub kind: String,
    /// Where it is, or which repositories.
    pub place: String,
    /// Whether Heard runs with it. If not, it was written since Heard was started.
    pub runs: bool,
}

/// What is connected by now.
pub fn read(app: &App) -> ConnectOverview {
    let helpdesks = app.settings.connections.iter().map(|one| ConnectedPart {
        name: one.name.clone(),
        kind: one.helpdesk.clone(),
        place: one.url.as_str().to_owned(),
        runs: true,
    });
    let repositories = app.settings.repositories.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
    let tracker = app.settings.tracker.as_ref().map(|one| ConnectedPart {
        name: one.word.to_owned(),
        kind: match one.access {
            TrackerAccess::App { .. } => "an App".to_owned(),
            TrackerAccess::Token(_) => "a token".to_owned(),
        },
        place: repositories,
        runs: true,
    });
    let mut overview = ConnectOverview { helpdesks: helpdesks.collect(), tracker, ..ConnectOverview::default() };
    let Some(path) = &app.settings.file else { return overview };
    overview.file = Some(path.display().to_string());
    overview.unwritable = kept_files::unwritable(path);
    match WrittenSettings::read(path) {
        Ok(file) => overview.add_written(&file),
        Err(error) => overview.unwritable = Some(format!("{error:#}")),
    }
    overview
}

impl ConnectOverview {
    /// Adds what was written since Heard was started.
    fn add_written(&mut self, file: &WrittenSettings) {
        for name in file.names("connections") {
            if self.helpdesks.iter().any(|one| one.name == name) {
                continue;
            }
            let section = WrittenSection::connection(&name);
            let of = |key: &str| file.get(&section, key).unwrap_or_default();
            self.helpdesks.push(ConnectedPart { kind: of("helpdesk"), place: of("url"), runs: false, name });
        }
        let github = WrittenSection::Only("github");
        if self.tracker.is_none() && file.knows(&github) {
            let kind = if file.get(&github, "app_id").is_some() { "an App" } else { "a token" };
            self.tracker = Some(ConnectedPart {
                name: "github".to_owned(),
                kind: kind.to_owned(),
                place: file.names("repositories").join(", "),
                runs: false,
            });
        }
    }
}
