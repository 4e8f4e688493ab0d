//! A reply in sentences and clauses, because a phrase and its negation stand in the same clause.

use super::fold;

/// A sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Its clauses, as written.
    pub(super) clauses: Vec<String>,
    /// Whether it ends with a question mark.
    pub(super) is_question: bool,
}

impl Sentence {
    /// The whole of it, as it is compared.
    pub(super) fn folded(&self) -> String {
        fold::folded(&self.clauses.join(", "))
    }
}

/// Parts a text into its sentences. The end of a line ends one.
pub(super) fn sentences(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut sentence = Sentence { clauses: Vec::new(), is_question: false };
    let mut clause = String::new();
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match mark(before, c, next) {
            Mark::Letter => clause.push(c),
            Mark::Clause => close(&mut clause, &mut sentence),
            Mark::Sentence => {
                close(&mut clause, &mut sentence);
                if matches!(c, '?' | '？') {
                    sentence.is_question = true;
                }
                if !matches!(next, '.' | '!' | '?' | '！' | '？') && !sentence.clauses.is_empty() {
                    sentences.push(sentence);
                    sentence = Sentence { clauses: Vec::new(), is_question: false };
                }
            }
        }
        before = c;
    }
    close(&mut clause, &mut sentence);
    if !sentence.clauses.is_empty() {
        sentences.push(sentence);
    }
    sentences
}

enum Mark {
    Letter,
    Clause,
    Sentence,
}

/// What a character does between its neighbours: "2.4.0", "10:04", "1,000" and "on-premise" stay whole.
fn mark(before: char, c: char, next: char) -> Mark {
    let ends_word = next.is_whitespace() || !next.is_alphanumeric();
    match c {
        '\n' | '。' | '！' | '？' | '!' | '?' | '…' => Mark::Sentence,
        '.' if ends_word => Mark::Sentence,
        ';' | '–' | '—' | '(' | ')' | '、' | '，' | '：' => Mark::Clause,
        ',' if !(before.is_numeric() && next.is_numeric()) => Mark::Clause,
        ':' | '-' if ends_word && (c == ':' || before.is_whitespace()) => Mark::Clause,
        _ => Mark::Letter,
    }
}

fn close(clause: &mut String, sentence: &mut Sentence) {
    let written = std::mem::take(clause);
    if written.chars().any(char::is_alphanumeric) {
        sentence.clauses.push(written.trim().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_parted_at_its_marks_and_nowhere_else() {
        let parted = sentences("Yes, 2.4.0 works (since 10:04)! Is it on-premise too?? 動きました。ありがとう");
        let clauses: Vec<_> = parted.iter().map(|one| (one.clauses.join("|"), one.is_question)).collect();
        let expected = [
            ("Yes|2.4.0 works|since 10:04", false),
            ("Is it on-premise too", true),
            ("動きました", false),
            ("ありがとう", false),
        ];
        assert_eq!(clauses, expected.map(|(text, question)| (text.to_owned(), question)));
    }
}
