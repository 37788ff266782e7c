//! A shop that has traded for three runs, what was sold in it, and the proof that it still sells.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use docket_acceptance::{Order, Shop, copy_folder};
use docket_domain::ids::LogId;
use docket_log::wire::{Line, parse_line};
use docket_log::{ChainVerifier, Head, Mode, PublicKey};
use docket_terminal::data::DATABASE;
use docket_terminal::export::export;
use rusqlite::Connection;
use serde_json::{Value, json};

/// A sale as it was acknowledged.
pub struct Sale {
    pub order: Order,
    pub label: String,
    pub receipt: String,
    /// The order as its screen showed it then.
    pub view: Value,
}

/// A shop with its sales; it is closed, and can be put back to how it was closed.
pub struct Trade {
    pub shop: Shop,
    pub sales: Vec<Sale>,
    kept: PathBuf,
}

/// Sales of one run.
const SALES: usize = 3;

impl Trade {
    /// Three runs with three sales each.
    pub async fn done() -> Self {
        let mut shop = Shop::demo().await;
        let mut sales = Vec::new();
        for run in 0..3 {
            if run > 0 {
                shop.reopen().await;
            }
            for _ in 0..SALES {
                sales.push(sell(&shop).await);
            }
        }
        for sale in &mut sales {
            sale.view = shop.view(&sale.order).await;
        }
        shop.close().await;
        let kept = shop.home().join("kept");
        let trade = Trade { shop, sales, kept };
        for folder in ["data", "witness"] {
            copy_folder(&trade.shop.home().join(folder), &trade.kept.join(folder));
        }
        assert_eq!(trade.shop.verify().faults, Vec::<String>::new(), "before the damage all is whole");
        trade
    }

    /// Puts folder and witness back.
    pub async fn put_back(&mut self) {
        self.shop.close().await;
        for folder in ["data", "witness"] {
            copy_folder(&self.kept.join(folder), &self.shop.home().join(folder));
        }
    }

    pub fn data(&self) -> PathBuf {
        self.shop.options().data.clone()
    }

    pub fn database(&self) -> PathBuf {
        self.data().join(DATABASE)
    }

    /// The log and the rows of a sale of the second run: neither the first nor the last of anything.
    pub fn middle(&self) -> Middle {
        let sale = &self.sales[SALES + 1];
        self.shop.on_disk(|store| {
            let found = "SELECT log_id, min(seq), max(seq) FROM events WHERE stream_id = ?1";
            store
                .query_row(found, [&sale.order.id.as_bytes()[..]], |row| {
                    let (log, first, last): ([u8; 16], i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    Ok(Middle { log: LogId(log), first, last })
                })
                .expect("the sale's rows")
        })
    }

    /// Opens and sells; earlier sales are still there, but for those whose rows the damage took, and no number comes a
    /// second time.
    pub async fn sells_on(&mut self, spoiled: &[usize]) {
        self.shop.open().await.unwrap_or_else(|error| panic!("the till does not open: {error:?}"));
        self.goes_on_selling(spoiled).await;
    }

    /// The same for a till that is open.
    pub async fn goes_on_selling(&mut self, spoiled: &[usize]) {
        for (index, sale) in self.sales.iter().enumerate().filter(|(index, _)| !spoiled.contains(index)) {
            assert_eq!(self.shop.view(&sale.order).await, sale.view, "sale {index} is as it was");
            let receipt = self.shop.ask("receipt", sale.order.on()).await;
            assert!(receipt.to_string().contains(&sale.receipt), "sale {index} has its receipt");
        }
        let fresh = sell(&self.shop).await;
        for sale in &self.sales {
            assert_ne!(sale.receipt, fresh.receipt, "a receipt number came twice");
            assert_ne!(sale.label, fresh.label, "an order number came twice");
        }
        self.shop.ask("receipt", fresh.order.on()).await;
        self.shop.ask("kitchen_board", json!({})).await;
        let list = self.shop.ask("orders", json!({})).await;
        assert!(list.to_string().contains(&fresh.order.id.to_string()), "the list shows the sale");
    }

    /// What the manager is told.
    pub async fn incidents(&self) -> Vec<String> {
        let status = self.shop.ask("status", json!({})).await;
        let incidents = status["incidents"].as_array().expect("incidents").iter();
        incidents.map(|incident| incident["text"].as_str().expect("a text").to_owned()).collect()
    }

    /// Faults that `verify` finds, in one text.
    pub fn faults(&self) -> String {
        self.shop.verify().faults.join("\n")
    }

    /// Every row that an export can prove, with its line.
    pub fn proven(&self) -> BTreeMap<(LogId, u64), String> {
        proven(&self.data())
    }
}

/// A sale in the middle.
pub struct Middle {
    pub log: LogId,
    pub first: i64,
    pub last: i64,
}

/// Sells an espresso, from the order to the receipt.
pub async fn sell(shop: &Shop) -> Sale {
    let order = shop.opened(&["Espresso"]).await;
    let outcome = shop.must("pay_cash", order.cash()).await;
    let (label, receipt) = (outcome.order.expect("the order").label, outcome.payment.expect("a payment").receipt);
    Sale { order, label, receipt, view: Value::Null }
}

/// Lets a till that never verified itself do so, until it says what it found.
pub async fn verified(shop: &Shop) {
    let mut feed = shop.till().changes(None);
    shop.must("verify", json!({})).await;
    while shop.ask("status", json!({})).await["last_verify"].is_null() {
        feed.next().await.expect("the till tells");
    }
}

/// Opens the closed store's file.
pub fn store(data: &Path) -> Connection {
    Connection::open(data.join(DATABASE)).expect("the store")
}

/// Exports a store and checks the lines with nothing but the log's own rules, as anyone who holds the export can: a stub
/// stands for its row, and behind a gap the first signed row is taken at its word.
pub fn proven(data: &Path) -> BTreeMap<(LogId, u64), String> {
    let mut out = Vec::new();
    export(data, &mut out).expect("an export");
    let text = String::from_utf8(out).expect("an export is text");
    let mut logs: BTreeMap<LogId, Vec<(Line, &str)>> = BTreeMap::new();
    for line in
        text.lines().filter(|line| line.starts_with("{\"kind\":\"row\"") || line.starts_with("{\"kind\":\"stub\""))
    {
        let parsed = parse_line(line).expect("a line of the format");
        let log = match &parsed {
            Line::Row(row) => row.log,
            Line::Stub(stub) => stub.log,
        };
        logs.entry(log).or_default().push((parsed, line));
    }
    let mut proven = BTreeMap::new();
    for (log, lines) in &logs {
        prove_log(*log, lines, &mut proven);
    }
    proven
}

fn prove_log(log: LogId, lines: &[(Line, &str)], proven: &mut BTreeMap<(LogId, u64), String>) {
    let mut public: Option<PublicKey> = None;
    let mut verifier: Option<ChainVerifier> = None;
    let mut group = Vec::new();
    for (line, text) in lines {
        let (seq, head) = match line {
            Line::Row(row) => (row.seq, Head::from(&**row)),
            Line::Stub(stub) => (stub.seq, Head { seq: stub.seq, hash: stub.hash, signature: stub.signature }),
        };
        if seq == 1
            && let Line::Row(row) = line
            && let Ok(fresh) = ChainVerifier::from_opening(row, Mode::Full)
        {
            public = serde_json::from_str::<Value>(&row.payload)
                .ok()
                .and_then(|opened| hex_key(opened["public_key"].as_str()?));
            verifier = Some(fresh);
        }
        let pushed = match (line, &mut verifier) {
            (Line::Row(row), Some(verifier)) => verifier.push(row),
            (Line::Stub(stub), Some(verifier)) => verifier.push_stub(stub),
            (_, None) => Ok(()),
        };
        if pushed.is_err() || verifier.is_none() {
            group.clear();
            verifier = public
                .filter(|_| head.signature.is_some())
                .and_then(|public| ChainVerifier::resume(log, &public, head, Mode::Full).ok());
            continue;
        }
        if matches!(line, Line::Row(_)) {
            group.push((seq, (*text).to_owned()));
        }
        if head.signature.is_some() {
            proven.extend(group.drain(..).map(|(seq, text)| ((log, seq), text)));
        }
    }
}

fn hex_key(text: &str) -> Option<PublicKey> {
    let bytes: Vec<u8> =
        (0..text.len()).step_by(2).filter_map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect();
    PublicKey::try_from(&bytes[..]).ok()
}

/// Rows of `before` that are not, or not the same, in `after`.
pub fn lost(before: &BTreeMap<(LogId, u64), String>, after: &BTreeMap<(LogId, u64), String>) -> HashSet<(LogId, u64)> {
    before.iter().filter(|(place, line)| after.get(place) != Some(line)).map(|(place, _)| *place).collect()
}
