//! The findings on a terminal, in words that a support lead would use.

use std::io::{self, Write};

use super::findings::{Findings, TopicLine};
use super::wording::{ReadingSummary, count, counted, kind, likelihood};

/// Length of the longest bar.
const BAR_CHARS: usize = 12;
/// How many topics are shown with what a customer wrote.
const QUOTED: usize = 5;
/// The maximum length of a line in characters.
const WIDTH_CHARS: usize = 100;

/// Writes the report.
pub(super) fn write(out: &mut impl Write, findings: &Findings, reading: &ReadingSummary) -> io::Result<()> {
    let f = findings;
    writeln!(out, "\n{}.", f.headline())?;
    if let Some(sentence) = f.what_to_do_first() {
        writeln!(out, "{sentence}:")?;
        f.first.topics.iter().try_for_each(|topic| writeln!(out, "  {} ({})", topic.title, work(topic)))?;
    }
    if let (Some(who), Some(top)) = (f.who_waits_most(), f.top.first()) {
        writeln!(out, "Most wrote about \"{}\": {who}.", top.title)?;
    }
    if let Some(sentence) = f.what_the_largest_make_up() {
        writeln!(out, "{sentence}")?;
    }
    writeln!(out, "Read: {}, from {}.", f.scope(), reading.file)?;
    reading.how_it_was_read().iter().try_for_each(|sentence| wrapped(out, sentence))?;
    if reading.is_partial {
        writeln!(out, "This is what was read until it was stopped, not the whole file.")?;
    }
    topics(out, "What comes up most", f, &f.top, false)?;
    let lately = f.lately_since.as_ref().map_or_else(|| "in the last fifth".into(), |day| format!("since {day}"));
    topics(out, &format!("What is rising {lately}"), f, &f.risers, true)?;
    let kinds: Vec<String> =
        f.kinds.iter().map(|(of, tickets)| format!("{} {}", count(*tickets), plural(*of, *tickets))).collect();
    writeln!(out, "\nKinds\n  {}", kinds.join(", "))?;
    if !f.unsure.is_empty() {
        writeln!(out, "\nWhat it was least sure about")?;
        for question in &f.unsure {
            writeln!(out, "  {}", question.subject)?;
            writeln!(out, "    the same as \"{}\"? {}", question.topic_title, likelihood(question.percent))?;
        }
    }
    writeln!(out, "\nWhat the figures mean")?;
    f.caveats(reading).iter().try_for_each(|sentence| wrapped(out, sentence))
}

fn plural(of: grouping::TicketKind, tickets: usize) -> String {
    let one = kind(of);
    if tickets == 1 { one.to_owned() } else { format!("{one}s") }
}

fn topics(out: &mut impl Write, heading: &str, f: &Findings, lines: &[TopicLine], are_risers: bool) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let (has_customers, has_organizations) = (f.customers > 0, f.organizations > 0);
    write!(out, "\n{heading}\n ")?;
    if has_customers {
        write!(out, " customers ")?;
    }
    if has_organizations {
        write!(out, " organizations ")?;
    }
    writeln!(out, " tickets")?;
    let size = |topic: &TopicLine| if has_customers { topic.customers } else { topic.tickets };
    let most = lines.iter().map(size).max().unwrap_or(1).max(1);
    for (rank, topic) in lines.iter().enumerate() {
        let cell = |is_shown: bool, number: usize, width: usize| {
            if is_shown { format!(" {:>width$} ", count(number)) } else { String::new() }
        };
        let customers = cell(has_customers, topic.customers, 9);
        let organizations = cell(has_organizations, topic.organizations, 13);
        let margin = format!(" {customers}{organizations} {:>7}", count(topic.tickets));
        let bar = "█".repeat((size(topic) * BAR_CHARS).div_ceil(most));
        writeln!(out, "{margin}  {bar:<BAR_CHARS$}  {} ({})", topic.title, about(topic, are_risers))?;
        if let Some(quote) = topic.quotes.first().filter(|_| rank < QUOTED && !are_risers) {
            let indent = margin.chars().count() + BAR_CHARS + 4;
            writeln!(out, "{:indent$}\"{}\"", "", quote.words)?;
        }
    }
    Ok(())
}

/// What is to be done, and for whom.
fn work(topic: &TopicLine) -> String {
    let who = match topic.customers {
        0 => counted(topic.tickets, "ticket", "tickets"),
        customers => counted(customers, "customer", "customers"),
    };
    format!("{}, {who}", kind(topic.kind))
}

fn about(topic: &TopicLine, is_riser: bool) -> String {
    let kind = kind(topic.kind);
    if !is_riser && topic.likely > 0 {
        format!("{kind}, {} of the tickets likely", count(topic.likely))
    } else if is_riser {
        format!("{kind}, {} of {} lately", count(topic.latest), count(topic.tickets))
    } else {
        kind.to_owned()
    }
}

/// A sentence, wrapped into lines that fit a terminal.
fn wrapped(out: &mut impl Write, sentence: &str) -> io::Result<()> {
    let (mut line, mut lead) = (String::new(), "- ");
    for word in sentence.split_whitespace() {
        if !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH_CHARS {
            writeln!(out, "  {lead}{line}")?;
            (line, lead) = (String::new(), "  ");
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "  {lead}{line}")
}
