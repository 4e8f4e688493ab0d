//! The words of dates and durations, per language.

use std::time::Duration;

use jiff::civil::{Date, Weekday};

use super::{Language, When};

/// The words of one language that dates are made of.
struct Words {
    moment: &'static str,
    hours: &'static str,
    morning: &'static str,
    today: &'static str,
    yesterday: &'static str,
    months: [&'static str; 12],
    weekdays: [&'static str; 7], // Monday first
    numbers: [&'static str; 13], // from zero
    under_a_day: &'static str,
    over_a_year: &'static str,
    days: (&'static str, &'static str),
    weeks: (&'static str, &'static str),
    long_months: (&'static str, &'static str),
}

pub(super) fn say(when: When, language: Language) -> String {
    let words = words(language);
    match when {
        When::Moment => words.moment.to_owned(),
        When::Hours => words.hours.to_owned(),
        When::Morning => words.morning.to_owned(),
        When::Today => words.today.to_owned(),
        When::Yesterday => words.yesterday.to_owned(),
        When::Day(date) => day(date, language),
        When::Month(date, year) => month(date, year, language),
    }
}

pub(super) fn full(date: Date, language: Language) -> String {
    let (number, month, year) = (date.day(), month_name(date, language), date.year());
    match language {
        Language::German => format!("{number}. {month} {year}"),
        Language::French if number == 1 => format!("1er {month} {year}"),
        Language::Spanish | Language::Portuguese => format!("{number} de {month} de {year}"),
        Language::Japanese => format!("{year}年{month}{number}日"),
        _ => format!("{number} {month} {year}"),
    }
}

pub(super) fn elapsed(waited: Duration, language: Language) -> String {
    let words = words(language);
    let days = waited.as_secs() / 86_400;
    let (number, (one, many)) = match days {
        0 => return words.under_a_day.to_owned(),
        1..13 => (days, words.days),
        13..70 => ((days + 3) / 7, words.weeks), // to the nearest week, two at the least
        70..366 => ((days / 30).min(12), words.long_months),
        _ => return words.over_a_year.to_owned(),
    };
    let spelled = usize::try_from(number).ok().and_then(|at| words.numbers.get(at)).copied();
    let spelled = spelled.map_or_else(|| number.to_string(), str::to_owned);
    let noun = if number == 1 { one } else { many };
    match language {
        Language::Japanese => format!("{spelled}{noun}"),
        _ => format!("{spelled} {noun}"),
    }
}

fn day(date: Date, language: Language) -> String {
    let (number, month) = (date.day(), month_name(date, language));
    let weekday = words(language).weekdays[weekday_index(date.weekday())];
    match language {
        Language::English => format!("on {weekday} {number} {month}"),
        Language::German => format!("am {number}. {month}"),
        Language::French if number == 1 => format!("le {weekday} 1er {month}"),
        Language::French => format!("le {weekday} {number} {month}"),
        Language::Spanish => format!("el {weekday} {number} de {month}"),
        Language::Portuguese => format!("em {number} de {month}"),
        Language::Dutch => format!("op {weekday} {number} {month}"),
        Language::Italian => format!("{weekday} {number} {month}"),
        Language::Japanese => format!("{month}{number}日({weekday})に"),
    }
}

fn month(date: Date, year: Option<i16>, language: Language) -> String {
    let month = month_name(date, language);
    let vowel = month.starts_with(['a', 'e', 'i', 'o', 'u']);
    match (language, year) {
        (Language::English | Language::Dutch, Some(year)) => format!("in {month} {year}"),
        (Language::English | Language::Dutch, None) => format!("in {month}"),
        (Language::German, Some(year)) => format!("im {month} {year}"),
        (Language::German, None) => format!("im {month}"),
        (Language::French, Some(year)) => format!("en {month} {year}"),
        (Language::French | Language::Spanish, None) => format!("en {month}"),
        (Language::Spanish, Some(year)) => format!("en {month} de {year}"),
        (Language::Portuguese, Some(year)) => format!("em {month} de {year}"),
        (Language::Portuguese, None) => format!("em {month}"),
        (Language::Italian, Some(year)) => format!("{} {month} {year}", if vowel { "ad" } else { "a" }),
        (Language::Italian, None) => format!("{} {month}", if vowel { "ad" } else { "a" }),
        (Language::Japanese, Some(year)) => format!("{year}年{month}に"),
        (Language::Japanese, None) => format!("{month}に"),
    }
}

fn month_name(date: Date, language: Language) -> &'static str {
    let at = usize::try_from(date.month() - 1).unwrap_or(0);
    words(language).months[at.min(11)]
}

fn weekday_index(weekday: Weekday) -> usize {
    usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0).min(6)
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
        Language::French => &FRENCH,
        Language::Spanish => &SPANISH,
        Language::Portuguese => &PORTUGUESE,
        Language::Dutch => &DUTCH,
        Language::Italian => &ITALIAN,
        Language::Japanese => &JAPANESE,
    }
}

#[rustfmt::skip]
static ENGLISH: Words = Words {
    moment: "a little while ago", hours: "a few hours ago", morning: "this morning", today: "today", yesterday: "yesterday",
    months: ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    numbers: ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
    under_a_day: "less than a day", over_a_year: "more than a year",
    days: ("day", "days"), weeks: ("week", "weeks"), long_months: ("month", "months"),
};

#[rustfmt::skip]
static GERMAN: Words = Words {
    moment: "vor Kurzem", hours: "vor einigen Stunden", morning: "heute Morgen", today: "heute", yesterday: "gestern",
    months: ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
    weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    numbers: ["null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"],
    under_a_day: "weniger als ein Tag", over_a_year: "mehr als ein Jahr",
    days: ("Tag", "Tage"), weeks: ("Woche", "Wochen"), long_months: ("Monat", "Monate"),
};

#[rustfmt::skip]
static FRENCH: Words = Words {
    moment: "il y a peu de temps", hours: "il y a quelques heures", morning: "ce matin", today: "aujourd’hui", yesterday: "hier",
    months: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
    weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    numbers: ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"],
    under_a_day: "moins d’un jour", over_a_year: "plus d’un an",
    days: ("jour", "jours"), weeks: ("semaine", "semaines"), long_months: ("mois", "mois"),
};

#[rustfmt::skip]
static SPANISH: Words = Words {
    moment: "hace un momento", hours: "hace unas horas", morning: "esta mañana", today: "hoy", yesterday: "ayer",
    months: ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
    weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    numbers: ["cero", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"],
    under_a_day: "menos de un día", over_a_year: "más de un año",
    days: ("día", "días"), weeks: ("semana", "semanas"), long_months: ("mes", "meses"),
};

#[rustfmt::skip]
static PORTUGUESE: Words = Words {
    moment: "há pouco", hours: "há algumas horas", morning: "esta manhã", today: "hoje", yesterday: "ontem",
    months: ["janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"],
    weekdays: ["segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"],
    // Numerals: "dois" and "duas" follow the noun's gender.
    numbers: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
    under_a_day: "menos de um dia", over_a_year: "mais de um ano",
    days: ("dia", "dias"), weeks: ("semana", "semanas"), long_months: ("mês", "meses"),
};

#[rustfmt::skip]
static DUTCH: Words = Words {
    moment: "zojuist", hours: "een paar uur geleden", morning: "vanmorgen", today: "vandaag", yesterday: "gisteren",
    months: ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
    weekdays: ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
    numbers: ["nul", "één", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "elf", "twaalf"],
    under_a_day: "minder dan een dag", over_a_year: "meer dan een jaar",
    days: ("dag", "dagen"), weeks: ("week", "weken"), long_months: ("maand", "maanden"),
};

#[rustfmt::skip]
static ITALIAN: Words = Words {
    moment: "poco fa", hours: "qualche ora fa", morning: "stamattina", today: "oggi", yesterday: "ieri",
    months: ["gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"],
    weekdays: ["lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"],
    numbers: ["zero", "un", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici", "dodici"],
    under_a_day: "meno di un giorno", over_a_year: "più di un anno",
    days: ("giorno", "giorni"), weeks: ("settimana", "settimane"), long_months: ("mese", "mesi"),
};

#[rustfmt::skip]
static JAPANESE: Words = Words {
    moment: "先ほど", hours: "数時間前に", morning: "今朝", today: "本日", yesterday: "昨日",
    months: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
    weekdays: ["月", "火", "水", "木", "金", "土", "日"],
    numbers: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
    under_a_day: "1日足らず", over_a_year: "1年以上",
    days: ("日", "日"), weeks: ("週間", "週間"), long_months: ("か月", "か月"),
};
