//! What the doors of the API count. Labels come from closed lists; a store has a series of its own while there are few.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use docket_domain::ids::StoreId;
use docket_domain::order::line::OrderType;
use prometheus::{HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::metrics::registered;
use crate::api::fault::FaultCode;
use crate::api::limits::LOCATIONS_MAX;
use crate::api::watch::Door;

/// What came of reading the issuer's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysRead {
    /// They were taken.
    Taken,
    /// Something came that is no key set.
    Refused,
    /// Nothing came.
    Failed,
}

impl KeysRead {
    const fn label(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Why a stream of orders ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchEnd {
    /// Its reader went.
    Gone,
    /// Its reader was too slow.
    Slow,
    /// The service stops, or the database failed.
    Closed,
}

impl WatchEnd {
    const fn label(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Slow => "slow",
            Self::Closed => "closed",
        }
    }
}

/// The statuses of orders that are under way, as `orders_active` has them.
const ACTIVE: [&str; 5] = ["draft", "pending", "confirmed", "preparing", "ready"];

const fn type_label(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Counter => "counter",
        OrderType::DineIn => "dine_in",
        OrderType::TakeAway => "take_away",
    }
}

/// The counters and gauges of the API. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct ApiMetrics {
    created: IntCounterVec,
    processing: HistogramVec,
    active: IntGaugeVec,
    requests: IntCounterVec,
    seconds: HistogramVec,
    in_flight: IntGaugeVec,
    denied: IntCounterVec,
    keys: IntCounterVec,
    unwritten: IntCounter,
    watchers: IntGauge,
    watch_ends: IntCounterVec,
    locations: Arc<Mutex<BTreeSet<StoreId>>>,
}

impl ApiMetrics {
    pub(super) fn new(registry: &Registry) -> Self {
        let counters = |name: &str, help: &str, labels: &[&str]| {
            registered(registry, IntCounterVec::new(Opts::new(name, help), labels))
        };
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            registered(registry, IntGaugeVec::new(Opts::new(name, help), labels))
        };
        let seconds = |name: &str, help: &str, labels: &[&str]| {
            let buckets = vec![0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
            registered(registry, HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets), labels))
        };
        ApiMetrics {
            created: counters("orders_created_total", "Orders that the API took.", &["order_type", "location"]),
            processing: seconds("order_processing_seconds", "Time of an operation on orders.", &["operation"]),
            active: gauges("orders_active", "Orders that are neither completed nor cancelled.", &["status"]),
            requests: counters(
                "docket_api_requests_total",
                "Calls that were answered.",
                &["door", "operation", "code"],
            ),
            seconds: seconds("docket_api_request_seconds", "Time to the answer of a call.", &["door", "operation"]),
            in_flight: gauges("docket_api_requests_in_flight", "Calls that wait for their answer.", &["door"]),
            denied: counters("docket_api_denied_total", "Calls that the guard did not let in.", &["door", "code"]),
            keys: counters("docket_api_key_reads_total", "Readings of the issuer's keys.", &["outcome"]),
            unwritten: registered(
                registry,
                IntCounter::new("docket_api_refusals_unwritten_total", "Refusals that are not in the audit log."),
            ),
            watchers: registered(registry, IntGauge::new("docket_api_watchers", "Open streams of orders.")),
            watch_ends: counters("docket_api_watch_ends_total", "Streams of orders that ended.", &["reason"]),
            locations: Arc::default(),
        }
    }

    /// An order was taken, in a store that the database knows.
    pub fn order_created(&self, order_type: OrderType, store: StoreId) {
        let kept = {
            let mut locations = self.locations.lock().unwrap_or_else(PoisonError::into_inner);
            locations.contains(&store) || (locations.len() < LOCATIONS_MAX && locations.insert(store))
        };
        let location = if kept { store.to_string() } else { "other".to_owned() };
        self.created.with_label_values(&[type_label(order_type), &location]).inc();
    }

    /// How many orders are under way, by status, as a look at the database found it.
    pub fn orders_active(&self, counts: &[(String, i64)]) {
        for status in ACTIVE {
            let found = counts.iter().find(|(name, _)| name == status);
            self.active.with_label_values(&[status]).set(found.map_or(0, |(_, orders)| *orders));
        }
    }

    /// A call came in.
    pub(crate) fn call_begins(&self, door: Door) {
        self.in_flight.with_label_values(&[door.as_str()]).inc();
    }

    /// A call was answered, or its caller went.
    pub(crate) fn call_ends(&self, door: Door) {
        self.in_flight.with_label_values(&[door.as_str()]).dec();
    }

    /// A call was answered. `operation` and `code` come from closed lists.
    pub(crate) fn answered(&self, door: Door, operation: &'static str, code: &'static str, took: Duration) {
        self.requests.with_label_values(&[door.as_str(), operation, code]).inc();
        self.seconds.with_label_values(&[door.as_str(), operation]).observe(took.as_secs_f64());
        if operation.contains("_order") {
            self.processing.with_label_values(&[operation]).observe(took.as_secs_f64());
        }
    }

    /// The guard did not let a call in.
    pub(crate) fn denied(&self, door: Door, code: FaultCode) {
        self.denied.with_label_values(&[door.as_str(), code.as_str()]).inc();
    }

    /// The issuer's keys were read, or not.
    pub(crate) fn keys_read(&self, outcome: KeysRead) {
        self.keys.with_label_values(&[outcome.label()]).inc();
    }

    /// A refusal did not come into the audit log.
    pub(crate) fn refusal_not_written(&self) {
        self.unwritten.inc();
    }

    /// A stream of orders opened.
    pub(crate) fn watch_begins(&self) {
        self.watchers.inc();
    }

    /// A stream of orders ended.
    pub(crate) fn watch_ends(&self, reason: WatchEnd) {
        self.watchers.dec();
        self.watch_ends.with_label_values(&[reason.label()]).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::super::Metrics;
    use super::*;
    use uuid::Uuid;

    #[test]
    fn the_metrics_of_orders_have_their_names_and_labels() {
        let metrics = Metrics::new();
        let store = StoreId(Uuid::from_u128(7));
        metrics.api().order_created(OrderType::TakeAway, store);
        metrics.api().orders_active(&[("ready".to_owned(), 3), ("gone".to_owned(), 9)]);
        metrics.api().answered(Door::Grpc, "create_order", "ok", Duration::from_millis(3));
        let text = metrics.render().unwrap();
        for line in [
            format!(r#"orders_created_total{{location="{store}",order_type="take_away"}} 1"#),
            r#"orders_active{status="ready"} 3"#.to_owned(),
            r#"orders_active{status="pending"} 0"#.to_owned(),
            r#"order_processing_seconds_count{operation="create_order"} 1"#.to_owned(),
            r#"docket_api_requests_total{code="ok",door="grpc",operation="create_order"} 1"#.to_owned(),
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("gone"), "a status that nobody knows adds no series");
    }

    #[test]
    fn stores_beyond_the_bound_share_one_series() {
        let metrics = Metrics::new();
        for number in 0..u128::try_from(LOCATIONS_MAX).unwrap() + 50 {
            metrics.api().order_created(OrderType::Counter, StoreId(Uuid::from_u128(number)));
        }
        let text = metrics.render().unwrap();
        let series = text.lines().filter(|line| line.starts_with("orders_created_total{")).count();
        assert_eq!(series, LOCATIONS_MAX + 1);
        assert!(text.contains(r#"orders_created_total{location="other",order_type="counter"} 50"#));
    }
}
