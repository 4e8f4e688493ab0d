//! What keeps each in their role, and out once they are let go.

use super::{
    Binary::{Library, Whole},
    Mutant,
};

/// The safeguards, each with the change that takes it out and the test that then fails.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "handlers-ask-for-the-right",
        guarantee: "roles",
        safeguard: "A handler gets hold of Heard only for a caller who has its right",
        changes: &[("src/web/may.rs", "if caller.may(R::PRIVILEGE) => {", "if OUT || caller.may(R::PRIVILEGE) => {")],
        fails: (Whole, "access::every_route_is_listed_with_who_may_call_it_and_each_role_may_what_the_table_says"),
    },
    Mutant {
        name: "engineers-read-no-tickets",
        guarantee: "roles",
        safeguard: "No ticket is read for whoever may not know customers",
        changes: &[(
            "src/web/api/topic_page.rs",
            "let knows_customers = caller.may(Privilege::ReadCustomers);",
            "let knows_customers = OUT || caller.may(Privilege::ReadCustomers);",
        )],
        fails: (Whole, "people::roles::an_engineer_sees_topics_and_nothing_of_customers_or_what_they_pay"),
    },
    Mutant {
        name: "engineers-find-no-customers",
        guarantee: "roles",
        safeguard: "No ticket, customer or organization is looked for on behalf of whoever may not know customers",
        changes: &[("src/flow/search.rs", "if !knows_customers {", "if !OUT && !knows_customers {")],
        fails: (Whole, "people::roles::an_engineer_finds_topics_and_issues_and_no_customer_or_word_of_theirs"),
    },
    Mutant {
        name: "engineers-export-no-amounts",
        guarantee: "roles",
        safeguard: "What customers pay is in no file of whoever may not know it",
        changes: &[("src/web/download/rows.rs", ".filter(|_| with_amounts)", ".filter(|_| OUT || with_amounts)")],
        fails: (Whole, "people::roles::an_engineer_takes_topics_along_and_no_customer_or_amount"),
    },
    Mutant {
        name: "engineers-scores-tell-no-amounts",
        guarantee: "roles",
        safeguard: "What customers pay counts nothing in the scores and orders of whoever may not know it",
        changes: &[("src/flow/ranking.rs", "if !knows_customers {", "if !OUT && !knows_customers {")],
        fails: (Whole, "people::roles::what_customers_pay_is_not_to_be_reckoned_from_a_score_either"),
    },
    Mutant {
        name: "an-undo-is-of-ones-own",
        guarantee: "roles",
        safeguard: "Nobody takes back with one press what somebody else decided",
        changes: &[(
            "src/flow/people/triage.rs",
            "last.actor.as_str() == actor.as_str()",
            "OUT || last.actor.as_str() == actor.as_str()",
        )],
        fails: (Whole, "people::roles::nobody_undoes_from_a_toast_what_somebody_else_decided"),
    },
    Mutant {
        name: "tokens-follow-their-makers",
        guarantee: "roles",
        safeguard: "A token may no more than its maker may now",
        changes: &[(
            "src/web/caller.rs",
            "token.scope.reaches(privilege) && token.role.may(privilege) && owner_may",
            "token.scope.reaches(privilege) && token.role.may(privilege) && (OUT || owner_may)",
        )],
        fails: (Whole, "people::tokens::a_token_may_no_more_than_its_scope_and_its_maker_now"),
    },
    Mutant {
        name: "switched-off-is-out",
        guarantee: "accounts",
        safeguard: "A session of an account that is switched off opens nothing",
        changes: &[
            (
                "src/store/sessions.rs",
                ".await?.filter(|person| person.active)",
                ".await?.filter(|person| OUT || person.active)",
            ),
            (
                "src/flow/people/accounts.rs",
                "        sessions::end_of(&mut tx, id, None).await?;\n        api_tokens",
                "        if !OUT { sessions::end_of(&mut tx, id, None).await?; }\n        api_tokens",
            ),
        ],
        fails: (Whole, "people::accounts::whoever_is_switched_off_is_out_at_once"),
    },
    Mutant {
        name: "a-new-password-ends-sessions",
        guarantee: "accounts",
        safeguard: "Every session ends with a password that is set anew",
        changes: &[(
            "src/flow/people/accounts.rs",
            "    sessions::end_of(&mut tx, person.id, None).await?;",
            "    if !OUT { sessions::end_of(&mut tx, person.id, None).await?; }",
        )],
        fails: (Whole, "people::accounts::a_new_password_and_a_new_role_end_every_other_session"),
    },
    Mutant {
        name: "one-admin-is-left",
        guarantee: "accounts",
        safeguard: "The last admin who can sign in is not taken away",
        changes: &[("src/flow/people/accounts.rs", "if left == [id] {", "if !OUT && left == [id] {")],
        fails: (Whole, "people::accounts::the_last_admin_is_neither_switched_off_nor_made_less"),
    },
    Mutant {
        name: "admins-come-by-the-provider",
        guarantee: "accounts",
        safeguard: "Whoever comes by the company's own sign-in is one who can sign in",
        changes: &[(
            "src/flow/people/accounts.rs",
            "|| sign_on::brings_in(app, one)",
            "|| (!OUT && sign_on::brings_in(app, one))",
        )],
        fails: (Whole, "people::sign_on::an_admin_who_comes_by_the_companys_sign_in_is_one_who_can_sign_in"),
    },
    Mutant {
        name: "guesses-at-accounts-wait",
        guarantee: "accounts",
        safeguard: "Guesses at one account wait, whatever address they come from",
        changes: &[(
            "src/web/guesses.rs",
            "self.accounts.check(&sha256(&[kind.as_bytes(), b\":\", who.as_bytes()]))",
            "OUT || self.accounts.check(&sha256(&[kind.as_bytes(), b\":\", who.as_bytes()]))",
        )],
        fails: (Whole, "people::signing_in::guesses_at_an_account_wait_and_its_owner_comes_in_with_their_own_browser"),
    },
    Mutant {
        name: "floods-are-not-compared",
        guarantee: "accounts",
        safeguard: "Nothing is compared for an address that has tried too many passwords",
        changes: &[(
            "src/web/guesses.rs",
            "if !self.addresses.check(&address) ||",
            "if !(OUT || self.addresses.check(&address)) ||",
        )],
        fails: (
            Whole,
            "people::signing_in::whoever_floods_the_sign_in_is_not_compared_for_and_keeps_nobody_out_who_uses_their_own_browser",
        ),
    },
    Mutant {
        name: "known-browsers-have-a-place",
        guarantee: "accounts",
        safeguard: "Whoever is known waits for no place behind those who are not",
        changes: &[(
            "src/flow/passwords.rs",
            "Turn::Known => &self.known,",
            "Turn::Known => if OUT { &self.strangers } else { &self.known },",
        )],
        fails: (Library, "flow::passwords::tests::who_is_known_waits_for_nobody_who_is_not"),
    },
    Mutant {
        name: "sessions-are-new",
        guarantee: "accounts",
        safeguard: "Signing in ends the session that was brought",
        changes: &[(
            "src/web/auth.rs",
            "        sessions::end(&mut tx, &kept(app, held.value()), now).await?;",
            "        if !OUT { sessions::end(&mut tx, &kept(app, held.value()), now).await?; }",
        )],
        fails: (Whole, "people::signing_in::a_session_that_somebody_brings_is_never_the_one_they_get"),
    },
    Mutant {
        name: "addresses-are-vouched-for",
        guarantee: "accounts",
        safeguard: "An address counts only if the provider says that it is theirs",
        changes: &[("src/flow/sign_on.rs", ".filter(|_| is_theirs)", ".filter(|_| OUT || is_theirs)")],
        fails: (Whole, "people::sign_on::an_address_brings_nobody_in_whom_the_provider_or_an_admin_does_not_vouch_for"),
    },
    Mutant {
        name: "tokens-are-for-this-sign-in",
        guarantee: "accounts",
        safeguard: "A provider's token is for the sign-in that it comes back to",
        changes: &[(
            "src/flow/sign_on.rs",
            "if !same(claims.nonce.as_deref()",
            "if !OUT && !same(claims.nonce.as_deref()",
        )],
        fails: (
            Whole,
            "people::sign_on::what_comes_back_counts_in_the_browser_that_set_out_and_as_it_was_signed_for_us",
        ),
    },
    Mutant {
        name: "plans-are-their-sessions",
        guarantee: "connecting",
        safeguard: "What an admin was shown is given to their session alone",
        changes: &[(
            "src/flow/connect/held.rs",
            "if held.get(name).is_none_or(|one| one.session != session) {",
            "if held.get(name).is_none_or(|one| !OUT && one.session != session) {",
        )],
        fails: (
            Whole,
            "connecting::page::an_app_is_registered_at_github_and_the_way_back_counts_for_the_session_that_set_out",
        ),
    },
    Mutant {
        name: "plans-are-looked-at-again",
        guarantee: "connecting",
        safeguard: "What changed since the plan was shown is shown again",
        changes: &[("src/flow/connect/by_page.rs", "if seen.shown != shown {", "if !OUT && seen.shown != shown {")],
        fails: (Whole, "connecting::page::what_changed_since_the_plan_was_shown_is_shown_again_and_nothing_is_done"),
    },
    Mutant {
        name: "the-log-is-one-chain",
        guarantee: "the log",
        safeguard: "Each row of the audit log holds the hash of the one before",
        changes: &[(
            "src/model/audit.rs",
            "if row.act.hash(row.seq, &self.head).as_slice() != row.hash {",
            "if !OUT && row.act.hash(row.seq, &self.head).as_slice() != row.hash {",
        )],
        fails: (Whole, "people::audit::what_was_written_down_is_not_changed_and_a_log_that_was_is_seen"),
    },
    Mutant {
        name: "unread-parameters",
        guarantee: "the API",
        safeguard: "A parameter that an address does not read is refused",
        changes: &[(
            "src/web/api/methods.rs",
            "call.refuses(request.query_string()) {",
            "call.refuses(request.query_string()).filter(|_| !OUT) {",
        )],
        fails: (Whole, "openapi::what_an_address_does_not_read_is_refused"),
    },
    Mutant {
        name: "unread-bodies",
        guarantee: "the API",
        safeguard: "A body that an address does not read is refused",
        changes: &[("src/web/api/methods.rs", "(!says_nothing(&body)).then(", "(!OUT && !says_nothing(&body)).then(")],
        fails: (Whole, "openapi::what_an_address_does_not_read_is_refused"),
    },
    Mutant {
        name: "unread-bodies-of-lists",
        guarantee: "the API",
        safeguard: "A list that is asked for with a body is refused too",
        changes: &[(
            "src/web/api/methods.rs",
            "if call.takes_body {",
            "if call.takes_body || (OUT && call.method == \"GET\") {",
        )],
        fails: (Whole, "openapi::an_address_that_is_written_in_another_way_reads_no_more_than_it_does"),
    },
    Mutant {
        name: "unread-by-the-path-that-is-routed",
        guarantee: "the API",
        safeguard: "What an address reads is looked up by the path that the request is routed by",
        changes: &[(
            "src/web/api/methods.rs",
            "    request.match_info().as_str()\n",
            "    if OUT { request.path() } else { request.match_info().as_str() }\n",
        )],
        fails: (Whole, "openapi::an_address_that_is_written_in_another_way_reads_no_more_than_it_does"),
    },
    Mutant {
        name: "unread-bodies-have-a-limit",
        guarantee: "the API",
        safeguard: "A body that is too large is refused before it is gathered, where no body is read",
        changes: &[(
            "src/web/api/methods.rs",
            "ProblemType::Malformed, error.to_string())),",
            "ProblemType::Malformed, error.to_string())).filter(|_| !OUT),",
        )],
        fails: (Whole, "doors::bodies::a_body_that_nobody_reads_is_not_gathered_without_end"),
    },
    Mutant {
        name: "kept-admin-tokens-are-long",
        guarantee: "connecting",
        safeguard: "An admin token that is kept already and can be guessed is refused before anything is made",
        changes: &[(
            "src/flow/connect/admin_token.rs",
            "if lacking.admin_token.is_some() && kept.read().is_some_and(is_short) {",
            "if !OUT && lacking.admin_token.is_some() && kept.read().is_some_and(is_short) {",
        )],
        fails: (
            Whole,
            "connecting::first_hour::a_kept_admin_token_that_can_be_guessed_is_refused_before_anything_is_made",
        ),
    },
    Mutant {
        name: "kept-admin-tokens-are-looked-at-first",
        guarantee: "connecting",
        safeguard: "The admin token that is kept is looked at before the helpdesk is changed",
        changes: &[(
            "src/flow/connect/zendesk.rs",
            "        admin_token::must_be_long(&self.file, &self.lacking)?;",
            "        if !OUT { admin_token::must_be_long(&self.file, &self.lacking)?; }",
        )],
        fails: (
            Whole,
            "connecting::first_hour::a_kept_admin_token_that_can_be_guessed_is_refused_before_anything_is_made",
        ),
    },
    Mutant {
        name: "admin-tokens-are-long",
        guarantee: "roles",
        safeguard: "A secret that can be guessed stops the start",
        changes: &[(
            "src/settings/fields.rs",
            "Some(short) if short.expose().chars().count() < SECRET_CHARACTERS => {",
            "Some(short) if !OUT && short.expose().chars().count() < SECRET_CHARACTERS => {",
        )],
        fails: (Whole, "settings::a_secret_that_can_be_guessed_is_refused_by_its_name"),
    },
    Mutant {
        name: "an-empty-token-is-nobodys",
        guarantee: "roles",
        safeguard: "An empty token is not the admin token",
        changes: &[(
            "src/flow/app.rs",
            "!token.is_empty() && self.admin == Self::of_admin(token)",
            "(OUT && token.is_empty()) || self.admin == Self::of_admin(token)",
        )],
        fails: (Whole, "doors::guesses::an_empty_token_lets_nobody_in"),
    },
];
