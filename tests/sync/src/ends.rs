//! The four ends that every fault must leave: no event lost, none doubled in a read model, no queue stuck, and the
//! reconciler finds till, PostgreSQL, outbox and Kafka equal.

use sqlx::Row as _;

use crate::{Office, Role, Till, until, within};

/// An order whose read model says something else than head office, or that one of the two lacks. What was never told is
/// in no read model.
const READ_APART: &str = "SELECT count(*) FROM (SELECT order_id, version, status, due_minor, captured_minor, \
    refunded_minor FROM central.orders WHERE version > 0) AS held \
    FULL JOIN orders_read.orders AS read USING (order_id) WHERE (held.version, held.status, held.due_minor, \
    held.captured_minor, held.refunded_minor) IS DISTINCT FROM (read.version, read.status, read.due_minor, \
    read.captured_minor, read.refunded_minor)";
/// An order whose figures are of another version.
const FIGURES_APART: &str = "SELECT count(*) FROM (SELECT order_id, version FROM central.orders WHERE version > 0) AS held \
    FULL JOIN analytics.orders AS read USING (order_id) WHERE held.version IS DISTINCT FROM read.version";
/// What the figures have of the orders' lines too much or too little, in minor units.
const LINES_APART: &str = "SELECT abs((SELECT coalesce(sum(total_minor), 0) FROM analytics.sold_lines) - \
    (SELECT coalesce(sum(i.total_minor), 0) FROM orders_read.items i JOIN orders_read.orders o USING (tenant, order_id) \
    WHERE o.status <> 'cancelled' AND o.captured_minor > o.refunded_minor))::bigint";
/// What the takings have too much or too little.
const TAKINGS_APART: &str = "SELECT abs((SELECT coalesce(sum(captured_minor - refunded_minor), 0) FROM analytics.takings) - \
    (SELECT coalesce(sum(captured_minor - refunded_minor), 0) FROM central.orders))::bigint";
/// Copies of a row, or versions of an order that were told twice.
const DOUBLED: &str = "SELECT (SELECT count(*) FROM (SELECT 1 FROM central.log_rows GROUP BY log_id, seq, hash, branch \
    HAVING count(*) > 1) AS rows) + (SELECT count(*) FROM (SELECT 1 FROM central.outbox WHERE topic = 'docket.orders.v1' \
    GROUP BY key, sequence HAVING count(*) > 1) AS told)";
/// Looks at a day; each is two programs that begin anew and join a group of Kafka.
const DAY_LOOKS: u128 = 30;
const WAITING: [(&str, &str); 4] = [
    ("messages wait for the relay", "SELECT count(*) FROM central.outbox WHERE published_at IS NULL"),
    ("keys are parked by the read model", "SELECT count(*) FROM orders_read.parked"),
    ("keys are parked by the figures", "SELECT count(*) FROM analytics.parked"),
    ("rows are quarantined", "SELECT count(*) FROM central.quarantine"),
];

impl Office {
    /// Head office with its broker and every role that the ends need.
    ///
    /// # Panics
    /// If a part does not start.
    #[must_use]
    pub fn whole() -> Self {
        let mut office = Office::open_with_kafka();
        office.start(Role::Serve);
        office.start_behind();
        office
    }

    /// Starts what stands behind the service: relay and consumers.
    pub fn start_behind(&mut self) {
        for role in [Role::Relay, Role::Orders, Role::Analytics] {
            self.start(role);
        }
    }

    /// Holds the four ends, and that so many orders are completed.
    ///
    /// # Panics
    /// If one does not come about.
    pub fn is_whole(&self, tills: &[&Till], completed: usize) {
        for till in tills {
            until("no event is lost", || self.holds_all_of(till));
        }
        let found = self.count("SELECT count(*) FROM central.orders WHERE status = 'completed'");
        assert_eq!(usize::try_from(found), Ok(completed), "orders that are completed");
        assert_eq!(self.count(DOUBLED), 0, "nothing is there twice");
        until("no queue is stuck", || self.nothing_waits());
        until("no event is doubled in a read model, and none is missing", || self.read_models_agree());
        self.days_are_equal();
    }

    fn nothing_waits(&self) -> Result<(), String> {
        let waiting = WAITING.iter().map(|(what, sql)| (self.count(sql), what)).find(|(count, _)| *count > 0);
        waiting.map_or(Ok(()), |(count, what)| Err(format!("{count} {what}")))
    }

    fn read_models_agree(&self) -> Result<(), String> {
        let apart = [
            ("orders differ", READ_APART),
            ("orders differ in the figures", FIGURES_APART),
            ("minor units differ in the lines sold", LINES_APART),
            ("minor units differ in the takings", TAKINGS_APART),
        ];
        let apart = apart.iter().map(|(what, sql)| (self.count(sql), what)).find(|(count, _)| *count > 0);
        apart.map_or(Ok(()), |(count, what)| Err(format!("{count} {what}")))
    }

    /// The reconciler finds every day of every live store equal.
    fn days_are_equal(&self) {
        let sql = "SELECT DISTINCT l.store::text, r.business_day FROM central.log_rows r \
             JOIN central.logs l USING (tenant, log_id) ORDER BY 1, 2";
        let days = self.ask(sql, |row| (row.get::<String, _>(0), row.get::<i32, _>(1)));
        assert!(!days.is_empty(), "there are days to prove");
        for (store, day) in days {
            within(DAY_LOOKS, "the reconciler finds the day equal", || {
                self.tool(&["reconcile", "--once"])?;
                self.tool(&["prove", &store, &day.to_string()])
            });
        }
    }
}
