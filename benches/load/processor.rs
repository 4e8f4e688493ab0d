//! How much of the processor others have used, from `/proc`, and how much memory.

use std::{fs, path::Path, time::Duration};

/// How long a tick of `/proc` is. Linux says 100 a second on every architecture that Heard is built for.
const TICK: Duration = Duration::from_millis(10);

/// What `/proc` says of a process: its parent, its ticks, and those of its children that have ended.
fn ticks(pid: &str) -> Option<(String, u64, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything, and ends with the last bracket.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let tick = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok());
    Some(((*fields.get(1)?).to_owned(), tick(11)? + tick(12)?, tick(13)? + tick(14)?))
}

fn span(ticks: u64) -> Duration {
    TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// Of a process, with the system's work for it.
pub fn of(pid: u32) -> Duration {
    span(ticks(&pid.to_string()).map_or(0, |(_, own, _)| own))
}

/// Of a server of PostgreSQL whose folder this is: of the process that began it, of those that it began, and of those that ended.
pub fn of_postgres(folder: &Path) -> Duration {
    let Ok(kept) = fs::read_to_string(folder.join("data/postmaster.pid")) else { return Duration::ZERO };
    let first = kept.lines().next().unwrap_or_default().trim().to_owned();
    let began = ticks(&first).map_or(0, |(_, own, ended)| own + ended);
    let running = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let (parent, own, ended) = ticks(&entry.file_name().to_string_lossy())?;
        (parent == first).then_some(own + ended)
    });
    span(began + running.sum::<u64>())
}

/// The most memory that a process had, in kilobytes.
pub fn peak_memory_kb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("VmHWM: 0 kB");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
