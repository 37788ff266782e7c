//! Starting programs. What is started is shown and waited for; `running` ends it in time.

mod running;

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};

pub use running::Running;
use running::{Asked, POLL};

use crate::failure::Failure;
use crate::stop;

/// A program about to be started, without an input unless it asks for one.
pub struct Task {
    command: Command,
    shown: String,
    quiet: bool,
    finish_when_stopped: bool,
}

impl Task {
    /// A program by path or name.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program.as_ref());
        command.stdin(Stdio::null());
        // What cargo told us about this crate would mislead a cargo started by us.
        for (name, _) in std::env::vars_os() {
            let told = name.to_string_lossy();
            if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") || told.starts_with("CARGO_BIN_") {
                command.env_remove(&name);
            }
        }
        let shown = Path::new(program.as_ref()).file_name().unwrap_or(program.as_ref());
        Self { shown: shown.to_string_lossy().into_owned(), command, quiet: false, finish_when_stopped: false }
    }

    /// The cargo that runs us.
    pub fn cargo() -> Self {
        let mut task = Self::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        task.shown = "cargo".to_owned();
        task
    }

    /// The same, behind everything else that wants a processor.
    pub fn cargo_behind() -> Self {
        let mut task = Self::new("nice").args(["-n", "19"]);
        task = task.arg(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
        task.shown = "nice cargo".to_owned();
        task
    }

    /// One more argument.
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// More arguments.
    pub fn args(self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Where it runs.
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// One variable of its environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Doesn't show the command line.
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// What it prints goes to the error stream, where our own words go too.
    pub fn output_to_stderr(mut self) -> Self {
        self.command.stdout(std::io::stderr());
        self
    }

    /// What it prints is dropped; its errors are not.
    pub fn without_output(mut self) -> Self {
        self.command.stdout(Stdio::null());
        self
    }

    /// What it says on its error stream goes to a file.
    pub fn errors_to(mut self, file: std::fs::File) -> Self {
        self.command.stderr(file);
        self
    }

    /// What it says on its error stream is dropped.
    pub fn without_errors(mut self) -> Self {
        self.command.stderr(Stdio::null());
        self.quiet()
    }

    /// Nothing that it says is shown.
    pub fn silent(mut self) -> Self {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.quiet()
    }

    /// May ask a person, as sudo does for a password.
    pub fn may_ask(mut self) -> Self {
        self.command.stdin(Stdio::inherit());
        self
    }

    /// Is waited for even when we are asked to end: a package manager cut short leaves a broken system.
    pub fn finish_when_stopped(mut self) -> Self {
        self.finish_when_stopped = true;
        self
    }

    /// Runs it to its end; anything but success is a failure that names the command line.
    pub fn run(self) -> Result<(), Failure> {
        let shown = self.shown.clone();
        let status = self.status()?;
        success(&shown, status)
    }

    /// Runs it to its end and says how it ended.
    pub fn status(mut self) -> Result<ExitStatus, Failure> {
        let child = self.spawn()?;
        let mut running = Running::of(child, self.shown);
        let status = running.wait(self.finish_when_stopped)?;
        stop::unless_asked()?;
        Ok(status)
    }

    /// Runs it to its end without a word and returns what it printed.
    pub fn capture(self) -> Result<String, Failure> {
        let mut printed = String::new();
        self.quiet().read_lines(|line| {
            printed.push_str(line);
            printed.push('\n');
        })?;
        Ok(printed)
    }

    /// Runs it to its end and hands over each line as it is printed; a failure ends as in `run`.
    pub fn read_lines(self, each: impl FnMut(&str)) -> Result<(), Failure> {
        let shown = self.shown.clone();
        let status = self.read_lines_to_end(each)?;
        stop::unless_asked()?;
        success(&shown, status)
    }

    /// As `read_lines`, but leaves it to the caller what the end means.
    pub fn read_lines_to_end(mut self, mut each: impl FnMut(&str)) -> Result<ExitStatus, Failure> {
        self.command.stdout(Stdio::piped());
        let mut child = self.spawn()?;
        let lines = lines_of(child.stdout.take().expect("stdout was piped above"));
        let mut running = Running::of(child, self.shown);
        let mut asked = Asked::default();
        let status = loop {
            match lines.recv_timeout(POLL) {
                Ok(line) => each(&line),
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(POLL),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(status) = running.look(&mut asked, self.finish_when_stopped)? {
                break status;
            }
        };
        // A grandchild may hold the pipe open for ever; what is in it by now is all there is.
        while let Ok(line) = lines.recv_timeout(POLL * 8) {
            each(&line);
        }
        Ok(status)
    }

    /// Starts it in the background; it is ended when the value is dropped.
    pub fn start(mut self) -> Result<Running, Failure> {
        let child = self.spawn()?;
        Ok(Running::of(child, self.shown))
    }

    /// Starts it in the background and hands over the lines it prints.
    pub fn start_reading(mut self) -> Result<(Running, Receiver<String>), Failure> {
        self.command.stdout(Stdio::piped());
        let mut child = self.spawn()?;
        let lines = lines_of(child.stdout.take().expect("stdout was piped above"));
        Ok((Running::of(child, self.shown), lines))
    }

    fn spawn(&mut self) -> Result<Child, Failure> {
        stop::unless_asked()?;
        if !self.quiet {
            eprintln!("$ {}", self.shown);
        }
        self.command.spawn().map_err(|error| Failure::said(format!("can't start '{}': {error}", self.shown)))
    }
}

fn lines_of(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(1024);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            if sender.send(text).is_err() {
                // Nobody reads any more, but the child must be able to go on printing.
                let _ = std::io::copy(&mut reader, &mut std::io::sink());
                return;
            }
        }
    });
    receiver
}

fn success(shown: &str, status: ExitStatus) -> Result<(), Failure> {
    if status.success() { Ok(()) } else { Err(Failure::said(format!("'{shown}' failed: {status}"))) }
}

/// The path of a program that can be started by name.
pub fn find_program(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    let file = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
    std::env::split_paths(&path).map(|dir| dir.join(&file)).find(|path| path.is_file())
}
