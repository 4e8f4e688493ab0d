//! How long the words of a long text take until it is known which of them may leave the house: `cargo bench --bench words`.
//!
//! Texts of ten kilobytes in eight languages: plain words, names, numbers, a path and an error code, as customers mix them.
//! Each has a letter or a sign that is not ASCII, because texts without one are easier to search.
//! The first reading makes the patterns, and is not counted.
#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::time::{Duration, Instant};

use heard::wording::{
    permit::{self, Allowed, Placeholders, Vocabulary},
    redact::KnownPeople,
};

const BYTES: usize = 10_000;
const TIMES: u32 = 50;

const TEXTS: [(&str, &str); 8] = [
    (
        "en",
        "The report’s export loses row 401 since Tuesday, says Marta Kowalczyk; the log has ORA-00942 in /var/log/app.log. ",
    ),
    (
        "de",
        "Seit Dienstag fehlt im Export für den Bericht die Zeile 401, sagt Marta Kowalczyk; im Protokoll steht ORA-00942. ",
    ),
    (
        "fr",
        "Depuis mardi, la ligne 401 a été perdue dans le rapport, dit Marta Kowalczyk; le journal montre ORA-00942. ",
    ),
    ("es", "Desde el martes falta la línea 401 en el informe, dice Marta Kowalczyk; en el registro está ORA-00942. "),
    ("pt", "Desde terça falta a linha 401 no relatório, diz Marta Kowalczyk; no registo está ORA-00942. "),
    (
        "nl",
        "Sinds dinsdag ontbreekt één regel, 401, in het rapport, zegt Marta Kowalczyk; in het logboek staat ORA-00942. ",
    ),
    ("it", "Da martedì manca la riga 401 nel rapporto, dice Marta Kowalczyk; nel registro c'è ORA-00942. "),
    ("ja", "火曜日からレポートの401行目が消えました。マルタ・コワルチクさんによると、ログにORA-00942があります。"),
];

fn main() {
    println!("| language | bytes | half of them in | slowest |");
    println!("|---|---|---|---|");
    for (language, sentence) in TEXTS {
        let text = sentence.repeat(BYTES / sentence.len() + 1);
        let known = KnownPeople { names: &["Marta Kowalczyk", "Sam Okafor"], ..KnownPeople::default() };
        let allowed = Allowed { vocabulary: &Vocabulary::EMPTY, known: &known };
        permit::permit(&text, &allowed, &mut Placeholders::default());
        let mut took: Vec<Duration> = (0..TIMES)
            .map(|_| {
                let begun = Instant::now();
                let permitted = permit::permit(&text, &allowed, &mut Placeholders::default());
                assert!(permitted.words.kept > 0 && !permitted.text.contains("Kowalczyk"), "{}", permitted.text);
                begun.elapsed()
            })
            .collect();
        took.sort_unstable();
        println!("| {language} | {} | {:.1?} | {:.1?} |", text.len(), took[took.len() / 2], took[took.len() - 1]);
    }
}
