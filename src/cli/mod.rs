//! The command line, one file per command.
//!
//! A command prints its result to standard output and everything else (progress, the log) to standard error. If it fails, it
//! says why in one sentence and exits with 1. Arguments that clap cannot read exit with 2.

pub mod analyze;
mod api;
mod audit;
mod check;
mod connect;
mod database;
mod demo;
mod erase;
mod escalate;
mod export;
mod links;
mod migrate;
mod openapi;
mod output;
mod pause;
mod people;
mod replay;
pub mod running;
mod serve;
mod sessions;
mod settings;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::settings::{LoadedSettings, ServerReach, Settings};

/// Heard closes the loop between your customers and the people who build your product.
///
/// A customer writes to your helpdesk. Heard recognises which bug or wish it is about, keeps one GitHub issue for it, and
/// tells every customer who asked once the fix is really out.
#[derive(Debug, Parser)]
#[command(name = "heard", version, propagate_version = true)]
struct Heard {
    #[arg(
        long,
        short,
        global = true,
        value_name = "FILE",
        help = "The settings file [default: what HEARD_CONFIG names, else heard.toml where there is one]"
    )]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: HeardCommand,
}

#[derive(Debug, Subcommand)]
enum HeardCommand {
    Analyze(analyze::Analyze),
    Audit(audit::Audit),
    Check(check::Check),
    Connect(connect::Connect),
    Database(database::AboutDatabase),
    Demo(demo::Demo),
    Erase(erase::Erase),
    Escalate(escalate::Escalate),
    Export(export::Export),
    Links(links::Links),
    Migrate(migrate::Migrate),
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
    Pause(pause::BeginPause),
    People(people::People),
    Replay(replay::Replay),
    Resume(pause::EndPause),
    Serve(serve::Serve),
    Sessions(sessions::Sessions),
    Settings(settings::Show),
}

/// Runs the command given on the command line.
pub fn run() -> ExitCode {
    let heard = Heard::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::anyhow!("the runtime could not start: {error}")),
    };
    match runtime.block_on(heard.run()) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

/// The error and its causes in one sentence, without a backtrace.
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("heard: {error:#}");
    ExitCode::FAILURE
}

impl Heard {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let load = || -> anyhow::Result<LoadedSettings> { Ok(Settings::load(self.config.as_deref())?) };
        // Who asks a running Heard needs its address and the admin token, and no secret of a connection.
        let reach = || -> anyhow::Result<ServerReach> { Ok(Settings::load_reach(self.config.as_deref())?) };
        match self.command {
            HeardCommand::Analyze(command) => return command.run(),
            HeardCommand::Connect(command) => return command.run(self.config.as_deref()).await,
            HeardCommand::Audit(command) => command.run(&reach()?).await,
            HeardCommand::Check(command) => command.run(load()?.settings).await,
            HeardCommand::Database(command) => command.run(&load()?.settings).await,
            HeardCommand::Demo(command) => command.run().await,
            HeardCommand::Erase(command) => command.run(&reach()?).await,
            HeardCommand::Export(command) => command.run(&reach()?).await,
            HeardCommand::Links(command) => command.run(&reach()?).await,
            HeardCommand::Escalate(command) => command.run(self.config.as_deref()).await,
            HeardCommand::Migrate(command) => command.run(&load()?.settings).await,
            HeardCommand::OpenApi(command) => command.run(),
            HeardCommand::Pause(command) => command.run(self.config.as_deref()).await,
            HeardCommand::Resume(command) => command.run(self.config.as_deref()).await,
            HeardCommand::People(command) => command.run(&reach()?).await,
            HeardCommand::Replay(command) => command.run(&reach()?).await,
            HeardCommand::Serve(command) => command.run(load()?).await,
            HeardCommand::Sessions(command) => command.run(&reach()?).await,
            HeardCommand::Settings(command) => command.run(&load()?),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_commands_do_not_contradict_each_other() {
        Heard::command().debug_assert();
    }
}
