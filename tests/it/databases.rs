//! A fresh database for every test, on both engines.
//!
//! SQLite is a file in a folder of its own. PostgreSQL is a private server, started once for the run from the binaries
//! of the machine, without a port and, for tests, without syncing to disk; each test gets a database of its own in it. Where
//! PostgreSQL is not installed the tests run on SQLite and say so, but in CI, or with `HEARD_REQUIRE_ALL=1`, they fail.
//!
//! Heard's tables are made once for each engine, and copied: making them takes longer than many a test.
//!
//! Invariant: no server outlives its tests. It is the child of a shell that waits for the end of a pipe from this
//! process, and a pipe ends however the process does.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock, OnceLock,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use futures::StreamExt as _;
use heard::store;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

/// A database of its own; it goes when this does.
pub struct Database {
    /// The engine, for messages.
    pub name: &'static str,
    /// As in the settings.
    pub url: String,
    kept: Kept,
}

enum Kept {
    Folder(#[expect(dead_code, reason = "the folder goes when this is dropped")] TempDir),
    OnServer(String),
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Kept::OnServer(name), Ok(server)) = (&self.kept, server()) {
            let _ = server.execute(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// A fresh database on every engine of this machine, with Heard's tables and nothing in them.
pub fn each() -> Vec<Database> {
    let postgres = postgres().map(|server| server.database(Some(server.migrated())));
    [Some(sqlite()), postgres].into_iter().flatten().collect()
}

/// A database without any table on every engine of this machine.
pub fn each_empty() -> Vec<Database> {
    [Some(empty_sqlite()), postgres().map(|server| server.database(None))].into_iter().flatten().collect()
}

/// The run's server of PostgreSQL, where there has to be one or is one.
fn postgres() -> Option<&'static Server> {
    match server() {
        Ok(server) => Some(server),
        Err(why) if must_have_all() => panic!("PostgreSQL is needed here: {why}"),
        Err(_) => None,
    }
}

/// Makes Heard's tables. On a thread of its own: tests ask for databases from inside and outside of tokio.
fn migrate(url: &str) {
    std::thread::scope(|scope| {
        let migrating = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let database = store::Database::open(url).await.expect("the database that others are copied from");
                store::migrate(&database).await.expect("Heard's tables");
                database.close().await;
            });
        });
        migrating.join().expect("a database to copy others from");
    });
}

/// Whether PostgreSQL writes to disk what it commits. Tests need not wait for that; who measures has to, and sets it
/// before the first database is made.
pub static DURABLE: AtomicBool = AtomicBool::new(false);

/// Runs `test` on a fresh database of every engine, one after the other. Which one failed stands in the output.
pub async fn for_each(test: impl AsyncFn(&str)) {
    for database in each() {
        eprintln!("on {}", database.name);
        test(&database.url).await;
    }
}

/// Runs `test` for each of these cases on a fresh database of every engine, two cases at a time: for those that wait for the machine's
/// own time, and do little else.
pub async fn for_each_case<C: Copy>(cases: impl IntoIterator<Item = C>, test: impl AsyncFn(&str, C)) {
    let one = async |case| for_each(async |database| test(database, case).await).await;
    futures::stream::iter(cases.into_iter().map(one)).buffer_unordered(2).collect::<()>().await;
}

/// A backup of a database, as its operator makes one.
pub async fn backup(url: &str) -> Vec<u8> {
    if url.starts_with("postgres:") {
        let beside = programs().expect("PostgreSQL's programs").join("pg_dump");
        let program = if beside.is_file() { beside } else { PathBuf::from("pg_dump") };
        let dumped = Command::new(program).arg(url).output().unwrap();
        assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
        return dumped.stdout;
    }
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("backup.db");
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let made = format!("VACUUM INTO '{}'", copy.display());
    connection.execute(sqlx::AssertSqlSafe(made)).await.unwrap();
    connection.close().await.unwrap();
    std::fs::read(copy).unwrap()
}

/// Puts a backup in the place of a database that nobody uses just now, as its operator does.
pub fn restore(url: &str, backup: &[u8]) {
    if let Some(path) = url.strip_prefix("sqlite:") {
        // What stands in the log beside the file belongs to the file that was there before.
        for beside in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{path}{beside}"));
        }
        std::fs::write(path, backup).unwrap();
        return;
    }
    let beside = programs().expect("PostgreSQL's programs").join("psql");
    let program = if beside.is_file() { beside } else { PathBuf::from("psql") };
    let mut psql = Command::new(program);
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", url]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut running = psql.spawn().unwrap();
    let mut input = running.stdin.take().unwrap();
    let begin = b"SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n";
    std::io::Write::write_all(&mut input, &[begin.as_slice(), backup].concat()).unwrap();
    drop(input);
    assert!(running.wait().unwrap().success(), "the backup is restored");
}

/// What stands in SQLite's own files, also in pages that are free. PostgreSQL's belong to its server.
pub fn files(url: &str) -> Vec<u8> {
    let Some(path) = url.strip_prefix("sqlite:").map(Path::new) else { return Vec::new() };
    let files = std::fs::read_dir(path.parent().unwrap()).unwrap().flatten();
    let ours = files.filter(|file| file.file_name().to_string_lossy().starts_with("heard.db"));
    ours.flat_map(|file| std::fs::read(file.path()).unwrap()).collect()
}

/// Whether a word stands in such bytes, whatever its case: as text, or as PostgreSQL's dumps have bytes.
pub fn stands_in(bytes: &[u8], word: &str) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let hex = |word: &str| word.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
    let mut capital = word.to_owned();
    capital.get_mut(..1).unwrap().make_ascii_uppercase();
    [word.to_lowercase(), hex(word), hex(&word.to_lowercase()), hex(&capital)].iter().any(|form| text.contains(form))
}

/// A fresh SQLite file with Heard's tables.
pub fn sqlite() -> Database {
    static MIGRATED: LazyLock<Database> = LazyLock::new(|| {
        let database = empty_sqlite();
        migrate(&database.url);
        database
    });
    let database = empty_sqlite();
    let path = |database: &Database| database.url.trim_start_matches("sqlite:").to_owned();
    std::fs::copy(path(&MIGRATED), path(&database)).expect("a copy of the database with Heard's tables");
    database
}

/// Where a fresh SQLite file will be.
fn empty_sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a folder for the database");
    let url = format!("sqlite:{}", folder.path().join("heard.db").display());
    Database { name: "SQLite", url, kept: Kept::Folder(folder) }
}

/// Whether nothing may be skipped for want of a program.
pub fn must_have_all() -> bool {
    ["CI", "HEARD_REQUIRE_ALL"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// The run's one server, or why there is none.
fn server() -> Result<&'static Server, &'static str> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let started = SERVER.get_or_init(|| {
        let started = Server::start();
        if let Err(why) = &started {
            // Past the capture of `cargo test`, so that it is read even when every test passes.
            let _ = std::io::Write::write_fmt(
                &mut std::io::stderr(),
                format_args!("\nPostgreSQL is not tested in this run: {why}\n\n"),
            );
        }
        started
    });
    started.as_ref().map_err(String::as_str)
}

/// A private PostgreSQL server.
struct Server {
    folder: PathBuf,
    /// The name of the database that others are copied from, once it is there.
    migrated: OnceLock<String>,
    /// How a database is copied, where it can be chosen: as files, without writing all of it to the log, too.
    strategy: &'static str,
    /// Statements for the server's own database, each with where to answer.
    statements: mpsc::Sender<(String, mpsc::Sender<Result<(), String>>)>,
    shell: Child,
}

/// Starts a server, says in which folder it listens, and stops it when standard input ends.
const SHELL: &str = r#"
folder=$(mktemp -d /tmp/heard-postgres.XXXXXX) || exit 1
server=
trap '[ -z "$server" ] || { kill -QUIT "$server"; wait "$server"; }; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP
"$1/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 ||
    { echo "initdb failed: $(tail -n 1 "$folder/log")"; exit 1; }
"$1/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=300 -c shared_buffers=64MB \
    -c fsync="$2" -c synchronous_commit="$2" -c full_page_writes="$2" >>"$folder/log" 2>&1 &
server=$!
echo "$folder"
read -r _
exit 0
"#;

/// Since this version, 15, one says how a database is copied; before it was copied as files.
const CHOOSES_STRATEGY: u32 = 150_000;
/// How long a server may take until it answers, on a machine that is busy with other things.
const START_WITHIN: Duration = Duration::from_mins(1);

impl Server {
    fn start() -> Result<Self, String> {
        let programs = programs().ok_or("neither PATH nor /usr/lib/postgresql has initdb")?;
        let mut shell = as_anybody_but_root()?
            .args(["sh", "-c", SHELL, "sh"])
            .arg(&programs)
            .arg(if DURABLE.load(Ordering::Relaxed) { "on" } else { "off" })
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("no shell could be started: {error}"))?;
        let mut said = String::new();
        let read = shell.stdout.take().map(|output| BufReader::new(output).read_line(&mut said));
        let folder = PathBuf::from(said.trim());
        if !matches!(read, Some(Ok(_))) || !folder.is_absolute() {
            return Err(format!("the server did not start: {said}"));
        }
        let (statements, received) = mpsc::channel();
        let (ready, started) = mpsc::channel();
        let url = url(&folder, "postgres");
        std::thread::spawn(move || run_statements(&url, &ready, &received));
        let version = started.recv().map_err(|_| "the server's thread ended".to_owned())??;
        let strategy = if version >= CHOOSES_STRATEGY { "STRATEGY file_copy" } else { "" };
        Ok(Self { folder, migrated: OnceLock::new(), strategy, statements, shell })
    }

    /// The name of a database with Heard's tables. Nobody is connected to it, as whoever copies it demands.
    fn migrated(&self) -> &str {
        self.migrated.get_or_init(|| {
            let name = "migrated".to_owned();
            self.execute(format!("CREATE DATABASE {name}")).expect("a database to copy others from");
            migrate(&url(&self.folder, &name));
            name
        })
    }

    /// A new database: a copy of another, or one without any table.
    fn database(&self, copied_from: Option<&str>) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let template = copied_from.unwrap_or("template1");
        let strategy = self.strategy;
        self.execute(format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}"))
            .expect("a database for the test");
        Database { name: "PostgreSQL", url: url(&self.folder, &name), kept: Kept::OnServer(name) }
    }

    fn execute(&self, statement: String) -> Result<(), String> {
        let (answer, answered) = mpsc::channel();
        self.statements.send((statement, answer)).map_err(|error| error.to_string())?;
        answered.recv().map_err(|error| error.to_string())?
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Runs statements one after the other on a connection of its own; tests call it from inside and outside of tokio.
fn run_statements(
    url: &str,
    ready: &mpsc::Sender<Result<u32, String>>,
    received: &mpsc::Receiver<(String, mpsc::Sender<Result<(), String>>)>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut connection = match runtime.block_on(connect(url)) {
        Ok(connection) => connection,
        Err(error) => {
            let _ = ready.send(Err(error.to_string()));
            return;
        }
    };
    let _ = ready.send(Ok(connection.server_version_num().unwrap_or_default()));
    while let Ok((statement, answer)) = received.recv() {
        let statement = sqlx::AssertSqlSafe(statement);
        let done = runtime.block_on(connection.execute(statement));
        let _ = answer.send(done.map(drop).map_err(|error| error.to_string()));
    }
}

/// Tries until the server answers.
async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    let begun = Instant::now();
    loop {
        match PgConnection::connect(url).await {
            Err(_) if begun.elapsed() < START_WITHIN => tokio::time::sleep(Duration::from_millis(50)).await,
            outcome => return outcome,
        }
    }
}

fn url(folder: &Path, database: &str) -> String {
    format!("postgres://postgres@localhost/{database}?host={}", folder.display().to_string().replace('/', "%2F"))
}

/// PostgreSQL refuses to run as root: there it runs as the user `postgres`, whom its package makes.
fn as_anybody_but_root() -> Result<Command, String> {
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().map_err(|error| format!("{program}: {error}"))?;
        Ok::<_, String>((output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned()))
    };
    if output("id", &["-u"])?.1 != "0" {
        return Ok(Command::new("env"));
    }
    if !output("id", &["-u", "postgres"])?.0 {
        return Err("it does not run as root, and there is no user postgres".to_owned());
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]);
    Ok(command)
}

/// The folder of `initdb` and `postgres`: from PATH, else the newest that a Debian package installed.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut installed: Vec<_> = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    installed.sort_by_key(|folder| folder.file_name().to_string_lossy().parse::<u32>().unwrap_or_default());
    let installed = installed.into_iter().rev().map(|folder| folder.path().join("bin"));
    std::env::split_paths(&path)
        .chain(installed)
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Does something on a connection of its own.
pub async fn execute(url: &str, statement: &'static str) -> Result<u64, sqlx::Error> {
    if url.starts_with("postgres:") {
        let mut connection = PgConnection::connect(url).await?;
        return Ok(connection.execute(statement).await?.rows_affected());
    }
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse()?;
    let mut connection = sqlx::SqliteConnection::connect_with(&options.create_if_missing(true)).await?;
    let done = connection.execute(statement).await?;
    connection.close().await?;
    Ok(done.rows_affected())
}

#[tokio::test]
async fn no_test_sees_what_another_did() {
    for _ in 0..2 {
        for database in each() {
            execute(&database.url, "CREATE TABLE of_a_test (id BIGINT)").await.unwrap();
            execute(&database.url, "DROP TABLE used_name").await.unwrap();
        }
        for database in each_empty() {
            execute(&database.url, "CREATE TABLE ticket (id BIGINT)").await.unwrap();
        }
    }
}

#[test]
fn a_server_does_not_outlive_its_tests() {
    let Ok(mut server) = Server::start() else {
        assert!(!must_have_all(), "PostgreSQL is needed here");
        return;
    };
    let folder = server.folder.clone();
    assert!(folder.exists());
    // As when the process is killed: the pipe ends and nobody is left to stop anything.
    drop(server.shell.stdin.take());
    let begun = Instant::now();
    while folder.exists() {
        assert!(begun.elapsed() < START_WITHIN, "{} is still there", folder.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
