//! Whose word about a caller's address is taken: the load balancers that stand in front of the doors. Each of them writes the address
//! that it was called from behind what `X-Forwarded-For` had already, so the list is true from its end as far as the balancers
//! reach, and what stands before that is whatever the caller wrote. `Forwarded` (RFC 7239) is not read: a balancer that writes one
//! of the two headers hands on the other as the caller made it up.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::HeaderMap;
use ipnet::IpNet;

use super::limits::{PROXIES_MAX, PROXY_HOPS_MAX};

/// The header that is read.
const HEADER: &str = "x-forwarded-for";

/// The load balancers that are believed. None by default: then no header says where a call comes from. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Reads addresses and blocks such as `10.0.0.5,192.0.2.0/28,2001:db8::/64`.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let blocks = parts.map(block).collect::<Result<Vec<_>, _>>()?;
        if blocks.len() > PROXIES_MAX {
            return Err(format!("names at most {PROXIES_MAX} addresses and blocks"));
        }
        Ok(Proxies(blocks.into()))
    }

    /// Whether the address is one of them.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.contains(&address))
    }

    /// Where a call comes from that came in from `peer`: for a balancer, the last address of its header that is no balancer
    /// itself. Where the header does not say, the peer.
    #[must_use]
    pub fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if self.0.is_empty() || !self.trusts(peer) {
            return peer;
        }
        for value in headers.get_all(HEADER).iter().rev() {
            let Ok(text) = value.to_str() else { return peer };
            for (hop, part) in text.rsplit(',').enumerate() {
                match address(part.trim()) {
                    Some(address) if self.trusts(address) && hop < PROXY_HOPS_MAX => {}
                    Some(address) if !self.trusts(address) => return address,
                    _ => return peer,
                }
            }
        }
        peer
    }
}

fn block(text: &str) -> Result<IpNet, String> {
    let read = text.parse().or_else(|_| text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical())));
    match read {
        Ok(block) if block.prefix_len() == 0 => Err(format!("does not name everybody, as {text} does")),
        Ok(block) => Ok(block),
        Err(_) => Err(format!("is addresses and blocks such as 10.0.0.5,192.0.2.0/28, joined by commas, not {text}")),
    }
}

/// An address of the header; some balancers write the port too.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let read = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|address| address.ip()));
    read.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn caller(peer: &str, lines: &[&str]) -> IpAddr {
        let proxies = Proxies::parse("10.0.0.0/24, 192.0.2.1,2001:db8:1::/48").expect("blocks");
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HEADER, line.parse().expect("a value"));
        }
        proxies.caller(ip(peer), &headers)
    }

    #[test]
    fn the_last_address_that_is_no_balancer_is_the_callers() {
        assert_eq!(caller("10.0.0.5", &["203.0.113.7"]), ip("203.0.113.7"));
        assert_eq!(caller("::ffff:10.0.0.5", &["203.0.113.7"]), ip("203.0.113.7"), "the same host over another socket");
        assert_eq!(caller("10.0.0.5", &["203.0.113.7, 192.0.2.1,10.0.0.9"]), ip("203.0.113.7"));
        assert_eq!(caller("10.0.0.5", &["203.0.113.7", "192.0.2.1"]), ip("203.0.113.7"), "lines are one list");
        assert_eq!(caller("2001:db8:1::5", &["2001:db8:2::7"]), ip("2001:db8:2::7"));
        assert_eq!(caller("10.0.0.5", &["203.0.113.7:4711"]), ip("203.0.113.7"));
        assert_eq!(caller("10.0.0.5", &["[2001:db8:2::7]:4711"]), ip("2001:db8:2::7"));
        assert_eq!(caller("10.0.0.5", &["[2001:db8:2::7]"]), ip("2001:db8:2::7"));
    }

    #[test]
    fn what_stands_before_it_is_whatever_the_caller_wrote() {
        assert_eq!(caller("10.0.0.5", &["198.51.100.1, 203.0.113.7"]), ip("203.0.113.7"));
        assert_eq!(caller("10.0.0.5", &["10.0.0.9, 203.0.113.7"]), ip("203.0.113.7"));
        assert_eq!(caller("10.0.0.5", &["x".repeat(500).as_str(), "203.0.113.7"]), ip("203.0.113.7"));
    }

    #[test]
    fn who_is_no_balancer_is_not_believed_and_a_header_that_says_nothing_leaves_the_peer() {
        assert_eq!(caller("203.0.113.9", &["198.51.100.1"]), ip("203.0.113.9"));
        assert_eq!(caller("10.0.1.5", &["198.51.100.1"]), ip("10.0.1.5"), "beside the block");
        let long = vec!["10.0.0.9"; PROXY_HOPS_MAX + 2].join(",");
        let lines: [&[&str]; 7] = [
            &[],
            &[""],
            &["unknown"],
            &["203.0.113.7, _hidden"],
            &["203.0.113.7,"],
            &["10.0.0.9"],
            &["203.0.113.7", long.as_str()],
        ];
        for lines in lines {
            assert_eq!(caller("10.0.0.5", lines), ip("10.0.0.5"), "{lines:?}");
        }
        let mut headers = HeaderMap::new();
        headers.append(HEADER, "203.0.113.7".parse().expect("a value"));
        assert_eq!(Proxies::default().caller(ip("10.0.0.5"), &headers), ip("10.0.0.5"));
    }

    #[test]
    fn blocks_are_read_and_everybody_is_nobodys_balancer() {
        assert_eq!(Proxies::parse(" "), Ok(Proxies::default()));
        for refused in ["0.0.0.0/0", "::/0", "10.0.0.0/33", "balancer.example", "10.0.0.5:80", "10.0.0.5 10.0.0.6"] {
            assert!(Proxies::parse(refused).is_err(), "{refused}");
        }
        assert!(Proxies::parse(&vec!["10.0.0.5"; PROXIES_MAX + 1].join(",")).is_err());
    }
}
