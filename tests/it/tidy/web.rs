//! `web` decides nothing: a handler reads a request, asks `flow` or reads the store, and shows what it was told.

use std::path::Path;

use super::{Finding, expect_none, lines, read};
use crate::source::files;

/// The file that opens and closes the console's own sessions, which are all that `web` writes.
const SESSIONS: &str = "src/web/auth.rs";

/// The file that says what each state is called, and which icon it has.
const WORDS_OF_STATES: &str = "src/web/ui/states.rs";

/// The page that describes the API. It lists the API's nouns, not what customers wrote, in an order of its own.
const DESCRIPTION: &str = "src/web/api/docs.rs";

/// The types whose variants only that file may tell apart.
const STATES: &[&str] = &["TopicState", "UpdateState", "DeliveryState"];

#[test]
fn web_decides_nothing() {
    let mut findings = lines(&["src/web"], |path, line| {
        let writes = (path != Path::new(SESSIONS)).then(|| writes(line)).flatten();
        let says_only = [WORDS_OF_STATES, DESCRIPTION].iter().any(|home| path == Path::new(home));
        let decides = (!says_only).then(|| decides(line)).flatten();
        writes.into_iter().chain(decides).collect()
    });
    for path in files(&["templates/console", "templates/public"], &["html"]) {
        for (i, line) in read(&path).lines().enumerate() {
            let sentences = decides(line).into_iter();
            findings.extend(sentences.map(|sentence| Finding { path: path.clone(), line: i + 1, sentence }));
        }
    }
    expect_none("A page or a handler decides what belongs to `flow` or `model`:", &findings);
}

/// The folders whose handlers get hold of Heard only by saying which right they are for, and the files in them that anybody may call.
const GUARDED: &[&str] = &["src/web/api", "src/web/console"];
const UNGUARDED: &[&str] =
    &["src/web/console/login.rs", "src/web/console/sign_on.rs", "src/web/console/invitation.rs", "src/web/api/docs.rs"];

#[test]
fn a_handler_gets_hold_of_heard_only_by_a_right() {
    let findings = lines(GUARDED, |path, line| {
        let is_open = UNGUARDED.iter().any(|open| path == Path::new(open));
        (!is_open).then(|| goes_round(line)).flatten().into_iter().collect()
    });
    expect_none("A handler goes round the roles; take a `May` of `web::may`:", &findings);
}

/// What a line takes that only a right gives.
fn goes_round(line: &str) -> Option<String> {
    ["Data<App>", "Actor::admin", "Actor::person", "Actor::token", "Caller::with"]
        .into_iter()
        .find(|taken| line.contains(taken))
        .map(|taken| format!("takes {taken} without saying which right it is for"))
}

#[test]
fn the_rule_sees_a_handler_that_asks_for_no_right() {
    assert!(goes_round("async fn erase(app: web::Data<App>) -> Answer {").is_some());
    assert!(goes_round("erase::erase(&app, id, &Actor::admin()).await?;").is_some());
    assert!(goes_round("async fn erase(May { app, by, .. }: May<right::Privacy>) -> Answer {").is_none());
}

/// What a line of `web` writes.
fn writes(line: &str) -> Option<String> {
    let writes = line.contains(".begin()") || line.split(|c: char| !c.is_alphanumeric()).any(|word| word == "Tx");
    writes.then(|| "opens a transaction; what is written is written by `flow`".to_owned())
}

/// What a line of `web` decides: by the state of something, or by putting a list in order.
fn decides(line: &str) -> Option<String> {
    let by_state = STATES.iter().find(|name| {
        line.match_indices(&format!("{name}::")).any(|(at, prefix)| {
            let mut after = line.get(at + prefix.len()..).unwrap_or_default().chars();
            after.next().is_some_and(|c| c.is_ascii_uppercase()) && after.next().is_some_and(|c| c.is_ascii_lowercase())
        })
    });
    let by_order =
        [".sort_by", ".sort_unstable", ".sort()", ".max_by", ".min_by"].into_iter().find(|call| line.contains(call));
    match (by_state, by_order) {
        (Some(name), _) => {
            Some(format!("tells states of {name} apart; give `model` a function that says what follows"))
        }
        (_, Some(call)) => Some(format!("puts a list in order ({call}); `model` or `flow` does that")),
        _ => None,
    }
}

#[test]
fn the_rule_sees_a_decision() {
    assert!(writes("let mut tx = app.database.begin().await?;").is_some() && writes("tx: &mut Tx,").is_some());
    assert!(writes("let text = begin();").is_none());
    assert!(decides("if update.state == UpdateState::Draft {").is_some());
    assert!(decides("rows.sort_by_key(|row| row.customers)").is_some());
    for fine in
        ["UpdateState::parse(word)", "UpdateState::ALL", "UpdateState::BY_CONCERN", "fn state(state: TopicState)"]
    {
        assert!(decides(fine).is_none(), "{fine}");
    }
}
