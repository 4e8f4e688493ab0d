//! Every text that a person outside reads, as they read it. A change of wording is reviewed here; this file holds the rules.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod another_fix;
mod engineers_and_agents;
mod finished;
mod likely;
mod on_the_way;
mod other_languages;
mod shared;

use heard::{
    base::clock::Time,
    model::{
        milestone::{Confidence, MilestoneKind},
        topic::TopicKind,
    },
    wording::{
        language::Language,
        templates::MessageTemplates,
        update::{self, EarlierFix, UpdateFacts, UpdateText},
    },
};
use proptest::prelude::*;

fn at(text: &str) -> Time {
    Time::parse(text).expect("a time")
}

fn bug(milestone: MilestoneKind) -> UpdateFacts<'static> {
    UpdateFacts {
        milestone,
        kind: TopicKind::Bug,
        title: "CSV export is missing its last row",
        customer_name: "Ana Sousa",
        organization_name: Some("Lovelace Ltd"),
        locale: Some("en-GB"),
        asked: "Hi team,\n\nevery CSV export of our monthly report is missing its last row. Can you check?\n\nThanks\nAna",
        asked_at: at("2026-03-03T10:04:00Z"),
        now: at("2026-03-20T15:30:00Z"),
        version: Some("v2.4.0"),
        release_url: Some("https://acme.test/releases/2.4.0"),
        released_at: Some(at("2026-03-20T09:00:00Z")),
        summary: Some(
            "The export writes the complete file again, and files made before can simply be exported once more",
        ),
        words: None,
        agent_name: Some("Sam Okafor"),
        team: "Acme support",
        works_url: "https://heard.acme.test/c/9f2k?works",
        still_broken_url: "https://heard.acme.test/c/9f2k?still_broken",
        page_url: "https://heard.acme.test/c/9f2k",
        stop_url: Some("https://heard.acme.test/c/9f2k/stop"),
        certain: Confidence::Proven,
        earlier: None,
        shared: false,
        likely: false,
    }
}

fn wish(milestone: MilestoneKind) -> UpdateFacts<'static> {
    UpdateFacts {
        kind: TopicKind::FeatureRequest,
        customer_name: "Tomás Echeverría",
        organization_name: None,
        asked: "Could the kiosk be dark at night? It lights up the whole hall.",
        asked_at: at("2025-12-11T10:00:00Z"),
        summary: Some("The kiosk can dim itself between two times of day, under Settings, Screen."),
        ..bug(milestone)
    }
}

fn question(milestone: MilestoneKind) -> UpdateFacts<'static> {
    UpdateFacts {
        kind: TopicKind::Question,
        customer_name: "Léa",
        asked: "How do I change who approves overtime? I cannot find it anywhere.",
        asked_at: at("2026-03-19T10:00:00Z"),
        summary: Some("Who approves overtime now stands on the team's own page."),
        agent_name: None,
        ..bug(milestone)
    }
}

/// Nothing is known that need not be known.
fn bare(kind: TopicKind, milestone: MilestoneKind) -> UpdateFacts<'static> {
    UpdateFacts {
        kind,
        customer_name: "",
        organization_name: None,
        asked: "",
        version: None,
        release_url: None,
        released_at: None,
        summary: None,
        agent_name: None,
        stop_url: None,
        ..bug(milestone)
    }
}

fn written(facts: &UpdateFacts) -> UpdateText {
    update::write(MessageTemplates::builtin(), facts).expect("our own templates are sound")
}

fn text(facts: &UpdateFacts) -> String {
    written(facts).text
}

/// The words between greeting and foot, as a reader would count them.
fn word_count(text: &str) -> usize {
    let shown = text.split("\n\nHow it stands").next().unwrap_or(text);
    shown.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric) && !word.contains("://")).count()
}

const REASON: Option<&str> = Some(
    "Most kiosks stand in bright rooms, and we want to put the time into working without a connection, which more of you need",
);

/// Every combination of present and absent facts, of kind and of occasion.
fn all_facts() -> impl Iterator<Item = UpdateFacts<'static>> {
    let sets = (0..1_u32 << 7).flat_map(|present| {
        TopicKind::ALL.iter().map(move |kind| {
            let has = |bit: u32| present >> bit & 1 == 1;
            let full = bug(MilestoneKind::Shipped);
            UpdateFacts {
                kind: *kind,
                customer_name: if has(0) { full.customer_name } else { "" },
                asked: if has(1) { full.asked } else { "" },
                version: full.version.filter(|_| has(2)),
                release_url: full.release_url.filter(|_| has(3)),
                released_at: full.released_at.filter(|_| has(4)),
                summary: full.summary.filter(|_| has(5)),
                words: Some("a person's words").filter(|_| has(6)),
                agent_name: full.agent_name.filter(|_| has(6)),
                stop_url: full.stop_url.filter(|_| has(0)),
                earlier: match (has(3), has(6)) {
                    (true, true) => Some(EarlierFix::StillBroken(at("2026-03-18T10:00:00Z"))),
                    (true, false) => Some(EarlierFix::Unanswered(at("2026-03-18T10:00:00Z"))),
                    (false, _) => None,
                },
                ..full
            }
        })
    });
    sets.flat_map(|facts| {
        MilestoneKind::ALL.iter().map(move |milestone| UpdateFacts { milestone: *milestone, ..facts.clone() })
    })
}

#[test]
fn every_text_keeps_to_the_rules() {
    const FORBIDDEN: &[&str] = &[
        "resolved",
        "closed",
        "as per",
        "we value your feedback",
        "valued customer",
        "!",
        "ticket",
        "none",
        "undefined",
        "  ",
        " .",
    ];
    for facts in all_facts() {
        let text = text(&facts);
        let said = text.replace("https://", "").to_lowercase();
        for word in FORBIDDEN {
            assert!(!said.contains(word), "{word:?} in {} for {facts:?}:\n{text}", facts.milestone);
        }
        assert!(text.contains(facts.page_url), "{text}");
        let told = ["that is fixed", "that is there now", "came out", "is out now", "in your hands now"];
        let says_out = told.iter().any(|words| said.contains(words));
        assert_eq!(
            says_out,
            facts.milestone == MilestoneKind::Shipped,
            "only what shipped is said to be out (G5):\n{text}"
        );
        let may_name_a_version = matches!(facts.milestone, MilestoneKind::Shipped | MilestoneKind::Correction);
        assert!(may_name_a_version || !text.contains("2.4.0"), "{text}");
        let count = word_count(&text);
        let allowed = match facts.milestone {
            MilestoneKind::Shipped if facts.earlier.is_some() => 60..=125,
            MilestoneKind::Shipped => 60..=110,
            MilestoneKind::Declined => 60..=140,
            _ => 45..=120,
        };
        assert!(allowed.contains(&count), "{count} words in {}:\n{text}", facts.milestone);
    }
}

#[test]
fn what_is_usual_has_the_length_a_busy_person_reads() {
    for facts in [bug(MilestoneKind::Shipped), wish(MilestoneKind::Shipped), question(MilestoneKind::Shipped)] {
        let text = text(&facts);
        assert!((60..=110).contains(&word_count(&text)), "{} words:\n{text}", word_count(&text));
    }
}

#[test]
fn every_language_has_every_text_and_none_but_english_goes_out_unread() {
    for language in Language::ALL {
        for milestone in MilestoneKind::ALL {
            for kind in TopicKind::ALL {
                let locale = Some(language.code());
                let facts = UpdateFacts { kind: *kind, locale, words: REASON, ..bug(*milestone) };
                let text = written(&facts);
                assert_eq!(text.language, language.code());
                assert_eq!(text.reviewed, *language == Language::English, "{language:?} {milestone:?}");
                assert!(
                    text.text.contains("> every CSV export of our monthly report is missing its last row."),
                    "{}",
                    text.text
                );
                assert!(text.text.contains(facts.page_url), "{}", text.text);
                assert!(!text.text.contains('!') && !text.text.contains("  "), "{}", text.text);
                assert_well_formed(&text.html);
            }
        }
    }
}

#[test]
fn what_a_person_has_not_said_or_nobody_has_proven_waits_as_a_draft() {
    assert!(written(&bug(MilestoneKind::Shipped)).reviewed);
    assert!(!written(&UpdateFacts { certain: Confidence::Likely, ..bug(MilestoneKind::Shipped) }).reviewed);
    assert!(!written(&bug(MilestoneKind::Declined)).reviewed);
    assert!(!written(&UpdateFacts { words: Some(" "), ..bug(MilestoneKind::Workaround) }).reviewed);
    assert!(!written(&UpdateFacts { locale: Some("de-CH"), ..bug(MilestoneKind::Shipped) }).reviewed);
}

#[test]
fn a_greeting_never_uses_what_is_not_a_first_name() {
    for name in
        ["ana.sousa@lovelace.test", "Lovelace Ltd", "Support", "ana_sousa42", "", "Win https://evil.test", "<b>Ana</b>"]
    {
        let text = text(&UpdateFacts { customer_name: name, ..bug(MilestoneKind::Shipped) });
        assert!(text.starts_with("Hello,\n"), "{name}: {text}");
    }
    assert!(text(&bug(MilestoneKind::Shipped)).starts_with("Hi Ana,\n"));
}

#[test]
fn what_a_customer_writes_is_shown_and_never_obeyed() {
    let asked =
        "The export fails <script>alert('x')</script> & \"breaks\" {{ team }} {% if %}\n=> https://evil.test click";
    let facts = UpdateFacts {
        customer_name: "Ana",
        asked,
        summary: Some("<img src=x> & \u{e001}done"),
        ..bug(MilestoneKind::Shipped)
    };
    let text = written(&facts);
    assert_well_formed(&text.html);
    assert!(
        text.html.contains("&lt;script&gt;") && !text.html.contains("<script") && !text.html.contains("<img"),
        "{}",
        text.html
    );
    assert!(!text.html.contains("href=\"https://evil.test"), "{}", text.html);
    assert!(text.text.contains("{{ team }}"), "{}", text.text);
}

#[test]
fn a_secret_is_not_quoted_back() {
    let asked = "The login fails with password: hunter2, nothing happens at all";
    assert!(!text(&UpdateFacts { asked, ..bug(MilestoneKind::Shipped) }).contains("hunter2"));
}

/// Text as nobody means it: markup, template tags, marks of ours, control characters, any script.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,60}",
        "[\u{0}-\u{20}{}%|=><&\"'\u{e000}-\u{e004}\u{200b}a@:/.0-9\n]{0,60}",
        "(Hi team, |> |On x wrote:\n|https://a.test/|password: |[0-9]{4} |-- \n|。|é|[a-z]{1,9} ){0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn whatever_people_write_the_message_stays_a_message(
        (name, asked, words, version) in (hostile(), hostile(), hostile(), hostile()),
        milestone in prop::sample::select(MilestoneKind::ALL),
        locale in prop::sample::select(Language::ALL),
    ) {
        let facts = UpdateFacts {
            customer_name: &name,
            asked: &asked,
            words: Some(&words),
            summary: Some(&words),
            version: Some(&version),
            agent_name: Some(&name),
            locale: Some(locale.code()),
            ..bug(milestone)
        };
        let text = written(&facts);
        assert_well_formed(&text.html);
        let marks = text.text.chars().filter(|c| ('\u{e000}'..='\u{e004}').contains(c)).count();
        prop_assert_eq!(marks, 0);
        prop_assert!(text.text.contains(facts.page_url));
    }

    #[test]
    fn whatever_an_operator_writes_is_taken_or_refused(source in hostile()) {
        if let Err(refused) = MessageTemplates::with_overrides(vec![("planned/en".to_owned(), source)]) {
            prop_assert!(refused.to_string().starts_with("template \"planned/en\" "));
        }
    }
}

/// Tags are closed in the order they were opened, and no bare `<` or `&` stands between them.
fn assert_well_formed(html: &str) {
    let mut open = Vec::new();
    let mut rest = html;
    while let Some((before, after)) = rest.split_once('<') {
        assert_escaped(before);
        let (tag, behind) = after.split_once('>').expect("a tag ends");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "{html}"),
            None => open.push(tag.split(' ').next().unwrap_or_default().to_owned()),
        }
        rest = behind;
    }
    assert_escaped(rest);
    assert!(open.is_empty(), "{open:?} stay open in {html}");
}

fn assert_escaped(text: &str) {
    assert!(!text.contains('>'), "{text}");
    for (at, _) in text.match_indices('&') {
        let reference = text[at..].split(';').next().unwrap_or_default();
        assert!(["&amp", "&lt", "&gt", "&quot", "&#39"].contains(&reference), "{reference} in {text}");
    }
}
