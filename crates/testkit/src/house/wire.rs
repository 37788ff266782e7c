//! As much of HTTP/1.1 as a stand-in needs: requests with a length, answers with a length.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A request that a stand-in got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Method and path, such as `POST /ask`.
    pub line: String,
    /// Names in lower case with their values.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Asked {
    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(super) struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Connection { reader: BufReader::new(stream) }
    }

    /// The next request; none at the end, or if it is longer than that.
    pub(super) fn read(&mut self, bytes_max: usize) -> Option<Asked> {
        let first = self.line()?;
        let mut words = first.split(' ');
        let line = format!("{} {}", words.next()?, words.next()?);
        let mut headers = Vec::new();
        loop {
            let text = self.line()?;
            if text.is_empty() {
                break;
            }
            let (name, value) = text.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
        if length > bytes_max {
            return None;
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).ok()?;
        Some(Asked { line, headers, body })
    }

    fn line(&mut self) -> Option<String> {
        let mut text = String::new();
        let read = self.reader.by_ref().take(16_384).read_line(&mut text).ok()?;
        (read > 0).then(|| text.trim_end().to_owned())
    }

    /// Writes a whole answer; says whether the peer took it.
    pub(super) fn write(&mut self, status: u16, headers: &[(&str, &str)], body: &[u8]) -> bool {
        let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "HTTP/1.1 {status} As agreed\r\ncontent-type: application/json\r\n{more}content-length: {}\r\n\r\n",
            body.len()
        );
        let stream = self.reader.get_mut();
        stream.write_all(&[head.as_bytes(), body].concat()).is_ok()
    }

    /// Writes the beginning of an answer, and no more.
    pub(super) fn write_half(&mut self) -> bool {
        let stream = self.reader.get_mut();
        // The peer may be gone already, which is as good.
        let _ = stream.write_all(b"HTTP/1.1 200 As agreed\r\ncontent-length: 100\r\n\r\n{\"items\":[");
        let _ = stream.shutdown(std::net::Shutdown::Both);
        false
    }
}
