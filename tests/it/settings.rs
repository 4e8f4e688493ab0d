//! What a settings file may say, and the one sentence that answers a wrong one.
//!
//! `settings/proofs.rs`: for each setting the test that sees what it changes. The other parts are those of these tests that
//! have no better place.

mod connections;
mod mistakes;
mod proofs;
mod repositories;
mod serving;
mod telling;

use std::{path::Path, time::Duration};

use heard::{
    model::{milestone, topic, tracker::TrackerAccess},
    settings::{LoadedSettings, Model, RoutedTopic, SECTIONS, Settings, Variables, show},
};

use crate::documents::expect_document;

/// The example of README.md and of the documentation: complete, every other setting has a default.
const EXAMPLE: &str = r#"
listen = "127.0.0.1:8080"
public_url = "http://127.0.0.1:8080"
database = "sqlite:heard.db"            # or postgres://...
admin_token = "env:HEARD_ADMIN_TOKEN"   # bearer token with every role; unset: one is made and printed once

[github]
api_url = "https://api.github.com"
app_id = 12345                          # or: token = "env:GITHUB_TOKEN"
private_key = "file:github-app.pem"
webhook_secret = "env:HEARD_GITHUB_WEBHOOK_SECRET"
sweep_minutes = 5                       # optional, also per connection; one sweep also runs at start

[[repositories]]
name = "acme/product"
default = true
release = "releases"                    # releases | tags | deployments | milestone | stated
hold_minutes = 30

[[connections]]
name = "acme"                           # POST /hooks/acme
brand = "main"                          # optional; tickets of different brands never share a topic
helpdesk = "zendesk"
url = "https://acme.zendesk.com"
user = "heard@acme.test"
token = "env:ZENDESK_TOKEN"
webhook_secret = "env:ZENDESK_WEBHOOK_SECRET"
escalate_tag = "escalate"

[tell]                                  # silent | note | draft | send, per milestone
escalated = "note"
in_progress = "note"
fix_merged = "note"
shipped = "send"
declined = "draft"
                                        # quiet hours, weekends, canary, daily cap, batching: off unless set
"#;

/// A connection with everything it cannot do without.
const CONNECTION: &str = r#"
[[connections]]
name = "acme"
helpdesk = "zendesk"
url = "https://acme.zendesk.com"
webhook_secret = "hush-hush-hush-hush-hush"
"#;

const GITHUB: &str = "[github]\ntoken = \"hush\"\n";

fn variables(of: &[(&str, &str)]) -> Variables {
    of.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn parse_with(text: &str, of: &[(&str, &str)]) -> Result<LoadedSettings, String> {
    Settings::parse(text, "heard.toml", Path::new("."), variables(of)).map_err(|wrong| wrong.to_string())
}

fn parse(text: &str) -> Result<LoadedSettings, String> {
    parse_with(text, &[])
}

#[track_caller]
fn refused(text: &str, sentence: &str) {
    assert_eq!(parse(text).expect_err("the settings should be refused"), sentence);
}

const KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nnot a real one\n-----END RSA PRIVATE KEY-----\n";

/// Reads an example of ours where everything is that it names.
fn read_example(text: &str) -> Settings {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("github-app.pem"), KEY).unwrap();
    Settings::parse(text, "heard.toml", folder.path(), secrets()).unwrap().settings
}

/// The secrets that the examples name.
fn secrets() -> Variables {
    variables(&[
        ("HEARD_ADMIN_TOKEN", "the-admin-token-of-all"),
        ("HEARD_GITHUB_WEBHOOK_SECRET", "what-github-signs-with"),
        ("ZENDESK_TOKEN", "token"),
        ("ZENDESK_WEBHOOK_SECRET", "what-zendesk-signs-with"),
    ])
}

#[test]
fn the_example_is_read_as_it_stands() {
    let settings = read_example(EXAMPLE);

    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database.expose(), "sqlite:heard.db");
    assert_eq!(settings.admin_token.unwrap().expose(), "the-admin-token-of-all");
    let github = settings.tracker.unwrap();
    assert!(
        matches!(&github.access, TrackerAccess::App { id: 12345, private_key } if private_key.expose() == KEY.trim())
    );
    assert_eq!(github.webhook_secrets[0].expose(), "what-github-signs-with");
    assert_eq!(github.sweep, Duration::from_mins(5));
    assert_eq!(settings.repositories[0].name.as_str(), "acme/product");
    assert_eq!(settings.repositories[0].hold, Duration::from_mins(30));
    let connection = &settings.connections[0];
    assert_eq!((connection.name.as_str(), connection.brand.as_deref()), ("acme", Some("main")));
    assert_eq!(connection.webhook_secrets[0].expose(), "what-zendesk-signs-with");
    assert_eq!(settings.tell.policy(milestone::MilestoneKind::Shipped), milestone::TellPolicy::Send);
    assert_eq!(settings.tell.policy(milestone::MilestoneKind::Workaround), milestone::TellPolicy::Draft);
    assert!(settings.tell.quiet_hours.is_none() && settings.tell.canary.is_none() && settings.tell.weekends);
    assert_eq!(settings.tell.likely_above, None);
}

#[test]
fn the_readmes_example_is_read_as_it_stands() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, example) = readme.split_once("```toml\n").unwrap();
    let settings = read_example(example.split_once("```").unwrap().0);
    assert!(settings.tracker.is_some() && settings.connections.len() == 1 && settings.repositories[0].default);
}

#[test]
fn nothing_has_to_be_set() {
    let settings = parse("").unwrap().settings;
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:8080");
    assert!(settings.tracker.is_none() && settings.connections.is_empty() && settings.admin_token.is_none());
    assert_eq!(settings.grouping.model, Model::Builtin);
}

#[test]
fn an_address_that_is_not_set_follows_from_where_heard_listens() {
    let at = |listen| parse(&format!("listen = {listen:?}")).unwrap().settings.public_url.as_str().to_owned();
    assert_eq!(at("127.0.0.1:9000"), "http://127.0.0.1:9000");
    assert_eq!(at("0.0.0.0:80"), "http://127.0.0.1");
    assert_eq!(at("[::1]:8080"), "http://[::1]:8080");
}

#[test]
fn the_environment_beats_the_file() {
    let file = format!("listen = \"127.0.0.1:1\"\n{GITHUB}[[repositories]]\nname = \"acme/product\"\n{CONNECTION}");
    let loaded = parse_with(
        &file,
        &[
            ("HEARD_LISTEN", "127.0.0.1:2"),
            ("HEARD_GITHUB_SWEEP_MINUTES", "7"),
            ("HEARD_TELL_SHIPPED", "draft"),
            ("HEARD_CONNECTIONS_ACME_TOKEN", "env:OTHER"),
            ("OTHER", "hush hush"),
            ("HEARD_REPOSITORIES_ACME_PRODUCT_LABELS", "from-customers, bug"),
            ("HEARD_LOG_LEVEL", ""),
        ],
    );
    let settings = loaded.unwrap().settings;
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.tracker.unwrap().sweep, Duration::from_mins(7));
    assert_eq!(settings.tell.policy(milestone::MilestoneKind::Shipped), milestone::TellPolicy::Draft);
    assert_eq!(settings.connections[0].token.as_ref().unwrap().expose(), "hush hush");
    assert_eq!(settings.repositories[0].labels, ["from-customers", "bug"]);
    assert_eq!(settings.log.level, "info");
}

#[test]
fn a_wrong_value_is_named_with_its_line_and_what_was_expected() {
    refused(
        "listen = \"127.0.0.1:8080\"\n\n[tell]\nhold_minutes = \"soon\"\n",
        "heard.toml line 4: tell.hold_minutes is \"soon\"; expected a whole number of minutes from 0 to 10080",
    );
    for (written, shown) in [("0.4", "\"0.4\""), ("1.5", "\"1.5\""), ("\"likely\"", "\"likely\"")] {
        refused(
            &format!("[tell]\nlikely_above = {written}\n"),
            &format!("heard.toml line 2: tell.likely_above is {shown}; expected a number from 0.5 to 1"),
        );
    }
    refused(
        "[tell]\ndeclined = \"send\"\n",
        "heard.toml line 2: tell.declined is \"send\"; expected silent, note or draft",
    );
    refused(
        "database = \"mysql://localhost/heard\"\n",
        "heard.toml line 1: database is not a database; expected sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME \
         (also as env:NAME or file:PATH)",
    );
    let wrong = parse_with("", &[("HEARD_LISTEN", "8080")]).unwrap_err();
    assert_eq!(
        wrong,
        "environment HEARD_LISTEN: listen is \"8080\"; expected an address and a port such as 127.0.0.1:8080"
    );
}

#[test]
fn a_key_that_nobody_knows_is_refused_with_what_was_meant() {
    refused("lisen = \"x\"\n", "heard.toml line 1: there is no setting lisen; did you mean listen?");
    refused("[githb]\ntoken = \"x\"\n", "heard.toml line 1: there is no setting githb; did you mean github?");
    refused(
        &format!("{CONNECTION}webhok_secret_previous = \"x\"\n"),
        "heard.toml line 7: there is no setting connections.acme.webhok_secret_previous; \
         did you mean connections.acme.webhook_secret_previous?",
    );
    refused(
        "[grouping]\nmagic = true\n",
        "heard.toml line 2: there is no setting grouping.magic; expected one of model, embeddings_model, embeddings_key, precision",
    );
}

#[test]
fn sections_are_written_as_what_they_are() {
    refused("github = 1\n", "heard.toml line 1: github is one section; expected [github] on a line of its own");
    refused(
        "[connections]\nname = \"acme\"\n",
        "heard.toml line 1: there may be several connections; expected [[connections]]",
    );
}

#[test]
fn a_connection_without_a_secret_is_refused() {
    let open = CONNECTION.replace("webhook_secret = \"hush-hush-hush-hush-hush\"\n", "");
    refused(
        &open,
        "heard.toml line 2: connections.acme.webhook_secret is missing; nothing is accepted unsigned, so expected what \
         the helpdesk signs its webhooks with (or path_secret where it cannot sign)",
    );
}

/// `openssl rand -hex 32` makes 64 characters, and every helpdesk that makes its own secret makes at least 32.
#[test]
fn a_secret_that_can_be_guessed_is_refused_by_its_name() {
    let (short, enough) = ("x".repeat(19), "x".repeat(20));
    let open = CONNECTION.replace("webhook_secret = \"hush-hush-hush-hush-hush\"\n", "");
    let github = format!("{GITHUB}[[repositories]]\nname = \"acme/product\"\n");
    for (name, text) in [
        ("admin_token", "admin_token = \"SECRET\"\n".to_owned()),
        ("github.webhook_secret", github.replace("[[repos", "webhook_secret = \"SECRET\"\n[[repos")),
        ("github.webhook_secret_previous", github.replace("[[repos", "webhook_secret_previous = \"SECRET\"\n[[repos")),
        ("connections.acme.webhook_secret", format!("{open}webhook_secret = \"SECRET\"\n")),
        ("connections.acme.webhook_secret_previous", format!("{CONNECTION}webhook_secret_previous = \"SECRET\"\n")),
        ("connections.acme.path_secret", format!("{open}path_secret = \"SECRET\"\n")),
    ] {
        let wrong = parse(&text.replace("SECRET", &short)).unwrap_err();
        assert!(wrong.contains(&format!("{name} can be guessed; expected at least 20 characters")), "{wrong}");
        assert!(!wrong.contains(&short), "{wrong}");
        assert!(parse(&text.replace("SECRET", &enough)).is_ok(), "{name}");
    }
    let from_outside = parse_with("admin_token = \"env:TOKEN\"\n", &[("TOKEN", "short")]).unwrap_err();
    assert!(from_outside.contains("admin_token can be guessed"), "{from_outside}");
}

#[test]
fn a_connections_name_stands_in_its_address() {
    for name in ["github", "Acme", "a_b", "", &"a".repeat(41)] {
        let wrong = parse(&CONNECTION.replace("\"acme\"", &format!("{name:?}"))).unwrap_err();
        assert!(wrong.contains(".name is "), "{wrong}");
    }
    refused(
        &format!("{CONNECTION}{CONNECTION}"),
        "heard.toml line 9: connections.acme.name is \"acme\" a second time; expected each name once",
    );
}

/// Both would read every ticket of the account, and its customers would be told twice.
#[test]
fn one_account_is_no_two_connections() {
    let another = CONNECTION.replace("name = \"acme\"", "name = \"mobile\"\nbrand = \"mobile\"");
    let wrong = parse(&format!("{CONNECTION}{another}")).unwrap_err();
    assert!(wrong.contains("is the account of \"acme\" as well, so its customers would be told twice"), "{wrong}");
    let elsewhere = another.replace("acme.zendesk.com", "acme-mobile.zendesk.com");
    assert_eq!(parse(&format!("{CONNECTION}{elsewhere}")).unwrap().settings.connections.len(), 2);
    let sends = |text: &str| text.replace("zendesk\"", "generic\"");
    assert!(parse(&format!("{}{}", sends(CONNECTION), sends(&another))).is_ok(), "each sends what it wants read");
}

#[test]
fn two_secrets_hold_while_one_is_changed() {
    let both = parse(&format!("{CONNECTION}webhook_secret_previous = \"the-one-before-this-one\"\n")).unwrap().settings;
    let secrets: Vec<_> = both.connections[0].webhook_secrets.iter().map(|secret| secret.expose().to_owned()).collect();
    assert_eq!(secrets, ["hush-hush-hush-hush-hush", "the-one-before-this-one"]);
}

#[test]
fn a_vendors_own_settings_are_handed_on_with_their_secrets_looked_up() {
    let own = "plan_field = \"plan\"\n[connections.reply]\nurl = \"/reply\"\nheader = \"env:REPLY_TOKEN\"\n";
    let loaded = parse_with(&format!("{CONNECTION}{own}"), &[("REPLY_TOKEN", "hush hush")]).unwrap();
    let options = &loaded.settings.connections[0].options;
    assert_eq!(options["plan_field"].as_str(), Some("plan"));
    assert_eq!(options["reply"]["header"].as_str(), Some("hush hush"));
    assert_eq!(options.len(), 2);
    refused(
        &format!("{CONNECTION}{own}"),
        "heard.toml line 8: connections.acme.reply names the environment variable REPLY_TOKEN, which is not set",
    );
}

#[test]
fn exactly_one_repository_is_the_default() {
    let two = |first: &str, second: &str| {
        format!("{GITHUB}[[repositories]]\nname = \"acme/a\"\n{first}\n[[repositories]]\nname = \"acme/b\"\n{second}\n")
    };
    assert!(parse(&two("default = true", "")).is_ok());
    let wrong = parse(&two("", "")).unwrap_err();
    assert!(wrong.ends_with("is true for no repository; expected exactly one default of several"), "{wrong}");
    let wrong = parse(&two("default = true", "default = true")).unwrap_err();
    assert!(wrong.ends_with("is true for a second repository; expected exactly one default"), "{wrong}");
    let twice = format!("{GITHUB}[[repositories]]\nname = \"acme/a\"\n[[repositories]]\nname = \"Acme/A\"\n");
    let wrong = parse(&twice).unwrap_err();
    assert!(wrong.contains("is \"Acme/A\" a second time; expected each repository once"), "{wrong}");
    refused(GITHUB, "heard.toml line 1: [github] has nowhere to file; expected at least one [[repositories]]");
    refused(
        "[[repositories]]\nname = \"acme/a\"\n",
        "heard.toml line 1: [[repositories]] cannot be reached; expected a section [github]",
    );
}

#[test]
fn a_topic_goes_where_the_first_rule_sends_it() {
    let text = format!(
        "{GITHUB}[[repositories]]\nname = \"acme/product\"\ndefault = true\n[[repositories]]\nname = \"acme/mobile\"\n\
         hold_minutes = 0\nroute = [{{ brand = \"mobile\" }}, {{ tag = \"ios\", kind = \"bug\" }}]\n\
         components = [{{ name = \"api\", tag = \"^api-v\", paths = [\"api/\"] }}]\n"
    );
    let settings = parse(&text).unwrap().settings;
    assert!(settings.repositories[1].components[0].tag.is_match("api-v1.2.3"));
    assert_eq!(settings.repositories[1].hold, Duration::ZERO);
    let ios = ["ios".to_owned()];
    let goes = |brand, kind, tags| {
        settings.repository_for(&RoutedTopic { brand, kind, tags }).unwrap().name.as_str().to_owned()
    };
    assert_eq!(goes(None, topic::TopicKind::Bug, &[]), "acme/product");
    assert_eq!(goes(Some("mobile"), topic::TopicKind::Question, &[]), "acme/mobile");
    assert_eq!(goes(None, topic::TopicKind::Bug, &ios), "acme/mobile");
    assert_eq!(goes(None, topic::TopicKind::Question, &ios), "acme/product");

    let empty = text.replace("{ brand = \"mobile\" }", "{}");
    assert!(parse(&empty).unwrap_err().ends_with("a rule has to name one of them"));
}

#[test]
fn github_is_reached_in_exactly_one_way() {
    let repository = "[[repositories]]\nname = \"acme/product\"\n";
    for (text, end) in [
        ("[github]\n", "token is missing; expected a token, or app_id and private_key"),
        ("[github]\napp_id = 1\n", "private_key is missing; an App has an app_id and a private_key"),
        ("[github]\napp_id = 1\nprivate_key = \"x\"\n", "expected PEM, such as file:github-app.pem"),
        ("[github]\napp_id = 1\ntoken = \"x\"\n", "expected one way, not both"),
    ] {
        let wrong = parse(&format!("{text}{repository}")).unwrap_err();
        assert!(wrong.ends_with(end), "{wrong}");
    }
    let by_variable = parse_with(repository, &[("HEARD_GITHUB_TOKEN", "hush")]).unwrap().settings;
    assert!(matches!(by_variable.tracker.unwrap().access, TrackerAccess::Token(_)));
}

#[test]
fn a_secret_that_is_not_there_stops_the_start() {
    refused(
        "admin_token = \"env:NOWHERE\"\n",
        "heard.toml line 1: admin_token names the environment variable NOWHERE, which is not set",
    );
    let wrong = parse("admin_token = \"file:nowhere.txt\"\n").unwrap_err();
    assert!(
        wrong.starts_with("heard.toml line 1: admin_token names the file nowhere.txt, which could not be read"),
        "{wrong}"
    );
}

#[test]
fn every_setting_can_come_from_the_environment() {
    let file = format!("{GITHUB}[[repositories]]\nname = \"acme/product\"\n{CONNECTION}");
    for section in SECTIONS.iter().filter(|section| !section.name.contains('.')) {
        let named = match section.name {
            "" => String::new(),
            "repositories" => "REPOSITORIES_ACME_PRODUCT_".to_owned(),
            "connections" => "CONNECTIONS_ACME_".to_owned(),
            name => format!("{}_", name.to_uppercase()),
        };
        for spec in section.settings {
            let variable = format!("HEARD_{named}{}", spec.name.to_uppercase());
            let source = format!("environment {variable}");
            match parse_with(&file, &[(&variable, "?")]) {
                Ok(loaded) => assert!(loaded.listed.iter().any(|one| one.source == source), "{variable}"),
                Err(wrong) if wrong.ends_with("not both") => {
                    assert!(wrong.contains("app_id or private_key"), "{wrong}");
                }
                Err(wrong) => assert!(wrong.starts_with(&source), "{variable}: {wrong}"),
            }
        }
    }
}

proptest::proptest! {
    /// Whatever a slip of the hand makes of a file, the answer is settings, or a sentence for each mistake.
    #[test]
    fn every_slip_of_the_hand_is_answered_by_sentences(at in 0..EXAMPLE.len(), cut in 0_usize..40, typed in ".{0,12}") {
        let mut text = EXAMPLE.replace("file:github-app.pem", "-----BEGIN PRIVATE KEY-----");
        let floor = |mut at: usize| { while !text.is_char_boundary(at) { at -= 1; } at };
        let range = floor(at.min(text.len()))..floor((at + cut).min(text.len()));
        text.replace_range(range, &typed);
        if let Err(wrong) = Settings::parse(&text, "heard.toml", Path::new("."), secrets()).map_err(|wrong| wrong.to_string()) {
            proptest::prop_assert!(!wrong.is_empty() && wrong.lines().all(|line| line.contains(": ")), "{wrong}");
        }
    }
}

/// A date is what no setting takes: each row has to be read by somebody, and has to refuse it by name and line.
#[test]
fn every_setting_of_the_table_is_read_and_refuses_nonsense() {
    for section in SECTIONS {
        for spec in section.settings {
            let nonsense = format!("{} = 1979-05-27", spec.name);
            let text = around(section.name, spec.name, &nonsense);
            let wrong = parse(&text).expect_err(&text);
            let line = 1 + text.lines().position(|line| line == nonsense).unwrap();
            assert!(wrong.starts_with(&format!("heard.toml line {line}: ")), "{wrong}\n{text}");
            assert!(wrong.contains(spec.name) && wrong.contains("expected"), "{wrong}");
        }
    }
}

/// A file that is right but for one line of one section.
fn around(section: &str, name: &str, line: &str) -> String {
    let repository = format!("{GITHUB}[[repositories]]\nname = \"acme/x\"\n");
    let head = match section {
        "" => String::new(),
        "github" => GITHUB.to_owned(),
        "repositories" => repository,
        "repositories.components" => {
            format!("{repository}[[repositories.components]]\nname = \"api\"\ntag = \"^api\"\n")
        }
        "repositories.route" => format!("{repository}[[repositories.route]]\n"),
        "connections" => CONNECTION.to_owned(),
        other => format!("[{other}]\n"),
    };
    let (rest, last) = head.rsplit_once("\n[").map_or(("", head.as_str()), |(rest, last)| (rest, last));
    let others: Vec<_> = last.lines().filter(|other| !other.starts_with(&format!("{name} ="))).collect();
    let bracket = if rest.is_empty() && head == last { "" } else { "\n[" };
    format!("{rest}{bracket}{}\n{line}\n", others.join("\n"))
}

#[test]
fn what_is_shown_never_holds_a_secret() {
    let text = "database = \"postgres://heard:hush@db/heard\"\nadmin_token = \"hush-hush-hush-hush-hush\"\n".to_owned()
        + GITHUB
        + "webhook_secret = \"env:HUSH\"\n[[repositories]]\nname = \"acme/product\"\n"
        + CONNECTION
        + "reply_token = \"hush\"\nreply = { header = \"env:HUSH\" }\ntimes = 3\n"
        + "[connections.get]\npath = \"/tickets?apikey=hush\"\nheaders = {\"x-auth\" = \"hush\"}\njson = [{deep = \"hush\"}]\n";
    let loaded =
        parse_with(&text, &[("HUSH", "hush-hush-hush-hush-hush"), ("HEARD_GITHUB_SWEEP_MINUTES", "9")]).unwrap();
    let shown = show::as_text(&loaded.listed);
    let json = show::as_json(&loaded.listed).to_string();
    for hidden in [&shown, &json, &format!("{:?}", loaded.settings)] {
        assert!(!hidden.contains("hush"), "{hidden}");
    }
    let line =
        |name: &str| shown.lines().find(|line| line.starts_with(name)).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(line("admin_token "), ["admin_token", "***", "heard.toml", "line", "2"]);
    assert_eq!(line("github.webhook_secret ")[1..], ["***", "heard.toml", "line", "5,", "env:HUSH"]);
    assert_eq!(line("github.sweep_minutes ")[1..], ["9", "environment", "HEARD_GITHUB_SWEEP_MINUTES"]);
    assert_eq!(line("listen ")[1..], ["127.0.0.1:8080", "default"]);
    assert_eq!(line("connections.acme.reply_token ")[1], "***");
    assert_eq!(line("connections.acme.times ")[1], "3", "a number is no secret");
}

#[test]
fn the_documentation_is_the_table() {
    expect_document("docs/settings.md", &show::as_markdown());
}
