//! Keys of the API's guard: whose tokens are taken, and how often somebody may call.

use super::{ConfigFaults, Key, Reader, key, missing};
use crate::api::auth::settings::{ClaimPaths, KeySource, Rate, Rates, TokenSettings, algorithms};
use crate::api::proxies::Proxies;

/// Keys of this part.
pub(super) const KEYS: [Key; 10] = [
    key("DOCKET_API_ISSUER", None, "the `iss` of the tokens that the API takes"),
    key("DOCKET_API_AUDIENCE", None, "the `aud` of these tokens"),
    key("DOCKET_API_JWKS", None, "the issuer's keys (JWKS): a file, or an https address"),
    key("DOCKET_API_ALGORITHMS", Some("RS256,ES256,EdDSA"), "algorithms of tokens: RS256, PS256, ES256, EdDSA"),
    key(
        "DOCKET_API_CLAIMS",
        Some("tenant=tenant,roles=roles,stores=stores,device=device"),
        "where these stand in a token: names, or JSON pointers (roles=/realm_access/roles)",
    ),
    key("DOCKET_API_TENANT", None, "the tenant of tokens that name none"),
    key("DOCKET_API_RATE_TOKEN", Some("50/100"), "calls of a token's subject: a second, and at once"),
    key("DOCKET_API_RATE_DEVICE", Some("50/100"), "calls of a device: a second, and at once"),
    key("DOCKET_API_RATE_ADDRESS", Some("500/1000"), "calls of an address: a second, and at once"),
    key(
        "DOCKET_API_PROXIES",
        Some(""),
        "load balancers whose X-Forwarded-For is believed: addresses, or blocks (10.0.0.0/24)",
    ),
];

/// What the API's guard is told.
#[derive(Debug, Clone)]
pub struct GuardSettings {
    /// Whose tokens are taken; none if no issuer is set.
    pub tokens: Option<TokenSettings>,
    /// How often somebody may call.
    pub rates: Rates,
    /// Whose word about a caller's address is taken.
    pub proxies: Proxies,
}

impl GuardSettings {
    /// Whose tokens are taken.
    ///
    /// # Errors
    /// [`ConfigFaults`] if no issuer is set.
    pub fn need_tokens(&self) -> Result<&TokenSettings, ConfigFaults> {
        self.tokens.as_ref().ok_or_else(|| missing("DOCKET_API_ISSUER", "set it to the issuer of the API's tokens"))
    }
}

impl Reader<'_> {
    pub(super) fn guard(&mut self) -> GuardSettings {
        GuardSettings { tokens: self.tokens(), rates: self.rates(), proxies: self.proxies() }
    }

    fn tokens(&mut self) -> Option<TokenSettings> {
        let issuer = self.value("DOCKET_API_ISSUER")?;
        let audience = self.required("DOCKET_API_AUDIENCE", "belongs to DOCKET_API_ISSUER and is not set");
        let keys = self.required("DOCKET_API_JWKS", "belongs to DOCKET_API_ISSUER and is not set");
        let keys = self.read("DOCKET_API_JWKS", KeySource::parse(&keys));
        let algorithms = algorithms(&self.value("DOCKET_API_ALGORITHMS").unwrap_or_default());
        let algorithms = self.read("DOCKET_API_ALGORITHMS", algorithms);
        let claims = ClaimPaths::parse(&self.value("DOCKET_API_CLAIMS").unwrap_or_default());
        let claims = self.read("DOCKET_API_CLAIMS", claims);
        let tenant = self.value("DOCKET_API_TENANT").map(|text| text.parse().map_err(|_| "is a UUID".to_owned()));
        let tenant = tenant.and_then(|tenant| self.read("DOCKET_API_TENANT", tenant));
        Some(TokenSettings { issuer, audience, keys: keys?, algorithms: algorithms?, claims: claims?, tenant })
    }

    fn rates(&mut self) -> Rates {
        let default = Rates::default();
        let mut rate = |name: &str, default| {
            let text = self.value(name).unwrap_or_default();
            self.read(name, Rate::parse(&text)).unwrap_or(default)
        };
        Rates {
            token: rate("DOCKET_API_RATE_TOKEN", default.token),
            device: rate("DOCKET_API_RATE_DEVICE", default.device),
            address: rate("DOCKET_API_RATE_ADDRESS", default.address),
        }
    }

    fn proxies(&mut self) -> Proxies {
        let text = self.value("DOCKET_API_PROXIES").unwrap_or_default();
        self.read("DOCKET_API_PROXIES", Proxies::parse(&text)).unwrap_or_default()
    }

    fn read<T>(&mut self, name: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|rule| self.fault(name, rule)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
        let all = [("DATABASE_URL", "postgres://localhost/docket")].iter().chain(pairs);
        Config::from_values(&all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn an_issuer_needs_an_audience_and_keys_and_the_defaults_hold() {
        let config = with(&[
            ("DOCKET_API_ISSUER", "https://issuer.example"),
            ("DOCKET_API_AUDIENCE", "docket"),
            ("DOCKET_API_JWKS", "keys.json"),
        ])
        .expect("it is whole");
        let tokens = config.guard.need_tokens().expect("an issuer is set");
        assert_eq!((tokens.algorithms.len(), &tokens.claims), (3, &ClaimPaths::default()));
        assert_eq!((config.guard.rates, config.guard.proxies), (Rates::default(), Proxies::default()));
        let faults = with(&[("DOCKET_API_ISSUER", "https://issuer.example")]).expect_err("it is not").to_string();
        let named: Vec<&str> = faults.lines().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(named, ["DOCKET_API_AUDIENCE", "DOCKET_API_JWKS"]);
        assert!(with(&[]).expect("it is whole").guard.need_tokens().is_err());
    }

    #[test]
    fn a_shared_secret_and_a_rate_without_an_end_are_faults() {
        let faults = with(&[
            ("DOCKET_API_ISSUER", "https://issuer.example"),
            ("DOCKET_API_AUDIENCE", "docket"),
            ("DOCKET_API_JWKS", "http://issuer.example/keys"),
            ("DOCKET_API_ALGORITHMS", "HS256"),
            ("DOCKET_API_RATE_TOKEN", "0/0"),
            ("DOCKET_API_PROXIES", "10.0.0.0/24,balancer"),
        ])
        .expect_err("there are faults")
        .to_string();
        let named: Vec<&str> = faults.lines().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(named, ["DOCKET_API_JWKS", "DOCKET_API_ALGORITHMS", "DOCKET_API_RATE_TOKEN", "DOCKET_API_PROXIES"]);
    }
}
