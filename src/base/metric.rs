//! Every metric has a row here: what it is called, its labels and what it means. `/metrics` says so, docs/metrics.md lists them for
//! operators, and a test holds the table against the places that count.

use metrics::{describe_counter, describe_gauge, describe_histogram};

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It only grows, until the process ends.
    Counter,
    /// It is what is so now.
    Gauge,
    /// Durations in buckets: `_bucket`, `_sum` and `_count`.
    Histogram,
}

impl MetricKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct MetricSpec {
    /// Its name.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: MetricKind,
    /// Its labels, in alphabetical order.
    pub labels: &'static [&'static str],
    /// What it means, in a sentence.
    pub about: &'static str,
}

impl MetricSpec {
    const fn counter(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Self {
        Self { name, kind: MetricKind::Counter, labels, about }
    }

    const fn gauge(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Self {
        Self { name, kind: MetricKind::Gauge, labels, about }
    }

    const fn histogram(name: &'static str, labels: &'static [&'static str], about: &'static str) -> Self {
        Self { name, kind: MetricKind::Histogram, labels, about }
    }

    /// Tells the recorder what it means.
    pub(super) fn describe(&self) {
        match self.kind {
            MetricKind::Counter => describe_counter!(self.name, self.about),
            MetricKind::Gauge => describe_gauge!(self.name, self.about),
            MetricKind::Histogram => describe_histogram!(self.name, self.about),
        }
    }
}

/// Every metric, by name.
pub const METRICS: &[MetricSpec] = &[
    MetricSpec::counter(
        "heard_bodies_cut_off_total",
        &["why"],
        "Request bodies that were not waited for: they came too slowly (`deadline`), or all of them together were too large \
         (`budget`).",
    ),
    MetricSpec::gauge("heard_build_info", &["version"], "Always 1. The label says which version runs."),
    MetricSpec::counter(
        "heard_confirmations_total",
        &["verdict"],
        "Customers' answers to a fix: `works` or `still_broken`.",
    ),
    MetricSpec::gauge(
        "heard_deliveries_oldest_seconds",
        &[],
        "How long the oldest webhook waits that is kept and not read yet; 0 if none waits.",
    ),
    MetricSpec::counter(
        "heard_deliveries_refused_total",
        &["connection"],
        "Webhooks whose signature, or the secret in their address, was missing, wrong or too old. GitHub's have the connection \
         `github`.",
    ),
    MetricSpec::counter(
        "heard_deliveries_stored_total",
        &[],
        "Webhooks that were taken with a commit to disk. One that was known already counts, too.",
    ),
    MetricSpec::counter(
        "heard_deliveries_unreadable_total",
        &[],
        "Webhooks that could not be read. They are kept, and stand on the health page.",
    ),
    MetricSpec::gauge("heard_deliveries_waiting", &[], "Webhooks that are kept and not read yet."),
    MetricSpec::gauge(
        "heard_failures",
        &["state"],
        "What fails, as the health page lists it: it waits for a person (`given_up`), or is tried again by itself (`later`).",
    ),
    MetricSpec::histogram(
        "heard_http_request_seconds",
        &["route", "status"],
        "How long answering a request took, by the pattern of its route and the status of the answer.",
    ),
    MetricSpec::counter("heard_issues_filed_total", &[], "Issues that were filed."),
    MetricSpec::counter(
        "heard_jobs_total",
        &["ended", "work"],
        "Jobs by the kind of work and how they ended: `done`, tried again `later`, or `given_up` to a person.",
    ),
    MetricSpec::gauge(
        "heard_jobs_unfinished",
        &[],
        "Jobs that are not done yet, also those that wait to be tried again.",
    ),
    MetricSpec::gauge(
        "heard_likely_members",
        &[],
        "Tickets that most probably belong to a topic, and of which nobody has said so yet. It need not go down to zero.",
    ),
    MetricSpec::counter("heard_milestones_total", &["kind"], "Steps that topics took, by milestone."),
    MetricSpec::gauge("heard_pauses", &[], "How many pauses of messages to customers there are."),
    MetricSpec::gauge("heard_promises_due", &[], "Answers that are owed to somebody and overdue."),
    MetricSpec::histogram(
        "heard_receive_commit_seconds",
        &[],
        "How long a commit of webhooks to disk took. Their senders wait for it.",
    ),
    MetricSpec::counter(
        "heard_replies_read_total",
        &["reading"],
        "Customers' replies to what they were told, by what they were read as.",
    ),
    MetricSpec::counter("heard_spikes_total", &[], "Topics that began to be raised by far more customers than usual."),
    MetricSpec::gauge(
        "heard_sweep_age_seconds",
        &["source"],
        "How long ago a helpdesk or a repository was last asked for what no webhook had said. It grows while that fails.",
    ),
    MetricSpec::counter(
        "heard_tickets_grouped_total",
        &["verdict"],
        "Tickets that were grouped: they joined a topic (`join`), are a question to a person (`ask`), or began a topic (`new`).",
    ),
    MetricSpec::gauge(
        "heard_updates",
        &["state"],
        "Updates to customers that are not told yet: `draft` waits for approval, `held` for its time, `sending` is under way, \
         `failed` and `in_doubt` wait for a person.",
    ),
    MetricSpec::counter("heard_updates_sent_total", &["milestone"], "Updates that customers were sent, by milestone."),
    MetricSpec::counter("heard_wrong_tokens_total", &["door"], "Wrong admin tokens, by where they were tried."),
];
