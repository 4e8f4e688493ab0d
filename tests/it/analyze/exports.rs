//! Exports as people have them: whatever a helpdesk calls its columns, saves its lists in, and writes its dates like.

use serde_json::json;

use super::{analyze, lines};

fn report(file: &str, content: impl AsRef<[u8]>, more: &[&str]) -> String {
    let output = analyze(file, content, more);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{file}: {said}");
    // As one line, however it is wrapped.
    String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The ids that are read, in order.
fn ids(file: &str, content: impl AsRef<[u8]>, more: &[&str]) -> Vec<String> {
    let output = analyze(file, content, &[&["--json"][..], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    lines(&output).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn saved_answers_of_an_api_are_read_wherever_their_list_is() {
    let ticket = |id: u32| json!({"id": id, "subject": format!("Export number {id} fails")});
    let answers = [
        // GitHub's search.
        json!({"total_count": 2, "incomplete_results": false, "items": [
            {"id": 1, "title": "Export fails", "user": {"login": "ada", "id": 5}, "labels": [{"id": 9, "name": "bug"}]},
            {"id": 2, "title": "Login loops", "user": {"login": "bob", "id": 6}, "labels": []},
        ]}),
        // Intercom.
        json!({"type": "conversation.list", "pages": {"next": null, "page": 1}, "total_count": 2, "conversations": [
            {"id": "1", "source": {"id": "7", "subject": "Export fails", "author": {"type": "user", "email": "ada@x.test"}}},
            {"id": "2", "source": {"id": "8", "subject": "Login loops", "author": {"type": "user", "email": "bob@x.test"}}},
        ]}),
        // Jira.
        json!({"expand": "schema,names", "startAt": 0, "issues": [
            {"id": "1", "fields": {"summary": "Export fails", "reporter": {"emailAddress": "ada@x.test"}}},
            {"id": "2", "fields": {"summary": "Login loops", "reporter": {"emailAddress": "bob@x.test"}}},
        ]}),
        // Freshdesk.
        json!({"total": 2, "results": [
            {"id": 1, "subject": "Export fails", "description": "<p>At half.</p>", "requester_id": 5},
            {"id": 2, "subject": "Login loops", "description": "<p>Again.</p>", "requester_id": 6},
        ]}),
    ];
    for answer in &answers {
        for text in [answer.to_string(), serde_json::to_string_pretty(answer).unwrap()] {
            assert_eq!(ids("t.json", &text, &[]), ["1", "2"], "{text}");
            assert!(report("t.json", &text, &[]).contains("2 tickets of 2 customers"), "{text}");
        }
    }
    let pages = json!({"users": [{"id": 9, "name": "Ada"}], "tickets": [ticket(1), ticket(2)], "next_page": null});
    let more = json!({"users": [], "tickets": [ticket(3)]});
    assert_eq!(ids("t.json", format!("{pages}\n{more}"), &[]), ["1", "2", "3"]);
}

#[test]
fn columns_are_known_by_the_words_of_their_names_and_the_report_says_which_was_taken_for_what() {
    let csv = "Ticket ID,Requester,Requester email,Ticket name,Created At (UTC),Priority\n\
               1,Kim Roe,kim@x.test,Export of the year fails,2026-10-01 10:00:00,low\n\
               2,Kim Roe,kim@y.test,Cannot sign in at all,2026-10-02 10:00:00,high\n";
    let said = report("t.csv", csv, &[]);
    assert!(said.contains("2 tickets of 2 customers, 1 October 2026 to 2 October 2026"), "{said}");
    assert!(said.contains(r#""Ticket name" for the subject"#) && said.contains(r#"Left out "Priority""#), "{said}");
    assert!(said.contains(r#""Requester email", else "Requester" for the customer"#), "{said}");

    for (heading, customers) in [
        ("id,Requestors,Subject,createdAt", "2 customers"),
        ("Case Number,Contact Name,Subject,Date/Time Opened", "2 customers"),
        ("Ticket ID,Associated Contact,Ticket name,Create date", "2 customers"),
        ("number,caller_id,short_description,sys_created_on", "2 customers"),
        ("Bug ID,Reporter,Summary,Opened", "2 customers"),
    ] {
        let rows = "1,ada@x.test,Export fails,2026-10-01 10:00\n2,bob@x.test,Login loops,2026-10-02 10:00\n";
        let said = report("t.csv", format!("{heading}\n{rows}"), &[]);
        assert!(said.contains(customers) && said.contains("1 October 2026 to 2 October 2026"), "{heading}: {said}");
    }
}

/// Jira has a column for each of several values, and writes what people called their fields into brackets.
#[test]
fn a_column_that_is_there_several_times_is_named_once_and_fields_of_their_own_are_told_apart() {
    let csv = "Summary,Issue key,Reporter,Sprint,Sprint,Sprint,Custom field (Organizations),Custom field (Trouble)\n\
               Export fails,S-1,ada,1,2,,Initech,The export stops\nLogin loops,S-2,bob,1,,,Acme,The login is in a loop\n";
    let said = report("t.csv", csv, &[]);
    assert!(said.contains("2 tickets of 2 customers in 2 organizations"), "{said}");
    assert!(said.contains(r#"Left out "Sprint", "Custom field (Trouble)"."#), "{said}");
    let said = report("t.csv", csv, &["--column", "body=Custom field (Trouble)"]);
    assert!(said.contains(r#""Custom field (Trouble)" for the body"#), "{said}");
    assert!(said.contains(r#""Custom field (Organizations)" for the organization"#), "{said}");
}

#[test]
fn somebody_says_which_column_is_what() {
    let csv = "nr,Worum geht es?,Wer\n1,Export bricht ab,ada@x.test\n2,Anmeldung geht nicht,bob@x.test\n";
    let output = analyze("t.csv", csv, &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("--column subject=NAME"), "{said}");
    let named = ["--column", "subject=worum geht es", "--column", "customer=Wer"];
    assert_eq!(ids("t.csv", csv, &named), ["1", "2"]);
    assert!(report("t.csv", csv, &named).contains("2 customers"));
    for (wrong, why) in
        [("subject=Betreff", "no column named Betreff"), ("wer=Wer", "is none of"), ("Wer", "WHAT=NAME")]
    {
        let output = analyze("t.csv", csv, &["--column", wrong]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(why), "{wrong}: {said}");
    }
    let jsonl = r#"{"id": 1, "custom": {"topic_line": "Export fails"}}"#;
    assert_eq!(ids("t.jsonl", jsonl, &["--column", "subject=custom.topic_line"]), ["1"]);
}

#[test]
fn dates_are_read_as_their_whole_column_makes_sense() {
    for (first, last) in [
        ("1.10.26 14:05", "13.10.26 9:00"),
        ("01/Oct/26 14:00", "13/Oct/26 09:00"),
        ("10/1/26 14:05", "10/13/26 09:00"),
        ("Thu Oct 01 2026 14:05:00 GMT+0200 (Central European Summer Time)", "Tue Oct 13 2026 14:05:00 GMT+0200"),
        ("46296.5868", "46308.5"),
        ("1790863500.0", "1791900000.0"),
        ("\"October 1, 2026 10:00 AM\"", "\"October 13, 2026 10:00 AM\""),
        ("2026-10-01 10:00:00 CET", "2026-10-13 10:00:00 CET"),
    ] {
        let csv = format!("id,subject,created\n1,Export fails,{first}\n2,Login loops,{last}\n");
        let said = report("t.csv", csv, &[]);
        assert!(said.contains("1 October 2026 to 13 October 2026"), "{first}: {said}");
    }
    let said = report("t.csv", "id,subject,created\n1,Export fails,0026-01-10\n2,Login loops,n/a\n", &[]);
    assert!(said.contains("The file has no dates"), "{said}");
}

#[test]
fn a_code_page_is_guessed_and_said_and_somebody_may_say_another() {
    let japanese = "番号,件名,内容\n1,請求書が印刷できません,昨日から請求書の印刷ボタンを押しても何も起きません\n\
                    2,請求書が印刷できません,昨日から請求書の印刷ボタンを押しても何も起きません\n";
    let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(japanese);
    let said = report("t.csv", &bytes, &[]);
    assert!(said.contains("請求書が印刷できません") && said.contains("Read as Shift_JIS"), "{said}");
    let polish = "Numer;Temat;Treść\n1;Nie można wysłać wiadomości;Po kliknięciu pojawia się błąd, proszę o pomoc\n\
                  2;Nie można wysłać wiadomości;Po kliknięciu pojawia się błąd, proszę o pomoc\n";
    let (bytes, _, _) = encoding_rs::WINDOWS_1250.encode(polish);
    for more in [vec![], vec!["--encoding", "cp1250"]] {
        let said = report("t.csv", &bytes, &more);
        assert!(said.contains("Nie można wysłać wiadomości") && said.contains("windows-1250"), "{said}");
    }
    let output = analyze("t.csv", &bytes, &["--encoding", "klingon"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("klingon is no known encoding"));
}

#[test]
fn a_table_begins_where_its_heading_is_whatever_separates_its_cells() {
    for table in [
        "sep=;\r\nid;subject;email\r\n1;Export, fails;a@x.test\r\n2;Other;b@x.test\r\n",
        "id|subject|email\n1|Export, fails|a@x.test\n2|Other|b@x.test\n",
        "Open tickets of October\n\nid,subject,email\n1,\"Export, fails\",a@x.test\n2,Other,b@x.test\n",
        "Summary;;\nid;subject;email\n1;Export, fails;a@x.test\n2;Other;b@x.test\n",
    ] {
        assert_eq!(ids("t.csv", table, &[]), ["1", "2"], "{table}");
    }
    let output = analyze("t.csv", "Tickets\nid,subject\n1,\n2,Other\n", &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("line 3 was skipped"), "lines are counted from the beginning of the file: {said}");
}

#[test]
fn utf_16_without_a_mark_is_read_and_said() {
    let csv = "id\tsubject\temail\r\n1\tExport fails\ta@x.test\r\n2\tLogin loops\tb@x.test\r\n";
    for bytes in [
        csv.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(),
        csv.encode_utf16().flat_map(u16::to_be_bytes).collect(),
    ] {
        assert_eq!(ids("t.csv", &bytes, &[]), ["1", "2"]);
        let said = report("t.csv", &bytes, &[]);
        assert!(said.contains("2 tickets of 2 customers") && said.contains("Read as UTF-16"), "{said}");
    }
}

#[test]
fn what_stands_for_nothing_is_nobody_and_no_company() {
    for nothing in ["-", "null", "N/A", "NaN", "\\N"] {
        let csv = format!(
            "id,subject,requester email,organization\n\
             {nothing},Export fails,ada@x.test,Initech\n{nothing},Login loops,{nothing},{nothing}\n\
             {nothing},Menu is gone,{nothing},{nothing}\n"
        );
        let said = report("t.csv", &csv, &[]);
        assert!(said.contains("3 tickets of 1 customer in 1 organization"), "{nothing}: {said}");
        assert_eq!(ids("t.csv", &csv, &[]), ["line-2", "line-3", "line-4"], "{nothing}");
    }
    let json = r#"[{"subject": "Export fails", "requester": {"email": "null"}}, {"subject": "Login loops"}]"#;
    assert!(report("t.json", json, &[]).contains("Read: 2 tickets, from"));
}

#[test]
fn tickets_without_an_id_are_told_apart_though_all_stand_in_one_line() {
    let json = r#"[{"subject": "Export fails"}, {"subject": "Login loops"}, {"subject": "Menu is gone"}]"#;
    assert_eq!(ids("t.json", json, &[]), ["line-1", "line-1-2", "line-1-3"]);
}

#[test]
fn a_customer_is_one_however_their_address_is_written() {
    let csv = "id,subject,requester\n1,Export fails,ada@x.test\n2,Login loops,Ada@X.test\n\
               3,Menu is gone,Ada Roe <ada@x.test>\n4,Page is blank,Bob Moor\n";
    let said = report("t.csv", csv, &[]);
    assert!(said.contains("4 tickets of 2 customers"), "{said}");
}

#[test]
fn a_heading_that_stands_in_the_middle_of_a_file_is_no_ticket() {
    let csv = "ID,Subject,Email\n1,Export fails,a@x.test\nID,Subject,Email\n2,Login loops,b@x.test\n\
               \u{feff}\"ID\",\"Subject\",\"Email\"\n3,Menu is gone,c@x.test\n";
    assert_eq!(ids("t.csv", csv, &[]), ["1", "2", "3"]);
    let said = report("t.csv", csv, &[]);
    assert!(said.contains("3 tickets of 3 customers") && said.contains("it is the heading again"), "{said}");
    assert_eq!(ids("t.csv", "subject\nsubject\n", &[]).len(), 1, "a single word may be what somebody wrote");
}

#[test]
fn lines_whose_cells_do_not_fit_the_heading_are_said() {
    let heading = "id,subject,body,email\n1,Export fails,\"It stops,\nhalf-way\",a@x.test\n";
    assert!(!report("t.csv", heading.to_owned() + "2,Login loops\n", &[]).contains("do not fit"));
    for (row, line) in [
        // A comma that is not in quotes.
        ("2,Login loops, and the menu is gone,It stops,b@x.test\n3,Menu,x,c@x.test\n", 4),
        // A quote that is not closed takes what follows into its cell.
        ("2,Menu,x,c@x.test\n3,\"Login loops,It stops,b@x.test\n4,Page is blank,x,d@x.test\n", 5),
    ] {
        let said = report("t.csv", heading.to_owned() + row, &[]);
        assert!(said.contains(&format!("The cells of line {line} do not fit the heading")), "{row}: {said}");
    }
    let twice = "2,Login loops, here,x,b@x.test\n3,Menu, too,x,c@x.test\n";
    let said = report("t.csv", heading.to_owned() + twice, &[]);
    assert!(said.contains("The cells of 2 lines do not fit the heading, first those of line 4"), "{said}");
}

#[test]
fn what_is_written_in_html_is_read_as_people_see_it() {
    let body = "<div>Hello,</div><div>The yearly export doesn&#39;t finish&nbsp;at night.</div>\
                <div>Best regards<br>Ada</div>";
    let ticket = |id: usize| json!({"id": id, "subject": "R&amp;D export", "description": body});
    let said = report("t.json", json!([ticket(1), ticket(2)]).to_string(), &[]);
    assert!(said.contains("R&D export") && said.contains("doesn't finish at night"), "{said}");
    for unseen in ["&amp;", "&#39;", "nbsp", "<div>", "Best regards"] {
        assert!(!said.contains(unseen), "{unseen}: {said}");
    }
}

#[test]
fn subjects_in_encoded_words_are_decoded() {
    let csv = "id,subject\n1,=?UTF-8?Q?Kvie=C4=8Diame_pasi=C5=BEad=C4?= =?UTF-8?Q?=97jim=C5=B3?=\n\
               2,=?UTF-8?B?S3ZpZcSNaWFtZSBwYXNpxb5hZMSXamltxbM=?=\n";
    let said = report("t.csv", csv, &[]);
    assert!(said.contains("Kviečiame pasižadėjimų") && !said.contains("=?"), "{said}");
}

#[test]
fn a_boss_reads_first_what_to_fix_and_how_many_hear_of_it() {
    let topics = [
        "The export crashes with error 500 every time",
        "The invoice is broken and shows a wrong total",
        "Sign in fails with an error since the update",
    ];
    let csv = (0..15).fold("id,subject,requester email\n".to_owned(), |csv, id| {
        csv + &format!("{id},{},c{}@x.test\n", topics[id % 3], id % 12)
    });
    let said = report("t.csv", csv, &[]);
    assert!(said.contains("If you fix these three, 12 customers hear from you:"), "{said}");
    assert!(said.contains("The export crashes with error 500 every time (bug, "), "{said}");
}

#[test]
fn nobody_is_named_in_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let row = |id: usize| {
        format!(
            "{id},Ada Lovelace,ada@initech.test,Tess Moor,\"Export of Lovelace fails\",\"My name is Kim Roe. The yearly \
             export stops at half, as Tess and Ada said.\"\n"
        )
    };
    let csv = "id,Requester name,Requester email,Assignee,Subject,Description\n".to_owned() + &row(1) + &row(2);
    let said = report("t.csv", csv, &["--html", page.to_str().unwrap()]);
    let page = std::fs::read_to_string(page).unwrap();
    for text in [&said, &page] {
        assert!(text.contains("Export of […] fails"), "{text}");
        for name in ["Lovelace", "Ada", "Tess", "Kim Roe", "initech"] {
            assert!(!text.contains(name), "{name}: {text}");
        }
    }
}

#[test]
fn nobody_is_named_whose_name_is_in_a_column_that_tells_nobody_apart() {
    let row = |id: usize| {
        format!(
            "{id},Ada,Lovelace,7,Export of Lovelace fails,The yearly export stops at half for all of us and for Ada.\n"
        )
    };
    for (heading, more) in [
        ("id,First name,Last name,Account number,Subject,Description\n", vec![]),
        ("id,Contact,Reporter,Kunde,Subject,Description\n", vec!["--column", "customer=Kunde"]),
    ] {
        let said = report("t.csv", heading.to_owned() + &row(1) + &row(2), &more);
        assert!(said.contains("Export of […] fails"), "{heading}{said}");
        assert!(!said.contains("Lovelace") && !said.contains("Ada"), "{heading}{said}");
    }
}

#[test]
fn no_label_of_the_chart_stands_on_another() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let csv = (1..=24).fold("id,subject,created\n".to_owned(), |csv, day| {
        csv + &format!("{day},Export number {day} fails,2026-03-{day:02} 10:00\n")
    });
    report("t.csv", csv, &["--html", page.to_str().unwrap()]);
    let page = std::fs::read_to_string(page).unwrap();
    let chart = page.split_once("class=\"chart\"").unwrap().1.split_once("</svg>").unwrap().0;
    let places = |y: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let texts = chart.split("<text ").filter(|text| text.contains("text-anchor=\"middle\"") && y(text));
        texts.map(|text| text.split_once(" x=\"").map_or(text, |(_, x)| x)).map(number).collect()
    };
    for places in
        [places(&|text: &str| text.starts_with("class=\"on\"")), places(&|text: &str| text.contains("y=\"184\""))]
    {
        assert!(places.len() > 5 && places.windows(2).all(|two| two[1] - two[0] >= 34), "{places:?}");
    }
}

/// The number at the beginning, behind what may stand before it.
fn number(text: &str) -> usize {
    let digits = text.trim_start_matches("x=\"").chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap()
}
