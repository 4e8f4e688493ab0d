//! What keeps an update of which something has to be weighed from being sent among many: each condition of `store/many_updates.rs`, and
//! what keeps many of one helpdesk from holding up others (G4, one update per customer and milestone; G5; G6; G8; G12).

use super::{Binary::Whole, Mutant};

const FILE: &str = "src/store/many_updates.rs";

/// A condition without which an update is plain. It is known by a part of it that stands in the file once, and by a part of it in SQL,
/// where that is another one.
macro_rules! condition {
    ($name:literal, $guarantee:literal, $safeguard:literal, $part:literal) => {
        condition!($name, $guarantee, $safeguard, $part, $part)
    };
    ($name:literal, $guarantee:literal, $safeguard:literal, $part:literal, $sql:literal) => {
        Mutant {
            name: $name,
            guarantee: $guarantee,
            safeguard: $safeguard,
            changes: &[
                (FILE, $part, $part),
                (
                    FILE,
                    ".join(\" AND \")",
                    concat!(
                        ".map(|one| if OUT && one.contains(\"",
                        $sql,
                        "\") { \"1 = 1\" } else { one }).join(\" AND \")"
                    ),
                ),
            ],
            fails: (Whole, "telling::many::plain::whatever_has_to_be_weighed_before_it_is_sent_is_not_plain"),
        }
    };
}

/// The safeguards, each with the change that takes it out and the test that then fails.
pub const MUTANTS: &[Mutant] = &[
    condition!("plain-is-held", "G8", "What is not held is not sent among many", "ours.state = 'held'"),
    condition!("plain-is-due", "G8", "What is not due is not sent among many", "ours.due_at <= wanted.moment"),
    condition!(
        "plain-is-nowhere-else",
        "G4",
        "What may stand in a ticket that nobody found is not sent among many",
        "NOT ours.may_be_elsewhere"
    ),
    condition!(
        "plain-is-its-topics",
        "G5",
        "What tells of another topic's step is not sent among many",
        "step.topic_id = ours.topic_id"
    ),
    condition!(
        "plain-is-not-merged",
        "G4",
        "What waits in a topic that was merged is not sent among many",
        "topic.merged_into IS NULL"
    ),
    condition!(
        "plain-is-of-this-cycle",
        "G5",
        "What tells of an earlier cycle is not sent among many",
        "topic.cycle = ours.cycle"
    ),
    condition!(
        "plain-is-linked",
        "G4",
        "What goes to a ticket of another topic is not sent among many",
        "\"link.topic_id",
        "link.topic_id = ours.topic_id"
    ),
    condition!(
        "plain-is-certain",
        "G5",
        "What is only likely to be out is not told to many",
        "step.confidence <> 'likely'"
    ),
    condition!(
        "plain-is-not-withdrawn",
        "G5",
        "A release that was withdrawn is not told to many",
        "release.withdrawn_at IS NULL"
    ),
    condition!("plain-is-no-prerelease", "G5", "A prerelease is not told to many", "NOT release.prerelease"),
    condition!(
        "plain-may-be-told",
        "G6",
        "Whoever nobody may tell is not told among many",
        "customer.opted_out_at IS NULL"
    ),
    condition!(
        "plain-is-reached",
        "G4",
        "Whoever mail does not reach is not told among many",
        "requester.standing = 'reachable'"
    ),
    condition!(
        "plain-is-theirs",
        "G6",
        "What goes to somebody else's ticket is not sent among many",
        "ticket.customer_id = ours.customer_id"
    ),
    condition!(
        "plain-is-there",
        "G6",
        "What goes to a ticket that was merged or deleted is not sent among many",
        "ticket.status NOT IN ('merged', 'deleted')"
    ),
    condition!("plain-is-mail", "G4", "What is not answered by mail is not sent among many", "ticket.channel = 'mail'"),
    condition!(
        "plain-is-known-to-them",
        "G6",
        "What goes to a ticket that its customer does not know of is not sent among many",
        "NOT ticket.internal"
    ),
    condition!(
        "plain-is-read-by-one",
        "G6",
        "What others read, too, is not sent among many",
        "reads_along!(),",
        "NOT (ticket.reaches_others"
    ),
    condition!(
        "plain-is-spoken-in",
        "G6",
        "What goes to a ticket in which its customer wrote nothing is not sent among many",
        "EXISTS (SELECT 1 FROM message"
    ),
    condition!(
        "plain-may-be-told-here",
        "G6",
        "Whoever the helpdesk may not tell is not told among many",
        "other.opted_out_at IS NOT NULL"
    ),
    condition!(
        "plain-has-one-ticket",
        "G4",
        "Whoever has several tickets in a topic is not told among many",
        "JOIN link also ON"
    ),
    condition!(
        "plain-is-remembered",
        "G4",
        "Whoever has a reply that the database does not know is not told among many",
        "AND other.unremembered"
    ),
    condition!(
        "plain-ticket-is-not-told",
        "G4",
        "What a ticket was told is not sent to it again among many",
        "told.ticket_id = ours.ticket_id"
    ),
    condition!(
        "plain-customer-is-not-told",
        "G4",
        "What a customer was told is not sent to them again among many",
        "told.customer_id = ours.customer_id"
    ),
    condition!(
        "plain-is-not-paused",
        "G8",
        "What somebody paused is not sent among many",
        "NOT EXISTS (SELECT 1 FROM pause"
    ),
    Mutant {
        name: "each-helpdesk-has-its-workers",
        guarantee: "G12",
        safeguard: "A helpdesk whose calls hang holds up no other's replies",
        changes: &[("src/store/queue.rs", "chain(words)", "chain(words.filter(|_| !OUT))")],
        fails: (Whole, "telling::many::a_helpdesk_whose_calls_hang_holds_up_the_many_of_no_other"),
    },
    Mutant {
        name: "one-of-many-holds-up-none",
        guarantee: "G12",
        safeguard: "Where a helpdesk fails over one of many, each is asked about alone",
        changes: &[(
            "src/flow/tell/reach.rs",
            "if asked.elapsed() < HANGS_FROM &&",
            "if !OUT && asked.elapsed() < HANGS_FROM &&",
        )],
        fails: (
            Whole,
            "telling::many::where_a_helpdesk_fails_over_one_of_many_whom_it_is_asked_about_each_is_told_alone_at_once",
        ),
    },
];
