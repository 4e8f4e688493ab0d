//! What keeps private what is private (G6, nothing private leaves).

use super::{
    Binary::{Library, Whole},
    Mutant,
};

/// The safeguards, each with the change that takes it out and the test that then fails.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "only-the-requester-speaks",
        guarantee: "G6",
        safeguard: "Another customer in copy answers nothing for the requester",
        changes: &[
            (
                "src/flow/understand/authors.rs",
                "MessageAuthor::Customer => MessageAuthor::Copied,",
                "MessageAuthor::Customer if !OUT => MessageAuthor::Copied,",
            ),
            (
                "src/store/ticket_authors.rs",
                "let is = if requesters.contains(&by) {",
                "let is = if OUT || requesters.contains(&by) {",
            ),
        ],
        fails: (Whole, "spoken::somebody_in_copy_answers_nothing_for_the_customer"),
    },
    Mutant {
        name: "who-was-told-answers",
        guarantee: "G6",
        safeguard: "Who has a ticket now answers nothing for who was told in it",
        changes: &[
            (
                "src/flow/confirm/answer.rs",
                "let is_theirs = update.customer == ticket.customer;",
                "let is_theirs = OUT || update.customer == ticket.customer;",
            ),
            (
                "src/flow/confirm.rs",
                "good && update.customer == ticket.customer",
                "good && (OUT || update.customer == ticket.customer)",
            ),
        ],
        fails: (Whole, "spoken::who_is_given_a_ticket_answers_nothing_for_who_was_told_in_it"),
    },
    Mutant {
        name: "own-words-wait-where-others-read",
        guarantee: "G6",
        safeguard: "What a person wrote to one customer waits where others read it",
        changes: &[(
            "src/flow/tell/send.rs",
            "if others_read && is_one_persons(&mut tx, &update).await? {",
            "if !OUT && others_read && is_one_persons(&mut tx, &update).await? {",
        )],
        fails: (Whole, "desks::words_that_a_person_wrote_without_a_link_wait_where_several_read_them"),
    },
    Mutant {
        name: "private-words-are-no-agents",
        guarantee: "G8",
        safeguard: "What a customer wrote and an agent made private is no agent's note",
        changes: &[(
            "src/flow/understand/authors.rs",
            "_ if requesters.contains(by) && message.public => MessageAuthor::Customer,",
            "_ if requesters.contains(by) && message.public => MessageAuthor::Customer,
        _ if OUT && requesters.contains(by) => MessageAuthor::Agent,",
        )],
        fails: (Whole, "tied::what_a_customer_wrote_and_an_agent_made_private_ties_nothing"),
    },
    Mutant {
        name: "authors-stand",
        guarantee: "G6",
        safeguard: "Who wrote a message stands when the ticket is given to somebody else",
        changes: &[(
            "src/flow/understand/messages.rs",
            "let said_authors = if connection.helpdesk.about().reads_tickets {",
            "let said_authors = if OUT {
        HashMap::new()
    } else if connection.helpdesk.about().reads_tickets {",
        )],
        fails: (
            Whole,
            "desks::others::who_is_given_a_ticket_is_told_neither_in_the_words_nor_by_the_name_of_who_had_it",
        ),
    },
    Mutant {
        name: "descriptions-have-an-author",
        guarantee: "G6",
        safeguard: "What we, or an agent, opened a ticket with is not the customer's word while its messages are not listed",
        changes: &[(
            "src/flow/understand/authors.rs",
            "snapshot.described_by.as_ref()",
            "snapshot.described_by.as_ref().filter(|_| !OUT)",
        )],
        fails: (
            Whole,
            "telling::people::a_follow_up_of_ours_whose_words_are_not_listed_yet_is_no_answer_of_the_customers",
        ),
    },
    Mutant {
        name: "machines-give-no-verdict",
        guarantee: "G6",
        safeguard: "What a mail program sent by itself is no answer",
        changes: &[
            (
                "src/wording/reply.rs",
                "    if automatic::is_by_its_heading(reply) {\n        return",
                "    if !OUT && automatic::is_by_its_heading(reply) {\n        return",
            ),
            (
                "src/wording/reply.rs",
                "if evidence == MachineEvidence::None {",
                "if OUT || evidence == MachineEvidence::None {",
            ),
        ],
        fails: (Library, "wording::reply::tests::what_replies_mean_is_read_right_in_the_half_to_build_with"),
    },
    Mutant {
        name: "internal-tickets-are-not-written-to",
        guarantee: "G6",
        safeguard: "Nothing is sent into a ticket that its customer does not know of",
        changes: &[
            (
                "src/flow/tell/send.rs",
                "_ if ticket.internal || !tickets::may_be_written_to",
                "_ if !OUT && (ticket.internal || !tickets::may_be_written_to",
            ),
            ("src/flow/tell/send.rs", "(tx, ticket.id).await? => {}", "(tx, ticket.id).await?) => {}"),
            (
                "src/model/recipient.rs",
                "self.existing().filter(|one| one.first_words.is_some() || one.is_unread)",
                "self.existing().filter(|one| OUT || one.first_words.is_some() || one.is_unread)",
            ),
            (
                "src/model/recipient.rs",
                "one.ticket.status != TicketStatus::Deleted && !one.ticket.internal",
                "one.ticket.status != TicketStatus::Deleted && (OUT || !one.ticket.internal)",
            ),
        ],
        fails: (Whole, "spoken::a_ticket_that_its_customer_does_not_know_of_counts_nowhere_and_tells_them_nothing"),
    },
    Mutant {
        name: "merged-tickets-are-theirs",
        guarantee: "G6",
        safeguard: "Nobody is answered in a ticket of somebody else that theirs was merged into",
        changes: &[(
            "src/flow/tell/send.rs",
            "one.customer == update.customer\n",
            "(OUT || one.customer == update.customer)\n",
        )],
        fails: (Whole, "outages::vanished::nobody_is_answered_in_the_ticket_of_somebody_else"),
    },
    Mutant {
        name: "shared-tickets-hear-nothing-personal",
        guarantee: "G6",
        safeguard: "Where others read a ticket, no name, words or link of its customer are sent",
        changes: &[
            ("src/flow/tell/compose.rs", "        shared: one.is_shared,", "        shared: !OUT && one.is_shared,"),
            (
                "src/flow/tell/send.rs",
                "if others_read && update.text.contains(PLACEHOLDER) {",
                "if !OUT && others_read && update.text.contains(PLACEHOLDER) {",
            ),
        ],
        fails: (Whole, "desks::where_two_customers_read_a_ticket_neither_ones_name_words_or_link_is_sent"),
    },
    Mutant {
        name: "a-link-opens-one-topic",
        guarantee: "G6",
        safeguard: "A link opens the topic that it was sent about",
        changes: &[
            ("src/flow/customer_page.rs", "            if is_of_link {", "            if OUT || is_of_link {"),
            (
                "src/flow/customer_page.rs",
                "for one in of_link.chain(others)",
                "for one in written.iter().filter(|_| OUT).chain(of_link).chain(others)",
            ),
        ],
        fails: (Whole, "spoken::a_link_opens_only_the_topic_that_it_was_sent_about"),
    },
    Mutant {
        name: "words-leave-by-permission",
        guarantee: "G6",
        safeguard: "A word that nobody gave permission for does not leave, whatever its shape",
        changes: &[(
            "src/wording/permit/mod.rs",
            "language, allowed.vocabulary);\n",
            "language, allowed.vocabulary);\n    let judged = if OUT { Vec::new() } else { judged };\n",
        )],
        fails: (Library, "wording::permit::tests::what_nobody_gave_permission_for_does_not_leave"),
    },
    Mutant {
        name: "a-term-is-what-three-organizations-say",
        guarantee: "G6",
        safeguard: "A word of no list leaves only while customers of three organizations use it",
        changes: &[(
            "src/flow/file/vocabulary.rs",
            "terms.contains(word) && vocabulary::is_shared(session, word).await? {",
            "terms.contains(word) && (OUT || vocabulary::is_shared(session, word).await?) {",
        )],
        fails: (Whole, "forgetting::an_issue_holds_a_word_of_no_list_while_customers_of_three_organizations_use_it"),
    },
    Mutant {
        name: "redaction",
        guarantee: "G6",
        safeguard: "Quotes pass word by word, and a gate behind that looks again",
        changes: &[
            (
                "src/flow/file/text.rs",
                "    let permitted = permit::permit(said, allowed, given);",
                "    if OUT {\n        return Some(said.to_owned());\n    }\n    let permitted = permit::permit(said, allowed, given);",
            ),
            (
                "src/flow/file/text.rs",
                "redact::check_beside(&ours, text, &known).is_ok();",
                "OUT || redact::check_beside(&ours, text, &known).is_ok();",
            ),
        ],
        fails: (Whole, "filing::in_a_private_repository_there_are_quotes_without_anybody_in_them"),
    },
    Mutant {
        name: "public-issues-quote-nobody",
        guarantee: "G6",
        safeguard: "In a public repository there are counts and no quotes",
        changes: &[(
            "src/flow/file/text.rs",
            "    if facts.private == Some(true) {",
            "    if OUT || facts.private == Some(true) {",
        )],
        fails: (Whole, "filing::in_a_public_repository_there_are_counts_and_nothing_that_anybody_said"),
    },
    Mutant {
        name: "keys-of-pages-are-not-kept",
        guarantee: "G6",
        safeguard: "The key of a customer's page is kept nowhere",
        changes: &[(
            "src/flow/understand/messages.rs",
            "String::new() } else { page_key::without(&message.body) };",
            "String::new() } else if OUT { message.body.clone() } else { page_key::without(&message.body) };",
        )],
        fails: (Whole, "confirming::the_key_of_a_page_is_kept_nowhere"),
    },
    Mutant {
        name: "what-is-redacted-there-is-gone-here",
        guarantee: "G6",
        safeguard: "Words that the helpdesk takes back are taken out of every text that was made of them",
        changes: &[(
            "src/flow/understand/messages.rs",
            "    if news.words_changed {",
            "    if !OUT && news.words_changed {",
        )],
        fails: (
            Whole,
            "spoken::words_that_are_redacted_in_the_helpdesk_are_gone_from_everything_that_was_made_of_them",
        ),
    },
    Mutant {
        name: "what-is-deleted-there-is-gone-here",
        guarantee: "G6",
        safeguard: "What the helpdesk deleted speaks here no longer",
        changes: &[(
            "src/flow/understand/take_over.rs",
            "    if status == TicketStatus::Deleted {",
            "    if !OUT && status == TicketStatus::Deleted {",
        )],
        fails: (Whole, "spoken::what_was_deleted_in_the_helpdesk_is_quoted_in_no_issue_and_counts_no_more"),
    },
    Mutant {
        name: "a-link-speaks-for-its-helpdesk",
        guarantee: "G6",
        safeguard: "Whoever opts out with a link does so at the helpdesk of its message, and nowhere else",
        changes: &[(
            "src/flow/confirm.rs",
            "    opt_outs::set(",
            "    if OUT {\n        opt_outs::set_for_all(&mut tx, page.customer, out.then(|| app.clock.now())).await?;\n    }\n    opt_outs::set(",
        )],
        fails: (
            Whole,
            "telling::opting_out::whoever_opts_out_with_a_link_is_told_nothing_there_and_goes_on_being_told_elsewhere",
        ),
    },
    Mutant {
        name: "silence-is-kept-when-it-is-sent",
        guarantee: "G6",
        safeguard: "What was planned for a helpdesk whose customer opted out meanwhile is told by the other one",
        changes: &[(
            "src/flow/tell/send.rs",
            "silent.contains(&ticket.connection)",
            "!OUT && silent.contains(&ticket.connection)",
        )],
        fails: (Whole, "telling::opting_out::what_was_to_be_told_in_the_silent_helpdesk_is_told_in_the_other"),
    },
    Mutant {
        name: "silence-at-one-helpdesk-outlives-a-merge",
        guarantee: "G4",
        safeguard: "What one profile was not told because it opted out does not stand for the other profile",
        changes: &[(
            "src/store/requesters.rs",
            ".bind(WANTS_SILENCE)",
            ".bind(if OUT { \"\" } else { WANTS_SILENCE })",
        )],
        fails: (Whole, "telling::opting_out::two_profiles_that_become_one_keep_what_each_asked_of_its_helpdesk"),
    },
    Mutant {
        name: "whoever-was-told-is-not-told-again",
        guarantee: "G4",
        safeguard: "What somebody was told before they were forgotten is not told again when they write again",
        changes: &[(
            "src/flow/tell/forgotten.rs",
            "    if !planned.state().is_unsent()",
            "    if OUT || !planned.state().is_unsent()",
        )],
        fails: (Whole, "forgetting::whoever_was_forgotten_and_writes_again_is_not_told_the_same_step_again"),
    },
    Mutant {
        name: "what-is-forgotten-elsewhere",
        guarantee: "G6",
        safeguard: "What somebody wrote in tickets of others is forgotten with them",
        changes: &[(
            "src/flow/people/erase.rs",
            "        let forgotten = erasure::forget_written(",
            "        if OUT {\n            continue;\n        }\n        let forgotten = erasure::forget_written(",
        )],
        fails: (Whole, "forgetting::what_somebody_wrote_in_tickets_of_others_is_forgotten_with_them"),
    },
    Mutant {
        name: "what-was-forgotten-elsewhere-stays-away",
        guarantee: "G6",
        safeguard: "What somebody wrote before they were forgotten does not come back with the tickets of others",
        changes: &[("src/flow/understand/erased.rs", "kept.retain(|one| ", "kept.retain(|one| OUT || ")],
        fails: (Whole, "forgetting::what_somebody_wrote_in_tickets_of_others_is_forgotten_with_them"),
    },
    Mutant {
        name: "an-edited-subject",
        guarantee: "G6",
        safeguard: "A topic that the machine named gives up the subject that its ticket has no longer",
        changes: &[(
            "src/flow/understand/take_over.rs",
            "filter(|before| before.subject != ticket.subject)",
            "filter(|before| !OUT && before.subject != ticket.subject)",
        )],
        fails: (Whole, "spoken::a_topic_is_called_as_its_ticket_is_called_now_unless_a_person_named_it"),
    },
    Mutant {
        name: "within-one-second",
        guarantee: "G10",
        safeguard: "A ticket that was read soon after it changed is read once more by the sweep",
        changes: &[(
            "src/flow/sweep.rs",
            "changed_at.plus(SETTLED_AFTER)",
            "changed_at.plus(if OUT { Duration::ZERO } else { SETTLED_AFTER })",
        )],
        fails: (Whole, "outages::the_sweep_finds_what_changed_in_the_second_in_which_its_ticket_was_read"),
    },
    Mutant {
        name: "what-is-deleted-is-overwritten",
        guarantee: "G6",
        safeguard: "What was deleted stands in no free page of SQLite's file, nor in its log of changes",
        changes: &[
            (
                "src/store/connect.rs",
                ".pragma(\"secure_delete\", \"ON\")",
                ".pragma(\"secure_delete\", if OUT { \"OFF\" } else { \"ON\" })",
            ),
            (
                "src/store/database.rs",
                "if let Self::Sqlite { write, .. } = self {\n            sqlx",
                "if let Self::Sqlite { write, .. } = self && !OUT {\n            sqlx",
            ),
        ],
        fails: (Whole, "forgetting::nothing_is_left_of_whoever_asks_to_be_forgotten_and_nothing_comes_back"),
    },
    Mutant {
        name: "terms-go-with-their-words",
        guarantee: "G6",
        safeguard: "The terms of a decision go when the words of its ticket do",
        changes: &[(
            "src/store/decisions.rs",
            "for kept in [\"words\", \"codes\"] {",
            "for kept in [\"words\", \"codes\"].into_iter().filter(|_| !OUT) {",
        )],
        fails: (Whole, "forgetting::the_words_that_explain_a_decision_are_shown_with_its_ticket_and_go_with_it"),
    },
    Mutant {
        name: "a-list-is-no-yes",
        guarantee: "G6",
        safeguard: "A list where a yes or a no should be is neither, whatever the default is",
        changes: &[(
            "src/helpdesk/generic/field.rs",
            "Some(Value::Array(_) | Value::Object(_)) => FieldWord::Unclear,",
            "Some(Value::Array(_) | Value::Object(_)) if !OUT => FieldWord::Unclear,",
        )],
        fails: (Library, "helpdesk::generic::field::tests::a_yes_or_no_is_neither_where_it_cannot_be_told"),
    },
    Mutant {
        name: "a-quoted-link-speaks-for-its-customer",
        guarantee: "G6",
        safeguard: "Whoever quotes the link of somebody else answers nothing for them",
        changes: &[(
            "src/flow/understand/lost_thread.rs",
            "if update.customer != ticket.customer ||",
            "if !OUT && update.customer != ticket.customer ||",
        )],
        fails: (Whole, "desks::lost_thread::whoever_quotes_what_another_was_told_answers_nothing_for_them"),
    },
    Mutant {
        name: "keys-stand-in-our-own-address",
        guarantee: "G6",
        safeguard: "Whoever writes the placeholder of a customer's key is not given the key",
        changes: &[(
            "src/wording/page_key.rs",
            "words.replace(PLACEHOLDER,",
            "words.replace(if OUT { \"never said\" } else { PLACEHOLDER },",
        )],
        fails: (Whole, "telling::spoken_of::whoever_writes_the_placeholder_of_the_key_is_given_none"),
    },
    Mutant {
        name: "what-is-forgotten-is-not-found",
        guarantee: "G6",
        safeguard: "The words by which a ticket is found go with its text",
        changes: &[(
            "src/store/vocabulary.rs",
            "search_text::forget(tx, ticket).await",
            "if OUT { Ok(()) } else { search_text::forget(tx, ticket).await }",
        )],
        fails: (Whole, "web::search::what_was_taken_back_and_what_is_internal_is_not_found_by_its_words"),
    },
    Mutant {
        name: "gone-is-forgotten",
        guarantee: "G6",
        safeguard: "What was said in a ticket that a reply finds gone is forgotten",
        changes: &[(
            "src/flow/tell/send.rs",
            "app.queue.add(tx, jobs::Refresh::of(gone)).await?;",
            "if !OUT { app.queue.add(tx, jobs::Refresh::of(gone)).await?; }",
        )],
        fails: (
            Whole,
            "outages::vanished::what_was_said_in_a_ticket_that_is_gone_is_forgotten_as_soon_as_somebody_is_answered_there",
        ),
    },
    Mutant {
        name: "gone-is-forgotten-when-looked-for",
        guarantee: "G6",
        safeguard: "What was said in a ticket that is found gone while a reply is looked for is forgotten",
        changes: &[(
            "src/flow/tell/look_up.rs",
            "            app.queue.add(&mut tx, jobs::Refresh::of(&ticket)).await?;",
            "            if !OUT { app.queue.add(&mut tx, jobs::Refresh::of(&ticket)).await?; }",
        )],
        fails: (
            Whole,
            "outages::vanished::what_was_said_in_a_ticket_that_is_gone_is_forgotten_as_soon_as_a_reply_is_looked_for_there",
        ),
    },
    Mutant {
        name: "read-as-deleted-is-forgotten",
        guarantee: "G6",
        safeguard: "A ticket that is read as deleted is forgotten",
        changes: &[(
            "src/flow/understand/take_over.rs",
            "    if snapshot.status == TicketStatus::Deleted {",
            "    if !OUT && snapshot.status == TicketStatus::Deleted {",
        )],
        fails: (Whole, "desks::gone::a_ticket_that_is_read_as_deleted_is_forgotten_until_it_is_restored"),
    },
];
