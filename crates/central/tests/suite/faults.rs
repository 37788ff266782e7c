use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;

use docket_central::ingest::queue::IngestQueue;
use docket_domain::order::OrderCommand;
use docket_testkit::postgres::Postgres;
use docket_testkit::samples::{pay, start_all};

use crate::attach::{Service, attach, token};
use crate::office::Office;
use crate::till::{Till, create, groups, order_id};

/// So many orders, placed and paid.
fn sell(till: &mut Till, orders: std::ops::RangeInclusive<u32>) {
    for number in orders {
        let id = order_id(number);
        till.run(id, &create(id, &format!("B-{number:03}"), 1));
        till.run(id, &OrderCommand::Send);
        till.run(id, &pay(number, 1_000));
    }
}

/// Every order stands as its till sees it, each of its versions was told once, and every row is there once.
async fn is_whole(office: &Office, till: &Till, orders: std::ops::RangeInclusive<u32>) {
    for number in orders {
        let (kept, seen) = (office.order(order_id(number)).await, till.order(order_id(number)));
        assert_eq!(kept.token, seen.version.to_string(), "order {number}");
        let told: Vec<i64> = sqlx::query_scalar(
            "SELECT sequence FROM central.outbox WHERE key = $1 AND topic = 'docket.orders.v1' ORDER BY id",
        )
        .bind(order_id(number).0)
        .fetch_all(&office.owner)
        .await
        .expect("it reads");
        assert_eq!(told, (1..=kept.version).collect::<Vec<_>>(), "order {number}");
    }
    let rows = office.count(&format!("log_rows WHERE encode(log_id, 'hex') = '{}'", till.log())).await;
    assert_eq!(rows, i64::try_from(till.rows.len()).expect("few"));
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_killed_in_the_middle_of_batches_loses_none_and_doubles_none() {
    let mut server = Postgres::start();
    let office = Office::on(server.database()).await;
    let mut till = office.till(1).await;
    sell(&mut till, 1..=20);
    let batches = groups(&till, office.key.public());
    let (ingest, tenant) = (office.ingest.clone(), office.tenant);
    let (half, reached) = tokio::sync::oneshot::channel();
    let sending = tokio::spawn(async move {
        let (mut half, mut failures) = (Some(half), 0);
        for (index, batch) in batches.iter().enumerate() {
            if index == batches.len() / 2 {
                half.take().expect("once").send(()).expect("the test waits");
            }
            while let Err(error) = ingest.take(tenant, std::slice::from_ref(batch)).await.remove(0) {
                failures += 1;
                assert!(failures < 1_000_000, "{error}");
                tokio::task::yield_now().await;
            }
        }
    });
    reached.await.expect("half of it is sent");
    let server = tokio::task::spawn_blocking(move || {
        server.kill();
        server.restart();
        server
    });
    let server = server.await.expect("it is there again");
    sending.await.expect("all is sent");
    is_whole(&office, &till, 1..=20).await;
    drop((office, server));
}

/// A small disk of its own; gone with the value. Mounting needs root.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let options = format!("size={size},mode=0777");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).status();
        assert!(mounted.expect("mount is there").success(), "a disk is mounted as root");
        SmallDisk(folder)
    }

    fn ballast(&self) -> std::path::PathBuf {
        self.0.path().join("ballast")
    }

    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.ballast()).expect("a file");
        while ballast.write_all(&[1; 64 * 1024]).is_ok() {}
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_postgresql_takes_no_rows_and_says_so_and_takes_all_when_there_is_room() {
    let disk = SmallDisk::mount("160m");
    let mut server = Postgres::start_in(disk.0.path(), &["max_wal_size=32MB", "wal_recycle=off"]);
    let office = Office::on(server.database()).await;
    let mut till = office.till(1).await;
    sell(&mut till, 1..=2);
    office.bring(&till, 0).await;
    let before = till.head_seq();
    disk.fill();
    let mut refused = false;
    let mut sold = 2;
    while !refused {
        sell(&mut till, sold + 1..=sold + 40);
        sold += 40;
        assert!(sold < 20_000, "the disk fills up");
        for batch in groups(&till, office.key.public()) {
            if batch.items[0].head().seq <= before {
                continue;
            }
            refused = office.ingest.take(office.tenant, std::slice::from_ref(&batch)).await.remove(0).is_err();
            if refused {
                break;
            }
        }
    }
    std::fs::remove_file(disk.ballast()).expect("there is room");
    server.restart();
    for batch in groups(&till, office.key.public()) {
        let verdict = office.ingest.take(office.tenant, std::slice::from_ref(&batch)).await.remove(0);
        assert!(verdict.expect("it is stored").held.is_some());
    }
    is_whole(&office, &till, 1..=sold).await;
    drop(office);
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_several_tills_that_come_together_are_all_answered() {
    let office = Office::open().await;
    let queue = IngestQueue::new(office.ingest.clone());
    let mut tills = Vec::new();
    for number in 1..=6 {
        let mut till = office.till(number).await;
        let first = u32::from(number) * 10;
        sell(&mut till, first..=first + 4);
        tills.push(till);
    }
    let tills = Arc::new(tills);
    let tasks: Vec<_> = (0..tills.len())
        .map(|index| {
            let (queue, tills, key) = (queue.clone(), tills.clone(), office.key.public());
            tokio::spawn(async move {
                for batch in groups(&tills[index], key) {
                    let last = batch.items.last().expect("rows").head();
                    let held = queue.take(batch).await.expect("it is stored").held.expect("a head");
                    assert_eq!((held.seq, held.hash), (last.seq, last.hash), "each is answered with its own head");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a till is done");
    }
    for till in tills.iter() {
        let first = u32::from(till.number) * 10;
        is_whole(&office, till, first..=first + 4).await;
    }
}

#[tokio::test]
async fn batches_in_another_order_are_asked_for_until_all_are_there() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    sell(&mut till, 1..=3);
    let mut waiting = groups(&till, office.key.public());
    waiting.reverse();
    while !waiting.is_empty() {
        let mut wanted = 0;
        let mut rest = Vec::new();
        for batch in waiting {
            let verdict = office.take(std::slice::from_ref(&batch)).await.remove(0);
            if let Some((_, seq)) = verdict.wanted {
                wanted = seq;
                rest.push(batch);
            }
        }
        assert!(rest.is_empty() || rest.iter().any(|batch| batch.items[0].head().seq >= wanted));
        waiting = rest;
    }
    is_whole(&office, &till, 1..=3).await;
}

#[tokio::test]
async fn head_office_restored_from_an_older_copy_says_so_in_hello_and_takes_the_rows_again() {
    let office = Office::open().await;
    let (mut till, mut other) = (office.till(1).await, office.till(2).await);
    sell(&mut till, 1..=2);
    office.bring(&till, 0).await;
    let copied = till.head_seq();
    other.hear(&till);
    // The copy was made here; what comes behind is lost with it.
    let undo = |table: &str| format!("CREATE TABLE public.{table} AS SELECT * FROM central.{table}");
    for table in ["log_rows", "log_heads", "orders", "outbox"] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(undo(table))).execute(&office.owner).await.expect("it is copied");
    }
    sell(&mut till, 3..=4);
    other.run(order_id(1), &start_all());
    office.bring(&till, copied).await;
    office.bring(&other, 0).await;
    for table in ["outbox", "orders", "log_heads", "log_rows"] {
        let fields = if table == "outbox" { "OVERRIDING SYSTEM VALUE" } else { "" };
        let sql =
            format!("DELETE FROM central.{table}; INSERT INTO central.{table} {fields} SELECT * FROM public.{table}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&office.owner).await.expect("it is restored");
    }
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let stream = attach(&channel, &token(&office, &till).await, &[]).await.expect("it attaches");
    let said: Vec<u64> = stream.hello.heads.iter().map(|head| head.seq).collect();
    assert_eq!(said, [copied], "heads went back");
    assert_eq!(office.bring(&till, copied).await.held.map(|head| head.seq), Some(till.head_seq()));
    office.bring(&other, 0).await;
    is_whole(&office, &till, 2..=4).await;
    assert_eq!(office.order(order_id(1)).await.token, other.order(order_id(1)).version.to_string());
    service.stop().await;
}
