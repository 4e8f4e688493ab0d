//! `heard analyze` as a user runs it.

mod exports;

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

/// Tickets of a few problems in many words, some of them the same text again.
fn many_tickets(count: usize) -> String {
    let words =
        ["export", "invoice", "login", "password", "refund", "printer", "crash", "mobile", "sync", "report", "slow"];
    let word = |seed: usize| words[seed * 7919 % words.len()];
    let ticket = |number: usize| {
        let (problem, told) = (number * 31 % 17, number % 5);
        let body = (0..20).map(|at| word(problem * 13 + at * told)).collect::<Vec<_>>().join(" ");
        let subject = format!("{} {} fails in {}", word(problem), word(problem * 3 + 1), word(told));
        serde_json::json!({"id": number, "subject": subject, "body": body, "customer": number % 50}).to_string() + "\n"
    };
    (0..count).map(ticket).collect()
}

#[test]
fn however_many_threads_read_the_bytes_are_the_same() {
    let run = |threads: &str| analyze("t.jsonl", many_tickets(600), &["--json", "--threads", threads]).stdout;
    let one = run("1");
    assert!(one.len() > 100_000);
    assert_eq!(one, run("2"));
    assert_eq!(one, run("5"));
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
    assert!(report.starts_with("\n67 % of tickets tell of 1 topic that came up more than once."), "{report}");
    assert!(report.contains("3 tickets, 1 January 2025 to 3 January 2025") && report.contains("Export to CSV crashes"));
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("Export to CSV crashes"));
    assert!(!page.contains("<script") && !page.contains("://"), "it loads nothing");
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

#[test]
fn what_is_no_export_is_told_in_one_sentence_with_what_to_do() {
    let refused = |file: &str, content: &[u8], sentence: &str| {
        let output = analyze(file, content, &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && output.stdout.is_empty());
        assert!(said.contains(sentence) && said.lines().count() == 1, "{said}");
    };
    refused("t.csv.gz", b"\x1f\x8b\x08\x00rest", "compressed with gzip; unpack it first");
    refused("t.xlsx", b"PK\x03\x04rest", "save the sheet as CSV");
    refused("t.csv", b"", "it is empty");
    refused("t.csv", b" \n \n", "it is empty");
    let folder = tempfile::tempdir().unwrap();
    let output = analyze("t.jsonl", "", &[]);
    assert!(!output.status.success());
    let heard = |path: &str| Command::new(env!("CARGO_BIN_EXE_heard")).args(["analyze", path]).output().unwrap();
    let said = |path: &str| String::from_utf8_lossy(&heard(path).stderr).into_owned();
    assert!(said(folder.path().to_str().unwrap()).contains("it is a folder"));
    assert!(said(folder.path().join("missing.csv").to_str().unwrap()).contains("No such file"));
}

#[test]
fn tables_of_any_separator_and_encoding_give_the_same_tickets() {
    let csv = "\u{feff}Ticket ID,Created at,Subject,Description,Requester email\r\n1,2025-03-04 10:00:00 UTC,\"Caf\u{e9}, \"\"menu\"\"\",\"two\nlines\",a@x.test\r\n2,2025-03-05 10:00:00 UTC,Other,thing,b@x.test\r\n";
    let ids = |content: Vec<u8>| -> Vec<String> {
        let found = lines(&analyze("t.csv", content, &["--json"]));
        found.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
    };
    let utf_16: Vec<u8> = csv.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let tabs = "id\tsubject\n1\tExport, fails\n2\tOther; thing\n";
    for content in [csv.as_bytes().to_vec(), utf_16, tabs.as_bytes().to_vec()] {
        assert_eq!(ids(content), ["1", "2"]);
    }
}

#[test]
fn what_a_helpdesk_answered_is_read_as_it_was_saved() {
    let saved = "{\"tickets\": [\n {\"id\": 7, \"subject\": \"Export fails\", \"requester\": {\"email\": \"a@x.test\"}},\n {\"id\": 8,\n  \"subject\": \"Other\"}\n], \"count\": 2}";
    let found = lines(&analyze("t.json", saved, &["--json"]));
    assert_eq!(found.iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), ["7", "8"]);
}

#[test]
fn a_ticket_that_came_before_is_skipped_by_its_line() {
    let output = analyze("t.jsonl", TICKETS.to_owned() + TICKETS, &["--json"]);
    assert_eq!(lines(&output).len(), 3);
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 4 was skipped: a ticket with the id a came before"));
}

#[test]
fn a_flood_of_bad_lines_is_told_in_a_few() {
    let output = analyze("t.jsonl", "nonsense\n".repeat(500) + TICKETS, &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.lines().count(), 11, "{said}");
    assert!(said.ends_with("and 490 more lines were skipped\n"));
    assert!(String::from_utf8_lossy(&output.stdout).contains("500 lines could not be read as tickets"));
}

#[test]
fn one_ticket_is_a_report_too() {
    let output = analyze("t.csv", "subject\nExport fails\n", &[]);
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        report.contains("Nothing came up twice in 1 ticket") && report.contains("The file has no dates"),
        "{report}"
    );
}

#[test]
fn the_same_ticket_again_and_again_is_one_topic() {
    let csv = (0..200).fold("id,subject,customer,company\n".to_owned(), |csv, id| {
        csv + &format!("{id},The export of invoices to PDF fails every time,c{},o{}\n", id % 40, id % 8)
    });
    let report = String::from_utf8_lossy(&analyze("t.csv", csv, &[]).stdout).into_owned();
    assert!(report.contains("100 % of tickets tell of 1 topic"), "{report}");
    assert!(report.contains("40 customers in 8 organizations"), "{report}");
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    std::fs::write(&path, many_tickets(600)).unwrap();
    let mut heard = Command::new(env!("CARGO_BIN_EXE_heard"))
        .args(["analyze", path.to_str().unwrap(), "--model", "none", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(heard.stdout.take());
    let output = heard.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn ctrl_c_gives_the_report_of_what_was_done_so_far() {
    use std::io::{BufRead as _, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.jsonl");
    std::fs::write(&path, many_tickets(20_000)).unwrap();
    let mut heard = Command::new(env!("CARGO_BIN_EXE_heard"))
        .args(["analyze", path.to_str().unwrap(), "--model", "none", "--json", "--html"])
        .arg(folder.path().join("page.html"))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(heard.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    Command::new("kill").args(["-INT", &heard.id().to_string()]).status().unwrap();
    let whole = output.lines().all(|line| serde_json::from_str::<Value>(&line.unwrap()).is_ok());
    let ended = heard.wait_with_output().unwrap();
    assert!(whole, "every line is a whole one");
    assert_eq!(ended.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("before the file ended"));
    let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("until it was stopped, not the whole file"));
}

#[test]
fn what_customers_wrote_is_quoted_without_their_addresses() {
    let ticket = |id: usize| {
        let body = "The yearly report stops at half. Call +49 170 1234567 or ada@example.com <b>now</b>.";
        serde_json::json!({"id": id, "subject": "Export of the yearly report fails", "body": body}).to_string() + "\n"
    };
    let tickets = ticket(1) + &ticket(2);
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    analyze("t.jsonl", tickets, &["--html", page.to_str().unwrap()]);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("stops at half. Call […] or […]"), "{page}");
    assert!(!page.contains("ada@example.com") && !page.contains("1234567"));
}
