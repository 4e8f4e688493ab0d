//! How much a sentence says about the problem: a complaint or a wish scores high, politeness below zero.

/// A sentence with this score or less is not worth quoting.
pub(super) const NOTHING: f32 = -1.0;

/// The score of the sentence at this place in the message. A sentence with words of the topic's title, `about`, is more likely
/// to be about the topic when a message is about several things.
pub(super) fn score(sentence: &str, at: usize, about: &[String]) -> f32 {
    let lower = format!(" {} ", sentence.to_lowercase().replace('’', "'"));
    let holds = |words: &[&str]| few(words.iter().filter(|word| has(&lower, word)).count());
    // The first keyword makes it a complaint or a wish. More of them add little: strong words do not make it more of one.
    let keywords = |words: &[&str], first: f32| {
        Some(holds(words)).filter(|count| *count > 0.0).map_or(0.0, |count| first + (count - 1.0) * 0.5)
    };
    let wish = keywords(WISHES, 1.8);
    let telling = keywords(COMPLAINTS, 2.0) + if wish > 0.0 { wish } else { keywords(NEEDS, 1.2) };
    if telling == 0.0 && is_name(sentence) {
        return NOTHING;
    }
    let mut score = telling + length(sentence);
    score += few(about.iter().filter(|word| has(&lower, word)).count()) * 0.8;
    score -= holds(POLITE) * 3.0 + holds(ANGER) * 2.5 + holds(ATTEMPTS) * 1.5;
    if SECRETS.iter().any(|secret| sentence.contains(secret)) {
        score -= 4.0;
    } else if sentence.contains('[') && sentence.contains(']') {
        score -= 1.5; // something else was redacted in it
    }
    if sentence.ends_with(['?', '？']) {
        score += if holds(WHEN) > 0.0 { -3.0 } else { 0.3 };
    }
    score - 0.15 * few(at)
}

/// Whether a sentence only says what somebody needs: what is wrong then stands in the one before.
pub(super) fn is_only_a_need(sentence: &str) -> bool {
    let lower = format!(" {} ", sentence.to_lowercase().replace('’', "'"));
    let holds = |words: &[&str]| words.iter().any(|word| has(&lower, word));
    holds(NEEDS) && !holds(COMPLAINTS) && !holds(WISHES)
}

/// The stems of the title's words that are long enough to mean something.
pub(super) fn title_stems(title: &str) -> Vec<String> {
    const STEM: usize = 5;
    let lower = title.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 4);
    let mut stems: Vec<String> = words.map(|word| word.chars().take(STEM).collect()).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

/// Up to four capitalized words and nothing else: a name, a company, a heading.
fn is_name(sentence: &str) -> bool {
    let words: Vec<&str> = sentence.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).collect();
    words.len() <= 4 && words.iter().all(|word| word.starts_with(char::is_uppercase)) && !sentence.ends_with(['!', '?'])
}

/// Whether a full stop after this word belongs to the word and ends no sentence.
pub(super) fn is_abbreviation(word: &str) -> bool {
    const SHORT: &[&str] = &[
        "mr", "mrs", "ms", "dr", "prof", "no", "nr", "vs", "etc", "approx", "ca", "bzw", "usw", "inkl", "evtl", "str",
        "st", "inc", "ltd", "co", "corp", "jan", "feb", "aug", "sept", "oct", "nov", "dec", "fig", "p",
    ];
    SHORT.contains(&word.to_lowercase().as_str())
}

/// Latin keywords match only at the start of a word, so that "not" is not found inside "cannot". Others match anywhere.
fn has(lower: &str, word: &str) -> bool {
    let anywhere = !word.is_ascii() && word.chars().all(|c| c as u32 > 0x2e80);
    lower.match_indices(word).any(|(at, _)| anywhere || !lower[..at].ends_with(char::is_alphanumeric))
}

/// A count as a number, four at most.
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
    "lose", "slow", "empty", "blank", "doesn't", "does not", "don't", "isn't", "won't", "stopped", "stops", "disappear", "is gone", "are gone", "twice",
    "duplicate", "freez", "stuck", "hang", "bug", "issue", "problem", "incorrect", "unable", "impossible", "no longer", "cut off",
    "confus", "instead of", "refus", "reject", "late", "times out", "timeout", "drops", "shows nothing", "nothing",
    "incomplete", "lacks", "is cut ", "was cut ", "too short", "is short", "are short", "skips", "reverts", "resets", "forgets",
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
    "would like", "would love", "i'd like", "i'd love", "we'd like", "we'd love", "wish", "want to", "need a ", "need an ", "need to ", "could you add",
    "please add", "would be great", "would be nice", "would be helpful", "would be useful", "would help", "can you add", "is there a way",
    "is it possible", "allow", "support for", "feature", "could the", "could we", "could i", "can i", "can we", "how do i", "how can",
    "how do we", "option to", "ability to", "should ", "why ",
    "wünsch", "wäre", "möchte", "könnte", "könnten", "gibt es", "bitte ergänz", "wie kann", "lässt sich",
    "voudrais", "voudrions", "aimerais", "aimerions", "souhait", "serait", "pourriez-vous ajouter", "comment ", "est-il possible",
    "me gustaría", "nos gustaría", "quisiera", "podrían", "sería", "cómo ", "es posible",
    "gostaria", "seria", "poderia", "como faço", "é possível",
    "graag", "zou ", "willen", "kunnen jullie", "hoe kan", "is het mogelijk",
    "vorrei", "vorremmo", "sarebbe", "potreste", "come faccio", "è possibile",
    "ほしい", "欲しい", "たい", "できますか", "ますか", "機能", "方法",
];

/// What somebody needs is a wish, or only the reason why something else is bad.
const NEEDS: &[&str] =
    &["need ", "needs", "brauch", "besoin", "necesit", "preciso", "precisamos", "nodig", "bisogno", "必要"];

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

/// How upset somebody is does not say what is wrong, and quoting it would only embarrass them.
#[rustfmt::skip]
const ANGER: &[&str] = &[
    "unacceptable", "ridiculous", "disgrace", "worst", "paying customer", "waste of", "refund", "i will cancel", "i'll cancel", "or i cancel",
    "we will cancel", "cancel my", "cancel our", "lawyer", "fed up", "sick of", "nobody answers", "nobody ever", "no one answers", "third time",
    "second time", "how many times", "again and again", "still waiting", "still no answer", "no reply", "no answer", "as i said", "as i wrote",
    "already told", "already wrote", "last mail", "last email", "my last message", "escalate this", "please escalate", "fix it", "fix this", "seriously",
    "unverschämt", "inakzeptabel", "frechheit", "kündig", "zum dritten mal", "keine antwort", "niemand antwortet", "schon wieder",
    "inacceptable", "inadmissible", "scandaleux", "résilier", "toujours pas de réponse",
    "inaceptable", "vergüenza", "darme de baja", "inaceitável", "absurdo", "onacceptabel", "belachelijk", "inaccettabile", "vergogna",
];

/// What somebody tried is only the story around what happened.
#[rustfmt::skip]
const ATTEMPTS: &[&str] = &[
    "i tried", "i have tried", "i've tried", "we tried", "we have tried", "we've tried", "tried restarting", "restarted", "reinstalled", "cleared the cache",
    "clearing the cache", "nothing helped", "did not help", "didn't help", "ich habe versucht", "haben versucht", "neu gestartet", "j'ai essayé", "he intentado",
    "he probado", "já tentei", "geprobeerd", "ho provato",
];

/// Asking when it will be done says nothing about what is wrong.
#[rustfmt::skip]
const WHEN: &[&str] = &[
    "when will", "when can", "when do ", "when is ", "when would", "how long", "how soon", "any idea when", "any news", "any progress", "eta ", "what is the status",
    "wann ", "wie lange", "quand ", "combien de temps", "cuándo", "cuanto tiempo", "cuánto tiempo", "quando ", "quanto tempo", "wanneer", "hoe lang", "いつ",
];

/// What redaction puts in the place of a secret.
const SECRETS: &[&str] = &["[password]", "[key]", "[card]", "[account]"];
