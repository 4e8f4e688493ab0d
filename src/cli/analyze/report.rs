//! The findings on a terminal, in words that a support lead uses.

use std::io::{self, Write};

use super::tally::{Findings, TopicLine};

const BAR_CHARS: usize = 20;

/// Writes the report.
pub(super) fn write(out: &mut impl Write, findings: &Findings) -> io::Result<()> {
    let f = findings;
    let span = match (&f.from, &f.to) {
        (Some(from), Some(to)) => format!(", {from} to {to}"),
        _ => String::new(),
    };
    let customers = f.customers.map_or_else(String::new, |n| format!(" of {n} customers"));
    writeln!(out, "\n{} tickets{customers}{span}", f.tickets)?;
    writeln!(
        out,
        "{} % of them speak of {} topics that came up more than once; {} came up once.",
        f.explained_percent,
        f.recurring,
        f.topics - f.recurring
    )?;
    writeln!(
        out,
        "By itself Heard would have put {} tickets into a known topic; about {} it would have asked you.",
        f.joined, f.asked
    )?;
    let kinds: Vec<String> = f.kinds.iter().map(|(kind, _, percent)| format!("{percent} % {}", word(kind))).collect();
    writeln!(out, "Kinds: {}.", kinds.join(", "))?;
    topics(out, "What comes up most", &f.top)?;
    topics(out, "What is rising lately", &f.risers)?;
    if !f.questions.is_empty() {
        writeln!(out, "\nWhat it was least sure about")?;
        for question in &f.questions {
            writeln!(out, "  {:>3} %  {}", question.percent, question.subject)?;
            writeln!(out, "         same as: {}?", question.topic_title)?;
        }
    }
    Ok(())
}

fn topics(out: &mut impl Write, heading: &str, lines: &[TopicLine]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    writeln!(out, "  customers  tickets")?;
    let most = lines.iter().map(|t| t.customers).max().unwrap_or(1).max(1);
    for topic in lines {
        let bar = "█".repeat((topic.customers * BAR_CHARS).div_ceil(most));
        writeln!(
            out,
            "  {:>9}  {:>7}  {bar:<BAR_CHARS$}  {} ({})",
            topic.customers,
            topic.tickets,
            topic.title,
            word(topic.kind)
        )?;
    }
    Ok(())
}

/// A kind as people say it.
pub(super) fn word(kind: &str) -> &str {
    match kind {
        "feature_request" => "feature request",
        other => other,
    }
}
