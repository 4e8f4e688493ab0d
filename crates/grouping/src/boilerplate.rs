//! Learns boilerplate: lines of forms, disclaimers and mail programs. They appear in many tickets of a brand whatever
//! those are about, and make unrelated tickets look similar.
//!
//! It counts lines that are less than half of their body ([`LineKeys`]). Boilerplate is a line that many tickets share,
//! enough of the latest among them, over a longer time. What arrives in a flood within hours is an outage, and its
//! words are what groups it. Tickets that were analyzed before a line was learned stay as they are.
//!
//! Invariants: the same tickets in the same order learn the same lines. What is known changes only after every
//! [`REFRESH_EVERY`] tickets of a brand. At most [`LINES_KEPT`] lines of a brand are counted, which takes about a
//! megabyte.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashMap;

use crate::analysis::{BoilerplateLines, LineKeys};

/// Boilerplate appears in at least this many tickets.
const TICKETS_NEEDED: u32 = 20;
/// And in at least one of this many of the latest tickets.
const SHARE_NEEDED: u32 = 20;
/// It is forgotten once it appears in fewer than one of this many.
const SHARE_KEPT: u32 = 40;
/// Of this many consecutive tickets of a brand, a line counts in at most `COUNTED_OF_STRETCH`, so that a flood does not
/// make boilerplate.
const STRETCH_TICKETS: u64 = 32;
const COUNTED_OF_STRETCH: u8 = 4;
/// The least time between its first and last ticket, where tickets have dates.
const SPAN_NEEDED_US: i64 = 12 * 3_600 * 1_000_000;
/// After this many tickets all counts are halved, so that the latest count most.
const HALVED_AFTER: u32 = 2_000;
/// How many lines of a brand are counted at most. The rarest are forgotten first.
const LINES_KEPT: usize = 16_384;
/// How often the boilerplate of a brand is determined again, in tickets.
const REFRESH_EVERY: u64 = 64;

/// What was learned of all brands.
#[derive(Debug, Clone, Default)]
pub(crate) struct BoilerplateLearner {
    brands: HashMap<String, BrandLines>,
    known: BoilerplateLines,
}

impl BoilerplateLearner {
    /// The boilerplate that is known now.
    pub(crate) fn known(&self) -> &BoilerplateLines {
        &self.known
    }

    /// Takes in the lines of a brand's ticket. Returns true when the known boilerplate changed.
    pub(crate) fn observe(&mut self, brand: &str, lines: &LineKeys, created_at_us: i64) -> bool {
        let of_brand = self.brands.entry(brand.to_owned()).or_default();
        of_brand.count(lines, created_at_us);
        if !of_brand.total.is_multiple_of(REFRESH_EVERY) || !of_brand.refresh() {
            return false;
        }
        let of_all = self.brands.values().flat_map(|brand| &brand.known).copied();
        self.known = BoilerplateLines(Arc::new(of_all.collect()));
        true
    }
}

/// What was learned of one brand.
#[derive(Debug, Clone, Default)]
struct BrandLines {
    /// How many tickets there were.
    total: u64,
    /// The same, with earlier tickets counting less.
    recent: u32,
    lines: HashMap<u64, LineStatistics>,
    known: BTreeSet<u64>,
}

/// What was counted of one line.
#[derive(Debug, Clone)]
struct LineStatistics {
    /// In how many tickets it appeared, with earlier ones counting less.
    recent: u32,
    /// The latest stretch in which it was seen, and how often it counted there.
    last_stretch: u64,
    of_stretch: u8,
    first_us: i64,
    last_us: i64,
    /// The body in which it was last seen.
    last_body: u64,
}

impl BrandLines {
    fn count(&mut self, lines: &LineKeys, at_us: i64) {
        let stretch = self.total / STRETCH_TICKETS;
        self.total += 1;
        self.recent += 1;
        for key in &lines.keys {
            let line = self.lines.entry(*key).or_insert_with(|| LineStatistics::first_seen(at_us));
            line.observe(stretch, at_us, lines.body);
        }
        if self.recent >= HALVED_AFTER {
            self.recent /= 2;
            self.lines.values_mut().for_each(LineStatistics::halve);
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

    /// Determines the boilerplate again. Returns true when it changed.
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

impl LineStatistics {
    fn first_seen(at_us: i64) -> Self {
        Self { recent: 0, last_stretch: 0, of_stretch: 0, first_us: at_us, last_us: at_us, last_body: 0 }
    }

    fn observe(&mut self, stretch: u64, at_us: i64, body: u64) {
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

    /// Halves the count and the time span, so that the earlier half no longer counts.
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
    use crate::analysis::AnalyzedTicket;
    use crate::ticket::TicketText;

    const HOUR_US: i64 = 3_600_000_000;

    /// Learns from this many tickets, an hour apart, with the bodies that `body` gives.
    fn learned(count: i64, body: impl Fn(i64) -> String) -> BoilerplateLearner {
        let mut boilerplate = BoilerplateLearner::default();
        for at in 0..count {
            let mut text = TicketText::new(at.to_string(), "Export", &body(at));
            text.created_at_us = (1 + at) * HOUR_US;
            observe(&mut boilerplate, &text);
        }
        boilerplate
    }

    fn observe(boilerplate: &mut BoilerplateLearner, text: &TicketText) {
        boilerplate.observe("", &AnalyzedTicket::of(text).lines, text.created_at_us);
    }

    /// Whether a line is removed from a text that says something else as well.
    fn takes_out(boilerplate: &BoilerplateLearner, line: &str) -> bool {
        let text = TicketText::new("x", "", &format!("{line}\nsomething that nobody ever said before this day"));
        let plain = AnalyzedTicket::of(&text);
        let read = AnalyzedTicket::without(&text, boilerplate.known());
        read.terms.len() < plain.terms.len()
    }

    /// A number in letters, because digits make no difference between lines.
    fn letters(number: i64) -> String {
        number.to_string().bytes().map(|digit| char::from(b'a' + (digit - b'0'))).collect()
    }

    fn own_words(at: i64) -> String {
        format!("my words {} about the matter {} as ever", letters(at), letters(at % 7))
    }

    #[test]
    fn a_line_in_many_tickets_is_learned_and_removed_from_then_on() {
        let boilerplate = learned(256, |at| format!("{}\nSent by the form of our shop", own_words(at)));
        assert!(takes_out(&boilerplate, "Sent by the form of our shop"));
        assert!(!takes_out(&boilerplate, "Sent by the form of another shop"));
    }

    #[test]
    fn a_line_in_few_tickets_is_not_learned() {
        let rare = |at: i64| if at % 25 == 0 { "\nSent by the form of our shop" } else { "" };
        let boilerplate = learned(1_024, |at| own_words(at) + rare(at));
        assert!(!takes_out(&boilerplate, "Sent by the form of our shop"));
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
        let mut boilerplate = learned(640, own_words);
        for at in 0..256 {
            let mut text = TicketText::new("flood", "", &format!("{}\nThe login page stays white", own_words(at)));
            text.created_at_us = 640 * HOUR_US + at * HOUR_US / 30;
            observe(&mut boilerplate, &text);
        }
        assert!(!takes_out(&boilerplate, "The login page stays white"));
    }

    #[test]
    fn a_form_that_is_no_longer_used_is_forgotten() {
        let form = |at: i64| if at < 400 { "\nSent by the form of our shop" } else { "" };
        assert!(takes_out(&learned(400 - 16, |at| own_words(at) + form(at)), "Sent by the form of our shop"));
        assert!(!takes_out(&learned(2_112, |at| own_words(at) + form(at)), "Sent by the form of our shop"));
    }

    #[test]
    fn memory_is_bounded_whatever_comes() {
        let lines = |at: i64| (0..300).map(|n| letters(at * 300 + n) + " in a log").collect::<Vec<_>>();
        let boilerplate = learned(150, |at| lines(at).join("\n"));
        assert!(boilerplate.brands.values().all(|brand| brand.lines.len() <= LINES_KEPT));
    }
}
