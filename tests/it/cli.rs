//! The command line as people and scripts meet it: the built binary, its output, its exit code.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};

use crate::databases;

/// The binary in a folder of its own, with no environment of ours.
fn heard(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heard"));
    command.args(arguments).current_dir(folder).env_clear().env("RUST_BACKTRACE", "1");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    heard(folder, arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// What a failure says: one line, and exit code 1.
#[track_caller]
fn said(output: &Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(text(&output.stdout), "");
    said.trim_end().to_owned()
}

#[test]
fn every_command_explains_itself() {
    let folder = tempfile::tempdir().unwrap();
    let help = printed(&run(folder.path(), &["--help"]));
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, about) = line.trim().split_once(' ')?;
        (name != "help").then(|| (name.to_owned(), about.trim().to_owned()))
    });
    let commands: Vec<_> = commands.collect();
    assert!(commands.iter().any(|(name, _)| name == "settings"), "{help}");
    for (name, about) in commands {
        assert!(about.len() > 20, "{name} says only {about:?}");
        let own = printed(&run(folder.path(), &[&name, "--help"]));
        assert!(own.contains(&about) && own.contains("--config"), "{own}");
    }
}

#[test]
fn what_cannot_be_read_ends_with_2_and_what_fails_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let unknown = run(folder.path(), &["setings"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("settings"), "{}", text(&unknown.stderr));

    let missing = said(&run(folder.path(), &["settings", "--config", "nowhere.toml"]));
    assert!(missing.starts_with("heard: nowhere.toml: the settings could not be read"), "{missing}");
}

#[test]
fn a_wrong_setting_is_answered_by_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("heard.toml"), "[tell]\nshiped = \"send\"\n").unwrap();
    assert_eq!(
        said(&run(folder.path(), &["settings"])),
        "heard: heard.toml line 2: there is no setting tell.shiped; did you mean tell.shipped?"
    );
}

#[test]
fn heard_settings_refuses_what_heard_serve_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let connection = |name: &str, helpdesk: &str| {
        format!(
            "[[connections]]\nname = \"{name}\"\nhelpdesk = \"{helpdesk}\"\nurl = \"https://{name}.zendesk.com\"\n\
             webhook_secret = \"hush-hush-hush-hush-hush\"\n"
        )
    };
    let written = format!("listen = \"127.0.0.1:0\"\n{}{}", connection("one", "zendsk"), connection("two", "zendesk"));
    std::fs::write(folder.path().join("heard.toml"), written).unwrap();
    for command in ["settings", "serve"] {
        let output = run(folder.path(), &[command]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command}: {said}");
        for why in ["helpdesk \"zendsk\" is not known", "\"two\" (zendesk): token is missing"] {
            assert!(said.contains(why), "{command} does not say {why}: {said}");
        }
    }
}

#[test]
fn settings_are_found_where_the_environment_says() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("other.toml"),
        "listen = \"127.0.0.1:1234\"\nadmin_token = \"hush-hush-hush-hush-hush\"\n",
    )
    .unwrap();
    let output = heard(folder.path(), &["settings", "--json"]).env("HEARD_CONFIG", "other.toml").output().unwrap();
    let shown: Value = serde_json::from_str(&printed(&output)).unwrap();
    let of = |name: &str| shown["settings"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    assert_eq!(of("listen"), json!({"name": "listen", "value": "127.0.0.1:1234", "source": "other.toml line 1"}));
    assert_eq!(of("admin_token")["value"], "***");
    assert_eq!(of("tell.shipped"), json!({"name": "tell.shipped", "value": "send", "source": "default"}));
}

#[test]
fn a_database_is_migrated_as_often_as_one_likes() {
    for database in databases::each_empty() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let output = heard(folder.path(), &["migrate"]).env("HEARD_DATABASE", &database.url).output().unwrap();
            assert_eq!(printed(&output), "The database is up to date.\n", "on {}", database.name);
        }
    }
}

#[test]
fn a_database_that_does_not_answer_is_said_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["migrate", "check"] {
        let nobody = "postgres://postgres@127.0.0.1:9/heard";
        let output = heard(folder.path(), &[command]).env("HEARD_DATABASE", nobody).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        let sentence = "heard: the database at 127.0.0.1:9 does not answer; check that it runs, and what the setting database says\n";
        assert_eq!(said, sentence, "on {command}");
    }
}

#[test]
fn a_database_that_cannot_be_opened_is_said_with_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let said_of = |url: &str| said(&heard(folder.path(), &["migrate"]).env("HEARD_DATABASE", url).output().unwrap());
    assert_eq!(
        said_of("sqlite:/nope/heard.db"),
        "heard: the database cannot be opened: there is no folder /nope; make it, or check what the setting database says"
    );
    // A folder is where the file should be, which nobody may write, whoever they are.
    std::fs::create_dir(folder.path().join("heard.db")).unwrap();
    let taken = said_of("sqlite:heard.db");
    let file = folder.path().canonicalize().unwrap().join("heard.db");
    assert!(taken.contains(&format!("the database {} cannot be opened", file.display())), "{taken}");
    assert!(taken.contains("make the file and its folder writable for Heard") && !taken.contains("code"), "{taken}");
    for database in databases::each_empty().into_iter().filter(|one| one.url.starts_with("postgres:")) {
        let missing = said_of(&format!("{}&dbname=of_nobody", database.url));
        assert!(missing.contains("database \"of_nobody\" does not exist"), "{missing}");
        assert!(!missing.contains("at line") && !missing.contains("returned from"), "{missing}");
    }
}

/// Elsewhere it says that the migration failed, and people install the program anew (AionCore#834).
#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_a_newer_heard_is_left_alone_with_a_sentence() {
    const NEWER: &str = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of a later version', TRUE, 'x', 0)";
    const OTHER: &str = "UPDATE _sqlx_migrations SET checksum = 'x'";
    for (change, sentence) in [
        (NEWER, "a newer Heard has brought this database up to date (its migration 9999 is not known here)"),
        (OTHER, "another build of Heard has made this database (its migration 1 is a different one here)"),
    ] {
        for database in databases::each() {
            databases::execute(&database.url, change).await.unwrap();
            let folder = tempfile::tempdir().unwrap();
            for command in [["migrate"].as_slice(), &["check"], &["pause", "--stopped"], &["serve"]] {
                let mut command = heard(folder.path(), command);
                let environment = [("HEARD_DATABASE", database.url.as_str()), ("HEARD_LISTEN", "127.0.0.1:0")];
                let output = command.envs(environment).output().unwrap();
                let said = text(&output.stderr);
                let last = said.lines().last().unwrap_or_default();
                assert_eq!(output.status.code(), Some(1), "on {}: {said}", database.name);
                assert!(last.starts_with(&format!("heard: {sentence}; start ")), "on {}: {said}", database.name);
            }
        }
    }
}

/// Whoever looks for it in the log of the service finds it there, whatever was run before.
#[test]
fn only_serve_makes_an_admin_token_and_shows_it_once() {
    const SHOWN: &str = "The admin token, shown this once: ";
    let folder = tempfile::tempdir().unwrap();
    for command in [["migrate"].as_slice(), &["check"], &["pause", "--stopped"], &["check"]] {
        let output = run(folder.path(), command);
        assert!(!text(&output.stderr).contains(SHOWN), "{command:?}");
    }
    let serve = || {
        let mut command = heard(folder.path(), &["serve"]);
        command.env("HEARD_LISTEN", "127.0.0.1:0").env("HEARD_GROUPING_MODEL", "none").stdout(Stdio::null());
        let mut serving = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(serving.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut said = String::new();
        for line in lines {
            said.push_str(&line);
            said.push('\n');
            if line.contains("Heard listens on") {
                break;
            }
        }
        serving.kill().unwrap();
        serving.wait().unwrap();
        assert!(said.contains("Heard listens on"), "{said}");
        said
    };
    assert!(serve().contains(SHOWN));
    assert!(!serve().contains(SHOWN));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_paused_in_a_database_that_nobody_uses() {
    for database in databases::each() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let mut pause = heard(folder.path(), &["pause", "--stopped"]);
            let output = pause.env("HEARD_DATABASE", &database.url).output().unwrap();
            assert_eq!(printed(&output), "Messages to customers wait until you resume them.\n", "on {}", database.name);
        }
        let deleted = databases::execute(&database.url, "DELETE FROM pause WHERE part = 'everything'").await.unwrap();
        assert_eq!(deleted, 1, "on {}", database.name);
    }
    let part = run(tempfile::tempdir().unwrap().path(), &["pause", "--stopped", "--connection", "acme"]);
    assert_eq!(part.status.code(), Some(2), "only everything is paused so");
}

#[cfg(unix)]
#[test]
fn a_new_database_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let output = heard(folder.path(), &["migrate"]).output().unwrap();
    assert!(output.status.success());
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        if file.file_name().to_string_lossy().starts_with("heard.db") {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.file_name());
        }
    }
    assert!(folder.path().join("heard.db").exists());
}

/// Stands in for a running Heard on loopback: answers by `answer` and remembers what it was asked.
struct StandIn {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    fn start(answer: fn(&str) -> (u16, Value)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let remembered = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                let request = read_request(&stream);
                let (status, body) = answer(request.split(' ').take(2).collect::<Vec<_>>().join(" ").as_str());
                remembered.lock().unwrap().push(request);
                let body = body.to_string();
                let head =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                (&stream).write_all(format!("{head}{body}").as_bytes()).unwrap();
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Method, path and `authorization`, with a blank between.
fn read_request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let value = |name: &str| lines.iter().find_map(|line| line.to_lowercase().starts_with(name).then(|| line.clone()));
    let length = value("content-length:").and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
    reader.read_exact(&mut vec![0; length]).unwrap();
    let bearer = value("authorization:").map(|line| line.split_once(' ').unwrap().1.to_owned()).unwrap_or_default();
    let first: Vec<_> = lines[0].split(' ').take(2).collect();
    format!("{} {bearer}", first.join(" "))
}

fn ask(there: &StandIn, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = heard(folder.path(), arguments);
    command
        .env("HEARD_PUBLIC_URL", format!("http://{}", there.address))
        .env("HEARD_ADMIN_TOKEN", "hush-hush-hush-hush-hush");
    command.env("HEARD_LISTEN", there.address.to_string()).output().unwrap()
}

#[test]
fn a_ticket_is_escalated_by_its_number_in_the_helpdesk() {
    let heard_there = StandIn::start(|asked| match asked {
        "GET /api/v1/tickets?connection=acme&external_id=7" => (200, json!({"tickets": [{"id": "t1"}], "next": null})),
        "POST /api/v1/tickets/t1/escalate" => (200, json!({"topic": "o1", "again": false})),
        "GET /api/v1/topics/o1" => {
            (200, json!({"title": "Export", "issue": {"url": "https://github.com/acme/product/issues/1"}}))
        }
        "GET /api/v1/tickets?connection=acme&external_id=8" => (200, json!({"tickets": [], "next": null})),
        _ => (404, json!({"title": "Not found", "detail": "There is no such thing."})),
    });
    let output = ask(&heard_there, &["escalate", "acme", "7"]);
    assert_eq!(printed(&output), "Escalated: \"Export\", https://github.com/acme/product/issues/1\n");
    assert!(
        heard_there.asked().iter().all(|asked| asked.ends_with(" Bearer hush-hush-hush-hush-hush")),
        "{:?}",
        heard_there.asked()
    );
    assert_eq!(
        said(&ask(&heard_there, &["escalate", "acme", "8"])),
        "heard: Heard knows no ticket 8 of the connection acme"
    );
    assert_eq!(said(&ask(&heard_there, &["escalate", "a/b?", "7"])), "heard: There is no such thing.");
    assert!(heard_there.asked().last().unwrap().contains("connection=a%2Fb%3F&"), "{:?}", heard_there.asked());
}

#[test]
fn everything_unreadable_is_replayed_page_by_page() {
    let heard_there = StandIn::start(|asked| match asked {
        "GET /api/v1/deliveries?state=unreadable" => (200, json!({"deliveries": [{"id": "d1"}], "next": "d1"})),
        "GET /api/v1/deliveries?state=unreadable&after=d1" => {
            (200, json!({"deliveries": [{"id": "d2"}], "next": null}))
        }
        "POST /api/v1/deliveries/d1/replay" => (202, json!({})),
        _ => (409, json!({"title": "Conflict", "detail": "It is being read just now."})),
    });
    let output = ask(&heard_there, &["replay", "--unreadable"]);
    assert_eq!(text(&output.stdout), "1 of 2 deliveries are being read again.\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("It is being read just now."), "{}", text(&output.stderr));
}

/// Who pulls the brake from a fresh shell has no secret at hand that it does not need.
#[test]
fn the_brake_needs_an_address_and_the_admin_token_and_no_secret_of_a_connection() {
    let heard_there = StandIn::start(|asked| match asked {
        "POST /api/v1/pauses" => (200, json!({"part": "everything"})),
        "POST /api/v1/pauses/end" => (200, json!({"ended": true})),
        "GET /api/v1/pauses" => (200, json!({"pauses": []})),
        _ => (404, json!({"title": "Not found"})),
    });
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "public_url = \"http://{}\"\nadmin_token = \"env:ADMIN\"\n[[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\n\
         url = \"https://acme.zendesk.com\"\ntoken = \"file:gone\"\nwebhook_secret = \"env:ACME_WEBHOOK_SECRET\"\n",
        heard_there.address
    );
    std::fs::write(folder.path().join("heard.toml"), settings).unwrap();
    let with_token =
        |command: &[&str]| heard(folder.path(), command).env("ADMIN", "hush-hush-hush-hush-hush").output().unwrap();
    let whole = text(&with_token(&["settings"]).stderr);
    assert!(whole.contains("ACME_WEBHOOK_SECRET, which is not set"), "{whole}");
    assert_eq!(printed(&with_token(&["pause"])), "Messages to customers wait until you resume them.\n");
    assert_eq!(printed(&with_token(&["resume"])), "Messages to customers go on.\n");
    let alone = printed(&run(folder.path(), &["pause", "--stopped"]));
    assert_eq!(alone, "Messages to customers wait until you resume them.\n", "it needs no admin token either");
}

#[test]
fn a_brake_that_cannot_be_pulled_says_how_else() {
    const OTHERWISE: &str = "; `heard pause --stopped` pauses everything in the database itself";
    let folder = tempfile::tempdir().unwrap();
    let tokenless = said(&run(folder.path(), &["pause"]));
    assert!(tokenless.starts_with("heard: admin_token is not set") && tokenless.contains(OTHERWISE), "{tokenless}");

    let heard_there = StandIn::start(|_| (401, json!({"title": "A valid bearer token is needed"})));
    let refused =
        "heard: the running Heard refused the admin token of these settings; if you changed it, restart Heard";
    let pausing = said(&ask(&heard_there, &["pause"]));
    assert!(pausing.starts_with(&format!("{refused}{OTHERWISE}")), "{pausing}");
    for command in [["resume"].as_slice(), &["pause", "--connection", "acme"], &["sessions", "end"]] {
        assert_eq!(said(&ask(&heard_there, command)), refused, "{command:?}");
    }
}

const UNREACHED: &str = "127.0.0.1 could not be reached: the connection was refused; nothing listens there, or a firewall \
                         is between";

#[test]
fn a_running_heard_is_alive_and_a_stopped_one_is_not() {
    let heard_there = StandIn::start(|asked| (if asked == "GET /healthz" { 200 } else { 404 }, json!({})));
    assert_eq!(printed(&ask(&heard_there, &["check", "--alive"])), "Heard is alive.\n");

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stopped = StandIn { address: nobody, asked: Arc::default() };
    assert_eq!(said(&ask(&stopped, &["check", "--alive"])), format!("heard: {UNREACHED}"));
    let escalated = said(&ask(&stopped, &["escalate", "acme", "7"]));
    assert_eq!(escalated, format!("heard: heard serve does not answer at http://{nobody}: {UNREACHED}"));
}

#[test]
fn a_port_that_is_taken_is_said_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let serve = |listen: &str| said(&heard(folder.path(), &["serve"]).env("HEARD_LISTEN", listen).output().unwrap());
    let (port, said) = (address.port(), serve(&address.to_string()));
    assert!(said.contains(&format!("port {port} of 127.0.0.1 is taken by another program")), "{said}");
    assert!(said.contains("set listen to another port"), "{said}");
    let elsewhere = serve("192.0.2.1:8080");
    assert!(elsewhere.contains("does not have the address 192.0.2.1; set listen to"), "{elsewhere}");
}

#[test]
fn a_helpdesk_that_does_not_let_us_in_is_said_in_one_sentence() {
    let helpdesk = StandIn::start(|_| (401, json!({"error": "Couldn't authenticate you"})));
    let folder = tempfile::tempdir().unwrap();
    let settings = format!(
        "database = \"sqlite:heard.db\"\n[[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nurl = \"http://{}\"\n\
         user = \"heard@acme.test\"\ntoken = \"wrong\"\nwebhook_secret = \"a-secret-of-the-tests\"\n",
        helpdesk.address
    );
    std::fs::write(folder.path().join("heard.toml"), settings).unwrap();
    let output = heard(folder.path(), &["check"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let printed = text(&output.stdout);
    let sentence = format!(
        "WRONG  connection acme: http://{} does not let us in (answered 401: Couldn't authenticate you); check the \
         connection's user and token",
        helpdesk.address
    );
    assert!(printed.replace("/ does", " does").contains(&sentence), "{printed}");
    assert!(!printed.contains('{'), "no raw answer: {printed}");
    assert_eq!(helpdesk.asked().len(), 1, "whatever else was asked would fail for the same reason: {printed}");
    assert_eq!(printed.matches("does not let us in").count(), 1, "{printed}");
    assert!(text(&output.stderr).contains("one finding needs somebody"), "{}", text(&output.stderr));
}

#[test]
fn the_description_of_the_api_is_printed_as_yaml_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = printed(&run(folder.path(), &["openapi"]));
    let json: Value = serde_json::from_str(&printed(&run(folder.path(), &["openapi", "--json"]))).unwrap();
    let paths: Vec<&str> =
        yaml.lines().filter_map(|line| line.strip_prefix("  ").filter(|path| path.starts_with('/'))).collect();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        assert!(json["paths"].get(path.trim_end_matches(':')).is_some(), "{path} is in both");
    }
}
