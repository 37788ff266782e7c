//! What a device shows of everything, put into a form that may be compared between devices.

use std::collections::BTreeMap;
use std::path::Path;

use docket_terminal::data::DATABASE;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::folder::Folder;
use crate::row::Row;
use crate::shop::order_id;
use crate::till::Till;

/// Members of an order's view that depend on who looks: an owner may do more, and the keys of what is sealed stay at
/// the device that made them.
const OWN: [&str; 3] = ["actions", "note", "customer"];
/// The same in a line's view.
const OWN_OF_LINE: [&str; 1] = ["editable"];
/// The same in an exception of the order: money goes back at the owner.
const OWN_OF_EXCEPTION: [&str; 1] = ["refund"];
/// Members of an entry of the history that are the fact itself; the others are what this device knows about it.
const OF_FACT: [&str; 7] = ["event_id", "log", "seq", "event_type", "payload", "device", "hash"];

/// One order on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The order's view without what depends on who looks.
    pub view: Value,
    /// Its facts, in the order of the history.
    pub history: Vec<Value>,
}

/// Takings of a business day in a drawer, in minor units: captured and refunded.
pub type Takings = BTreeMap<(i32, String), (i64, i64)>;

/// Everything that a device shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The device's folder.
    pub device: String,
    /// Digest of its read models.
    pub digest: String,
    /// Orders of the scripts, by number.
    pub orders: BTreeMap<u32, Order>,
    /// All open exceptions.
    pub exceptions: Value,
    /// Its takings as its read models have them.
    pub takings: Takings,
    /// Its export, line by line.
    pub export: Vec<Value>,
}

impl Shown {
    /// Serves the folder and looks at all of it.
    ///
    /// # Panics
    /// If it is not sound, or does not answer.
    pub async fn by(folder: &Folder, rows: &[&Row]) -> Self {
        let digest = folder.digest().await;
        let till = Till::serve(folder).await;
        let mut orders = BTreeMap::new();
        for row in rows {
            orders.insert(row.number, order(&till, row.number).await);
        }
        let exceptions = till.ask("exceptions").await;
        till.end().await;
        let export = std::fs::read_to_string(folder.export("shown.jsonl").await).expect("the export can be read");
        let export = export.lines().map(|line| serde_json::from_str(line).expect("an export is JSON Lines"));
        Shown {
            device: folder.name.clone(),
            digest,
            orders,
            exceptions,
            takings: takings(&folder.data),
            export: export.collect(),
        }
    }

    /// Rows of the export, which are every log that the device holds.
    pub fn rows(&self) -> impl Iterator<Item = &Value> {
        self.export.iter().filter(|line| line["kind"] == "row")
    }
}

async fn order(till: &Till, number: u32) -> Order {
    let by = format!("order_id={}", order_id(number));
    let mut view = till.ask(&format!("order?{by}")).await;
    without(&mut view, &OWN);
    for (list, own) in [("lines", OWN_OF_LINE), ("exceptions", OWN_OF_EXCEPTION)] {
        view[list].as_array_mut().expect("a list").iter_mut().for_each(|member| without(member, &own));
    }
    let history = till.ask(&format!("history?{by}")).await;
    let facts = history.as_array().expect("a history").iter().map(|entry| {
        OF_FACT.iter().map(|member| ((*member).to_owned(), entry[*member].clone())).collect::<serde_json::Map<_, _>>()
    });
    Order { view, history: facts.map(Value::Object).collect() }
}

fn without(object: &mut Value, members: &[&str]) {
    let object = object.as_object_mut().expect("a view is an object");
    members.iter().for_each(|member| drop(object.remove(*member)));
}

fn takings(data: &Path) -> Takings {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let store = Connection::open_with_flags(data.join(DATABASE), flags).expect("the store can be read");
    let sql = "SELECT business_day, drawer, sum(captured_minor), sum(refunded_minor) FROM payments GROUP BY 1, 2";
    let mut sums = store.prepare(sql).expect("the payments have their read model");
    let sums = sums.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))));
    sums.and_then(Iterator::collect).expect("sums")
}

impl Order {
    /// The status.
    #[must_use]
    pub fn status(&self) -> &str {
        self.view["status"].as_str().unwrap_or_default()
    }

    /// Due, captured, refunded, balance.
    #[must_use]
    pub fn money(&self) -> [&str; 4] {
        ["due", "captured", "refunded", "balance"].map(|sum| self.view[sum]["amount"].as_str().unwrap_or_default())
    }

    /// Each exception as `kind amount, closed resolution`, as far as it has them.
    #[must_use]
    pub fn exceptions(&self) -> Vec<String> {
        let exceptions = self.view["exceptions"].as_array().into_iter().flatten();
        let text = |exception: &Value| {
            let mut text = exception["kind"].as_str().unwrap_or_default().to_owned();
            if let Some(amount) = exception["amount"]["amount"].as_str() {
                text += &format!(" {amount}");
            }
            if let Some(closed) = exception["closed"].as_str() {
                text += &format!(", closed {closed}");
            }
            text
        };
        exceptions.map(text).collect()
    }

    /// Each line as `quantity × name state`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let lines = self.view["lines"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        lines
            .map(|line| format!("{} × {} {}", text(&line["quantity"]), text(&line["name"]), text(&line["state"])))
            .collect()
    }

    /// Contents of a line that others took the place of.
    #[must_use]
    pub fn superseded(&self, line: usize) -> Vec<&str> {
        self.view["lines"][line]["superseded"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Payloads of the facts of a type, in the order of the history.
    #[must_use]
    pub fn facts(&self, event_type: &str) -> Vec<Value> {
        let of_type = self.history.iter().filter(|fact| fact["event_type"] == event_type);
        let payload = |fact: &Value| serde_json::from_str(fact["payload"].as_str().expect("a payload is text"));
        of_type.map(|fact| payload(fact).expect("a payload is JSON")).collect()
    }
}
