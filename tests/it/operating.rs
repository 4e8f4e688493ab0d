//! What operators build on: every metric has a row, the alerts, the dashboard and the pages speak of what is there, and the metrics
//! are kept up by themselves.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    net::TcpListener,
    path::Path,
    process::Command,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use heard::{
    base::{
        clock::Clock,
        metric::{METRICS, MetricKind},
    },
    cli::running::{HeardInstance, Start},
    flow::gauges,
    settings::{SECTIONS, Settings, Variables, variable_name},
};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio::runtime::Handle;

use crate::{
    databases,
    documents::{expect_document, read},
    source::files,
    world::{ADMIN, Options, World},
};

/// Where each metric is counted: its labels, by its name.
fn counted() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files(&["src"], &["rs"]) {
        let text = read(&path.display().to_string());
        for call in ["counter!(", "gauge!(", "histogram!("] {
            for rest in text.split(call).skip(1) {
                let Some(name) = rest.trim_start().strip_prefix("\"heard_").and_then(|name| name.split('"').next())
                else {
                    continue;
                };
                let ends = [".increment(", ".set(", ".record("].iter().filter_map(|end| rest.find(end)).min().unwrap();
                let labels = rest[..ends].rsplit("\" =>").skip(1).filter_map(|label| label.rsplit('"').next());
                found.entry(format!("heard_{name}")).or_default().extend(labels.map(str::to_owned));
            }
        }
    }
    found
}

#[test]
fn every_metric_that_is_counted_has_a_row_and_every_row_is_counted() {
    let rows: BTreeMap<String, BTreeSet<String>> = METRICS
        .iter()
        .map(|metric| (metric.name.to_owned(), metric.labels.iter().map(|label| (*label).to_owned()).collect()))
        .collect();
    assert_eq!(rows, counted());
    assert!(METRICS.is_sorted_by_key(|metric| metric.name), "they are in order");
}

#[test]
fn the_page_of_metrics_lists_every_metric() {
    let mut page = String::from(
        "# Metrics\n\n<!-- Written by `UPDATE=1 cargo test --test it` from src/base/metric.rs. Change it there. -->\n\n\
         `/metrics` has these numbers in Prometheus' text format. [operating.md](operating.md) says how to collect them, with alerts \
         and a dashboard. Each process counts by itself: add counters and histograms of several processes up, and take the largest \
         of a gauge, because every process looks at the same database.\n\n\
         | metric | kind | labels | what it means |\n|---|---|---|---|\n",
    );
    for metric in METRICS {
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, kind) = (metric.name, metric.kind.as_str());
        writeln!(page, "| `{name}` | {kind} | {} | {} |", labels.join(", "), metric.about).unwrap();
    }
    expect_document("docs/metrics.md", &page);
}

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("heard_")).collect()
}

fn is_a_metric(name: &str) -> bool {
    METRICS.iter().any(|metric| match metric.kind {
        MetricKind::Histogram => {
            name.strip_prefix(metric.name).is_some_and(|part| ["_bucket", "_sum", "_count"].contains(&part))
        }
        _ => name == metric.name,
    })
}

#[test]
fn alerts_and_dashboard_ask_for_metrics_that_are_there() {
    for file in ["deploy/prometheus-alerts.yml", "deploy/grafana-heard.json"] {
        let text = read(file);
        let names = named(&text);
        assert!(names.len() > 8, "{file} asks for {names:?}");
        let unknown: Vec<_> = names.into_iter().filter(|name| !is_a_metric(name)).collect();
        assert!(unknown.is_empty(), "{file} asks for metrics that are not there: {unknown:?}");
    }
    let page = read("docs/operating.md");
    let alerts = read("deploy/prometheus-alerts.yml");
    let names: Vec<_> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(names.len() > 5, "{names:?}");
    for alert in names {
        assert!(page.contains(&format!("`{alert}`")), "docs/operating.md does not say what to do about {alert}");
    }
}

#[test]
fn every_panel_of_the_dashboard_has_a_name_and_a_question_of_its_own() {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana-heard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut titles = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for panel in panels.iter().filter(|panel| panel["type"] != "row") {
        assert!(titles.insert(panel["title"].as_str().unwrap()), "{panel}");
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let asked = panel["targets"].as_array().unwrap();
        assert!(
            !asked.is_empty() && asked.iter().all(|one| !named(one["expr"].as_str().unwrap()).is_empty()),
            "{panel}"
        );
    }
    assert!(titles.len() > 8, "{titles:?}");
}

/// The variables of Heard in a text: `HEARD_LISTEN` and so on.
fn variables(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("HEARD_")).collect()
}

#[test]
fn what_operators_are_told_to_set_is_a_setting() {
    let single = SECTIONS.iter().filter(|section| !section.many);
    let specs = single.flat_map(|section| section.settings.iter().map(|spec| variable_name(section.name, spec.name)));
    let mut known: BTreeSet<String> = specs.collect();
    known.insert("HEARD_CONFIG".to_owned());
    // Of a section that stands several times, the one that is meant stands between.
    let of_several = |variable: &str| {
        SECTIONS.iter().filter(|section| section.many).any(|section| {
            let begins = variable.starts_with(&variable_name(section.name, ""));
            let ends = |name: &str| variable.ends_with(&variable_name("", name).replacen("HEARD", "", 1));
            begins && section.settings.iter().any(|spec| ends(spec.name))
        })
    };
    let deployed = files(&["deploy"], &["yaml", "service", "conf"]);
    for path in deployed.into_iter().chain(["Dockerfile", "docs/operating.md", "README.md"].map(Into::into)) {
        let text = read(&path.display().to_string());
        for variable in variables(&text) {
            let is_known = known.contains(variable) || of_several(variable);
            assert!(is_known, "{}: {variable} sets nothing", path.display());
        }
    }
}

#[test]
fn the_examples_on_the_page_for_operators_are_read() {
    let page = read("docs/operating.md");
    let folder = tempfile::tempdir().unwrap();
    let secrets = ["HEARD_ADMIN_TOKEN", "HEARD_GITHUB_WEBHOOK_SECRET", "ZENDESK_TOKEN", "ZENDESK_WEBHOOK_SECRET"];
    let given: Variables =
        secrets.into_iter().map(|name| (name.to_owned(), "a-secret-of-the-tests".to_owned())).collect();
    let examples: Vec<_> = page.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!examples.is_empty());
    for example in examples {
        for file in example.split("\"file:").skip(1).filter_map(|rest| rest.split('"').next()) {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "a-secret-of-the-tests").unwrap();
        }
        let read = Settings::parse(example, "docs/operating.md", folder.path(), given.clone());
        assert!(read.is_ok(), "{:?}\n{example}", read.err());
    }
}

#[test]
fn every_command_that_operators_are_told_to_run_is_there() {
    let help = Command::new(env!("CARGO_BIN_EXE_heard")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let known: BTreeSet<_> = help.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let page = read("docs/operating.md");
    let code = page.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("heard ")?.split(' ').next());
    let told: BTreeSet<_> = code.filter(|word| word.chars().all(|c| c.is_ascii_lowercase())).collect();
    assert!(told.len() > 4, "{told:?}");
    for word in told {
        assert!(known.contains(word), "there is no `heard {word}`: {known:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gauges_say_what_waits_and_what_fails() {
    databases::for_each(async |database| {
        let options = Options { tell: "shipped = \"draft\"", ..Options::default() };
        let world = World::with(database, options).await;
        let complaint = world.an_escalated_complaint().await;
        world.ships(complaint.issue, "v2.4.0");
        world.update_that_is("shipped", "draft").await;
        world.settles().await;
        world.is_swept().await;
        world.does("/api/v1/pauses", &json!({})).await;
        // The recorder of this process is every test's, so these numbers go to one of their own.
        let recorder = PrometheusBuilder::new().build_recorder();
        let shown = recorder.handle();
        tokio::task::block_in_place(|| {
            metrics::with_local_recorder(&recorder, || Handle::current().block_on(gauges::look(world.app())).unwrap());
        });
        let text = shown.render();
        for line in [
            "heard_pauses 1",
            "heard_updates{state=\"draft\"} 1",
            "heard_updates{state=\"failed\"} 0",
            "heard_failures{state=\"given_up\"} 0",
            "heard_deliveries_waiting 0",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
        for gauge in METRICS.iter().filter(|metric| metric.kind == MetricKind::Gauge) {
            assert!(text.lines().any(|line| line.starts_with(gauge.name)), "{} is not in\n{text}", gauge.name);
        }
        assert!(text.contains("heard_sweep_age_seconds{source=\"helpdesk:acme\"}"), "{text}");
        assert!(text.contains("heard_sweep_age_seconds{source=\"github:acme/product\"}"), "{text}");
    })
    .await;
}

/// Histograms keep every value until they are shown, so a Heard that nobody collects from would grow without end.
#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_kept_up_where_no_collector_asks() {
    let database = databases::sqlite();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let toml = format!(
        "listen = \"{listen}\"\ndatabase = {:?}\nadmin_token = {ADMIN:?}\n[grouping]\nmodel = \"none\"\n",
        database.url
    );
    let settings = Settings::parse(&toml, "heard.toml", Path::new("."), Variables::default()).unwrap().settings;
    let (shown, looks) = mpsc::channel();
    let shown = Mutex::new(shown);
    let metrics: heard::web::Metrics = Arc::new(move || {
        let _ = shown.lock().unwrap().send(());
        String::new()
    });
    let start = Start { settings, listener, clock: Clock::system(), eager: true, metrics, workers: Some(1) };
    let heard = HeardInstance::start(start).await.unwrap();
    let twice = move || (0..2).all(|_| looks.recv_timeout(Duration::from_secs(30)).is_ok());
    assert!(tokio::task::spawn_blocking(twice).await.unwrap());
    heard.stop().await.unwrap();
}

/// The first parts of the addresses that hold a key, by the list of all that Heard serves: `c`, `hooks` and so on.
fn parts_with_keys() -> BTreeSet<String> {
    let page = read("docs/access.md");
    let addresses = page.lines().filter_map(|line| line.split('`').nth(1));
    let with_keys = addresses.filter(|address| address.contains("{token}") || address.contains("{secret}"));
    with_keys.filter_map(|address| address.split('/').nth(1)).map(str::to_owned).collect()
}

/// A server's locations: what stands behind `location`, and what stands in it.
fn locations(server: &str) -> Vec<(&str, &str)> {
    let found = server.split("location ").skip(1).filter_map(|rest| rest.split_once('{'));
    found.map(|(begins, rest)| (begins.trim(), rest.split('}').next().unwrap_or_default())).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
}

/// nginx writes the line of a request into its error log whenever Heard is being restarted or a body is too large, and whoever
/// typed http:// into its access log.
#[test]
fn no_log_of_the_proxy_has_a_key() {
    let text = read("deploy/nginx.conf");
    let servers: Vec<&str> = text.split("\nserver {").skip(1).collect();
    assert_eq!(servers.len(), 2);
    let keys = parts_with_keys();
    for known in ["c", "hooks", "invitation"] {
        assert!(keys.contains(known), "{known} is not in {keys:?}");
    }
    let page = read("docs/operating.md");
    let said = page.lines().skip_while(|line| !line.starts_with("- **Logs**"));
    let said = said.take_while(|line| !line.starts_with("- **`public_url`")).collect::<Vec<_>>().join(" ");
    for key in &keys {
        for server in &servers {
            let is_for = |begins: &str| !begins.starts_with('=') && words(begins).any(|word| word == key);
            let block = locations(server).into_iter().find(|(begins, _)| is_for(begins)).map(|(_, block)| block);
            let block = block.unwrap_or_else(|| panic!("/{key}/ is logged like any other address: {server}"));
            assert!(block.contains("access_log off;"), "{block}");
            assert!(block.contains("error_log /dev/null"), "the request's line stands in the error log too: {block}");
        }
        assert!(
            said.contains(&format!("/{key}/")),
            "docs/operating.md leaves /{key}/ in the log of another proxy: {said}"
        );
    }
    let caddy = read("deploy/Caddyfile");
    assert!(
        caddy.contains("http.log.error"),
        "Caddy logs the address of what it could not pass on, unless it is told not to"
    );
}
