//! Kafka's brokers and how they are spoken to: every client of this program begins with what stands here.

use rdkafka::ClientConfig;

use crate::config::ConfigFault;

/// How the connection is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Not at all.
    Plaintext,
    /// TLS.
    Ssl,
    /// A name and a password over a connection that is not secured.
    SaslPlaintext,
    /// A name and a password over TLS.
    SaslSsl,
}

impl Protocol {
    const ALL: [(&'static str, Protocol); 4] = [
        ("PLAINTEXT", Protocol::Plaintext),
        ("SSL", Protocol::Ssl),
        ("SASL_PLAINTEXT", Protocol::SaslPlaintext),
        ("SASL_SSL", Protocol::SaslSsl),
    ];

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(_, protocol)| *protocol == self).map_or("PLAINTEXT", |(text, _)| text)
    }

    fn is_sasl(self) -> bool {
        matches!(self, Protocol::SaslPlaintext | Protocol::SaslSsl)
    }

    fn is_tls(self) -> bool {
        matches!(self, Protocol::Ssl | Protocol::SaslSsl)
    }
}

/// Where the brokers are, and who asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Brokers {
    addresses: String,
    /// Settings of librdkafka.
    security: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for Brokers {
    /// Shows no password: it must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Brokers").field(&self.addresses).finish()
    }
}

impl From<&str> for Brokers {
    /// Brokers that are spoken to without TLS and without a name.
    fn from(addresses: &str) -> Self {
        Brokers { addresses: addresses.to_owned(), security: Vec::new() }
    }
}

impl From<&Brokers> for Brokers {
    fn from(brokers: &Brokers) -> Self {
        brokers.clone()
    }
}

/// What the configuration says of the connection, as texts; none where a key is not set.
#[derive(Default)]
pub(crate) struct Security {
    pub(crate) protocol: Option<String>,
    pub(crate) mechanism: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) roots: Option<String>,
}

impl Brokers {
    /// Checks what the configuration says against what this build of librdkafka can do.
    pub(crate) fn secured(addresses: String, security: Security) -> Result<Self, Vec<ConfigFault>> {
        let (settings, faults) = security.settings(&features());
        if faults.is_empty() { Ok(Brokers { addresses, security: settings }) } else { Err(faults) }
    }

    /// The beginning of every client's settings.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.addresses);
        for (name, value) in &self.security {
            config.set(*name, value);
        }
        config
    }
}

/// What librdkafka was built with, as it says itself: `ssl`, `sasl_plain`, `sasl_scram` and others.
fn features() -> String {
    let native = ClientConfig::new().create_native_config();
    native.and_then(|config| config.get("builtin.features")).unwrap_or_default()
}

impl Security {
    fn settings(self, features: &str) -> (Vec<(&'static str, String)>, Vec<ConfigFault>) {
        let (mut settings, mut faults) = (Vec::new(), Vec::new());
        let mut fault = |key: &str, rule: String| faults.push(ConfigFault { key: key.to_owned(), rule });
        let can = |feature: &str| features.split(',').any(|has| has.trim() == feature);
        let named = self.protocol.as_deref().unwrap_or("PLAINTEXT");
        let Some((_, protocol)) = Protocol::ALL.into_iter().find(|(text, _)| *text == named) else {
            let all: Vec<&str> = Protocol::ALL.iter().map(|(text, _)| *text).collect();
            fault("KAFKA_SECURITY_PROTOCOL", format!("is one of {}, not {named}", all.join(", ")));
            return (settings, faults);
        };
        if protocol.is_tls() && !can("ssl") {
            let rule = "this program was built without TLS to Kafka; build it with --features kafka-tls";
            fault("KAFKA_SECURITY_PROTOCOL", rule.to_owned());
        }
        settings.push(("security.protocol", protocol.text().to_owned()));
        match self.roots {
            Some(_) if !protocol.is_tls() => {
                fault("KAFKA_CA_FILE", "goes with KAFKA_SECURITY_PROTOCOL SSL or SASL_SSL".to_owned());
            }
            Some(file) if !std::path::Path::new(&file).is_file() => {
                fault("KAFKA_CA_FILE", format!("{file} is no file"));
            }
            Some(file) => settings.push(("ssl.ca.location", file)),
            None => {}
        }
        if !protocol.is_sasl() {
            let set = [
                ("KAFKA_SASL_MECHANISM", self.mechanism),
                ("KAFKA_SASL_USERNAME", self.user),
                ("KAFKA_SASL_PASSWORD", self.password),
            ];
            for (key, _) in set.into_iter().filter(|(_, value)| value.is_some()) {
                fault(key, "goes with KAFKA_SECURITY_PROTOCOL SASL_PLAINTEXT or SASL_SSL".to_owned());
            }
            return (settings, faults);
        }
        let mechanism = self.mechanism.unwrap_or_else(|| "PLAIN".to_owned());
        let needs = match mechanism.as_str() {
            "PLAIN" => Some("sasl_plain"),
            "SCRAM-SHA-256" | "SCRAM-SHA-512" => Some("sasl_scram"),
            other => {
                let rule = format!("is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512, not {other}");
                fault("KAFKA_SASL_MECHANISM", rule);
                None
            }
        };
        if needs.is_some_and(|feature| !can(feature)) {
            let rule = format!("this program was built without {mechanism}; build it with --features kafka-tls");
            fault("KAFKA_SASL_MECHANISM", rule);
        }
        settings.push(("sasl.mechanism", mechanism));
        for (key, name, value) in [
            ("KAFKA_SASL_USERNAME", "sasl.username", self.user),
            ("KAFKA_SASL_PASSWORD", "sasl.password", self.password),
        ] {
            match value {
                Some(value) => settings.push((name, value)),
                None => fault(key, format!("belongs to KAFKA_SECURITY_PROTOCOL={named} and is not set")),
            }
        }
        (settings, faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "gzip,snappy,ssl,sasl,sasl_plain,sasl_scram";

    fn security(texts: [Option<&str>; 5]) -> Security {
        let [protocol, mechanism, user, password, roots] = texts.map(|text| text.map(str::to_owned));
        Security { protocol, mechanism, user, password, roots }
    }

    fn faults(texts: [Option<&str>; 5], features: &str) -> Vec<String> {
        security(texts).settings(features).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_way_to_speak_to_the_brokers_gives_its_settings() {
        let (settings, faults) = security([None; 5]).settings("");
        assert_eq!((settings, faults), (vec![("security.protocol", "PLAINTEXT".to_owned())], Vec::new()));
        let scram = [Some("SASL_SSL"), Some("SCRAM-SHA-512"), Some("docket"), Some("s3cret"), None];
        let (settings, faults) = security(scram).settings(ALL);
        assert_eq!(faults, Vec::new());
        let wanted = [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.username", "docket"),
            ("sasl.password", "s3cret"),
        ];
        assert_eq!(settings, wanted.map(|(name, value)| (name, value.to_owned())));
        let brokers = Brokers { addresses: "b:9092".to_owned(), security: settings };
        assert!(!format!("{brokers:?}").contains("s3cret"));
    }

    #[test]
    fn what_is_wrong_or_can_not_be_had_names_its_key() {
        assert!(
            faults([Some("TLS"), None, None, None, None], ALL)[0].starts_with("KAFKA_SECURITY_PROTOCOL: is one of ")
        );
        let built = faults([Some("SSL"), None, None, None, None], "gzip,sasl_plain");
        assert!(built[0].contains("--features kafka-tls"), "{built:?}");
        let built = faults([Some("SASL_PLAINTEXT"), Some("SCRAM-SHA-256"), Some("u"), Some("p"), None], "sasl_plain");
        assert!(
            built[0].starts_with("KAFKA_SASL_MECHANISM: this program was built without SCRAM-SHA-256"),
            "{built:?}"
        );
        let bare = faults([Some("SASL_PLAINTEXT"), None, None, None, None], ALL);
        assert_eq!(bare.len(), 2, "{bare:?}");
        let idle = faults([None, Some("PLAIN"), Some("u"), Some("p"), Some("ca.pem")], ALL);
        assert_eq!(idle.len(), 4, "{idle:?}");
        let none = faults([Some("SSL"), None, None, None, Some("/nowhere/ca.pem")], ALL);
        assert_eq!(none, ["KAFKA_CA_FILE: /nowhere/ca.pem is no file"]);
    }

    #[test]
    fn this_build_speaks_sasl_plain() {
        let features = features();
        assert!(features.split(',').any(|feature| feature == "sasl_plain"), "{features}");
    }
}
