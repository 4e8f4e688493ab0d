//! Removes from a message what is not the customer's own words: quotes, signatures, greetings, markup.
//!
//! It works on lines and is careful: if nothing would be left, the text stays as it was.

use std::sync::LazyLock;

use regex::Regex;

/// The longest line that can be a greeting or a closing, in bytes.
const COURTESY_LIMIT_CHARS: usize = 60;
/// A closing is only looked for within this many last lines.
const CLOSING_WITHIN_LINES: usize = 12;

macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($pattern).ok());
    };
}

pattern!(MARKUP, r"(?s)<!--.*?-->|<(style|script)\b.*?</(style|script)>|</?[a-zA-Z][^<>\n]{0,200}>");
pattern!(LINK_TARGET, r"\]\([^)\s]{1,500}\)");
pattern!(
    QUOTE_HEAD,
    r"(?i)^\s*(on .{4,120} wrote:|am .{4,120} schrieb.{0,60}:|le .{4,120} a écrit\s*:|el .{4,120} escribió:|il .{4,120} ha scritto:|em .{4,120} escreveu:|op .{4,120} schreef.{0,60}:|-{2,}\s*(original message|forwarded message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale)\s*-{2,}|#{2,}.{0,10}please type your reply above this line.*)\s*$"
);
pattern!(
    GREETING,
    r"(?i)^\s*(hi|hello|hey|dear|good (morning|afternoon|evening|day)|greetings|hallo|guten (tag|morgen|abend)|sehr geehrte\w*|liebe[rs]?|bonjour|bonsoir|salut|madame|monsieur|hola|buen[oa]s (días|tardes|noches)|estimad[oa]s?|ciao|buongiorno|gentile|olá|bom dia|boa (tarde|noite)|prezad[oa]s?|beste|goedendag|hej)\b[^.?]{0,40}[,!.:]?\s*$"
);
pattern!(
    CLOSING,
    r"(?i)^\s*(--\s*|sent from my .{2,40}|(kind|best|warm|many)?\s*(regards|wishes)|(many )?thanks( (in advance|a lot|so much|again))?|thank you.{0,30}|cheers|sincerely( yours)?|yours (truly|sincerely|faithfully)|best|mit freundlichen grüßen|(viele|liebe|beste|freundliche) grüße|danke.{0,20}|vielen dank.{0,20}|cordialement|bien à vous|merci.{0,30}|saludos( cordiales)?|un saludo|(muchas )?gracias.{0,20}|cordiali saluti|grazie.{0,20}|atenciosamente|obrigad[oa].{0,20}|met vriendelijke groet(en)?|groeten|bedankt.{0,20})[,.!]*\s*$"
);

/// The customer's own words of a message.
pub(super) fn clean(body: &str) -> String {
    let text = without(&MARKUP, body, " ");
    let text = without(&LINK_TARGET, &text, "] ");
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if is(&QUOTE_HEAD, line) {
            break;
        }
        if !line.trim_start().starts_with('>') {
            lines.push(line);
        }
    }
    let first = lines.iter().position(|line| !line.trim().is_empty()).unwrap_or(0);
    if lines.get(first).is_some_and(|line| is_courtesy(&GREETING, line)) {
        lines.drain(..=first);
    }
    let searched = lines.len().saturating_sub(CLOSING_WITHIN_LINES).max(1);
    let closing = lines.iter().enumerate().skip(searched).find(|(_, line)| is_courtesy(&CLOSING, line));
    if let Some((at, _)) = closing {
        lines.truncate(at);
    }
    let kept = lines.join("\n");
    if kept.trim().is_empty() { body.to_owned() } else { kept }
}

fn is_courtesy(pattern: &LazyLock<Option<Regex>>, line: &str) -> bool {
    line.len() <= COURTESY_LIMIT_CHARS && !line.trim().is_empty() && is(pattern, line)
}

fn is(pattern: &LazyLock<Option<Regex>>, line: &str) -> bool {
    pattern.as_ref().is_some_and(|p| p.is_match(line))
}

fn without(pattern: &LazyLock<Option<Regex>>, text: &str, instead: &str) -> String {
    pattern.as_ref().map_or_else(|| text.to_owned(), |p| p.replace_all(text, instead).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greeting_signature_and_quote_are_not_the_message() {
        let mail = "Hello support team,\n\nThe export crashes.\n\nBest regards,\nAda Lovelace\nCountess\n\n\
                    On Mon, 3 Mar 2025 at 10:00, Support wrote:\n> How can we help?";
        assert_eq!(clean(mail).trim(), "The export crashes.");
    }

    #[test]
    fn markup_and_comments_are_not_the_message() {
        assert_eq!(clean("<!-- read the rules -->It <b>crashes</b>").trim(), "It  crashes");
    }

    #[test]
    fn a_message_of_courtesies_alone_stays() {
        assert_eq!(clean("Thanks!"), "Thanks!");
    }

    #[test]
    fn german_courtesies_are_known() {
        assert_eq!(
            clean("Guten Tag,\nder Export geht nicht.\nMit freundlichen Grüßen\nErika").trim(),
            "der Export geht nicht."
        );
    }

    #[test]
    fn a_sentence_that_begins_like_a_greeting_stays() {
        assert_eq!(clean("Hi, the export crashes since monday."), "Hi, the export crashes since monday.");
    }
}
