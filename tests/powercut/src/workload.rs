//! The work on tape: a shop is made, several callers sell at once, the menu changes, the till is restarted, and in
//! every second recording the disk fails now and then.

use std::path::Path;
use std::sync::Arc;

use docket_contracts::ErrorCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fault;
use crate::ledger::{Act, Answer, Books, Ledger};
use crate::rng::Rng;
use crate::shop::{Till, database, fresh, make_sign_in_cheap};
use crate::tape::{self, Op};

/// Callers at once.
const CALLERS: u64 = 6;
/// Sales of each caller in a phase.
const SALES: usize = 9;
/// Faults that are put into a recording.
const FAULTS: usize = 14;
/// Sales of each caller while one fault is waiting to happen.
const SALES_PER_FAULT: usize = 2;
/// How often an act is sent again when the store failed.
const TRIES_MAX: usize = 3;

/// A recording: the tape, the acts, and the books as they stood at the end.
pub struct Recording {
    /// Every step.
    pub ops: Vec<Op>,
    /// Every act.
    pub acts: Vec<Act>,
    /// Steps after which the shop was made: before that there is nothing to lose.
    pub made: usize,
    /// The final books.
    pub books: Books,
    /// What was found wrong while it was recorded.
    pub faults: Vec<String>,
    /// Calls of the file layer that were made to fail.
    pub failed_calls: usize,
    /// Acts that met a store that failed.
    pub failed_acts: usize,
    /// Restarts that a store asked for that could only be read.
    pub read_only: usize,
}

/// Makes a recording in an empty folder.
///
/// # Panics
/// If the till can't even be opened on a good disk.
pub async fn record(home: &Path, seed: u64, with_faults: bool) -> Recording {
    let mut rng = Rng::new(seed, 0);
    let ledger = Arc::new(Ledger::default());
    let mut notes = Notes::default();
    tape::begin(home);
    let till = Till::open(home).await.expect("a new store opens");
    let made = tape::len();
    till.close().await;
    make_sign_in_cheap(home);
    let mut till = Till::open(home).await.expect("the store opens again");
    sell_at_once(&till, &ledger, &mut rng, SALES).await;
    till = restart(till, home, &mut notes, &mut rng, with_faults).await;
    if with_faults {
        for _ in 0..FAULTS {
            till = fail_once(till, home, &ledger, &mut rng, &mut notes).await;
        }
    } else {
        tokio::join!(sell_at_once(&till, &ledger, &mut rng, SALES), change_menu(&till, &ledger));
    }
    till = restart(till, home, &mut notes, &mut rng, with_faults).await;
    sell(till.clone(), ledger.clone(), Rng::new(seed, 99), SALES).await;
    till.close().await;
    let ops = tape::end();
    let acts = Arc::into_inner(ledger).expect("every caller has ended").into_acts();
    let books = Books::read(&database(home)).expect("the store can be read");
    let failed_acts = acts.iter().filter(|act| matches!(act.answer, Answer::Failed(_))).count();
    let Notes { faults, failed_calls, read_only } = notes;
    Recording { ops, acts, made, books, faults, failed_calls, failed_acts, read_only }
}

#[derive(Default)]
struct Notes {
    faults: Vec<String>,
    failed_calls: usize,
    read_only: usize,
}

/// Closes and opens; on a bad disk the first start may be refused, clearly.
async fn restart(till: Till, home: &Path, notes: &mut Notes, rng: &mut Rng, with_faults: bool) -> Till {
    till.close().await;
    if with_faults {
        fault::plan(*rng.pick(&fault::KINDS), rng.below(12), 1 + rng.below(3));
        match Till::open(home).await {
            Ok(till) => till.close().await,
            Err(error) if is_failure(error.code) && !error.rule.is_empty() => {}
            Err(error) => notes.faults.push(format!("a start on a failing disk was refused as {error:?}")),
        }
        notes.failed_calls += fault::heal();
    }
    Till::open(home).await.expect("on a disk that is well the store opens")
}

/// Lets the disk fail once while the callers sell; then the till sells on, or says that it can only be read.
async fn fail_once(till: Till, home: &Path, ledger: &Arc<Ledger>, rng: &mut Rng, notes: &mut Notes) -> Till {
    fault::plan(*rng.pick(&fault::KINDS), rng.below(80), 1 + rng.below(3));
    sell_at_once(&till, ledger, rng, SALES_PER_FAULT).await;
    notes.failed_calls += fault::heal();
    let error = match cash_sale(&till, ledger).await {
        Ok(()) => return till,
        Err(error) => error,
    };
    notes.read_only += 1;
    if error != ErrorCode::StoreReadOnly {
        notes.faults.push(format!("after a failure of the disk the till refuses to sell as {}", error.as_str()));
    }
    till.close().await;
    let till = Till::open(home).await.expect("on a disk that is well the store opens");
    if let Err(error) = cash_sale(&till, ledger).await {
        notes.faults.push(format!("a restart does not mend a failed disk: {}", error.as_str()));
    }
    till
}

async fn cash_sale(till: &Till, ledger: &Arc<Ledger>) -> Result<(), ErrorCode> {
    let caller = Caller { till: till.clone(), ledger: ledger.clone() };
    let order = json!({ "order_id": fresh() });
    let lines = json!([caller.till.line(0)]);
    caller.act("create_order", with(&order, json!({ "order_type": "counter", "lines": lines }))).await?;
    caller.act("pay_cash", with(&order, json!({ "payment_id": fresh() }))).await?;
    Ok(())
}

async fn sell_at_once(till: &Till, ledger: &Arc<Ledger>, rng: &mut Rng, sales: usize) {
    let mut callers = Vec::new();
    for number in 0..CALLERS {
        let rng = Rng::new(rng.bits(), number);
        callers.push(tokio::spawn(sell(till.clone(), ledger.clone(), rng, sales)));
    }
    for caller in callers {
        caller.await.expect("a caller ends");
    }
}

async fn sell(till: Till, ledger: Arc<Ledger>, mut rng: Rng, sales: usize) {
    let caller = Caller { till, ledger };
    for _ in 0..sales {
        // A store that failed ends the sale, as it would at the counter; the next guest comes.
        let _ = caller.sale(&mut rng).await;
    }
}

/// A new menu is one large act of many pages.
async fn change_menu(till: &Till, ledger: &Arc<Ledger>) {
    let sample = docket_terminal::samples().first().expect("the program ships menus");
    let mut menu: Value = serde_json::from_str(sample.json).expect("a shipped menu is JSON");
    menu["note"] = json!("changed on the tape");
    let caller = Caller { till: till.clone(), ledger: ledger.clone() };
    let input = json!({ "menu": menu.to_string(), "menu_id": null });
    caller.act("import_menu", input).await.expect("the demo shop's own menu is imported");
}

/// Whether a code says that the store failed, not that a rule was broken.
pub fn is_failure(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::StoreFailed
            | ErrorCode::DiskFull
            | ErrorCode::StoreReadOnly
            | ErrorCode::StoreLocked
            | ErrorCode::Busy
    )
}

fn with(base: &Value, more: Value) -> Value {
    let mut input = base.clone();
    let more = more.as_object().expect("an input is an object").clone();
    input.as_object_mut().expect("an input is an object").extend(more);
    input
}

struct Caller {
    till: Till,
    ledger: Arc<Ledger>,
}

impl Caller {
    /// One guest, in one of several ways.
    async fn sale(&self, rng: &mut Rng) -> Result<(), ErrorCode> {
        let order = json!({ "order_id": fresh() });
        let lines: Vec<Value> = (0..1 + rng.below(3)).map(|_| self.till.line(rng.below(4))).collect();
        let first = lines[0].clone();
        let open = json!({ "order_type": rng.pick(&["counter", "dine_in", "take_away"]), "lines": lines });
        self.act("create_order", with(&order, open)).await?;
        if rng.once_in(3) {
            self.act("set_note", with(&order, json!({ "note": format!("for {}", fresh()) }))).await?;
        }
        if rng.once_in(3) {
            self.act("add_line", with(&order, json!({ "line": self.till.line(1) }))).await?;
            self.act("change_line", with(&order, json!({ "line": with(&first, json!({ "quantity": "2" })) }))).await?;
        }
        let cash = with(&order, json!({ "payment_id": fresh() }));
        match rng.below(5) {
            0 => {
                self.act("pay_cash", cash).await?;
                self.act("complete", order).await?;
            }
            1 | 2 => {
                for step in ["place", "confirm", "start", "ready"] {
                    self.act(step, order.clone()).await?;
                }
                self.till.ask("kitchen_board", json!({})).await.map_err(|error| error.code)?;
                self.act("pay_cash", cash).await?;
                self.act("complete", order.clone()).await?;
                self.act("cancel", with(&order, json!({ "reason": "too late" }))).await?;
            }
            3 => {
                self.act("send", order.clone()).await?;
                self.act("cancel", with(&order, json!({ "reason": "guest left" }))).await?;
                self.act("pay_cash", cash).await?;
            }
            _ => {
                let line = first["line_id"].clone();
                self.act("void_line", with(&order, json!({ "line_id": line }))).await?;
                self.act("place", json!({ "order_id": fresh() })).await?;
            }
        }
        self.till.ask("orders", json!({ "limit": 20 })).await.map_err(|error| error.code)?;
        Ok(())
    }

    /// Sends one act, enters it in the ledger, and sends it again with the same id where the store failed.
    async fn act(&self, name: &'static str, input: Value) -> Result<(), ErrorCode> {
        let command = fresh();
        let mut tries = 0;
        loop {
            let sent = tape::len();
            let answer = match self.till.send(command, name, input.clone()).await {
                Ok(outcome) => Answer::Done(Box::new(outcome)),
                Err(error) if is_failure(error.code) => Answer::Failed(error.code),
                Err(error) => Answer::Refused(error.code),
            };
            let act = Act { command, name, input: input.clone(), sent, answered: tape::len(), answer };
            self.ledger.enter(act.clone());
            tries += 1;
            match act.answer {
                Answer::Done(_) | Answer::Refused(_) => return Ok(()),
                Answer::Failed(code) if tries == TRIES_MAX => return Err(code),
                Answer::Failed(_) => {}
            }
        }
    }
}

/// The command ids whose fate is open: the store failed under them.
pub fn open_fates(acts: &[Act]) -> std::collections::HashSet<Uuid> {
    acts.iter().filter(|act| matches!(act.answer, Answer::Failed(_))).map(|act| act.command).collect()
}
