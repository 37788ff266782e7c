//! The rows of the API, each against a service that does barely the same, on the same server, over the same client.

mod board;
mod denied;

use std::sync::Arc;
use std::time::Duration;

use docket_testkit::postgres::Postgres;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};
use tokio::runtime::Runtime;

use crate::anchor::bare_api::{BareApi, rows};
use crate::api::line::{Caller, Line, Load, Making};
use crate::api::{ApiOffice, body};
use crate::cli::Cli;
use crate::error::BenchError;
use crate::figure::{Figure, median, quantile, show_quantiles};
use crate::measure::pressure;
use crate::office::{self, database};
use crate::report::{Must, Row};
use crate::rig::Rig;
use crate::rows::ingest::per_second;

/// The ids of these rows.
pub const IDS: [&str; 7] = ["A1", "A2", "A3a", "A3b", "A4", "A5", "A6"];
/// Requests a second of A1.
const PACE: u64 = 200;
/// Orders before any of them is timed, on either side.
const WARM: u64 = 400;
/// Requests of one turn of A1 and of A2.
const TURN: u64 = 1_000;
/// Connections.
const LINES: u64 = 32;
/// Orders whose memory A5 looks at.
const MANY: u64 = 100_000;
/// Orders of A3b, and of its anchor.
const STORED: (u64, u64) = (1_000_000, 1_000);
/// Pages of one turn of A3b.
const PAGES: u64 = 300;
const ORDERS: &str = "/api/v1/orders";

/// What these rows share.
struct Ground<'a> {
    runtime: &'a Runtime,
    cli: &'a Cli,
    server: Postgres,
    rounds: usize,
    api: ApiOffice,
    admin: Caller,
    /// Requests so far: each has a key of its own.
    sent: u64,
}

impl Ground<'_> {
    fn amount(&self, amount: u64) -> u64 {
        if self.cli.smoke { amount / 20 } else { amount }
    }

    fn load(&self, port: u16, lines: u64) -> Load {
        Load { port, lines, status: &[201], making: placing(&self.admin) }
    }

    fn next(&mut self, count: u64) -> u64 {
        let first = self.sent;
        self.sent += count;
        first
    }

    fn row(
        &self,
        id: &'static str,
        measure: &'static str,
        unit: &'static str,
        pairs: &[(Figure, Figure)],
        must: Must,
    ) -> Row {
        let ours = median(pairs.iter().map(|pair| pair.0));
        let anchor = median(pairs.iter().map(|pair| pair.1));
        let ratio = median(pairs.iter().map(|(ours, anchor)| ours.over(*anchor)));
        Row { id, measure, ours, anchor, unit, ratio, must: if self.cli.smoke { Must::Printed } else { must } }
    }
}

/// The n-th order, under the n-th key.
fn placing(caller: &Caller) -> Making {
    let caller = caller.clone();
    Arc::new(move |number| caller.post(ORDERS, &format!("bench-{number}"), &body(number)))
}

/// Measures those that are wanted.
pub fn rows(runtime: &Runtime, cli: &Cli, rig: &Rig, rounds: usize) -> Result<Vec<Row>, BenchError> {
    let server = office::server(&cli.dir)?;
    let api = runtime.block_on(async {
        let api = ApiOffice::open(&server, rig.folder(), None).await?;
        api.found_store(rig.folder()).await?;
        Ok::<_, BenchError>(api)
    })?;
    let admin = api.caller("office", "admin")?;
    let rounds = if cli.smoke { 1 } else { rounds };
    let mut ground = Ground { runtime, cli, server, rounds, api, admin, sent: 0 };
    let mut rows = Vec::new();
    // Connections are opened, plans are made, and there is an order that the bare service copies.
    // One by one, as a transaction each: a connection makes a statement's plan when it has run it some times.
    let warm = ground.next(WARM);
    runtime.block_on(ground.load(ground.api.port, LINES).paced(warm, WARM, PACE))?;
    runtime.block_on(async { rows::prepare(&mut database::connect(&ground.api.office.url()).await?).await })?;
    let bare = BareApi::start(&ground.api.office.url(), &ground.api.issuer.file)?;
    runtime.block_on(ground.load(bare.port, LINES).paced(0, WARM, PACE))?;
    if cli.wants(&["A1"]) {
        rows.push(paced(&mut ground, &bare)?);
    }
    if cli.wants(&["A2"]) {
        rows.push(flat_out(&mut ground, &bare)?);
    }
    if cli.wants(&["A3a"]) {
        rows.push(one(&mut ground, &bare)?);
    }
    drop(bare);
    if cli.wants(&["A4"]) {
        rows.push(denied::row(&mut ground, rig.folder())?);
    }
    if cli.wants(&["A6"]) {
        rows.push(board::row(&mut ground, rig)?);
    }
    if cli.wants(&["A5"]) {
        rows.push(memory(&mut ground)?);
    }
    if cli.wants(&["A3b"]) {
        rows.push(pages(&mut ground, rig)?);
    }
    Ok(rows)
}

fn paced(ground: &mut Ground<'_>, bare: &BareApi) -> Result<Row, BenchError> {
    let count = ground.amount(TURN);
    let pairs = pressure::rounds(ground.rounds, || {
        let first = ground.next(count);
        let mut ours = ground.runtime.block_on(ground.load(ground.api.port, LINES).paced(first, count, PACE))?;
        let mut anchor = ground.runtime.block_on(ground.load(bare.port, LINES).paced(first, count, PACE))?;
        for (name, times) in [("ours", &mut ours), ("bare", &mut anchor)] {
            show_quantiles("A1", name, times);
        }
        Ok::<_, BenchError>((quantile(&mut ours, 99), quantile(&mut anchor, 99)))
    })?;
    let must = Must::AtMostTimes(Figure(2_000));
    Ok(ground.row("A1", "CreateOrder over REST at 200 a second, p99, against a bare service", "µs", &pairs, must))
}

fn flat_out(ground: &mut Ground<'_>, bare: &BareApi) -> Result<Row, BenchError> {
    let count = ground.amount(TURN * 3);
    let pairs = pressure::rounds(ground.rounds, || {
        let first = ground.next(count);
        let (_, ours) = ground.runtime.block_on(ground.load(ground.api.port, LINES).flat_out(first, count))?;
        let (_, anchor) = ground.runtime.block_on(ground.load(bare.port, LINES).flat_out(first, count))?;
        Ok::<_, BenchError>((per_second(count, ours), per_second(count, anchor)))
    })?;
    let must = Must::AtLeastTimes(Figure(500));
    Ok(ground.row("A2", "CreateOrder a second with 32 clients, against the bare service", "orders/s", &pairs, must))
}

/// Ids of some orders.
async fn ids(port: u16, caller: &Caller) -> Result<Vec<String>, BenchError> {
    let answer = Line::open(port).await?.must(&caller.get(&format!("{ORDERS}?page_size=200")), &[200]).await?;
    let page: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let orders = page["items"].as_array().cloned().unwrap_or_default();
    Ok(orders.iter().filter_map(|order| order["order_id"].as_str().map(str::to_owned)).collect())
}

fn one(ground: &mut Ground<'_>, bare: &BareApi) -> Result<Row, BenchError> {
    let ids = ground.runtime.block_on(ids(ground.api.port, &ground.admin))?;
    let caller = ground.admin.clone();
    let making: Making = Arc::new(move |number| {
        let place = usize::try_from(number).unwrap_or(0) % ids.len().max(1);
        caller.get(&format!("{ORDERS}/{}", ids[place]))
    });
    let load = |port| Load { port, lines: LINES, status: &[200], making: Arc::clone(&making) };
    let count = ground.amount(TURN * 5);
    let pairs = pressure::rounds(ground.rounds, || {
        let (_, ours) = ground.runtime.block_on(load(ground.api.port).flat_out(0, count))?;
        let (_, anchor) = ground.runtime.block_on(load(bare.port).flat_out(0, count))?;
        Ok::<_, BenchError>((per_second(count, ours), per_second(count, anchor)))
    })?;
    let must = Must::AtLeastTimes(Figure(500));
    Ok(ground.row(
        "A3a",
        "GetOrder a second with 32 clients, against a bare query behind the same door",
        "orders/s",
        &pairs,
        must,
    ))
}

/// Resident memory of a process, in MiB.
fn resident(pid: u32) -> Figure {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Figure::part(line.and_then(|line| line.trim().split(' ').next()?.parse().ok()).unwrap_or(0), 1_024)
}

fn memory(ground: &mut Ground<'_>) -> Result<Row, BenchError> {
    let many = ground.amount(MANY);
    // The allocator keeps what the first load needed; what counts is what each further order leaves behind.
    let warm = ground.next(many / 10);
    ground.runtime.block_on(ground.load(ground.api.port, LINES).flat_out(warm, many / 10))?;
    let before = resident(ground.api.office.pid());
    let first = ground.next(many);
    ground.runtime.block_on(ground.load(ground.api.port, LINES).flat_out(first, many))?;
    let pairs = [(resident(ground.api.office.pid()), before)];
    let must = Must::AtMostTimes(Figure(1_200));
    Ok(ground.row("A5", "resident memory after 100,000 more orders of 32 clients, against before", "MiB", &pairs, must))
}

/// Copies orders in bulk until so many are stored.
async fn fill(owner: &mut PgConnection, wanted: u64) -> Result<(), BenchError> {
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'central' AND table_name = 'orders' \
         ORDER BY ordinal_position",
    )
    .fetch_all(&mut *owner)
    .await?;
    let value = |column: &String| match column.as_str() {
        "order_id" => "n.id".to_owned(),
        "opened_ms" => "o.opened_ms - n.place".to_owned(),
        "told" => "replace(o.told, o.order_id::text, n.id::text)".to_owned(),
        other => format!("o.{other}"),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let sql = format!(
        "INSERT INTO central.orders ({}) SELECT {} FROM (SELECT place, gen_random_uuid() AS id FROM generate_series(1, {wanted}) \
         AS place) n JOIN (SELECT o.*, row_number() OVER () - 1 AS number, count(*) OVER () AS held FROM (SELECT * FROM \
         central.orders WHERE told IS NOT NULL LIMIT 100) o) o ON n.place % o.held = o.number",
        columns.join(", "),
        values.join(", ")
    );
    owner.execute(AssertSqlSafe(sql)).await?;
    owner.execute("ANALYZE central.orders").await?;
    database::settle(owner).await
}

fn pages(ground: &mut Ground<'_>, rig: &Rig) -> Result<Row, BenchError> {
    let folder = rig.folder().join("few");
    std::fs::create_dir_all(&folder).map_err(BenchError::file("make", &folder))?;
    let few = ground.runtime.block_on(async {
        let few = ApiOffice::open(&ground.server, &folder, None).await?;
        few.found_store(&folder).await?;
        Ok::<_, BenchError>(few)
    })?;
    let admin = few.caller("office", "admin")?;
    let load = Load { port: few.port, lines: 4, status: &[201], making: placing(&admin) };
    ground.runtime.block_on(load.flat_out(0, 100))?;
    let (more, less) = (ground.amount(STORED.0), ground.amount(STORED.1));
    ground.runtime.block_on(async {
        fill(&mut database::connect(&ground.api.office.url()).await?, more).await?;
        fill(&mut database::connect(&few.office.url()).await?, less).await
    })?;
    let ours = ground.runtime.block_on(tokens(ground.api.port, &ground.admin, more))?;
    let anchor = ground.runtime.block_on(tokens(few.port, &admin, less))?;
    let count = ground.amount(PAGES);
    let pairs = pressure::rounds(ground.rounds, || {
        let ours = Load { port: ground.api.port, lines: 1, status: &[200], making: reading(&ground.admin, &ours) };
        let anchor = Load { port: few.port, lines: 1, status: &[200], making: reading(&admin, &anchor) };
        let (mut ours, _) = ground.runtime.block_on(ours.flat_out(0, count))?;
        let (mut anchor, _) = ground.runtime.block_on(anchor.flat_out(0, count))?;
        Ok::<_, BenchError>((quantile(&mut ours, 99), quantile(&mut anchor, 99)))
    })?;
    let must = Must::AtMostTimes(Figure(2_000));
    Ok(ground.row(
        "A3b",
        "page of 50 orders with items of 1,000,000, p99, against the same of 1,000",
        "µs",
        &pairs,
        must,
    ))
}

/// Tokens of pages, from the newest on.
async fn tokens(port: u16, caller: &Caller, stored: u64) -> Result<Arc<Vec<String>>, BenchError> {
    let mut line = Line::open(port).await?;
    let mut tokens = vec![String::new()];
    // As many pages as the smaller side has, so that both read as deep.
    for _ in 0..(stored / 50).min(STORED.1 / 50 - 1) {
        let last = tokens.last().cloned().unwrap_or_default();
        let answer = line.must(&page(caller, &last), &[200]).await?;
        let found: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match found["next_page_token"].as_str() {
            Some(next) => tokens.push(next.to_owned()),
            None => break,
        }
    }
    // A service that has just been filled warms its cache.
    tokio::time::sleep(Duration::from_millis(100)).await;
    Ok(Arc::new(tokens))
}

fn page(caller: &Caller, token: &str) -> Vec<u8> {
    let further = if token.is_empty() { String::new() } else { format!("&page_token={token}") };
    caller.get(&format!("{ORDERS}?page_size=50{further}"))
}

fn reading(caller: &Caller, tokens: &Arc<Vec<String>>) -> Making {
    let (caller, tokens) = (caller.clone(), Arc::clone(tokens));
    Arc::new(move |number| page(&caller, &tokens[usize::try_from(number).unwrap_or(0) % tokens.len()]))
}
