//! What was found on the other side and what is to be done, in sentences: what a person agrees to.

/// What is to be done, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShownWork {
    /// Who we are there.
    pub known: Vec<String>,
    /// What is there already.
    pub there: Vec<String>,
    /// What a person should look at.
    pub look_at: Vec<String>,
    /// What will be done, in this order.
    pub to_do: Vec<String>,
    /// What will be written into the settings, at last.
    pub written: Option<WrittenLines>,
}

/// Lines for a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenLines {
    /// The file.
    pub file: String,
    /// The lines.
    pub lines: Vec<String>,
}

impl ShownWork {
    /// Whether there is anything to do.
    pub fn is_anything(&self) -> bool {
        !self.to_do.is_empty() || self.written.is_some()
    }

    /// Line by line, as a terminal shows it.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.known.clone();
        lines.extend(self.there.iter().map(|there| format!("There already: {there}.")));
        lines.extend(self.look_at.iter().map(|sentence| format!("To look at: {sentence}.")));
        lines.extend(self.to_do.iter().map(|sentence| format!("To do: {sentence}")));
        lines.extend(self.written.iter().map(|written| {
            let WrittenLines { file, lines } = written;
            format!("To do: write into {file}:\n    {}", lines.join("\n    "))
        }));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_done_comes_last() {
        let written = WrittenLines { file: "heard.toml".to_owned(), lines: vec!["[github]".to_owned()] };
        let work = ShownWork {
            known: vec!["Signed in.".to_owned()],
            look_at: vec!["it is slow".to_owned()],
            to_do: vec!["make it".to_owned()],
            written: Some(written),
            ..ShownWork::default()
        };
        let lines =
            ["Signed in.", "To look at: it is slow.", "To do: make it", "To do: write into heard.toml:\n    [github]"];
        assert_eq!(work.lines(), lines);
        assert!(work.is_anything() && !ShownWork::default().is_anything());
    }
}
