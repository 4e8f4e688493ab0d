//! Which lines of a message the customer wrote just now: not the mail they answer, not their signature, not machine output.

use std::sync::LazyLock;

use regex::Regex;

use crate::wording::pattern::pattern;

/// The paragraphs in the writer's own words, without greeting and signature.
pub(super) fn own(text: &str) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in text.lines().map(str::trim_end) {
        let begun = paragraphs.iter().any(|paragraph| !paragraph.is_empty());
        let words = line.trim();
        if begun && (is_signature(words) || starts_quoted_mail(words)) {
            break;
        }
        if words.starts_with('>') || starts_quoted_mail(words) || is_machine_output(line) {
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

fn is_list_entry(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")
}

/// The line that a mail program puts above the mail that is being answered.
fn starts_quoted_mail(line: &str) -> bool {
    static HEAD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^ ( (on|am|le|el|em|op|il|den)\b .{0,200} \b(wrote|schrieb|a\ écrit|escribió|escreveu|schreef|ha\ scritto)\b .{0,80} :
              | -{2,}\s*(original|forwarded|ursprüngliche|message|mensaje|weitergeleitete).*
              | (from|von|de|van|da):\s .* [@<\[] .*
              | _{8,} | -{8,} | ={8,}
              | .{0,80}のメール: ) $",
        )
    });
    HEAD.is_match(line)
}

/// A closing line, after which there are only names.
fn is_signature(line: &str) -> bool {
    const CLOSINGS: &[&str] = &[
        "best",
        "best regards",
        "kind regards",
        "warm regards",
        "regards",
        "many thanks",
        "thanks",
        "thank you",
        "thanks in advance",
        "thanks a lot",
        "thank you very much",
        "cheers",
        "sincerely",
        "yours",
        "yours sincerely",
        "all the best",
        "best wishes",
        "mit freundlichen grüßen",
        "mit freundlichen grüssen",
        "freundliche grüße",
        "viele grüße",
        "beste grüße",
        "liebe grüße",
        "grüße",
        "gruß",
        "lg",
        "mfg",
        "vielen dank",
        "danke",
        "cordialement",
        "bien cordialement",
        "bien à vous",
        "merci",
        "merci d'avance",
        "saludos",
        "un saludo",
        "saludos cordiales",
        "gracias",
        "atenciosamente",
        "obrigado",
        "obrigada",
        "abraços",
        "met vriendelijke groet",
        "met vriendelijke groeten",
        "groeten",
        "groet",
        "alvast bedankt",
        "bedankt",
        "cordiali saluti",
        "distinti saluti",
        "saluti",
        "grazie",
        "grazie mille",
        "以上",
        "よろしくお願いします",
        "よろしくお願いいたします",
    ];
    let lower = line.to_lowercase();
    let bare = lower.trim_matches([' ', ',', '.', '!', '。', '、', '-', '–']);
    line.starts_with("--") && bare.is_empty()
        || line.starts_with("-- ")
        || CLOSINGS.contains(&bare)
        || ["sent from my ", "gesendet von ", "envoyé de mon ", "enviado desde mi ", "get outlook for "]
            .iter()
            .any(|head| lower.starts_with(head))
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
