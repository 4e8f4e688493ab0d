//! The audit page: who did what, from where, and from what to what; searched, and given away as a file.

use actix_web::{HttpResponse, http::header, web};
use askama::Template;
use serde::Deserialize;

use super::shell::{self, Answer, ConsoleError, FlashQuery, Shell};
use crate::{
    base::clock::Time,
    flow::App,
    model::{
        audit::{AuditFilter, AuditRow},
        role::right,
    },
    store::audit,
    web::{
        may::May,
        ui::{self, Html},
    },
    wording::audit as words,
};

/// How many rows one page shows.
const SHOWN: i64 = 100;
/// How many rows are read at a time for a file.
const ROWS: i64 = 1_000;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/audit", web::get().to(show))
        .route("/audit.csv", web::get().to(as_csv))
        .route("/audit.json", web::get().to(as_json));
}

#[derive(Clone, Debug, Default, Deserialize)]
struct AuditQuery {
    q: Option<String>,
    action: Option<String>,
    actor: Option<String>,
    before: Option<String>,
    #[serde(flatten)]
    said: FlashQuery,
}

impl AuditQuery {
    fn filter(&self) -> AuditFilter {
        let some = |text: Option<&String>| text.filter(|text| !text.trim().is_empty()).cloned();
        AuditFilter {
            words: some(self.q.as_ref()),
            action: some(self.action.as_ref()),
            actor: some(self.actor.as_ref()),
            before: self.before.as_deref().and_then(|before| before.parse().ok()),
        }
    }

    /// What is looked for, as the end of an address, with another place to go on from.
    fn address(&self, page: &str, before: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("action", &self.action), ("actor", &self.actor)] {
            if let Some(value) = value.as_deref().filter(|value| !value.trim().is_empty()) {
                query.append_pair(name, value);
            }
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        let query = query.finish();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }
}

struct ActLine {
    row: i64,
    when: Html,
    who: String,
    by_actor: String,
    address: String,
    action: String,
    subject: String,
    was: Option<String>,
    became: Option<String>,
}

impl ActLine {
    fn new(row: AuditRow, query: &AuditQuery, now: Time) -> Self {
        let act = row.act;
        let of_actor = AuditQuery { actor: Some(act.actor.clone()), ..query.clone() };
        Self {
            row: row.seq,
            when: ui::when(act.at, now),
            by_actor: of_actor.address("/audit", None),
            who: act.name.unwrap_or(act.actor),
            address: act.address.unwrap_or_default(),
            action: words::action(&act.action).to_owned(),
            subject: act.subject,
            was: act.was,
            became: act.became,
        }
    }
}

#[derive(Template)]
#[template(path = "console/audit.html")]
struct AuditPage {
    shell: Shell,
    rows: Vec<ActLine>,
    q: String,
    /// Whose acts are shown, if only theirs are.
    actor: Option<String>,
    actions: Vec<(String, String, bool)>,
    filtered: bool,
    csv: String,
    json: String,
    older: Option<String>,
}

async fn show(May { app, caller, .. }: May<right::Audit>, asked: web::Query<AuditQuery>) -> Answer {
    let now = app.clock.now();
    let (mut conn, shell) = shell::open(&app, &caller, "audit", &asked.said).await?;
    let filter = asked.filter();
    let rows = audit::list(&mut conn, &filter, SHOWN).await?;
    let chosen = |word: &String| filter.action.as_ref() == Some(word);
    let actions = audit::actions(&mut conn).await?;
    let actions = actions.into_iter().map(|word| (word.clone(), words::action(&word).to_owned(), chosen(&word)));
    let full = rows.len() >= usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let last = rows.last().filter(|_| full).map(|row| row.seq);
    Ok(ui::page(&AuditPage {
        actions: actions.collect(),
        filtered: filter.words.is_some() || filter.action.is_some() || filter.actor.is_some(),
        q: filter.words.clone().unwrap_or_default(),
        actor: filter.actor.clone(),
        csv: asked.address("/audit.csv", None),
        json: asked.address("/audit.json", None),
        older: last.map(|before| asked.address("/audit", Some(before))),
        rows: rows.into_iter().map(|row| ActLine::new(row, &asked, now)).collect(),
        shell,
    }))
}

/// Every row that is looked for, the newest first.
async fn all(app: &App, asked: &AuditQuery) -> Result<Vec<AuditRow>, ConsoleError> {
    let mut conn = app.database.read().await?;
    let mut filter = asked.filter();
    let mut found: Vec<AuditRow> = Vec::new();
    loop {
        let rows = audit::list(&mut conn, &filter, ROWS).await?;
        filter.before = rows.last().map(|row| row.seq);
        let more = rows.len() >= usize::try_from(ROWS).unwrap_or(usize::MAX);
        found.extend(rows);
        if !more {
            return Ok(found);
        }
    }
}

async fn as_csv(May { app, .. }: May<right::Audit>, asked: web::Query<AuditQuery>) -> Answer {
    let failed = |_: csv::Error| ConsoleError::refused("The file cannot be written.");
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(words::COLUMNS).map_err(failed)?;
    for row in all(&app, &asked).await? {
        file.write_record(words::cells(&row)).map_err(failed)?;
    }
    let bytes = file.into_inner().map_err(|_| ConsoleError::refused("The file cannot be written."))?;
    Ok(download("text/csv; charset=utf-8", "heard-audit.csv", bytes))
}

async fn as_json(May { app, .. }: May<right::Audit>, asked: web::Query<AuditQuery>) -> Answer {
    let rows = all(&app, &asked).await?;
    let rows =
        rows.iter().map(|row| serde_json::json!({ "row": row.seq, "act": row.act, "hash": hex::encode(&row.hash) }));
    let rows: Vec<_> = rows.collect();
    let bytes = serde_json::to_vec_pretty(&rows).map_err(|_| ConsoleError::refused("The file cannot be written."))?;
    Ok(download("application/json", "heard-audit.json", bytes))
}

fn download(kind: &'static str, name: &'static str, bytes: Vec<u8>) -> HttpResponse {
    let named = format!("attachment; filename=\"{name}\"");
    HttpResponse::Ok().content_type(kind).insert_header((header::CONTENT_DISPOSITION, named)).body(bytes)
}
