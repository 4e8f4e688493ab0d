//! Commands in an issue's comment: `/heard ask Which version are you on?`
//!
//! A comment that begins with `/heard` is a command, and everything after it is its text. Whether the author may give it is checked elsewhere.

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
    let of_a_version = |c: char| c.is_ascii_alphanumeric() || ".-_+/@~:".contains(c);
    let usable = !version.is_empty() && version.len() <= 100 && version.chars().all(of_a_version);
    usable.then(|| version.to_owned())
}

/// The command's line without `/heard`, and everything below that line. It is the comment's first line, because below it may stand
/// what somebody else wrote: the quotation of a mail, a log, a template with hidden lines.
fn line(body: &str) -> Option<(String, String)> {
    let body = body.replace("\r\n", "\n");
    let mut lines = body.split('\n').skip_while(|line| line.trim().is_empty());
    let line = lines.next()?;
    if line.starts_with("    ") || line.starts_with('\t') {
        return None;
    }
    let mut words = line.trim().splitn(2, char::is_whitespace);
    words.next().filter(|word| word.eq_ignore_ascii_case("/heard"))?;
    let command = words.next().unwrap_or_default().trim().to_owned();
    Some((command, lines.collect::<Vec<_>>().join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_understood() {
        assert_eq!(IssueCommand::parse("/heard ask Which version?"), Some(IssueCommand::Ask("Which version?".into())));
        assert_eq!(
            IssueCommand::parse("\r\n/heard workaround Turn it off\r\nand on again.\r\n"),
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
    fn what_does_not_begin_a_comment_commands_nothing() {
        for text in [
            "",
            "> /heard ask Why?",
            "```\n/heard ask Why?\n```",
            "    /heard ask Why?",
            "see /heard ask",
            "Thanks!\n\n/heard shipped v9.9.9",
            "<!--\n/heard shipped v9.9.9\n-->\nThanks for the report!",
            "<details>\n/heard shipped v9.9.9\n</details>",
            "From: mallory\nSent: Monday\n\n/heard shipped v9.9.9",
            "-----Original Message-----\n/heard shipped v9.9.9",
            "On Monday mallory wrote:\n/heard shipped v9.9.9",
            "````\n```\n/heard shipped v9.9.9\n```\n````",
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
            "/heard shipped v2.4.0](https://evil.test)",
            "/heard shipped v1\u{202e}9",
            "/heard merge",
            "/heard kind cat",
            "/heard dance",
        ] {
            assert!(matches!(IssueCommand::parse(text), Some(IssueCommand::Misread(_))), "{text}");
        }
    }
}
