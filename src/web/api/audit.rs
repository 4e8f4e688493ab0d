//! Who did what.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::lists::{Cut, cursor_at, place_at};
use crate::{
    base::clock::Time,
    flow::people::audit_log,
    model::{
        audit::{AuditAct, AuditFilter, AuditRow},
        role::right,
    },
    store::audit,
    web::{
        may::May,
        problem::{Problem, ProblemType},
    },
    wording::audit::broken,
};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_acts).service(verify_audit);
}

/// Something that somebody did.
#[derive(Serialize, ToSchema)]
struct Act {
    /// Its place in the log, from 1 on.
    row: i64,
    /// When.
    at: Time,
    /// Who: `admin`, `person:ID`, `token:ID`, `github:LOGIN` and so on.
    actor: String,
    /// What they were called then.
    name: Option<String>,
    /// From which address.
    address: Option<String>,
    /// What, in a word.
    action: String,
    /// With what: an id, or a word of Heard's.
    subject: String,
    /// What it was before.
    from: Option<String>,
    /// What it became.
    to: Option<String>,
    /// The hash of this row and of the one before, in hexadecimal digits.
    hash: String,
}

impl From<AuditRow> for Act {
    fn from(row: AuditRow) -> Self {
        let AuditRow { seq, act, hash } = row;
        let AuditAct { actor, name, address, action, subject, was, became, at } = act;
        let hash = hex::encode(hash);
        Self { row: seq, at, actor, name, address, action, subject, from: was, to: became, hash }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ActQuery {
    /// Only acts in which these words stand: a name, an id, an address, an action.
    q: Option<String>,
    /// Only this action, such as `approve`.
    action: Option<String>,
    /// Only this actor, such as `person:ID`.
    actor: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct ActList {
    acts: Vec<Act>,
    /// The cursor of the next page; null at the end.
    next: Option<String>,
}

/// List who did what, the newest first.
#[utoipa::path(tag = "audit", params(ActQuery, Cut), responses((status = 200, description = "Acts", body = ActList)))]
#[get("/audit")]
async fn list_acts(
    May { app, .. }: May<right::Audit>,
    query: web::Query<ActQuery>,
    cut: web::Query<Cut>,
) -> Result<web::Json<ActList>, Problem> {
    let ActQuery { q, action, actor } = query.into_inner();
    let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let before = cut.after(place_at)?.map(|row| i64::try_from(row).unwrap_or(i64::MAX));
    let filter = AuditFilter { words: some(q), action: some(action), actor: some(actor), before };
    let rows = audit::list(&mut app.database.read().await?, &filter, cut.limit()? + 1).await?;
    let (rows, next) = cut.page(rows, |row| cursor_at(row.seq.unsigned_abs()));
    Ok(web::Json(ActList { acts: rows.into_iter().map(Act::from).collect(), next }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct KnownHead {
    /// The hash of a row that you wrote down before.
    #[param(pattern = "^[0-9a-fA-F]{64}$")]
    head: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct AuditVerification {
    /// Whether every row says what it said when it was written, and none is missing.
    whole: bool,
    /// How many rows hold.
    rows: i64,
    /// The hash of the last of them. Keep it elsewhere, and ask for it next time.
    head: String,
    /// What is wrong first.
    broken: Option<String>,
    /// Whether the hash that you named stands in the log; null if you named none.
    has_head: Option<bool>,
}

/// Verify that the log was not changed.
///
/// Each row has a hash of itself and of the one before. Whoever may write the database could write all of them anew; the hash of the
/// last row, kept elsewhere, shows that.
#[utoipa::path(tag = "audit", params(KnownHead),
    responses((status = 200, description = "What was found", body = AuditVerification)))]
#[get("/audit/verify")]
async fn verify_audit(
    May { app, .. }: May<right::Audit>,
    known: web::Query<KnownHead>,
) -> Result<web::Json<AuditVerification>, Problem> {
    let wrong = || Problem::saying(ProblemType::Malformed, "`head` is the hash of a row, in 64 hexadecimal digits.");
    let hash = |head: &str| hex::decode(head).ok().filter(|hash| hash.len() == 32).ok_or_else(wrong);
    let head = known.head.as_deref().map(hash).transpose()?;
    let found = audit_log::verify(&app, head.as_deref()).await?;
    Ok(web::Json(AuditVerification {
        whole: found.broken.is_none() && found.has_known != Some(false),
        rows: found.rows,
        head: hex::encode(found.head),
        broken: found.broken.map(broken),
        has_head: found.has_known,
    }))
}
