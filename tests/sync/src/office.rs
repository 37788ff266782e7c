//! Head office: its roles as processes, its PostgreSQL and its broker, each of which can be killed and brought back.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use docket_testkit::kafka::Kafka;
use docket_testkit::postgres::{Postgres, TestDatabase};
use tempfile::TempDir;

use crate::program::{Running, binary, output};
use crate::until;

/// A process of head office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes events in.
    Serve,
    /// Publishes to Kafka.
    Relay,
    /// The read model of orders.
    Orders,
    /// The sales figures.
    Analytics,
}

impl Role {
    fn words(self) -> &'static [&'static str] {
        match self {
            Role::Serve => &["serve"],
            Role::Relay => &["relay", "--create-topics"],
            Role::Orders => &["consume", "orders", "--create-topics"],
            Role::Analytics => &["consume", "analytics", "--create-topics"],
        }
    }
}

/// Head office with one tenant.
pub struct Office {
    folder: TempDir,
    /// The server; it may be stopped and started again.
    pub postgres: Postgres,
    /// The broker, where the test needs one.
    pub kafka: Option<Kafka>,
    /// The tenant.
    pub tenant: String,
    database: TestDatabase,
    port: u16,
    running: Vec<(Role, Running)>,
}

impl Office {
    /// A migrated database and a tenant; nothing runs yet but PostgreSQL.
    ///
    /// # Panics
    /// If a part does not start.
    #[must_use]
    pub fn open() -> Self {
        Self::with(None)
    }

    /// The same with a broker.
    ///
    /// # Panics
    /// If a part does not start.
    #[must_use]
    pub fn open_with_kafka() -> Self {
        Self::with(Some(Kafka::start()))
    }

    fn with(kafka: Option<Kafka>) -> Self {
        let postgres = Postgres::start();
        let database = postgres.database();
        let mut office = Office {
            folder: TempDir::new().expect("a temporary folder"),
            postgres,
            kafka,
            tenant: String::new(),
            database,
            port: free_port(),
            running: Vec::new(),
        };
        office.tool(&["migrate"]).expect("the schema is made");
        office.tenant = office.tool(&["tenant", "add", "Sample"]).expect("a tenant is made");
        office
    }

    /// Where tills reach it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The database as its owner, whom no row-level security of another role hides anything from.
    #[must_use]
    pub fn url(&self) -> String {
        self.database.url()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary("docket-central"));
        command.env("DATABASE_URL", self.url()).env("DOCKET_SECRET", "5a".repeat(32));
        command.env("DOCKET_LISTEN", format!("127.0.0.1:{}", self.port)).env("DOCKET_PLAIN", "true");
        command.env("DOCKET_HTTP_LISTEN", format!("127.0.0.1:{}", free_port()));
        command.env("DOCKET_RETRY_DELAYS_MS", "50,100,200").env("DOCKET_LOG", "info");
        if let Some(kafka) = &self.kafka {
            command.env("KAFKA_BROKERS", kafka.brokers());
        }
        command
    }

    /// Runs a tool of head office.
    ///
    /// # Errors
    /// What it said.
    pub fn tool(&self, words: &[&str]) -> Result<String, String> {
        output(self.command().args(words))
    }

    /// A one-time code; without a store it founds one.
    ///
    /// # Panics
    /// If none is given.
    #[must_use]
    pub fn code(&self, store: Option<&str>) -> String {
        let mut words = vec!["code", "new", "--tenant", &self.tenant];
        if let Some(store) = store {
            words.extend(["--store", store]);
        }
        self.tool(&words).expect("a code is made")
    }

    fn log(&self, role: Role) -> PathBuf {
        self.folder.path().join(format!("{role:?}.log"))
    }

    /// What a role has said.
    #[must_use]
    pub fn said(&self, role: Role) -> String {
        std::fs::read_to_string(self.log(role)).unwrap_or_default()
    }

    /// Starts a role, once more if it runs already.
    pub fn start(&mut self, role: Role) {
        let running = Running::start(self.command().args(role.words()), &self.log(role));
        self.running.push((role, running));
        if role == Role::Serve {
            let address = format!("127.0.0.1:{}", self.port);
            until("head office listens", || {
                std::net::TcpStream::connect(&address).map(drop).map_err(|error| error.to_string())
            });
        }
    }

    /// SIGKILL to the first process of a role.
    ///
    /// # Panics
    /// If none runs.
    pub fn kill(&mut self, role: Role) {
        let at = self.running.iter().position(|(running, _)| *running == role).expect("the role runs");
        self.running.remove(at).1.kill();
    }
}

/// A port that was free just now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
