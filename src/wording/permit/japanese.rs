//! Japanese, which has no spaces: a run of characters stays as far as it is made of listed words.

use std::ops::Range;

use super::lists::{self, Listed};
use crate::wording::language::Language;

/// The longest word that is looked for, in characters.
const LONGEST: usize = 10;

/// What is put behind a person's name.
const POLITE: &[&str] = &["さん", "様", "さま", "氏", "君", "くん", "ちゃん", "先生", "殿", "社長", "部長", "課長"];

/// What is put before or behind a company's name.
const COMPANY: &[&str] = &["株式会社", "有限会社", "合同会社", "㈱"];

pub(super) fn is_japanese(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '々' | '〆')
}

/// The places in a run of Japanese characters that no listed word covers, or that are somebody's name.
pub(super) fn holes(run: &str) -> Vec<Range<usize>> {
    let ends: Vec<usize> = run.char_indices().map(|(at, _)| at).chain([run.len()]).collect();
    let count = ends.len() - 1;
    let slice = |from: usize, to: usize| &run[ends[from]..ends[to]];
    // The fewest uncovered characters up to each place, and where the last word begins.
    let mut best: Vec<(usize, usize, bool)> = vec![(0, 0, true)];
    for to in 1..=count {
        let (missed, _, _) = best[to - 1];
        let mut choice = (missed + 3, to - 1, false);
        for (from, (missed, _, _)) in best.iter().enumerate().skip(to.saturating_sub(LONGEST)) {
            let cost = missed + usize::from(to - from == 1);
            if cost < choice.0 && is_word(slice(from, to)) {
                choice = (cost, from, true);
            }
        }
        best.push(choice);
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut to = count;
    while to > 0 {
        let (_, from, covered) = best[to];
        if !covered {
            found.push(ends[from]..ends[to]);
        }
        to = from;
    }
    found.extend(named(run));
    found
}

fn is_word(word: &str) -> bool {
    lists::listed(word, Language::Japanese) == Listed::Word
}

/// What stands before さん and the like, or beside 株式会社, in one script.
fn named(run: &str) -> Vec<Range<usize>> {
    let script = |c: char| match c {
        '\u{3040}'..='\u{309f}' => 0,
        '\u{30a0}'..='\u{30ff}' => 1,
        _ => 2,
    };
    let back = |end: usize| {
        let of = run[..end].chars().next_back().map(script);
        let length: usize =
            run[..end].chars().rev().take_while(|c| Some(script(*c)) == of && script(*c) > 0).map(char::len_utf8).sum();
        end - length..end
    };
    let ahead = |start: usize| {
        let of = run[start..].chars().next().map(script);
        let length: usize =
            run[start..].chars().take_while(|c| Some(script(*c)) == of && script(*c) > 0).map(char::len_utf8).sum();
        start..start + length
    };
    let polite = POLITE
        .iter()
        .flat_map(|word| run.match_indices(word))
        .filter(|(at, word)| *word != "様" || !run[..*at].ends_with(['同', '仕', '多', '客']))
        .map(|(at, _)| back(at));
    let company = COMPANY
        .iter()
        .flat_map(|word| run.match_indices(word))
        .flat_map(|(at, word)| [back(at), ahead(at + word.len())]);
    polite.chain(company).filter(|at| !at.is_empty() && !["お客", "皆"].contains(&&run[at.clone()])).collect()
}
