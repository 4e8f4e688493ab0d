//! `heard analyze FILE`: the production grouping over an export, in file order, with no database,
//! no network and no set-up.

mod decode;
mod records;

mod answers;
mod page;
mod report;
mod run;
mod tally;

use std::io::{BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::base::{http::Outgoing, secret::Secret};
use crate::flow::embeddings::Embeddings;
use crate::grouping::{Engine, Options, SentenceModel};
use crate::settings::{self, EndpointSettings, Model};
use answers::Answers;
use records::Records;
use run::{Outcome, Run};
use tally::Totals;

/// Holds the key of the embeddings endpoint, as it does for the service.
const KEY_VARIABLE: &str = "HEARD_GROUPING_EMBEDDINGS_KEY";
/// How many topics the report lists.
const TOPICS_SHOWN: usize = 20;

/// Group the tickets of an export into topics.
#[derive(Debug, Clone, Args)]
pub struct Analyze {
    /// JSON lines or CSV with `id`, `created_at`, `subject`, `body`; perhaps customer, organization, kind, area, brand.
    file: PathBuf,
    /// Print one JSON object for each ticket instead of the report.
    #[arg(long)]
    json: bool,
    /// A person's answers, one `{"id", "same_as"}` a line: each is revealed after the ticket was decided.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The sentence model: none, builtin, a folder with an ONNX model and its tokenizer, or the https URL of an embeddings
    /// endpoint, which is then sent the text of every ticket. Its key is read from `HEARD_GROUPING_EMBEDDINGS_KEY`.
    #[arg(long, default_value = "builtin", value_name = "none|builtin|DIR|URL")]
    model: String,
    /// The name by which the embeddings endpoint knows its model.
    #[arg(long, value_name = "NAME")]
    embeddings_model: Option<String>,
    /// Write the report as one self-contained page.
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// How many threads read tickets.
    #[arg(long, default_value_t = threads(), hide = true)]
    threads: usize,
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Analyze {
    /// Runs the analysis and prints what was asked for.
    pub fn run(self) -> anyhow::Result<()> {
        let endpoint = self.endpoint()?;
        let model = match self.model.as_str() {
            "none" => SentenceModel::None,
            "builtin" => SentenceModel::Builtin,
            _ if endpoint.is_some() => SentenceModel::Given,
            folder => SentenceModel::Dir(folder.into()),
        };
        let engine = Engine::new(Options { model, ..Options::default() })?;
        let answers = match &self.answers {
            Some(path) => Answers::read(path)?,
            None => Answers::default(),
        };
        let records = Records::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let progress = self.progress();
        let stop = stopped_by_ctrl_c();
        let mut totals = Totals::default();
        let mut run = Run::new(engine, endpoint, answers, self.threads, stop);
        let mut output = BufWriter::new(std::io::stdout().lock());
        run.over(records, |ticket| {
            progress.inc(1);
            match ticket {
                Outcome::Decided(decided) if self.json => {
                    if self.html.is_some() {
                        totals.add(&decided);
                    }
                    serde_json::to_writer(&mut output, &decided)?;
                    output.write_all(b"\n")?;
                }
                Outcome::Decided(decided) => totals.add(&decided),
                Outcome::Skipped(skipped) => {
                    progress.suspend(|| eprintln!("line {} was skipped: {}", skipped.line, skipped.why));
                }
            }
            Ok(())
        })?;
        output.flush()?;
        progress.finish_and_clear();
        if run.decided_count() == 0 {
            anyhow::bail!("no line of {} could be read as a ticket", self.file.display());
        }
        let findings = totals.findings(TOPICS_SHOWN);
        if !self.json {
            report::write(&mut output, &findings)?;
            output.flush()?;
        }
        if let Some(path) = &self.html {
            let name = self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            std::fs::write(path, page::page(&name, &findings)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// The embeddings endpoint, where the model is one.
    fn endpoint(&self) -> anyhow::Result<Option<Embeddings>> {
        if !Model::is_endpoint(&self.model) {
            return Ok(None);
        }
        let key = settings::environment().remove(KEY_VARIABLE).map(Secret::new);
        let endpoint = EndpointSettings::parse(&self.model, self.embeddings_model.as_deref(), key)
            .map_err(|why| anyhow::anyhow!("--model {}", why.replace("embeddings_model", "--embeddings-model")))?;
        let outgoing = Outgoing::new().map_err(|why| anyhow::anyhow!(why))?;
        Ok(Some(Embeddings::new(outgoing, endpoint)))
    }

    /// A bar with the time left, on a terminal only.
    fn progress(&self) -> ProgressBar {
        let lines = std::fs::File::open(&self.file).map_or(0, |file| BufReader::new(file).split(b'\n').count());
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(4)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(lines as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos} of about {len} tickets, {per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        bar
    }
}

/// Becomes true at Ctrl-C: the run then ends after the ticket at hand, with whole lines written.
fn stopped_by_ctrl_c() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let heard = Arc::clone(&stop);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        if let Ok(runtime) = runtime
            && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
        {
            heard.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    stop
}
