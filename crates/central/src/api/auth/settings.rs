//! What the guard of the API is told by the configuration.

use std::net::IpAddr;
use std::path::PathBuf;

use docket_domain::ids::TenantId;
use jsonwebtoken::Algorithm;
use serde_json::Value;

use crate::api::limits::BURST_SECONDS_MAX;

/// Whose tokens are taken, and how they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSettings {
    /// `iss` must be this.
    pub issuer: String,
    /// `aud` must be or hold this.
    pub audience: String,
    /// Where the keys are.
    pub keys: KeySource,
    /// Algorithms that are taken; whatever a token's header says, no other.
    pub algorithms: Vec<Algorithm>,
    /// Where in a token its tenant, roles, stores and device stand.
    pub claims: ClaimPaths,
    /// The tenant of tokens that name none.
    pub tenant: Option<TenantId>,
}

/// Where a key set (JWKS) is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file.
    File(PathBuf),
    /// Behind an address: https, or http on this machine.
    Url(reqwest::Url),
}

impl KeySource {
    /// Reads what the configuration says.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.contains("://") {
            return Ok(KeySource::File(text.into()));
        }
        let url = reqwest::Url::parse(text).map_err(|error| format!("is no address: {error}"))?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let local = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        match url.scheme() {
            "https" => Ok(KeySource::Url(url)),
            "http" if local => Ok(KeySource::Url(url)),
            _ => Err("is a file, an https address, or an http address of this machine".to_owned()),
        }
    }
}

/// The algorithms that can be configured. All are asymmetric: a public key is never a secret.
pub const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("RS256", Algorithm::RS256),
    ("PS256", Algorithm::PS256),
    ("ES256", Algorithm::ES256),
    ("EdDSA", Algorithm::EdDSA),
];

/// Reads a list of algorithms.
///
/// # Errors
/// The rule that it breaks.
pub fn algorithms(text: &str) -> Result<Vec<Algorithm>, String> {
    let known = |name: &str| ALGORITHMS.iter().find(|(text, _)| *text == name).map(|(_, algorithm)| *algorithm);
    let names = || text.split(',').map(str::trim).filter(|name| !name.is_empty());
    match names().find(|name| known(name).is_none()) {
        Some(name) => Err(format!("takes RS256, PS256, ES256 and EdDSA, joined by commas, and not {name}")),
        None if names().next().is_none() => Err("names one algorithm at least".to_owned()),
        None => Ok(names().filter_map(known).collect()),
    }
}

/// Where claims stand: a name, or a JSON pointer where it begins with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPaths {
    /// The tenant's id.
    pub tenant: String,
    /// Role or roles.
    pub roles: String,
    /// Ids of stores.
    pub stores: String,
    /// The device's id.
    pub device: String,
}

impl Default for ClaimPaths {
    fn default() -> Self {
        let path = str::to_owned;
        ClaimPaths { tenant: path("tenant"), roles: path("roles"), stores: path("stores"), device: path("device") }
    }
}

impl ClaimPaths {
    /// Reads `tenant=…,roles=…`; what is not named keeps its name.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut paths = ClaimPaths::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (claim, path) = part.split_once('=').unwrap_or((part, ""));
            let place = match claim {
                "tenant" => &mut paths.tenant,
                "roles" => &mut paths.roles,
                "stores" => &mut paths.stores,
                "device" => &mut paths.device,
                _ => return Err(format!("names tenant, roles, stores and device, and not {claim}")),
            };
            if path.is_empty() {
                return Err(format!("says where {claim} stands, such as {claim}=/app/{claim}"));
            }
            path.clone_into(place);
        }
        Ok(paths)
    }

    /// What stands there in a token.
    #[must_use]
    pub fn find<'a>(path: &str, claims: &'a Value) -> Option<&'a Value> {
        let found = if path.starts_with('/') { claims.pointer(path) } else { claims.get(path) };
        found.filter(|value| !value.is_null())
    }
}

/// How often somebody may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls a second in the long run.
    pub a_second: u32,
    /// Calls at once.
    pub burst: u32,
}

impl Rate {
    /// Reads `RATE/BURST`.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(rate, burst)| Some((rate.parse().ok()?, burst.parse().ok()?)));
        match parts {
            Some((a_second @ 1..=1_000_000, burst @ 1..=1_000_000)) if burst / a_second <= BURST_SECONDS_MAX => {
                Ok(Rate { a_second, burst })
            }
            _ => Err(format!(
                "is RATE/BURST: calls a second and calls at once, each from 1 to 1000000, the burst at most \
                 {BURST_SECONDS_MAX} times the rate; not {text}"
            )),
        }
    }
}

/// The rate limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of a token's subject.
    pub token: Rate,
    /// Of a device, whoever is signed in at it.
    pub device: Rate,
    /// Of an address, with or without a token.
    pub address: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Rates {
            token: Rate { a_second: 50, burst: 100 },
            device: Rate { a_second: 50, burst: 100 },
            address: Rate { a_second: 500, burst: 1_000 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_a_file_or_over_tls_or_from_this_machine() {
        assert_eq!(KeySource::parse("keys.json"), Ok(KeySource::File("keys.json".into())));
        for taken in ["https://issuer.example/keys", "http://127.0.0.1:8000/keys", "http://localhost/", "http://[::1]/"]
        {
            assert!(matches!(KeySource::parse(taken), Ok(KeySource::Url(_))), "{taken}");
        }
        for refused in
            ["http://issuer.example/keys", "ftp://issuer.example/keys", "http://localhost.example/", "https://"]
        {
            assert!(KeySource::parse(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn no_algorithm_with_a_shared_secret_can_be_configured() {
        assert_eq!(algorithms("RS256, EdDSA"), Ok(vec![Algorithm::RS256, Algorithm::EdDSA]));
        for refused in ["HS256", "none", "RS256,HS256", "", ","] {
            assert!(algorithms(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_claim_stands_under_its_name_or_behind_a_pointer() {
        let paths = ClaimPaths::parse("roles=/realm_access/roles,tenant=https://shop.example/tenant").unwrap();
        let claims = serde_json::json!({
            "realm_access": {"roles": ["staff"]}, "https://shop.example/tenant": "t", "stores": null,
        });
        assert_eq!(ClaimPaths::find(&paths.roles, &claims), Some(&serde_json::json!(["staff"])));
        assert_eq!(ClaimPaths::find(&paths.tenant, &claims), Some(&serde_json::json!("t")));
        assert_eq!(ClaimPaths::find(&paths.stores, &claims), None);
        for refused in ["role=x", "roles", "roles="] {
            assert!(ClaimPaths::parse(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_burst_fills_within_a_minute() {
        assert_eq!(Rate::parse("50/100"), Ok(Rate { a_second: 50, burst: 100 }));
        for refused in ["50", "0/1", "1/0", "1/100", "-1/5", "1/2/3", "1000001/1"] {
            assert!(Rate::parse(refused).is_err(), "{refused}");
        }
    }
}
