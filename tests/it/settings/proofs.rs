//! No setting is for show: for each there is a test that changes it and sees Heard behave differently.
//!
//! The table names that test. A setting without a row, a row for a setting that is not there, a test that does not exist,
//! and a file that never writes the setting's name are refused.

use std::{collections::BTreeSet, path::Path};

use heard::settings::SECTIONS;

/// The tests of one file with the settings that each of them changes.
type Proofs = &'static [(&'static str, &'static [(&'static str, &'static [&'static str])])];

const PROOFS: Proofs = &[
    ("answers", &[("how_many_open_a_topic_again_is_a_policy", &["tell.reopen"])]),
    (
        "cli",
        &[
            ("a_port_that_is_taken_is_said_with_what_to_do", &["listen"]),
            ("a_database_is_migrated_as_often_as_one_likes", &["database"]),
        ],
    ),
    (
        "doors",
        &[
            (
                "while_a_secret_is_rotated_both_the_new_and_the_one_before_hold",
                &[
                    "github.webhook_secret",
                    "github.webhook_secret_previous",
                    "connections.webhook_secret",
                    "connections.webhook_secret_previous",
                ],
            ),
            (
                "a_sender_that_cannot_sign_is_known_by_the_secret_in_its_address",
                &["connections.name", "connections.helpdesk", "connections.path_secret"],
            ),
        ],
    ),
    (
        "doors/guesses",
        &[("wrong_tokens_are_counted_by_who_sent_them_through_a_proxy_that_is_trusted", &["trusted_proxies"])],
    ),
    (
        "embeddings",
        &[
            ("a_ticket_waits_for_an_endpoint_that_fails_and_the_health_page_says_so", &["grouping.model"]),
            (
                "every_text_gets_its_own_vector_however_the_answer_is_ordered",
                &["grouping.embeddings_model", "grouping.embeddings_key"],
            ),
        ],
    ),
    (
        "../../crates/grouping/tests/engine/precision",
        &[("the_less_is_promised_the_more_joins_by_itself", &["grouping.precision"])],
    ),
    (
        "people/sign_on",
        &[(
            "whoever_was_invited_comes_in_and_is_known_by_the_providers_word_from_then_on",
            &["sign_on.issuer", "sign_on.client_id", "sign_on.client_secret", "sign_on.name"],
        )],
    ),
    ("review", &[("what_waits_is_filed_once_nobody_is_asked_to_review_any_more", &["repositories.review"])]),
    (
        "settings/connections",
        &[
            ("tickets_of_different_brands_never_share_a_topic", &["connections.brand", "connections.url"]),
            ("a_ticket_is_escalated_by_the_tag_of_the_settings", &["connections.escalate_tag"]),
            ("as_anybody_else_heard_is_not_let_into_the_helpdesk", &["connections.user", "connections.token"]),
        ],
    ),
    (
        "telling/identity",
        &[("an_id_of_the_company_makes_one_customer_where_the_settings_say_so", &["connections.customer_ids"])],
    ),
    (
        "settings/repositories",
        &[
            ("issues_are_filed_at_the_github_of_the_api_url", &["github.api_url"]),
            ("heard_is_at_github_who_its_credentials_say", &["github.app_id", "github.private_key", "github.token"]),
            ("each_side_is_swept_as_often_as_its_settings_say", &["github.sweep_minutes", "connections.sweep_minutes"]),
            (
                "a_topic_goes_to_the_default_but_where_a_route_sends_it_elsewhere",
                &["repositories.route.brand", "repositories.route.kind", "repositories.route.tag"],
            ),
            ("a_topic_that_no_route_sends_goes_to_the_default", &["repositories.name", "repositories.default"]),
            ("every_issue_of_heard_has_the_labels_of_its_repository", &["repositories.labels"]),
            ("a_fix_is_out_with_what_the_repository_releases_by", &["repositories.release"]),
            ("the_environment_that_counts_is_the_one_of_the_settings", &["repositories.environment"]),
            ("a_prerelease_counts_where_the_settings_say_so", &["repositories.include_prereleases"]),
        ],
    ),
    (
        "settings/serving",
        &[
            ("the_public_url_is_where_links_in_messages_lead", &["public_url"]),
            ("the_admin_token_opens_the_api", &["admin_token"]),
            ("metrics_are_served_without_a_token_where_metrics_listen_says", &["metrics_listen"]),
            ("amounts_are_shown_in_the_currency_and_those_of_another_are_not_added_to_them", &["currency"]),
            ("the_text_of_deliveries_is_kept_for_as_many_days_as_the_settings_say", &["keep_deliveries_days"]),
            ("the_log_is_in_the_format_that_is_set", &["log.format"]),
            ("the_log_says_as_much_as_its_level_allows", &["log.level"]),
        ],
    ),
    (
        "settings/telling",
        &[
            ("a_correction_waits_for_a_person_unless_it_is_silent", &["tell.correction"]),
            ("that_a_topic_came_back_is_told_where_its_policy_says_so", &["tell.reopened"]),
            ("of_a_decline_nobody_is_told_where_it_is_silent", &["tell.declined"]),
            ("an_update_is_held_for_as_long_as_the_settings_say", &["tell.hold_minutes"]),
            ("the_team_signs", &["tell.team"]),
        ],
    ),
    (
        "telling",
        &[
            (
                "each_milestone_that_is_to_be_sent_reaches_the_customer_with_its_own_text",
                &["tell.planned", "tell.in_progress", "tell.workaround"],
            ),
            (
                "a_milestone_is_silent_or_noted_or_a_draft_as_its_policy_says",
                &["tell.escalated", "tell.fix_merged", "tell.shipped"],
            ),
            ("an_operators_own_texts_are_what_customers_read_and_need_nobody_elses_review", &["tell.templates"]),
        ],
    ),
    (
        "likely_members/told",
        &[("whoever_is_likely_enough_is_told_once_in_words_that_do_not_claim_to_know", &["tell.likely_above"])],
    ),
    ("telling/holding", &[("an_update_is_held_for_as_long_as_its_repository_says", &["repositories.hold_minutes"])]),
    ("telling/merging", &[("that_a_topic_was_merged_is_told_as_its_policy_says", &["tell.joined"])]),
    (
        "telling/shipping",
        &[(
            "the_release_of_another_component_of_the_repository_tells_nobody",
            &["repositories.components.name", "repositories.components.tag", "repositories.components.paths"],
        )],
    ),
    (
        "telling/silence",
        &[("whoever_heard_nothing_for_long_is_told_how_it_stands_once", &["tell.silence", "tell.silence_days"])],
    ),
    (
        "telling/timing",
        &[
            ("nothing_is_sent_in_quiet_hours", &["tell.quiet_hours"]),
            ("quiet_hours_are_those_of_the_time_zone", &["tell.time_zone"]),
            ("nothing_is_sent_at_the_weekend_where_the_settings_say_so", &["tell.weekends"]),
            ("the_first_customer_is_told_alone_and_the_rest_later", &["tell.canary_minutes"]),
            ("no_more_than_the_cap_reaches_a_customer_in_a_day", &["tell.daily_cap"]),
            ("with_batching_the_newer_of_two_steps_is_told_for_both", &["tell.batch_minutes"]),
        ],
    ),
];

#[test]
fn every_setting_has_a_test_that_sees_what_it_changes() {
    let named =
        |section: &str, name: &str| if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") };
    let mut settings: BTreeSet<String> = SECTIONS
        .iter()
        .flat_map(|section| section.settings.iter().map(|setting| named(section.name, setting.name)))
        .collect();
    let mut wrong = Vec::new();
    for (file, tests) in PROOFS {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/{file}.rs"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for (test, proven) in *tests {
            if !text.contains(&format!("fn {test}(")) {
                wrong.push(format!("{file} has no test {test}"));
            }
            for setting in *proven {
                let name = setting.rsplit('.').next().unwrap_or(setting);
                if !text.contains(name) && !text.contains(&name.to_uppercase()) {
                    wrong.push(format!("{file} never writes {name}"));
                }
                if !settings.remove(*setting) {
                    wrong.push(format!("{setting} is no setting, or is proven twice"));
                }
            }
        }
    }
    wrong.extend(settings.iter().map(|setting| format!("no test changes {setting} and sees a difference")));
    assert!(wrong.is_empty(), "{wrong:#?}");
}
