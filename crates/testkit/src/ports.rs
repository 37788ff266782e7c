//! Ports for programs that have to be told where to listen.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The first of the ports that are given away.
const FIRST: u16 = 10_000;
/// How many there are. All lie below those that the kernel takes for connections (`net.ipv4.ip_local_port_range`): one of
/// those may be some client's own port by the time that the program listens, or listens again.
const COUNT: u16 = 22_000;

/// The twins of the ports that this process has given away.
static HELD: Mutex<Vec<UdpSocket>> = Mutex::new(Vec::new());

/// A TCP port of the loopback that nobody listens on, and that nobody else who asks here is given while this process runs:
/// the UDP port of its number is held for that.
///
/// # Panics
/// If all are taken.
#[must_use]
pub fn free_port() -> u16 {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    // Processes begin at different places, so that they seldom meet.
    let begin = u64::from(std::process::id()) * 101 + held.len() as u64;
    let ports = (0..u64::from(COUNT)).map(|step| (begin + step) % u64::from(COUNT));
    for port in ports.filter_map(|offset| u16::try_from(offset).ok()).map(|offset| FIRST + offset) {
        let Ok(twin) = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)) else { continue };
        if !is_listened_on(port) {
            held.push(twin);
            return port;
        }
    }
    panic!("no port of the loopback from {FIRST} on is free")
}

/// To listen for a moment would tell as well, but a program that another thread starts in that moment takes the listener with
/// it, until it has become that program: then nobody can listen on the port that was given away.
fn is_listened_on(port: u16) -> bool {
    let asked = TcpStream::connect_timeout(&(Ipv4Addr::LOCALHOST, port).into(), Duration::from_secs(1));
    !matches!(asked, Err(error) if error.kind() == ErrorKind::ConnectionRefused)
}

/// The address of a [`free_port`].
///
/// # Panics
/// As [`free_port`].
#[must_use]
pub fn free_address() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, free_port()).into()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn no_port_is_given_twice_nor_one_that_somebody_listens_on() {
        let first = free_port();
        assert!((FIRST..FIRST + COUNT).contains(&first));
        // The next one would be the neighbour.
        let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, first + 1));
        let more: Vec<u16> = (0..50).map(|_| free_port()).collect();
        assert!(!more.contains(&first) && !more.contains(&(first + 1)), "{first}: {more:?}");
        for port in more {
            assert!(UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_err(), "{port} is not held");
            TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a program can listen on it");
        }
    }
}
