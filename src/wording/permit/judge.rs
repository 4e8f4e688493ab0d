//! Whether a word may leave where it stands.

use super::{
    gap::Gap,
    japanese,
    ledger::Hole,
    lists::{self, Listed},
    numbers,
    pieces::Token,
    sentence,
    vocabulary::Vocabulary,
};
use crate::wording::{language::Language, redact::PrivateKind};

/// How a word is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Capitals {
    Small,
    Capital,
    Shouted,
}

/// What is thought of a word before its neighbours are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaving {
    Stays,
    /// It stays, and so it would beside a name.
    Technical,
    /// It goes where it stands like a name.
    MayBeName,
    Goes(Hole),
}

const NAME: Hole = Hole::Private(PrivateKind::Name);
const NUMBER: Hole = Hole::Private(PrivateKind::Number);

/// The places of the pieces that may not leave.
pub(super) fn gaps(
    text: &str,
    pieces: &[Token],
    free: &dyn Fn(&Token) -> bool,
    language: Language,
    vocabulary: &Vocabulary,
) -> Vec<Gap> {
    let small: Vec<String> = pieces.iter().map(|piece| text[piece.at.clone()].to_lowercase()).collect();
    let near = |at: Option<usize>| at.and_then(|at| small.get(at)).map_or("", String::as_str);
    let german = language == Language::German;
    let mut verdicts: Vec<Leaving> = Vec::with_capacity(pieces.len());
    let mut found: Vec<Gap> = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let word = &text[piece.at.clone()];
        if !free(piece) {
            verdicts.push(Leaving::Goes(NAME));
            continue;
        }
        if word.contains(japanese::is_japanese) {
            let holes = japanese_holes(word);
            found.extend(
                holes
                    .into_iter()
                    .map(|hole| Gap { at: piece.at.start + hole.start..piece.at.start + hole.end, hole: Hole::Word }),
            );
            verdicts.push(Leaving::Stays);
            continue;
        }
        let (before, after) = (near(at.checked_sub(1)), near(Some(at + 1)));
        verdicts.push(first_look(word, &small[at], before, after, language, vocabulary));
    }
    settle(text, pieces, &small, &mut verdicts, german);
    for (at, piece) in pieces.iter().enumerate().filter(|(at, _)| vocabulary.is_name(&small[*at])) {
        // "Will it be fixed?" asks nobody called Will.
        let asks = piece.begins && sentence::asks(&small[at], near(Some(at + 1)));
        if case(&text[piece.at.clone()]) != Capitals::Small && !asks {
            verdicts[at] = Leaving::Goes(NAME);
        }
    }
    for (at, piece) in pieces.iter().enumerate().filter(|(_, piece)| free(piece)) {
        if let Leaving::Goes(hole) = verdicts[at] {
            let whole = if piece.figures { piece.chunk.clone() } else { piece.at.clone() };
            found.push(Gap { at: whole, hole });
        }
    }
    found
}

fn first_look(
    word: &str,
    small: &str,
    before: &str,
    after: &str,
    language: Language,
    vocabulary: &Vocabulary,
) -> Leaving {
    if vocabulary.terms.contains(small) && is_written_as_term(word, before, language) {
        return Leaving::Stays;
    }
    let alphabetic = word.chars().all(|c| c.is_alphabetic() || c == '.');
    if !alphabetic || word.contains('.') {
        return code(word, before, after, language);
    }
    let verdict = plain(small, language);
    match verdict {
        Leaving::Goes(_) if case(word) == Capitals::Small || case(word) == Capitals::Shouted => {
            Leaving::Goes(Hole::Word)
        }
        Leaving::Goes(_) if is_joined(word) => identifier(word, language),
        verdict => verdict,
    }
}

/// Whether a word is no name by how it is written and by what stands before it. In German, every noun has a capital.
pub(super) fn is_written_as_term(word: &str, before: &str, language: Language) -> bool {
    let noun = language == Language::German && sentence::is_article(before);
    word.chars().all(char::is_alphabetic)
        && !word.contains(japanese::is_japanese)
        && (case(word) == Capitals::Small || noun && case(word) == Capitals::Capital)
}

/// Whether no list has a word in small letters.
pub(super) fn is_unknown(small: &str, language: Language) -> bool {
    matches!(plain(small, language), Leaving::Goes(_))
}

/// What the lists say of a word in small letters.
fn plain(small: &str, language: Language) -> Leaving {
    if lists::is_technical(small) || small.chars().count() == 1 {
        return Leaving::Technical;
    }
    match lists::listed(small, language) {
        Listed::Word => Leaving::Stays,
        Listed::AlsoName => Leaving::MayBeName,
        Listed::Nowhere if is_formed(small, language) => Leaving::Stays,
        Listed::Nowhere => Leaving::Goes(NAME),
    }
}

/// A form of a listed word, or a compound that ends with a word of our trade.
fn is_formed(small: &str, language: Language) -> bool {
    const ENDS: &[&str] = &["s", "es", "ed", "d", "ing", "er", "ly", "able", "n", "en", "e", "ung", "ungen"];
    const BEGINS: &[&str] = &["un", "re", "non", "pre", "multi", "auto", "sub", "mis", "de"];
    #[rustfmt::skip]
    const HEADS: &[&str] = &[
        "export", "exporte", "import", "datei", "dateien", "liste", "listen", "rechnung", "rechnungen", "fehler", "fehlern", "meldung", "meldungen", "seite", "seiten", "fenster", "daten", "nummer", "nummern", "feld", "felder",
        "spalte", "spalten", "zeile", "zeilen", "tabelle", "ansicht", "einstellung", "einstellungen", "funktion", "knopf", "plan", "pläne", "bericht", "berichte", "antrag", "anträge", "konto", "zeit", "zeiten", "version", "betrag",
        "anzeige", "auswahl", "eingabe", "ausgabe", "vorschau", "suche", "filter", "format", "ordner", "gerät", "server", "dienst", "bestätigung", "benachrichtigung", "benachrichtigungen", "verwaltung", "prüfung", "adresse", "zeichen", "satz",
        "bestand", "bestanden", "lijst", "factuur", "scherm", "knop", "fout", "melding", "veld", "pagina", "overzicht", "rooster", "instelling", "instellingen",
    ];
    let known = |word: &str| {
        word.chars().count() > 2 && (lists::is_technical(word) || lists::listed(word, language) == Listed::Word)
    };
    if language == Language::English || small.is_ascii() {
        let ended = ENDS
            .iter()
            .filter_map(|end| small.strip_suffix(end))
            .any(|stem| stem.len() > 3 && (known(stem) || known(&format!("{stem}e"))));
        let begun =
            BEGINS.iter().filter_map(|begin| small.strip_prefix(begin)).any(|stem| stem.len() > 3 && known(stem));
        if language == Language::English && (ended || begun) {
            return true;
        }
    }
    let compound = HEADS.iter().filter_map(|head| small.strip_suffix(head)).any(|first| {
        let first = first.trim_end_matches('-');
        [first, first.trim_end_matches('s'), first.trim_end_matches('n')]
            .into_iter()
            .any(|first| first.chars().count() > 2 && known(first))
    });
    matches!(language, Language::German | Language::Dutch) && compound
}

/// A number, a path, a file, an identifier.
fn code(word: &str, before: &str, after: &str, language: Language) -> Leaving {
    if word.contains('@') {
        return Leaving::Goes(if word.trim_start_matches('@').contains('@') || word.contains('.') {
            Hole::Private(PrivateKind::Email)
        } else {
            NAME
        });
    }
    if numbers::may_stay(word, before, after) {
        return Leaving::Stays;
    }
    if word.chars().all(|c| !c.is_alphabetic()) {
        return Leaving::Goes(NUMBER);
    }
    identifier(word, language)
}

/// Whether small letters are followed by a capital one, as in `readFile`.
fn is_joined(word: &str) -> bool {
    word.chars().zip(word.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase())
}

/// A name that programmers made, such as `NullPointerException`, `report_final.csv` or `/api/v2/export`: all its parts are known.
fn identifier(word: &str, language: Language) -> Leaving {
    #[rustfmt::skip]
    const ENDINGS: &[&str] = &[
        "csv", "xlsx", "xls", "pdf", "doc", "docx", "txt", "png", "jpg", "jpeg", "gif", "svg", "zip", "json", "xml", "yaml", "yml", "html", "htm", "js", "ts", "py", "rs", "java", "cs", "php", "rb", "go", "css", "log", "exe",
        "dll", "ini", "conf", "cfg", "toml", "sql", "sh", "bat", "md", "mp3", "mp4", "mov", "ics", "eml", "ppt", "pptx", "class", "jar", "tsx", "jsx", "vue", "tar", "gz",
    ];
    let small = word.to_lowercase();
    let of_somebody = small.split_once("users").or_else(|| small.split_once("home"));
    if word.contains(['/', '\\']) && of_somebody.is_some_and(|(_, folder)| folder.len() > 1) {
        return Leaving::Goes(Hole::Word);
    }
    let parts: Vec<String> = parts(word);
    let ending = word.rsplit('.').next().unwrap_or_default().to_lowercase();
    let dotted = word.contains('.');
    let is_file = dotted && ENDINGS.contains(&ending.as_str());
    let programmed = word.contains(['_', '(']) || word.contains("::") || is_joined(word);
    // `summit.dental` is somebody's host, and `e.g` is none.
    let host = dotted && !is_file && !programmed && !word.split('.').all(|part| part.chars().count() < 3);
    let abbreviation = dotted && !is_file && word.split('.').all(|part| part.chars().count() < 3) && parts.len() < 4;
    let known = |part: &String| {
        let digits = part.chars().all(|c| c.is_ascii_digit());
        digits && part.len() < 4
            || !digits
                && (lists::is_technical(part)
                    || matches!(plain(part, language), Leaving::Stays | Leaving::Technical) && part.chars().count() > 1
                    || is_file && part == &ending)
    };
    let digits = parts.iter().filter(|part| part.starts_with(|c: char| c.is_ascii_digit())).count();
    let all_known = parts.iter().all(known) && !parts.is_empty() && digits <= 1;
    let letters_then_digits = digits == 1
        && !dotted
        && !word.contains(['_', '/', '-'])
        && parts.len() < 3
        && !parts.iter().any(|part| lists::is_technical(part));
    if abbreviation && digits == 0 && !word.chars().all(|c| c.is_uppercase() || c == '.')
        || all_known && !host && !letters_then_digits
    {
        Leaving::Stays
    } else {
        Leaving::Goes(Hole::Word)
    }
}

/// `readFile_2` as `read`, `file`, `2`.
fn parts(word: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in word.chars() {
        let turns = last.is_lowercase() && c.is_uppercase()
            || last.is_ascii_digit() != c.is_ascii_digit() && last.is_alphanumeric();
        if c.is_alphanumeric() {
            if turns || !last.is_alphanumeric() {
                found.push(String::new());
            }
            if let Some(part) = found.last_mut() {
                part.extend(c.to_lowercase());
            }
        }
        last = c;
    }
    found
}

fn japanese_holes(word: &str) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    while start < word.len() {
        let rest = &word[start..];
        let japanese = rest.chars().next().is_some_and(japanese::is_japanese);
        let length = rest.find(|c| japanese::is_japanese(c) != japanese).unwrap_or(rest.len());
        let run = &rest[..length];
        if japanese {
            found.extend(japanese::holes(run).into_iter().map(|hole| start + hole.start..start + hole.end));
        } else {
            let bare = run.trim_matches(|c: char| !c.is_alphanumeric());
            let small = bare.to_lowercase();
            let stays = bare.is_empty()
                || matches!(
                    first_look(bare, &small, "", "", Language::Japanese, &Vocabulary::EMPTY),
                    Leaving::Stays | Leaving::Technical
                );
            if !stays {
                found.push(start..start + length);
            }
        }
        start += length;
    }
    found
}

fn case(word: &str) -> Capitals {
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    match letters.next() {
        Some(first) if first.is_uppercase() => {
            if word.chars().filter(|c| c.is_alphabetic()).count() > 1 && letters.all(char::is_uppercase) {
                Capitals::Shouted
            } else {
                Capitals::Capital
            }
        }
        _ => Capitals::Small,
    }
}

/// Looks at what stands beside each word.
fn settle(text: &str, pieces: &[Token], small: &[String], verdicts: &mut [Leaving], german: bool) {
    let case_of = |at: usize| case(&text[pieces[at].at.clone()]);
    let capital = |at: usize| {
        case_of(at) == Capitals::Capital || case_of(at) == Capitals::Shouted && small[at].chars().count() > 1
    };
    let before = |at: usize| if at > 0 { small[at - 1].as_str() } else { "" };
    for at in 0..pieces.len() {
        let introduced =
            at > 0 && (sentence::is_honorific(before(at)) || at > 1 && sentence::calls(&small[at - 2], before(at)));
        let mid = !pieces[at].begins;
        if introduced && capital(at) && verdicts[at] != Leaving::Technical {
            let mut next = at;
            while next < pieces.len()
                && next < at + 3
                && capital(next)
                && verdicts[next] != Leaving::Technical
                && (next == at || pieces[next].follows)
            {
                verdicts[next] = Leaving::Goes(NAME);
                next += 1;
            }
        }
        if verdicts[at] == Leaving::MayBeName {
            let noun = german && sentence::is_article(before(at));
            verdicts[at] = if case_of(at) == Capitals::Capital && !noun { Leaving::Goes(NAME) } else { Leaving::Stays };
        }
        if sentence::is_legal(&small[at]) && capital(at) {
            for back in (at.saturating_sub(4)..at).rev().take_while(|back| capital(*back) && pieces[*back + 1].follows)
            {
                verdicts[back] = Leaving::Goes(Hole::Private(PrivateKind::Organization));
            }
        }
        if !german && mid && at > 0 && sentence::is_from(before(at)) && pieces[at].follows {
            let run = (at..pieces.len())
                .take_while(|next| case_of(*next) == Capitals::Capital && (*next == at || pieces[*next].follows));
            let run: Vec<usize> = run.collect();
            if run.len() > 1 && !run.iter().any(|at| verdicts[*at] == Leaving::Technical) {
                for at in run {
                    verdicts[at] = Leaving::Goes(NAME);
                }
            }
        }
    }
    spread(text, pieces, verdicts, german);
    groups(text, pieces, verdicts);
}

/// `655 501 199` is a telephone, although each of its groups alone might be a count.
fn groups(text: &str, pieces: &[Token], verdicts: &mut [Leaving]) {
    const MANY: usize = 5;
    let word = |at: usize| &text[pieces[at].at.clone()];
    let figures = |at: usize| word(at).chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '.' | '/' | '+'));
    let letter = |at: usize| word(at).len() == 1 && word(at).starts_with(|c: char| c.is_ascii_uppercase());
    let near = |at: usize| text[pieces[at - 1].at.end..pieces[at].at.start].chars().all(|c| " ()-./+,".contains(c));
    let mut at = 0;
    while at < pieces.len() {
        let beside =
            |next: usize| if next == at { figures(next) } else { (figures(next) || letter(next)) && near(next) };
        let run = (at..pieces.len()).take_while(|next| beside(*next)).count();
        let digits: usize = (at..at + run).map(|at| word(at).chars().filter(char::is_ascii_digit).count()).sum();
        if run > 1 && digits > MANY {
            verdicts[at..at + run].fill(Leaving::Goes(NUMBER));
        }
        at += run.max(1);
    }
}

/// A capital letter beside a name is part of it.
fn spread(text: &str, pieces: &[Token], verdicts: &mut [Leaving], german: bool) {
    let capital = |at: usize| case(&text[pieces[at].at.clone()]) == Capitals::Capital;
    let named = |verdict: Leaving| verdict == Leaving::Goes(NAME);
    if german {
        return;
    }
    for at in 1..pieces.len() {
        let (left, right) = (verdicts[at - 1], verdicts[at]);
        if !pieces[at].follows || !capital(at - 1) || !capital(at) {
            continue;
        }
        if named(left) && right == Leaving::Stays {
            verdicts[at] = Leaving::Goes(NAME);
        } else if named(right) && left == Leaving::Stays && !pieces[at - 1].begins {
            verdicts[at - 1] = Leaving::Goes(NAME);
        }
    }
}
