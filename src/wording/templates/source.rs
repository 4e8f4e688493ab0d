//! Which template sources are accepted.

use crate::wording::text;

const SOURCE_MAX: usize = 8 * 1024;

/// Refuses a source that is too large or holds anything but facts and conditions on facts.
pub(super) fn check(source: &str) -> Result<(), String> {
    if source.len() > SOURCE_MAX {
        return Err(format!("is larger than {SOURCE_MAX} bytes"));
    }
    check_tags(source)
}

/// Each line without invisible characters and without those that mark structure.
pub(super) fn strip(source: &str) -> String {
    source.lines().map(text::one_line).collect::<Vec<_>>().join("\n")
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
                text::cut(&tag[..end + 2], 60)
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
