//! The managed section of an issue's body: what is between two markers is ours, and everything around them is people's.
//!
//! Pure: what is between the markers depends on the section alone, and what is around them is never touched. If
//! somebody takes the markers out, the issue is theirs. `longest` is how many characters a body may have.

use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::marker::Marker;

const BEGIN: &str = "<!-- heard:begin -->";
const END: &str = "<!-- heard:end -->";
/// Both with what stands between them, as JSON may write it.
static SECTION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s-u)((?:<|\\u003[cC])!-- heard:begin --(?:>|\\u003[eE])).*?((?:<|\\u003[cC])!-- heard:end --(?:>|\\u003[eE]))").ok()
});

/// What stands in the first of them however it is written: every webhook is looked through.
static WORDS: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"heard:begin"));

/// The bytes of a webhook without what our section says in it; `None` if it quotes none. What the section said before it was
/// written anew stands in webhooks, too.
pub fn masked(webhook: &[u8]) -> Option<Vec<u8>> {
    WORDS.find(webhook)?;
    let section = SECTION.as_ref().filter(|section| section.is_match(webhook))?;
    Some(section.replace_all(webhook, &b"${1}${2}"[..]).into_owned())
}
/// Says that lines were left out.
const SHORTENED: &str = "\u{2026} shortened: the console has the rest.";
/// With less room than this, a section is not worth writing.
const LEAST: usize = 400;

/// How deeply folded parts may be nested in a section.
const DETAILS: usize = 4;

/// What placing the section into a body gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PlacedSection {
    /// Write this body.
    Changed(String),
    /// It already says this.
    Same,
    /// Leave it alone: somebody took the markers out.
    Removed,
    /// People's text leaves no room for it.
    NoRoom,
}

/// The body of an issue that we create.
pub(crate) fn fresh(section: &str, marker: &Marker, longest: usize) -> String {
    managed(section, marker, longest, "\n")
}

/// The body of an issue that a person made and Heard adopts: their text, with the section below it. `None` if their
/// text leaves no room. If the body already has a section, the new one replaces it.
pub(crate) fn adopt(existing: &str, section: &str, marker: &Marker, longest: usize) -> Option<String> {
    match place(existing, section, marker, longest) {
        PlacedSection::Changed(body) => return Some(body),
        PlacedSection::Same => return Some(existing.to_owned()),
        PlacedSection::NoRoom => return None,
        PlacedSection::Removed => {}
    }
    let newline = newline(existing);
    let people = existing.trim_end();
    let gap = if people.is_empty() { String::new() } else { newline.repeat(2) };
    let room = room(people.chars().count() + gap.len(), longest)?;
    Some(format!("{people}{gap}{}", managed(section, marker, room, newline)))
}

/// Puts the section into its place.
pub(crate) fn place(existing: &str, section: &str, marker: &Marker, longest: usize) -> PlacedSection {
    let Some((before, rest)) = existing.split_once(BEGIN) else { return PlacedSection::Removed };
    let Some((old, after)) = rest.split_once(END) else { return PlacedSection::Removed };
    let people = before.chars().count() + after.chars().count();
    let Some(room) = room(people, longest) else { return PlacedSection::NoRoom };
    let new = managed(section, marker, room, newline(existing));
    let same = new.replace("\r\n", "\n") == format!("{BEGIN}{old}{END}").replace("\r\n", "\n");
    if same { PlacedSection::Same } else { PlacedSection::Changed(format!("{before}{new}{after}")) }
}

/// Whether people's text in a body leaves room for a section.
pub(crate) fn has_room(existing: &str, longest: usize) -> bool {
    let people = match existing.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1))) {
        Some((before, after)) => before.chars().count() + after.chars().count(),
        None => existing.chars().count(),
    };
    room(people, longest).is_some()
}

fn room(people: usize, longest: usize) -> Option<usize> {
    longest.checked_sub(people).filter(|room| *room >= LEAST)
}

/// The line ending of the body. Editors in browsers write `\r
/// `.
fn newline(body: &str) -> &'static str {
    if body.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The section between its markers, shortened line by line from its end until it fits.
fn managed(section: &str, marker: &Marker, room: usize, newline: &str) -> String {
    let section = section.replace("\r\n", "\n").replace(BEGIN, "").replace(END, "");
    let frame = [BEGIN, marker.render().as_str(), "", "", END].join(newline).chars().count();
    let closing = DETAILS * ("</details>".len() + newline.len()) + SHORTENED.chars().count() + 2 * newline.len();
    let room = room.saturating_sub(frame + closing);
    let mut kept: Vec<&str> = Vec::new();
    let mut length = 0;
    let mut lines = section.trim().lines();
    let mut shortened = false;
    for line in lines.by_ref() {
        length += line.chars().count() + newline.len();
        if length > room {
            shortened = true;
            break;
        }
        kept.push(line.trim_end_matches('\r'));
    }
    if shortened {
        // A folded part that was opened and not closed would swallow people's text below.
        let text = kept.join("\n");
        let open = text.matches("<details").count().saturating_sub(text.matches("</details>").count());
        kept.extend(std::iter::repeat_n("</details>", open.min(DETAILS)));
        kept.push(SHORTENED);
    }
    let marker = marker.render();
    let all: Vec<&str> = [BEGIN, marker.as_str(), ""].into_iter().chain(kept).chain([END]).collect();
    all.join(newline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{clock::Time, secret::Secret},
        model::id::TopicId,
    };

    const LONGEST: usize = 60_000;

    fn marker() -> Marker {
        Marker::topic(&Secret::new("key"), TopicId::generate(Time::from_seconds(1)))
    }

    fn changed(placed: PlacedSection) -> String {
        match placed {
            PlacedSection::Changed(body) => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_webhook_is_kept_without_what_the_section_says_and_said() {
        let webhook = concat!(
            r#"{"issue":{"body":"Mine.\n<!-- heard:begin -->\nsecret\n<!-- heard:end -->\nYours."},"#,
            r#""changes":{"body":{"from":"\u003c!-- heard:begin --\u003e old \u003c!-- heard:end --\u003e"}}}"#
        );
        let masked = String::from_utf8(masked(webhook.as_bytes()).unwrap()).unwrap();
        assert!(masked.contains("Mine.") && masked.contains("Yours.") && !masked.contains("secret"), "{masked}");
        assert!(!masked.contains(" old ") && serde_json::from_str::<serde_json::Value>(&masked).is_ok(), "{masked}");
        assert_eq!(super::masked(b"{}"), None);
    }

    #[test]
    fn a_new_section_replaces_the_old_and_nothing_else() {
        let marker = marker();
        let body = format!("Mine before\n{}\nMine after\n", fresh("3 customers", &marker, LONGEST));
        let placed = changed(place(&body, "4 customers", &marker, LONGEST));
        assert_eq!(placed, body.replace("3 customers", "4 customers"));
        assert_eq!(place(&placed, "4 customers", &marker, LONGEST), PlacedSection::Same);
    }

    #[test]
    fn an_editor_that_turns_line_ends_changes_nothing() {
        let marker = marker();
        let body = fresh("one\n\ntwo", &marker, LONGEST).replace('\n', "\r\n");
        assert_eq!(place(&body, "one\n\ntwo", &marker, LONGEST), PlacedSection::Same);
        assert!(!changed(place(&body, "three\nfour", &marker, LONGEST)).replace("\r\n", "").contains('\n'));
    }

    #[test]
    fn a_body_without_markers_is_left_alone() {
        let marker = marker();
        let body = fresh("one", &marker, LONGEST);
        for taken_out in ["", "only people's text", &body.replace(BEGIN, ""), &body.replace(END, "")] {
            assert_eq!(place(taken_out, "two", &marker, LONGEST), PlacedSection::Removed, "{taken_out}");
        }
    }

    #[test]
    fn a_marker_that_somebody_deleted_comes_back_with_the_next_change() {
        let marker = marker();
        let body = fresh("one", &marker, LONGEST).replace(&marker.render(), "");
        assert!(marker.is_in(&changed(place(&body, "one", &marker, LONGEST))));
    }

    #[test]
    fn an_issue_of_a_person_is_adopted_below_their_text() {
        let marker = marker();
        let body = adopt("It crashes.\r\n", "3 customers", &marker, LONGEST).unwrap();
        assert!(body.starts_with("It crashes.\r\n\r\n<!-- heard:begin -->"), "{body}");
        assert!(marker.is_in(&body));
        assert_eq!(adopt(&body, "3 customers", &marker, LONGEST).as_deref(), Some(body.as_str()));
    }

    #[test]
    fn what_is_too_long_is_shortened_from_its_end() {
        let marker = marker();
        let long = (0..9_000).map(|nth| format!("line {nth}")).collect::<Vec<_>>().join("\n");
        let body = fresh(&long, &marker, LONGEST);
        assert!(body.chars().count() <= LONGEST);
        assert!(body.contains("line 0\n") && body.contains(SHORTENED) && body.ends_with(END));
        let folded = fresh(&format!("<details>\n{long}\n</details>"), &marker, LONGEST);
        assert!(folded.contains(&format!("</details>\n{SHORTENED}")));
        let full = format!("{}{}", "x".repeat(LONGEST), fresh("one", &marker, LONGEST));
        assert_eq!(place(&full, "two", &marker, LONGEST), PlacedSection::NoRoom);
        assert!(!has_room(&full, LONGEST) && has_room(&body, LONGEST));
        assert_eq!(adopt(&"x".repeat(LONGEST), "one", &marker, LONGEST), None);
    }

    proptest::proptest! {
        #[test]
        fn peoples_text_is_never_touched(before in "[a-z\\r\\n<!>\\- ]{0,80}", after in "\\PC{0,80}", old in "[a-z\\n]{0,40}", new in "[a-z\\r\\n<!>\\-:]{0,80}") {
            let marker = marker();
            let body = format!("{before}{}{after}", fresh(&old, &marker, LONGEST));
            match place(&body, &new, &marker, LONGEST) {
                PlacedSection::Changed(changed) => {
                    proptest::prop_assert!(changed.starts_with(&before) && changed.ends_with(&after));
                    proptest::prop_assert!(changed.chars().count() <= LONGEST);
                    proptest::prop_assert_eq!(place(&changed, &new, &marker, LONGEST), PlacedSection::Same);
                }
                PlacedSection::Same => {}
                PlacedSection::Removed | PlacedSection::NoRoom => proptest::prop_assert!(false, "removed"),
            }
        }

        #[test]
        fn no_body_breaks_the_placing(body in "(<!-- heard:begin -->|<!-- heard:end -->|[a-z\\r\\n]{0,9}){0,8}", new in "\\PC{0,40}") {
            let _ = place(&body, &new, &marker(), LONGEST);
            let adopted = adopt(&body, &new, &marker(), LONGEST).unwrap();
            proptest::prop_assert!(adopted.contains(BEGIN));
        }
    }
}
