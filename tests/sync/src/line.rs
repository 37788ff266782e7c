//! A line between a till and head office that loses what head office says.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The line. Every connection goes to the same address.
#[derive(Debug)]
pub struct Line {
    port: u16,
    deaf: Arc<AtomicBool>,
    lost: Arc<AtomicUsize>,
}

impl Line {
    /// A line to an address such as `http://127.0.0.1:7443`.
    ///
    /// # Panics
    /// If there is no port.
    #[must_use]
    pub fn to(address: &str) -> Self {
        let server = address.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (deaf, lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (is_deaf, counted) = (deaf.clone(), lost.clone());
        std::thread::spawn(move || {
            while let Ok((near, _)) = listener.accept() {
                // Where head office is not there, the till finds the line closed.
                if let Ok(far) = TcpStream::connect(&server) {
                    carry(near, far, is_deaf.clone(), counted.clone());
                }
            }
        });
        Line { port, deaf, lost }
    }

    /// Where tills reach it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on answers are lost, and the connection with the first of them; or no more.
    pub fn is_deaf(&self, deaf: bool) {
        self.deaf.store(deaf, Ordering::SeqCst);
    }

    /// Connections that were lost with an answer.
    #[must_use]
    pub fn lost(&self) -> usize {
        self.lost.load(Ordering::SeqCst)
    }
}

fn carry(near: TcpStream, far: TcpStream, deaf: Arc<AtomicBool>, lost: Arc<AtomicUsize>) {
    let (up, down) = (copies(&near), copies(&far));
    std::thread::spawn(move || pump(up.0, down.1, |_| true));
    // Small answers are settings and windows; one that says that rows are held has its hash.
    std::thread::spawn(move || {
        pump(down.0, up.1, |bytes| {
            let passes = !(deaf.load(Ordering::SeqCst) && bytes.len() > 40);
            if !passes {
                lost.fetch_add(1, Ordering::SeqCst);
            }
            passes
        });
    });
}

fn copies(stream: &TcpStream) -> (TcpStream, TcpStream) {
    (stream.try_clone().expect("a handle"), stream.try_clone().expect("a handle"))
}

fn pump(mut from: TcpStream, mut to: TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut bytes = [0; 64 * 1024];
    while let Ok(read) = from.read(&mut bytes) {
        if read == 0 || !passes(&bytes[..read]) || to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    // The other end may be gone already.
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}
