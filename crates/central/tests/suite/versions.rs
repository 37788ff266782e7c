//! Two versions of the program alive on one schema, as during a change: the one from before goes on with the statements
//! that it knows, and the new one takes what it left.

use docket_central::db::{Database, Role, is_current, migrate};
use docket_domain::order::OrderCommand;
use docket_testkit::samples::pay;
use sqlx::AssertSqlSafe;

use crate::office::Office;
use crate::till::{create, order_id};

/// Statements of the last program that did not know migration 5, by the role that runs them. They name no column of it.
const BEFORE: [(Role, &str); 6] = [
    (
        Role::Ingest,
        "INSERT INTO central.logs (tenant, log_id, store, device, device_class, public_key, month, own, opened_ms) \
         SELECT central.tenant(), decode(repeat('ab', 16), 'hex'), store, gen_random_uuid(), 'till', \
         decode(repeat('07', 32), 'hex'), 202001, false, 0 FROM central.stores",
    ),
    (
        Role::Ingest,
        "INSERT INTO central.quarantine (tenant, log_id, branch, seq, event_type) \
         SELECT central.tenant(), decode(repeat('ab', 16), 'hex'), 0, 2, 'order.teleported' ON CONFLICT DO NOTHING",
    ),
    (
        Role::Ingest,
        "SELECT order_id, store, told FROM central.orders WHERE tenant = central.tenant() ORDER BY order_id FOR UPDATE",
    ),
    (
        Role::Analytics,
        "INSERT INTO analytics.sold_lines (tenant, order_id, store, business_day, hour_utc, order_type, currency, line_id, \
         product, quantity, total_minor) SELECT current_setting('docket.tenant')::uuid, gen_random_uuid(), gen_random_uuid(), 20260529, 11, \
         'dine_in', 'EUR', gen_random_uuid(), gen_random_uuid(), 1, 100",
    ),
    (Role::Analytics, "SELECT hour_utc, orders, quantity, total_minor FROM analytics.sales"),
    (
        Role::Reconciler,
        "INSERT INTO central.kafka_tallies (tenant, store, business_day, event_id, hash) \
         SELECT central.tenant(), gen_random_uuid(), 20260529, gen_random_uuid(), decode(repeat('07', 32), 'hex') \
         ON CONFLICT DO NOTHING",
    ),
];

#[tokio::test]
async fn the_program_from_before_works_on_the_new_schema_and_the_new_one_takes_what_it_left() {
    let office = Office::open().await;
    for (role, sql) in BEFORE {
        let database = Database::connect(&office.server.url(), role, 1).await.expect("the role may sign in");
        let mut transaction = database.tenant(office.tenant).await.expect("a transaction");
        sqlx::query(AssertSqlSafe(sql))
            .execute(&mut *transaction)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        transaction.commit().await.expect("it commits");
    }
    let hour: i32 =
        sqlx::query_scalar("SELECT hour FROM analytics.sales").fetch_one(&office.owner).await.expect("a line");
    assert_eq!(hour, 11, "without the store's hour that of UTC stands");
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &OrderCommand::Send);
    till.run(order_id(1), &pay(1, 1_000));
    assert_eq!(office.bring(&till, 0).await.held.map(|head| head.seq), Some(till.head_seq()));
    assert_eq!(office.ingest.release().await.expect("it looks"), 0, "nobody knows that type yet");
}

#[tokio::test]
async fn a_schema_that_a_newer_program_has_expanded_is_taken_as_it_is() {
    let office = Office::open().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'of tomorrow', true, '', 0); ALTER TABLE central.orders ADD COLUMN of_tomorrow text";
    sqlx::raw_sql(newer).execute(&office.owner).await.expect("a newer program migrates");
    migrate(&office.server.url()).await.expect("nothing is left to do");
    assert!(is_current(&office.server.url()).await.expect("it can be asked"));
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    assert_eq!(office.bring(&till, 0).await.held.map(|head| head.seq), Some(till.head_seq()));
}
