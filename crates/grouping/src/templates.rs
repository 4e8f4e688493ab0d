//! Learns template lines: those of forms, disclaimers and mail programs, which stand in many
//! tickets of a brand whatever they are about, and pull together what has nothing in common.
//!
//! What is counted are lines of bodies that are not most of their text ([`Lines`]). A template is a
//! line that many tickets share, a good part of the latest among them, over a longer stretch: what
//! comes in a flood and within hours is an outage, and its words are what groups it. Tickets that
//! were read before a line was learned stay as they were read.
//!
//! Invariants: the same tickets in the same order learn the same lines; what is known changes only
//! after every [`REFRESH_EVERY`] tickets of a brand; a brand keeps at most [`LINES_KEPT`] lines in
//! mind, about a megabyte.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;

use super::read::{Lines, TemplateLines};

/// A template stands in at least so many tickets.
const TICKETS_NEEDED: u32 = 20;
/// And in at least one of so many of the latest tickets.
const SHARE_NEEDED: u32 = 20;
/// A template is forgotten once it stands in fewer than one of so many.
const SHARE_KEPT: u32 = 40;
/// Of so many tickets of a brand on end a line counts in at most so many: what comes all at once
/// does not make a template.
const STRETCH_TICKETS: u64 = 32;
const COUNTED_OF_STRETCH: u8 = 4;
/// A template's first and last ticket are so far apart, where tickets have dates.
const SPAN_NEEDED_US: i64 = 12 * 3_600 * 1_000_000;
/// After so many tickets all counts are halved: the latest count most.
const HALVED_AFTER: u32 = 2_000;
/// Most lines that are kept in mind of one brand; the rarest are forgotten first.
const LINES_KEPT: usize = 16_384;
/// After so many tickets of a brand it is looked at which lines are templates now.
const REFRESH_EVERY: u64 = 64;

/// What is learned of all brands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Templates {
    brands: HashMap<String, Brand>,
    known: TemplateLines,
}

impl Templates {
    /// The template lines that are known now.
    pub(crate) fn known(&self) -> &TemplateLines {
        &self.known
    }

    /// Takes in the lines of a ticket of a brand; true when other lines are known than before.
    pub(crate) fn saw(&mut self, brand: &str, lines: &Lines, created_at_us: i64) -> bool {
        let of_brand = self.brands.entry(brand.to_owned()).or_default();
        of_brand.count(lines, created_at_us);
        if !of_brand.total.is_multiple_of(REFRESH_EVERY) || !of_brand.refresh() {
            return false;
        }
        let of_all = self.brands.values().flat_map(|brand| &brand.known).copied();
        self.known = TemplateLines(Arc::new(of_all.collect()));
        true
    }
}

/// What is learned of one brand.
#[derive(Debug, Clone, Default)]
struct Brand {
    /// How many tickets there were.
    total: u64,
    /// The same, with the earlier ones counting less.
    recent: u32,
    lines: HashMap<u64, Line>,
    known: BTreeSet<u64>,
}

/// A line of one brand.
#[derive(Debug, Clone)]
struct Line {
    /// In how many tickets it stood, the earlier ones counting less.
    recent: u32,
    /// The latest stretch in which it was seen, and how often it counted there.
    last_stretch: u64,
    of_stretch: u8,
    first_us: i64,
    last_us: i64,
    /// The body in which it was seen last.
    last_body: u64,
}

impl Brand {
    fn count(&mut self, lines: &Lines, at_us: i64) {
        let stretch = self.total / STRETCH_TICKETS;
        self.total += 1;
        self.recent += 1;
        for key in &lines.keys {
            let line = self.lines.entry(*key).or_insert_with(|| Line::first_seen(at_us));
            line.saw(stretch, at_us, lines.body);
        }
        if self.recent >= HALVED_AFTER {
            self.recent /= 2;
            self.lines.values_mut().for_each(Line::halve);
            self.forget_up_to(0);
        }
        let mut rarest = 1;
        while self.lines.len() > LINES_KEPT {
            self.forget_up_to(rarest);
            rarest *= 2;
        }
    }

    fn forget_up_to(&mut self, recent: u32) {
        self.lines.retain(|_, line| line.recent > recent);
    }

    /// Looks anew at which lines are templates; true when they are others than before.
    fn refresh(&mut self) -> bool {
        let known: BTreeSet<u64> = self
            .lines
            .iter()
            .filter(|(key, line)| line.is_template(self.recent, self.known.contains(key)))
            .map(|(key, _)| *key)
            .collect();
        let changed = known != self.known;
        self.known = known;
        changed
    }
}

impl Line {
    fn first_seen(at_us: i64) -> Self {
        Self { recent: 0, last_stretch: 0, of_stretch: 0, first_us: at_us, last_us: at_us, last_body: 0 }
    }

    fn saw(&mut self, stretch: u64, at_us: i64, body: u64) {
        if self.last_stretch != stretch {
            (self.last_stretch, self.of_stretch) = (stretch, 0);
        }
        if self.of_stretch == COUNTED_OF_STRETCH || (self.recent > 0 && self.last_body == body) {
            return;
        }
        self.recent += 1;
        self.of_stretch += 1;
        self.last_us = self.last_us.max(at_us);
        self.last_body = body;
    }

    /// Makes the earlier half of what it was count no more.
    fn halve(&mut self) {
        self.recent /= 2;
        self.first_us = self.first_us.midpoint(self.last_us);
    }

    fn is_template(&self, tickets: u32, known: bool) -> bool {
        let undated = self.first_us == 0 && self.last_us == 0;
        if known {
            return self.recent * SHARE_KEPT >= tickets;
        }
        self.recent >= TICKETS_NEEDED
            && self.recent * SHARE_NEEDED >= tickets
            && (undated || self.last_us - self.first_us >= SPAN_NEEDED_US)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Reading;
    use crate::text::Text;

    const HOUR_US: i64 = 3_600_000_000;

    /// Learns from so many tickets, an hour apart, with the body that `body` gives each.
    fn learned(count: i64, body: impl Fn(i64) -> String) -> Templates {
        let mut templates = Templates::default();
        for at in 0..count {
            let mut text = Text::new(at.to_string(), "Export", &body(at));
            text.created_at_us = (1 + at) * HOUR_US;
            saw(&mut templates, &text);
        }
        templates
    }

    fn saw(templates: &mut Templates, text: &Text) {
        templates.saw("", &Reading::of(text).lines, text.created_at_us);
    }

    /// Whether a line is taken out of a text that says something else besides.
    fn takes_out(templates: &Templates, line: &str) -> bool {
        let text = Text::new("x", "", &format!("{line}\nsomething that nobody ever said before this day"));
        let plain = Reading::of(&text);
        let read = Reading::leaving_out(&text, templates.known());
        read.terms.len() < plain.terms.len()
    }

    /// A number in letters, because the digits of a line make no difference.
    fn letters(number: i64) -> String {
        number.to_string().bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect()
    }

    fn own_words(at: i64) -> String {
        format!("my words {} about the matter {} as ever", letters(at), letters(at % 7))
    }

    #[test]
    fn a_line_in_many_tickets_is_learned_and_counts_for_nothing_then() {
        let templates = learned(256, |at| format!("{}\nSent by the form of our shop", own_words(at)));
        assert!(takes_out(&templates, "Sent by the form of our shop"));
        assert!(!takes_out(&templates, "Sent by the form of another shop"));
    }

    #[test]
    fn a_line_in_few_tickets_is_not_learned() {
        let rare = |at: i64| if at % 25 == 0 { "\nSent by the form of our shop" } else { "" };
        let templates = learned(1_024, |at| own_words(at) + rare(at));
        assert!(!takes_out(&templates, "Sent by the form of our shop"));
    }

    #[test]
    fn the_same_report_of_an_outage_over_and_over_is_not_learned() {
        let one_line = learned(640, |_| "Nobody can log in".into());
        assert!(!takes_out(&one_line, "Nobody can log in"));
        let two_lines = learned(640, |_| "Nobody can log in\nThe page stays white".into());
        assert!(!takes_out(&two_lines, "The page stays white"));
    }

    #[test]
    fn a_line_that_comes_in_a_flood_is_not_learned() {
        let mut templates = learned(640, own_words);
        for at in 0..256 {
            let mut text = Text::new("flood", "", &format!("{}\nThe login page stays white", own_words(at)));
            text.created_at_us = 640 * HOUR_US + at * HOUR_US / 30;
            saw(&mut templates, &text);
        }
        assert!(!takes_out(&templates, "The login page stays white"));
    }

    #[test]
    fn a_form_that_is_used_no_more_is_forgotten() {
        let form = |at: i64| if at < 400 { "\nSent by the form of our shop" } else { "" };
        assert!(takes_out(&learned(400 - 16, |at| own_words(at) + form(at)), "Sent by the form of our shop"));
        assert!(!takes_out(&learned(2_112, |at| own_words(at) + form(at)), "Sent by the form of our shop"));
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let lines = |at: i64| (0..300).map(|n| letters(at * 300 + n) + " in a log").collect::<Vec<_>>();
        let templates = learned(150, |at| lines(at).join("\n"));
        assert!(templates.brands.values().all(|brand| brand.lines.len() <= LINES_KEPT));
    }
}
