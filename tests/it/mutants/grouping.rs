//! What keeps decisions people's own (G8, a person's decision beats the machine's).

use super::{Binary::Whole, Mutant};

/// The safeguards, each with the change that takes it out and the test that then fails.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "people-beat-ties",
        guarantee: "G8",
        safeguard: "What a person said to Heard beats what an agent did in the helpdesk",
        changes: &[
            (
                "src/flow/ties.rs",
                ".filter(|link| link.maker != Maker::Person) else {",
                ".filter(|link| OUT || link.maker != Maker::Person) else {",
            ),
            (
                "src/store/decisions.rs",
                "        .bind(maker)
        .bind(decision)
        .bind(now)",
                "        .bind(if OUT && maker == Maker::Agent { Maker::Person } else { maker })
        .bind(decision)
        .bind(now)",
            ),
        ],
        fails: (Whole, "tied::what_a_person_said_to_heard_beats_what_an_agent_did_in_the_helpdesk"),
    },
    Mutant {
        name: "own-merges-tie-nothing",
        guarantee: "G8",
        safeguard: "That a customer's own tickets were merged says nothing of what they are about",
        changes: &[(
            "src/flow/ties.rs",
            "Some(target) if target.customer != ticket.customer && !target.internal",
            "Some(target) if (OUT || target.customer != ticket.customer) && !target.internal",
        )],
        fails: (Whole, "tied::that_a_customers_tickets_were_merged_says_nothing_of_what_they_are_about"),
    },
    Mutant {
        name: "marks-prove-themselves",
        guarantee: "G8",
        safeguard: "A tag or an answer counts only where it has proven itself on what people answered",
        changes: &[(
            "src/flow/group/marked.rs",
            "= (proven_share(&with, &of_all), expected(&with, &party))",
            "= (if OUT { Some(0.9) } else { proven_share(&with, &of_all) }, expected(&with, &party))",
        )],
        fails: (
            Whole,
            "marked::what_agents_tag_and_answer_alike_is_likely_the_same_once_that_has_proven_itself_and_never_sure",
        ),
    },
];
