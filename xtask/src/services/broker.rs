//! Kafka in KRaft mode: one broker that is its own controller, as its documents describe for one machine.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::{free_port, ready};
use crate::failure::{Failure, io};
use crate::process::{Running, Task};

/// Identity of the cluster: 16 bytes in base64, any will do.
const CLUSTER: &str = "ZG9ja2V0LXh0YXNrLTAwMQ";
/// An ApiVersions request, version 0, correlation 7, without a client's name; the first four bytes are its length.
const API_VERSIONS: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 0xff, 0xff];
const ANSWER_PATIENCE: Duration = Duration::from_secs(1);

/// A new broker below `folder`, and its address.
pub fn start(jars: &Path, folder: &Path) -> Result<(Running, String), Failure> {
    let (port, controller) = (free_port()?, free_port()?);
    let file = folder.join("server.properties");
    let text = properties(port, controller, &folder.join("kafka").display().to_string());
    std::fs::write(&file, text).map_err(io(format!("can't write {}", file.display())))?;
    let format = java(jars).args(["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c"]).arg(&file);
    format.dir(folder).without_output().run()?;
    let log = folder.join("kafka.log");
    let errors = std::fs::File::create(&log).map_err(io(format!("can't write {}", log.display())))?;
    let task = java(jars).arg("kafka.Kafka").arg(&file).dir(folder).without_output();
    let mut server = task.errors_to(errors).start()?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    ready(&mut server, "Kafka", &log, || answers(address).unwrap_or(false))?;
    Ok((server, address.to_string()))
}

fn java(jars: &Path) -> Task {
    Task::new("java")
        .args(["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"])
        .arg(jars.join("*"))
}

fn properties(port: u16, controller: u16, data: &str) -> String {
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         inter.broker.listener.name=PLAINTEXT\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         log.dirs={data}\n\
         auto.create.topics.enable=false\n\
         num.partitions=4\n\
         offsets.topic.num.partitions=1\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.num.partitions=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n"
    )
}

/// Whether a broker answers there. It listens only once it takes requests.
fn answers(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_PATIENCE)?;
    stream.set_read_timeout(Some(ANSWER_PATIENCE))?;
    stream.write_all(&API_VERSIONS)?;
    let mut answer = [0_u8; 10];
    stream.read_exact(&mut answer)?;
    // Its length, our correlation, no error.
    Ok(answer[4..] == [0, 0, 0, 7, 0, 0])
}
