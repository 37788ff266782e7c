//! The daily statement of head office: what each log, the orders, the outbox and Kafka hold of one store's business day.
//!
//! Its JSON text is signed as it stands, so members keep their order and nothing is parsed and printed again before a
//! check. `docs/SYNC.md` gives the rules; `docs/verify_statement.py` checks one without this code.

use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use serde::{Deserialize, Serialize};

/// Opens the signed bytes, so that no other signature of the key can stand for a statement's.
pub const STATEMENT_TAG: &[u8] = b"docket statement 1\0";
/// The member `kind` of every statement.
pub const STATEMENT_KIND: &str = "docket.statement";
/// The shape that this program writes.
pub const STATEMENT_FORMAT: u32 = 1;
/// Bytes of a statement's text: some thousand logs of one day.
pub const STATEMENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Rows and the sum of their hashes, or messages and the sum of theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// How many.
    pub count: u64,
    /// The sum of the hashes as 32-byte big-endian numbers modulo 2^256, in hex.
    pub hash_sum: String,
}

/// One history of one log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedLog {
    /// The log.
    pub log: LogId,
    /// 0 is the history that head office held first.
    pub branch: u32,
    /// Who wrote it.
    pub device: DeviceId,
    /// Whether head office itself wrote it; then no device tells of it.
    pub own: bool,
    /// Its rows of the day at head office.
    pub held: Counted,
    /// What its device said that it holds; null where it has not said it. A device that tells of one history of a forked log
    /// tells it of each.
    pub told: Option<Counted>,
}

impl StatedLog {
    /// What does not agree about one history of a log of which the device knows several.
    fn finding(&self) -> Option<String> {
        let name = format!("log {}, history {}", self.log, self.branch);
        match &self.told {
            None => Some(format!("{name}: device {} has not said that it holds it", self.device)),
            Some(told) if *told != self.held => Some(format!("{name}: {}", difference("rows", told, &self.held))),
            Some(_) => None,
        }
    }
}

/// Money of a day, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Taken.
    pub captured_minor: i64,
    /// Paid out again.
    pub refunded_minor: i64,
}

/// What one device said of its money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldMoney {
    /// The device.
    pub device: DeviceId,
    /// What it took and paid out.
    pub money: Money,
}

/// The statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`STATEMENT_KIND`].
    pub kind: String,
    /// [`STATEMENT_FORMAT`].
    pub format: u32,
    /// The tenant, whose key signs.
    pub tenant: TenantId,
    /// The store.
    pub store: StoreId,
    /// yyyymmdd.
    pub business_day: i32,
    /// 1, 2, 3 …: late rows make the next one.
    pub version: u32,
    /// When it was made, in milliseconds of the Unix epoch.
    pub made_at_ms: i64,
    /// ISO 4217; empty where no order tells it.
    pub currency: String,
    /// Every history that has rows of the day, by log and branch.
    pub logs: Vec<StatedLog>,
    /// Money of the day by the orders as head office folds them.
    pub money: Money,
    /// Money of the day as each device said it, by device.
    pub told_money: Vec<ToldMoney>,
    /// Integration events of the day that were written, published or not.
    pub outbox: Counted,
    /// Those that came back out of Kafka.
    pub kafka: Counted,
    /// Whether all of this agrees.
    pub equal: bool,
}

/// A statement as it is handed on: the signed text as a JSON string, so that no reader prints it anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStatement {
    /// The text of a [`Statement`], exactly as signed.
    pub body: String,
    /// Ed25519 over [`signed_bytes`] of it, in hex.
    pub signature: String,
    /// The tenant's key, in hex. A till checks with the key that it was given at enrolment, not with this one.
    pub public_key: String,
}

/// The bytes that are signed.
#[must_use]
pub fn signed_bytes(body: &str) -> Vec<u8> {
    [STATEMENT_TAG, body.as_bytes()].concat()
}

impl Statement {
    /// What does not agree, a sentence each; empty if all does.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.log_findings(&mut found);
        self.money_findings(&mut found);
        if self.outbox != self.kafka {
            found.push(format!("Kafka: {}", difference("messages", &self.outbox, &self.kafka)));
        }
        found
    }

    fn log_findings(&self, found: &mut Vec<String>) {
        let mut at = 0;
        while let Some(first) = self.logs.get(at) {
            let histories: Vec<&StatedLog> = self.logs[at..].iter().take_while(|next| next.log == first.log).collect();
            at += histories.len();
            if first.own {
                continue;
            }
            let told: Vec<&Counted> = histories.iter().filter_map(|history| history.told.as_ref()).collect();
            let Some(one) = told.first() else {
                found.push(format!("log {}: device {} has not said what it holds", first.log, first.device));
                continue;
            };
            if told.iter().any(|other| other != one) {
                found.extend(histories.iter().filter_map(|history| history.finding()));
            } else if !histories.iter().any(|history| history.held == **one) {
                // A device that says one thing knows one history of a forked log, and that one must be here.
                found.push(format!("log {}: {}", first.log, difference("rows", one, &first.held)));
            }
        }
    }

    fn money_findings(&self, found: &mut Vec<String>) {
        // Where a device has not told at all, that was said of its log.
        if self.logs.iter().any(|log| !log.own && log.told.is_none()) {
            return;
        }
        let sum =
            |of: fn(&Money) -> i64| self.told_money.iter().map(|told| of(&told.money)).fold(0, i64::saturating_add);
        let (captured, refunded) = (sum(|money| money.captured_minor), sum(|money| money.refunded_minor));
        for (what, told, held) in
            [("captured", captured, self.money.captured_minor), ("refunded", refunded, self.money.refunded_minor)]
        {
            if told != held {
                found.push(format!("{what}: the devices say {told}, the orders of head office {held} (minor units)"));
            }
        }
    }

    /// Whether another statement says the same of the day; version and time do not matter.
    #[must_use]
    pub fn says_the_same(&self, other: &Statement) -> bool {
        let same = Statement { version: self.version, made_at_ms: self.made_at_ms, ..other.clone() };
        *self == same
    }
}

fn difference(what: &str, sent: &Counted, came: &Counted) -> String {
    if sent.count > came.count {
        format!("{} of {} {what} are missing", sent.count - came.count, sent.count)
    } else if came.count > sent.count {
        format!("{} {what} more than were told ({})", came.count - sent.count, sent.count)
    } else {
        format!("the same number of {what} ({}), but not the same {what}", sent.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn counted(count: u64, digit: &str) -> Counted {
        Counted { count, hash_sum: digit.repeat(64) }
    }

    fn statement() -> Statement {
        let device = DeviceId(Uuid::from_u128(3));
        let log = |branch, held, told| StatedLog { log: LogId([7; 16]), branch, device, own: false, held, told };
        Statement {
            kind: STATEMENT_KIND.to_owned(),
            format: STATEMENT_FORMAT,
            tenant: TenantId(Uuid::from_u128(1)),
            store: StoreId(Uuid::from_u128(2)),
            business_day: 20_261_121,
            version: 1,
            made_at_ms: 5,
            currency: "EUR".to_owned(),
            logs: vec![log(0, counted(9, "a"), Some(counted(9, "a")))],
            money: Money { captured_minor: 700, refunded_minor: 20 },
            told_money: vec![ToldMoney { device, money: Money { captured_minor: 700, refunded_minor: 20 } }],
            outbox: counted(4, "c"),
            kafka: counted(4, "c"),
            equal: true,
        }
    }

    #[test]
    fn a_day_that_agrees_has_no_findings() {
        assert_eq!(statement().findings(), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_named_with_what_is_missing() {
        let mut day = statement();
        day.logs[0].held = counted(7, "b");
        day.kafka = counted(4, "d");
        day.money.captured_minor = 600;
        let found = day.findings();
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].ends_with("2 of 9 rows are missing"), "{found:?}");
        assert_eq!(found[1], "captured: the devices say 700, the orders of head office 600 (minor units)");
        assert_eq!(found[2], "Kafka: the same number of messages (4), but not the same messages");
    }

    #[test]
    fn a_device_that_said_nothing_is_no_agreement() {
        let mut day = statement();
        day.logs[0].told = None;
        day.told_money.clear();
        assert_eq!(day.findings().len(), 1);
        day.logs[0].own = true;
        day.money = Money::default();
        assert_eq!(day.findings(), Vec::<String>::new(), "nobody tells of a log that head office wrote");
    }

    #[test]
    fn a_device_of_a_forked_log_agrees_by_its_own_history() {
        let mut day = statement();
        let mut other = day.logs[0].clone();
        (other.branch, other.held) = (1, counted(5, "e"));
        other.told = Some(counted(5, "e"));
        day.logs[0].told = other.told.clone();
        day.logs.push(other);
        assert_eq!(day.findings(), Vec::<String>::new());
        day.logs[0].told = Some(counted(5, "f"));
        assert_eq!(day.findings().len(), 1);
    }

    #[test]
    fn a_device_that_tells_of_both_histories_agrees_only_if_both_are_here() {
        let mut day = statement();
        let other = StatedLog { branch: 1, held: counted(5, "e"), told: Some(counted(5, "e")), ..day.logs[0].clone() };
        day.logs.push(other);
        assert_eq!(day.findings(), Vec::<String>::new());
        day.logs[1].held = counted(4, "f");
        let found = day.findings();
        assert!(found.len() == 1 && found[0].ends_with("history 1: 1 of 5 rows are missing"), "{found:?}");
        day.logs[1].held = counted(5, "e");
        day.logs.push(StatedLog { branch: 2, held: counted(3, "d"), told: None, ..day.logs[0].clone() });
        let found = day.findings();
        assert!(found.len() == 1 && found[0].ends_with("has not said that it holds it"), "{found:?}");
    }

    #[test]
    fn version_and_time_make_no_new_statement() {
        let (one, mut other) = (statement(), statement());
        (other.version, other.made_at_ms) = (2, 6);
        assert!(one.says_the_same(&other));
        other.logs[0].held.count = 8;
        assert!(!one.says_the_same(&other));
    }

    #[test]
    fn the_text_keeps_the_order_of_its_members() {
        let text = serde_json::to_string(&statement()).unwrap();
        assert!(text.starts_with(r#"{"kind":"docket.statement","format":1,"tenant":"#), "{text}");
        assert!(text.ends_with(r#""equal":true}"#), "{text}");
        assert_eq!(serde_json::from_str::<Statement>(&text).unwrap(), statement());
        assert!(serde_json::from_str::<Statement>(&text.replace("\"equal\"", "\"extra\":1,\"equal\"")).is_err());
    }
}
