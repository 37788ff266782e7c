//! Head office as `serve --dev` gives it to whoever wants to try the API, and the programs of others that call it.

use std::path::{Path, PathBuf};
use std::process::Command;

use docket_circle::program::{Running, binary, output};
use docket_circle::until;
use docket_testkit::ports::free_port;
use docket_testkit::postgres::{self, TestDatabase};
use serde_json::Value;
use tempfile::TempDir;

/// Where `cargo xtask test --only api` puts Python's programs.
const PYTHON: &str = "DOCKET_PYTHON_TOOLS";

/// `docket-central serve --dev` on a fresh database and free ports. It ends with the value.
pub struct Dev {
    _running: Running,
    /// A folder for what a client leaves behind.
    pub folder: TempDir,
    database: TestDatabase,
    rest: u16,
    grpc: u16,
}

impl Dev {
    /// Starts it, with settings on top.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let (database, folder) = (postgres::database(), TempDir::new().expect("a folder"));
        let (rest, grpc) = (free_port(), free_port());
        let mut command = Command::new(binary("docket-central"));
        let local = |port: u16| format!("127.0.0.1:{port}");
        command.args(["serve", "--dev"]).env("DATABASE_URL", database.url());
        command.env("DOCKET_API_LISTEN", local(rest)).env("DOCKET_GRPC_LISTEN", local(grpc));
        command.env("DOCKET_LISTEN", local(free_port())).env("DOCKET_HTTP_LISTEN", local(free_port()));
        command.envs(settings.iter().copied());
        let log = folder.path().join("serve.log");
        let mut running = Running::start(&mut command, &log);
        until("head office listens", || {
            let said = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(running.is_running(), "it ended: {}", said());
            let listens = |port| std::net::TcpStream::connect(local(port)).map(drop).map_err(|error| error.to_string());
            listens(rest).and_then(|()| listens(grpc)).map_err(|error| format!("{error}: {}", said()))
        });
        Dev { _running: running, folder, database, rest, grpc }
    }

    /// The address of the REST door.
    #[must_use]
    pub fn rest(&self) -> String {
        format!("http://127.0.0.1:{}", self.rest)
    }

    /// Host and port of the gRPC door.
    #[must_use]
    pub fn grpc(&self) -> String {
        format!("127.0.0.1:{}", self.grpc)
    }

    /// The database, as its owner.
    #[must_use]
    pub fn url(&self) -> String {
        self.database.url()
    }

    /// What the service has said.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default()
    }
}

/// A program of Python's packages, as `clients/requirements.txt` names them.
///
/// # Panics
/// If nobody said where they are.
#[must_use]
pub fn python(program: &str) -> PathBuf {
    let folder = std::env::var_os(PYTHON).filter(|value| !value.is_empty());
    let folder = folder.unwrap_or_else(|| panic!("{PYTHON} is not set: cargo xtask test --only api sets it"));
    Path::new(&folder).join(program)
}

/// A file of this suite.
#[must_use]
pub fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// Runs a program that must succeed, and gives what it printed.
///
/// # Panics
/// If it fails; the message has what it said.
#[must_use]
pub fn must(command: &mut Command) -> String {
    output(command).unwrap_or_else(|said| panic!("{command:?}: {said}"))
}

/// The same, read as JSON.
///
/// # Panics
/// If it fails, or prints anything else.
#[must_use]
pub fn must_json(command: &mut Command) -> Value {
    let said = must(command);
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{command:?}: {error}: {said}"))
}
