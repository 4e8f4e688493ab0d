//! What is left to do, and what fails, as the database says: a Heard that is killed again and again cannot be asked.

use std::time::{Duration, Instant};

use heard::store::{Database, Session as _, failures};

use super::process::Process;

/// How long it may take to come to rest: work that failed often is tried again after five minutes at most.
const PATIENCE: Duration = Duration::from_mins(7);

/// Title, state and last look of a topic; filing and state of its issue; how many fixes it has; how many releases no look has seen, and
/// how many are known.
type TopicAndIssue = (String, String, i64, Option<String>, Option<String>, i64, i64, Option<i64>);

/// The database of a Heard in another process.
pub struct Inside {
    /// The same one.
    pub database: Database,
}

impl Inside {
    /// Opens the database that the process has made.
    pub async fn of(database: &str) -> Self {
        Self { database: Database::open(database).await.unwrap() }
    }

    /// Waits until no job is left to run and no delivery unread.
    pub async fn rests(&self, heard: &Process) {
        let begun = Instant::now();
        while self.left_to_do().await > 0 {
            assert!(
                begun.elapsed() < PATIENCE,
                "Heard does not come to rest.\n{}\n{}",
                self.troubles().await,
                heard.last_words()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn left_to_do(&self) -> i64 {
        const JOBS: &str =
            "SELECT count(*) FROM river_job WHERE finalized_at IS NULL AND kind NOT IN ('watch', 'sweeps')";
        const DELIVERIES: &str = "SELECT count(*) FROM delivery WHERE state = 'received'";
        const UPDATES: &str = r#"SELECT count(*) FROM "update" WHERE state IN ('held', 'sending')"#;
        const MESSAGES: &str = "SELECT count(*) FROM outbox_message WHERE state IN ('wanted', 'unclear')";
        const ISSUES: &str = "SELECT count(*) FROM issue WHERE filing IN ('wanted', 'unclear')";
        let mut left = 0;
        for sql in [JOBS, DELIVERIES, UPDATES, MESSAGES, ISSUES] {
            left += self.counts(sql).await;
        }
        left
    }

    /// A number from the database.
    pub async fn counts(&self, question: &'static str) -> i64 {
        let mut conn = self.database.read().await.unwrap();
        conn.query(question).one::<(i64,)>().await.unwrap().0
    }

    /// What fails, and what waits, for the message of a failed test.
    pub async fn troubles(&self) -> String {
        let mut conn = self.database.read().await.unwrap();
        let failing = failures::list(&mut conn, 20).await.unwrap();
        let jobs = conn
            .query("SELECT kind, CAST(state AS TEXT), count(*) FROM river_job WHERE finalized_at IS NULL GROUP BY kind, state")
            .all::<(String, String, i64)>()
            .await
            .unwrap();
        let updates = conn.query(r#"SELECT state, count(*) FROM "update" GROUP BY state"#);
        let updates = updates.all::<(String, i64)>().await.unwrap();
        let topics = conn.query(
            "SELECT topic.title, topic.state, topic.looked, issue.filing, issue.state,
                    (SELECT count(*) FROM fix WHERE fix.topic_id = topic.id),
                    (SELECT count(*) FROM release WHERE learned > topic.looked), (SELECT max(count) FROM learning)
             FROM topic LEFT JOIN issue ON issue.topic_id = topic.id",
        );
        let topics = topics.all::<TopicAndIssue>().await.unwrap();
        format!("Failing: {failing:#?}\nJobs: {jobs:?}\nUpdates: {updates:?}\nTopics: {topics:#?}")
    }
}
