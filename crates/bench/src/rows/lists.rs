//! Q2: the list of orders by each of its filters, and the kitchen board, with a hundred thousand past orders against a
//! thousand. Both shops have the same orders in the kitchen meanwhile, and both are asked for a page that the smaller one
//! can fill: a longer answer takes longer however little lies behind it. The row names the question that grew most.

use docket_domain::ids::SessionId;
use docket_terminal::Terminal;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::error::BenchError;
use crate::figure::{Figure, median, quantile};
use crate::history::History;
use crate::measure::pressure::rounds;
use crate::report::{Must, Row};
use crate::rig;
use crate::sale::Seller;
use crate::stopwatch::Stopwatch;

/// Orders that wait in the kitchen of both shops.
const LIVE_ORDERS: usize = 30;
/// Times that each question is asked in a round, for each side.
const TIMES: usize = 200;
const QUESTIONS: usize = 15;

struct Shop {
    terminal: Terminal,
    session: Option<SessionId>,
    questions: [(&'static str, Value); QUESTIONS],
}

/// Measures the row.
pub fn row(runtime: &Runtime, long: &History, thousand: &History, wanted: usize) -> Result<Row, BenchError> {
    let (mut many, mut few) = (open(runtime, long)?, open(runtime, thousand)?);
    for number in 0..QUESTIONS {
        level(runtime, &mut many, &mut few, number)?;
    }
    let done = rounds(wanted, || {
        (0..QUESTIONS).map(|number| round(runtime, &many, &few, number)).collect::<Result<Vec<_>, BenchError>>()
    })?;
    runtime.block_on(async {
        many.terminal.close().await;
        few.terminal.close().await;
    });
    let of = |number: usize| {
        let pairs: Vec<(Figure, Figure)> = done.iter().map(|round| round[number]).collect();
        let ratio = median(pairs.iter().map(|(ours, anchor)| ours.over(*anchor)));
        (ratio, median(pairs.iter().map(|pair| pair.0)), median(pairs.iter().map(|pair| pair.1)))
    };
    for (number, name) in NAMES.iter().enumerate() {
        let (ratio, ours, anchor) = of(number);
        eprintln!("Q2 {name}: {ours} µs with 100,000 past orders, {anchor} µs with 1,000: {ratio} ×");
    }
    let (ratio, ours, anchor) = (0..QUESTIONS).map(of).max().expect("there are questions");
    Ok(Row {
        id: "Q2",
        measure: "order list (the filter that grew most) and kitchen board, p99, 100,000 past orders against 1,000",
        ours,
        anchor,
        unit: "µs",
        ratio,
        must: Must::AtMostTimes(Figure(2_000)),
    })
}

const NAMES: [&str; QUESTIONS] = [
    "kitchen board",
    "orders, no filter",
    "orders, second page",
    "orders, 200 of a page",
    "orders, open",
    "orders, not open",
    "orders, completed",
    "orders, cancelled",
    "orders, preparing",
    "orders, dine in",
    "orders, from a day",
    "orders, to a day",
    "orders, a person's",
    "orders, text of 3 letters",
    "orders, text of a word",
];

fn open(runtime: &Runtime, history: &History) -> Result<Shop, BenchError> {
    runtime.block_on(async {
        let seller = rig::open(&history.folder).await?;
        fill_the_kitchen(&seller).await?;
        let (terminal, session) = seller.till();
        let page = ask(&terminal, session, "orders", json!({})).await?;
        let shop = terminal.query(None, "shop", json!({})).await.map_err(BenchError::refused("shop"))?;
        let (day, next) = (page["rows"][0]["business_day"].clone(), page["next"].clone());
        let person = shop["people"][0]["person"]["person_id"].clone();
        let questions = [
            ("kitchen_board", json!({})),
            ("orders", json!({})),
            ("orders", json!({"after": next})),
            ("orders", json!({"limit": 200})),
            ("orders", json!({"open": true})),
            ("orders", json!({"open": false})),
            ("orders", json!({"status": "completed"})),
            ("orders", json!({"status": "cancelled"})),
            ("orders", json!({"status": "preparing"})),
            ("orders", json!({"order_type": "dine_in"})),
            ("orders", json!({"from_day": day})),
            ("orders", json!({"to_day": day})),
            ("orders", json!({"person_id": person})),
            ("orders", json!({"text": "esp"})),
            ("orders", json!({"text": "espresso"})),
        ];
        Ok(Shop { terminal, session, questions })
    })
}

/// Orders that the kitchen has started, so that the board and the open list show the same in both shops.
async fn fill_the_kitchen(seller: &Seller) -> Result<(), BenchError> {
    let (terminal, session) = seller.till();
    for _ in 0..LIVE_ORDERS {
        for (name, request) in seller.script().into_iter().take(4) {
            terminal.command(session, name, request).await.map_err(BenchError::refused(name))?;
        }
    }
    Ok(())
}

async fn ask(terminal: &Terminal, session: Option<SessionId>, query: &str, input: Value) -> Result<Value, BenchError> {
    terminal.query(session, query, input).await.map_err(BenchError::refused(query))
}

/// The p99 of one question in both shops, asked in turns.
fn round(runtime: &Runtime, many: &Shop, few: &Shop, number: usize) -> Result<(Figure, Figure), BenchError> {
    let (mut ours, mut anchor) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        ours.push(once(runtime, many, number)?.0);
        anchor.push(once(runtime, few, number)?.0);
    }
    Ok((quantile(&mut ours, 99), quantile(&mut anchor, 99)))
}

/// Makes both answers of a question equally long.
fn level(runtime: &Runtime, many: &mut Shop, few: &mut Shop, number: usize) -> Result<(), BenchError> {
    let fewer = once(runtime, few, number)?.1;
    if once(runtime, many, number)?.1 > fewer {
        for shop in [&mut *many, &mut *few] {
            shop.questions[number].1["limit"] = fewer.into();
        }
    }
    let found = once(runtime, many, number)?.1;
    if found == fewer {
        return Ok(());
    }
    Err(BenchError::NotComparable(format!("{}: {found} rows against {fewer}", NAMES[number])))
}

/// Nanoseconds of one answer, and its rows.
fn once(runtime: &Runtime, shop: &Shop, number: usize) -> Result<(u64, usize), BenchError> {
    let (query, input) = shop.questions[number].clone();
    let (terminal, session) = (shop.terminal.clone(), shop.session);
    let task = runtime.spawn(async move {
        let watch = Stopwatch::start();
        let answer = ask(&terminal, session, query, input).await;
        (answer, watch.nanos())
    });
    let (answer, nanos) = runtime.block_on(task).map_err(|error| BenchError::NotComparable(error.to_string()))?;
    let answer = answer?;
    let rows = if query == "orders" { &answer["rows"] } else { &answer["cooking"] };
    match rows.as_array() {
        Some(rows) if !rows.is_empty() => Ok((nanos, rows.len())),
        _ => Err(BenchError::NotComparable(format!("{} found nothing", NAMES[number]))),
    }
}
