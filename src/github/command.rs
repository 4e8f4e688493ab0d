//! Commands in an issue's comment: `/heard ask Which version are you on?`
//!
//! The first line outside quotations and code that begins with `/heard` is the command; what follows it, up to the end,
//! is its text. Whether the writer may give it is asked elsewhere.

use crate::model::{
    issue::{Repository, parse_reference},
    topic::TopicKind,
};

/// The longest text that is taken over.
const TEXT: usize = 2_000;

/// What somebody with write access wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask every affected customer this.
    Ask(String),
    /// Tell them of this way around.
    Workaround(String),
    /// State that this version has the fix.
    Shipped(String),
    /// This topic is that other issue's.
    Merge {
        /// The other repository, where it is not the same.
        repository: Option<Repository>,
        /// The other issue.
        number: i64,
    },
    /// The topic is of this kind.
    Kind(TopicKind),
    /// `/heard`, but not as we know it: what is wrong, to be answered.
    Misread(String),
}

/// The command in a comment; `None` where there is none.
pub fn parse(body: &str) -> Option<Command> {
    let (words, rest) = line(body)?;
    let (verb, text) = words.split_once(char::is_whitespace).unwrap_or((words.as_str(), ""));
    let first = text.trim();
    let whole: String = format!("{first}\n{rest}").trim().chars().take(TEXT).collect();
    Some(match verb.to_ascii_lowercase().as_str() {
        "ask" if !whole.is_empty() => Command::Ask(whole),
        "ask" => Command::Misread("`/heard ask` needs the question behind it".to_owned()),
        "workaround" if !whole.is_empty() => Command::Workaround(whole),
        "workaround" => Command::Misread("`/heard workaround` needs the way around behind it".to_owned()),
        "shipped" => shipped(first),
        "merge" => merge(first),
        "kind" => kind(first),
        _ => Command::Misread("the commands are: ask, workaround, shipped, merge, kind".to_owned()),
    })
}

fn kind(word: &str) -> Command {
    TopicKind::parse(&word.to_ascii_lowercase().replace([' ', '-'], "_")).map_or_else(
        || {
            let kinds: Vec<&str> = TopicKind::ALL.iter().map(|kind| kind.as_str()).collect();
            Command::Misread(format!("`/heard kind` takes one of: {}", kinds.join(", ")))
        },
        Command::Kind,
    )
}

fn shipped(version: &str) -> Command {
    let version = version.trim_end_matches(['.', ',', ';']);
    let usable = !version.is_empty() && version.len() <= 100 && !version.contains(char::is_whitespace);
    if usable {
        Command::Shipped(version.to_owned())
    } else {
        Command::Misread("`/heard shipped` needs one version behind it, such as v2.4.0".to_owned())
    }
}

fn merge(target: &str) -> Command {
    let target = target.trim_end_matches(['.', ',', ';']);
    let number = target.strip_prefix('#').unwrap_or(target).parse::<i64>().ok().filter(|number| *number > 0);
    match (number, parse_reference(target)) {
        (Some(number), _) => Command::Merge { repository: None, number },
        (None, Some((repository, number))) => Command::Merge { repository: Some(repository), number },
        (None, None) => Command::Misread("`/heard merge` needs the other issue behind it, such as #12".to_owned()),
    }
}

/// The command's line without `/heard`, and everything below it.
fn line(body: &str) -> Option<(String, String)> {
    let body = body.replace("\r\n", "\n");
    let mut fenced = false;
    let mut lines = body.split('\n');
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        let indented = line.starts_with("    ") || line.starts_with('\t');
        if fenced || indented {
            continue;
        }
        let mut words = line.trim().splitn(2, char::is_whitespace);
        if words.next().is_some_and(|word| word.eq_ignore_ascii_case("/heard")) {
            let command = words.next().unwrap_or_default().trim().to_owned();
            return Some((command, lines.collect::<Vec<_>>().join("\n")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_understood() {
        assert_eq!(parse("/heard ask Which version?"), Some(Command::Ask("Which version?".into())));
        assert_eq!(
            parse("Thanks!\r\n\r\n/heard workaround Turn it off\r\nand on again.\r\n"),
            Some(Command::Workaround("Turn it off\nand on again.".into()))
        );
        assert_eq!(parse("/heard shipped v2.4.0"), Some(Command::Shipped("v2.4.0".into())));
        assert_eq!(parse("/Heard Merge #12"), Some(Command::Merge { repository: None, number: 12 }));
        let engine = Repository::parse("acme/engine");
        assert_eq!(parse("/heard merge acme/engine#3"), Some(Command::Merge { repository: engine, number: 3 }));
        assert_eq!(parse("/heard kind feature request"), Some(Command::Kind(TopicKind::FeatureRequest)));
    }

    #[test]
    fn quotations_and_code_command_nothing() {
        for text in [
            "",
            "> /heard ask Why?",
            "```\n/heard ask Why?\n```",
            "    /heard ask Why?",
            "see /heard ask",
            "/heardask x",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_half_a_command_is_answered() {
        for text in [
            "/heard",
            "/heard ask",
            "/heard shipped",
            "/heard shipped next week",
            "/heard merge it",
            "/heard kind cat",
            "/heard dance",
        ] {
            assert!(matches!(parse(text), Some(Command::Misread(_))), "{text}");
        }
    }
}
