//! Connections that stay open, and callers that use them: at a pace, or as fast as answers come. The client does no more
//! than it must, so that it disturbs little; ours and the anchor get the same.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::error::BenchError;
use crate::measure::served::length;
use crate::stopwatch::Stopwatch;

/// Makes the n-th request.
pub type Making = Arc<dyn Fn(u64) -> Vec<u8> + Send + Sync>;

/// The head lines of every request of one caller.
#[derive(Debug, Clone)]
pub struct Caller {
    head: String,
}

impl Caller {
    /// With this token.
    pub fn new(token: &str) -> Self {
        Self { head: format!("Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n") }
    }

    /// Asks for something.
    pub fn get(&self, path: &str) -> Vec<u8> {
        format!("GET {path} HTTP/1.1\r\n{}\r\n", self.head).into_bytes()
    }

    /// Sends JSON, with a key that makes a repeat the same act.
    pub fn post(&self, path: &str, key: &str, body: &str) -> Vec<u8> {
        let head = &self.head;
        format!(
            "POST {path} HTTP/1.1\r\n{head}Idempotency-Key: {key}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

/// One connection.
pub struct Line(TcpStream);

impl Line {
    /// Opens it.
    pub async fn open(port: u16) -> Result<Self, BenchError> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.map_err(BenchError::socket)?;
        stream.set_nodelay(true).map_err(BenchError::socket)?;
        Ok(Self(stream))
    }

    /// Sends a request and reads the whole answer.
    pub async fn call(&mut self, request: &[u8]) -> Result<Answer, BenchError> {
        self.0.write_all(request).await.map_err(BenchError::socket)?;
        let mut text = Vec::with_capacity(4_096);
        loop {
            if self.0.read_buf(&mut text).await.map_err(BenchError::socket)? == 0 {
                return Err(BenchError::NotComparable("the service closed the connection".into()));
            }
            let Some(end) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&text[..end]).into_owned();
            if text.len() >= end + 4 + length(&head) {
                let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
                return Ok(Answer { status, body: text.split_off(end + 4) });
            }
        }
    }

    /// The same, where another status than these is no measurement.
    pub async fn must(&mut self, request: &[u8], status: &[u16]) -> Result<Answer, BenchError> {
        let answer = self.call(request).await?;
        if status.contains(&answer.status) {
            return Ok(answer);
        }
        let said = String::from_utf8_lossy(&answer.body).into_owned();
        Err(BenchError::NotComparable(format!("{} instead of {status:?}: {said}", answer.status)))
    }
}

/// What callers do together.
pub struct Load {
    /// Where.
    pub port: u16,
    /// Connections.
    pub lines: u64,
    /// The statuses that answers may have.
    pub status: &'static [u16],
    /// The requests.
    pub making: Making,
}

impl Load {
    /// `count` requests, so many a second. Each is timed from when it was due, or from when it was sent where only the
    /// timer was late; so a service that lags behind can't hide it.
    pub async fn paced(&self, first: u64, count: u64, a_second: u64) -> Result<Vec<u64>, BenchError> {
        let watch = Stopwatch::start();
        let tasks = (0..self.lines).map(|place| {
            let (port, status, lines, making) = (self.port, self.status, self.lines, Arc::clone(&self.making));
            tokio::spawn(async move {
                let mut line = Line::open(port).await?;
                let mut nanos = Vec::new();
                for number in (place..count).step_by(usize::try_from(lines).unwrap_or(1)) {
                    let request = making(first + number);
                    let due = Duration::from_nanos(number * 1_000_000_000 / a_second);
                    let mut from = due;
                    if let Some(early) = due.checked_sub(watch.elapsed()) {
                        tokio::time::sleep(early).await;
                        from = watch.elapsed();
                    }
                    line.must(&request, status).await?;
                    nanos.push(u64::try_from((watch.elapsed() - from).as_nanos()).unwrap_or(u64::MAX));
                }
                Ok::<_, BenchError>(nanos)
            })
        });
        joined(tasks.collect()).await
    }

    /// `count` requests, each as soon as the one before it is answered; the time of each, and of all.
    pub async fn flat_out(&self, first: u64, count: u64) -> Result<(Vec<u64>, u64), BenchError> {
        let watch = Stopwatch::start();
        let tasks = (0..self.lines).map(|place| {
            let (port, status, lines, making) = (self.port, self.status, self.lines, Arc::clone(&self.making));
            tokio::spawn(async move {
                let mut line = Line::open(port).await?;
                let mut nanos = Vec::new();
                for number in (place..count).step_by(usize::try_from(lines).unwrap_or(1)) {
                    let request = making(first + number);
                    let one = Stopwatch::start();
                    line.must(&request, status).await?;
                    nanos.push(one.nanos());
                }
                Ok::<_, BenchError>(nanos)
            })
        });
        let nanos = joined(tasks.collect()).await?;
        Ok((nanos, watch.nanos()))
    }
}

async fn joined(tasks: Vec<tokio::task::JoinHandle<Result<Vec<u64>, BenchError>>>) -> Result<Vec<u64>, BenchError> {
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await.map_err(|error| BenchError::NotComparable(error.to_string()))??);
    }
    Ok(all)
}
