//! The real program: started, listened to, killed, asked to end.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::http::Address;

const READY_WITHIN: Duration = Duration::from_secs(120);

/// The program and the folders it is given.
#[derive(Debug, Clone)]
pub struct Program {
    /// `docket-till`.
    pub binary: PathBuf,
    /// The store's folder.
    pub data: PathBuf,
    /// The witness's folder.
    pub witness: PathBuf,
}

/// A till that runs.
pub struct Till {
    child: Child,
    /// Where it listens.
    pub address: Address,
    /// Name and PIN of the people of the demo shop.
    pub pins: Vec<(String, String)>,
}

impl Program {
    fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg(tool).arg("--data").arg(&self.data).arg("--witness").arg(&self.witness);
        command.arg("--log-format").arg("json").env("DOCKET_LOG", "warn").stdin(Stdio::null());
        command
    }

    fn serve(&self) -> Result<Child, String> {
        let mut command = self.command("serve");
        command.args(["--demo", "--port", "0"]).stdout(Stdio::piped()).stderr(self.log()?);
        command.spawn().map_err(|error| format!("{} can't be started: {error}", self.binary.display()))
    }

    /// What the till says on standard error, all starts in one file.
    fn log(&self) -> Result<std::fs::File, String> {
        let path = self.data.with_extension("log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
        file.map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Starts it and waits for its ready line.
    pub fn start(&self) -> Result<Till, String> {
        let mut child = self.serve()?;
        match ready_line(&mut child) {
            Ok(ready) => Till::of(child, &ready),
            Err(error) => {
                end_now(&mut child);
                let log = std::fs::read_to_string(self.data.with_extension("log")).unwrap_or_default();
                Err(format!("{error}; its log ends with {:?}", log.lines().last().unwrap_or_default()))
            }
        }
    }

    /// Starts it and kills it on the way up.
    pub fn start_and_kill(&self, after: Duration) -> Result<(), String> {
        let mut child = self.serve()?;
        thread::sleep(after);
        end_now(&mut child);
        Ok(())
    }

    /// Runs a tool to its end: its exit, what it printed, its last word on standard error.
    pub fn tool(&self, words: &[&str]) -> Result<(ExitStatus, String, String), String> {
        let (tool, rest) = words.split_first().ok_or("no tool named")?;
        let output = self.command(tool).args(rest).output().map_err(|error| format!("{tool}: {error}"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((output.status, text(&output.stdout), text(&output.stderr)))
    }
}

impl Till {
    fn of(child: Child, ready: &Value) -> Result<Self, String> {
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let port =
            ready["port"].as_u64().and_then(|port| u16::try_from(port).ok()).ok_or("the ready line has no port")?;
        let pins = ready["demo_pins"].as_array().into_iter().flatten();
        Ok(Till {
            child,
            address: Address { port, token: text(ready, "token") },
            pins: pins.map(|pin| (text(pin, "name"), text(pin, "pin"))).collect(),
        })
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn kill(mut self) {
        end_now(&mut self.child);
    }

    /// Asks it to end, and waits for its exit.
    pub fn end(mut self) -> Result<ExitStatus, String> {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        asked.map_err(|error| format!("kill -TERM: {error}"))?;
        self.child.wait().map_err(|error| error.to_string())
    }
}

fn end_now(child: &mut Child) {
    // Both fail only where the process has ended already, which the checks that follow will notice.
    drop(child.kill());
    drop(child.wait());
}

fn ready_line(child: &mut Child) -> Result<Value, String> {
    let stdout = child.stdout.take().ok_or("no standard output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line).map(|_| line);
        // The receiver has gone if it grew tired of waiting.
        drop(sender.send(read));
    });
    let line = receiver.recv_timeout(READY_WITHIN).map_err(|_| "the till printed no ready line in time".to_owned())?;
    let line = line.map_err(|error| error.to_string())?;
    let ready: Value = serde_json::from_str(&line).map_err(|_| format!("no ready line but {line:?}"))?;
    if ready["ready"] != true {
        return Err(format!("not ready: {line:?}"));
    }
    Ok(ready)
}

/// The default place of the program: the one that `DOCKET_TILL` names, else the one beside this program, since one
/// target folder holds both.
pub fn default_binary() -> PathBuf {
    if let Some(named) = std::env::var_os("DOCKET_TILL") {
        return PathBuf::from(named);
    }
    let own = std::env::current_exe().ok();
    let beside = own.as_deref().and_then(Path::parent).map(|folder| folder.join("docket-till"));
    beside.unwrap_or_else(|| PathBuf::from("target/debug/docket-till"))
}
