//! Y1 to Y3: a till that was offline for long and whose line is back. It is the real till, in this process; head office
//! is the real service on a fresh database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use docket_testkit::proxy::Proxy;
use serde_json::json;

use crate::anchor::carried;
use crate::error::BenchError;
use crate::figure::{Figure, median, quantile, show_quantiles};
use crate::history::History;
use crate::office::{Office, database};
use crate::report::{Must, Row};
use crate::rig;
use crate::rows::head_office::Ground;
use crate::rows::ingest::per_second;
use crate::rows::tap::enrol;
use crate::sale::Seller;
use crate::stopwatch::Stopwatch;

/// What the far line adds to each direction.
const ONE_WAY: Duration = Duration::from_millis(25);
/// Between two looks at what still waits.
const LOOK: Duration = Duration::from_millis(10);
/// How long a catch-up may stand still.
const PATIENCE: Duration = Duration::from_secs(60);
/// Sales of Y3 before the watch runs, and on either side of a round.
const WARM_SALES: u64 = 20;
const SALES: u64 = 600;

/// Measures the rows that are wanted.
pub fn rows(ground: &Ground<'_>) -> Result<Vec<Row>, BenchError> {
    let folder = ground.rig.folder().join("waiting");
    let past = History::of_events(ground.runtime, &folder, ground.events(ground.cli.waiting))?;
    let mut rows = Vec::new();
    if ground.cli.wants(&["Y1", "Y2"]) {
        rows.extend(lines(ground, &past)?);
    }
    if ground.cli.wants(&["Y3"]) {
        rows.push(beside(ground, &past)?);
    }
    Ok(rows)
}

/// One round of Y1 and Y2.
struct Round {
    near: Figure,
    far: Option<Figure>,
    bare: Option<Figure>,
}

fn lines(ground: &Ground<'_>, past: &History) -> Result<Vec<Row>, BenchError> {
    // Rounds are long, so none is repeated.
    let mut done = Vec::new();
    for _ in 0..ground.rounds {
        let near = caught_up(ground, past, None)?;
        let bare = if ground.cli.wants(&["Y1"]) { Some(carried(ground, past)?) } else { None };
        let far = if ground.cli.wants(&["Y2"]) { Some(caught_up(ground, past, Some(ONE_WAY))?) } else { None };
        done.push(Round { near, far, bare });
    }
    let row = |id, measure, pairs: Vec<(Figure, Figure)>, limit| Row {
        id,
        measure,
        ours: median(pairs.iter().map(|pair| pair.0)),
        anchor: median(pairs.iter().map(|pair| pair.1)),
        unit: "events/s",
        ratio: median(pairs.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtLeastTimes(Figure(limit)),
    };
    let near_to_bare: Vec<_> = done.iter().filter_map(|round| Some((round.near, round.bare?))).collect();
    let far_to_near: Vec<_> = done.iter().filter_map(|round| Some((round.far?, round.near))).collect();
    Ok(vec![
        row("Y1", "catch-up of waiting events, first batch to empty outbox", near_to_bare, 350),
        row("Y2", "the same with 50 ms of round trip added, against without", far_to_near, 800),
    ])
}

fn copy(ground: &Ground<'_>, past: &History, name: &str) -> Result<PathBuf, BenchError> {
    let copy = ground.rig.folder().join(name);
    rig::replace(&past.folder, &copy)?;
    Ok(copy)
}

/// Events a second of a till that catches up, over a line that may be long.
fn caught_up(ground: &Ground<'_>, past: &History, one_way: Option<Duration>) -> Result<Figure, BenchError> {
    let folder = copy(ground, past, "catching-up")?;
    let office = ground.office(None)?;
    let line = Way::to(&office, one_way)?;
    let code = office.code()?;
    ground.runtime.block_on(async {
        let seller = rig::open(&folder).await?;
        let mut connection = database::connect(&office.url()).await?;
        database::settle(&mut connection).await?;
        // The hello is answered and the first batch is about to go.
        enrol(&seller, line.address(), code).await?;
        let waited = waiting(&seller).await?;
        let watch = Stopwatch::start();
        emptied(&seller).await?;
        let nanos = watch.nanos();
        let held = database::number(&mut connection, "SELECT count(*) FROM central.log_rows").await?;
        seller.close().await;
        if held < past.events {
            return Err(BenchError::NotComparable(format!("head office holds {held} of {} rows", past.events)));
        }
        Ok(per_second(waited, nanos))
    })
}

fn carried(ground: &Ground<'_>, past: &History) -> Result<Figure, BenchError> {
    let folder = copy(ground, past, "carried")?;
    let office = ground.office(None)?;
    let (rows, nanos) = ground.runtime.block_on(carried::run(&folder, &office.url()))?;
    Ok(per_second(rows, nanos))
}

/// The way to head office.
struct Way {
    port: u16,
    /// It ends with the value.
    _proxy: Option<Proxy>,
}

impl Way {
    fn to(office: &Office, one_way: Option<Duration>) -> Result<Self, BenchError> {
        let proxy = one_way.map(|one_way| Proxy::start(office.port(), one_way)).transpose();
        let proxy = proxy.map_err(BenchError::socket)?;
        Ok(Self { port: proxy.as_ref().map_or(office.port(), Proxy::port), _proxy: proxy })
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

async fn waiting(seller: &Seller) -> Result<u64, BenchError> {
    let (terminal, session) = seller.till();
    let status = terminal.query(session, "status", json!({})).await.map_err(BenchError::refused("status"))?;
    let waiting = status["head_office"]["waiting"].as_u64();
    waiting.ok_or_else(|| BenchError::NotComparable("the status tells of nothing that waits".into()))
}

/// Waits until the till's outbox is empty.
pub async fn emptied(seller: &Seller) -> Result<(), BenchError> {
    let (mut last, mut watch) = (u64::MAX, Stopwatch::start());
    loop {
        let now = waiting(seller).await?;
        if now == 0 {
            return Ok(());
        }
        if now != last {
            (last, watch) = (now, Stopwatch::start());
        }
        if watch.elapsed() > PATIENCE {
            return Err(BenchError::NotComparable(format!("{now} events wait and none goes")));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Y3: the same sales before the line is back, and while the till catches up.
fn beside(ground: &Ground<'_>, past: &History) -> Result<Row, BenchError> {
    let mut done = Vec::new();
    for _ in 0..ground.rounds {
        done.push(sold_beside(ground, past)?);
    }
    Ok(Row {
        id: "Y3",
        measure: "command p99 at the till while it catches up, against before the line is back",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "µs",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtMostTimes(Figure(1_500)),
    })
}

fn sold_beside(ground: &Ground<'_>, past: &History) -> Result<(Figure, Figure), BenchError> {
    let folder = copy(ground, past, "selling")?;
    // Head office is another machine. Here it shares two cores with the till, so it stands back for it, and its files lie in
    // memory, so that it does not write to the till's disk.
    let (_server, office) = ground.office_elsewhere()?;
    let (address, code) = (office.address(), office.code()?);
    stand_back(&office, &ground.runtime.block_on(backends(&office))?)?;
    let sales = ground.events(SALES);
    let selling = async move {
        let seller = rig::open(&folder).await?;
        seller.sell(WARM_SALES).await?;
        let mut idle = seller.sell(sales).await?;
        enrol(&seller, address, code).await?;
        let mut beside = seller.sell(sales).await?;
        if waiting(&seller).await? == 0 {
            return Err(BenchError::NotComparable("the till had caught up before the sales were over".into()));
        }
        seller.close().await;
        for (name, times) in [("before", &mut idle), ("beside", &mut beside)] {
            show_quantiles("Y3", name, times);
        }
        Ok((quantile(&mut beside, 99), quantile(&mut idle, 99)))
    };
    // In a task of its own, as the hosts call.
    let task = ground.runtime.block_on(ground.runtime.spawn(selling));
    task.map_err(|error| BenchError::NotComparable(error.to_string()))?
}

async fn backends(office: &Office) -> Result<Vec<u32>, BenchError> {
    let mut connection = database::connect(&office.url()).await?;
    database::settle(&mut connection).await?;
    let sql = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
    let pids: Vec<i32> = sqlx::query_scalar(sql).fetch_all(&mut connection).await?;
    Ok(pids.into_iter().map(i32::unsigned_abs).collect())
}

/// Has the other processes run only while the till wants no core, as if they stood on another machine: every thread of the
/// service, and of the database what serves it and what will. The lowest `nice` would not do: who has it keeps the core for
/// the rest of its turn when the till wakes.
fn stand_back(office: &Office, backends: &[u32]) -> Result<(), BenchError> {
    let mut threads = threads_of(office.pid())?;
    threads.extend(backends.iter().map(ToString::to_string));
    // A backend that is started later has the place of the process that starts it.
    threads.extend(backends.first().and_then(|backend| parent_of(*backend)));
    for thread in threads {
        let mut command = std::process::Command::new("chrt");
        command.args(["--idle", "--pid", "0", &thread]);
        let status = command.status().map_err(BenchError::file("run", Path::new("chrt")))?;
        // A thread that has ended meanwhile wants no core.
        if !status.success() && Path::new("/proc").join(&thread).exists() {
            return Err(BenchError::NotComparable(format!("chrt ended with {status}")));
        }
    }
    Ok(())
}

/// A place in the scheduler's order is a thread's own.
fn threads_of(pid: u32) -> Result<Vec<String>, BenchError> {
    let folder = PathBuf::from(format!("/proc/{pid}/task"));
    let entries = std::fs::read_dir(&folder).map_err(BenchError::file("read", &folder))?;
    Ok(entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

fn parent_of(pid: u32) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:")).map(|parent| parent.trim().to_owned())
}
