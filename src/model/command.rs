//! Commands in an issue's comment: `/heard ask Which version are you on?`
//!
//! The command is the first line outside quotations and code that begins with `/heard`. Everything after it is its
//! text. Whether the author may give it is checked elsewhere.

use super::topic::TopicKind;

/// The longest text that is kept.
const TEXT: usize = 2_000;

/// What somebody with write access wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueCommand {
    /// Ask every affected customer this.
    Ask(String),
    /// Tell them of this workaround.
    Workaround(String),
    /// State that this version has the fix.
    Shipped(String),
    /// This topic is the same as another issue's. The text is as written, because only the issue's tracker can read it.
    Merge(String),
    /// The topic is of this kind.
    Kind(TopicKind),
    /// `/heard`, but no command that we know. It is answered.
    Misread(MisreadCommand),
}

/// What is wrong with a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MisreadCommand {
    /// There is no command with this name.
    Unknown,
    /// A question without its text.
    Ask,
    /// A workaround without its text.
    Workaround,
    /// A "shipped" without exactly one version.
    Shipped,
    /// A merge without the other issue.
    Merge,
    /// A kind that does not exist.
    Kind,
}

impl std::fmt::Display for MisreadCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "the commands are: ask, workaround, shipped, merge, kind",
            Self::Ask => "`/heard ask` needs the question behind it",
            Self::Workaround => "`/heard workaround` needs the way around behind it",
            Self::Shipped => "`/heard shipped` needs one version behind it, such as v2.4.0",
            Self::Merge => "`/heard merge` needs the other issue behind it, such as #12",
            Self::Kind => {
                let kinds: Vec<&str> = TopicKind::ALL.iter().map(|kind| kind.as_str()).collect();
                return write!(f, "`/heard kind` takes one of: {}", kinds.join(", "));
            }
        })
    }
}

impl IssueCommand {
    /// The command in a comment. `None` if there is none.
    pub fn parse(body: &str) -> Option<Self> {
        let (words, rest) = line(body)?;
        let (verb, text) = words.split_once(char::is_whitespace).unwrap_or((words.as_str(), ""));
        let first = text.trim();
        let whole: String = format!("{first}\n{rest}").trim().chars().take(TEXT).collect();
        let parsed = match verb.to_ascii_lowercase().as_str() {
            "ask" => Some(whole).filter(|text| !text.is_empty()).map(Self::Ask).ok_or(MisreadCommand::Ask),
            "workaround" => {
                Some(whole).filter(|text| !text.is_empty()).map(Self::Workaround).ok_or(MisreadCommand::Workaround)
            }
            "shipped" => version(first).map(Self::Shipped).ok_or(MisreadCommand::Shipped),
            "merge" => {
                let target = first.trim_end_matches(['.', ',', ';']);
                Some(target)
                    .filter(|target| !target.is_empty())
                    .map(|target| Self::Merge(target.to_owned()))
                    .ok_or(MisreadCommand::Merge)
            }
            "kind" => {
                let word = first.to_ascii_lowercase().replace([' ', '-'], "_");
                TopicKind::parse(&word).map(Self::Kind).ok_or(MisreadCommand::Kind)
            }
            _ => Err(MisreadCommand::Unknown),
        };
        Some(parsed.unwrap_or_else(Self::Misread))
    }
}

fn version(text: &str) -> Option<String> {
    let version = text.trim_end_matches(['.', ',', ';']);
    let usable = !version.is_empty() && version.len() <= 100 && !version.contains(char::is_whitespace);
    usable.then(|| version.to_owned())
}

/// The command's line without `/heard`, and everything below that line.
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
        assert_eq!(IssueCommand::parse("/heard ask Which version?"), Some(IssueCommand::Ask("Which version?".into())));
        assert_eq!(
            IssueCommand::parse("Thanks!\r\n\r\n/heard workaround Turn it off\r\nand on again.\r\n"),
            Some(IssueCommand::Workaround("Turn it off\nand on again.".into()))
        );
        assert_eq!(IssueCommand::parse("/heard shipped v2.4.0"), Some(IssueCommand::Shipped("v2.4.0".into())));
        assert_eq!(IssueCommand::parse("/Heard Merge #12"), Some(IssueCommand::Merge("#12".into())));
        assert_eq!(
            IssueCommand::parse("/heard merge acme/engine#3."),
            Some(IssueCommand::Merge("acme/engine#3".into()))
        );
        assert_eq!(
            IssueCommand::parse("/heard kind feature request"),
            Some(IssueCommand::Kind(TopicKind::FeatureRequest))
        );
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
            assert_eq!(IssueCommand::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_half_a_command_is_answered() {
        for text in [
            "/heard",
            "/heard ask",
            "/heard shipped",
            "/heard shipped next week",
            "/heard merge",
            "/heard kind cat",
            "/heard dance",
        ] {
            assert!(matches!(IssueCommand::parse(text), Some(IssueCommand::Misread(_))), "{text}");
        }
    }
}
