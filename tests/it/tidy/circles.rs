//! No circle of files: a reader can begin at the bottom and never meets what they have not read yet.

use std::fmt::Write as _;

use super::{crate_folders, imports::Imports};

#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut list = String::new();
    for folder in crate_folders() {
        let imports = Imports::of_crate(&folder);
        for circle in imports.circles() {
            write!(list, "\n  a circle of {}:", circle.len()).unwrap();
            for file in &circle {
                let uses: Vec<_> =
                    imports.used[file].intersection(&circle).map(|one| one.display().to_string()).collect();
                write!(list, "\n    {} uses {}", file.display(), uses.join(", ")).unwrap();
            }
        }
    }
    assert!(list.is_empty(), "Files use each other in a circle; move what they share into a file below:{list}\n");
}
