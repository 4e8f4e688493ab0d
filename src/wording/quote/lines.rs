//! Which lines of a message the customer wrote just now: not the mail they answer, not their signature, not machine output.

use std::sync::LazyLock;

use regex::Regex;

use super::mail;
use crate::wording::pattern::pattern;

/// The paragraphs in the writer's own words, without greeting and signature.
pub(super) fn own(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in mail::lines(text) {
        let begun = paragraphs.iter().any(|paragraph| !paragraph.is_empty());
        let words = line.trim();
        if begun && (is_closing(words) || is_thanks(words)) {
            break;
        }
        if is_machine_output(line) {
            continue;
        }
        let words = if begun { words } else { without_greeting(words) };
        let last = paragraphs.last_mut().filter(|_| !words.is_empty() && !is_list_entry(words));
        match last {
            Some(paragraph) if paragraph.is_empty() => paragraph.push_str(words),
            Some(paragraph) => {
                paragraph.push(' ');
                paragraph.push_str(words);
            }
            None => paragraphs.push(words.trim_start_matches(['-', '*', '•', ' ']).to_owned()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// The lines above the signature, and a postscript below it. Thanks end a message only where a name follows: people give
/// thanks first and then say what is wrong.
pub(super) fn written(text: &str) -> Vec<&str> {
    let mut written = Vec::new();
    let mut signed = false;
    let lines = mail::lines(text);
    for (at, line) in lines.iter().enumerate() {
        let words = line.trim();
        let next = || lines[at + 1..].iter().map(|line| line.trim()).find(|line| !line.is_empty());
        let begun = written.iter().any(|line: &&str| !line.trim().is_empty());
        signed |= begun && (is_closing(words) || is_thanks(words) && next().is_some_and(is_name));
        signed &= !is_postscript(words);
        if !signed {
            written.push(*line);
        }
    }
    written
}

fn is_name(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.len() <= 4
        && words.iter().all(|word| word.starts_with(char::is_uppercase))
        && !line.ends_with(['.', '!', '?'])
}

fn is_postscript(line: &str) -> bool {
    let bare: String = line.chars().take(5).filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    bare.starts_with("ps") && !line.starts_with(|c: char| c.is_lowercase()) || line.starts_with("追伸")
}

fn is_list_entry(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")
}

/// A closing line, after which there are only names.
fn is_closing(line: &str) -> bool {
    #[rustfmt::skip]
    const CLOSINGS: &[&str] = &[
        "best", "best regards", "kind regards", "kindest regards", "warm regards", "with best regards", "regards", "cheers", "sincerely", "yours",
        "yours sincerely", "yours faithfully", "all the best", "best wishes", "br", "kr",
        "mit freundlichen grüßen", "mit freundlichen grüssen", "mit besten grüßen", "freundliche grüße", "viele grüße", "beste grüße", "liebe grüße",
        "schöne grüße", "grüße", "gruß", "lg", "mfg", "vg",
        "cordialement", "bien cordialement", "bien à vous", "salutations", "sincères salutations", "cdlt",
        "saludos", "un saludo", "saludos cordiales", "atentamente",
        "atenciosamente", "abraços", "cumprimentos", "melhores cumprimentos",
        "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "groeten", "groet", "mvg",
        "cordiali saluti", "distinti saluti", "saluti", "un saluto",
        "pozdrawiam", "z poważaniem", "以上", "よろしくお願いします", "よろしくお願いいたします",
    ];
    line.starts_with("--") && bare(line).is_empty()
        || line.starts_with("-- ")
        || CLOSINGS.contains(&bare(line).as_str())
}

/// A line of thanks, which may be the last before the name.
fn is_thanks(line: &str) -> bool {
    #[rustfmt::skip]
    const THANKS: &[&str] = &[
        "many thanks", "thanks", "thank you", "thanks in advance", "thanks a lot", "thank you very much", "vielen dank", "danke", "merci",
        "merci d'avance", "gracias", "obrigado", "obrigada", "alvast bedankt", "bedankt", "grazie", "grazie mille", "dziękuję",
    ];
    THANKS.contains(&bare(line).as_str())
}

fn bare(line: &str) -> String {
    line.to_lowercase().trim_matches([' ', ',', '.', '!', '。', '、', '-', '–']).to_owned()
}

/// Removes "Hi team," or "Hallo Frau Peters," from the start of a line.
fn without_greeting(line: &str) -> &str {
    const GREETINGS: &[&str] = &[
        "hi",
        "hey",
        "hello",
        "dear",
        "greetings",
        "good morning",
        "good afternoon",
        "good evening",
        "good day",
        "hiya",
        "to whom it may concern",
        "hallo",
        "guten tag",
        "guten morgen",
        "guten abend",
        "moin",
        "servus",
        "grüezi",
        "liebes",
        "liebe",
        "lieber",
        "sehr geehrte",
        "sehr geehrter",
        "sehr geehrtes",
        "bonjour",
        "bonsoir",
        "salut",
        "madame",
        "monsieur",
        "hola",
        "buenos días",
        "buenas tardes",
        "buenas",
        "estimado",
        "estimada",
        "estimados",
        "olá",
        "oi",
        "bom dia",
        "boa tarde",
        "prezado",
        "prezada",
        "prezados",
        "goedemorgen",
        "goedemiddag",
        "goedendag",
        "beste",
        "geachte",
        "hoi",
        "ciao",
        "buongiorno",
        "buonasera",
        "salve",
        "gentile",
        "gentili",
        "spett.le",
        "こんにちは",
        "お世話になっております",
    ];
    let lower = line.to_lowercase();
    let greets =
        |greeting: &&&str| lower.strip_prefix(**greeting).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    if !GREETINGS.iter().any(|greeting| greets(&greeting)) {
        return line;
    }
    let end = line.find([',', '!', ':', '。', '、', '–', '.']).filter(|end| line[..*end].split(' ').count() <= 6);
    match end {
        Some(end) => line[end..].trim_start_matches([',', '!', ':', '。', '、', '–', '.', ' ', ')']),
        None if line.split(' ').count() <= 4 => "",
        None => line,
    }
}

/// Stack traces, log lines, markup: nothing that a person wrote.
fn is_machine_output(line: &str) -> bool {
    static OUTPUT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r#"^\s*at\s+[\w.$<>/]+\( | ^\s*File\s".*",\sline\s\d+ | ^Traceback\s | ^\s*\d{4}-\d\d-\d\d[T\s]\d\d:\d\d:\d\d
               | ^\s*\[?\d\d:\d\d:\d\d | ^\s*[{}\[\]();<]+\s*$ | ^\s*<[a-zA-Z/!?] | ^\s*\w+(\.\w+)+Exception\b | ^\s*[\w.]*(Error|Exception|Warning):\s | ^```"#,
        )
    });
    let letters = line.chars().filter(|c| c.is_alphabetic() || c.is_whitespace()).count();
    OUTPUT.is_match(line) || (line.len() > 20 && letters * 2 < line.chars().count())
}
