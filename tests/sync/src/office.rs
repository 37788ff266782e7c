//! Head office: its roles as processes, its PostgreSQL and its broker, each of which can be killed and brought back.

use std::path::PathBuf;
use std::process::Command;

use docket_testkit::kafka::Kafka;
use docket_testkit::ports::free_port;
use docket_testkit::postgres::{Postgres, TestDatabase};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Running, binary, output};
use crate::until;

/// A process of head office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Takes events in.
    Serve,
    /// The same with the API, in the house that it makes for a demonstration.
    Dev,
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
            Role::Dev => &["serve", "--dev"],
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
    /// A collector that each role sends its spans to.
    pub collector: Option<String>,
    database: TestDatabase,
    port: u16,
    rest: u16,
    grpc: u16,
    running: Vec<(Role, Running)>,
    tls: Option<Tls>,
}

/// A certificate that is shown, and the one that takes its place.
struct Tls {
    shown: Pair,
    next: Pair,
}

/// A certificate and its key, in PEM.
#[derive(Clone)]
struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
        Pair { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }
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
            collector: None,
            database,
            port: free_port(),
            rest: free_port(),
            grpc: free_port(),
            running: Vec::new(),
            tls: None,
        };
        office.tool(&["migrate"]).expect("the schema is made");
        office.tenant = office.tool(&["tenant", "add", "Sample"]).expect("a tenant is made");
        office
    }

    /// The same with a broker, and a certificate for tills.
    ///
    /// # Panics
    /// If a part does not start.
    #[must_use]
    pub fn over_tls() -> Self {
        let mut office = Self::open_with_kafka();
        let tls = Tls { shown: Pair::new(), next: Pair::new() };
        office.show(&tls.shown);
        office.tls = Some(tls);
        office
    }

    fn pem(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the files that the service reads.
    fn show(&self, pair: &Pair) {
        // The key first: as long as the two don't fit, the pair before is shown.
        std::fs::write(self.pem("key.pem"), &pair.key).expect("the key is written");
        std::fs::write(self.pem("cert.pem"), &pair.certificate).expect("the certificate is written");
    }

    fn tls(&self) -> &Tls {
        self.tls.as_ref().expect("this office has a certificate")
    }

    /// The certificate that is shown.
    ///
    /// # Panics
    /// If it has none.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.tls().shown.certificate
    }

    /// That and the one that will take its place, for a till that is to trust both.
    ///
    /// # Panics
    /// If it has none.
    #[must_use]
    pub fn certificate_and_next(&self) -> String {
        format!("{}{}", self.certificate(), self.tls().next.certificate)
    }

    /// Replaces the files of the certificate while the service runs.
    ///
    /// # Panics
    /// If it has none.
    pub fn replace_certificate(&mut self) {
        let next = self.tls().next.clone();
        self.show(&next);
        self.tls = Some(Tls { shown: next, next: Pair::new() });
    }

    /// Where tills reach it.
    #[must_use]
    pub fn address(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// The database as its owner, whom no row-level security of another role hides anything from.
    #[must_use]
    pub fn url(&self) -> String {
        self.database.url()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary("docket-central"));
        command.env("DATABASE_URL", self.url()).env("DOCKET_SECRET", "5a".repeat(32));
        command.env("DOCKET_LISTEN", format!("127.0.0.1:{}", self.port));
        if self.tls.is_some() {
            command.env("DOCKET_TLS_CERT_FILE", self.pem("cert.pem")).env("DOCKET_TLS_KEY_FILE", self.pem("key.pem"));
        } else {
            command.env("DOCKET_PLAIN", "true");
        }
        command.env("DOCKET_API_LISTEN", format!("127.0.0.1:{}", self.rest));
        command.env("DOCKET_GRPC_LISTEN", format!("127.0.0.1:{}", self.grpc));
        command.env("DOCKET_HTTP_LISTEN", format!("127.0.0.1:{}", free_port()));
        command.env("DOCKET_RETRY_DELAYS_MS", "50,100,200").env("DOCKET_LOG", "info");
        if let Some(collector) = &self.collector {
            command.env("DOCKET_OTLP_ENDPOINT", collector);
        }
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

    /// Calls the API of [`Role::Dev`]; a mutating call goes under a key.
    ///
    /// # Errors
    /// Status and problem.
    pub fn api(&self, method: &str, path: &str, body: Option<&Value>, key: &str) -> Result<Value, String> {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let url = format!("http://127.0.0.1:{}/api/v1/{path}", self.rest);
        let answer = match (method, body) {
            ("POST", Some(body)) => agent.post(url).header("Idempotency-Key", key).send_json(body),
            ("PATCH", Some(body)) => agent.patch(url).send_json(body),
            ("DELETE", _) => agent.delete(url).call(),
            _ => agent.get(url).call(),
        };
        let mut answer = answer.map_err(|error| error.to_string())?;
        let status = answer.status();
        let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?
        };
        if status.is_success() { Ok(body) } else { Err(format!("{status}: {body}")) }
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
        let mut running = Running::start(self.command().args(role.words()), &self.log(role));
        let ports: &[u16] = match role {
            Role::Serve => &[self.port],
            Role::Dev => &[self.port, self.rest, self.grpc],
            Role::Relay | Role::Orders | Role::Analytics => &[],
        };
        for port in ports {
            let address = format!("127.0.0.1:{port}");
            until("head office listens", || {
                assert!(running.is_running(), "head office ended: {}", self.said(role));
                std::net::TcpStream::connect(&address).map(drop).map_err(|error| error.to_string())
            });
        }
        self.running.push((role, running));
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
