//! Where a webhook may go: to the outside world, and never into the house. An address is looked at when it is registered, and
//! again each time that its name is resolved, because a name can point elsewhere tomorrow.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Which addresses are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// `https` to public addresses.
    Public,
    /// `http` to this machine too (`serve --dev`).
    Local,
}

/// The rule that an address breaks.
pub(super) type Rule = &'static str;

impl Targets {
    /// Reads an address.
    pub(super) fn check(self, text: &str) -> Result<Url, Rule> {
        let url = Url::parse(text).map_err(|_| "must be an address such as https://shop.example/hooks")?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err("must have no user, password or fragment");
        }
        let local = self == Targets::Local;
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            _ => return Err("must begin with https://"),
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let named = match host.parse::<IpAddr>() {
            Ok(address) => {
                return if self.takes(address) { Ok(url) } else { Err("must not be an address of a private network") };
            }
            Err(_) => host.trim_end_matches('.').to_ascii_lowercase(),
        };
        let inside = named == "localhost" || !named.contains('.') || named.ends_with(".localhost");
        if inside && !local {
            return Err("must name a host of the public network");
        }
        Ok(url)
    }

    fn takes(self, address: IpAddr) -> bool {
        self == Targets::Local && address.is_loopback() || is_public(address)
    }
}

/// Whether an address is one of the public network; what is not known to be is not.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let benchmarks = first == 198 && (18..20).contains(&second);
    let assigned = first == 192 && second == 0 && third == 0;
    let inside = address.is_private() || address.is_loopback() || address.is_link_local();
    let nowhere = first == 0 || first >= 240 || address.is_multicast() || address.is_documentation();
    !(inside || nowhere || shared || benchmarks || assigned)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    let [first, second, third, ..] = address.segments();
    // Global unicast is 2000::/3. Out of it: addresses that carry one of IPv4 (6to4, Teredo), and those of documentation.
    let global = first & 0xe000 == 0x2000;
    let carries = first == 0x2002 || (first == 0x2001 && second == 0);
    let documented = (first == 0x2001 && second == 0xdb8) || (first == 0x3fff && second < 0x1000);
    let translated = first == 0x64 && second == 0xff9b && third == 0;
    global && !carries && !documented && !translated
}

/// Resolves names, and leaves out what is no target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guarded(pub Targets);

/// No address of a name may be called.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the name has no address that may be called")]
struct NoTarget;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| targets.takes(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Box::<dyn std::error::Error + Send + Sync>::from(NoTarget));
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

impl Guarded {
    pub(super) fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_the_outside_world_is_taken() {
        for text in ["https://shop.example/hooks?x=1", "https://8.8.8.8/", "https://[2606:4700::1111]:8443/a"] {
            assert!(Targets::Public.check(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_address_inside_is_refused_however_it_is_written() {
        let inside = [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://10.0.0.1/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest",
            "https://100.64.0.1/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://198.18.0.1/",
            "https://192.0.0.8/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fe80::1]/",
            "https://[fc00::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://localhost/",
            "https://localhost./",
            "https://db.localhost/",
            "https://intranet/",
        ];
        for text in inside {
            assert!(Targets::Public.check(text).is_err(), "{text}");
        }
        for text in
            ["http://shop.example/", "ftp://shop.example/", "https://u:p@shop.example/", "https://shop.example/#x", "x"]
        {
            assert!(Targets::Public.check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_developer_may_call_this_machine_and_no_other_inside() {
        assert!(Targets::Local.check("http://127.0.0.1:9999/hooks").is_ok());
        assert!(Targets::Local.check("http://localhost:9999/hooks").is_ok());
        assert!(Targets::Local.check("http://192.168.1.1/").is_err());
    }

    #[tokio::test]
    async fn a_name_that_points_inside_is_not_resolved() {
        let name = || "localhost".parse().expect("a name");
        assert!(Guarded(Targets::Public).resolve(name()).await.is_err());
        assert!(Guarded(Targets::Local).resolve(name()).await.is_ok());
    }
}
