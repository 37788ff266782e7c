//! A real Apache Kafka for tests: one broker in KRaft mode, which is its own controller.
//!
//! [`brokers`] takes the brokers that `DOCKET_TEST_KAFKA_BROKERS` names, or else starts a private one, once per
//! process. [`Kafka::start`] gives a broker of one's own, to stop and start again. The jars lie in `DOCKET_KAFKA_LIB`, or
//! in `tools/kafka/lib` of the target folder, where `cargo xtask test` puts them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::ports::free_port;
use crate::service::{Ending, Service, until};

/// A machine that builds meanwhile is slow.
const START_PATIENCE: Duration = Duration::from_secs(90);
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// Another program may take a free port before the broker does.
const STARTS_MAX: u32 = 3;
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);
/// Identity of the cluster: 16 bytes in base64, any will do.
const CLUSTER: &str = "ZG9ja2V0LXRlc3QtMDAwMQ";
/// An ApiVersions request, version 0, correlation 7, without a client's name; the first four bytes are its length.
const API_VERSIONS: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];

static SHARED: OnceLock<Kafka> = OnceLock::new();

/// A private broker on loopback ports, without topics; it makes none unasked. It ends with the value, or else with the
/// process.
pub struct Kafka {
    service: Service,
    port: u16,
    /// Who may speak to it; anyone if there is none.
    user: Option<User>,
}

/// A name and a password, for SASL PLAIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: &'static str,
    /// The password.
    pub password: &'static str,
}

impl Kafka {
    /// A new, empty broker.
    ///
    /// # Panics
    /// Where Java or the jars are missing or it does not start; the message holds the end of its log.
    #[must_use]
    pub fn start() -> Self {
        Self::start_for(None)
    }

    /// The same for one user only, by SASL PLAIN over a connection that is not secured.
    ///
    /// # Panics
    /// As [`Kafka::start`].
    #[must_use]
    pub fn start_for(user: Option<User>) -> Self {
        // Its folder goes with it, so at the end it need not close its files in order.
        let service = Service::new(&std::env::temp_dir(), "kafka", Ending::Kill);
        let mut broker = Self { service, port: 0, user };
        for _ in 0..STARTS_MAX {
            broker.port = free_port();
            broker.configure();
            if broker.try_start() {
                return broker;
            }
        }
        panic!("Kafka did not start:\n{}", broker.service.log());
    }

    fn configure(&self) {
        let folder = self.service.folder();
        let data = folder.join("data");
        // An earlier try may have left one, formatted for other ports.
        let _ = std::fs::remove_dir_all(&data);
        let properties = properties(self.port, free_port(), &data.display().to_string(), self.user);
        let file = folder.join("server.properties");
        std::fs::write(&file, properties).expect("the folder is ours");
        let mut format = java();
        format.args(["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c"]).arg(&file);
        let output = format.output().unwrap_or_else(|error| panic!("can't start java: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Kafka's storage was not formatted: {said}");
    }

    fn try_start(&mut self) -> bool {
        let mut command = java();
        command.arg("kafka.Kafka").arg(self.service.folder().join("server.properties"));
        self.service.start(command);
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let ready = until(START_PATIENCE, || {
            if !self.service.is_running() {
                return Some(false);
            }
            answers(address).then_some(true)
        });
        ready == Some(true)
    }

    /// Its address, as clients want it.
    #[must_use]
    pub fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends it in order; its data stay.
    pub fn stop(&mut self) {
        self.service.end(Ending::Term, STOP_PATIENCE);
    }

    /// Ends it as a crash does; its data stay.
    pub fn kill(&mut self) {
        self.service.end(Ending::Kill, STOP_PATIENCE);
    }

    /// Starts it again on the same port, with the same data; one that runs is stopped first.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&mut self) {
        self.stop();
        assert!(self.try_start(), "Kafka did not start again:\n{}", self.service.log());
    }

    /// The end of its log.
    #[must_use]
    pub fn log(&self) -> String {
        self.service.log()
    }
}

/// The address of brokers to test with.
///
/// # Panics
/// Where none is named and none can be started.
#[must_use]
pub fn brokers() -> String {
    match std::env::var("DOCKET_TEST_KAFKA_BROKERS") {
        Ok(brokers) if !brokers.is_empty() => brokers,
        _ => SHARED.get_or_init(Kafka::start).brokers(),
    }
}

fn properties(port: u16, controller: u16, data: &str, user: Option<User>) -> String {
    let (protocol, sasl) = user.map_or(("PLAINTEXT", String::new()), |user| ("SASL_PLAINTEXT", sasl(user)));
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         inter.broker.listener.name=PLAINTEXT\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=PLAINTEXT:{protocol},CONTROLLER:PLAINTEXT\n\
         {sasl}\
         log.dirs={data}\n\
         auto.create.topics.enable=false\n\
         num.partitions=4\n\
         offsets.topic.num.partitions=1\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.num.partitions=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n\
         num.network.threads=2\n\
         num.io.threads=2\n"
    )
}

fn sasl(User { name, password }: User) -> String {
    format!(
        "sasl.enabled.mechanisms=PLAIN\n\
         sasl.mechanism.inter.broker.protocol=PLAIN\n\
         listener.name.plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
         username=\"{name}\" password=\"{password}\" user_{name}=\"{password}\";\n"
    )
}

/// Java with Kafka's classes; it starts quickly and stays small.
fn java() -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"]);
    command.arg(jars().join("*"));
    command
}

fn jars() -> PathBuf {
    if let Some(folder) = std::env::var_os("DOCKET_KAFKA_LIB").filter(|value| !value.is_empty()) {
        return folder.into();
    }
    let program = std::env::current_exe().expect("a test knows its program");
    let mut folders = program.ancestors().map(|folder| folder.join("tools/kafka/lib"));
    let found = folders.find(|folder| folder.is_dir());
    found.expect("Kafka's jars are missing: `cargo xtask test --only packages` fetches them, or set DOCKET_KAFKA_LIB")
}

/// Whether a broker answers there. It listens only once it takes requests, and another program would not answer so.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, ANSWER_PATIENCE)?;
        stream.set_read_timeout(Some(ANSWER_PATIENCE))?;
        stream.write_all(&API_VERSIONS)?;
        let mut answer = [0_u8; 10];
        stream.read_exact(&mut answer)?;
        // Its length, our correlation, no error.
        Ok(answer[4..] == [0, 0, 0, 7, 0, 0])
    };
    ask().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_answers_stops_and_answers_again_on_its_port() {
        let mut broker = Kafka::start();
        let address: SocketAddr = broker.brokers().parse().expect("an address");
        assert!(answers(address));
        broker.stop();
        assert!(!answers(address));
        broker.start_again();
        assert!(answers(address));
        let folder = broker.service.folder().to_owned();
        drop(broker);
        assert!(!folder.exists());
        assert!(!answers(address));
    }
}
