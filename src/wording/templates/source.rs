//! The sources of templates: which may be read at all, and our own.

use crate::wording::say;

const SOURCE_MAX: usize = 8 * 1024;

/// Refuses what is too large, and everything but facts and conditions on facts.
pub(super) fn check(source: &str) -> Result<(), String> {
    if source.len() > SOURCE_MAX {
        return Err(format!("is larger than {SOURCE_MAX} bytes"));
    }
    check_tags(source)
}

/// Without invisible characters and those that mark structure, line by line.
pub(super) fn strip(source: &str) -> String {
    source.lines().map(say::one_line).collect::<Vec<_>>().join("\n")
}

fn check_tags(source: &str) -> Result<(), String> {
    let mut rest = source;
    while let Some(at) = rest.find('{') {
        let tag = &rest[at..];
        let (close, check): (_, fn(&str) -> bool) = match tag.get(..2) {
            Some("{{") => ("}}", is_fact),
            Some("{%") => ("%}", is_condition),
            Some("{#") => ("#}", |_| true),
            _ => {
                rest = &tag[1..];
                continue;
            }
        };
        let end = tag[2..].find(close).map(|end| end + 2);
        let end = end.ok_or_else(|| format!("opens {:?} and never closes it", &tag[..2]))?;
        let inside = tag[2..end].trim_matches(['-', '+']).trim();
        if !check(inside) {
            return Err(format!(
                "holds {:?}; allowed are {{{{ fact }}}}, {{{{ fact | capital }}}}, and if, elif, else, endif",
                say::cut(&tag[..end + 2], 60)
            ));
        }
        rest = &tag[end + 2..];
    }
    Ok(())
}

fn is_fact(inside: &str) -> bool {
    let (fact, filter) = inside.split_once('|').map_or((inside, "capital"), |(fact, filter)| (fact, filter.trim()));
    let fact = fact.trim();
    filter == "capital" && !fact.is_empty() && fact.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

fn is_condition(inside: &str) -> bool {
    let (word, condition) = inside.split_once(' ').unwrap_or((inside, ""));
    match word {
        "else" | "endif" => condition.is_empty(),
        "if" | "elif" => condition.chars().all(|c| c.is_ascii_lowercase() || "_\"'=!() ".contains(c)),
        _ => false,
    }
}

macro_rules! builtin {
    ($($code:literal)+) => { &[$(
        ("frame", $code, include_str!(concat!("../../../templates/messages/frame/", $code, ".txt"))),
        ("escalated", $code, include_str!(concat!("../../../templates/messages/escalated/", $code, ".txt"))),
        ("planned", $code, include_str!(concat!("../../../templates/messages/planned/", $code, ".txt"))),
        ("in_progress", $code, include_str!(concat!("../../../templates/messages/in_progress/", $code, ".txt"))),
        ("fix_merged", $code, include_str!(concat!("../../../templates/messages/fix_merged/", $code, ".txt"))),
        ("workaround", $code, include_str!(concat!("../../../templates/messages/workaround/", $code, ".txt"))),
        ("shipped", $code, include_str!(concat!("../../../templates/messages/shipped/", $code, ".txt"))),
        ("declined", $code, include_str!(concat!("../../../templates/messages/declined/", $code, ".txt"))),
        ("joined", $code, include_str!(concat!("../../../templates/messages/joined/", $code, ".txt"))),
        ("reopened", $code, include_str!(concat!("../../../templates/messages/reopened/", $code, ".txt"))),
        ("correction", $code, include_str!(concat!("../../../templates/messages/correction/", $code, ".txt"))),
        ("silence", $code, include_str!(concat!("../../../templates/messages/silence/", $code, ".txt"))),
    )+] };
}

/// Folder, language and text of each of ours.
pub(super) static BUILTIN: &[(&str, &str, &str)] = builtin!("en" "de" "fr" "es" "pt" "nl" "it" "ja");
