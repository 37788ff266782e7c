//! What must hold of the folder that a cut left: the till opens on it, everything that was acknowledged is there, no
//! act is there by halves, and the next guest is served.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use docket_contracts::{ApiError, CommandOutcome};
use docket_terminal::rebuild;
use docket_terminal::verify::verify_store;
use serde_json::json;
use uuid::Uuid;

use crate::ledger::{Act, Answer, Books};
use crate::rng::Rng;
use crate::shop::{Till, database, fresh, options};
use crate::workload::{Recording, is_failure, open_fates};

/// Acts that are sent again after each cut.
const RETRIES: usize = 4;

/// What the checks of one cut found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// What is wrong; none means that the cut did no harm.
    pub problems: Vec<String>,
    /// Checks that held.
    pub held: usize,
    /// Acknowledged acts that were looked for.
    pub owed: usize,
    /// Acts that were under way at the cut and are there whole.
    pub arrived: usize,
    /// Acts that were under way at the cut and are not there.
    pub vanished: usize,
    /// The witness was torn, so the till took a new letter.
    pub new_letter: bool,
}

impl Verdict {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if holds {
            self.held += 1;
        } else {
            self.problems.push(what());
        }
    }

    fn answered<T>(&mut self, what: &str, answer: Result<T, ApiError>) -> Option<T> {
        match answer {
            Ok(answer) => {
                self.held += 1;
                Some(answer)
            }
            Err(error) => {
                self.problems.push(format!("{what}: {} {}: {}", error.code.as_str(), error.field, error.rule));
                None
            }
        }
    }
}

/// Whether the witness can be read. Between two of its own syncs a cut may tear it; the till then trusts no number.
fn witness_is_whole(home: &Path) -> bool {
    let folder = options(home).witness.expect("the tests name a folder");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut witnesses = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    witnesses.next().is_some_and(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|witness| witness["run"].is_u64())
    })
}

/// Checks the folder that a cut after `steps` left.
pub async fn check(home: &Path, recording: &Recording, steps: usize, rng: &mut Rng) -> Verdict {
    let mut verdict = Verdict::default();
    let whole = witness_is_whole(home);
    let had_store = database(home).exists();
    let Some(till) = verdict.answered("the till opens", Till::open(home).await) else { return verdict };
    match Books::read(&database(home)) {
        Ok(books) => compare(&mut verdict, recording, steps, &books),
        Err(error) => verdict.problems.push(format!("the books can't be read: {error}")),
    }
    look_for_incidents(&mut verdict, &till, whole || !had_store).await;
    retry(&mut verdict, &till, recording, steps, rng).await;
    sell_on(&mut verdict, &till, home).await;
    let rebuilt = rebuild::run(&till.terminal, |_, _| {}).await;
    if let Some(rebuilt) = verdict.answered("the read models are rebuilt", rebuilt) {
        verdict.expect(rebuilt.before == rebuilt.after, || "the read models are not what a rebuild gives".to_owned());
    }
    let options = options(home);
    if let Some(report) = verdict.answered("verify", verify_store(&options.data, options.witness.as_deref())) {
        verdict.expect(report.faults.is_empty(), || format!("verify finds {:?}", report.faults));
    }
    till.close().await;
    verdict
}

/// Rows and receipts against the recording: nothing acknowledged is missing, nothing is there by halves.
fn compare(verdict: &mut Verdict, recording: &Recording, steps: usize, books: &Books) {
    let open = open_fates(&recording.acts);
    let known: HashMap<Uuid, &Act> = recording.acts.iter().map(|act| (act.command, act)).collect();
    for (place, (hash, command)) in &books.rows {
        let same = recording.books.rows.get(place).map(|(recorded, _)| recorded == hash);
        // A row that the till took back after a failed sync may have reached the disk all the same.
        let may_differ = open.contains(command) || (same.is_none() && !known.contains_key(command));
        verdict.expect(same == Some(true) || may_differ, || {
            format!("row {} of {} is not the one that was recorded", place.1, hex::encode(place.0))
        });
    }
    if recording.made <= steps {
        verdict.expect(!books.logs.is_disjoint(&recording.books.logs), || "LOST: the shop is not there".to_owned());
    }
    let mut seen = HashSet::new();
    for act in recording.acts.iter().rev().filter(|act| seen.insert(act.command)) {
        let sent = recording.acts.iter().find(|other| other.command == act.command).map_or(0, |first| first.sent);
        fate(verdict, recording, books, act, &Moment { sent, steps, open: open.contains(&act.command) });
    }
    verdict.expect(books.doubled_labels.is_empty(), || format!("two orders are called {:?}", books.doubled_labels));
}

/// Where a cut stands to an act.
struct Moment {
    /// Steps when the act was first sent.
    sent: usize,
    /// Steps at the cut.
    steps: usize,
    /// The store failed under it, so an earlier try of it may be on the disk, whole.
    open: bool,
}

/// One act: whole with its receipt, or not there at all.
fn fate(verdict: &mut Verdict, recording: &Recording, books: &Books, act: &Act, moment: &Moment) {
    let Moment { sent, steps, open } = *moment;
    let (name, command) = (act.name, act.command);
    let rows = books.commands.get(&command).copied().unwrap_or(0);
    let receipt = books.receipts.get(&command);
    verdict.expect((rows > 0) == receipt.is_some(), || {
        format!("{name} {command} has {rows} rows and {} receipt", if receipt.is_some() { "a" } else { "no" })
    });
    let recorded = recording.books.commands.get(&command).copied();
    verdict.expect(rows == 0 || open || recorded == Some(rows), || {
        format!("{name} {command} has {rows} rows of {recorded:?}: a half group")
    });
    verdict.expect(rows == 0 || sent <= steps, || format!("{name} {command} is there before it was sent"));
    if let Answer::Refused(code) = act.answer {
        verdict.expect(rows == 0 || open, || format!("{name} {command} was refused as {} and is there", code.as_str()));
    }
    if let Some(outcome) = act.owed(steps) {
        verdict.owed += 1;
        verdict.expect(rows > 0, || format!("LOST: {name} {command} was acknowledged and is not there"));
        let kept = receipt.and_then(|text| serde_json::from_str::<CommandOutcome>(text).ok());
        verdict.expect(kept.as_ref() == Some(outcome), || {
            format!("the receipt of {name} {command} is {receipt:?}, and was {outcome:?}")
        });
    } else if act.in_flight(steps) && matches!(&act.answer, Answer::Done(outcome) if outcome.applied) {
        if rows > 0 {
            verdict.arrived += 1;
        } else {
            verdict.vanished += 1;
        }
    }
}

async fn look_for_incidents(verdict: &mut Verdict, till: &Till, proven: bool) {
    let Some(incidents) = verdict.answered("the status", till.incidents().await) else { return };
    verdict.new_letter = incidents.iter().any(|incident| incident.contains("continuity_unproven"));
    let unexpected: Vec<&String> =
        incidents.iter().filter(|incident| proven || !incident.contains("continuity_unproven")).collect();
    verdict.expect(unexpected.is_empty(), || format!("incidents without a cause: {unexpected:?}"));
}

/// The last acknowledged act, some others, and all that were under way are sent again with their old ids.
async fn retry(verdict: &mut Verdict, till: &Till, recording: &Recording, steps: usize, rng: &mut Rng) {
    let owed: Vec<&Act> = recording.acts.iter().filter(|act| act.owed(steps).is_some()).collect();
    let mut again: Vec<&Act> = owed.last().into_iter().copied().collect();
    for _ in 1..RETRIES.min(owed.len()) {
        again.push(owed[rng.below(owed.len())]);
    }
    for act in again {
        let answer = till.send(act.command, act.name, act.input.clone()).await;
        let Some(answer) = verdict.answered("an acknowledged act is sent again", answer) else { continue };
        verdict.expect(Some(&answer) == act.owed(steps), || {
            format!("{} {} is answered otherwise when it is sent again", act.name, act.command)
        });
    }
    for act in recording.acts.iter().filter(|act| act.in_flight(steps)) {
        if let Err(error) = till.send(act.command, act.name, act.input.clone()).await {
            let rule = || format!("{} {} can't be sent again: {error:?}", act.name, act.command);
            verdict.expect(!is_failure(error.code), rule);
        }
    }
}

/// One more guest, and the numbers of all receipts so far.
async fn sell_on(verdict: &mut Verdict, till: &Till, home: &Path) {
    let order = fresh();
    let input = json!({ "order_id": order, "order_type": "counter", "lines": [till.line(0)] });
    let opened = till.send(fresh(), "create_order", input).await;
    if verdict.answered("the next order is opened", opened).is_none() {
        return;
    }
    let paid = till.send(fresh(), "pay_cash", json!({ "order_id": order, "payment_id": fresh() })).await;
    if verdict.answered("the next order is paid", paid).is_none() {
        return;
    }
    let Ok(books) = Books::read(&database(home)) else {
        verdict.problems.push("the books can't be read after the sale".to_owned());
        return;
    };
    let mut expected = HashMap::<&str, i64>::new();
    for (series, number) in &books.numbers {
        let next = expected.entry(series).or_default();
        *next += 1;
        let next = *next;
        verdict.expect(*number == next, || format!("receipt {series}-{number} stands where {next} belongs"));
    }
    verdict.expect(books.doubled_labels.is_empty(), || format!("two orders are called {:?}", books.doubled_labels));
}
