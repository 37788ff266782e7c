//! The driver's session, which must end even when a test fails: the driver has only one at a time.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);

/// A session that runs.
pub(crate) struct Session {
    host: String,
    id: String,
    over: bool,
}

impl Session {
    pub(crate) fn begun(address: &str, id: &str) -> Self {
        let host = address.trim_start_matches("http://").trim_end_matches('/');
        Self { host: host.to_owned(), id: id.to_owned(), over: false }
    }

    /// Ends it. Without the runtime's help, because a test that unwinds has none.
    pub(crate) fn end(&mut self) {
        if std::mem::replace(&mut self.over, true) {
            return;
        }
        // The driver may find no app to close any more; the session is over all the same.
        if let Err(error) = self.delete() {
            eprintln!("the driver's session could not be ended: {error}");
        }
    }

    fn delete(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(&self.host)?;
        stream.set_read_timeout(Some(LIMIT))?;
        let (host, id) = (&self.host, &self.id);
        // tauri-driver hands on whether a connection is to be kept, and may then trip over one that is gone.
        write!(stream, "DELETE /session/{id} HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
        let mut answer = Vec::new();
        let mut bytes = [0; 256];
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
            match stream.read(&mut bytes)? {
                0 => break,
                count => answer.extend_from_slice(&bytes[..count]),
            }
        }
        Ok(())
    }
}
