//! Anchor of the API's rows: the least that does the same over the same wire with the same durability. [`serve`] says what
//! it does, [`rows`] what it writes and what it leaves out.

pub mod rows;
mod serve;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

pub use serve::serve;

use crate::error::BenchError;

/// The bare service as a process; it is killed when this goes.
pub struct BareApi {
    child: Child,
    /// Where it listens.
    pub port: u16,
}

impl BareApi {
    /// Starts this program once more, as the bare service on this database.
    pub fn start(url: &str, keys: &Path) -> Result<Self, BenchError> {
        let program = std::env::current_exe().map_err(BenchError::file("find", Path::new("this program")))?;
        let mut command = Command::new(&program);
        command.args(["--bare-api", url]).env("DOCKET_BENCH_KEYS", keys).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(BenchError::file("run", &program))?;
        let mut line = String::new();
        let out = child.stdout.take().expect("its standard output is a pipe");
        let read = BufReader::new(out).read_line(&mut line);
        let mut bare = Self { child, port: 0 };
        read.map_err(BenchError::file("run", &program))?;
        let port = line.trim().parse();
        bare.port = port.map_err(|_| BenchError::NotComparable("the bare service did not start".into()))?;
        Ok(bare)
    }
}

impl Drop for BareApi {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
