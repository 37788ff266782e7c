//! Q1: the search over a hundred thousand products, against the bare full-text query with the same hits.

use std::path::PathBuf;

use docket_domain::ids::SessionId;
use docket_terminal::Terminal;
use serde_json::json;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::anchor::search::Search;
use crate::error::BenchError;
use crate::figure::{Figure, median, quantile};
use crate::measure::pressure::rounds;
use crate::report::{Must, Row};
use crate::rig::{self, Rig};
use crate::stopwatch::Stopwatch;

const PRODUCTS: usize = 100_000;
/// Searches of a round, for each side.
const SEARCHES: usize = 600;
/// Hits that the till's page has, and one more by which it knows that there are more.
const PAGE: usize = 101;

const KINDS: [&str; 16] = [
    "Espresso",
    "Cappuccino",
    "Croissant",
    "Lemonade",
    "Sandwich",
    "Risotto",
    "Tiramisu",
    "Burger",
    "Salad",
    "Soup",
    "Pancake",
    "Omelette",
    "Curry",
    "Noodles",
    "Sorbet",
    "Brownie",
];
const MAKES: [&str; 20] = [
    "Alpine", "Basil", "Cherry", "Dark", "Elder", "Fresh", "Garlic", "Honey", "Iced", "Jalapeno", "Kiwi", "Lime",
    "Mango", "Nutty", "Orange", "Peppery", "Quince", "Roasted", "Smoky", "Truffle",
];
const PLACES: [&str; 25] = [
    "Aosta", "Bergamo", "Cadiz", "Dijon", "Évora", "Faro", "Ghent", "Hanoi", "Izmir", "Jaipur", "Kyoto", "Lyon",
    "Malaga", "Nantes", "Oslo", "Porto", "Quito", "Riga", "Siena", "Turin", "Udine", "Vigo", "Weimar", "Xanten",
    "York",
];

/// Measures the row.
pub fn row(runtime: &Runtime, rig: &Rig, wanted: usize) -> Result<Row, BenchError> {
    let folder = catalogue(runtime, rig, "catalogue")?;
    let (terminal, session) = runtime.block_on(async { rig::open(&folder).await.map(|seller| seller.till()) })?;
    let bare = Search::open(&rig::database(&folder))?;
    let texts: Vec<String> = (0..SEARCHES).map(text).collect();
    let done = rounds(wanted, || round(runtime, &terminal, session, &bare, &texts))?;
    runtime.block_on(terminal.close());
    Ok(Row {
        id: "Q1",
        measure: "product search over 100,000 products, p99",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "µs",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtMostTimes(Figure(2_000)),
    })
}

/// A copy of the shop that sells a hundred thousand products.
pub fn catalogue(runtime: &Runtime, rig: &Rig, name: &str) -> Result<PathBuf, BenchError> {
    let folder = rig.copy(name)?;
    runtime.block_on(async {
        let (terminal, _) = rig::open(&folder).await?.till();
        terminal.import_menu(&menu(), None).await.map_err(BenchError::refused("import_menu"))?;
        terminal.close().await;
        Ok::<_, BenchError>(())
    })?;
    Ok(folder)
}

fn round(
    runtime: &Runtime,
    terminal: &Terminal,
    session: Option<SessionId>,
    bare: &Search,
    texts: &[String],
) -> Result<(Figure, Figure), BenchError> {
    let (mut ours, mut anchor) = (Vec::new(), Vec::new());
    for text in texts {
        let input = json!({ "text": text });
        let till = terminal.clone();
        // In a task of its own, as the hosts call, and not on the thread that waits for it.
        let task = runtime.spawn(async move {
            let watch = Stopwatch::start();
            let page = till.query(session, "products", input).await;
            (page, watch.nanos())
        });
        let (page, nanos) = runtime.block_on(task).map_err(|error| BenchError::NotComparable(error.to_string()))?;
        ours.push(nanos);
        let page = page.map_err(BenchError::refused("products"))?;
        let watch = Stopwatch::start();
        let hits = bare.hits(text, PAGE)?;
        anchor.push(watch.nanos());
        let found: Vec<[u8; 16]> = page["rows"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row["product_id"].as_str()?.parse::<Uuid>().ok().map(Uuid::into_bytes))
            .collect();
        if found[..] != hits[..hits.len().min(PAGE - 1)] {
            return Err(BenchError::NotComparable(format!("{text:?}: {} and {} hits", found.len(), hits.len())));
        }
    }
    Ok((quantile(&mut ours, 99), quantile(&mut anchor, 99)))
}

fn name(number: usize) -> String {
    let (kind, rest) = (KINDS[number % KINDS.len()], number / KINDS.len());
    let (make, rest) = (MAKES[rest % MAKES.len()], rest / MAKES.len());
    let (place, rest) = (PLACES[rest % PLACES.len()], rest / PLACES.len());
    format!("{make} {kind} {place} {rest}")
}

fn menu() -> String {
    let items: Vec<_> = (0..PRODUCTS)
        .map(|number| json!({"id": format!("p{number}"), "name": name(number), "category": KINDS[number % KINDS.len()], "price": "3.50"}))
        .collect();
    json!({"id": "wholesale", "name": "Wholesale", "currency": "EUR", "prices_include_tax": true, "items": items})
        .to_string()
}

/// What a person types: parts of names from three letters on, in different places, and at times what nobody sells.
fn text(number: usize) -> String {
    let name = name(number * 7_919 % PRODUCTS);
    let letters: Vec<char> = name.chars().collect();
    match number % 10 {
        0..=3 => letters[..3 + number % 4].iter().collect(),
        4..=6 => name.split(' ').nth(1).unwrap_or(&name).to_lowercase(),
        7 => name.split(' ').take(2).collect::<Vec<_>>().join(" "),
        8 => name,
        _ => format!("{}xq", letters[..3].iter().collect::<String>()),
    }
}
