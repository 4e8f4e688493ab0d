//! What a likely member reads: nothing that claims to know that theirs is the same.

use heard::{
    model::{milestone::MilestoneKind, topic::TopicKind},
    wording::{
        language::Language,
        templates::MessageTemplates,
        update::{self, UpdateFacts},
    },
};

use super::{bug, question, text, wish};

#[test]
fn a_likely_member_reads_what_we_believe_and_that_theirs_may_be_something_else() {
    let likely = |facts: UpdateFacts<'static>| text(&UpdateFacts { likely: true, ..facts });
    for (told, believed) in [
        (likely(bug(MilestoneKind::Shipped)), "We believe that it has the same cause as something that we have fixed."),
        (likely(wish(MilestoneKind::Shipped)), "We believe that it is about something that is there now."),
        (likely(question(MilestoneKind::Shipped)), "We believe that it has to do with something that we have changed."),
    ] {
        assert!(told.contains(believed), "{told}");
        assert!(told.contains("If yours is something else, just answer, and we will look at it."), "{told}");
        assert!(told.contains("No, or mine is something else: https://"), "{told}");
        for claim in ["That is fixed", "That is there now", "We have changed something about it", "still broken: "] {
            assert!(!told.contains(claim), "{claim}: {told}");
        }
    }
    let taken_back = likely(bug(MilestoneKind::Correction));
    assert!(taken_back.contains("that we believed to be about this"), "{taken_back}");
    assert!(!taken_back.contains("this was fixed"), "{taken_back}");
}

#[test]
fn no_language_says_to_a_likely_member_what_it_says_to_whoever_is_sure() {
    for language in Language::ALL {
        for kind in TopicKind::ALL {
            for milestone in [MilestoneKind::Shipped, MilestoneKind::Correction] {
                let facts = |likely| UpdateFacts {
                    kind: *kind,
                    locale: Some(language.code()),
                    summary: None,
                    likely,
                    ..bug(milestone)
                };
                let [sure, likely] = [false, true].map(|likely| text(&facts(likely)));
                // Behind the greeting and what they wrote.
                let said = |text: &str| text.split("\n\n").nth(3).unwrap().split(". ").next().unwrap().to_owned();
                assert_ne!(said(&sure), said(&likely), "{language:?} {kind} {milestone}");
            }
        }
    }
}

#[test]
fn an_operators_own_text_that_claims_to_know_is_not_for_likely_members() {
    let ours = "{% if likely %}Perhaps{% else %}Surely{% endif %}. {{ works_url }} {{ still_broken_url }}";
    let careless = "Surely. {{ works_url }} {{ still_broken_url }}";
    for (own, sure, likely) in [(ours, "Surely", "Perhaps"), (careless, "Surely", "We believe")] {
        let templates = MessageTemplates::with_overrides(vec![("shipped/en".to_owned(), own.to_owned())]).unwrap();
        for (is_likely, said) in [(false, sure), (true, likely)] {
            let facts = UpdateFacts { likely: is_likely, ..bug(MilestoneKind::Shipped) };
            let told = update::write(&templates, &facts).unwrap().text;
            assert!(told.contains(said), "{told}");
            assert!(!is_likely || !told.contains("Surely"), "{told}");
        }
    }
}
