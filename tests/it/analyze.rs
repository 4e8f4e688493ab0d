//! `heard analyze` as a user runs it.

use std::process::{Command, Output};

use serde_json::Value;

fn analyze(file: &str, content: impl AsRef<[u8]>, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    std::fs::write(&path, content).unwrap();
    Command::new(env!("CARGO_BIN_EXE_heard"))
        .args(["analyze", path.to_str().unwrap(), "--model", "none"])
        .args(more)
        .output()
        .unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

const TICKETS: &str = r#"{"id":"a","created_at":"2025-01-01T10:00:00Z","subject":"Export to CSV crashes with error 500","body":"It stops at half of the rows."}
{"id":"b","created_at":"2025-01-02T10:00:00Z","subject":"Cannot log in after the password reset","body":"The link says expired."}
{"id":"c","created_at":"2025-01-03T10:00:00Z","subject":"Export to CSV crashes with error 500","body":"It stops at half of the rows."}
"#;

#[test]
fn every_ticket_gets_one_line_in_file_order() {
    let found = lines(&analyze("t.jsonl", TICKETS, &["--json"]));
    let ids: Vec<&str> = found.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    assert_eq!(found[2]["topic"], "a");
    assert_eq!(found[2]["decision"], "join");
    assert_eq!(found[2]["candidates"][0]["ticket"], "a");
    assert_eq!(found[0]["decision"], "new");
    assert!(found.iter().all(|line| ["bug", "feature_request", "question"].contains(&line["kind"].as_str().unwrap())));
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let run = || analyze("t.jsonl", TICKETS, &["--json"]).stdout;
    assert_eq!(run(), run());
}

#[test]
fn a_spreadsheet_with_semicolons_and_quotes_in_windows_1252_is_read() {
    let csv = b"Ticket ID;Created at;Title;Description;Colour\n1;2025-01-01 10:00;\"Caf\xe9; the \"\"menu\"\" fails\";\"two\nlines\";red\n2;2025-01-02 10:00;Other;thing;blue\n";
    let found = lines(&analyze("t.csv", csv, &["--json"]));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["id"], "1");
}

#[test]
fn a_bad_line_is_named_by_its_number_and_skipped() {
    let output = analyze("t.jsonl", format!("not json\n{TICKETS}"), &["--json"]);
    assert!(output.status.success());
    assert_eq!(lines(&output).len(), 3);
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 1 was skipped"));
}

#[test]
fn an_answer_overrules_what_was_decided() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.jsonl");
    std::fs::write(&answers, "{\"id\":\"b\",\"same_as\":\"a\"}\n{\"id\":\"c\",\"same_as\":null}\n").unwrap();
    let found = lines(&analyze("t.jsonl", TICKETS, &["--json", "--answers", answers.to_str().unwrap()]));
    assert_eq!(found[1]["topic"], "a");
    assert_eq!(found[1]["decision"], "new", "the decision stays what it was before the answer");
    assert_eq!(found[2]["topic"], "c");
}

#[test]
fn the_report_and_the_page_speak_of_what_came_up_most() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let output = analyze("t.jsonl", TICKETS, &["--html", page.to_str().unwrap()]);
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(report.contains("3 tickets") && report.contains("Export to CSV crashes"), "{report}");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Export to CSV crashes"));
    assert!(!page.contains("<script") && !page.contains("http"), "it loads nothing");
}

#[test]
fn a_subject_with_markup_stays_text_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let line = |id: &str| {
        format!(
            "{{\"id\":\"{id}\",\"subject\":\"<script>alert(1)</script> export crashes again today\",\"body\":\"\"}}\n"
        )
    };
    analyze("t.jsonl", line("a") + &line("b"), &["--html", page.to_str().unwrap()]);
    assert!(!std::fs::read_to_string(page).unwrap().contains("<script>"));
}

#[test]
fn a_file_without_tickets_is_an_error_in_one_sentence() {
    let output = analyze("t.jsonl", "nonsense\n", &["--json"]);
    assert!(!output.status.success());
    let output = analyze("t.csv", "colour,size\nred,1\n", &["--json"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no column named subject or body"));
}
