//! One short quotation in the customer's own words: the sentence that says what is wrong, or what they wish for.
//!
//! Greetings, quoted mails, signatures, machine output and politeness are left out. Each remaining sentence gets a score. The
//! best one is quoted as it was written, together with the next one if both are short enough.

mod lines;
mod mail;
mod score;

use super::text;
use crate::base::limits;

/// A quotation shorter than this also gets the next sentence, if that one says something too.
const SHORT: usize = 70;

/// The score from which a sentence says something: more than its length alone gives.
const TELLING: f32 = 1.5;

/// The score from which a sentence without any telling word is a plain statement, and no pleasantry.
const PLAIN: f32 = 0.5;

/// The best sentence of a message, on one line of at most `max_chars` characters; `None` if the message says nothing. Of two
/// complaints in one message, the one that shares words with `title`, the topic's, is quoted.
pub fn best(text: &str, title: &str, max_chars: usize) -> Option<String> {
    let sentences = sentences(&lines::own(text::head(text, limits::READ_CHARACTERS)));
    let about = score::title_stems(title);
    let score = |(at, sentence): (usize, &String)| score::score(sentence, at, &about);
    let scores: Vec<f32> = sentences.iter().enumerate().map(score).collect();
    let at = (0..sentences.len()).reduce(|best, at| if scores[at] > scores[best] { at } else { best })?;
    if scores[at] <= score::NOTHING {
        return None;
    }
    // "We need complete files": what is wrong is said before it, in words that need not be among ours.
    let before = at.checked_sub(1).filter(|before| scores[*before] >= PLAIN && score::is_only_a_need(&sentences[at]));
    if let Some(before) = before.map(|before| &sentences[before])
        && before.chars().count() + sentences[at].chars().count() < max_chars
    {
        return Some(together(before, &sentences[at]));
    }
    let mut quote = sentences[at].clone();
    let next = sentences.get(at + 1).filter(|_| scores[at + 1] > TELLING);
    if let Some(next) = next
        && quote.chars().count() < SHORT
        && quote.chars().count() + next.chars().count() < max_chars
    {
        quote = together(&quote, next);
    }
    Some(text::cut(&quote, max_chars))
}

/// Two sentences in one line.
fn together(first: &str, second: &str) -> String {
    let space = if first.ends_with(['。', '！', '？']) { "" } else { " " };
    format!("{first}{space}{second}")
}

/// The writer's own words, one line for each paragraph: without the mail they answer, greeting and signature.
#[must_use]
pub fn own(text: &str) -> String {
    lines::own(text::head(text, limits::READ_CHARACTERS)).join("\n")
}

/// A message in two: what its writer wrote, and what a mail program, a company or an earlier mail added below it. Nothing is lost, and
/// what they answer line by line stays above their answers. Where all of it is an earlier mail, such as one that was forwarded, that is
/// what they wrote.
#[must_use]
pub fn apart(text: &str) -> (String, String) {
    let mut own = mail::lines(text).into_iter().peekable();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut end = 0;
    for (at, line) in lines.iter().enumerate() {
        if own.next_if(|own| own == line).is_some() && !line.is_empty() {
            end = at + 1;
        }
    }
    let (written, added) = lines.split_at(if end == 0 { lines.len() } else { end });
    (written.join("\n").trim().to_owned(), added.join("\n").trim().to_owned())
}

/// Whether everything that a message of ours quotes still stands in what the customer wrote. `None` if nothing is marked as a
/// quotation, because a person or a template may say it in another way.
pub fn stands<'w>(message: &str, written: impl IntoIterator<Item = &'w str>) -> Option<bool> {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let written: Vec<String> = written.into_iter().map(letters).collect();
    let mut quoted = message.lines().filter_map(|line| line.strip_prefix('>')).map(letters).peekable();
    quoted.peek()?;
    Some(quoted.all(|line| written.iter().any(|text| text.contains(&line))))
}

/// The lines that the writer wrote, and a postscript: without quoted mails, footers and signature.
pub(super) fn written(text: &str) -> Vec<&str> {
    lines::written(text::head(text, limits::READ_CHARACTERS))
}

/// Splits paragraphs into sentences, each on one line.
fn sentences(paragraphs: &[String]) -> Vec<String> {
    let mut sentences = Vec::new();
    for paragraph in paragraphs {
        let paragraph = once_each(&text::one_line(paragraph));
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
    !next_is_small && !abbreviation && !score::is_abbreviation(word)
}

/// With `!!!` and `???` reduced to one character.
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
        best(text, "", 160)
    }

    #[test]
    fn a_quotation_stands_as_long_as_its_words_do() {
        let message = "Hi Ana,\n\n> The export loses its last row…\n\nIt is fixed.";
        assert_eq!(stands(message, ["Hello. The  export\nloses its last row, each time."]), Some(true));
        assert_eq!(stands(message, ["The export loses ▇▇▇▇ ▇▇▇ row", "its last row"]), Some(false));
        assert_eq!(stands(message, []), Some(false));
        assert_eq!(stands("It is fixed.", ["It is fixed."]), None);
    }

    #[test]
    fn an_earlier_mail_stands_apart_and_nothing_is_lost() {
        let mail = "It still fails.\n\nBest regards\nAna\n\nOn Tue Sam wrote:\n> Right?\n> Sam";
        let (written, added) = apart(mail);
        assert_eq!(written, "It still fails.\n\nBest regards\nAna");
        assert_eq!(added, "On Tue Sam wrote:\n> Right?\n> Sam");
        let between = "On Tue Sam wrote:\n> Right?\n\nYes.";
        assert_eq!(apart(between), (between.to_owned(), String::new()));
        assert_eq!(apart("> only quoted"), ("> only quoted".to_owned(), String::new()));
        assert_eq!(apart("One line"), ("One line".to_owned(), String::new()));
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
    fn what_somebody_needs_is_not_quoted_without_what_is_wrong() {
        let need = "We need complete files for the accountant.";
        for wrong in ["The last line of each export has gone astray.", "Every export ends one line before its last."] {
            assert_eq!(quoted(&format!("{wrong} {need} Thanks!")), Some(format!("{wrong} {need}")), "{wrong}");
        }
        let far =
            "Each CSV export of the monthly report lacks its final line. We use the Business plan in four offices. ";
        assert_eq!(
            quoted(&format!("{far}{need}")).as_deref(),
            Some("Each CSV export of the monthly report lacks its final line.")
        );
        let wish = "We are a chain of four restaurants by the sea. We need an export to PDF for our accountant.";
        assert_eq!(quoted(wish).as_deref(), Some("We need an export to PDF for our accountant."));
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
    fn the_sentence_that_says_what_is_wrong_or_wished_for_is_quoted() {
        for (title, ticket, expected) in [
            (
                "PDF invoices have an empty last page",
                "Hi team, hope you're all well! We are on the Business plan. Since Tuesday's update the PDF invoices come out with \
                 an empty page at the end. Could you tell me when this will be fixed? Thanks, Priya",
                "Since Tuesday's update the PDF invoices come out with an empty page at the end.",
            ),
            (
                "Logged out every few minutes",
                "This is unacceptable!!! I have been a paying customer for six years and this is the third time I write. Nobody \
                 ever answers me. Your app logs me out every five minutes while I am typing. Fix it or I cancel!!!",
                "Your app logs me out every five minutes while I am typing.",
            ),
            (
                "Dark theme for the editor",
                "Hello! Any idea when this is coming? My eyes hurt after a day in the editor. I would love a dark theme for it. \
                 Is there an ETA?",
                "I would love a dark theme for it.",
            ),
            (
                "Webhook is sent twice",
                "As I said in my last mail, please escalate this. The webhook is sent twice for each order.",
                "The webhook is sent twice for each order.",
            ),
            (
                "Videos stop after ten seconds",
                "I tried restarting and clearing the cache, but nothing helped. Videos stop after ten seconds on my tablet.",
                "Videos stop after ten seconds on my tablet.",
            ),
            (
                "Calendar shows shifts an hour late",
                "We don't have any problem with the new price. But the calendar shows our shifts one hour late since the clocks \
                 changed.",
                "But the calendar shows our shifts one hour late since the clocks changed.",
            ),
            (
                "Sign-in fails",
                "My password: [password] and it is not working. The sign-in page shows an error after I enter it.",
                "The sign-in page shows an error after I enter it.",
            ),
            (
                "Export is missing its last row",
                "Ana Sousa\nLovelace Ltd\n\nThe export is missing its last row.\n\nAna Sousa",
                "The export is missing its last row.",
            ),
            (
                "Crash when opening an attachment",
                "Dear support,\n\nthe app crashes when I open an attachment:\n\nTraceback (most recent call last):\n  File \"app.py\", \
                 line 3, in run\nValueError: not a file\n\nWhen will you fix this? We need it today.",
                "the app crashes when I open an attachment:",
            ),
            (
                "How to change who approves overtime",
                "Good morning, I have a question. How do I change who approves overtime? Maria left in March. Thanks in advance!",
                "How do I change who approves overtime?",
            ),
            (
                "Export bricht ab",
                "Sehr geehrte Damen und Herren, das ist eine Frechheit. Der Export bricht seit gestern bei 400 Zeilen ab. Wann wird \
                 das behoben?",
                "Der Export bricht seit gestern bei 400 Zeilen ab.",
            ),
            (
                "Approve leave on the phone",
                "We are a chain of four restaurants with about ninety people, most of them part time, and I do the rota on Sundays \
                 at my kitchen table, which is fine. It would help me a lot to approve leave on my phone. My colleague who did \
                 this before has gone.",
                "It would help me a lot to approve leave on my phone.",
            ),
            (
                "Search finds nothing with an apostrophe",
                "I have attached a screenshot that shows the error. Search finds nothing when the name has an apostrophe. Any news \
                 on the other problem I reported?",
                "Search finds nothing when the name has an apostrophe.",
            ),
            (
                "Le tableau se vide",
                "Bonjour, toujours pas de réponse à mon message. Le tableau se vide quand je change de mois. Quand pourrez-vous \
                 corriger cela ?",
                "Le tableau se vide quand je change de mois.",
            ),
        ] {
            assert_eq!(best(ticket, title, 180).as_deref(), Some(expected), "of: {ticket}");
        }
    }

    #[test]
    fn of_two_complaints_the_one_about_the_topic_is_quoted() {
        let ticket = "The printed plan cannot be read because the names are cut off. The mobile app never shows the new shifts \
                      until I sign out.";
        let plan = "The printed plan cannot be read because the names are cut off.";
        let app = "The mobile app never shows the new shifts until I sign out.";
        assert_eq!(best(ticket, "Names cut off in the printed plan", 80).as_deref(), Some(plan));
        assert_eq!(best(ticket, "New shifts are missing in the mobile app", 80).as_deref(), Some(app));
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
