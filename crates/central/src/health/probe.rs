//! `docket-central probe`: asks the service beside it whether it is ready, for a container that has no other program.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Milliseconds that the answer may take; the checks behind it have less.
const PROBE_MS: u64 = 4_500;
/// Bytes of an answer that are read.
const ANSWER_BYTES: u64 = 4_096;

/// Asks `/health/ready` of a service that listens on this address of the machine.
///
/// # Errors
/// What the service is missing, or that it does not answer.
pub async fn probe(address: SocketAddr) -> Result<(), String> {
    match tokio::time::timeout(Duration::from_millis(PROBE_MS), ask(reachable(address))).await {
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200 ") => Ok(()),
        Ok(Ok(answer)) => Err(answer.split_once("\r\n\r\n").map_or(answer.clone(), |(_, body)| body.trim().to_owned())),
        Ok(Err(error)) => Err(format!("{address}: {error}")),
        Err(_) => Err(format!("{address}: no answer within {PROBE_MS} ms")),
    }
}

/// Who listens on every address listens on the loopback too.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_whole_machine_is_asked_on_the_loopback() {
        assert_eq!(reachable("0.0.0.0:7480".parse().unwrap()), "127.0.0.1:7480".parse().unwrap());
        assert_eq!(reachable("[::]:7480".parse().unwrap()), "[::1]:7480".parse().unwrap());
        assert_eq!(reachable("127.0.0.2:1".parse().unwrap()), "127.0.0.2:1".parse().unwrap());
    }
}
