//! C3: syncs per command, counted by strace on a child of this program. The time of that child is not looked at.
//!
//! The child syncs a marker file of its own around each measured part, so the parts are found again in what strace
//! wrote. Where strace is missing the row is left out with a word on standard error.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use tokio::runtime::Runtime;

use crate::anchor::replay::{self, Recording, Replay};
use crate::error::BenchError;
use crate::figure::Figure;
use crate::report::{Must, Row};
use crate::rig::{self, Rig};
use crate::sale::COMMANDS;

const SALES: u64 = 100;
const OURS: &str = "marker-ours";
const ANCHOR: &str = "marker-anchor";

/// Measures the row; none without strace.
pub fn row(dir: &Path) -> Result<Option<Row>, BenchError> {
    let missing = Command::new("strace").arg("--version").stdout(Stdio::null()).status().is_err();
    if missing {
        eprintln!("C3 is left out: it counts syncs with strace, which isn't here");
        return Ok(None);
    }
    std::fs::create_dir_all(dir).map_err(BenchError::file("make", dir))?;
    let folder = tempfile::tempdir_in(dir).map_err(BenchError::file("make a folder in", dir))?;
    let trace = folder.path().join("trace");
    let program = std::env::current_exe().map_err(BenchError::file("find", Path::new("this program")))?;
    let status = Command::new("strace")
        .args(["-f", "-y", "-qq", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(&trace)
        .arg(program)
        .arg("--count-syncs")
        .arg(folder.path())
        .status()
        .map_err(BenchError::file("run", Path::new("strace")))?;
    if !status.success() {
        return Err(BenchError::NotComparable(format!("the child that counts syncs ended with {status}")));
    }
    let text = std::fs::read_to_string(&trace).map_err(BenchError::file("read", &trace))?;
    let per_command = |marker, store| Figure::part(between(&text, marker, store), SALES * COMMANDS);
    let (ours, anchor) = (per_command(OURS, "/timed/"), per_command(ANCHOR, "/replayed/"));
    Ok(Some(Row {
        id: "C3",
        measure: "syncs per command, one caller",
        ours,
        anchor,
        unit: "syncs",
        ratio: ours.over(anchor),
        must: Must::AtMostMore(Figure(20)),
    }))
}

/// Syncs of a store between the two syncs of a marker.
fn between(trace: &str, marker: &str, store: &str) -> u64 {
    let mut inside = false;
    let mut count = 0;
    // A call that another thread interrupts is written twice; its first half carries the path.
    for line in trace.lines().filter(|line| line.contains("sync(")) {
        if line.contains(marker) {
            inside = !inside;
        } else if inside && line.contains(store) {
            count += 1;
        }
    }
    count
}

/// The child: sells, then replays, each between two syncs of its marker.
pub fn counted(runtime: &Runtime, folder: &Path) -> Result<(), BenchError> {
    let rig = Rig::try_new(runtime, folder)?;
    let timed = rig.copy("timed")?;
    let statements = docket_terminal::record::next_store();
    let seller = runtime.block_on(rig::open(&timed))?;
    let replayed = rig.copy_store(&timed, "replayed")?;
    statements.try_iter().for_each(drop);
    mark(folder, OURS)?;
    runtime.block_on(seller.sell(SALES))?;
    mark(folder, OURS)?;
    let recording = Recording::read(statements.try_iter())?;
    runtime.block_on(seller.close());
    let connection = replay::open(&replayed)?;
    let mut replay = Replay::try_new(&connection, &recording)?;
    mark(folder, ANCHOR)?;
    replay.commands(SALES * COMMANDS)?;
    mark(folder, ANCHOR)
}

fn mark(folder: &Path, name: &str) -> Result<(), BenchError> {
    let path = folder.join(name);
    let file = File::create(&path).map_err(BenchError::file("make", &path))?;
    file.sync_all().map_err(BenchError::file("sync", &path))
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_syncs_between_the_markers_count() {
        let trace = "1 fdatasync(5</a/timed/store.db-wal>) = 0\n1 fsync(9</a/marker-ours>) = 0\n\
                     2 fdatasync(5</a/timed/store.db-wal> <unfinished ...>\n2 <... fdatasync resumed>) = 0\n\
                     1 fsync(9</a/marker-ours>) = 0\n1 fdatasync(5</a/timed/store.db-wal>) = 0\n";
        assert_eq!(super::between(trace, super::OURS, "/timed/"), 1);
    }
}
