//! Japanese, which has no spaces: a run of characters stays as far as it is made of listed words.

use std::ops::Range;

use super::lists;

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
    let words: Vec<Vec<usize>> = ends[..count].iter().map(|from| lists::japanese_at(&run[*from..], LONGEST)).collect();
    // The fewest uncovered characters up to each place, and where the last word begins.
    let mut best: Vec<(usize, usize, bool)> = vec![(0, 0, true)];
    for to in 1..=count {
        let (missed, _, _) = best[to - 1];
        let mut choice = (missed + 3, to - 1, false);
        for (from, (missed, _, _)) in best.iter().enumerate().skip(to.saturating_sub(LONGEST)) {
            let cost = missed + usize::from(to - from == 1);
            if cost < choice.0 && words[from].contains(&(to - from)) {
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

/// What stands before さん and the like, or beside 株式会社, in one script.
fn named(run: &str) -> Vec<Range<usize>> {
    let script = |c: char| -> u8 {
        match c {
            '\u{3040}'..='\u{309f}' => 0,
            '\u{30a0}'..='\u{30ff}' => 1,
            _ => 2,
        }
    };
    // Runs of one script: where each begins and ends, and which it is.
    let mut scripts: Vec<(Range<usize>, u8)> = Vec::new();
    for (at, c) in run.char_indices() {
        let end = at + c.len_utf8();
        match scripts.last_mut() {
            Some((run, of)) if *of == script(c) => run.end = end,
            _ => scripts.push((at..end, script(c))),
        }
    }
    let around = |at: usize| {
        let found = scripts.get(scripts.partition_point(|(run, _)| run.end <= at));
        found.filter(|(run, of)| *of > 0 && run.contains(&at)).map(|(run, _)| run.clone())
    };
    let back = |end: usize| end.checked_sub(1).and_then(around).map_or(end..end, |run| run.start..end);
    let ahead = |start: usize| around(start).map_or(start..start, |run| start..run.end);
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
