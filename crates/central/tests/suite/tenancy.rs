use docket_central::db::{Database, Role};
use docket_central::tenants;
use docket_domain::ids::StoreId;
use docket_testkit::samples::pay;
use sqlx::AssertSqlSafe;

use crate::office::{Office, key_of};
use crate::till::{Till, batch, create, order_id};

const TABLES: [&str; 18] = [
    "tenants",
    "stores",
    "enrolment_codes",
    "devices",
    "device_cut_offs",
    "logs",
    "log_heads",
    "log_rows",
    "quarantine",
    "evidence",
    "orders",
    "documents",
    "document_heads",
    "outbox",
    "outbox_pruned",
    "tallies",
    "kafka_tallies",
    "statements",
];

async fn seen(database: &Database, tenant: Option<docket_domain::ids::TenantId>) -> i64 {
    let mut transaction = match tenant {
        Some(tenant) => database.tenant(tenant).await.expect("a transaction"),
        None => database.pool().begin().await.expect("a transaction"),
    };
    let mut rows = 0;
    for table in TABLES {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM central.{table}"));
        let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *transaction).await.expect("it may ask");
        rows += count;
    }
    rows
}

#[tokio::test]
async fn nothing_of_one_tenant_is_visible_to_another_and_without_a_tenant_nothing_is() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &pay(1, 1_000));
    office.bring(&till, 0).await;
    let other = tenants::add(&office.database, &office.secret, "Other").await.expect("a tenant");
    assert!(seen(&office.database, Some(office.tenant)).await > 10);
    assert_eq!(seen(&office.database, Some(other)).await, 1, "its own row");
    assert_eq!(seen(&office.database, None).await, 0);
}

#[tokio::test]
async fn a_tenant_writes_no_row_of_another() {
    let office = Office::open().await;
    let other = tenants::add(&office.database, &office.secret, "Other").await.expect("a tenant");
    let mut transaction = office.database.tenant(other).await.expect("a transaction");
    let sql = "INSERT INTO central.stores (tenant, store, name, state) VALUES ($1, $2, 'x', 'live')";
    let written = sqlx::query(sql).bind(office.tenant.0).bind(order_id(5).0).execute(&mut *transaction).await;
    assert!(written.expect_err("it is refused").to_string().contains("row-level security"));
    let mut transaction = office.database.tenant(other).await.expect("a transaction");
    let changed = sqlx::query("UPDATE central.stores SET name = 'x'").execute(&mut *transaction).await;
    assert_eq!(changed.expect("it may ask").rows_affected(), 0);
}

#[tokio::test]
async fn two_tenants_hold_logs_and_orders_of_one_id_side_by_side() {
    let office = Office::open().await;
    let other = tenants::add(&office.database, &office.secret, "Other").await.expect("a tenant");
    let other_key = key_of(&office.database, &office.secret, other).await;
    let store = StoreId(order_id(50).0);
    office.add_store(other, store).await;
    let mut mine = office.till(1).await;
    let mut theirs = Till::new(1, other, store);
    office.enrol(&theirs).await;
    for till in [&mut mine, &mut theirs] {
        till.run(order_id(1), &create(order_id(1), "B-001", 1));
    }
    theirs.run(order_id(1), &pay(1, 1_000));
    assert!(office.bring(&mine, 0).await.held.is_some());
    let verdict = office.take(&[batch(theirs.source(other_key.public()), theirs.items(0))]).await.remove(0);
    assert_eq!(verdict.held.map(|head| head.seq), Some(theirs.head_seq()), "read back, not swallowed");
    assert_eq!(office.count("orders").await, 2);
    assert_eq!(office.count("orders WHERE captured_minor = 300").await, 1);
}

#[tokio::test]
async fn the_roles_own_nothing_and_row_level_security_is_forced() {
    let office = Office::open().await;
    let owned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname LIKE 'docket\\_%'",
    )
    .fetch_one(&office.owner)
    .await
    .expect("it reads");
    assert_eq!(owned, 0);
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'central'::regnamespace AND relkind IN ('r', 'p') \
         AND NOT relispartition AND NOT (relrowsecurity AND relforcerowsecurity)",
    )
    .fetch_all(&office.owner)
    .await
    .expect("it reads");
    assert_eq!(open, Vec::<String>::new());
    let relay = Database::connect(&office.server.url(), Role::Relay, 1).await.expect("it connects");
    let refused = sqlx::query("SELECT 1 FROM central.log_rows").fetch_all(relay.pool()).await;
    assert!(refused.expect_err("it may not").to_string().contains("permission denied"));
}
