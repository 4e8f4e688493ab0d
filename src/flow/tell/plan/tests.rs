//! Who hears what of which step, each case as a sentence.

use super::*;
use crate::model::update::UpdateState;
use crate::{
    base::clock::Time,
    model::{
        customer::Customer,
        id::{CustomerId, MilestoneId, TicketId, TopicId},
        recipient::{UpdateSoFar, VerdictSoFar},
        ticket::{Ticket, TicketChannel, TicketStatus},
    },
};

const HOUR: Duration = Duration::from_hours(1);

fn at(hours: i64) -> Time {
    Time::from_seconds(1_000_000 + hours * 3_600)
}

/// A ticket that was written and linked at that hour.
fn ticket(hour: i64) -> RecipientTicket {
    RecipientTicket {
        ticket: Ticket {
            id: TicketId::generate(at(hour)),
            connection: "acme".into(),
            external_id: hour.to_string(),
            url: None,
            brand: None,
            subject: "Export to CSV fails".into(),
            status: TicketStatus::Open,
            tags: Vec::new(),
            requester_external_id: "1".into(),
            customer: CustomerId::generate(at(0)),
            organization: None,
            agent_external_id: None,
            agent_name: None,
            channel: TicketChannel::Mail,
            created_at: at(hour),
            changed_at: at(hour),
            merged_into: None,
            follow_up_of: None,
            reaches_others: false,
            internal: false,
        },
        linked_at: at(hour),
        escalated: false,
        first_words: Some("The last row is missing.".into()),
        is_unread: false,
        answered: false,
        organization_name: None,
        opted_out: false,
        is_shared: false,
        likely: None,
    }
}

fn recipient(tickets: Vec<RecipientTicket>) -> Recipient {
    let customer = Customer {
        id: CustomerId::generate(at(0)),
        name: "Ada Lovelace".into(),
        email: None,
        locale: None,
        time_zone: None,
        opted_out_at: None,
        created_at: at(0),
    };
    Recipient { customer, tickets, updates: Vec::new(), verdicts: Vec::new() }
}

/// The step of this kind and cycle of the topic itself.
fn own(kind: MilestoneKind, cycle: i64) -> MilestoneId {
    let place = MilestoneKind::ALL.iter().position(|one| *one == kind).unwrap();
    MilestoneId::from(uuid::Uuid::from_u64_pair(u64::try_from(place).unwrap(), u64::from_be_bytes(cycle.to_be_bytes())))
}

/// A step of cycle 1 at hour 10, which we learned of at once.
fn step(kind: MilestoneKind) -> Milestone {
    Milestone {
        id: own(kind, 1),
        topic: TopicId::generate(at(0)),
        kind,
        cycle: 1,
        at: at(10),
        recorded_at: at(10),
        release: None,
        confidence: Some(Confidence::Proven),
        doubt: None,
        words: None,
        by: "github".into(),
    }
}

fn told(kind: MilestoneKind, cycle: i64, hour: i64) -> UpdateSoFar {
    let ticket = TicketId::generate(at(0));
    let (state, sent_at) = (UpdateState::Sent, Some(at(hour)));
    UpdateSoFar { milestone: own(kind, cycle), kind, cycle, release: None, state, sent_at, ticket, for_another: false }
}

/// What a topic told at that hour that was merged into this one, as it counts here.
fn merged(kind: MilestoneKind, cycle: i64, hour: i64) -> UpdateSoFar {
    UpdateSoFar { milestone: MilestoneId::generate(at(hour)), ..told(kind, cycle, hour) }
}

/// The state in which an update of a shipped fix starts, if it may be sent.
fn start(recipient: &Recipient, step: &Milestone) -> PlannedState {
    match plan(recipient, step, TellPolicy::Send, None) {
        Plan::Update { planned, .. } => planned,
        other => panic!("an update, not {other:?}"),
    }
}

#[test]
fn whoever_wrote_before_the_release_is_told() {
    assert_eq!(start(&recipient(vec![ticket(1)]), &step(MilestoneKind::Shipped)), PlannedState::Held);
}

#[test]
fn who_first_wrote_after_the_release_is_not_told_that_it_is_fixed() {
    let late = recipient(vec![ticket(12)]);
    let shipped = step(MilestoneKind::Shipped);
    assert!(matches!(plan(&late, &shipped, TellPolicy::Send, None), Plan::Regression(_)));
    assert_eq!(start(&recipient(vec![ticket(12), ticket(1)]), &shipped), PlannedState::Held);
}

#[test]
fn nobody_gets_a_second_update_about_one_step_of_one_cycle() {
    let shipped = step(MilestoneKind::Shipped);
    let mut ada = recipient(vec![ticket(1)]);
    ada.updates = vec![UpdateSoFar { state: UpdateState::Cancelled, ..told(MilestoneKind::Shipped, 1, 11) }];
    assert_eq!(plan(&ada, &shipped, TellPolicy::Send, None), Plan::Nothing);
    ada.updates = vec![told(MilestoneKind::Shipped, 0, 5), told(MilestoneKind::Workaround, 1, 5)];
    assert_eq!(start(&ada, &shipped), PlannedState::Held);
}

#[test]
fn who_asked_for_silence_is_skipped_before_any_policy_counts() {
    let mut ada = recipient(vec![ticket(1)]);
    ada.customer.opted_out_at = Some(at(2));
    let drafted = plan(&ada, &step(MilestoneKind::Declined), TellPolicy::Draft, None);
    let Plan::Update { planned, .. } = drafted else { panic!("an update, not {drafted:?}") };
    assert_eq!(planned, PlannedState::Skipped(SkipReason::OptedOut));
    assert_eq!(planned.clone().with_text(false), planned);
}

#[test]
fn who_asked_one_helpdesk_for_silence_is_told_by_the_other() {
    let silent = RecipientTicket { opted_out: true, ..ticket(3) };
    let shipped = step(MilestoneKind::Shipped);
    assert_eq!(start(&recipient(vec![silent.clone()]), &shipped), PlannedState::Skipped(SkipReason::OptedOut));
    let both = recipient(vec![ticket(1), silent]);
    let planned = plan(&both, &shipped, TellPolicy::Send, None);
    let Plan::Update { ticket: chosen, planned } = planned else { panic!("an update, not {planned:?}") };
    assert_eq!((chosen.linked_at, planned), (at(1), PlannedState::Held));
}

#[test]
fn another_fix_is_no_news_to_those_for_whom_the_first_one_worked() {
    let mut ada = recipient(vec![ticket(1)]);
    ada.verdicts = vec![VerdictSoFar { verdict: CustomerVerdict::Works, cycle: 0, said_at: at(5) }];
    assert_eq!(start(&ada, &step(MilestoneKind::Shipped)), PlannedState::Skipped(SkipReason::WorksForThem));
    assert_eq!(start(&ada, &step(MilestoneKind::Workaround)), PlannedState::Held);
    ada.verdicts = vec![VerdictSoFar { verdict: CustomerVerdict::StillBroken, cycle: 0, said_at: at(5) }];
    assert_eq!(start(&ada, &step(MilestoneKind::Shipped)), PlannedState::Held);
}

#[test]
fn a_release_that_only_looks_as_if_it_had_the_fix_waits_for_a_person() {
    let mut doubted = step(MilestoneKind::Shipped);
    doubted.confidence = Some(Confidence::Likely);
    assert_eq!(start(&recipient(vec![ticket(1)]), &doubted), PlannedState::Draft(vec![DraftReason::Doubted]));
}

#[test]
fn who_came_to_the_topic_after_its_release_waits_for_a_person() {
    let shipped = step(MilestoneKind::Shipped);
    let linked = |hour| RecipientTicket { linked_at: at(hour), ..ticket(1) };
    assert_eq!(start(&recipient(vec![linked(12)]), &shipped), PlannedState::Draft(vec![DraftReason::LinkedLate]));
    assert_eq!(start(&recipient(vec![linked(12), ticket(2)]), &shipped), PlannedState::Held);
    let learned_later = Milestone { recorded_at: at(13), ..shipped };
    assert_eq!(start(&recipient(vec![linked(12)]), &learned_later), PlannedState::Held);
}

#[test]
fn a_text_that_needs_a_person_waits_for_one() {
    assert_eq!(PlannedState::Held.with_text(false), PlannedState::Draft(vec![DraftReason::Unreviewed]));
    assert_eq!(PlannedState::Held.with_text(true), PlannedState::Held);
    let by_policy = PlannedState::Draft(vec![DraftReason::Policy]);
    assert_eq!(by_policy.with_text(false), PlannedState::Draft(vec![DraftReason::Policy, DraftReason::Unreviewed]));
}

#[test]
fn a_correction_goes_only_to_those_who_were_told_of_the_fix() {
    let correction = step(MilestoneKind::Correction);
    let mut ada = recipient(vec![ticket(1)]);
    assert_eq!(plan(&ada, &correction, TellPolicy::Draft, None), Plan::Nothing);
    ada.updates = vec![told(MilestoneKind::Shipped, 1, 11)];
    assert!(matches!(plan(&ada, &correction, TellPolicy::Draft, None), Plan::Update { .. }));
}

#[test]
fn a_word_about_silence_goes_to_those_who_waited_that_long_and_heard_nothing() {
    let silence = step(MilestoneKind::Silence);
    let heard = |ada: &Recipient| matches!(plan(ada, &silence, TellPolicy::Draft, Some(5 * HOUR)), Plan::Update { .. });
    let mut ada = recipient(vec![ticket(1)]);
    assert!(heard(&ada));
    assert!(!heard(&recipient(vec![ticket(6)])));
    ada.updates = vec![told(MilestoneKind::InProgress, 1, 7)];
    assert!(!heard(&ada));
    assert_eq!(plan(&ada, &silence, TellPolicy::Draft, None), Plan::Nothing);
}

#[test]
fn a_note_goes_to_tickets_that_somebody_works_on_but_to_the_one_that_was_escalated() {
    let escalated = RecipientTicket { escalated: true, ..ticket(3) };
    let deleted = {
        let mut gone = ticket(2);
        gone.ticket.status = TicketStatus::Deleted;
        gone
    };
    let answered = RecipientTicket { answered: true, ..ticket(1) };
    let looked_after = |hour, status| {
        let mut one = ticket(hour);
        (one.ticket.agent_external_id, one.ticket.status) = (Some("7".into()), status);
        one
    };
    let pending = looked_after(4, TicketStatus::Pending);
    let solved = looked_after(5, TicketStatus::Solved);
    let nobodys = ticket(6);
    let ada = recipient(vec![escalated, deleted, answered, pending, solved, nobodys]);
    let noted = |kind| match plan(&ada, &step(kind), TellPolicy::Note, None) {
        Plan::Notes(tickets) => tickets.iter().map(|one| one.ticket.external_id.clone()).collect::<Vec<_>>(),
        other => panic!("notes, not {other:?}"),
    };
    assert_eq!(noted(MilestoneKind::Escalated), ["1", "4"]);
    assert_eq!(noted(MilestoneKind::FixMerged), ["3", "1", "4"]);
}

#[test]
fn who_has_no_ticket_left_hears_nothing() {
    let mut gone = ticket(1);
    gone.ticket.status = TicketStatus::Deleted;
    for policy in TellPolicy::ALL {
        let ada = recipient(vec![gone.clone()]);
        assert_eq!(plan(&ada, &step(MilestoneKind::Shipped), *policy, None), Plan::Nothing);
    }
}

#[test]
fn what_the_customer_does_not_know_of_is_never_written_to() {
    let mut internal = ticket(1);
    (internal.first_words, internal.ticket.internal) = (None, true);
    let shipped = step(MilestoneKind::Shipped);
    assert_eq!(plan(&recipient(vec![internal.clone()]), &shipped, TellPolicy::Send, None), Plan::Nothing);
    let ada = recipient(vec![internal, ticket(2)]);
    let Plan::Update { ticket: chosen, .. } = plan(&ada, &shipped, TellPolicy::Send, None) else { panic!("an update") };
    assert!(!chosen.ticket.internal);
}

#[test]
fn whoever_wrote_nothing_in_a_ticket_is_told_by_the_agent_who_opened_it() {
    let mut by_phone = ticket(1);
    (by_phone.first_words, by_phone.answered) = (None, true);
    let ada = recipient(vec![by_phone]);
    let Plan::Notes(noted) = plan(&ada, &step(MilestoneKind::Shipped), TellPolicy::Send, None) else {
        panic!("a note")
    };
    assert_eq!(noted.len(), 1);
    assert_eq!(plan(&ada, &step(MilestoneKind::Shipped), TellPolicy::Silent, None), Plan::Nothing);
}

#[test]
fn a_ticket_that_was_told_is_told_whoever_it_belongs_to_now() {
    let kind = MilestoneKind::Shipped;
    let mut ada = recipient(vec![ticket(1)]);
    ada.updates = vec![UpdateSoFar { ticket: ada.tickets[0].ticket.id, for_another: true, ..told(kind, 1, 11) }];
    assert_eq!(plan(&ada, &step(kind), TellPolicy::Send, None), Plan::Nothing);
    ada.tickets.push(ticket(2));
    let Plan::Update { ticket: chosen, planned } = plan(&ada, &step(kind), TellPolicy::Send, None) else {
        panic!("an update")
    };
    assert_eq!(planned, PlannedState::Draft(vec![DraftReason::MayKnow]), "they may be the same person");
    assert_eq!(chosen.ticket.created_at, at(2), "and not in the ticket that was told");
}

#[test]
fn a_doubt_stands_first_among_all_reasons_and_takes_no_other_away() {
    let linked = RecipientTicket { linked_at: at(12), ..ticket(1) };
    let doubted = Milestone { confidence: Some(Confidence::Likely), ..step(MilestoneKind::Shipped) };
    let planned = planned(&recipient(vec![linked.clone()]), &linked, &doubted, TellPolicy::Draft);
    let all = vec![DraftReason::Doubted, DraftReason::LinkedLate, DraftReason::Policy];
    assert_eq!(planned, PlannedState::Draft(all));
    let UpdateStanding::Draft(why) = planned.with_text(false).standing(at(13), Some("the text denies it")) else {
        panic!("a draft")
    };
    let lines: Vec<&str> = why.lines().collect();
    assert_eq!(lines.len(), 3, "{why}");
    assert!(lines[0].contains("the text denies it") && lines[1].contains("linked after"), "{why}");
}

#[test]
fn what_a_merged_topic_told_of_the_same_release_is_not_told_again() {
    let release = Some(crate::model::id::ReleaseId::generate(at(9)));
    let shipped = Milestone { release, ..step(MilestoneKind::Shipped) };
    let fix = |release, cycle, hour| UpdateSoFar { release, ..merged(MilestoneKind::Shipped, cycle, hour) };
    let mut ada = recipient(vec![ticket(1)]);
    ada.updates = vec![fix(release, 1, 11)];
    assert_eq!(plan(&ada, &shipped, TellPolicy::Send, None), Plan::Nothing);
    // Of another fix in the same cycle they are never told by themselves, and a person is asked.
    for hour in [5, 11] {
        ada.updates = vec![fix(None, 1, hour)];
        assert_eq!(start(&ada, &shipped), PlannedState::Draft(vec![DraftReason::ToldInMerged]));
        ada.updates = vec![UpdateSoFar { ticket: ada.tickets[0].ticket.id, ..fix(None, 1, hour) }];
        assert_eq!(start(&ada, &shipped), PlannedState::Draft(vec![DraftReason::ToldInMerged]), "in the same ticket");
    }
    // What was told before the topic came back is no news of this cycle.
    for cycle in [0, -1] {
        ada.updates = vec![fix(release, cycle, 5)];
        assert_eq!(start(&ada, &shipped), PlannedState::Held);
    }
}

#[test]
fn what_a_merged_topic_told_counts_in_the_cycle_of_the_one_that_carries_on() {
    let mut ada = recipient(vec![ticket(1)]);
    let is_told =
        |ada: &Recipient, kind| matches!(plan(ada, &step(kind), TellPolicy::Draft, None), Plan::Update { .. });
    // A correction of an earlier fix is none of this one.
    ada.updates = vec![merged(MilestoneKind::Shipped, 1, 11), merged(MilestoneKind::Correction, -1, 5)];
    assert!(is_told(&ada, MilestoneKind::Correction));
    ada.updates.push(told(MilestoneKind::Correction, 1, 12));
    assert!(!is_told(&ada, MilestoneKind::Correction));
    // Any other step is told once, whichever topic told it.
    ada.updates = vec![merged(MilestoneKind::InProgress, 1, 5)];
    assert!(!is_told(&ada, MilestoneKind::InProgress));
    ada.updates = vec![merged(MilestoneKind::InProgress, -1, 5)];
    assert!(is_told(&ada, MilestoneKind::InProgress));
}
