//! One short quotation in the customer's own words: the sentence that tells what is wrong or what is wished for.
//!
//! Taken away: greetings, quoted mails, signatures, machine output, and what people write to be polite. What is left is
//! weighed by sentence; the most telling one is quoted as it was written, with its neighbour where both fit.

mod lines;
mod weigh;

use super::say;

/// Less than this and the neighbouring sentence is taken along, where it tells something too.
const SHORT: usize = 70;

/// What a neighbouring sentence must weigh to be taken along: more than its length alone.
const TELLING: f32 = 1.5;

/// The most telling sentence of a message in at most `max_chars` characters, on one line; `None` where it says nothing.
pub fn best(text: &str, max_chars: usize) -> Option<String> {
    let sentences = sentences(&lines::own(text));
    let weights: Vec<f32> = sentences.iter().enumerate().map(|(at, sentence)| weigh::weigh(sentence, at)).collect();
    let at = (0..sentences.len()).reduce(|best, at| if weights[at] > weights[best] { at } else { best })?;
    if weights[at] <= weigh::NOTHING {
        return None;
    }
    let mut quote = sentences[at].clone();
    let next = sentences.get(at + 1).filter(|_| weights[at + 1] > TELLING);
    if let Some(next) = next
        && quote.chars().count() < SHORT
        && quote.chars().count() + next.chars().count() < max_chars
    {
        quote = if quote.ends_with(['。', '！', '？']) { quote + next } else { format!("{quote} {next}") };
    }
    Some(say::cut(&quote, max_chars))
}

/// What a message says in its writer's own words: without the mail that is answered, greeting and signature; one line for each
/// paragraph.
#[must_use]
pub fn own(text: &str) -> String {
    lines::own(text).join("\n")
}

/// Splits paragraphs into sentences, each on one line.
fn sentences(paragraphs: &[String]) -> Vec<String> {
    let mut sentences = Vec::new();
    for paragraph in paragraphs {
        let paragraph = once_each(&say::one_line(paragraph));
        let mut start = 0;
        for (at, c) in paragraph.char_indices() {
            let end = at + c.len_utf8();
            if ends_sentence(&paragraph, start, at, end) {
                sentences.push(paragraph[start..end].trim().to_owned());
                start = end;
            }
        }
        sentences.push(paragraph[start..].trim().to_owned());
    }
    sentences.retain(|sentence| sentence.chars().any(char::is_alphabetic));
    sentences
}

fn ends_sentence(paragraph: &str, start: usize, at: usize, end: usize) -> bool {
    let c = paragraph[at..].chars().next().unwrap_or(' ');
    if matches!(c, '。' | '？' | '！') {
        return true;
    }
    let mut after = paragraph[end..].chars();
    if !matches!(c, '.' | '!' | '?' | '…') || after.next().is_some_and(|next| next != ' ') {
        return false;
    }
    if c != '.' {
        return true;
    }
    let word = paragraph[start..at].rsplit(' ').next().unwrap_or_default();
    let abbreviation = word.chars().count() == 1 || word.contains('.') && word.chars().all(|c| !c.is_ascii_digit());
    let next_is_small = after.next().is_some_and(char::is_lowercase);
    !next_is_small && !abbreviation && !weigh::is_abbreviation(word)
}

/// `!!!` and `???` said once.
fn once_each(text: &str) -> String {
    let mut last = ' ';
    let keep = |c: &char| {
        let repeated = *c == last && matches!(c, '!' | '?' | '！' | '？');
        last = *c;
        !repeated
    };
    text.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Option<String> {
        best(text, 160)
    }

    #[test]
    fn greetings_pleasantries_and_signatures_are_left_out() {
        let mail = "Hi team,\n\nI hope you are well. Every CSV export of our monthly report is missing its last row. \
                    Could you please look into this? Thanks!\n\nBest regards,\nAna Sousa\nHead of Finance, Lovelace Ltd\n+44 20 7946 0018";
        assert_eq!(quoted(mail).as_deref(), Some("Every CSV export of our monthly report is missing its last row."));
    }

    #[test]
    fn quoted_mails_are_not_theirs() {
        let mail = "It still crashes when I open the calendar.\n\nOn Tue, 3 Mar 2026 at 10:04, Support <help@acme.test> wrote:\n\
                    > We cannot reproduce the error.\n> Please send a screenshot.";
        assert_eq!(quoted(mail).as_deref(), Some("It still crashes when I open the calendar."));
        let below = "On 3 March Sam wrote:\n> Does it fail?\n\nYes, the upload fails for files over 10 MB.";
        assert_eq!(quoted(below).as_deref(), Some("Yes, the upload fails for files over 10 MB."));
    }

    #[test]
    fn a_greeting_in_the_same_line_is_taken_off() {
        assert_eq!(
            quoted("Hello there, the invoice page shows yesterday's total").as_deref(),
            Some("the invoice page shows yesterday's total")
        );
        assert_eq!(quoted("Hallo zusammen, der Export bricht ab. Danke!").as_deref(), Some("der Export bricht ab."));
    }

    #[test]
    fn a_wish_is_preferred_to_a_story() {
        let text = "We run four restaurants. It would be great to approve leave from my phone. We have been with you since 2019.";
        assert_eq!(quoted(text).as_deref(), Some("It would be great to approve leave from my phone."));
    }

    #[test]
    fn two_short_sentences_stand_together() {
        let text = "The printed week stops at midnight. Our night porters cannot read their own plan.";
        assert_eq!(quoted(text).as_deref(), Some(text));
    }

    #[test]
    fn a_message_that_says_nothing_gives_nothing() {
        for empty in ["", "Thanks!", "Hi,\n\nThank you very much.\n\nAna", "12345", "Hello", "> quoted", "Any update?"]
        {
            assert_eq!(quoted(empty), None, "{empty:?}");
        }
    }

    #[test]
    fn long_sentences_are_cut_after_a_word() {
        let text = "The export fails ".repeat(30);
        let quote = quoted(&text).expect("a quotation");
        assert!(quote.chars().count() <= 160 && quote.ends_with('…'), "{quote}");
    }

    #[test]
    fn japanese_is_split_at_its_own_full_stop() {
        assert_eq!(
            quoted("お世話になっております。CSVの最後の行が出力されません。よろしくお願いします。").as_deref(),
            Some("CSVの最後の行が出力されません。")
        );
    }

    #[test]
    fn traces_and_logs_are_not_words() {
        let text = "Export fails with this:\n    at java.lang.Thread.run(Thread.java:748)\n2026-03-03 10:00:01 ERROR [pool-1] x=1\n";
        assert_eq!(quoted(text).as_deref(), Some("Export fails with this:"));
    }
}
