//! How much a sentence tells: complaints and wishes weigh, politeness weighs less than nothing.

/// A sentence at or under this weight is not worth quoting.
pub(super) const NOTHING: f32 = -1.0;

/// The weight of the sentence that stands at this place of the message.
pub(super) fn weigh(sentence: &str, at: usize) -> f32 {
    let lower = format!(" {} ", sentence.to_lowercase().replace('’', "'"));
    let holds = |words: &[&str]| words.iter().filter(|word| has(&lower, word)).count();
    let mut weight = 0.0;
    weight += few(holds(COMPLAINTS)) * 2.0;
    weight += few(holds(WISHES)) * 1.8;
    weight -= few(holds(POLITE)) * 3.0;
    weight += length(sentence);
    if sentence.contains('[') && sentence.contains(']') {
        weight -= 1.5; // something was redacted in it
    }
    if sentence.ends_with(['?', '？']) {
        weight += 0.3;
    }
    weight - 0.15 * few(at)
}

/// Whether a full stop after this word does not end a sentence.
pub(super) fn is_abbreviation(word: &str) -> bool {
    const SHORT: &[&str] = &[
        "mr", "mrs", "ms", "dr", "prof", "no", "nr", "vs", "etc", "approx", "ca", "bzw", "usw", "inkl", "evtl", "str",
        "st", "inc", "ltd", "co", "corp", "jan", "feb", "aug", "sept", "oct", "nov", "dec", "fig", "p",
    ];
    SHORT.contains(&word.to_lowercase().as_str())
}

/// Words of Latin script begin where a word begins, so that "not" is not found in "cannot"'s middle; others stand anywhere.
fn has(lower: &str, word: &str) -> bool {
    let anywhere = !word.is_ascii() && word.chars().all(|c| c as u32 > 0x2e80);
    lower.match_indices(word).any(|(at, _)| anywhere || !lower[..at].ends_with(char::is_alphanumeric))
}

/// Counts above four weigh as four.
fn few(count: usize) -> f32 {
    u8::try_from(count.min(4)).map_or(4.0, f32::from)
}

fn length(sentence: &str) -> f32 {
    let chars = sentence.chars().count();
    let wide = sentence.chars().filter(|c| *c as u32 > 0x2e80).count() * 2 > chars;
    match if wide { chars * 3 } else { chars } {
        0..12 => -1.2,
        30..180 => 1.0,
        180..300 => 0.4,
        _ => 0.0,
    }
}

#[rustfmt::skip]
const COMPLAINTS: &[&str] = &[
    "missing", "wrong", "broken", "break", "fail", "error", "crash", "cannot ", "can't", "can not", "couldn't", "not ", "never", "lost",
    "lose", "slow", "empty", "blank", "doesn't", "does not", "don't", "isn't", "won't", "stopped", "stops", "disappear", "gone", "twice",
    "duplicate", "freez", "stuck", "hang", "bug", "issue", "problem", "incorrect", "unable", "impossible", "no longer", "cut off",
    "confus", "instead of", "refus", "reject", "late", "times out", "timeout", "drops", "shows nothing", "nothing",
    "fehl", "falsch", "kaputt", "nicht", "kein", "leer", "stürzt", "bricht", "langsam", "verschw", "doppelt", "hängt", "geht nicht",
    "erreur", "manque", "ne marche", "ne fonctionne", "impossible", "plante", "perdu", "vide", "lent", "bloqu", "disparu", "plus ",
    "no funciona", "falta", "fallo", "falla", "no puedo", "no se ", "perdid", "vací", "lento", "desaparec", "incorrect",
    "não ", "falha", "erro", "perdeu", "vazi", "trava", "sumiu",
    "niet", "fout", "ontbreek", "kapot", "leeg", "traag", "kwijt", "mist", "geen ",
    "non ", "errore", "manca", "vuot", "blocca", "sparit", "sbagliat",
    "ません", "エラー", "消え", "できない", "おかしい", "表示され", "落ち", "ない",
];

#[rustfmt::skip]
const WISHES: &[&str] = &[
    "would like", "would love", "i'd like", "i'd love", "we'd like", "we'd love", "wish", "want to", "need ", "needs", "could you add",
    "please add", "would be great", "would be nice", "would be helpful", "would be useful", "would help", "can you add", "is there a way",
    "is it possible", "allow", "support for", "feature", "could the", "could we", "could i", "can i", "can we", "how do i", "how can",
    "how do we", "option to", "ability to", "should ", "why ", "when will",
    "wünsch", "wäre", "möchte", "brauch", "könnte", "könnten", "gibt es", "bitte ergänz", "wie kann", "lässt sich",
    "voudrais", "voudrions", "aimerais", "aimerions", "souhait", "serait", "besoin", "pourriez-vous ajouter", "comment ", "est-il possible",
    "me gustaría", "nos gustaría", "quisiera", "necesit", "podrían", "sería", "cómo ", "es posible",
    "gostaria", "preciso", "precisamos", "seria", "poderia", "como faço", "é possível",
    "graag", "zou ", "willen", "nodig", "kunnen jullie", "hoe kan", "is het mogelijk",
    "vorrei", "vorremmo", "sarebbe", "bisogno", "potreste", "come faccio", "è possibile",
    "ほしい", "欲しい", "たい", "できますか", "ますか", "機能", "方法",
];

#[rustfmt::skip]
const POLITE: &[&str] = &[
    "thank", "thanks", "hope you", "hope this finds", "let me know", "looking forward", "look forward", "please help", "please advise",
    "any update", "look into this", "please fix", "asap", "urgent", "sorry to", "sorry for", "appreciate", "as discussed", "see attached", "attached",
    "screenshot", "i am writing", "i'm writing", "my name is", "best regards", "kind regards", "have a nice", "have a great", "get back to me",
    "could you please look", "can you please check", "please check", "can you help", "could you help", "great product", "love your product",
    "danke", "vielen dank", "bitte um", "im voraus", "freue mich", "mit freundlichen", "anbei", "im anhang", "ich hoffe", "können sie mir helfen",
    "merci", "cordialement", "en pièce jointe", "ci-joint", "j'espère", "pouvez-vous m'aider",
    "gracias", "saludos", "adjunto", "espero que", "pueden ayudar",
    "obrigad", "em anexo", "espero que", "atenciosamente",
    "bedankt", "dank", "bijlage", "met vriendelijke", "hopelijk",
    "grazie", "in allegato", "cordiali", "spero",
    "お世話に", "よろしく", "ありがとう", "お願い", "添付",
];
