//! The services that suites of head office need: PostgreSQL and a Kafka broker, each on free loopback ports, in a folder
//! that is removed when the stage ends.
//!
//! A service that happens to run on the machine is never used, because its state would decide the result; only one that
//! `DOCKET_TEST_DATABASE_URL` or `DOCKET_TEST_KAFKA_BROKERS` names is. This knows no crate of the product, so it
//! starts them by itself; `docket-testkit` starts the private ones that tests stop and kill.

mod broker;
mod database;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::{Failure, io};
use crate::kafka;
use crate::process::{Running, Task};
use crate::stopwatch::Stopwatch;
use crate::workspace::Workspace;

/// A cold machine that builds meanwhile takes its time.
const START_PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);

/// Names the database's address.
pub const DATABASE: &str = "DOCKET_TEST_DATABASE_URL";
/// Names the brokers' addresses.
pub const BROKERS: &str = "DOCKET_TEST_KAFKA_BROKERS";

/// What runs for a stage; it ends with the value.
pub struct Services {
    settings: Vec<(&'static str, String)>,
    // Before the folder, so that it goes when they are gone.
    _running: Vec<Running>,
    _folder: Folder,
}

impl Services {
    /// Starts what is not named in the environment.
    pub fn start(workspace: &Workspace) -> Result<Self, Failure> {
        let folder = Folder::make()?;
        let programs = database::programs()?;
        let jars = kafka::jars(workspace)?;
        let mut settings = vec![
            ("DOCKET_POSTGRES_BIN", programs.display().to_string()),
            ("DOCKET_KAFKA_LIB", jars.display().to_string()),
        ];
        let mut running = Vec::new();
        if !is_named(DATABASE) {
            let (server, url) = database::start(&programs, &folder.0)?;
            running.push(server);
            settings.push((DATABASE, url));
        }
        if !is_named(BROKERS) {
            let (server, brokers) = broker::start(&jars, &folder.0)?;
            running.push(server);
            settings.push((BROKERS, brokers));
        }
        Ok(Self { settings, _running: running, _folder: folder })
    }

    /// The database alone.
    pub fn start_database() -> Result<Self, Failure> {
        let folder = Folder::make()?;
        let programs = database::programs()?;
        let mut settings = vec![("DOCKET_POSTGRES_BIN", programs.display().to_string())];
        let mut running = Vec::new();
        if !is_named(DATABASE) {
            let (server, url) = database::start(&programs, &folder.0)?;
            running.push(server);
            settings.push((DATABASE, url));
        }
        Ok(Self { settings, _running: running, _folder: folder })
    }

    /// Where one of them is: what was started here, else what the environment names.
    pub fn value(&self, name: &str) -> Option<String> {
        let started = self.settings.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        started.or_else(|| std::env::var(name).ok())
    }

    /// Tells a task where they are.
    pub fn told(&self, task: Task) -> Task {
        self.settings.iter().fold(task, |task, (name, value)| task.env(name, value))
    }
}

/// Whether PostgreSQL's server programs are here.
pub fn has_database() -> bool {
    database::programs().is_ok()
}

fn is_named(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

struct Folder(PathBuf);

impl Folder {
    /// In the machine's folder for temporary files: PostgreSQL runs as a user of its own where we are root, and that user
    /// may not reach `target`.
    fn make() -> Result<Self, Failure> {
        let folder = std::env::temp_dir().join(format!("docket-services-{}", std::process::id()));
        // An earlier run with our number may have been killed.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).map_err(io(format!("can't make {}", folder.display())))?;
        let made = Self(folder);
        open_to_all(&made.0)?;
        Ok(made)
    }
}

#[cfg(unix)]
fn open_to_all(folder: &Path) -> Result<(), Failure> {
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder, open).map_err(io(format!("can't open {}", folder.display())))
}

#[cfg(not(unix))]
fn open_to_all(_folder: &Path) -> Result<(), Failure> {
    Ok(())
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("xtask: {} stays: {error}", self.0.display());
        }
    }
}

/// A port of the loopback that nobody listens on now.
pub fn free_port() -> Result<u16, Failure> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).map_err(io("no free port"))?;
    Ok(listener.local_addr().map_err(io("no free port"))?.port())
}

/// Waits until a server answers; what it said until it ended or time was up is in the failure.
fn ready(server: &mut Running, name: &str, log: &Path, answers: impl Fn() -> bool) -> Result<(), Failure> {
    let watch = Stopwatch::start();
    while !answers() {
        crate::stop::unless_asked()?;
        if server.has_ended() || watch.elapsed() > START_PATIENCE {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            return Err(Failure::said(format!("{name} did not start: {}", said.trim())));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}
