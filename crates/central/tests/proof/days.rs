//! What a statement says of a day, and when there is a new one.

use docket_central::prove::{self, Proven};
use uuid::Uuid;

use crate::office::{DAY, LOG, Office, STORE, TENANT, hash_of, secret};

async fn prove(office: &Office) -> Proven {
    prove::prove_day(office.database(), &secret(), TENANT, STORE, DAY).await.unwrap()
}

#[tokio::test]
async fn a_day_that_agrees_is_stated_once_and_signed_with_the_tenants_key() {
    let office = Office::open().await;
    office.good_day().await;
    let first = prove(&office).await;
    assert_eq!(first.statement.findings(), Vec::<String>::new());
    assert!(first.statement.equal && first.is_new);
    assert_eq!((first.statement.version, first.statement.currency.as_str()), (1, "EUR"));
    assert_eq!((first.statement.money.captured_minor, first.statement.money.refunded_minor), (700, 20));
    assert_eq!(first.statement.logs[0].held.count, 3);
    assert!(prove::is_signed_by(&first.signed, &office.key.public()));
    assert!(prove::table(&first).contains("EQUAL: nothing is missing"));

    let again = prove(&office).await;
    assert_eq!((again.is_new, &again.signed), (false, &first.signed), "an unchanged day makes no new version");
    assert_eq!(office.count("SELECT count(*) FROM central.statements").await, 1);
}

#[tokio::test]
async fn late_rows_make_the_next_version() {
    let office = Office::open().await;
    let mut rows = office.good_day().await;
    prove(&office).await;
    rows.push(office.row(4, "order.noted", Uuid::from_u128(9), 0).await);
    let late = prove(&office).await;
    assert_eq!((late.statement.version, late.statement.equal), (2, false));
    assert!(
        late.statement.findings()[0].ends_with("1 rows more than were told (3)"),
        "{:?}",
        late.statement.findings()
    );
    office.tell(&rows, 700, 20).await;
    let told = prove(&office).await;
    assert_eq!((told.statement.version, told.statement.equal), (3, true));
    assert!(prove::is_signed_by(&told.signed, &office.key.public()));
}

#[tokio::test]
async fn a_row_that_is_gone_from_the_database_is_missing_in_the_statement() {
    let office = Office::open().await;
    office.good_day().await;
    assert!(prove(&office).await.statement.equal);
    office.run("DELETE FROM central.log_rows WHERE tenant = $1 AND seq > 1").await;
    let found = prove(&office).await.statement.findings();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].ends_with("2 of 3 rows are missing"), "{found:?}");
    // Nothing names the order's payment any more, so money alone would show it too.
    assert!(found[1].starts_with("captured: the devices say 700"), "{found:?}");
}

#[tokio::test]
async fn a_changed_row_a_false_fold_and_a_silent_till_are_each_found() {
    let office = Office::open().await;
    let rows = office.good_day().await;
    office
        .run("UPDATE central.log_rows SET hash = decode(repeat('11', 32), 'hex') WHERE tenant = $1 AND seq = 1")
        .await;
    assert!(
        prove(&office).await.statement.findings()[0].ends_with("the same number of rows (3), but not the same rows")
    );
    let false_hash = docket_log::Hash([0x11; 32]);
    office.tell(&[false_hash, rows[1], rows[2]], 701, 20).await;
    let found = prove(&office).await.statement.findings();
    assert_eq!(found, ["captured: the devices say 701, the orders of head office 700 (minor units)"]);
    office.run("DELETE FROM central.tallies WHERE tenant = $1").await;
    let found = prove(&office).await.statement.findings();
    assert!(found[0].ends_with("has not said what it holds"), "{found:?}");
}

#[tokio::test]
async fn a_till_whose_log_forked_agrees_by_its_own_history() {
    let office = Office::open().await;
    let rows = office.good_day().await;
    // A copied till wrote another row 3; head office had the copy's first.
    office.row(3, "order.refunded", Uuid::from_u128(9), 1).await;
    office.tell(&[rows[0], rows[1], hash_of(3, 1)], 700, 20).await;
    let statement = prove(&office).await.statement;
    assert_eq!(statement.findings(), Vec::<String>::new());
    assert_eq!(statement.logs.iter().map(|log| (log.log, log.branch)).collect::<Vec<_>>(), [(LOG, 0), (LOG, 1)]);
}

#[tokio::test]
async fn a_till_that_tells_of_both_histories_agrees_only_if_each_is_held_whole() {
    let office = Office::open().await;
    let rows = office.good_day().await;
    let other = office.row(3, "order.refunded", Uuid::from_u128(9), 1).await;
    // Numbers of histories are each side's own affair: the till's first one is the second one here.
    office.tell(&[rows[0], rows[1], other], 700, 20).await;
    office.tell_further(&rows).await;
    let statement = prove(&office).await.statement;
    assert_eq!(statement.findings(), Vec::<String>::new());
    assert!(statement.logs.iter().all(|log| log.told.as_ref() == Some(&log.held)), "{:?}", statement.logs);
    office.run("DELETE FROM central.log_rows WHERE tenant = $1 AND branch = 1").await;
    let found = prove(&office).await.statement.findings();
    assert!(found.len() == 1 && found[0].contains("history 1: 1 of 3 rows are missing"), "{found:?}");
    office.run("DELETE FROM central.log_rows WHERE tenant = $1").await;
    let found = prove(&office).await.statement.findings();
    let of_log = |text: &&String| text.starts_with("log ") && text.ends_with("3 of 3 rows are missing");
    assert_eq!(found.iter().filter(of_log).count(), 2, "{found:?}");
}

#[tokio::test]
async fn pruned_messages_still_count_and_those_that_never_came_out_of_kafka_are_missing() {
    let office = Office::open().await;
    office.good_day().await;
    office.message(1, "{}").await;
    office.message(2, "{\"a\":1}").await;
    assert_eq!(prove(&office).await.statement.findings(), ["Kafka: 2 of 2 messages are missing"]);
    let whole = prove(&office).await.statement.outbox;
    // As the relay prunes: the sum goes into one row, the message goes.
    office
        .run(
            "INSERT INTO central.outbox_pruned (tenant, store, business_day, messages, hash_sum) \
             SELECT tenant, store, business_day, 1, sha256(uuid_send(event_id) || body) FROM central.outbox \
             WHERE tenant = $1 AND event_id = '00000000-0000-0000-0000-000000000001'",
        )
        .await;
    office
        .run("DELETE FROM central.outbox WHERE tenant = $1 AND event_id = '00000000-0000-0000-0000-000000000001'")
        .await;
    assert_eq!(prove(&office).await.statement.outbox, whole);
    assert_eq!(whole.count, 2);
}

#[tokio::test]
async fn a_pass_looks_at_ended_days_with_news_and_states_a_difference_only_when_it_has_settled() {
    let office = Office::open().await;
    let rows = office.good_day().await;
    office.row(4, "order.noted", Uuid::from_u128(9), 0).await;
    let pass = office.reconciler.pass().await.unwrap();
    assert_eq!((pass.days, pass.unequal, pass.statements), (1, 1, 0), "its last messages may be on their way");
    office.run("UPDATE central.days SET open_since = now() - interval '1 hour' WHERE tenant = $1").await;
    let pass = office.reconciler.pass().await.unwrap();
    assert_eq!((pass.days, pass.unequal, pass.statements), (1, 1, 1));
    office.tell(&[rows[0], rows[1], rows[2], hash_of(4, 0)], 700, 20).await;
    let pass = office.reconciler.pass().await.unwrap();
    assert_eq!((pass.days, pass.unequal, pass.statements), (1, 0, 1));
    assert_eq!(office.count("SELECT count(*) FROM central.days WHERE open_since IS NULL").await, 1);
    // An old day is read again now and then; nothing new is said of it.
    let pass = office.reconciler.pass().await.unwrap();
    assert_eq!((pass.days, pass.unequal, pass.statements), (1, 0, 0));
}

#[tokio::test]
async fn the_day_that_is_not_over_waits() {
    let office = Office::open().await;
    office.good_day().await;
    office.run("UPDATE central.log_rows SET business_day = 29991231 WHERE tenant = $1").await;
    let pass = office.reconciler.pass().await.unwrap();
    assert_eq!(pass.days, 0);
    assert_eq!(office.count("SELECT count(*) FROM central.days WHERE business_day = 29991231").await, 1);
}

#[tokio::test]
async fn heads_that_went_back_are_looked_at_again() {
    let office = Office::open().await;
    office.good_day().await;
    assert!(prove(&office).await.statement.equal);
    // Head office was restored from an older copy, and the till sends again.
    office.run("DELETE FROM central.log_rows WHERE tenant = $1 AND seq > 1").await;
    office.run("UPDATE central.log_heads SET seq = 1 WHERE tenant = $1").await;
    assert!(!prove(&office).await.statement.equal);
    office.run("UPDATE central.days SET open_since = NULL WHERE tenant = $1").await;
    office.row(2, "order.cash_paid", Uuid::from_u128(9), 0).await;
    office.row(3, "order.refunded", Uuid::from_u128(9), 0).await;
    assert!(prove(&office).await.statement.equal);
    assert_eq!(office.count("SELECT count(*) FROM central.days WHERE open_since IS NOT NULL").await, 1);
}

#[tokio::test]
async fn without_a_tenant_the_reconciler_sees_which_tenants_there_are_and_nothing_else() {
    let office = Office::open().await;
    office.good_day().await;
    prove(&office).await;
    let pool = office.database().pool();
    for table in ["stores", "logs", "log_rows", "orders", "outbox", "tallies", "statements", "days", "day_logs"] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM central.{table}"));
        let rows: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    assert_eq!(docket_central::reconcile::tenants(office.database()).await.unwrap(), [TENANT]);
    let refused = sqlx::query("UPDATE central.statements SET body = ''").execute(pool).await;
    assert!(refused.is_err(), "a statement is written once");
}

/// Takes what is in the outbox as counted out of Kafka.
const COUNTED: &str = "INSERT INTO central.kafka_tallies (tenant, store, business_day, event_id, hash) \
     SELECT tenant, store, business_day, event_id, sha256(uuid_send(event_id) || body) FROM central.outbox \
     WHERE tenant = $1 ON CONFLICT DO NOTHING";

#[tokio::test]
async fn counted_messages_of_a_settled_day_are_pruned_when_they_are_old_and_the_day_stays_equal() {
    let office = Office::open().await;
    office.good_day().await;
    office.message(1, "{}").await;
    office.message(2, "{\"a\":1}").await;
    office.run(COUNTED).await;
    let before = prove(&office).await.statement;
    assert!(before.equal);
    let prune = async || docket_central::reconcile::prune(office.database(), TENANT).await.unwrap();
    assert_eq!(prune().await, 0, "they are new");
    office.run("UPDATE central.kafka_tallies SET counted_at = now() - interval '61 days' WHERE tenant = $1").await;
    assert_eq!(prune().await, 0, "the day has news that nobody has looked at");
    office.run("UPDATE central.days SET open_since = NULL WHERE tenant = $1").await;
    assert_eq!(prune().await, 2);
    assert_eq!(office.count("SELECT count(*) FROM central.kafka_tallies").await, 0);
    let after = prove(&office).await;
    assert_eq!((after.statement.kafka, after.is_new), (before.kafka, false));
    // A message of the day that comes much later joins them.
    office.message(3, "{\"late\":true}").await;
    office.run(COUNTED).await;
    office
        .run(
            "DELETE FROM central.kafka_tallies WHERE tenant = $1 AND event_id < '00000000-0000-0000-0000-000000000003'",
        )
        .await;
    assert!(prove(&office).await.statement.equal);
    office.run("UPDATE central.kafka_tallies SET counted_at = now() - interval '61 days' WHERE tenant = $1").await;
    assert_eq!(prune().await, 1);
    let last = prove(&office).await.statement;
    assert_eq!((last.kafka.count, last.equal), (3, true));
}
