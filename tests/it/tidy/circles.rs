//! No circle of files: a reader can begin at the bottom and never meets what they have not read yet.

use std::fmt::Write as _;

use super::imports::Imports;

/// The crates by the folders of their sources.
const CRATES: &[&str] = &["src", "crates/grouping/src", "crates/simulator/src"];

#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut list = String::new();
    for folder in CRATES {
        let imports = Imports::of(folder);
        for (module, uses) in imports.tied() {
            let uses: Vec<String> = uses.iter().map(|one| one.join("::")).collect();
            write!(list, "\n  {} uses {}", imports.files[&module].display(), uses.join(", ")).unwrap();
        }
    }
    assert!(list.is_empty(), "Files lie on a circle, or between two; move what they share into a file below:{list}\n");
}
