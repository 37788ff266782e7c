//! The real `docket-till serve` as a child process, and a client that speaks to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::BenchError;
use crate::stopwatch::Stopwatch;

/// The program, if it doesn't lie beside this one.
const PROGRAM: &str = "DOCKET_TILL";

/// A till that serves. It is killed when this goes.
#[derive(Debug)]
pub struct Served {
    child: Child,
    ready: Ready,
}

#[derive(Debug, Clone, Deserialize)]
struct Ready {
    token: String,
    port: u16,
    demo_pins: Vec<Pin>,
}

#[derive(Debug, Clone, Deserialize)]
struct Pin {
    pin: String,
}

impl Served {
    /// Starts it on a till's folder; gives the nanoseconds from the call to its ready line.
    pub fn start(folder: &Path) -> Result<(Self, u64), BenchError> {
        let program = program()?;
        let failed = || BenchError::file("run", &program);
        let mut command = Command::new(&program);
        command.args(["serve", "--demo", "--data"]).arg(folder.join("data"));
        command.arg("--witness").arg(folder.join("witness"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let watch = Stopwatch::start();
        let mut child = command.spawn().map_err(failed())?;
        let mut line = String::new();
        let out = child.stdout.take().expect("its standard output is a pipe");
        let read = BufReader::new(out).read_line(&mut line);
        let nanos = watch.nanos();
        let ready = serde_json::from_str(&line);
        match (read, ready) {
            (Ok(_), Ok(ready)) => Ok((Self { child, ready }, nanos)),
            (read, _) => {
                // What it was worth is in the error already.
                let _ = child.kill().and_then(|()| child.wait());
                read.map_err(failed())?;
                Err(BenchError::NotComparable(format!("serve gave no ready line but {line:?}")))
            }
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end and waits until it has.
    pub fn end(mut self) -> Result<(), BenchError> {
        let status = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        status.map_err(BenchError::file("run", Path::new("kill")))?;
        let ended = self.child.wait().map_err(BenchError::file("wait for", Path::new("docket-till")))?;
        if ended.success() { Ok(()) } else { Err(BenchError::NotComparable(format!("serve ended with {ended}"))) }
    }

    /// Ends it with SIGKILL.
    pub fn kill(mut self) -> Result<(), BenchError> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed.map(|_| ()).map_err(BenchError::file("kill", Path::new("docket-till")))
    }

    /// A client of the manager, signed in.
    pub fn client(&self) -> Result<Client, BenchError> {
        let port = self.ready.port;
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(BenchError::socket)?;
        stream.set_nodelay(true).map_err(BenchError::socket)?;
        let head = format!(
            "Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.ready.token
        );
        let mut client = Client { stream, head };
        let shop = client.ask("shop")?;
        let pin = self.ready.demo_pins.first().map(|demo| demo.pin.clone());
        let input = json!({"person_id": shop["people"][0]["person"]["person_id"], "pin": pin, "station": "till"});
        let signed_in = client.command("sign_in", &json!({"command_id": uuid::Uuid::nil(), "input": input}))?;
        let session = signed_in["session"]["session_id"].as_str().unwrap_or_default().to_owned();
        client.head.push_str(&format!("Docket-Session: {session}\r\n"));
        Ok(client)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The till's program, as it is started here.
pub fn program() -> Result<PathBuf, BenchError> {
    if let Some(named) = std::env::var_os(PROGRAM) {
        return Ok(named.into());
    }
    let own = std::env::current_exe().map_err(BenchError::file("find", Path::new("this program")))?;
    Ok(own.with_file_name(format!("docket-till{}", std::env::consts::EXE_SUFFIX)))
}

/// One connection that stays open.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    head: String,
}

impl Client {
    /// Asks a query, with its input as a query string where it has one.
    pub fn ask(&mut self, query: &str) -> Result<Value, BenchError> {
        let text = format!("GET /api/queries/{query} HTTP/1.1\r\n{}\r\n", self.head);
        self.call(query, &text)
    }

    /// Runs a command.
    pub fn command(&mut self, name: &str, body: &Value) -> Result<Value, BenchError> {
        let (head, body) = (&self.head, body.to_string());
        let text = format!("POST /api/commands/{name} HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
        self.call(name, &text)
    }

    fn call(&mut self, what: &str, text: &str) -> Result<Value, BenchError> {
        self.stream.write_all(text.as_bytes()).map_err(BenchError::socket)?;
        let (head, body) = self.answer().map_err(BenchError::socket)?;
        let value = serde_json::from_slice(&body).unwrap_or_default();
        if head.starts_with("HTTP/1.1 200 ") {
            return Ok(value);
        }
        Err(BenchError::NotComparable(format!("{what} over HTTP: {head}\n{value}")))
    }

    fn answer(&mut self) -> std::io::Result<(String, Vec<u8>)> {
        let (mut text, mut part) = (Vec::new(), [0_u8; 16_384]);
        loop {
            let read = self.stream.read(&mut part)?;
            if read == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            text.extend_from_slice(&part[..read]);
            let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&text[..end]).into_owned();
            if text.len() >= end + 4 + length(&head) {
                return Ok((head, text.split_off(end + 4)));
            }
        }
    }
}

/// The content length that a head names.
pub fn length(head: &str) -> usize {
    let lower = head.to_ascii_lowercase();
    let line = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    line.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}
