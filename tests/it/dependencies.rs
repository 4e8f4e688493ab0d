//! What Heard is built from: by licence, and by what must not be among it. deny.toml says which; this reads it.

use std::{collections::BTreeSet, path::Path, process::Command};

/// Name and licence of every crate that is built for this machine, tests included.
fn crates() -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "all", "--prefix", "none", "--format", "{p}\t{l}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |line: &str| {
        let (package, licence) = line.trim_end_matches(" (*)").split_once('\t')?;
        Some((package.split(' ').next()?.to_owned(), licence.to_owned()))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(read).collect()
}

fn deny() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_crate_may_be_used_by_its_licence() {
    let deny = deny();
    let allowed: Vec<_> =
        deny["licenses"]["allow"].as_array().unwrap().iter().filter_map(toml::Value::as_str).collect();
    let crates = crates();
    assert!(crates.len() > 100, "cargo tree named only {} crates", crates.len());
    let refused: Vec<_> = crates.iter().filter(|(_, licence)| !permits(licence, &allowed)).collect();
    assert!(refused.is_empty(), "these licences are not allowed by deny.toml: {refused:#?}");
}

#[test]
fn no_crate_is_one_that_we_banned() {
    let deny = deny();
    let banned = deny["bans"]["deny"].as_array().unwrap();
    let crates = crates();
    for ban in banned {
        let name = ban["crate"].as_str().unwrap();
        let found = crates.iter().any(|(one, _)| one == name);
        assert!(!found, "{name} came in, and is banned: {}. `cargo tree -i {name}` says how", ban["reason"]);
    }
}

#[test]
fn every_word_list_is_named_with_its_licence_in_what_is_shipped() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let notice = read("assets/words/NOTICE.md");
    for file in std::fs::read_dir(root.join("assets/words")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(name == "NOTICE.md" || notice.contains(&name), "{name} is not in assets/words/NOTICE.md");
    }
    assert!(notice.contains("Robyn Speer") && notice.contains("CC BY-SA 4.0"), "{notice}");
    assert!(read("Dockerfile").contains("COPY assets/words/NOTICE.md"), "the image goes without the notice");
}

/// Whether an SPDX expression can be met with the allowed licences. `/` is how older crates write OR.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.trim();
    let any = divide(&expression.replace('/', " OR "), " OR ");
    if any.len() > 1 {
        return any.iter().any(|one| permits(one, allowed));
    }
    let all = divide(expression, " AND ");
    if all.len() > 1 {
        return all.iter().all(|one| permits(one, allowed));
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => permits(inner, allowed),
        None => allowed.contains(&expression),
    }
}

/// The parts between `by`, where it stands outside of brackets.
fn divide(expression: &str, by: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for piece in expression.split(by) {
        let last = parts.last_mut().unwrap();
        let open = last.matches('(').count() > last.matches(')').count();
        if open {
            last.push_str(by);
            last.push_str(piece);
        } else if last.is_empty() {
            last.push_str(piece);
        } else {
            parts.push(piece.to_owned());
        }
    }
    parts
}

#[test]
fn a_licence_of_several_is_read_as_it_is_meant() {
    let allowed = ["MIT", "ISC", "Apache-2.0"];
    for (expression, permitted) in [
        ("MIT", true),
        ("MIT OR GPL-3.0", true),
        ("MIT AND GPL-3.0", false),
        ("GPL-3.0/MIT", true),
        ("ISC AND (GPL-3.0 OR MIT)", true),
        ("(MIT OR GPL-3.0) AND GPL-3.0", false),
        ("ISC AND (Apache-2.0 OR GPL-3.0) AND MIT", true),
        ("", false),
    ] {
        assert_eq!(permits(expression, &allowed), permitted, "{expression}");
    }
}
