//! The sentences of a report, the same on the terminal and on the page.

use super::column_words::ExportColumn;
use super::findings::{Findings, percent};
use super::records::ColumnsRead;
use super::shown::MisfitLines;
use grouping::TicketKind;

/// What is known of the reading of a file, besides its tickets.
#[derive(Debug, Clone, Default)]
pub(super) struct ReadingSummary {
    pub(super) file: String,
    /// How many lines were no tickets, and why the first was none.
    pub(super) skipped: usize,
    pub(super) first_skipped: Option<String>,
    /// Whether it was stopped before the end of the file.
    pub(super) is_partial: bool,
    /// Whether only words decided.
    pub(super) words_only: bool,
    /// Which column was taken for what.
    pub(super) columns: ColumnsRead,
    /// Which lines' cells do not fit the heading.
    pub(super) misfits: MisfitLines,
}

/// How many columns that were left out are named.
const LEFT_OUT_NAMED: usize = 8;

impl ReadingSummary {
    /// Which column was taken for what, and what to do where that is wrong.
    pub(super) fn how_it_was_read(&self) -> Vec<String> {
        let ColumnsRead { taken, left_out, encoding } = &self.columns;
        let quoted = |name: &String| format!("\"{name}\"");
        let taken: Vec<String> = taken
            .iter()
            .map(|(column, names)| format!("{} for the {}", list(names.iter().map(quoted), ", else "), noun(*column)))
            .collect();
        let mut said = Vec::new();
        if !taken.is_empty() {
            said.push(format!("Took {}.", taken.join("; ")));
        }
        if !left_out.is_empty() {
            let more = match left_out.len().saturating_sub(LEFT_OUT_NAMED) {
                0 => String::new(),
                more => format!(" and {} more", count(more)),
            };
            let named = list(left_out.iter().take(LEFT_OUT_NAMED).map(quoted), ", ");
            said.push(format!("Left out {named}{more}. If one of them is what it is about: --column subject=NAME."));
        }
        if let Some(encoding) = encoding {
            said.push(format!("Read as {encoding}. If letters are wrong: --encoding NAME."));
        }
        let which = match self.misfits {
            MisfitLines { count: 0, .. } => return said,
            MisfitLines { count: 1, first } => format!("The cells of line {first} do not fit the heading"),
            MisfitLines { count: lines, first } => {
                format!("The cells of {} lines do not fit the heading, first those of line {first}", count(lines))
            }
        };
        said.push(format!(
            "{which}: a quote or a separator may be missing there, and what was read of it may be wrong."
        ));
        said
    }
}

fn list(names: impl Iterator<Item = String>, between: &str) -> String {
    names.collect::<Vec<_>>().join(between)
}

/// What a column is for a reader.
fn noun(column: ExportColumn) -> &'static str {
    match column {
        ExportColumn::CreatedAt => "date",
        other => other.word(),
    }
}

/// A count with thousands separators.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut grouped = digits[..first].to_owned();
    for three in digits.as_bytes()[first..].chunks(3) {
        if !grouped.is_empty() {
            grouped.push(',');
        }
        grouped.extend(three.iter().map(|digit| char::from(*digit)));
    }
    grouped
}

/// A count with its noun.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// The name of a kind.
pub(super) fn kind(kind: TicketKind) -> &'static str {
    match kind {
        TicketKind::Bug => "bug",
        TicketKind::FeatureRequest => "feature request",
        TicketKind::Question => "question",
    }
}

/// A likelihood in words, with the number: the words of the console.
pub(super) fn likelihood(percent: usize) -> String {
    let word = match percent {
        ..40 => "unlikely",
        40..60 => "even",
        _ => "likely",
    };
    format!("{word}, {percent} %")
}

impl Findings {
    /// The one sentence to remember.
    pub(super) fn headline(&self) -> String {
        if self.recurring == 0 {
            return format!("Nothing came up twice in {}", counted(self.tickets, "ticket", "tickets"));
        }
        format!(
            "{} % of tickets tell of {} that came up more than once",
            percent(self.explained, self.tickets),
            counted(self.recurring, "topic", "topics")
        )
    }

    /// What was read, from whom and from when.
    pub(super) fn scope(&self) -> String {
        let named = |link: &str, number: usize, one: &str, many: &str| match number {
            0 => String::new(),
            number => format!(" {link} {}", counted(number, one, many)),
        };
        let customers = named("of", self.customers, "customer", "customers");
        let organizations = named("in", self.organizations, "organization", "organizations");
        let span = match &self.span {
            Some((from, to)) if from == to => format!(", {from}"),
            Some((from, to)) => format!(", {from} to {to}"),
            None => String::new(),
        };
        format!("{}{customers}{organizations}{span}", counted(self.tickets, "ticket", "tickets"))
    }

    /// Who waits for the topic with the most customers.
    pub(super) fn who_waits_most(&self) -> Option<String> {
        let top = self.top.first()?;
        let who = match (top.customers, top.organizations) {
            (0, _) => counted(top.tickets, "ticket", "tickets"),
            (customers, 0) => counted(customers, "customer", "customers"),
            (customers, organizations) => format!(
                "{} in {}",
                counted(customers, "customer", "customers"),
                counted(organizations, "organization", "organizations")
            ),
        };
        Some(who)
    }

    /// What pays most, in one sentence.
    pub(super) fn what_to_do_first(&self) -> Option<String> {
        const NUMBERS: [&str; 4] = ["two", "three", "four", "five"];
        let number = NUMBERS.get(self.first.topics.len().checked_sub(2)?)?;
        let kinds = |wanted: TicketKind| self.first.topics.iter().any(|topic| topic.kind == wanted);
        let verb = match (kinds(TicketKind::Bug), kinds(TicketKind::FeatureRequest)) {
            (true, false) => "fix",
            (false, true) => "build",
            _ => "fix or build",
        };
        let who = match (self.customers, self.first.customers) {
            (0, _) => format!("{} are answered", counted(self.first.tickets, "ticket", "tickets")),
            (_, 1) => "1 customer hears from you".to_owned(),
            (_, customers) => format!("{} hear from you", counted(customers, "customer", "customers")),
        };
        Some(format!("If you {verb} these {number}, {who}"))
    }

    /// The share of the largest topics together.
    pub(super) fn what_the_largest_make_up(&self) -> Option<String> {
        if self.recurring < 2 {
            return None;
        }
        let largest = self.largest;
        let share = percent(largest.tickets, self.tickets);
        let customers = if largest.customers == 0 {
            String::new()
        } else {
            format!(" and reach {}", counted(largest.customers, "customer", "customers"))
        };
        Some(format!("The {} largest make up {share} % of all tickets{customers}.", count(largest.topics)))
    }

    /// What the numbers mean and how sure they are, in a sentence each.
    pub(super) fn caveats(&self, reading: &ReadingSummary) -> Vec<String> {
        let mut said = Vec::new();
        let share = |part: usize| percent(part, self.tickets);
        let repeats = self.joined + self.likely;
        if repeats > 0 {
            said.push(format!(
                "{} tell of a topic that was known by then: {} ({} %) are so alike that Heard would have joined them by itself, which \
                 it does where it expects to be right 95 times of 100; {} ({} %) are at least as likely the same as not.",
                counted(repeats, "ticket", "tickets"),
                count(self.joined),
                share(self.joined),
                count(self.likely),
                share(self.likely)
            ));
            // The share of tickets in question whose best topic was right, by the labels of openoffice and banking77 (docs/grouping.md).
            said.push(
                "Nobody has checked these. Measured where the truth is known, the topic was right for 77 of 100 such tickets of a \
                 bug tracker and for 87 of 100 of a bank's chats; and what it takes for new may repeat something in other words."
                    .to_owned(),
            );
        }
        if self.asked > 0 {
            said.push(format!(
                "In production it would have asked a person about {}, one click each; every answer makes it surer.",
                counted(self.asked, "ticket", "tickets")
            ));
        }
        if self.customers == 0 {
            said.push("The file has no column that names the customer, so tickets are counted instead.".into());
        }
        if self.is_backwards {
            said.push(
                "The file runs from new to old and was read so: a topic counts as known from its newest ticket on."
                    .into(),
            );
        }
        if self.span.is_none() {
            said.push("The file has no dates; time is taken to run in the order of its lines.".into());
        }
        if reading.words_only {
            said.push("Words alone decided; with the sentence model it also finds what is said in other words.".into());
        }
        if reading.skipped > 0 {
            let first =
                reading.first_skipped.as_ref().map_or_else(String::new, |first| format!(", the first: {first}"));
            said.push(format!("{} could not be read as tickets{first}.", counted(reading.skipped, "line", "lines")));
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "ticket", "tickets"), "1 ticket");
    }

    #[test]
    fn it_is_said_which_column_was_taken_for_what() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let columns = ColumnsRead {
            taken: vec![
                (ExportColumn::CreatedAt, names(&["Create date"])),
                (ExportColumn::Customer, names(&["Requester email", "Requester"])),
            ],
            left_out: names(&["Status"]),
            encoding: Some("Shift_JIS"),
        };
        let reading = ReadingSummary { columns, ..ReadingSummary::default() };
        assert_eq!(
            reading.how_it_was_read(),
            [
                r#"Took "Create date" for the date; "Requester email", else "Requester" for the customer."#,
                r#"Left out "Status". If one of them is what it is about: --column subject=NAME."#,
                "Read as Shift_JIS. If letters are wrong: --encoding NAME.",
            ]
        );
        assert!(ReadingSummary::default().how_it_was_read().is_empty());
    }

    #[test]
    fn likelihood_is_a_word_before_it_is_a_number() {
        assert_eq!([20, 50, 60].map(likelihood), ["unlikely, 20 %", "even, 50 %", "likely, 60 %"]);
    }
}
