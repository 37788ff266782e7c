//! Configuration: the environment, and a TOML file for what the environment does not say. [`KEYS`] is the one table of
//! what can be set; `docket-central config` prints it.

mod access;

pub use access::GuardSettings;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::api::desk::TakeLimits;
use crate::api::ports::{PortUrls, is_web_address};
use crate::brokers::{Brokers, Security};
use crate::secret::ServiceSecret;

/// A key that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Name, in the environment and in the file.
    pub name: &'static str,
    /// What holds where it is not set; none where there is nothing to fall back on.
    pub default: Option<&'static str>,
    /// What it is for.
    pub about: &'static str,
}

const fn key(name: &'static str, default: Option<&'static str>, about: &'static str) -> Key {
    Key { name, default, about }
}

/// The file of further settings; it is looked for in the environment alone.
pub const FILE_KEY: &str = "DOCKET_CONFIG";

/// Every key but those of the API's guard; [`keys`] has all.
pub const KEYS: &[Key] = &[
    key("SERVICE_NAME", Some("docket-central"), "name of the service in logs, metrics and traces"),
    key("CELL_ID", Some("local"), "which installation this is, in logs, metrics and traces"),
    key("DATABASE_URL", None, "PostgreSQL; the user is a member of the roles docket_*, and to migrate the owner"),
    key("KAFKA_BROKERS", None, "brokers as host:port, joined by commas; only relay, consumers and reconciler need it"),
    key("KAFKA_SECURITY_PROTOCOL", Some("PLAINTEXT"), "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"),
    key("KAFKA_SASL_MECHANISM", None, "PLAIN (if not set), SCRAM-SHA-256 or SCRAM-SHA-512"),
    key("KAFKA_SASL_USERNAME", None, "the name that goes with SASL"),
    key("KAFKA_SASL_PASSWORD", None, "its password; or KAFKA_SASL_PASSWORD_FILE"),
    key("KAFKA_SASL_PASSWORD_FILE", None, "file with the password"),
    key("KAFKA_CA_FILE", None, "certificates (PEM) that the brokers' are checked against; if not set, the system's"),
    key("DOCKET_LISTEN", Some("127.0.0.1:7443"), "address of the sync service"),
    key("DOCKET_TLS_CERT_FILE", None, "certificate chain (PEM) of the sync service; a replaced file is read anew"),
    key("DOCKET_TLS_KEY_FILE", None, "private key (PEM) of that certificate"),
    key("DOCKET_PLAIN", Some("false"), "true: no TLS; taken only where DOCKET_LISTEN is a loopback address"),
    key("DOCKET_HTTP_LISTEN", Some("127.0.0.1:7480"), "address of /health/live, /health/ready and /metrics"),
    key("DOCKET_API_LISTEN", Some("127.0.0.1:8080"), "address of the API's REST door"),
    key("DOCKET_GRPC_LISTEN", Some("127.0.0.1:9000"), "address of the API's gRPC door"),
    key(
        "DOCKET_TAKE_LIMITS_S",
        Some("300,600,900"),
        "seconds a till has to take an order: counter, dine-in, take-away",
    ),
    key("DOCKET_SECRET", None, "64 hex digits that seal the tenants' keys; or DOCKET_SECRET_FILE"),
    key("DOCKET_SECRET_FILE", None, "file with these digits"),
    key("DOCKET_DATABASE_CONNECTIONS", Some("10"), "connections of one pool, 1 to 200"),
    key("DOCKET_TOKEN_DAYS", Some("90"), "days that a device's token is good for, 1 to 3650"),
    key("DOCKET_RETRY_DELAYS_MS", Some("5000,60000,600000"), "three delays of a consumer's retries, in milliseconds"),
    key("DOCKET_MENU_URL", Some(""), "menu service of another house; empty means none"),
    key("DOCKET_STOCK_URL", Some(""), "stock service of another house; empty means none"),
    key("DOCKET_PAYMENT_URL", Some(""), "payment service of another house; empty means none"),
    key("DOCKET_OTLP_ENDPOINT", Some(""), "OpenTelemetry collector (gRPC, http://host:4317); empty means no traces"),
    key("DOCKET_LOG", Some("info"), "what is logged: error, warn, info, debug, or a filter by module"),
];

/// Every key, with those of the API's guard.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(access::KEYS.iter())
}

/// One thing that is wrong with the configuration, as one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {rule}")]
pub struct ConfigFault {
    /// The key.
    pub key: String,
    /// What it must be.
    pub rule: String,
}

/// All that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct ConfigFaults(pub Vec<ConfigFault>);

/// How the sync service is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listening {
    /// TLS 1.3 with the certificate and key of these files.
    Tls {
        /// Certificate chain.
        cert: PathBuf,
        /// Private key.
        key: PathBuf,
    },
    /// No TLS, on a loopback address.
    Plain,
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// `SERVICE_NAME`.
    pub service_name: String,
    /// `CELL_ID`.
    pub cell_id: String,
    /// `DATABASE_URL`.
    pub database_url: String,
    /// `KAFKA_BROKERS`, if it is set, with the other keys of Kafka.
    pub kafka_brokers: Option<Brokers>,
    /// `DOCKET_LISTEN`.
    pub listen: SocketAddr,
    /// From `DOCKET_TLS_*` and `DOCKET_PLAIN`; none if neither is set, which only `serve` minds.
    pub listening: Option<Listening>,
    /// `DOCKET_HTTP_LISTEN`.
    pub http_listen: SocketAddr,
    /// `DOCKET_API_*`.
    pub guard: GuardSettings,
    /// `DOCKET_API_LISTEN`.
    pub api_listen: SocketAddr,
    /// `DOCKET_GRPC_LISTEN`.
    pub grpc_listen: SocketAddr,
    /// `DOCKET_TAKE_LIMITS_S`.
    pub take_limits: TakeLimits,
    /// `DOCKET_SECRET` or `DOCKET_SECRET_FILE`, if it is set.
    pub secret: Option<ServiceSecret>,
    /// `DOCKET_DATABASE_CONNECTIONS`.
    pub database_connections: u32,
    /// `DOCKET_TOKEN_DAYS`.
    pub token_life: Duration,
    /// `DOCKET_RETRY_DELAYS_MS`.
    pub retry_delays_ms: [u64; 3],
    /// `DOCKET_MENU_URL`, `DOCKET_STOCK_URL`, `DOCKET_PAYMENT_URL`, where they are set.
    pub ports: PortUrls,
    /// `DOCKET_OTLP_ENDPOINT`, if it is set.
    pub otlp_endpoint: Option<String>,
    /// `DOCKET_LOG`.
    pub log: String,
}

impl Config {
    /// Reads environment and file.
    ///
    /// # Errors
    /// [`ConfigFaults`]: each line names key and rule.
    pub fn load() -> Result<Self, ConfigFaults> {
        let names = keys().map(|key| key.name).chain([FILE_KEY]);
        let environment = names.filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?))).collect();
        Self::from_values(&environment)
    }

    /// The same from a given environment.
    ///
    /// # Errors
    /// [`ConfigFaults`].
    pub fn from_values(environment: &BTreeMap<String, String>) -> Result<Self, ConfigFaults> {
        let mut reader = Reader { environment, file: BTreeMap::new(), faults: Vec::new() };
        reader.read_file();
        let config = reader.config();
        if reader.faults.is_empty() { Ok(config) } else { Err(ConfigFaults(reader.faults)) }
    }

    /// The same for `serve --dev`: plain, on addresses of this machine only, and with a secret where none is set, which seals
    /// nothing worth a secret.
    ///
    /// # Errors
    /// [`ConfigFaults`] where something public is configured.
    pub fn for_dev(mut self) -> Result<Self, ConfigFaults> {
        let addresses = [
            ("DOCKET_LISTEN", self.listen),
            ("DOCKET_HTTP_LISTEN", self.http_listen),
            ("DOCKET_API_LISTEN", self.api_listen),
            ("DOCKET_GRPC_LISTEN", self.grpc_listen),
        ];
        let public = addresses.iter().filter(|(_, address)| !address.ip().is_loopback());
        let fault = |key: &str, rule: String| ConfigFault { key: key.to_owned(), rule };
        let mut faults: Vec<ConfigFault> = public
            .map(|(key, address)| fault(key, format!("is a loopback address with --dev, and not {address}")))
            .collect();
        if matches!(self.listening, Some(Listening::Tls { .. })) {
            faults.push(fault("DOCKET_TLS_CERT_FILE", "is not set with --dev, which speaks plainly".to_owned()));
        }
        if self.guard.tokens.is_some() {
            faults.push(fault("DOCKET_API_ISSUER", "is not set with --dev, which asks for no token".to_owned()));
        }
        if !faults.is_empty() {
            return Err(ConfigFaults(faults));
        }
        self.listening = Some(Listening::Plain);
        self.secret = self.secret.or_else(|| ServiceSecret::parse(&"de".repeat(32)));
        Ok(self)
    }

    /// The secret of the service.
    ///
    /// # Errors
    /// [`ConfigFaults`] if none is set.
    pub fn need_secret(&self) -> Result<&ServiceSecret, ConfigFaults> {
        self.secret.as_ref().ok_or_else(|| missing("DOCKET_SECRET", "set it, or DOCKET_SECRET_FILE, to 64 hex digits"))
    }

    /// The brokers.
    ///
    /// # Errors
    /// [`ConfigFaults`] if none are set.
    pub fn need_brokers(&self) -> Result<&Brokers, ConfigFaults> {
        self.kafka_brokers.as_ref().ok_or_else(|| missing("KAFKA_BROKERS", "set it to host:port, joined by commas"))
    }

    /// How the sync service listens.
    ///
    /// # Errors
    /// [`ConfigFaults`] if neither a certificate nor `DOCKET_PLAIN` is set.
    pub fn need_listening(&self) -> Result<&Listening, ConfigFaults> {
        let rule = "set it and DOCKET_TLS_KEY_FILE, or DOCKET_PLAIN=true on a loopback address";
        self.listening.as_ref().ok_or_else(|| missing("DOCKET_TLS_CERT_FILE", rule))
    }
}

fn missing(key: &str, rule: &str) -> ConfigFaults {
    ConfigFaults(vec![ConfigFault { key: key.to_owned(), rule: rule.to_owned() }])
}

struct Reader<'a> {
    environment: &'a BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    faults: Vec<ConfigFault>,
}

impl Reader<'_> {
    fn fault(&mut self, key: &str, rule: impl Into<String>) {
        self.faults.push(ConfigFault { key: key.to_owned(), rule: rule.into() });
    }

    fn read_file(&mut self) {
        let Some(path) = self.environment.get(FILE_KEY).filter(|path| !path.is_empty()) else { return };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.fault(FILE_KEY, format!("the file can't be read: {error}")),
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => return self.fault(FILE_KEY, format!("the file is no TOML: {}", error.message())),
        };
        for (name, value) in table {
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(flag) => flag.to_string(),
                _ => {
                    self.fault(&name, "is a text, a whole number, true or false");
                    continue;
                }
            };
            if keys().any(|key| key.name == name) {
                self.file.insert(name, text);
            } else {
                self.fault(&name, "is no key of this program; `docket-central config` lists them");
            }
        }
    }

    /// The value of a key; an empty one is as good as none.
    fn value(&self, name: &str) -> Option<String> {
        let default = || keys().find(|key| key.name == name)?.default.map(str::to_owned);
        let set = self.environment.get(name).or_else(|| self.file.get(name)).filter(|value| !value.is_empty());
        set.cloned().or_else(default).filter(|value| !value.is_empty())
    }

    fn required(&mut self, name: &str, rule: &str) -> String {
        let value = self.value(name);
        if value.is_none() {
            self.fault(name, rule);
        }
        value.unwrap_or_default()
    }

    fn number(&mut self, name: &str, range: std::ops::RangeInclusive<u32>) -> u32 {
        let value = self.value(name).unwrap_or_default();
        match value.parse::<u32>().ok().filter(|number| range.contains(number)) {
            Some(number) => number,
            None => {
                self.fault(name, format!("is a whole number from {} to {}, not {value}", range.start(), range.end()));
                *range.start()
            }
        }
    }

    fn address(&mut self, name: &str) -> SocketAddr {
        let value = self.value(name).unwrap_or_default();
        value.parse().unwrap_or_else(|_| {
            self.fault(name, format!("is an address and a port, such as 127.0.0.1:7443, not {value}"));
            SocketAddr::from(([127, 0, 0, 1], 0))
        })
    }

    fn web_address(&mut self, name: &str) -> Option<String> {
        let value = self.value(name)?;
        if !is_web_address(&value) {
            // The address may hold a password, so it is not repeated.
            self.fault(name, "is an address that begins with http:// or https://");
        }
        Some(value)
    }

    /// Without TLS the doors of the API are for this machine.
    fn api_address(&mut self, name: &str) -> SocketAddr {
        let address = self.address(name);
        if self.value("DOCKET_PLAIN").as_deref() == Some("true") && !address.ip().is_loopback() {
            self.fault(name, format!("is a loopback address where DOCKET_PLAIN is true, and not {address}"));
        }
        address
    }

    fn take_limits(&mut self) -> TakeLimits {
        let value = self.value("DOCKET_TAKE_LIMITS_S").unwrap_or_default();
        let numbers: Option<Vec<u64>> =
            value.split(',').map(|part| part.trim().parse().ok().filter(|s| (1..=604_800).contains(s))).collect();
        let numbers: Option<[u64; 3]> = numbers.and_then(|numbers| numbers.try_into().ok());
        let [counter, dine_in, take_away] = numbers.unwrap_or_else(|| {
            let rule = format!("is three whole numbers from 1 to 604800 joined by commas, not {value}");
            self.fault("DOCKET_TAKE_LIMITS_S", rule);
            [1; 3]
        });
        let seconds = Duration::from_secs;
        TakeLimits { counter: seconds(counter), dine_in: seconds(dine_in), take_away: seconds(take_away) }
    }

    fn config(&mut self) -> Config {
        let listen = self.address("DOCKET_LISTEN");
        let database_url = self.required("DATABASE_URL", "set it to postgres://user:password@host/database");
        if !database_url.is_empty() && !database_url.starts_with("postgres") {
            self.fault("DATABASE_URL", "begins with postgres://");
        }
        Config {
            service_name: self.value("SERVICE_NAME").unwrap_or_default(),
            cell_id: self.value("CELL_ID").unwrap_or_default(),
            database_url,
            kafka_brokers: self.brokers(),
            listen,
            listening: self.listening(listen),
            http_listen: self.address("DOCKET_HTTP_LISTEN"),
            guard: self.guard(),
            api_listen: self.api_address("DOCKET_API_LISTEN"),
            grpc_listen: self.api_address("DOCKET_GRPC_LISTEN"),
            take_limits: self.take_limits(),
            secret: self.secret(),
            database_connections: self.number("DOCKET_DATABASE_CONNECTIONS", 1..=200),
            token_life: Duration::from_secs(u64::from(self.number("DOCKET_TOKEN_DAYS", 1..=3650)) * 86_400),
            retry_delays_ms: self.delays(),
            ports: PortUrls {
                stock: self.web_address("DOCKET_STOCK_URL"),
                menu: self.web_address("DOCKET_MENU_URL"),
                payment: self.web_address("DOCKET_PAYMENT_URL"),
            },
            otlp_endpoint: self.value("DOCKET_OTLP_ENDPOINT"),
            log: self.value("DOCKET_LOG").unwrap_or_default(),
        }
    }

    fn brokers(&mut self) -> Option<Brokers> {
        let addresses = self.value("KAFKA_BROKERS")?;
        let security = Security {
            protocol: self.value("KAFKA_SECURITY_PROTOCOL"),
            mechanism: self.value("KAFKA_SASL_MECHANISM"),
            user: self.value("KAFKA_SASL_USERNAME"),
            password: self.text_or_file("KAFKA_SASL_PASSWORD", "KAFKA_SASL_PASSWORD_FILE").map(|(_, text)| text),
            roots: self.value("KAFKA_CA_FILE"),
        };
        match Brokers::secured(addresses, security) {
            Ok(brokers) => Some(brokers),
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    /// A secret as it stands, or in a file; with the key that has it.
    fn text_or_file(&mut self, name: &'static str, file: &'static str) -> Option<(&'static str, String)> {
        if let Some(text) = self.value(name) {
            return Some((name, text));
        }
        match std::fs::read_to_string(self.value(file)?) {
            Ok(text) => Some((file, text.trim().to_owned())),
            Err(error) => {
                self.fault(file, format!("the file can't be read: {error}"));
                None
            }
        }
    }

    fn listening(&mut self, listen: SocketAddr) -> Option<Listening> {
        let plain = match self.value("DOCKET_PLAIN").as_deref() {
            Some("true") => true,
            Some("false") | None => false,
            Some(other) => {
                let rule = format!("is true or false, not {other}");
                self.fault("DOCKET_PLAIN", rule);
                false
            }
        };
        let (cert, key) = (self.value("DOCKET_TLS_CERT_FILE"), self.value("DOCKET_TLS_KEY_FILE"));
        match (plain, cert, key) {
            (true, None, None) if listen.ip().is_loopback() => Some(Listening::Plain),
            (true, None, None) => {
                self.fault("DOCKET_PLAIN", format!("goes with a loopback address only, and DOCKET_LISTEN is {listen}"));
                None
            }
            (true, ..) => {
                self.fault("DOCKET_PLAIN", "goes without DOCKET_TLS_CERT_FILE and DOCKET_TLS_KEY_FILE");
                None
            }
            (false, Some(cert), Some(key)) => Some(Listening::Tls { cert: cert.into(), key: key.into() }),
            (false, None, None) => None,
            (false, Some(_), None) => {
                self.fault("DOCKET_TLS_KEY_FILE", "belongs to DOCKET_TLS_CERT_FILE and is not set");
                None
            }
            (false, None, Some(_)) => {
                self.fault("DOCKET_TLS_CERT_FILE", "belongs to DOCKET_TLS_KEY_FILE and is not set");
                None
            }
        }
    }

    fn secret(&mut self) -> Option<ServiceSecret> {
        let (name, text) = self.text_or_file("DOCKET_SECRET", "DOCKET_SECRET_FILE")?;
        let secret = ServiceSecret::parse(text.trim());
        if secret.is_none() {
            self.fault(name, "is 64 hex digits");
        }
        secret
    }

    fn delays(&mut self) -> [u64; 3] {
        let value = self.value("DOCKET_RETRY_DELAYS_MS").unwrap_or_default();
        let numbers: Option<Vec<u64>> = value.split(',').map(|part| part.trim().parse().ok()).collect();
        numbers.and_then(|numbers| numbers.try_into().ok()).unwrap_or_else(|| {
            self.fault("DOCKET_RETRY_DELAYS_MS", format!("is three whole numbers joined by commas, not {value}"));
            [0; 3]
        })
    }
}

/// The table of keys, for people.
#[must_use]
pub fn table() -> String {
    let line = |key: &Key| {
        let default = match key.default {
            None => "not set".to_owned(),
            Some("") => "empty".to_owned(),
            Some(text) => text.to_owned(),
        };
        format!("{:<28} {:<20} {}\n", key.name, default, key.about)
    };
    let head = format!("{:<28} {:<20} {}\n", "key", "default", "what it is for");
    let file = format!("{FILE_KEY:<28} {:<20} {}\n", "not set", "TOML file with any of these keys (environment only)");
    head + &file + &keys().map(line).collect::<String>()
}

#[cfg(test)]
mod tests;
