//! `heard analyze FILE`: runs the production grouping over an export, in file order, without a database, a network or any
//! setup.

mod answers;
mod cells;
mod column_words;
mod columns;
mod decode;
mod fields;
mod findings;
mod heading;
mod mime;
mod objects;
mod page;
mod quotes;
mod records;
mod report;
mod run;
mod shape;
mod shown;
mod source;
mod tally;
mod timeline;
mod times;
mod wording;

use std::io::{BufWriter, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::output;
use crate::base::{http::Outgoing, secret::Secret};
use crate::flow::embeddings::Embeddings;
use crate::settings::{self, EndpointSettings, Model};
use answers::Answers;
use columns::NamedColumn;
use encoding_rs::Encoding;
use findings::Findings;
use grouping::{Engine, EngineOptions, SentenceModel};
use records::{ExportHints, ExportRecords};
use run::{LineOutcome, Run};
use shown::{MisfitLines, Progress, STOPPED, Skipped, note, stopped_by_ctrl_c};
use tally::Totals;
use wording::ReadingSummary;

/// The variable with the key of the embeddings endpoint, the same as for the service.
const KEY_VARIABLE: &str = "HEARD_GROUPING_EMBEDDINGS_KEY";
/// How many topics the report and the page show.
const TOPICS_SHOWN: usize = 20;

/// Group the tickets of an export into topics
///
/// Point it at an export of your helpdesk and see what customers keep telling you. Nothing leaves this computer, unless the
/// model is an embeddings endpoint.
#[derive(Debug, Clone, Args)]
pub struct Analyze {
    /// JSON or CSV with a subject or a body, and optionally id, `created_at`, customer, organization, kind, area, brand,
    /// whatever your helpdesk calls them
    file: PathBuf,
    /// Which column is what, where the report says that it was taken for something else: subject=Betreff. May be repeated
    #[arg(long = "column", value_name = "WHAT=NAME", value_parser = NamedColumn::parse)]
    columns: Vec<NamedColumn>,
    /// The encoding of the file, such as windows-1250 or cp932, where it is taken for another
    #[arg(long, value_name = "NAME", value_parser = decode::named)]
    encoding: Option<&'static Encoding>,
    /// Print one JSON object for each ticket instead of the report
    #[arg(long)]
    json: bool,
    /// A person's answers, one `{"id", "same_as"}` per line. Each is revealed after its ticket was decided
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// The sentence model: none, builtin, a folder with an ONNX model and its tokenizer, or the https URL of an embeddings
    /// endpoint, which is then sent the text of every ticket and whose key is read from `HEARD_GROUPING_EMBEDDINGS_KEY`
    #[arg(long, default_value = "builtin", value_name = "none|builtin|DIR|URL")]
    model: String,
    /// The name of the model at the embeddings endpoint
    #[arg(long, value_name = "NAME")]
    embeddings_model: Option<String>,
    /// Write the report as one self-contained page
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// How many threads read tickets
    #[arg(long, default_value_t = threads(), hide = true)]
    threads: usize,
}

/// How many lines of an export are tickets, and how many cannot be read.
///
/// # Errors
/// When the file is no export.
pub fn counts(path: &Path) -> anyhow::Result<(usize, usize)> {
    let (mut tickets, mut unreadable) = (0, 0);
    for record in ExportRecords::open(path, &ExportHints::default())? {
        *if record.ticket.is_ok() { &mut tickets } else { &mut unreadable } += 1;
    }
    Ok((tickets, unreadable))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Analyze {
    /// Runs the analysis and prints the result.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.analyze() {
            // The reader closed the output, as in `heard analyze FILE --json | head`.
            Err(error) if is_closed_pipe(&error) => Ok(ExitCode::SUCCESS),
            done => done,
        }
    }

    fn analyze(&self) -> anyhow::Result<ExitCode> {
        let hints = ExportHints { named: self.columns.clone(), encoding: self.encoding };
        let records =
            ExportRecords::open(&self.file, &hints).with_context(|| format!("cannot read {}", self.file.display()))?;
        let columns = records.columns.clone();
        let answers = match &self.answers {
            Some(path) => Answers::read(path)?,
            None => Answers::default(),
        };
        let endpoint = self.endpoint()?;
        let engine = Engine::new(EngineOptions { model: self.sentence_model(), ..EngineOptions::default() })?;
        let progress = Progress::new(records.text_bytes, self.json && std::io::stdout().is_terminal());
        let (mut totals, mut skipped, mut misfits) = (Totals::default(), Skipped::default(), MisfitLines::default());
        let mut run = Run::new(engine, endpoint, answers, self.threads, stopped_by_ctrl_c());
        let mut output = BufWriter::new(std::io::stdout().lock());
        run.over(records, |done| {
            misfits.add(done.misfit);
            match done.outcome {
                LineOutcome::Decided(decided) => {
                    if self.json {
                        serde_json::to_writer(&mut output, &decided)?;
                        output.write_all(b"\n")?;
                    }
                    if !self.json || self.html.is_some() {
                        totals.add(&decided);
                    }
                    progress.decided(done.read_bytes);
                }
                LineOutcome::Skipped { line, why } => progress.aside(|| skipped.tell(line, &why)),
            }
            Ok(())
        })?;
        output.flush()?;
        progress.finish();
        skipped.tell_rest();
        if run.decided_count() == 0 && !run.was_stopped() {
            anyhow::bail!("no line of {} could be read as a ticket", self.file.display());
        }
        let reading = ReadingSummary {
            file: self.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            skipped: skipped.count,
            first_skipped: skipped.first,
            is_partial: run.was_stopped(),
            words_only: self.model == "none",
            columns,
            misfits,
        };
        self.report(&mut output, totals, &reading)?;
        if reading.is_partial {
            note(&format!("stopped after {} tickets, before the file ended", run.decided_count()));
            return Ok(ExitCode::from(STOPPED));
        }
        Ok(ExitCode::SUCCESS)
    }

    fn sentence_model(&self) -> SentenceModel {
        match self.model.as_str() {
            "none" => SentenceModel::None,
            "builtin" => SentenceModel::Builtin,
            url if Model::is_endpoint(url) => SentenceModel::Given,
            folder => SentenceModel::Dir(folder.into()),
        }
    }

    /// Shows the findings on the terminal and on the page.
    fn report(&self, shown: &mut impl Write, totals: Totals, reading: &ReadingSummary) -> anyhow::Result<()> {
        if self.json && self.html.is_none() {
            return Ok(());
        }
        let findings = Findings::of(totals, TOPICS_SHOWN);
        if let Some(path) = &self.html {
            let page = page::page(&findings, reading)?;
            output::private_file(path)
                .and_then(|mut file| file.write_all(page.as_bytes()))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        if !self.json {
            let mut text = Vec::new();
            report::write(&mut text, &findings, reading)?;
            shown.write_all(output::harmless(&String::from_utf8_lossy(&text)).as_bytes())?;
            if let Some(path) = &self.html {
                writeln!(shown, "\nThe page to pass on: {}", path.display())?;
            }
            shown.flush()?;
        }
        Ok(())
    }

    /// The embeddings endpoint, if the model is one.
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
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let is_closed = |kind: Option<ErrorKind>| kind == Some(ErrorKind::BrokenPipe);
    error.chain().any(|cause| {
        is_closed(cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind))
            || is_closed(cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind))
    })
}
