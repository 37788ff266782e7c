//! What this process counts, for Prometheus. Labels come from closed lists, so that no peer can make a new series; whole
//! numbers only, because what they count is whole.

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use super::api::ApiMetrics;

/// What became of a batch of rows that a till sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchOutcome {
    /// New rows were stored.
    Stored,
    /// Every row was held already.
    Repeated,
    /// Rows before it are missing here.
    Gap,
    /// Chain, signature or form is wrong.
    Refused,
    /// Its device was revoked.
    Revoked,
    /// The database could not take it; it will come again.
    Failed,
}

impl BatchOutcome {
    const fn label(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Repeated => "repeated",
            Self::Gap => "gap",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
            Self::Failed => "failed",
        }
    }
}

/// What became of a message that a consumer read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageOutcome {
    /// It had its effect.
    Applied,
    /// It had its effect before.
    Repeated,
    /// It failed and will be tried again later.
    Delayed,
    /// It waits behind an earlier message of its key.
    Parked,
    /// It was given up, with its reason, into the dead-letter topic.
    Dead,
}

impl MessageOutcome {
    const fn label(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Repeated => "repeated",
            Self::Delayed => "delayed",
            Self::Parked => "parked",
            Self::Dead => "dead",
        }
    }
}

/// A role whose consumer is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsumerRole {
    /// The read models of orders.
    Orders,
    /// Sales by day, hour, product, type and store.
    Analytics,
    /// Notifications.
    Notify,
    /// Open orders of deactivated customers.
    Customers,
    /// The reconciler's own count of the topics.
    Reconciler,
}

impl ConsumerRole {
    const fn label(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Analytics => "analytics",
            Self::Notify => "notify",
            Self::Customers => "customers",
            Self::Reconciler => "reconciler",
        }
    }
}

/// The state of things across all tenants, as a look at the database finds it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels {
    /// Integration events that wait for the relay.
    pub outbox_waiting: i64,
    /// Age of the oldest of them, in milliseconds.
    pub outbox_oldest_ms: i64,
    /// Rows of a type that this program does not know.
    pub quarantined_rows: i64,
    /// Logs with more than one history.
    pub forked_logs: i64,
    /// How long ago the till was last heard that was not heard the longest, in milliseconds.
    pub oldest_till_ms: i64,
    /// Days whose last statement is not equal.
    pub unequal_days: i64,
}

/// The counters and gauges of this process. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Registry,
    rows: IntCounter,
    batches: IntCounterVec,
    forks: IntCounter,
    quarantined: IntCounter,
    attached: IntGauge,
    published: IntCounter,
    publish_failures: IntCounter,
    relay_active: IntGauge,
    messages: IntCounterVec,
    lag: IntGaugeVec,
    statements: IntCounterVec,
    levels: IntGaugeVec,
    api: ApiMetrics,
}

/// Registers a metric. Names are literals of this file, so two alike are a bug.
pub(super) fn registered<M: prometheus::core::Collector + Clone + 'static>(
    registry: &Registry,
    made: prometheus::Result<M>,
) -> M {
    let metric = made.expect("names and labels are literals that Prometheus takes");
    registry.register(Box::new(metric.clone())).expect("no two metrics of this file have one name");
    metric
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let counter = |name: &str, help: &str| registered(&registry, IntCounter::new(name, help));
        let gauge = |name: &str, help: &str| registered(&registry, IntGauge::new(name, help));
        let counters = |name: &str, help: &str, labels: &[&str]| {
            registered(&registry, IntCounterVec::new(Opts::new(name, help), labels))
        };
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            registered(&registry, IntGaugeVec::new(Opts::new(name, help), labels))
        };
        Metrics {
            rows: counter("docket_ingest_rows_total", "Rows stored."),
            batches: counters("docket_ingest_batches_total", "Batches of rows by what became of them.", &["outcome"]),
            forks: counter("docket_ingest_forks_total", "Second histories of a log that were found."),
            quarantined: counter("docket_ingest_quarantined_total", "Rows of an unknown type that were stored."),
            attached: gauge("docket_tills_attached", "Tills with an open stream."),
            published: counter("docket_relay_published_total", "Messages that Kafka acknowledged."),
            publish_failures: counter(
                "docket_relay_failures_total",
                "Messages that Kafka did not take; they go again.",
            ),
            relay_active: gauge("docket_relay_active", "1 while this process holds the relay's lock."),
            messages: counters("docket_consumer_messages_total", "Messages by role and outcome.", &["role", "outcome"]),
            lag: gauges("docket_consumer_lag", "Messages behind the end of the topics.", &["role"]),
            statements: counters("docket_statements_total", "Statements made.", &["equal"]),
            levels: gauges("docket_level", "The state of things over all tenants, by what it counts.", &["what"]),
            api: ApiMetrics::new(&registry),
            registry,
        }
    }

    /// What the doors of the API count.
    #[must_use]
    pub fn api(&self) -> &ApiMetrics {
        &self.api
    }

    /// A batch was answered; `rows` are the new ones.
    pub fn batch(&self, outcome: BatchOutcome, rows: u64) {
        self.batches.with_label_values(&[outcome.label()]).inc();
        self.rows.inc_by(rows);
    }

    /// A second history of a log was found.
    pub fn fork(&self) {
        self.forks.inc();
    }

    /// Rows of an unknown type were stored.
    pub fn quarantined(&self, rows: u64) {
        self.quarantined.inc_by(rows);
    }

    /// A till's stream opened.
    pub fn till_attached(&self) {
        self.attached.inc();
    }

    /// A till's stream ended.
    pub fn till_detached(&self) {
        self.attached.dec();
    }

    /// Kafka acknowledged messages.
    pub fn published(&self, messages: u64) {
        self.published.inc_by(messages);
    }

    /// Kafka did not take messages.
    pub fn publish_failed(&self, messages: u64) {
        self.publish_failures.inc_by(messages);
    }

    /// This process took the relay's lock, or lost it.
    pub fn relay_active(&self, active: bool) {
        self.relay_active.set(i64::from(active));
    }

    /// A consumer is done with a message.
    pub fn message(&self, role: ConsumerRole, outcome: MessageOutcome) {
        self.messages.with_label_values(&[role.label(), outcome.label()]).inc();
    }

    /// How many messages a role is behind.
    pub fn lag(&self, role: ConsumerRole, messages: i64) {
        self.lag.with_label_values(&[role.label()]).set(messages);
    }

    /// A statement was made.
    pub fn statement(&self, equal: bool) {
        self.statements.with_label_values(&[if equal { "yes" } else { "no" }]).inc();
    }

    /// What a look at the database found.
    pub fn levels(&self, levels: &Levels) {
        let all = [
            ("outbox_waiting", levels.outbox_waiting),
            ("outbox_oldest_ms", levels.outbox_oldest_ms),
            ("quarantined_rows", levels.quarantined_rows),
            ("forked_logs", levels.forked_logs),
            ("oldest_till_ms", levels.oldest_till_ms),
            ("unequal_days", levels.unequal_days),
        ];
        for (what, value) in all {
            self.levels.with_label_values(&[what]).set(value);
        }
    }

    /// The text that Prometheus reads.
    ///
    /// # Errors
    /// If a metric could not be written as text, which no metric of this file can bring about.
    pub fn render(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_in_the_text() {
        let metrics = Metrics::new();
        metrics.batch(BatchOutcome::Stored, 500);
        metrics.clone().batch(BatchOutcome::Refused, 0);
        metrics.message(ConsumerRole::Orders, MessageOutcome::Applied);
        metrics.levels(&Levels { outbox_waiting: 7, ..Levels::default() });
        let text = metrics.render().unwrap();
        for line in [
            "docket_ingest_rows_total 500",
            r#"docket_ingest_batches_total{outcome="stored"} 1"#,
            r#"docket_ingest_batches_total{outcome="refused"} 1"#,
            r#"docket_consumer_messages_total{outcome="applied",role="orders"} 1"#,
            r#"docket_level{what="outbox_waiting"} 7"#,
            "docket_relay_active 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }
}
