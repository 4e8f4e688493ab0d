//! Logs and metrics for the operator. They never contain a customer's text, address or name.
//!
//! A log line is a sentence with fields. Metrics are counted anywhere with the macros of `metrics`, each has a row in
//! [`super::metric`], and [`Metrics::render`] shows them in Prometheus' text format.

use std::io::IsTerminal as _;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::{
    metric::{METRICS, MetricSpec},
    mistake,
};

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// Text for people.
    Text,
    /// JSON for programs.
    Json,
}

impl LogFormat {
    /// Reads `auto`, `text` or `json`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    fn is_text(self) -> bool {
        match self {
            Self::Auto => std::io::stderr().is_terminal(),
            Self::Text => true,
            Self::Json => false,
        }
    }
}

/// Whether the directives of a log level are valid. A word alone has to be a level: otherwise it would be taken for a part of a program
/// of which everything is logged, and nothing of any other.
pub fn valid_level(level: &str) -> bool {
    const WORDS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    let is_level = |word: &str| WORDS.iter().any(|known| known.eq_ignore_ascii_case(word));
    level.split(',').map(str::trim).all(|part| part.contains('=') || is_level(part))
        && EnvFilter::builder().parse(level).is_ok()
}

/// Starts logging to standard error. Standard output is for the result of a command.
///
/// # Errors
/// The level cannot be read, or logging was started before.
pub fn start_logging(format: LogFormat, level: &str) -> Result<(), String> {
    let filter = EnvFilter::builder()
        .parse(with_quiet(level))
        .map_err(|error| format!("the log level cannot be read: {error}"))?;
    let base = tracing_subscriber::registry().with(filter);
    let started = if format.is_text() {
        let colours = std::io::stderr().is_terminal();
        base.with(fmt::layer().with_writer(std::io::stderr).with_ansi(colours).with_target(false)).try_init()
    } else {
        base.with(fmt::layer().json().flatten_event(true).with_writer(std::io::stderr)).try_init()
    };
    started.map_err(|error| format!("logging could not start: {error}"))?;
    mistake::log_without_text();
    Ok(())
}

/// The level, with the server's own lines left out unless somebody asks for them: each malformed request of anybody would be an
/// error there.
fn with_quiet(level: &str) -> String {
    if level.contains("actix_http") { level.to_owned() } else { format!("{level},actix_http=off") }
}

/// The metrics of this process.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

/// Upper bounds of the buckets for durations, in seconds: from a commit to disk up to the slowest outgoing call.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 5.0, 15.0];

impl Metrics {
    /// Starts counting. Histograms whose names end in `_seconds` have our buckets.
    ///
    /// # Errors
    /// Counting was started before.
    pub fn start() -> Result<Self, String> {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        let started = builder.and_then(PrometheusBuilder::install_recorder);
        let handle = started.map_err(|error| format!("metrics could not start: {error}"))?;
        METRICS.iter().for_each(MetricSpec::describe);
        Ok(Self(handle))
    }

    /// The metrics in Prometheus' text format. Call it from time to time even if nobody asks, because histograms keep every
    /// value until they are shown.
    pub fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_word_or_directives() {
        for level in ["info", "warn", "info,heard::flow=debug"] {
            assert!(valid_level(level), "{level}");
        }
        for level in ["heard=loud", "verbose", "info,verbose", ""] {
            assert!(!valid_level(level), "{level}");
        }
    }

    #[test]
    fn what_is_counted_is_shown_in_buckets_of_ours() {
        let metrics = Metrics::start().unwrap();
        metrics::counter!("deliveries_total", "outcome" => "stored").increment(2);
        metrics::gauge!("heard_pauses").set(1.0);
        metrics::histogram!("acknowledge_seconds").record(0.004);
        let shown = metrics.render();
        assert!(shown.contains("deliveries_total{outcome=\"stored\"} 2"), "{shown}");
        assert!(shown.contains("acknowledge_seconds_bucket{le=\"0.005\"} 1"), "{shown}");
        assert!(shown.contains("acknowledge_seconds_bucket{le=\"0.0025\"} 0"), "{shown}");
        assert!(shown.contains("# HELP heard_pauses How many pauses of messages to customers there are."), "{shown}");
        assert!(Metrics::start().is_err());
    }
}
