//! A statement of head office, held against what this till has: is it signed with the key that was pinned when the till was
//! enrolled, and does it say of this till's logs what the till says itself.

use std::collections::BTreeSet;
use std::path::Path;

use docket_contracts::statement::{
    Counted, Money, STATEMENT_BYTES_MAX, STATEMENT_FORMAT, STATEMENT_KIND, SignedStatement, Statement, signed_bytes,
};
use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::{DeviceId, LogId, StoreId};
use docket_log::PublicKey;

use crate::error::{StoreError, refuse};
use crate::store::{self, former, meta};
use crate::tally::DayTally;
use crate::writer::central_key;

/// What is known of a statement's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// By the key that this till pinned.
    Good,
    /// Not by that key, or the text was changed.
    False,
    /// This till was never enrolled, so it knows no key.
    Unknown,
}

/// A statement that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementCheck {
    /// What it says.
    pub statement: Statement,
    /// Who signed it.
    pub signed: Signed,
    /// Where it and this till differ, a sentence each.
    pub findings: Vec<String>,
}

/// Reads a signed statement and holds it against a tally of the same store.
///
/// # Errors
/// `bad_input` if it is no statement; whatever keeps the store from being read.
pub fn check(data: &Path, tally: &DayTally, text: &str) -> Result<StatementCheck, ApiError> {
    let (signed, statement) = read(text)?;
    let connection = store::open_reader(data)?;
    let known = |name: &str| meta::folder(&connection, name).map_err(|error: StoreError| ApiError::from(error));
    let signed = match central_key(&connection).map_err(ApiError::from)? {
        None => Signed::Unknown,
        Some(key) if is_signed_by(&signed, &key) => Signed::Good,
        Some(_) => Signed::False,
    };
    let store = known("store")?.unwrap_or_default();
    let device = known("device")?.and_then(|id| id.parse().ok()).map(DeviceId);
    let mut findings = Vec::new();
    let former = former::all(&connection).map_err(ApiError::from)?;
    if statement.store.to_string() != store && !former.iter().any(|former| former.store == statement.store) {
        findings.push(format!("the statement is about store {}, and this till belongs to {store}", statement.store));
    } else if statement.business_day != tally.business_day {
        findings.push(format!("the statement is about {}, not {}", statement.business_day, tally.business_day));
    } else if let Some(device) = device {
        compare(&statement, tally, device, &mut findings);
    }
    Ok(StatementCheck { statement, signed, findings })
}

/// The store that a signed statement is about.
///
/// # Errors
/// `bad_input` if it is no statement.
pub fn store_of(text: &str) -> Result<StoreId, ApiError> {
    read(text).map(|(_, statement)| statement.store)
}

fn read(text: &str) -> Result<(SignedStatement, Statement), ApiError> {
    let wrong = |rule: String| refuse(ErrorCode::BadInput, "--statement", rule);
    if text.len() > STATEMENT_BYTES_MAX {
        return Err(wrong(format!("has at most {STATEMENT_BYTES_MAX} bytes")));
    }
    let signed: SignedStatement =
        serde_json::from_str(text).map_err(|error| wrong(format!("is no signed statement: {error}")))?;
    let statement: Statement =
        serde_json::from_str(&signed.body).map_err(|error| wrong(format!("body: is no statement: {error}")))?;
    if statement.kind != STATEMENT_KIND || statement.format != STATEMENT_FORMAT {
        return Err(wrong(format!("kind, format: {} {} is not known here", statement.kind, statement.format)));
    }
    Ok((signed, statement))
}

fn is_signed_by(signed: &SignedStatement, key: &PublicKey) -> bool {
    let Ok(signature) = hex::decode(&signed.signature) else { return false };
    key.proves(&signed_bytes(&signed.body), &signature)
}

fn compare(statement: &Statement, tally: &DayTally, device: DeviceId, findings: &mut Vec<String>) {
    let stated = statement.logs.iter().filter(|log| log.device == device && log.held.count > 0).map(|log| log.log);
    let mut logs: Vec<LogId> = tally.logs.iter().map(|own| own.log).collect();
    logs.extend(stated);
    let mut seen = BTreeSet::new();
    for log in logs.into_iter().filter(|log| seen.insert(*log)) {
        let ours = tally.logs.iter().filter(|own| own.log == log);
        let ours: Vec<Counted> = ours.map(|own| Counted { count: own.rows, hash_sum: own.sum.to_string() }).collect();
        let theirs = statement.logs.iter().filter(|stated| stated.log == log).map(|stated| &stated.held);
        let theirs: Vec<&Counted> = theirs.filter(|held| held.count > 0).collect();
        // Numbers of histories are each side's own affair: what stands on both sides is put away, the rest is set side by side.
        let mut mine = ours.iter().filter(|ours| !theirs.contains(ours)).map(|ours| ours.count);
        let mut stated = theirs.iter().filter(|held| !ours.contains(held)).map(|held| held.count);
        loop {
            let (here, there) = (mine.next(), stated.next());
            if here.is_none() && there.is_none() {
                break;
            }
            findings.push(difference(log, here.unwrap_or(0), there.unwrap_or(0)));
        }
    }
    let ours = Money { captured_minor: tally.captured_minor, refunded_minor: tally.refunded_minor };
    let told = statement.told_money.iter().find(|told| told.device == device).map(|told| told.money);
    if told.unwrap_or_default() != ours {
        let Money { captured_minor, refunded_minor } = told.unwrap_or_default();
        findings.push(format!(
            "money: the statement has {captured_minor} taken and {refunded_minor} paid out by this till, here it is {} and {} \
             (minor units)",
            ours.captured_minor, ours.refunded_minor
        ));
    }
}

/// Histories of a log that differ, by their counts of rows.
fn difference(log: LogId, here: u64, there: u64) -> String {
    match there.cmp(&here) {
        std::cmp::Ordering::Less => format!("log {log}: head office lacks {} of {here} rows", here - there),
        std::cmp::Ordering::Greater if here == 0 => {
            format!("log {log}: head office holds {there} rows, this till none")
        }
        std::cmp::Ordering::Greater => format!("log {log}: head office holds {there} rows, this till {here}"),
        std::cmp::Ordering::Equal => format!("log {log}: as many rows as here ({there}), but not the same"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tally::LogDay;
    use docket_contracts::statement::{StatedLog, ToldMoney};
    use docket_domain::ids::TenantId;
    use docket_log::DeviceKey;
    use docket_sync::HashSum;
    use uuid::Uuid;

    fn tally(rows: u64) -> DayTally {
        let log = LogDay { log: LogId([5; 16]), rows, sum: HashSum([9; 32]) };
        let money = (700, 20);
        DayTally {
            business_day: 20_261_121,
            logs: vec![log],
            captured_minor: money.0,
            refunded_minor: money.1,
            ..DayTally::default()
        }
    }

    fn statement(rows: u64) -> Statement {
        let device = DeviceId(Uuid::from_u128(3));
        let held = Counted { count: rows, hash_sum: HashSum([9; 32]).to_string() };
        Statement {
            kind: STATEMENT_KIND.to_owned(),
            format: STATEMENT_FORMAT,
            tenant: TenantId(Uuid::from_u128(1)),
            store: StoreId(Uuid::from_u128(2)),
            business_day: 20_261_121,
            version: 1,
            made_at_ms: 5,
            currency: "EUR".to_owned(),
            logs: vec![StatedLog { log: LogId([5; 16]), branch: 0, device, own: false, told: None, held }],
            money: Money::default(),
            told_money: vec![ToldMoney { device, money: Money { captured_minor: 700, refunded_minor: 20 } }],
            outbox: Counted::default(),
            kafka: Counted::default(),
            equal: true,
        }
    }

    fn compared(statement: &Statement, tally: &DayTally) -> Vec<String> {
        let mut findings = Vec::new();
        compare(statement, tally, DeviceId(Uuid::from_u128(3)), &mut findings);
        findings
    }

    #[test]
    fn a_statement_that_says_the_same_has_no_findings_and_each_difference_is_named() {
        assert_eq!(compared(&statement(9), &tally(9)), Vec::<String>::new());
        assert!(compared(&statement(7), &tally(9))[0].ends_with("head office lacks 2 of 9 rows"));
        assert!(compared(&statement(9), &tally(7))[0].ends_with("head office holds 9 rows, this till 7"));
        let mut other = tally(9);
        other.logs[0].sum = HashSum([8; 32]);
        assert!(compared(&statement(9), &other)[0].ends_with("as many rows as here (9), but not the same"));
        let (mut none, mut poor) = (tally(9), tally(9));
        none.logs.clear();
        assert!(compared(&statement(9), &none)[0].ends_with("head office holds 9 rows, this till none"));
        poor.captured_minor = 1;
        assert!(compared(&statement(9), &poor)[0].starts_with("money: "));
    }

    #[test]
    fn of_a_forked_log_each_history_must_stand_on_both_sides_whatever_its_number() {
        let (mut both, mut till) = (statement(9), tally(7));
        both.logs.push(StatedLog { branch: 1, held: statement(7).logs[0].held.clone(), ..both.logs[0].clone() });
        assert_eq!(
            compared(&both, &till),
            [format!("log {}: head office holds 9 rows, this till none", LogId([5; 16]))]
        );
        till.logs.push(tally(9).logs[0]);
        assert_eq!(compared(&both, &till), Vec::<String>::new());
        both.logs[0].held.count = 8;
        assert!(compared(&both, &till)[0].ends_with("head office lacks 1 of 9 rows"));
        both.logs.remove(0);
        assert!(compared(&both, &till)[0].ends_with("head office lacks 9 of 9 rows"));
    }

    #[test]
    fn a_signature_holds_for_its_text_and_key_only() {
        let key = DeviceKey::from_seed(&[7; 32]).unwrap();
        let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let body = serde_json::to_string(&statement(9)).unwrap();
        let signature = hex::encode(pair.sign(&signed_bytes(&body)));
        let signed = SignedStatement { body, signature, public_key: key.public().to_string() };
        assert!(is_signed_by(&signed, &key.public()));
        assert!(!is_signed_by(&signed, &DeviceKey::from_seed(&[8; 32]).unwrap().public()));
        let changed = SignedStatement { body: signed.body.replace("700", "701"), ..signed };
        assert!(!is_signed_by(&changed, &key.public()));
    }

    #[test]
    fn what_is_no_statement_is_refused_by_field_and_rule() {
        for text in ["", "{}", r#"{"body":"{}","signature":"","public_key":""}"#] {
            let error = read(text).unwrap_err();
            assert_eq!((error.code, error.field.as_str()), (ErrorCode::BadInput, "--statement"), "{text}");
        }
    }
}
