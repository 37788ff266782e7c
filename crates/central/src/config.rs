//! Configuration: the environment, and a TOML file for what the environment does not say. [`KEYS`] is the one table of
//! what can be set; `docket-central config` prints it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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

/// Every key.
pub const KEYS: &[Key] = &[
    key("SERVICE_NAME", Some("docket-central"), "name of the service in logs, metrics and traces"),
    key("CELL_ID", Some("local"), "which installation this is, in logs, metrics and traces"),
    key("DATABASE_URL", None, "PostgreSQL; the user is a member of the roles docket_*, and to migrate the owner"),
    key("KAFKA_BROKERS", None, "brokers as host:port, joined by commas; only relay, consumers and reconciler need it"),
    key("DOCKET_LISTEN", Some("127.0.0.1:7443"), "address of the sync service"),
    key("DOCKET_TLS_CERT_FILE", None, "certificate chain (PEM) of the sync service; a replaced file is read anew"),
    key("DOCKET_TLS_KEY_FILE", None, "private key (PEM) of that certificate"),
    key("DOCKET_PLAIN", Some("false"), "true: no TLS; taken only where DOCKET_LISTEN is a loopback address"),
    key("DOCKET_HTTP_LISTEN", Some("127.0.0.1:7480"), "address of /health/live, /health/ready and /metrics"),
    key("DOCKET_SECRET", None, "64 hex digits that seal the tenants' keys; or DOCKET_SECRET_FILE"),
    key("DOCKET_SECRET_FILE", None, "file with these digits"),
    key("DOCKET_DATABASE_CONNECTIONS", Some("10"), "connections of one pool, 1 to 200"),
    key("DOCKET_TOKEN_DAYS", Some("90"), "days that a device's token is good for, 1 to 3650"),
    key("DOCKET_RETRY_DELAYS_MS", Some("5000,60000,600000"), "three delays of a consumer's retries, in milliseconds"),
    key("DOCKET_OTLP_ENDPOINT", Some(""), "OpenTelemetry collector (gRPC, http://host:4317); empty means no traces"),
    key("DOCKET_LOG", Some("info"), "what is logged: error, warn, info, debug, or a filter by module"),
];

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
    /// `KAFKA_BROKERS`, if it is set.
    pub kafka_brokers: Option<String>,
    /// `DOCKET_LISTEN`.
    pub listen: SocketAddr,
    /// From `DOCKET_TLS_*` and `DOCKET_PLAIN`; none if neither is set, which only `serve` minds.
    pub listening: Option<Listening>,
    /// `DOCKET_HTTP_LISTEN`.
    pub http_listen: SocketAddr,
    /// `DOCKET_SECRET` or `DOCKET_SECRET_FILE`, if it is set.
    pub secret: Option<ServiceSecret>,
    /// `DOCKET_DATABASE_CONNECTIONS`.
    pub database_connections: u32,
    /// `DOCKET_TOKEN_DAYS`.
    pub token_life: Duration,
    /// `DOCKET_RETRY_DELAYS_MS`.
    pub retry_delays_ms: [u64; 3],
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
        let names = KEYS.iter().map(|key| key.name).chain([FILE_KEY]);
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
    pub fn need_brokers(&self) -> Result<&str, ConfigFaults> {
        self.kafka_brokers.as_deref().ok_or_else(|| missing("KAFKA_BROKERS", "set it to host:port, joined by commas"))
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
            if KEYS.iter().any(|key| key.name == name) {
                self.file.insert(name, text);
            } else {
                self.fault(&name, "is no key of this program; `docket-central config` lists them");
            }
        }
    }

    /// The value of a key; an empty one is as good as none.
    fn value(&self, name: &str) -> Option<String> {
        let default = || KEYS.iter().find(|key| key.name == name)?.default.map(str::to_owned);
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
            kafka_brokers: self.value("KAFKA_BROKERS"),
            listen,
            listening: self.listening(listen),
            http_listen: self.address("DOCKET_HTTP_LISTEN"),
            secret: self.secret(),
            database_connections: self.number("DOCKET_DATABASE_CONNECTIONS", 1..=200),
            token_life: Duration::from_secs(u64::from(self.number("DOCKET_TOKEN_DAYS", 1..=3650)) * 86_400),
            retry_delays_ms: self.delays(),
            otlp_endpoint: self.value("DOCKET_OTLP_ENDPOINT"),
            log: self.value("DOCKET_LOG").unwrap_or_default(),
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
        let (name, text) = match (self.value("DOCKET_SECRET"), self.value("DOCKET_SECRET_FILE")) {
            (Some(text), _) => ("DOCKET_SECRET", text),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) => ("DOCKET_SECRET_FILE", text),
                Err(error) => {
                    self.fault("DOCKET_SECRET_FILE", format!("the file can't be read: {error}"));
                    return None;
                }
            },
            (None, None) => return None,
        };
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
    head + &file + &KEYS.iter().map(line).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
        let all = [("DATABASE_URL", "postgres://localhost/docket")].iter().chain(pairs);
        Config::from_values(&all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn lines(pairs: &[(&str, &str)]) -> Vec<String> {
        with(pairs).expect_err("there are faults").to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn defaults_hold_where_nothing_is_set() {
        let config = with(&[]).expect("it is whole");
        assert_eq!((config.service_name.as_str(), config.database_connections), ("docket-central", 10));
        assert_eq!((config.listening, config.kafka_brokers, config.otlp_endpoint), (None, None, None));
        assert_eq!(config.retry_delays_ms, [5_000, 60_000, 600_000]);
    }

    #[test]
    fn each_fault_is_one_line_that_names_its_key() {
        let faults = lines(&[
            ("DOCKET_LISTEN", "nowhere"),
            ("DOCKET_TOKEN_DAYS", "0"),
            ("DOCKET_SECRET", "abc"),
            ("DOCKET_TLS_CERT_FILE", "cert.pem"),
        ]);
        let names: Vec<&str> = faults.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(names, ["DOCKET_LISTEN", "DOCKET_TLS_KEY_FILE", "DOCKET_SECRET", "DOCKET_TOKEN_DAYS"]);
    }

    #[test]
    fn plain_is_taken_on_a_loopback_address_only() {
        assert_eq!(with(&[("DOCKET_PLAIN", "true")]).expect("loopback").listening, Some(Listening::Plain));
        let faults = lines(&[("DOCKET_PLAIN", "true"), ("DOCKET_LISTEN", "0.0.0.0:7443")]);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("DOCKET_PLAIN: goes with a loopback address only"), "{faults:?}");
    }

    #[test]
    fn the_environment_goes_before_the_file_and_a_foreign_key_is_a_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("central.toml");
        std::fs::write(&path, "CELL_ID = \"file\"\nDOCKET_TOKEN_DAYS = 7\n").expect("written");
        let path_text = path.to_str().expect("text");
        let config = with(&[(FILE_KEY, path_text), ("CELL_ID", "environment")]).expect("it is whole");
        assert_eq!((config.cell_id.as_str(), config.token_life.as_secs()), ("environment", 7 * 86_400));
        std::fs::write(&path, "DATABSE_URL = \"x\"\n").expect("written");
        assert!(lines(&[(FILE_KEY, path_text)])[0].starts_with("DATABSE_URL: is no key of this program"));
    }
}
