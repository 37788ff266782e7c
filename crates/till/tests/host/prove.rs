//! A statement about a real export, checked by `docs/verify_statement.py` and by `docket-till prove`, and damaged ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use docket_contracts::statement::{
    Counted, Money, STATEMENT_FORMAT, STATEMENT_KIND, SignedStatement, StatedLog, Statement, ToldMoney, signed_bytes,
};
use docket_domain::ids::{DeviceId, StoreId, TenantId};
use serde_json::Value;
use tempfile::TempDir;

/// A till that sold, its export, and a true statement about its day.
struct Proof {
    folder: TempDir,
    lines: Vec<String>,
    day: i32,
    signed: SignedStatement,
}

fn till(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket-till"));
    command.args(words).arg("--data").arg(folder.join("data")).arg("--witness").arg(folder.join("witness"));
    command.output().unwrap()
}

fn sign(body: String) -> SignedStatement {
    let key = Ed25519KeyPair::from_seed_unchecked(&[42; 32]).unwrap();
    let signature = hex::encode(key.sign(&signed_bytes(&body)));
    SignedStatement { body, signature, public_key: hex::encode(key.public_key()) }
}

impl Proof {
    fn of_a_played_day() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let played = till(folder.path(), &["play", "--orders", "8", "--seed", "5"]);
        assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
        let exported = till(folder.path(), &["export"]);
        let lines: Vec<String> = String::from_utf8(exported.stdout).unwrap().lines().map(str::to_owned).collect();
        let rows: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of_kind = |kind: &'static str| rows.iter().filter(move |row| row["event_type"] == kind);
        let day = of_kind("order.cash_paid").map(|row| row["business_day"].as_i64().unwrap()).max().unwrap();
        let day = i32::try_from(day).unwrap();
        let opened: Value =
            serde_json::from_str(of_kind("log.opened").next().unwrap()["payload"].as_str().unwrap()).unwrap();
        let id = |name: &str| opened[name].as_str().unwrap().parse().unwrap();
        let device = DeviceId(id("device"));
        let tally = docket_terminal::tally::tally(&folder.path().join("data"), day, None).unwrap();
        let money = Money { captured_minor: tally.captured_minor, refunded_minor: tally.refunded_minor };
        let counted = |log: &docket_terminal::tally::LogDay| Counted { count: log.rows, hash_sum: log.sum.to_string() };
        let log = |log: &docket_terminal::tally::LogDay| {
            let (held, told) = (counted(log), Some(counted(log)));
            StatedLog { log: log.log, branch: 0, device, own: false, held, told }
        };
        let statement = Statement {
            kind: STATEMENT_KIND.to_owned(),
            format: STATEMENT_FORMAT,
            tenant: TenantId(id("tenant")),
            store: StoreId(id("store")),
            business_day: day,
            version: 1,
            made_at_ms: 1,
            currency: tally.currency.clone(),
            logs: tally.logs.iter().map(log).collect(),
            money,
            told_money: vec![ToldMoney { device, money }],
            outbox: Counted::default(),
            kafka: Counted::default(),
            equal: true,
        };
        let signed = sign(serde_json::to_string(&statement).unwrap());
        Proof { folder, lines, day, signed }
    }

    fn write(&self, lines: &[String], signed: &SignedStatement) -> (PathBuf, PathBuf) {
        let (export, statement) = (self.folder.path().join("export.jsonl"), self.folder.path().join("statement.json"));
        fs::write(&export, lines.join("\n")).unwrap();
        fs::write(&statement, serde_json::to_string(signed).unwrap()).unwrap();
        (export, statement)
    }

    /// What the verifier says, and its exit code.
    fn verified(&self, lines: &[String], signed: &SignedStatement) -> (Option<i32>, String) {
        let (export, statement) = self.write(lines, signed);
        let verifier = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify_statement.py");
        let words = [verifier.as_path(), &export, &statement];
        let output = Command::new("python3").args(words).arg(&self.signed.public_key).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!errors.contains("No module named"), "this test needs Debian's package python3-cryptography: {errors}");
        (output.status.code(), format!("{}{errors}", String::from_utf8_lossy(&output.stdout)))
    }

    /// The line of the last payment.
    fn payment(&self) -> usize {
        self.lines.iter().rposition(|line| line.contains(r#""event_type":"order.cash_paid""#)).unwrap()
    }
}

#[test]
fn a_true_statement_about_a_whole_export_is_found_equal_without_our_code() {
    let proof = Proof::of_a_played_day();
    let (code, said) = proof.verified(&proof.lines, &proof.signed);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("EQUAL: ") && !said.contains("NOT EQUAL"), "{said}");
}

#[test]
fn each_damage_of_an_export_is_found_without_our_code() {
    let proof = Proof::of_a_played_day();
    let payment = proof.payment();
    let mut changed = proof.lines.clone();
    changed[payment] = changed[payment].replace(r#"\"amount_minor\":"#, r#"\"amount_minor\":1"#);
    let mut dropped = proof.lines.clone();
    dropped.remove(payment);
    let mut swapped = proof.lines.clone();
    swapped.swap(payment, payment - 1);
    // Whole groups cut off at the end leave a sound chain: only the statement shows that they are gone.
    let rows = proof.lines.iter().rposition(|line| line.contains(r#""kind":"row""#)).unwrap();
    let mut end = rows;
    while end == rows || proof.lines[end].contains(r#""signature":null"#) {
        end -= 1;
    }
    let cut: Vec<String> = [&proof.lines[..=end], &proof.lines[rows + 1..]].concat();
    for (what, lines, expected) in [
        ("changed", &changed, "the hash does not match"),
        ("dropped", &dropped, "is due"),
        ("swapped", &swapped, "is due"),
        ("cut", &cut, "the export has"),
    ] {
        assert_ne!(lines, &proof.lines, "{what}");
        let (code, said) = proof.verified(lines, &proof.signed);
        assert_eq!(code, Some(1), "{what}: {said}");
        assert!(said.contains(expected) && said.contains("NOT EQUAL"), "{what}: {said}");
    }
}

#[test]
fn each_damage_of_a_statement_is_found_without_our_code() {
    let proof = Proof::of_a_played_day();
    let changed =
        SignedStatement { body: proof.signed.body.replacen("\"count\":", "\"count\":1", 1), ..proof.signed.clone() };
    let (code, said) = proof.verified(&proof.lines, &changed);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("statement: the signature is false"), "{said}");
    // Signed anew, so that only the content is wrong.
    let mut false_one: Statement = serde_json::from_str(&proof.signed.body).unwrap();
    false_one.money.captured_minor += 1;
    false_one.told_money[0].money.captured_minor += 1;
    false_one.logs[0].held.count += 1;
    let (code, said) = proof.verified(&proof.lines, &sign(serde_json::to_string(&false_one).unwrap()));
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("log ") && said.contains("device ") && !said.contains("signature is false"), "{said}");
    let broken = SignedStatement { body: "{".to_owned(), ..proof.signed.clone() };
    assert_eq!(proof.verified(&proof.lines, &broken).0, Some(2));
}

#[test]
fn a_till_prints_its_day_and_holds_a_statement_against_it() {
    let proof = Proof::of_a_played_day();
    let folder = proof.folder.path();
    let day = proof.day.to_string();
    let own = till(folder, &["prove", &day]);
    let said = String::from_utf8(own.stdout).unwrap();
    assert_eq!(own.status.code(), Some(0), "{said}");
    let statement: Statement = serde_json::from_str(&proof.signed.body).unwrap();
    assert!(said.contains(&statement.logs[0].held.hash_sum), "{said}");
    assert!(
        said.contains(&format!(
            "{} rows wait for head office",
            statement.logs.iter().map(|log| log.held.count).sum::<u64>()
        )),
        "{said}"
    );

    // A till that was never enrolled knows no key, so nothing proves the statement.
    let (_, file) = proof.write(&proof.lines, &proof.signed);
    let checked = till(folder, &["prove", &day, "--statement", file.to_str().unwrap()]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(checked.status.code(), Some(1), "{said}");
    assert!(said.contains("signature      UNKNOWN") && !said.contains("  log "), "{said}");

    let refused = till(folder, &["prove", "today"]);
    assert_eq!(refused.status.code(), Some(2));
}
