//! The program as the system starts it: words in, lines and an exit code out, ended by a signal.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::wait::LIMIT;

/// The app, started without a driver.
pub struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none if a signal killed it.
    pub code: Option<i32>,
    /// What it printed on standard output and nobody had read yet.
    pub out: String,
    /// What it printed on standard error.
    pub err: String,
}

impl Program {
    /// Starts it with these words and variables; an empty variable is taken away.
    ///
    /// # Panics
    /// If it can't be started.
    #[must_use]
    pub fn start(words: &[String], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(crate::program());
        command.args(words).envs(variables.iter().copied()).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program under test starts");
        let out = child.stdout.take().expect("standard output was piped above");
        Self { child, lines: BufReader::new(out).lines() }
    }

    /// The next line on standard output.
    ///
    /// # Panics
    /// If none comes.
    pub async fn line(&mut self) -> String {
        let line = tokio::time::timeout(LIMIT, self.lines.next_line()).await.expect("a line in time");
        line.expect("standard output is text").expect("a line before the program ends")
    }

    /// Tells it to end, as the system does.
    ///
    /// # Panics
    /// If it has ended already.
    pub fn tell(&self, signal: Signal) {
        let id = self.child.id().expect("it runs until it is waited for");
        tell(id, signal);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it does not end in time.
    pub async fn end(mut self) -> Ended {
        let mut err = self.child.stderr.take().expect("standard error was piped above");
        let ending = async {
            let (mut out, mut errors) = (String::new(), String::new());
            let printed = async {
                while let Some(line) = self.lines.next_line().await.expect("standard output is text") {
                    out.push_str(&line);
                    out.push('\n');
                }
            };
            let (_, said, status) = tokio::join!(printed, err.read_to_string(&mut errors), self.child.wait());
            said.expect("standard error is text");
            Ended { code: status.expect("its end can be waited for").code(), out, err: errors }
        };
        tokio::time::timeout(LIMIT, ending).await.expect("the program ends in time")
    }
}

/// Sends a signal to a process by its id.
pub(crate) fn tell(id: u32, signal: Signal) {
    let id = i32::try_from(id).ok().and_then(Pid::from_raw).expect("the system's ids are positive");
    kill_process(id, signal).expect("the process takes signals");
}
