//! A line with a long way: a proxy on the loopback that gives everything on some time later, in both directions, and
//! takes as much at a time as it gets.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Bytes that are read at a time.
const PART_BYTES: usize = 64 * 1024;
/// Parts that may be under way in one direction: far more than any window of the transport.
const PARTS_MAX: usize = 4_096;

type Part = (Instant, Vec<u8>);

/// A proxy that runs; it takes no further connection when it goes.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    stopped: Arc<AtomicBool>,
}

impl Proxy {
    /// A proxy before a port of the loopback that adds `delay` to each direction, so twice that to a round trip.
    ///
    /// # Errors
    /// If the loopback has no free port, or the system gives no thread.
    pub fn start(before: u16, delay: Duration) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let stopped = Arc::new(AtomicBool::new(false));
        let asked = stopped.clone();
        std::thread::Builder::new().name("proxy".into()).spawn(move || {
            for stream in listener.incoming() {
                if asked.load(Ordering::Acquire) {
                    return;
                }
                // Whoever can't be served finds the connection closed, as on a bad line.
                if let Ok(stream) = stream {
                    let _ = serve(&stream, before, delay);
                }
            }
        })?;
        Ok(Self { port, stopped })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // Wakes it, so that it sees that it was asked.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

fn serve(near: &TcpStream, before: u16, delay: Duration) -> std::io::Result<()> {
    let far = TcpStream::connect((Ipv4Addr::LOCALHOST, before))?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    carry(near.try_clone()?, far.try_clone()?, delay)?;
    carry(far, near.try_clone()?, delay)
}

/// Carries one direction with two threads: one that takes, and one that gives when it is time.
fn carry(from: TcpStream, to: TcpStream, delay: Duration) -> std::io::Result<()> {
    let (parts, under_way) = sync_channel(PARTS_MAX);
    std::thread::Builder::new().name("proxy-in".into()).spawn(move || take(from, &parts, delay))?;
    std::thread::Builder::new().name("proxy-out".into()).spawn(move || give(to, &under_way))?;
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a line takes real time; nothing of it reaches the log")]
fn take(mut from: TcpStream, parts: &SyncSender<Part>, delay: Duration) {
    let mut part = vec![0; PART_BYTES];
    while let Ok(read @ 1..) = from.read(&mut part) {
        if parts.send((Instant::now() + delay, part[..read].to_vec())).is_err() {
            break;
        }
    }
    // The other side may have closed it already.
    let _ = from.shutdown(Shutdown::Read);
}

#[allow(clippy::disallowed_methods, reason = "see take")]
fn give(mut to: TcpStream, parts: &Receiver<Part>) {
    for (due, part) in parts {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&part).is_err() {
            break;
        }
    }
    // Ends the direction that comes back too, if that side has nothing more to say.
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "the test measures a line")]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_comes_later_in_both_directions_and_whole() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let before = listener.local_addr().expect("an address").port();
        let echo = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut all = Vec::new();
            let mut part = [0; 1_000];
            while all.len() < 300_000 {
                let read = stream.read(&mut part).expect("it can be read");
                all.extend_from_slice(&part[..read]);
            }
            stream.write_all(&all).expect("it can be written");
        });
        let delay = Duration::from_millis(40);
        let proxy = Proxy::start(before, delay).expect("a proxy");
        let said: Vec<u8> = (0..300_000_u32).map(|number| number.to_le_bytes()[0]).collect();
        let begun = Instant::now();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, proxy.port())).expect("it listens");
        stream.write_all(&said).expect("it takes");
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).expect("it gives until the end");
        assert!(begun.elapsed() >= delay * 2);
        assert!(heard == said);
        echo.join().expect("it echoed");
    }
}
