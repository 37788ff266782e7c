//! Just enough HTTP: one connection that is kept, JSON in and out, and an exact word on how a call failed.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::stopwatch::now;

/// A till that takes longer than this is taken for hung, which is a failure of its own.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer that arrived whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The JSON in it.
    pub body: Value,
}

/// Why there is none.
#[derive(Debug)]
pub enum Failure {
    /// The till can't have seen the call.
    NotSent(io::Error),
    /// The call went out whole, at that moment; nobody knows what became of it.
    Unanswered(Instant, io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::NotSent(error) => write!(f, "not sent: {error}"),
            Failure::Unanswered(_, error) => write!(f, "sent, and not answered: {error}"),
        }
    }
}

/// Where a till listens, and the token of its start.
#[derive(Debug, Clone)]
pub struct Address {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// For `Authorization: Bearer`.
    pub token: String,
}

/// One client's connection.
#[derive(Debug)]
pub struct Connection {
    address: Address,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    /// Connects with the first call.
    pub fn new(address: &Address) -> Self {
        Connection { address: address.clone(), stream: None }
    }

    /// `POST /api/commands/NAME`.
    pub fn command(&mut self, session: &str, name: &str, body: &str) -> Result<Answer, Failure> {
        self.call("POST", &format!("/api/commands/{name}"), session, body)
    }

    /// `GET /api/queries/…`, the query string included.
    pub fn query(&mut self, session: &str, path: &str) -> Result<Answer, Failure> {
        self.call("GET", &format!("/api/queries/{path}"), session, "")
    }

    fn call(&mut self, method: &str, path: &str, session: &str, body: &str) -> Result<Answer, Failure> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect().map_err(Failure::NotSent)?,
        };
        let session = if session.is_empty() { String::new() } else { format!("Docket-Session: {session}\r\n") };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n{session}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address.port,
            self.address.token,
            body.len(),
        );
        // A request that was written in part is no request: the till waits for the rest of it and acts on nothing.
        stream.get_mut().write_all(request.as_bytes()).map_err(Failure::NotSent)?;
        let sent_at = now();
        let answer = read_answer(&mut stream).map_err(|error| Failure::Unanswered(sent_at, error))?;
        self.stream = Some(stream);
        Ok(answer)
    }

    fn connect(&self) -> io::Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(("127.0.0.1", self.address.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let status_line = read_line(stream)?;
    let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| broken("no status"))?;
    let mut length = None;
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { return Err(broken("no header")) };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok();
        }
    }
    let mut body = vec![0; length.ok_or_else(|| broken("no length"))?];
    stream.read_exact(&mut body)?;
    let body = serde_json::from_slice(&body).map_err(|error| broken(&error.to_string()))?;
    Ok(Answer { status, body })
}

fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
