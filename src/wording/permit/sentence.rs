//! Small words that say what comes next: a name, a company, a noun.

/// After one of these stands somebody's name.
#[rustfmt::skip]
const HONORIFIC: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "madam", "herr", "herrn", "frau", "fräulein", "monsieur", "madame", "mademoiselle", "mme", "mlle", "señor", "señora", "señorita", "sr", "sra", "srta",
    "senhor", "senhora", "dona", "don", "doña", "signor", "signora", "signore", "sig", "dott", "dottoressa", "dottor", "avv", "ing", "meneer", "mevrouw", "dhr", "mevr", "mw", "heer", "colleague", "kollege", "kollegin",
    "kollegen", "collègue", "colega", "collega", "named", "namens", "called", "regards", "dear", "hi", "hello", "hallo", "bonjour", "hola", "olá", "ciao", "thanks", "cheers", "grüße", "grüßen", "mfg", "cordialement", "saludos", "atenciosamente", "groeten", "saluti",
];

/// What somebody's name is said with, two words before it.
#[rustfmt::skip]
const CALLED: &[(&str, &str)] = &[
    ("name", "is"), ("name", "ist"), ("nom", "est"), ("nombre", "es"), ("nome", "é"), ("naam", "is"), ("nome", "è"), ("ich", "heiße"), ("ich", "bin"), ("m", "appelle"), ("me", "llamo"), ("me", "chamo"),
    ("mi", "chiamo"), ("ik", "heet"), ("ik", "ben"), ("i", "am"), ("i", "m"), ("this", "is"), ("boss", "is"), ("je", "suis"), ("se", "llama"), ("si", "chiama"), ("se", "chama"), ("s", "appelle"), ("heet", "is"),
];

/// Before a noun in German, which is then no name.
#[rustfmt::skip]
const ARTICLES: &[&str] = &[
    "der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "einem", "einer", "eines", "kein", "keine", "keinen", "keiner", "dieser", "diese", "dieses", "diesen", "diesem", "mein", "meine", "meinen", "meiner",
    "unser", "unsere", "unseren", "unserer", "ihr", "ihre", "ihren", "ihrer", "im", "am", "zum", "zur", "vom", "beim", "ins", "ans", "jede", "jeder", "jeden", "jedes", "alle", "allen", "aller", "mehr", "viele", "welche", "ohne", "pro", "zwei", "drei",
];

/// What stands before a company's or a town's name, and before many other things.
#[rustfmt::skip]
const FROM: &[&str] = &["at", "from", "with", "by", "for", "of", "in", "near", "chez", "de", "da", "do", "di", "bij", "van", "en", "em", "a", "à", "per", "presso", "para"];

/// What stands behind a company's name.
#[rustfmt::skip]
const LEGAL: &[&str] = &[
    "ltd", "limited", "inc", "llc", "llp", "plc", "corp", "gmbh", "ag", "kg", "ug", "ohg", "bv", "nv", "sarl", "sas", "srl", "spa", "oy", "ab", "aps", "pty", "lda", "ltda", "s.a", "s.l", "s.r.l", "s.p.a", "b.v", "n.v", "co", "sa", "sl", "holding", "group",
];

/// Whether a sentence that begins with these two words is a question, and calls nobody Will or May.
pub(super) fn asks(first: &str, second: &str) -> bool {
    const ASKED: &[&str] =
        &["the", "it", "this", "that", "these", "you", "we", "i", "there", "they", "my", "our", "your", "a", "an"];
    ["will", "may"].contains(&first) && ASKED.contains(&second)
}

pub(super) fn is_honorific(word: &str) -> bool {
    HONORIFIC.contains(&word)
}

pub(super) fn calls(before: &str, word: &str) -> bool {
    CALLED.contains(&(before, word))
}

pub(super) fn is_article(word: &str) -> bool {
    ARTICLES.contains(&word)
}

pub(super) fn is_from(word: &str) -> bool {
    FROM.contains(&word)
}

pub(super) fn is_legal(word: &str) -> bool {
    LEGAL.contains(&word)
}
