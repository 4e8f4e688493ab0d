//! `heard demo`: the whole loop, played on this machine with nothing set up.
//!
//! Everything on the stage is real but the people: Heard runs as it does in production, and the simulated Zendesk
//! and GitHub speak to it over HTTP, signed. Each step of the story is waited for; one that does not happen ends the demo
//! with a sentence that names it, and exit code 1.

mod customer;
mod grouped;
mod people;
mod stage;
mod story;
mod voice;

use std::{io::IsTerminal as _, time::Duration};

use clap::Args;

use super::serve::stop_signal;
use crate::base::telemetry::{self, LogFormat};
use stage::Stage;
use story::Story;
use voice::{Pace, Voice};

/// How long the story pauses where nobody can press Enter.
const USUAL_PAUSE: Duration = Duration::from_millis(2_500);

/// Play the loop with simulated sites on this machine: from tickets to a fix that customers hear of
///
/// Needs nothing and leaves nothing behind. At the end the console stays open until Ctrl-C.
#[derive(Debug, Args)]
pub struct Demo {
    /// Play without pauses, end at the end, and exit with 0 only if every step happened
    #[arg(long)]
    fast: bool,
    /// How long to pause between scenes [default: until you press Enter, or 2.5 where nobody can]
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with = "fast")]
    pause: Option<f32>,
    /// Where Heard listens [default: 8080, or a free port where that is taken]
    #[arg(long)]
    port: Option<u16>,
}

fn seconds(text: &str) -> Result<f32, String> {
    let seconds: f32 = text.parse().map_err(|_| format!("{text:?} is not a number of seconds"))?;
    if (0.0..=60.0).contains(&seconds) { Ok(seconds) } else { Err("a pause is from 0 to 60 seconds".to_owned()) }
}

impl Demo {
    /// Plays the story, and stays until a signal comes.
    pub async fn run(self) -> anyhow::Result<()> {
        telemetry::start_logging(LogFormat::Text, "warn").map_err(anyhow::Error::msg)?;
        let pace = match self.pause {
            _ if self.fast => Pace::Fast,
            Some(seconds) => Pace::Every(Duration::from_secs_f32(seconds)),
            None if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() => Pace::of_the_reader(),
            None => Pace::Every(USUAL_PAUSE),
        };
        let mut stage = Stage::start(self.port, story::LENGTH).await?;
        let played = tokio::select! {
            played = Story::new(&stage, Voice::new(pace)).play() => played.map(|()| true),
            () = stop_signal() => Ok(false),
        };
        let ended = match played {
            Ok(true) if !self.fast => stay(&mut stage).await,
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        let stopped = stage.stop().await;
        ended.and(stopped)
    }
}

/// Leaves everything running for the reader to look around.
async fn stay(stage: &mut Stage) -> anyhow::Result<()> {
    let first = stage.helpdesk.tickets().first().copied().unwrap_or_default();
    let origin = stage.origin.as_str();
    voice::say("The console is open for you. This signs in:")?;
    voice::table(&[format!("    {origin}/login#token={}", stage.token)])?;
    voice::say("Three things to look at:")?;
    voice::table(&[
        format!("1. {origin}/"),
        "   what customers wait for, by how many and how much. Open the first topic: what they".to_owned(),
        "   wrote, where the fix is, who was told and what each said.".to_owned(),
        format!("2. {origin}/updates?state=held"),
        "   two messages that wait because Sam paused them. Resume, and they go out.".to_owned(),
        format!("3. {origin}/triage"),
        "   two tickets that Heard is not sure of. S says that they are the same, N that not.".to_owned(),
    ])?;
    voice::say(&format!(
        "The helpdesk's first ticket is at {}/agent/tickets/{first}, the issue at {}/{}/issues/1. Ctrl-C ends the demo and \
         removes everything.",
        stage.helpdesk.url(),
        stage.github.url(),
        stage::REPOSITORY,
    ))?;
    tokio::select! {
        ended = stage.ended() => ended,
        () = stop_signal() => Ok(()),
    }
}
