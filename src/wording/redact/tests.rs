//! What must go, what must stay, and that no canary survives whatever stands around it.

use proptest::prelude::*;

use super::*;

fn known() -> KnownPeople<'static> {
    KnownPeople {
        names: &["Ana Sousa", "Léa Dupont-Moreau", "山田太郎", "Mark Li"],
        organizations: &["Lovelace Analytics Ltd", "Rotaro GmbH"],
        emails: &["ana.sousa@lovelace.test", "lea@moreau-cafes.test"],
        own_urls: &["https://heard.acme.test/", "https://github.com/acme/product"],
    }
}

fn shown(text: &str) -> String {
    redact(text, &known()).text
}

#[test]
fn identity_goes() {
    for (text, expected) in [
        ("Write to ana.sousa@lovelace.test or bob@x.test.", "Write to [e-mail] or [e-mail]."),
        ("call me on +44 20 7946 0018 please", "call me on [phone] please"),
        ("Tel. 030 901820", "Tel. [phone]"),
        ("(555) 123-4567 or 06 12 34 56 78", "[phone] or [phone]"),
        ("ana sousa and ANA said", "[name] and [name] said"),
        ("Lea's export, LÉA DUPONT-MOREAU", "[name]'s export, [name]"),
        ("山田太郎です。", "[name]です。"),
        ("at Lovelace Analytics Ltd we export", "at [organization] we export"),
        ("the Rotaro account", "the [organization] account"),
        ("see https://files.acme.test/s/9f8?token=abc for it", "see [link] for it"),
        ("see acme.zendesk.com/attachments/1.png", "see [link]"),
        ("at https://x.test/ce8dcc20-3b2d-4cfe-b13e-34da2aa8e2c3/log.", "at [link]."),
        ("from 203.0.113.7 and 2001:db8::8a2e:370:7334", "from [network address] and [network address]"),
        ("I live at 12 Elm Street in London", "I live at [address] in London"),
        ("Lindenstraße 14, 10969 Berlin", "[address]"),
        ("order #A-104523 is empty", "order #[number] is empty"),
        ("Kundennummer 4711221 fehlt", "Kundennummer [number] fehlt"),
        ("ana&#64;acme.test and ana (at) acme (dot) test", "[e-mail] and [e-mail]"),
        ("ana\u{200b}.sousa@love\u{ad}lace.test", "[e-mail]"),
        ("１２３ 4111 1111 1111 1111", "[card]"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn secrets_go() {
    for (text, expected) in [
        ("Password: hunter2\nIt fails", "Password: [password]\nIt fails"),
        ("password: correct horse battery staple, then login", "password: [password] then login"),
        ("my password is S3cret! and it fails", "my password is [password] and it fails"),
        ("Passwort=\"ganz geheim\"", "Passwort=[password]\""),
        ("api_key: abcd1234", "api_key: [password]"),
        ("Authorization: Bearer abcdef123456", "Authorization: [password]"),
        ("card 4111 1111 1111 1111 declined", "card [card] declined"),
        ("IBAN DE89 3704 0044 0532 0130 00 is wrong", "IBAN [account] is wrong"),
        ("uses ghp_16C7e42F292c6912E7710c838347Ae178B4a now", "uses [key] now"),
        ("AKIAIOSFODNN7EXAMPLE", "[key]"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "[key]"),
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "key [key]"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
    assert_eq!(secrets("mail bob@x.test, PIN: 4711").text, "mail bob@x.test, PIN: [password]");
}

#[test]
fn what_engineers_need_stays() {
    for text in [
        "Every CSV export of our monthly report is missing its last row.",
        "Error 0x80070005 in version 10.0.19041.1 on 2026-03-03 09:00",
        "Since 2.4.0 the sum of 12,500.00 is shown as 12.5",
        "my password is not accepted after the update",
        "firmware 1.2.3.4 and build 20260303",
        "std::vec::Vec and 10:30:15",
        "Settings > Export > Delimiter, e.g. ; or ,",
        "ERR_CONNECTION_REFUSED on line 1048",
        "we will mark the row in May, 3/4 of 80 rows",
        "https://github.com/acme/product/issues/7",
        "between 05.03.2026 and 06.03.2026",
        "3.141592653589 per cent",
        "the order of 3 columns is wrong",
    ] {
        let known = KnownPeople {
            names: &["Mark Will"],
            own_urls: &["https://github.com/acme/product"],
            ..KnownPeople::default()
        };
        assert_eq!(redact(text, &known), Redacted { text: text.to_owned(), found: vec![] });
        assert_eq!(check(text, &known), Ok(()));
    }
}

#[test]
fn an_address_that_only_begins_like_ours_is_not_ours() {
    assert_eq!(shown("https://github.com/acme/product.evil.test/x"), "[link]");
    assert_eq!(shown("https://heard.acme.test/t/1"), "https://heard.acme.test/t/1");
    let topic = "https://heard.acme.test/t/0197b2f0-4411-7111-8111-411111111111";
    assert_eq!(shown(topic), topic);
    assert!(!shown("https://heard.acme.test/?q=bob@x.test").contains("bob"));
    assert_eq!(shown("https://heard.acme.test/c/ana"), "https://heard.acme.test/c/[name]");
}

#[test]
fn somebody_may_be_called_what_our_words_are_called() {
    let known = KnownPeople {
        names: &["Alicia Key", "Link Card"],
        organizations: &["Number Phone AG"],
        ..KnownPeople::default()
    };
    let once = redact("Alicia Key of Number Phone AG, see https://x.test/1 and Link", &known).text;
    assert_eq!(once, "[name] of [organization], see [link] and [name]");
    assert_eq!(check(&once, &known), Ok(()));
}

#[test]
fn the_gate_says_what_it_found() {
    assert_eq!(check("ana@acme.test, Password: x1", &known()), Err(vec![PrivateKind::Password, PrivateKind::Email]));
    assert_eq!(check("nothing here", &known()), Ok(()));
}

/// What may stand around a canary: it never grows together with it into another word.
#[rustfmt::skip]
fn around() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "", " ", "\n", "(", ")", "\"", "'", ": see: ", " the export fails ", "🙂 ", " Ana said ", "<b>", "</b>", "* ", " call ", " é ", " 在 ",
        "\u{200b}", ", ", "/ ", ". ", "**", "`", " 12 ", " 2.4.0 ", " https://acme.test/x ",
    ])
    .prop_map(str::to_owned)
}

fn luhn_card(stem: u64) -> String {
    let stem = format!("4{:014}", stem % 100_000_000_000_000);
    let sum: u64 = stem
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, c)| {
            let figure = u64::from(c - b'0') * if at % 2 == 0 { 2 } else { 1 };
            if figure > 9 { figure - 9 } else { figure }
        })
        .sum();
    format!("{stem}{}", (10 - sum % 10) % 10)
}

fn iban(account: u64) -> String {
    let bban = format!("{:018}", account % 1_000_000_000_000_000_000);
    let rest = format!("{bban}131400").bytes().fold(0_u64, |rest, c| (rest * 10 + u64::from(c - b'0')) % 97);
    format!("DE{:02}{bban}", 98 - rest)
}

/// A text that must not leave, and the part of it that would betray somebody.
fn canary() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        "[a-z]{3,8}\\.[a-z]{3,8}@[a-z]{3,8}\\.[a-z]{2,3}".prop_map(|it| (it.clone(), it)),
        any::<u64>().prop_map(luhn_card).prop_map(|it| (it.clone(), it)),
        any::<u64>().prop_map(luhn_card).prop_map(|it| {
            let spaced = format!("{} {} {} {}", &it[..4], &it[4..8], &it[8..12], &it[12..]);
            (spaced.clone(), spaced)
        }),
        any::<u64>().prop_map(iban).prop_map(|it| (it.clone(), it)),
        "\\+[1-9][0-9]{1,2} [0-9]{2,3} [0-9]{3} [0-9]{3,4}".prop_map(|it| (it.clone(), it)),
        "0[1-9][0-9]{2} [0-9]{3} [0-9]{3,4}".prop_map(|it| (it.clone(), it)),
        "[0-9]{9,12}".prop_map(|it| (it.clone(), it)),
        (1..250_u8, any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(a, b, c, d)| {
            let it = format!("{a}.{b}.{c}.{d}");
            (it.clone(), it)
        }),
        "[A-Za-z0-9!?]{8,14}".prop_map(|it| (format!("password: {it}"), it)),
        "[A-Za-z0-9]{36}".prop_map(|it| (format!("ghp_{it}"), it)),
        "[A-Za-z0-9_-]{12,20}".prop_map(|it| (format!("https://files.example.org/{it}?x=1"), it)),
        "AKIA[A-Z0-9]{16}".prop_map(|it| (it.clone(), it)),
        prop::sample::select(vec![
            "Sousa",
            "sousa",
            "DUPONT",
            "Moreau",
            "Lovelace",
            "rotaro",
            "ana.sousa",
            "Léa",
            "LEA"
        ])
        .prop_map(|it| (it.to_owned(), it.to_owned())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn no_canary_survives((before, (text, canary), after) in (around(), canary(), around())) {
        let whole = format!("{before}{text}{after}");
        let redacted = redact(&whole, &known());
        prop_assert!(!redacted.text.contains(&canary), "{whole:?} became {:?}", redacted.text);
        prop_assert!(!redacted.found.is_empty());
        prop_assert!(check(&whole, &known()).is_err());
    }

    #[test]
    fn what_was_redacted_passes_the_gate_and_stays_the_same(text in "\\PC{0,80}", a in canary(), b in canary()) {
        let once = redact(&format!("{} {text} {}", a.0, b.0), &known());
        prop_assert_eq!(check(&once.text, &known()), Ok(()), "{}", once.text);
        prop_assert_eq!(&redact(&once.text, &known()).text, &once.text);
    }
}

#[test]
fn a_customer_with_the_name_of_a_word_of_ours_keeps_nothing_from_being_written() {
    let known = KnownPeople { names: &["Customer", "Ana Weeks"], ..KnownPeople::default() };
    let ours = "A bug that customers report. 1 customer, in the last weeks.";
    assert_eq!(check("1 customer", &known), Err(vec![PrivateKind::Name]));
    assert_eq!(check_beside(ours, "2 customers, 1 customer, in the last weeks", &known), Ok(()));
    assert_eq!(check_beside(ours, "1 customer, called Ana", &known), Err(vec![PrivateKind::Name]));
    assert_eq!(check_beside("mail ana@acme.test", "mail ana@acme.test", &known), Err(vec![PrivateKind::Email]));
}
