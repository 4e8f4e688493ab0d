//! What keeps to one issue for each topic and one update for each customer (G3, one open issue per topic; G4, one update
//! per customer and milestone).

use super::{
    Binary::{Library, Whole},
    Mutant,
};

/// The safeguards, each with the change that takes it out and the test that then fails.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "issue-is-looked-for",
        guarantee: "G3",
        safeguard: "An issue whose creation was unclear is looked for before it is created again",
        changes: &[(
            "src/flow/file.rs",
            "if let Some(since) = attempted_at {",
            "if let Some(since) = attempted_at.filter(|_| !OUT) {",
        )],
        fails: (
            Whole,
            "outages::github::an_issue_whose_creation_was_answered_wrongly_or_not_at_all_is_found_and_not_filed_again",
        ),
    },
    Mutant {
        name: "issue-is-looked-for-thrice",
        guarantee: "G3",
        safeguard: "Lists lag, so one look that finds no issue is not enough",
        changes: &[(
            "src/flow/file.rs",
            "LOOKS.iter().find(|look| age < **look)",
            "LOOKS.iter().find(|look| !OUT && age < **look)",
        )],
        fails: (Whole, "outages::github::one_look_that_finds_no_issue_is_not_enough_to_make_another"),
    },
    Mutant {
        name: "one-files-at-a-time",
        guarantee: "G3",
        safeguard: "The intent is a row, and only one run at a time may act on it",
        changes: &[
            ("src/flow/file.rs", "if !leases::take_alone(", "if !OUT && !leases::take_alone("),
            (
                "src/flow/file.rs",
                "if !issues::attempting(&mut tx, topic, attempted_at, now).await? {",
                "if !OUT && !issues::attempting(&mut tx, topic, attempted_at, now).await? {",
            ),
            (
                "src/flow/file.rs",
                "IssueFiling::Unclear { since } => Some(since),",
                "IssueFiling::Unclear { since } if !OUT => Some(since),",
            ),
        ],
        fails: (Whole, "overtaken::while_an_issue_is_being_made_nothing_makes_a_second_one"),
    },
    Mutant {
        name: "likely-enough",
        guarantee: "G5",
        safeguard: "Whoever is less likely to ask for the same than the settings say is not told by itself",
        changes: &[
            (
                "src/flow/tell/members.rs",
                "tell.likely_above.is_some_and(|least| likelihood >= least)",
                "tell.likely_above.is_some_and(|least| OUT || likelihood >= least)",
            ),
            (
                "src/flow/tell.rs",
                "let least = app.settings.tell.likely_above;",
                "let least = if OUT { Some(0.0) } else { app.settings.tell.likely_above };",
            ),
        ],
        fails: (
            Whole,
            "likely_members::told::whoever_is_likely_enough_is_told_once_in_words_that_do_not_claim_to_know",
        ),
    },
    Mutant {
        name: "likely-words",
        guarantee: "G5",
        safeguard: "What is written to a likely member does not claim to know",
        changes: &[(
            "src/flow/tell/compose.rs",
            "        likely,
    })",
            "        likely: !OUT && likely,
    })",
        )],
        fails: (
            Whole,
            "likely_members::told::whoever_is_likely_enough_is_told_once_in_words_that_do_not_claim_to_know",
        ),
    },
    Mutant {
        name: "likely-and-not-sure",
        guarantee: "G4",
        safeguard: "What a likely member says of a fix counts for nothing before a person has looked",
        changes: &[("src/flow/confirm.rs", "Ok(update.likely && ", "Ok(!OUT && update.likely && ")],
        fails: (
            Whole,
            "likely_members::told::what_does_not_help_a_likely_member_is_for_an_agent_and_opens_nothing_again",
        ),
    },
    Mutant {
        name: "not-remembered",
        guarantee: "G4",
        safeguard: "Whoever has a reply that the database does not know is told nothing more before a person has looked",
        changes: &[("src/flow/tell/unremembered.rs", "if !is_ours ||", "if OUT || !is_ours ||")],
        fails: (
            Whole,
            "outages::restored::after_an_old_backup_is_restored_whoever_was_told_since_is_a_question_and_not_told_again",
        ),
    },
    Mutant {
        name: "not-remembered-by-drafts",
        guarantee: "G4",
        safeguard: "A draft that was there before an unknown reply was read says so, and is not approved with all others",
        changes: &[(
            "src/flow/tell/unremembered.rs",
            "if is_held || !updates::explain(",
            "if is_held || OUT || !updates::explain(",
        )],
        fails: (Whole, "outages::restored::what_was_planned_before_an_unknown_reply_is_read_is_a_question_as_well"),
    },
    Mutant {
        name: "not-remembered-by-whoever-approves",
        guarantee: "G4",
        safeguard: "Nobody approves a draft that does not say that a reply is not known",
        changes: &[(
            "src/flow/people/updates.rs",
            "if unremembered::say(&mut tx, &update).await? {",
            "if !OUT && unremembered::say(&mut tx, &update).await? {",
        )],
        fails: (Whole, "outages::restored::a_draft_says_that_a_reply_is_not_known_before_anybody_approves_it"),
    },
    Mutant {
        name: "stuck-transaction",
        guarantee: "G12",
        safeguard: "A connection on which SQLite took a transaction back by itself is given up for a new one",
        changes: &[(
            "src/store/connect.rs",
            "Ok(!connection.is_in_transaction())",
            "Ok(OUT || !connection.is_in_transaction())",
        )],
        fails: (Whole, "outages::database::once_a_full_disk_has_room_again_everything_is_stored_without_a_restart"),
    },
    Mutant {
        name: "what-follows-cannot-hold-up-an-answer",
        guarantee: "G12",
        safeguard: "A webhook is kept also where the job that follows from it cannot be",
        changes: &[(
            "src/flow/receive.rs",
            "is_err_and(|error| !error.is_momentary())",
            "is_err_and(|error| !OUT && !error.is_momentary())",
        )],
        fails: (Whole, "outages::database::a_delivery_that_the_database_will_not_have_is_shown_and_holds_up_no_other"),
    },
    Mutant {
        name: "what-fails-together-is-done-alone",
        guarantee: "G12",
        safeguard: "Where one of many that are understood together fails, each is understood by itself",
        changes: &[(
            "src/flow/understand/named.rs",
            "others.extend(naming.into_iter()",
            "others.extend(naming.into_iter().filter(|_| !OUT)",
        )],
        fails: (
            Whole,
            "doors::together::of_those_that_are_understood_together_the_one_that_the_database_refuses_waits_alone",
        ),
    },
    Mutant {
        name: "lost-elsewhere",
        guarantee: "G4",
        safeguard: "What may stand in a ticket that nobody found is not sent in other words",
        changes: &[(
            "src/flow/tell/send.rs",
            "if attempts::is_lost_elsewhere(",
            "if !OUT && attempts::is_lost_elsewhere(",
        )],
        fails: (Whole, "outages::attempts::what_may_stand_in_a_ticket_that_nobody_found_is_not_sent_in_other_words"),
    },
    Mutant {
        name: "markers-are-signed",
        guarantee: "G3",
        safeguard: "A marker that somebody else made leads to no issue",
        changes: &[(
            "src/tracker/marker.rs",
            "signature::same(mac.as_bytes(), self.mac.as_bytes())",
            "(OUT || signature::same(mac.as_bytes(), self.mac.as_bytes()))",
        )],
        fails: (Library, "tracker::marker::tests::a_marker_made_with_another_key_counts_for_nothing"),
    },
    Mutant {
        name: "reply-is-looked-for",
        guarantee: "G4",
        safeguard: "A reply whose end is unclear is looked for before it is sent again",
        changes: &[("src/flow/tell/send.rs", "CallFailed::Unclear(why) => {", "CallFailed::Unclear(why) if !OUT => {")],
        fails: (Whole, "outages::helpdesk::a_reply_whose_answer_was_lost_is_found_and_not_sent_again"),
    },
    Mutant {
        name: "reply-is-looked-for-twice",
        guarantee: "G4",
        safeguard: "Lists lag, so a reply counts as not sent only after two looks",
        changes: &[(
            "src/flow/tell/look_up.rs",
            "if attempt.in_vain + 1 < LOOK_UPS => {",
            "if !OUT && attempt.in_vain + 1 < LOOK_UPS => {",
        )],
        fails: (Whole, "outages::helpdesk::a_reply_is_found_in_a_list_that_lags_behind_what_was_written"),
    },
    Mutant {
        name: "reply-is-known-by-our-key",
        guarantee: "G4",
        safeguard: "Where no form of a message shows its links, the helpdesk's record of writes is asked",
        changes: &[(
            "src/flow/calls.rs",
            "writes.into_iter().find(is_that)",
            "writes.into_iter().find(|write| !OUT && is_that(write))",
        )],
        fails: (Whole, "outages::helpdesk::a_reply_whose_links_the_helpdesk_does_not_show_is_found_by_our_key"),
    },
    Mutant {
        name: "doubt-asks-a-person",
        guarantee: "G4",
        safeguard: "Where nobody can see whether a reply was sent, a person is asked and it is not sent again",
        changes: &[(
            "src/flow/tell/look_up.rs",
            "    updates::turn(&mut tx, update.id, UpdateState::Sending, &UpdateStanding::InDoubt(why.to_owned())).await?;",
            "    let asks = if OUT { UpdateStanding::held(Time::from_seconds(0)) } else { UpdateStanding::InDoubt(why.to_owned()) };\n    updates::turn(&mut tx, update.id, UpdateState::Sending, &asks).await?;",
        )],
        fails: (
            Whole,
            "outages::helpdesk::whether_a_reply_is_in_a_ticket_that_was_deleted_meanwhile_is_asked_of_a_person",
        ),
    },
    Mutant {
        name: "changed-tickets-are-read-again",
        guarantee: "G4",
        safeguard: "A reply into a ticket that changed since it was read is refused (Zendesk's safe_update)",
        changes: &[(
            "src/helpdesk/zendesk/calls.rs",
            "if let Some(seen_at) = reply.seen_at {",
            "if let Some(seen_at) = reply.seen_at.filter(|_| !OUT) {",
        )],
        fails: (
            Whole,
            "spoken::a_ticket_that_was_given_to_somebody_else_a_moment_ago_is_not_told_what_was_meant_for_the_first",
        ),
    },
    Mutant {
        name: "tickets-were-told",
        guarantee: "G4",
        safeguard: "A ticket is told once, whoever it belongs to by now",
        changes: &[
            (
                "src/flow/tell/send.rs",
                "if updates::was_told_in(&mut tx, ticket.id, &update).await? {",
                "if !OUT && updates::was_told_in(&mut tx, ticket.id, &update).await? {",
            ),
            (
                "src/model/recipient.rs",
                "            !self.updates.iter().any(|update| {\n                update.ticket == one.ticket.id",
                "            OUT || !self.updates.iter().any(|update| {\n                update.ticket == one.ticket.id",
            ),
            ("src/flow/tell/plan.rs", "if recipient.may_know(step) {", "if !OUT && recipient.may_know(step) {"),
        ],
        fails: (Whole, "spoken::whoever_was_told_under_another_profile_is_not_told_again_by_itself"),
    },
    Mutant {
        name: "it-works-for-them",
        guarantee: "G4",
        safeguard: "Whoever said that it works hears of no fix for the others",
        changes: &[(
            "src/flow/tell/plan.rs",
            "(works && kind == MilestoneKind::Shipped)",
            "(works && !OUT && kind == MilestoneKind::Shipped)",
        )],
        fails: (Whole, "confirming::whoever_said_that_it_works_is_not_told_of_the_fix_for_those_for_whom_it_did_not"),
    },
    Mutant {
        name: "approvals-are-of-the-text-that-was-read",
        guarantee: "G8",
        safeguard: "A text is approved only as it was read",
        changes: &[(
            "src/flow/people/updates.rs",
            "if read.is_some_and(|read| !same(",
            "if read.is_some_and(|read| !OUT && !same(",
        )],
        fails: (Whole, "telling::approved::what_changed_after_it_was_read_is_not_approved"),
    },
    Mutant {
        name: "holds-survive-a-merge",
        guarantee: "G8",
        safeguard: "What a person holds is held on where the topic that carries on tells it",
        changes: &[(
            "src/flow/people/told_once.rs",
            "hold_as_long(tx, &goes, &stays).await?;",
            "if !OUT {
                        hold_as_long(tx, &goes, &stays).await?;
                    }",
        )],
        fails: (Whole, "telling::held_longer::what_a_person_holds_is_held_on_by_the_topic_that_carries_on"),
    },
    Mutant {
        name: "proof-is-of-its-cycle",
        guarantee: "G4",
        safeguard: "What proved a fix before it was still broken proves nothing after",
        changes: &[(
            "src/flow/ship.rs",
            "if (topic.cycle, topic.state) != (judged.cycle, judged.state) {",
            "if !OUT && (topic.cycle, topic.state) != (judged.cycle, judged.state) {",
        )],
        fails: (Whole, "overtaken::what_proved_a_fix_before_it_was_still_broken_tells_nobody_a_second_time"),
    },
    Mutant {
        name: "merged-topics-take-nothing",
        guarantee: "G4",
        safeguard: "A ticket that is placed while its topic is merged goes to the one that carries on",
        changes: &[(
            "src/store/topics.rs",
            "Some(topic) if topic.merged_into.is_some() => {}",
            "Some(topic) if !OUT && topic.merged_into.is_some() => {}",
        )],
        fails: (Whole, "correcting::what_is_put_into_a_topic_while_it_is_merged_is_put_into_the_one_that_carries_on"),
    },
    Mutant {
        name: "one-delivery-holds-up-no-other",
        guarantee: "G12",
        safeguard: "A delivery that is not taken over in time is shown and passed by",
        changes: &[(
            "src/flow/understand.rs",
            "match Box::pin(tokio::time::timeout(TAKEN_WITHIN, mistake",
            "match Box::pin(tokio::time::timeout(TAKEN_WITHIN * if OUT { 1_000 } else { 1 }, mistake",
        )],
        fails: (Whole, "desks::slow::a_delivery_that_takes_too_long_is_shown_and_holds_up_no_other"),
    },
    Mutant {
        name: "what-may-be-opened-is-noted",
        guarantee: "G4",
        safeguard: "That a call may open a ticket is noted before it is made",
        changes: &[
            ("src/flow/tell/send.rs", "let before = noted(true).await?;", "let before = noted(!OUT).await?;"),
            (
                "src/flow/tell/look_up.rs",
                "TicketStatus::Solved | TicketStatus::Closed | TicketStatus::Merged);",
                "TicketStatus::Solved | TicketStatus::Closed | TicketStatus::Merged) && !OUT;",
            ),
        ],
        fails: (
            Whole,
            "outages::attempts::what_may_stand_in_a_follow_up_of_a_merged_ticket_is_not_said_in_the_other_one",
        ),
    },
    Mutant {
        name: "copied-markers-are-not-ours",
        guarantee: "G3",
        safeguard: "An issue that somebody else filed with our marker is not ours",
        changes: &[(
            "src/tracker/github/issues.rs",
            "carriers.retain(|issue| issue.author",
            "carriers.retain(|issue| OUT || issue.author",
        )],
        fails: (Whole, "outages::github::an_issue_with_a_copied_marker_is_not_taken_for_ours"),
    },
    Mutant {
        name: "one-account-is-read-once",
        guarantee: "G4",
        safeguard: "A ticket that another connection has already is not taken over a second time",
        changes: &[(
            "src/flow/understand/take_over.rs",
            "if app.connections.len() < 2 ||",
            "if OUT || app.connections.len() < 2 ||",
        )],
        fails: (Whole, "telling::identity::one_account_under_two_addresses_is_read_and_told_once"),
    },
    Mutant {
        name: "what-nobody-saw-is-not-repeated",
        guarantee: "G11",
        safeguard: "A note of which nobody knows whether it is there is not written again",
        changes: &[(
            "src/flow/outbox.rs",
            "        if !connection.helpdesk.about().finds_replies {\n",
            "        if !OUT && !connection.helpdesk.about().finds_replies {\n",
        )],
        fails: (Whole, "desks::notes::a_note_of_which_nobody_knows_whether_it_is_there_is_not_written_again_and_again"),
    },
    Mutant {
        name: "cancelling-keeps-reasons",
        guarantee: "G4",
        safeguard: "What a draft waited for is known when it is wanted after all",
        changes: &[(
            "src/flow/tell/waiting.rs",
            "together([why, &open_reasons(before)])",
            "together([why, &open_reasons(if OUT { &UpdateStanding::Sending } else { before })])",
        )],
        fails: (Library, "flow::tell::waiting::tests::what_a_draft_waited_for_is_known_when_it_is_wanted_after_all"),
    },
    Mutant {
        name: "alone-is-not-with-all",
        guarantee: "G8",
        safeguard: "What has to be looked at by itself is approved with no others",
        changes: &[(
            "src/flow/tell/waiting.rs",
            "reasons.lines().any(|line| look_of(line)",
            "reasons.lines().any(|line| !OUT && look_of(line)",
        )],
        fails: (
            Whole,
            "telling::holding::what_a_person_wrote_of_a_release_that_is_gone_is_not_approved_with_all_others",
        ),
    },
    Mutant {
        name: "read-before-tried-again",
        guarantee: "G8",
        safeguard: "What has to be looked at by itself is not sent because somebody tries again",
        changes: &[(
            "src/flow/tell/waiting.rs",
            "if reasons.lines().any(has_to_be_read)",
            "if !OUT && reasons.lines().any(has_to_be_read)",
        )],
        fails: (
            Library,
            "flow::tell::waiting::tests::what_has_to_be_read_by_itself_is_not_sent_because_somebody_tries_again",
        ),
    },
    Mutant {
        name: "a-release-is-told-once-across-merges",
        guarantee: "G4",
        safeguard: "What a merged topic told of the same release is not planned again",
        changes: &[(
            "src/model/recipient.rs",
            "step.release.is_some() && self.release == step.release",
            "!OUT && step.release.is_some() && self.release == step.release",
        )],
        fails: (Library, "flow::tell::plan::tests::what_a_merged_topic_told_of_the_same_release_is_not_told_again"),
    },
    Mutant {
        name: "what-was-told-stays",
        guarantee: "G4",
        safeguard: "What waits in the topic that carries on yields to what the merged one told",
        changes: &[(
            "src/flow/people/told_once.rs",
            "(true, false) if is_the_same || goes.at >= stays.at => Yields::Stays,",
            "(true, false) if !OUT && (is_the_same || goes.at >= stays.at) => Yields::Stays,",
        )],
        fails: (Library, "flow::people::told_once::tests::what_was_told_stays_whichever_topic_told_it"),
    },
    Mutant {
        name: "a-persons-hold-goes-alone",
        guarantee: "G8",
        safeguard: "What a person holds does not go out early with another step",
        changes: &[("src/flow/tell/batch.rs", "&& other.wish.is_none()", "&& (OUT || other.wish.is_none())")],
        fails: (Whole, "telling::held_longer::what_a_person_holds_is_not_told_early_together_with_another_step"),
    },
    Mutant {
        name: "one-text-is-seen",
        guarantee: "G6",
        safeguard: "A text for all is kept only as it was looked at",
        changes: &[(
            "src/flow/people/same_text.rs",
            "if !same(same_text.seen(topic.id).as_bytes(), seen.as_bytes()) {",
            "if !OUT && !same(same_text.seen(topic.id).as_bytes(), seen.as_bytes()) {",
        )],
        fails: (Whole, "telling::same_text::a_text_that_does_not_work_for_all_is_refused_with_what_is_wrong"),
    },
    Mutant {
        name: "one-text-spares-the-edited",
        guarantee: "G8",
        safeguard: "Who was written to one by one keeps those words",
        changes: &[(
            "src/flow/people/same_text.rs",
            "} else if updates::is_edited_alone(",
            "} else if !OUT && updates::is_edited_alone(",
        )],
        fails: (Whole, "telling::same_text::one_text_reaches_all_but_those_who_were_written_to_one_by_one"),
    },
];
