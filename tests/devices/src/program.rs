//! `docket-till` as a person starts it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// The program under test: the one that `DOCKET_TILL` names, else the one in the target folder of this test.
///
/// # Panics
/// If it has not been built.
#[must_use]
pub fn binary() -> PathBuf {
    let named = std::env::var_os("DOCKET_TILL").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let own = std::env::current_exe().expect("a test has a file");
        let target = own.ancestors().nth(2).expect("a test lies in deps/ of the target folder");
        target.join("docket-till")
    });
    assert!(path.is_file(), "{} is not there: build docket-till, or name it in DOCKET_TILL", path.display());
    path
}

/// What a tool said at its end.
#[derive(Debug)]
pub struct Said {
    /// Its exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// A command line of the program on a folder and its witness.
#[must_use]
pub fn command(tool: &str, data: &Path, witness: &Path) -> Command {
    let mut command = Command::new(binary());
    command.arg(tool).arg("--data").arg(data).arg("--witness").arg(witness);
    command.env("DOCKET_LOG", "warn").stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs a command line to its end.
///
/// # Panics
/// If it can't be started.
pub async fn run(command: &mut Command) -> Said {
    let output = command.output().await.expect("the program can be started");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints text");
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}
