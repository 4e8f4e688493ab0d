//! Currencies. Amounts are added up in one; what is written in another is not added to it, and nothing is converted.
//!
//! Sums over several currencies are a mistake that is reported again and again (`SuiteCRM/SuiteCRM#5956`, `OCA/crm#640`,
//! `YetiForceCompany/YetiForce#188`): the figure looks right, and means nothing.

use std::fmt;

/// The codes of ISO 4217 that people are paid in.
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY \
                     COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR \
                     IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR \
                     MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD \
                     SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD \
                     XCG XOF XPF YER ZAR ZMW ZWG";

/// Signs, and the currencies that are written with each. What is longer comes first.
const SIGNS: &[(&str, &str)] = &[
    ("us$", "USD"),
    ("ca$", "CAD"),
    ("au$", "AUD"),
    ("nz$", "NZD"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("mx$", "MXN"),
    ("c$", "CAD"),
    ("a$", "AUD"),
    ("s$", "SGD"),
    ("r$", "BRL"),
    ("$", DOLLARS),
    ("€", "EUR"),
    ("£", POUNDS),
    ("¥", "JPY CNY"),
    ("円", "JPY"),
    ("元", "CNY"),
    ("₹", "INR"),
    ("₽", "RUB"),
    ("₩", "KRW KPW"),
    ("₺", "TRY"),
    ("₴", "UAH"),
    ("₪", "ILS"),
    ("₫", "VND"),
    ("฿", "THB"),
    ("₦", "NGN"),
];

/// Words in small letters, and the currencies that each may mean.
const WORDS: &[(&str, &str)] = &[
    ("euros", "EUR"),
    ("euro", "EUR"),
    ("eur", "EUR"),
    ("dollars", DOLLARS),
    ("dollar", DOLLARS),
    ("usd", "USD"),
    ("pounds", POUNDS),
    ("gbp", "GBP"),
    ("chf", "CHF"),
    ("yen", "JPY"),
    ("kr", "SEK NOK DKK ISK"),
    ("zł", "PLN"),
    ("kč", "CZK"),
];

const DOLLARS: &str =
    "USD AUD CAD NZD SGD HKD TWD MXN ARS CLP COP UYU BBD BMD BND BSD BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD XCD BRL";
const POUNDS: &str = "GBP EGP FKP GIP LBP SHP SDG SSP SYP";

/// What may stand between an amount and a word for its currency, without a space: `412keur`.
const UNITS: [&str; 9] = ["k", "tsd", "m", "mm", "mio", "mn", "b", "bn", "mrd"];

/// A currency, by its code of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency(&'static str);

impl Currency {
    /// The currency of a code, in capitals or not.
    pub fn parse(code: &str) -> Option<Self> {
        CODES.split(' ').find(|known| known.eq_ignore_ascii_case(code)).map(Self)
    }

    /// Its code.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// What an amount is written with. A sign may be that of several currencies: `$` is American, Canadian, Australian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenCurrency(&'static str);

impl WrittenCurrency {
    /// The currency that somebody wrote beside an amount; `None` if they wrote none.
    pub fn of(text: &str) -> Option<Self> {
        let small = text.to_lowercase();
        let sign = SIGNS.iter().find(|(sign, _)| small.contains(sign)).map(|(_, codes)| *codes);
        let code = words(text).filter_map(known_code).find(|code| {
            // `MXN $5` says which dollars. Beside `€`, such a word is another one.
            sign.is_none_or(|signed| signed.split(' ').any(|one| one == *code))
        });
        let word = || words(&small).find_map(meaning);
        code.or(sign).or_else(word).or_else(|| code_in_small(&small)).map(Self)
    }

    /// Whether it may be this currency.
    pub fn may_be(self, currency: Currency) -> bool {
        self.0.split(' ').any(|code| code == currency.0)
    }
}

fn known_code(word: &str) -> Option<&'static str> {
    CODES.split(' ').find(|code| *code == word)
}

/// A code in small letters, where no other word stands beside the amount: `sek 412k`. Some are words of their own: "all of 412".
fn code_in_small(small: &str) -> Option<&'static str> {
    let mut said = words(small).filter(|word| !UNITS.contains(word));
    let word = said.next().filter(|_| small.contains(|c: char| c.is_ascii_digit()))?;
    CODES.split(' ').find(|code| code.eq_ignore_ascii_case(word)).filter(|_| said.next().is_none())
}

/// The text without the codes in it, each of which stands alone and in capitals.
pub fn without_codes(text: &str) -> String {
    let mut bare = text.to_owned();
    for word in words(text).filter(|word| CODES.split(' ').any(|code| code == *word)) {
        bare = bare.replacen(word, "", 1);
    }
    bare
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty())
}

/// The currencies that a word in small letters may mean.
fn meaning(word: &str) -> Option<&'static str> {
    let means = |name: &str| word.strip_suffix(name).is_some_and(|unit| unit.is_empty() || UNITS.contains(&unit));
    WORDS.iter().find(|(name, _)| means(name)).map(|(_, codes)| *codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_amount_is_written_in_is_known_by_sign_code_and_word() {
        for (text, is, is_not) in [
            ("€412k", "EUR", "USD"),
            ("412 k EUR", "EUR", "USD"),
            ("412keur", "EUR", "CHF"),
            ("CHF 1'200'000", "CHF", "EUR"),
            ("USD 2bn", "USD", "CAD"),
            ("$1.2M", "CAD", "EUR"),
            ("US$1.2M", "USD", "CAD"),
            ("C$1.2M", "CAD", "USD"),
            ("MXN $1.2M", "MXN", "USD"),
            ("$412k CAD", "CAD", "USD"),
            ("$412k ALL IN", "USD", "ALL"),
            ("€412k TOP", "EUR", "TOP"),
            ("sek 412k", "SEK", "EUR"),
            ("pln 5 000", "PLN", "EUR"),
            ("¥9000", "JPY", "EUR"),
            ("4 800 kr", "NOK", "EUR"),
            ("400 XOF", "XOF", "XAF"),
            ("12 000 zł", "PLN", "CZK"),
        ] {
            let written = WrittenCurrency::of(text).unwrap_or_else(|| panic!("{text}"));
            assert!(written.may_be(Currency::parse(is).unwrap()), "{text}");
            assert!(!written.may_be(Currency::parse(is_not).unwrap()), "{text}");
        }
        for nothing in ["412000", "412k", "1,25 Mio", "amateur", "all of it", "all of 412", "sek", "412 krk", ""] {
            assert_eq!(WrittenCurrency::of(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_code_is_known_in_any_case_and_nothing_else_is_one() {
        assert_eq!(Currency::parse("eur").map(Currency::as_str), Some("EUR"));
        for wrong in ["", "E", "EURO", "EU", "EUR USD", "€", "XXX"] {
            assert_eq!(Currency::parse(wrong), None, "{wrong}");
        }
        assert_eq!(without_codes("SEK 412k"), " 412k");
        assert_eq!(without_codes("412 Eur"), "412 Eur");
    }
}
