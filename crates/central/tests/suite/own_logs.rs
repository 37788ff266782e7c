//! Head office's own logs: one per store and process, whatever becomes of the process, the connection or the database.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use docket_central::db::{Database, Role};
use docket_central::down::{Draft, OwnLogError, OwnLogs};
use docket_central::ingest::Ingest;
use docket_domain::ids::StoreId;
use docket_domain::order::{DecideContext, Decision, OrderCommand, OrderStatus, decide};
use docket_log::{ChainVerifier, Mode, Row};
use docket_testkit::samples::start_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

use crate::office::Office;
use crate::till::{create, order_id};

const ACTOR: &str = "program:test";

/// A fact about the store that no program here knows: it is stored, and nothing follows from it.
fn word(number: u128) -> Draft {
    Draft {
        event_id: Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + number),
        stream_kind: "store",
        stream_id: Uuid::from_u128(1),
        seen: None,
        event_type: "store.worded".into(),
        schema_version: 1,
        payload: "{}".into(),
    }
}

async fn write(logs: &OwnLogs, office: &Office, number: u128) -> Result<Row, OwnLogError> {
    let correlation = Uuid::from_u128(number);
    let rows = logs.write(office.tenant, office.store, ACTOR, correlation, vec![word(number)]).await?;
    Ok(rows.into_iter().next().expect("a row for the fact"))
}

/// Every own log as PostgreSQL has it is a chain from its first row, with no second history; gives rows by fact.
async fn stored_facts(office: &Office) -> Vec<Uuid> {
    assert_eq!(office.count("log_heads WHERE branch > 0").await, 0, "no log has two histories");
    let sql = "SELECT event_id FROM central.log_rows WHERE event_type = 'store.worded' ORDER BY event_id";
    let facts = sqlx::query_scalar(sql).fetch_all(&office.owner).await.expect("it reads");
    let gaps = "SELECT count(*) FROM (SELECT log_id, max(seq) AS last, count(*) AS rows FROM central.log_rows \
         GROUP BY log_id) AS l WHERE last <> rows";
    let gaps: i64 = sqlx::query_scalar(gaps).fetch_one(&office.owner).await.expect("it counts");
    assert_eq!(gaps, 0, "no log has a gap");
    facts
}

#[tokio::test]
async fn a_process_goes_on_in_its_log_and_another_one_has_a_log_of_its_own() {
    let office = Office::open().await;
    let first = write(&office.logs, &office, 1).await.expect("it is written");
    let second = write(&office.logs.clone(), &office, 2).await.expect("it is written");
    assert_eq!((second.log, first.seq, second.seq), (first.log, 2, 3), "row 1 opened it");
    let mut verifier =
        ChainVerifier::resume(first.log, &office.key.public(), docket_log::Head::from(&first), Mode::Full)
            .expect("a key");
    verifier.push(&second).expect("it follows");
    verifier.finish().expect("it is signed");
    let restarted = OwnLogs::new(office.ingest.clone(), office.secret.clone());
    let other = write(&restarted, &office, 3).await.expect("it is written");
    assert_ne!(other.log, first.log);
    assert_eq!(office.count("logs WHERE own").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_write_at_once_take_turns_and_lose_nothing() {
    let office = Office::open().await;
    let processes = [office.logs.clone(), OwnLogs::new(office.ingest.clone(), office.secret.clone())];
    let (tenant, store) = (office.tenant, office.store);
    let tasks: Vec<_> = (0_u128..40)
        .map(|number| {
            let logs = processes[usize::from(number % 2 == 1)].clone();
            let drafts = vec![word(number)];
            tokio::spawn(async move { logs.write(tenant, store, ACTOR, Uuid::from_u128(number), drafts).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic").expect("it is written");
    }
    assert_eq!(stored_facts(&office).await.len(), 40);
    assert_eq!(office.count("logs WHERE own").await, 2);
}

#[tokio::test]
async fn an_act_that_is_dropped_leaves_nothing_and_the_next_goes_on_in_the_same_log() {
    let office = Office::open().await;
    let first = write(&office.logs, &office, 1).await.expect("it is written");
    let mut act = office.logs.begin(office.tenant, office.store).await.expect("it begins");
    sqlx::query("UPDATE central.stores SET name = 'Other'").execute(&mut **act.transaction()).await.expect("it runs");
    drop(act);
    assert_eq!(office.count("stores WHERE name = 'Other'").await, 0, "what was in the act went with it");
    let second = write(&office.logs, &office, 2).await.expect("it is written");
    assert_eq!((second.log, second.seq), (first.log, 3));
    let nowhere = office.logs.begin(office.tenant, StoreId(Uuid::from_u128(9))).await;
    assert!(matches!(nowhere, Err(OwnLogError::UnknownStore(_))));
}

#[tokio::test]
async fn a_database_that_went_back_gets_a_new_log_and_no_place_is_taken_twice() {
    let office = Office::open().await;
    let first = write(&office.logs, &office, 1).await.expect("it is written");
    let lost = write(&office.logs, &office, 2).await.expect("it is written");
    let back = "DELETE FROM central.log_rows WHERE seq > 2; \
         UPDATE central.log_heads h SET seq = r.seq, hash = r.hash, signature = r.signature FROM central.log_rows r \
         WHERE r.log_id = h.log_id AND r.seq = 2";
    sqlx::raw_sql(back).execute(&office.owner).await.expect("it is put back");
    let next = write(&office.logs, &office, 3).await.expect("it is written");
    assert_ne!(next.log, first.log, "tills may hold row {} of the old one", lost.seq);
    assert_eq!(stored_facts(&office).await.len(), 2);
}

#[tokio::test]
async fn what_is_decided_on_an_order_says_what_it_has_seen() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &OrderCommand::Send);
    till.run(order_id(1), &start_all());
    office.bring(&till, 0).await;
    let mut act = office.logs.begin(office.tenant, office.store).await.expect("it begins");
    let state = act.order(order_id(1)).await.expect("it is read");
    let seen = act.seen(&state);
    assert_eq!(seen, Some(format!("{}:{}", till.log(), till.head_seq())));
    let mut ids = (1..).map(|number| docket_domain::ids::EventId(Uuid::from_u128(0x0197 << 112 | number)));
    let context = DecideContext { device: docket_domain::ids::DeviceId(office.tenant.0) };
    let table = OrderCommand::SetTable(Some("T9".into()));
    let decision = decide(state.derive().as_ref(), &table, &context, &mut ids).expect("it is allowed");
    let Decision::Events(facts) = decision else { panic!("a table is a fact") };
    let drafts = facts.iter().map(|fact| Draft::of_order(order_id(1), fact, seen.clone())).collect();
    let rows = act.commit(ACTOR, Uuid::from_u128(7), drafts).await.expect("it is written");
    assert!(rows[0].clock > till.rows.last().expect("rows").clock, "it is later than what it saw");
    till.learn_central(&rows, office.tenant);
    let kept = office.order(order_id(1)).await;
    assert_eq!(kept.token, till.order(order_id(1)).version.to_string());
    assert_eq!(till.order(order_id(1)).status, OrderStatus::Preparing);
}

/// A connection on the way to PostgreSQL that is cut when the server has answered a commit, if it is asked to.
struct Line {
    address: SocketAddr,
    cut: Arc<AtomicBool>,
}

impl Line {
    async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, cut) = (listener.local_addr().expect("an address"), Arc::new(AtomicBool::new(false)));
        let asked = cut.clone();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(server).await.expect("PostgreSQL listens");
                tokio::spawn(carry(near, far, asked.clone()));
            }
        });
        Line { address, cut }
    }
}

async fn carry(mut near: TcpStream, mut far: TcpStream, cut: Arc<AtomicBool>) -> std::io::Result<()> {
    let (mut ask, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut commits = false;
    loop {
        tokio::select! {
            read = near.read(&mut ask) => {
                let asked = &ask[..read?];
                commits = asked.windows(7).any(|text| text == b"COMMIT\0");
                far.write_all(asked).await?;
                if asked.is_empty() { return Ok(()); }
            }
            read = far.read(&mut answer) => {
                let answered = &answer[..read?];
                if answered.is_empty() || commits && cut.swap(false, Ordering::SeqCst) { return Ok(()); }
                near.write_all(answered).await?;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_nobody_hears_of_is_looked_up_and_neither_lost_nor_doubled() {
    let office = Office::open().await;
    let url = office.server.url();
    let at = url.find('@').expect("an address") + 1;
    let end = at + url[at..].find('/').expect("a database");
    let line = Line::to(url[at..end].parse().expect("a loopback address")).await;
    let through = format!("{}{}{}", &url[..at], line.address, &url[end..]);
    let database = Database::connect(&through, Role::Ingest, 4).await.expect("it connects");
    let logs = OwnLogs::new(Arc::new(Ingest::new(database)), office.secret.clone());
    let first = write(&logs, &office, 1).await.expect("it is written");
    line.cut.store(true, Ordering::SeqCst);
    let second = write(&logs, &office, 2).await.expect("it is found to be there");
    assert!(!line.cut.load(Ordering::SeqCst), "the line was cut");
    let third = write(&logs, &office, 3).await.expect("it is written");
    assert_eq!([second.log, third.log], [first.log; 2], "what is there is gone on from");
    assert_eq!([first.seq, second.seq, third.seq], [2, 3, 4]);
    assert_eq!(stored_facts(&office).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_leaves_nothing_and_the_next_act_opens_a_new_log() {
    let office = Office::open().await;
    let first = write(&office.logs, &office, 1).await.expect("it is written");
    // The connection dies as the transaction commits.
    let trap = "CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \
         $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER die AFTER INSERT ON central.log_rows DEFERRABLE INITIALLY DEFERRED \
         FOR EACH ROW EXECUTE FUNCTION public.die()";
    sqlx::raw_sql(trap).execute(&office.owner).await.expect("the trap is set");
    write(&office.logs, &office, 2).await.expect_err("it is not there");
    sqlx::raw_sql("DROP TRIGGER die ON central.log_rows").execute(&office.owner).await.expect("it is gone");
    let again = write(&office.logs, &office, 2).await.expect("it is written");
    assert_ne!(again.log, first.log);
    assert_eq!(stored_facts(&office).await.len(), 2);
}
