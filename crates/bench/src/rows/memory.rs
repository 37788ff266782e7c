//! M2: what `serve` keeps in memory with a long past, after its start and a thousand queries.

use serde_json::Value;

use crate::error::BenchError;
use crate::figure::{Figure, median};
use crate::history::History;
use crate::measure::pressure::rounds;
use crate::measure::served::{Client, Served};
use crate::report::{Must, Row};

/// Queries before the memory is read.
const QUERIES: usize = 1_000;
/// What is asked in turns; `ORDER` stands for an order of the last page.
const ASKED: [&str; 12] = [
    "orders",
    "orders?open=true",
    "orders?status=completed&limit=200",
    "orders?order_type=dine_in",
    "orders?text=esp",
    "orders?text=espresso",
    "kitchen_board",
    "exceptions",
    "products?text=latte",
    "status",
    "order?order_id=ORDER",
    "receipt?order_id=ORDER",
];

/// Measures the row; none where the system doesn't tell a process's memory.
pub fn row(long: &History, short: &History, wanted: usize) -> Result<Option<Row>, BenchError> {
    let done = rounds(wanted, || Ok::<_, BenchError>((resident(long)?, resident(short)?)))?;
    let pairs: Vec<(Figure, Figure)> = done.into_iter().filter_map(|(long, short)| long.zip(short)).collect();
    if pairs.is_empty() {
        eprintln!("M2 is left out: this system doesn't tell the memory of a process under /proc");
        return Ok(None);
    }
    Ok(Some(Row {
        id: "M2",
        measure: "resident memory of serve with 1,000,000 events, after 1,000 queries, against 1,000 events",
        ours: median(pairs.iter().map(|pair| pair.0)),
        anchor: median(pairs.iter().map(|pair| pair.1)),
        unit: "MiB",
        ratio: median(pairs.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtMostTimes(Figure(1_250)),
    }))
}

fn resident(history: &History) -> Result<Option<Figure>, BenchError> {
    let (served, _) = Served::start(&history.folder)?;
    let mut client = served.client()?;
    ask(&mut client)?;
    let status = std::fs::read_to_string(format!("/proc/{}/status", served.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: Option<u64> = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
    drop(client);
    served.end()?;
    Ok(kib.map(|kib| Figure::part(kib, 1_024)))
}

/// Asks, and goes back through the pages of orders, so that rows of the whole past are read.
fn ask(client: &mut Client) -> Result<(), BenchError> {
    let mut page = client.ask("orders")?;
    for number in 0..QUERIES {
        let rows = page["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
        let order = rows.get(number % rows.len().max(1)).and_then(|row| row["order_id"].as_str()).unwrap_or_default();
        let query = ASKED[number % ASKED.len()].replace("ORDER", order);
        client.ask(&query)?;
        if number % ASKED.len() == 0 {
            let after = page["next"].as_str().map(|next| format!("orders?after={next}"));
            page = client.ask(after.as_deref().unwrap_or("orders"))?;
            if page["rows"] == Value::Null {
                return Err(BenchError::NotComparable("a page of orders has no rows".into()));
            }
        }
    }
    Ok(())
}
