//! Head office as it is measured: the real program in release mode, on a real PostgreSQL of its own, with a real broker
//! where a row needs one. All of it ends with the value.

pub mod database;
pub mod device;
pub mod events;
pub mod line;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use docket_testkit::ports::free_port;
use docket_testkit::postgres::{Postgres, TestDatabase};

use crate::error::BenchError;
use crate::stopwatch::Stopwatch;

/// The program, if it doesn't lie beside this one.
const PROGRAM: &str = "DOCKET_CENTRAL";
/// How long a role may take until it answers.
const START: Duration = Duration::from_secs(30);
/// Between two looks whether it does.
const LOOK: Duration = Duration::from_millis(10);

/// What ours and the anchor share: one server. A cache of the size that PostgreSQL's handbook begins with, and room for
/// its log, so that no checkpoint falls into one round and not into the next.
pub fn server(dir: &Path) -> Result<Postgres, BenchError> {
    let parent = std::fs::canonicalize(dir).map_err(BenchError::file("find", dir))?;
    // The server runs as another user where this one is root, and may not pass through every folder of ours.
    let parent = if reachable(&parent) { parent } else { std::env::temp_dir() };
    Ok(Postgres::start_in(&parent, &["shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=30min"]))
}

/// Where files are kept in memory.
const MEMORY: &str = "/dev/shm";

/// A server whose files are no concern of this machine's disk, as those of another machine would not be; on the disk where
/// this one keeps no files in memory.
pub fn server_elsewhere(dir: &Path) -> Result<Postgres, BenchError> {
    let memory = Path::new(MEMORY);
    if memory.is_dir() {
        return server(memory);
    }
    eprintln!("{MEMORY} is missing: head office shares the till's disk");
    server(dir)
}

fn reachable(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    folder.ancestors().all(|part| part.metadata().is_ok_and(|part| part.permissions().mode() & 0o001 != 0))
}

/// A process of head office; it is killed when this goes.
#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One tenant on a fresh database, and the sync service.
pub struct Office {
    // Before the database, which is dropped when nobody uses it any more.
    serve: Process,
    relay: Option<Process>,
    database: TestDatabase,
    program: PathBuf,
    folder: PathBuf,
    brokers: Option<String>,
    tenant: String,
    port: u16,
    settings: Vec<(String, String)>,
}

impl Office {
    /// A migrated database on this server, a tenant, and `serve`, which listens.
    pub fn open(server: &Postgres, folder: &Path, brokers: Option<String>) -> Result<Self, BenchError> {
        Self::open_with(server, folder, brokers, &[])
    }

    /// The same with settings of the API.
    pub fn open_with(
        server: &Postgres,
        folder: &Path,
        brokers: Option<String>,
        settings: &[(&str, &str)],
    ) -> Result<Self, BenchError> {
        let program = program()?;
        let database = server.database();
        let port = free_port();
        let settings: Vec<(String, String)> =
            settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let url = database.url();
        let begin = Begin { program: &program, url, port, brokers: brokers.as_deref(), folder, settings: &settings };
        begin.run(&["migrate"])?;
        let tenant = begin.run(&["tenant", "add", "Bench"])?;
        let serve = begin.start("serve", &["serve"])?;
        let folder = folder.to_owned();
        let office = Self { serve, relay: None, database, program, folder, brokers, tenant, port, settings };
        office.wait_for(port)?;
        Ok(office)
    }

    fn begin(&self) -> Begin<'_> {
        let (program, brokers) = (&self.program, self.brokers.as_deref());
        let settings = &self.settings;
        Begin { program, url: self.database.url(), port: self.port, brokers, folder: &self.folder, settings }
    }

    /// Waits until something listens there.
    pub fn wait_for(&self, port: u16) -> Result<(), BenchError> {
        let watch = Stopwatch::start();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if watch.elapsed() > START {
                return Err(BenchError::NotComparable("docket-central does not listen".into()));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Where tills reach it.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The same for who stands between.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The database, as its owner, whom row-level security hides nothing from.
    pub fn url(&self) -> String {
        self.database.url()
    }

    /// The number of the service's process.
    pub fn pid(&self) -> u32 {
        self.serve.0.id()
    }

    /// The tenant.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Runs a tool of head office.
    pub fn tool(&self, words: &[&str]) -> Result<String, BenchError> {
        self.begin().run(words)
    }

    /// A one-time code that founds a store.
    pub fn code(&self) -> Result<String, BenchError> {
        self.begin().run(&["code", "new", "--tenant", &self.tenant])
    }

    /// Starts the relay, and its topics.
    pub fn start_relay(&mut self) -> Result<(), BenchError> {
        self.relay = Some(self.begin().start("relay", &["relay", "--create-topics"])?);
        Ok(())
    }

    /// Ends the relay as a crash does; what it had not marked is sent again by the next one.
    pub fn stop_relay(&mut self) {
        self.relay = None;
    }
}

/// What every call of the program needs.
struct Begin<'a> {
    program: &'a Path,
    url: String,
    port: u16,
    brokers: Option<&'a str>,
    folder: &'a Path,
    settings: &'a [(String, String)],
}

impl Begin<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.args(words).env("DATABASE_URL", &self.url).env("DOCKET_SECRET", "5a".repeat(32));
        command.env("DOCKET_LISTEN", format!("127.0.0.1:{}", self.port)).env("DOCKET_PLAIN", "true");
        // A free port for the pages of health, at which nobody looks here.
        command.env("DOCKET_HTTP_LISTEN", "127.0.0.1:0").env("DOCKET_LOG", "info").stdin(Stdio::null());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some(brokers) = self.brokers {
            command.env("KAFKA_BROKERS", brokers);
        }
        command
    }

    /// Runs a tool to its end and gives what it printed.
    fn run(&self, words: &[&str]) -> Result<String, BenchError> {
        let output = self.command(words).output().map_err(BenchError::file("run", self.program))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(BenchError::NotComparable(format!("docket-central {}: {said}", words.join(" "))))
    }

    fn start(&self, name: &str, words: &[&str]) -> Result<Process, BenchError> {
        let path = self.folder.join(format!("{name}.log"));
        let log = File::create(&path).map_err(BenchError::file("make", &path))?;
        let child = self.command(words).stdout(Stdio::null()).stderr(log).spawn();
        Ok(Process(child.map_err(BenchError::file("run", self.program))?))
    }
}

fn program() -> Result<PathBuf, BenchError> {
    if let Some(named) = std::env::var_os(PROGRAM) {
        return Ok(named.into());
    }
    let own = std::env::current_exe().map_err(BenchError::file("find", Path::new("this program")))?;
    Ok(own.with_file_name("docket-central"))
}
