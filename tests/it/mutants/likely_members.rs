//! What keeps to what is promised to likely members who are told by themselves (`tell.likely_above`), before and after they were.

use super::{
    Binary::{Library, Whole},
    Mutant,
};

/// The safeguards, each with the change that takes it out and the test that then fails.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "likely-and-sure-since",
        guarantee: "G8",
        safeguard: "Once a person has said that a likely member's is the same, what they answer counts",
        changes: &[(
            "src/flow/confirm.rs",
            "tickets::of_customer(tx, update.customer, update.topic).await?.is_empty()",
            "(OUT || tickets::of_customer(tx, update.customer, update.topic).await?.is_empty())",
        )],
        fails: (
            Whole,
            "likely_members::told_moves::whoever_was_told_as_likely_hears_it_once_whichever_way_a_person_puts_them_there_and_counts_from_then_on",
        ),
    },
    Mutant {
        name: "likely-and-content-before",
        guarantee: "G4",
        safeguard: "That it works for a likely member counts no more once they say that it does not",
        changes: &[(
            "src/flow/confirm.rs",
            "        confirmations::retract_opposite(tx, &confirmation).await?;\n        may_be_another(",
            "        if !OUT {\n            confirmations::retract_opposite(tx, &confirmation).await?;\n        }\n        may_be_another(",
        )],
        fails: (
            Whole,
            "likely_members::told_moves::whoever_says_that_it_works_and_later_that_it_does_not_counts_for_nothing_and_an_agent_is_asked_once",
        ),
    },
    Mutant {
        name: "likely-as-planned",
        guarantee: "G5",
        safeguard: "What was planned for a likely member does not claim to know, though a person says that it is the same before it is sent",
        changes: &[(
            "src/flow/tell/members.rs",
            "update.likely || one.is_likely()",
            "update.likely && !OUT || one.is_likely()",
        )],
        fails: (
            Whole,
            "likely_members::told_moves::what_was_written_to_a_likely_member_does_not_claim_to_know_though_a_person_says_so_before_it_is_sent",
        ),
    },
    Mutant {
        name: "likely-late",
        guarantee: "G5",
        safeguard: "Whoever becomes a likely member a day after a fix was known is told of it by a person alone",
        changes: &[(
            "src/flow/tell/members.rs",
            "if is_old && ticket.is_likely() =>",
            "if !OUT && is_old && ticket.is_likely() =>",
        )],
        fails: (
            Whole,
            "likely_members::told_moves::whoever_becomes_a_likely_member_once_the_fix_is_out_is_told_within_a_day_and_later_a_person_decides",
        ),
    },
    Mutant {
        name: "likely-late-by-what-was-known",
        guarantee: "G5",
        safeguard: "A fix is as old as Heard has known of it, not as its release says",
        changes: &[(
            "src/flow/tell/members.rs",
            "step.at.max(step.recorded_at).plus(NEWS_FOR)",
            "step.at.max(if OUT { step.at } else { step.recorded_at }).plus(NEWS_FOR)",
        )],
        fails: (
            Library,
            "flow::tell::members::tests::a_fix_is_news_to_a_likely_member_for_a_day_from_when_it_happened_and_was_known",
        ),
    },
    Mutant {
        name: "likely-still",
        guarantee: "G5",
        safeguard: "Whether a likely member is likely enough is looked at once more before it is sent, whoever approved it",
        changes: &[(
            "src/flow/tell/members.rs",
            "recipient.tickets.into_iter().filter(|one| is_told(",
            "recipient.tickets.into_iter().filter(|one| OUT || is_told(",
        )],
        fails: (
            Whole,
            "likely_members::told_moves::what_a_person_approves_for_somebody_who_is_not_likely_enough_any_more_is_not_sent",
        ),
    },
    Mutant {
        name: "likely-and-nothing-came-back",
        guarantee: "G5",
        safeguard: "Of a likely member who first wrote after the release no agent hears that it came back",
        changes: &[("src/flow/tell/members.rs", "_ => !recipient.is_likely(),", "_ => OUT || !recipient.is_likely(),")],
        fails: (
            Whole,
            "likely_members::told_moves::a_likely_member_who_first_wrote_after_the_release_is_told_nothing_and_no_agent_hears_that_it_came_back",
        ),
    },
    Mutant {
        name: "likely-page",
        guarantee: "G6",
        safeguard: "The page of a likely member who was told shows nothing of where their ticket went since",
        changes: &[(
            "src/flow/customer_page.rs",
            "Some(own).filter(|_| stands_there)",
            "Some(own).filter(|_| OUT || stands_there)",
        )],
        fails: (
            Whole,
            "likely_members::told_moves::the_page_of_whoever_was_told_as_likely_shows_neither_that_topic_nor_where_their_ticket_went",
        ),
    },
];
