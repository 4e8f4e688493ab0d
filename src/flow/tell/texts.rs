//! The texts for customers: the operator's own where they wrote one, else ours.

use std::{fs, path::Path};

use crate::wording::templates::MessageTemplates;

/// Reads `MILESTONE/LANGUAGE.txt` in a folder. Any other file is refused, because otherwise a misspelt name would
/// silently leave our text in use.
pub fn load(folder: &Path) -> Result<MessageTemplates, String> {
    let unreadable = |path: &Path, error| format!("{} cannot be read: {error}", path.display());
    let mut theirs = Vec::new();
    for milestone in names(folder)? {
        let inside = folder.join(&milestone);
        if !inside.is_dir() {
            return Err(format!("{} is not a folder of a milestone, such as shipped", inside.display()));
        }
        for file in names(&inside)? {
            let path = inside.join(&file);
            let language = file
                .strip_suffix(".txt")
                .ok_or_else(|| format!("{} is not named LANGUAGE.txt, such as de.txt", path.display()))?;
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            theirs.push((format!("{milestone}/{language}"), text));
        }
    }
    MessageTemplates::with_overrides(theirs).map_err(|refused| format!("In {}: {refused}.", folder.display()))
}

/// The names in a folder, in order. Hidden files are no templates.
fn names(folder: &Path) -> Result<Vec<String>, String> {
    let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
    }
    names.retain(|name| !name.starts_with('.'));
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_slip_in_a_name_or_a_text_is_refused_with_where_it_is() {
        for (files, expected) in [
            (&[("shiped/en.txt", "It is out.")][..], "not of the form milestone/language"),
            (&[("shipped/en.html", "It is out.")], "not named LANGUAGE.txt"),
            (&[("shipped.txt", "It is out.")], "not a folder of a milestone"),
            (&[("shipped/en.txt", "It is in {{ versoin }}.")], "\"versoin\""),
            (&[("shipped/en.txt", "It is in {{ version")], "shipped/en"),
        ] {
            let refused = load(folder(files).path()).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
        assert!(load(folder(&[(".keep", "")]).path()).is_ok());
    }
}
