//! A till and head office, over the real protocol with a stand-in behind it: what is sold goes up whatever happens on the
//! way, what is not proven does not count, and what head office writes comes down.

mod down;
mod enrolment;
mod faults;
mod joining;
mod proof;

use docket_acceptance::{Office, Shop};
use docket_domain::ids::{LogId, StoreId, TenantId};
use docket_terminal::EnrolOptions;
use serde_json::{Value, json};

/// How this till is enrolled at head office with this code.
fn enrolling(office: &Office, code: String) -> EnrolOptions {
    EnrolOptions { url: office.url(), code, ca: None, plain: true }
}

/// The demo shop, and head office that it was founded at.
async fn enrolled() -> (Shop, Office) {
    let (shop, office) = (Shop::demo().await, Office::open().await);
    shop.till().enrol(enrolling(&office, office.code(None))).await.expect("enrolled");
    (shop, office)
}

/// Opens, sends and pays so many orders.
async fn sell(shop: &Shop, orders: usize) {
    for _ in 0..orders {
        let order = shop.opened(&["Espresso", "Croissant"]).await;
        shop.must("pay_cash", order.cash()).await;
    }
}

/// Own logs with their last rows.
fn own_logs(shop: &Shop) -> Vec<(LogId, u64)> {
    let sql = "SELECT log_id, seq FROM logs JOIN heads USING (log_no) WHERE own = 1 ORDER BY log_no";
    shop.on_disk(|store| {
        let mut statement = store.prepare(sql).expect("a statement");
        let logs = statement.query_map([], |row| Ok((LogId(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs())));
        logs.expect("logs").map(|log| log.expect("a log")).collect()
    })
}

fn folder_id(shop: &Shop, name: &str) -> uuid::Uuid {
    let sql = "SELECT value FROM folder WHERE name = ?1";
    let text: String = shop.on_disk(|store| store.query_row(sql, [name], |row| row.get(0)).expect("an id"));
    text.parse().expect("a UUID")
}

fn store_of(shop: &Shop) -> StoreId {
    StoreId(folder_id(shop, "store"))
}

fn tenant_of(shop: &Shop) -> TenantId {
    TenantId(folder_id(shop, "tenant"))
}

/// Waits until the till's own status is as said; each change that the till tells of is looked at.
async fn till_until(shop: &Shop, what: &str, mut so: impl FnMut(&Value) -> bool) -> Value {
    let mut changes = shop.till().changes(None);
    let waiting = async {
        loop {
            let status = shop.ask("status", json!({})).await;
            if so(&status["head_office"]) {
                return status["head_office"].clone();
            }
            changes.next().await.expect("the till is open");
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(90), waiting).await;
    match waited {
        Ok(view) => view,
        Err(_) => panic!("the till waits in vain: {what}: {}", shop.ask("status", json!({})).await["head_office"]),
    }
}

/// Waits until everything that was sold here is there, and checks that both hold the same and nothing waits any more.
async fn in_step(shop: &Shop, office: &Office) {
    let view = till_until(shop, "nothing waits any more", |view| view["waiting"] == 0).await;
    assert_eq!(view["recorded"], view["accepted"], "{view}");
    assert_eq!(view["oldest_waiting_ms"], Value::Null);
    let left: i64 =
        shop.on_disk(|store| store.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).expect("a count"));
    assert_eq!(left, 0, "the outbox is empty");
    for (log, last) in own_logs(shop) {
        let ours: Vec<Vec<u8>> = shop.on_disk(|store| {
            let mut rows =
                store.prepare("SELECT hash FROM events WHERE log_id = ?1 ORDER BY seq").expect("a statement");
            rows.query_map([&log.0[..]], |row| row.get(0)).expect("rows").map(|hash| hash.expect("a hash")).collect()
        });
        let theirs: Vec<Vec<u8>> = office.look(|held| {
            held.logs
                .get(&log)
                .map_or_else(Vec::new, |items| items.iter().map(|item| item.head().hash.0.to_vec()).collect())
        });
        assert!(theirs.len() as u64 >= last, "log {log} ends at {last} here and at {} there", theirs.len());
        assert_eq!(theirs[..ours.len()], ours[..], "log {log} is the same here and there");
    }
}
