//! A real PostgreSQL for tests: a fresh database each, on one server.
//!
//! [`database`] takes the server that `DOCKET_TEST_DATABASE_URL` names (its user must be a superuser), or else starts a
//! private one, once per process. [`Postgres::start`] gives a server of one's own, to stop, kill and start again.
//! PostgreSQL refuses to run as root; there it runs as the user `postgres`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::ports::free_port;
use crate::service::{Ending, Service, until};

/// A cluster that was killed replays its log first.
const START_PATIENCE: Duration = Duration::from_secs(60);
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// Another program may take a free port before the server does.
const STARTS_MAX: u32 = 3;

static SHARED: OnceLock<Postgres> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A private server on a loopback port, user `postgres`, no password. It syncs what it commits, as in production.
/// It ends with the value, or else with the process.
pub struct Postgres {
    service: Service,
    programs: Programs,
    port: u16,
    settings: Vec<String>,
}

impl Postgres {
    /// A new, empty server.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed or does not start; the message holds the end of its log.
    #[must_use]
    pub fn start() -> Self {
        Self::start_in(&std::env::temp_dir(), &[])
    }

    /// A new server whose folder is made below `parent`, with settings (`name=value`) on top.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    #[must_use]
    pub fn start_in(parent: &Path, settings: &[&str]) -> Self {
        let programs = Programs::find();
        let service = Service::new(parent, "postgres", Ending::Int);
        let data = service.folder().join("data");
        let mut initdb = programs.as_server("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        run(initdb.arg("--pgdata").arg(&data));
        let sockets = format!("unix_socket_directories={}", service.folder().display());
        let fixed = ["listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=32MB", &sockets];
        let settings = fixed.iter().chain(settings).map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { service, programs, port: 0, settings };
        for _ in 0..STARTS_MAX {
            server.port = free_port();
            if server.try_start() {
                return server;
            }
        }
        panic!("PostgreSQL did not start:\n{}", server.service.log());
    }

    fn try_start(&mut self) -> bool {
        let data = self.service.folder().join("data");
        let mut command = self.programs.as_server("postgres");
        command.arg("-D").arg(data).args(["-p", &self.port.to_string()]);
        for setting in &self.settings {
            command.arg("-c").arg(setting);
        }
        self.service.start(command);
        let ready = until(START_PATIENCE, || {
            if !self.service.is_running() {
                return Some(false);
            }
            let mut ask = Command::new(self.programs.path("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            ask.status().is_ok_and(|status| status.success()).then_some(true)
        });
        ready == Some(true)
    }

    /// The address of one of its databases; `postgres` is always there.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// A fresh, empty database on it.
    ///
    /// # Panics
    /// If the server does not make it.
    #[must_use]
    pub fn database(&self) -> TestDatabase {
        TestDatabase::create(&self.url("postgres"))
    }

    /// Ends it in order: sessions are cut, what was committed is written out.
    pub fn stop(&mut self) {
        self.service.end(Ending::Int, STOP_PATIENCE);
    }

    /// Ends it as a crash does: nothing is written out, and the next start replays its log.
    pub fn kill(&mut self) {
        self.service.end(Ending::Quit, STOP_PATIENCE);
    }

    /// Starts it again, on the same port; one that runs is stopped first.
    ///
    /// # Panics
    /// If it does not start.
    pub fn restart(&mut self) {
        self.stop();
        assert!(self.try_start(), "PostgreSQL did not start again:\n{}", self.service.log());
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> String {
        self.service.log()
    }
}

/// A database that is dropped with the value.
pub struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    fn create(server: &str) -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("docket_{}_{number}", std::process::id());
        // An earlier process with our number may have left one on a server that lives longer.
        sql(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        sql(server, &format!("CREATE DATABASE {name}"));
        Self { server: server.to_owned(), name }
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        address(&self.server, &self.name)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // The server may be stopped by now, and then the database goes with its folder.
        let _ = psql(&self.server, &drop).output();
    }
}

/// A fresh, empty database.
///
/// # Panics
/// Where there is no server and none can be started.
#[must_use]
pub fn database() -> TestDatabase {
    match std::env::var("DOCKET_TEST_DATABASE_URL") {
        Ok(url) if !url.is_empty() => TestDatabase::create(&url),
        _ => SHARED.get_or_init(Postgres::start).database(),
    }
}

/// The same server's address of another database.
fn address(url: &str, database: &str) -> String {
    let (before, query) = url.split_once('?').map_or((url, None), |(before, query)| (before, Some(query)));
    let host = before.find("://").map_or(0, |at| at + 3);
    let end = before[host..].find('/').map_or(before.len(), |at| host + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{database}{query}", &before[..end])
}

fn sql(url: &str, statement: &str) {
    run(&mut psql(url, statement));
}

fn psql(url: &str, statement: &str) -> Command {
    let mut command = Command::new(Programs::find().path("psql"));
    command.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", url, "--command", statement]);
    command
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("can't start {command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
}

/// Where PostgreSQL's programs lie.
#[derive(Debug, Clone)]
struct Programs {
    folder: Option<PathBuf>,
}

impl Programs {
    /// `DOCKET_POSTGRES_BIN`, else the newest release of a Debian machine, else the search path.
    fn find() -> Self {
        if let Some(folder) = std::env::var_os("DOCKET_POSTGRES_BIN").filter(|value| !value.is_empty()) {
            return Self { folder: Some(folder.into()) };
        }
        let releases = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let with_server = releases.filter(|release| release.path().join("bin/initdb").is_file());
        let newest = with_server.max_by_key(|release| {
            let name = release.file_name();
            name.to_string_lossy().parse::<u32>().unwrap_or(0)
        });
        Self { folder: newest.map(|release| release.path().join("bin")) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.as_ref().map_or_else(|| name.into(), |folder| folder.join(name))
    }

    /// A program that must not run as root.
    fn as_server(&self, name: &str) -> Command {
        if !rustix::process::geteuid().is_root() {
            return Command::new(self.path(name));
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(self.path(name));
        // The folder that root works in may be closed to others.
        command.current_dir("/");
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(url: &str, statement: &str) -> Result<String, String> {
        let output = psql(url, statement).args(["--tuples-only", "--no-align"]).output().expect("psql starts");
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    #[test]
    fn each_database_is_its_own_and_goes_with_its_value() {
        let server = Postgres::start();
        let (one, other) = (server.database(), server.database());
        assert_eq!(ask(&one.url(), "CREATE TABLE here (id integer)"), Ok(String::new()));
        assert!(ask(&other.url(), "SELECT * FROM here").is_err());
        let gone = one.name().to_owned();
        drop(one);
        let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{gone}'");
        assert_eq!(ask(&server.url("postgres"), &left), Ok("0".to_owned()));
        assert_eq!(ask(&other.url(), "SHOW fsync"), Ok("on".to_owned()));
    }

    #[test]
    fn what_was_committed_is_there_after_a_stop_and_after_a_crash() {
        let mut server = Postgres::start();
        let url = server.url("postgres");
        assert!(ask(&url, "CREATE TABLE kept (id integer); INSERT INTO kept VALUES (1)").is_ok());
        server.stop();
        assert!(ask(&url, "SELECT 1").is_err());
        server.restart();
        assert_eq!(ask(&url, "SELECT count(*) FROM kept"), Ok("1".to_owned()));
        assert!(ask(&url, "INSERT INTO kept VALUES (2)").is_ok());
        server.kill();
        assert!(ask(&url, "SELECT 1").is_err());
        server.restart();
        assert_eq!(ask(&url, "SELECT count(*) FROM kept"), Ok("2".to_owned()));
        let folder = server.service.folder().to_owned();
        drop(server);
        assert!(!folder.exists());
    }

    #[test]
    fn a_guard_ends_the_server_of_a_process_that_is_gone() {
        let mut server = Postgres::start();
        let url = server.url("postgres");
        let folder = server.service.folder().to_owned();
        // What the end of the process does: the guard's input closes, and nothing else is done.
        server.service.leave_to_the_guard();
        assert!(ask(&url, "SELECT 1").is_err());
        assert!(!folder.exists());
    }

    #[test]
    fn the_address_of_another_database_keeps_the_rest() {
        assert_eq!(address("postgres://u:p@h:1/a?sslmode=off", "b"), "postgres://u:p@h:1/b?sslmode=off");
        assert_eq!(address("postgres://h", "b"), "postgres://h/b");
    }
}
