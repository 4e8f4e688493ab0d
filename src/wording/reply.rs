//! What a customer answers to "does it work for you now?", if the answer is clear.
//!
//! Only their own words count, only in a short reply, and only a plain yes or no. A person reads everything else, such as
//! "works now, but the other thing is broken" or "thanks, I will try". A wrong "works" would end the topic for a customer who
//! still has the problem, so a doubtful reply gives no verdict.

use crate::model::update::CustomerVerdict;

/// The longest reply that is read, in characters. A longer one is about something else too.
const CHARACTERS: usize = 280;

/// Phrases that say it works: whole words in lower case.
const WORKS: &[&str] = &[
    "works now",
    "it works",
    "works again",
    "works great",
    "works fine",
    "works perfectly",
    "works for me",
    "works for us",
    "working now",
    "is working",
    "working again",
    "fixed now",
    "is fixed",
    "all good now",
    "problem solved",
    "solved now",
    "yes it does",
    "yes, it does",
    "funktioniert",
    "klappt",
    "es geht wieder",
    "geht jetzt",
    "ça marche",
    "ca marche",
    "fonctionne",
    "funciona",
    "ya funciona",
    "functioneert",
    "het werkt",
    "funziona",
];

/// Phrases that say it does not.
const BROKEN: &[&str] = &[
    "still broken",
    "still does not",
    "still doesn't",
    "still not",
    "still fails",
    "still failing",
    "still crashes",
    "still happens",
    "still happening",
    "still the same",
    "still get",
    "still getting",
    "still see",
    "still seeing",
    "still wrong",
    "still missing",
    "not fixed",
    "isn't fixed",
    "not working",
    "does not work",
    "doesn't work",
    "didn't work",
    "did not work",
    "doesn't help",
    "no change",
    "same problem",
    "same error",
    "same issue",
    "nothing changed",
    "funktioniert nicht",
    "funktioniert immer noch nicht",
    "klappt nicht",
    "geht nicht",
    "immer noch kaputt",
    "immer noch nicht",
    "ne marche pas",
    "ne fonctionne pas",
    "no funciona",
    "sigue sin",
    "werkt niet",
    "non funziona",
];

/// What makes a clear phrase unclear.
const UNLESS: &[&str] = &[
    "but",
    "however",
    "except",
    "although",
    "unless",
    "until",
    "if",
    "when it",
    "will try",
    "will test",
    "let you know",
    "?",
    "aber",
    "mais",
    "pero",
    "maar",
    "sobald",
    "wenn",
];

/// The verdict of a reply, if it is clear.
pub fn verdict(reply: &str) -> Option<CustomerVerdict> {
    let own = own_words(reply);
    if own.is_empty() || own.chars().count() > CHARACTERS {
        return None;
    }
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| contains(&own, phrase));
    let (works, broken) = (says(WORKS) || is_yes(&own), says(BROKEN) || is_no(&own));
    // "does not work" contains "work", and "not working" contains "working". So a phrase that says it is broken wins.
    match (works, broken, says(UNLESS)) {
        (_, true, _) => Some(CustomerVerdict::StillBroken),
        (true, false, false) => Some(CustomerVerdict::Works),
        _ => None,
    }
}

/// The words above the quoted message, in lower case, on one line.
fn own_words(reply: &str) -> String {
    let quoted = |line: &str| {
        let line = line.trim();
        line.starts_with('>')
            || line.starts_with("-----")
            || line.starts_with("________")
            || (line.starts_with("On ") && line.ends_with("wrote:"))
            || (line.starts_with("Am ") && line.ends_with("schrieb:"))
            || line.starts_with("Le ") && line.ends_with("écrit :")
    };
    let own: Vec<&str> = reply.lines().take_while(|line| !quoted(line)).flat_map(str::split_whitespace).collect();
    own.join(" ").to_lowercase().replace('\u{2019}', "'")
}

/// Whether the text contains the phrase as whole words.
fn contains(text: &str, phrase: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    text.match_indices(phrase).any(|(at, _)| {
        edge(text[..at].chars().next_back()) && (phrase == "?" || edge(text[at + phrase.len()..].chars().next()))
    })
}

fn bare(text: &str) -> &str {
    text.trim_end_matches(|c: char| !c.is_alphanumeric())
}

fn is_yes(own: &str) -> bool {
    let bare = bare(own);
    matches!(
        bare,
        "yes"
            | "yes thanks"
            | "yes, thanks"
            | "yes thank you"
            | "yes, thank you"
            | "yep"
            | "ja"
            | "ja danke"
            | "ja, danke"
            | "oui"
            | "oui merci"
            | "oui, merci"
            | "sí"
            | "si"
            | "sì"
    )
}

fn is_no(own: &str) -> bool {
    matches!(bare(own), "no" | "nope" | "nein" | "non" | "nee" | "no, sorry" | "not yet" | "no not yet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_yes_is_a_confirmation() {
        for yes in [
            "Yes, it works now. Thank you!",
            "works perfectly, thanks a lot",
            "Yes!",
            "Ja, danke",
            "It is fixed.\n\nOn Tue, Sam wrote:\n> Does it not work?",
            "Der Export funktioniert wieder, danke",
        ] {
            assert_eq!(verdict(yes), Some(CustomerVerdict::Works), "{yes}");
        }
    }

    #[test]
    fn a_plain_no_opens_the_loop_again() {
        for no in [
            "It still does not work for me",
            "Still broken, sorry.",
            "Nope.",
            "I don\u{2019}t think so: same error as before, it doesn\u{2019}t work",
            "funktioniert leider immer noch nicht",
        ] {
            assert_eq!(verdict(no), Some(CustomerVerdict::StillBroken), "{no}");
        }
    }

    #[test]
    fn anything_unclear_is_left_to_a_person() {
        for unclear in [
            "",
            "Thanks, I will try tomorrow",
            "It works now, but the totals are off",
            "Does it work on the phone too?",
            "If it works I will let you know",
            "Great news",
            "> it works now",
        ] {
            assert_eq!(verdict(unclear), None, "{unclear}");
        }
    }
}
