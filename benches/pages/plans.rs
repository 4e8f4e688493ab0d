//! What the pages that miss the aim wait for: their slowest statements, each with its plan.
//!
//! SQLite says how it would go about a statement (`EXPLAIN QUERY PLAN`). PostgreSQL says how it did (`auto_explain`, with
//! `ANALYZE` and `BUFFERS`); only who runs the server may ask for that, and others get the statements without plans.

use std::{collections::HashMap, fmt::Write as _, time::Duration};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use super::{
    AT_MOST, READY,
    asked::{Asked, Visitor},
    service::Service,
    statements::{self, Logged},
};

/// So many statements of a page are named, and plans shown in all.
const OF_A_PAGE: usize = 3;
const SHOWN: usize = 10;
/// What takes less is nothing that a page waits for, in milliseconds.
const COUNTS_FROM: f64 = 2.0;
/// The log is read so long after an answer.
const SETTLES: Duration = Duration::from_millis(200);
const SETTINGS: &str = "[log]\nlevel = \"info,sqlx::query=debug,sqlx::postgres::notice=info\"\n";

/// Every statement is explained that takes longer than some milliseconds, to whoever has it run.
const EXPLAIN: &str = "LOAD 'auto_explain';
    DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET session_preload_libraries = ''auto_explain''', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_min_duration = ''5ms''', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_analyze = on', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_buffers = on', current_database());
    EXECUTE format('ALTER DATABASE %I SET auto_explain.log_level = ''notice''', current_database());
    END $$";
const NO_MORE: &str = "LOAD 'auto_explain';
    DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I RESET session_preload_libraries', current_database());
    EXECUTE format('ALTER DATABASE %I RESET auto_explain.log_min_duration', current_database());
    EXECUTE format('ALTER DATABASE %I RESET auto_explain.log_analyze', current_database());
    EXECUTE format('ALTER DATABASE %I RESET auto_explain.log_buffers', current_database());
    EXECUTE format('ALTER DATABASE %I RESET auto_explain.log_level', current_database());
    END $$";

/// A statement with its plan.
pub struct Explained {
    pub sql: String,
    /// How long it took at most.
    pub millis: f64,
    pub plan: String,
}

/// What the slow pages wait for.
#[derive(Default)]
pub struct Plans {
    /// The slowest first.
    explained: Vec<Explained>,
    by_page: HashMap<String, Vec<Logged>>,
}

impl Plans {
    /// Asks for every slow page once more, of a service that says what it asks the database.
    pub async fn of(url: &str, pages: &[Asked]) -> Self {
        let slow: Vec<&Asked> = pages.iter().filter(|page| page.is_slow()).collect();
        let mut plans = Self::default();
        if slow.is_empty() {
            return plans;
        }
        let mut noted: HashMap<String, String> = HashMap::new();
        explains(url, EXPLAIN).await;
        let folder = tempfile::tempdir().unwrap();
        let mut heard = Service::start(folder.path(), url, SETTINGS);
        heard.wait_for(READY, AT_MOST);
        let visitor = Visitor::sign_in(&heard.url).await;
        for page in slow {
            tokio::time::sleep(SETTLES).await;
            // What it did before is nothing of this page.
            heard.said();
            visitor.ask(&page.address).await;
            tokio::time::sleep(SETTLES).await;
            let log = heard.said();
            noted.extend(statements::plans(&log));
            let counts = statements::of(&log).into_iter().filter(|logged| logged.millis >= COUNTS_FROM);
            plans.by_page.insert(page.address.clone(), counts.take(OF_A_PAGE).collect());
        }
        heard.stop();
        explains(url, NO_MORE).await;
        plans.explain(url, &noted).await;
        plans
    }

    async fn explain(&mut self, url: &str, noted: &HashMap<String, String>) {
        let mut longest: HashMap<&str, f64> = HashMap::new();
        for logged in self.by_page.values().flatten() {
            let known = longest.entry(&logged.sql).or_default();
            *known = known.max(logged.longest);
        }
        let mut statements: Vec<(&str, f64)> = longest.into_iter().collect();
        statements.sort_by(|one, other| other.1.total_cmp(&one.1));
        let mut explained = Vec::with_capacity(statements.len());
        for (place, (sql, millis)) in statements.into_iter().enumerate() {
            let plan = match noted.get(sql) {
                Some(plan) => plan.clone(),
                None if place < SHOWN && url.starts_with("sqlite:") => of_sqlite(url, sql).await,
                None => "no plan was noted".to_owned(),
            };
            explained.push(Explained { sql: sql.to_owned(), millis, plan });
        }
        self.explained = explained;
    }

    /// What a page waits for, in a cell of its row: each statement by its number.
    pub fn of_page(&self, address: &str) -> String {
        let statements = self.by_page.get(address).map(Vec::as_slice).unwrap_or_default();
        let cells: Vec<String> = statements
            .iter()
            .map(|logged| {
                let number = self.explained.iter().position(|explained| explained.sql == logged.sql).unwrap_or(0) + 1;
                let often = if logged.times > 1 { format!(" {} times", logged.times) } else { String::new() };
                format!("S{number}{often} {:.0} ms", logged.millis)
            })
            .collect();
        cells.join(", ")
    }

    /// The slowest statements, each with its number.
    pub fn slowest(&self) -> impl Iterator<Item = (usize, &Explained)> {
        (1..).zip(&self.explained).take(SHOWN)
    }
}

/// Has every session of a PostgreSQL database explain what takes long, or no more.
async fn explains(url: &str, statement: &'static str) {
    if url.starts_with("sqlite:") {
        return;
    }
    let mut connection = PgConnection::connect(url).await.unwrap();
    if let Err(error) = sqlx::raw_sql(statement).execute(&mut connection).await {
        eprintln!("There will be no plans: {error}");
    }
    connection.close().await.unwrap();
}

/// How SQLite would go about a statement, step by step, each below the one that it is part of.
async fn of_sqlite(url: &str, sql: &str) -> String {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let steps = sqlx::query_as::<sqlx::Sqlite, (i64, i64, i64, String)>(explain).fetch_all(&mut connection).await;
    connection.close().await.unwrap();
    let steps = match steps {
        Ok(steps) => steps,
        Err(error) => return error.to_string(),
    };
    let mut depths: HashMap<i64, usize> = HashMap::new();
    let mut plan = String::new();
    for (id, parent, _, does) in steps {
        let depth = depths.get(&parent).map_or(0, |depth| depth + 1);
        depths.insert(id, depth);
        writeln!(plan, "{}{does}", "  ".repeat(depth)).unwrap();
    }
    plan.trim_end().to_owned()
}
