//! The statements that a page waits for, as the service's log has them: sqlx writes each with the time that it took.

use std::collections::HashMap;

use serde_json::Value;

/// A statement that a page waited for.
pub struct Logged {
    pub sql: String,
    /// How often.
    pub times: usize,
    /// How long together, in milliseconds.
    pub millis: f64,
    /// How long the longest took.
    pub longest: f64,
}

/// The statements of some lines of the log, those that took longest first.
pub fn of(log: &str) -> Vec<Logged> {
    let mut all: HashMap<String, Logged> = HashMap::new();
    for line in log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if line["target"] != "sqlx::query" {
            continue;
        }
        // A statement of few words stands in the summary alone.
        let whole = line["db.statement"].as_str().unwrap_or_default().trim();
        let sql = if whole.is_empty() { line["summary"].as_str().unwrap_or_default() } else { whole };
        let millis = line["elapsed_secs"].as_f64().unwrap_or_default() * 1_000.0;
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        let logged = all.entry(sql.clone()).or_insert(Logged { sql, times: 0, millis: 0.0, longest: 0.0 });
        logged.times += 1;
        logged.millis += millis;
        logged.longest = logged.longest.max(millis);
    }
    let mut all: Vec<Logged> = all.into_values().collect();
    all.sort_by(|one, other| other.millis.total_cmp(&one.millis));
    all
}

/// The plans that PostgreSQL notes in some lines of the log, each with its statement.
pub fn plans(log: &str) -> Vec<(String, String)> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let noted = lines.filter(|line| line["target"] == "sqlx::postgres::notice");
    noted
        .filter_map(|line| {
            let (_, explained) = line["message"].as_str()?.split_once("Query Text:")?;
            // The plan begins at the first line with costs.
            let costs = explained.find("(cost=")?;
            let begins = explained.get(..costs)?.rfind('\n')?;
            let (sql, plan) = explained.split_at(begins);
            Some((sql.split_whitespace().collect::<Vec<_>>().join(" "), plan.trim_matches('\n').to_owned()))
        })
        .collect()
}
