//! Head office for a test: a fresh database with its schema, one tenant, and a store.

use std::sync::Arc;

use docket_central::db::{Database, Role, migrate};
use docket_central::down::OwnLogs;
use docket_central::ingest::{Batch, Ingest, Verdict};
use docket_central::secret::ServiceSecret;
use docket_central::tenants;
use docket_domain::ids::{OrderId, StoreId, TenantId};
use docket_log::{DeviceClass, DeviceKey};
use docket_testkit::postgres::{self, TestDatabase};
use sqlx::{AssertSqlSafe, PgPool, Row as _};
use uuid::Uuid;

use crate::till::{Till, batch};

pub struct Office {
    /// Dropped last of all.
    pub database: Database,
    pub owner: PgPool,
    pub ingest: Arc<Ingest>,
    pub logs: OwnLogs,
    pub secret: ServiceSecret,
    pub tenant: TenantId,
    pub key: DeviceKey,
    pub store: StoreId,
    pub server: TestDatabase,
}

impl Office {
    pub async fn open() -> Self {
        Self::on(postgres::database()).await
    }

    pub async fn on(server: TestDatabase) -> Self {
        migrate(&server.url()).await.expect("the schema is there");
        migrate(&server.url()).await.expect("a second run changes nothing");
        let database = Database::connect(&server.url(), Role::Ingest, 8).await.expect("it connects");
        let owner = PgPool::connect(&server.url()).await.expect("the owner connects");
        let secret = ServiceSecret::parse(&"5a".repeat(32)).expect("64 digits");
        let tenant = tenants::add(&database, &secret, "Café").await.expect("a tenant");
        let key = key_of(&database, &secret, tenant).await;
        let store = StoreId(Uuid::from_u128(0x5700_0000_0000_7000_8000_0000_0000_0001));
        let ingest = Arc::new(Ingest::new(database.clone()));
        let logs = OwnLogs::new(ingest.clone(), secret.clone());
        let office = Office { database, owner, ingest, logs, secret, tenant, key, store, server };
        office.add_store(tenant, store).await;
        office
    }

    pub async fn add_store(&self, tenant: TenantId, store: StoreId) {
        let mut transaction = self.database.tenant(tenant).await.expect("a transaction");
        sqlx::query("INSERT INTO central.stores (tenant, store, name, state) VALUES ($1, $2, 'Front', 'live')")
            .bind(tenant.0)
            .bind(store.0)
            .execute(&mut *transaction)
            .await
            .expect("a store");
        transaction.commit().await.expect("it commits");
    }

    /// A till that is enrolled in the store.
    pub async fn till(&self, number: u8) -> Till {
        let till = Till::new(number, self.tenant, self.store);
        self.enrol(&till).await;
        till
    }

    pub async fn enrol(&self, till: &Till) {
        let class = if till.class == DeviceClass::Till { "till" } else { "kitchen" };
        let mut transaction = self.database.tenant(till.tenant).await.expect("a transaction");
        sqlx::query(
            "INSERT INTO central.devices (tenant, store, device, device_class, public_key, token_hash, token_expires_at) \
             VALUES ($1, $2, $3, $4, $5, '', now())",
        )
        .bind(till.tenant.0)
        .bind(till.store.0)
        .bind(till.device.0)
        .bind(class)
        .bind(&till.key().public().0[..])
        .execute(&mut *transaction)
        .await
        .expect("a device");
        transaction.commit().await.expect("it commits");
    }

    pub async fn take(&self, batches: &[Batch]) -> Vec<Verdict> {
        let tenant = batches[0].source.tenant;
        self.ingest.take(tenant, batches).await.into_iter().map(|verdict| verdict.expect("it is stored")).collect()
    }

    /// Brings all rows of a till behind `after` in.
    pub async fn bring(&self, till: &Till, after: u64) -> Verdict {
        let batch = batch(till.source(self.key.public()), till.items(after));
        self.take(&[batch]).await.remove(0)
    }

    pub async fn count(&self, from: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM central.{from}")))
            .fetch_one(&self.owner)
            .await
            .expect("it counts")
    }

    /// An order's status, version, token and what was told of it.
    pub async fn order(&self, id: OrderId) -> Kept {
        let row = sqlx::query("SELECT * FROM central.orders WHERE order_id = $1")
            .bind(id.0)
            .fetch_one(&self.owner)
            .await
            .expect("the order has a row");
        Kept {
            status: row.get("status"),
            version: row.get("version"),
            token: row.get("token"),
            captured_minor: row.get("captured_minor"),
            label: row.get("label"),
            update_needed: row.get("update_needed"),
            open_exceptions: row.get("open_exceptions"),
        }
    }

    /// The types and sequences in the outbox, in their order.
    pub async fn outbox(&self) -> Vec<(String, i64)> {
        let rows = sqlx::query("SELECT event_type, sequence FROM central.outbox ORDER BY id")
            .fetch_all(&self.owner)
            .await
            .expect("it reads");
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub status: Option<String>,
    pub version: i64,
    pub token: String,
    pub captured_minor: Option<i64>,
    pub label: Option<String>,
    pub update_needed: bool,
    pub open_exceptions: i32,
}

pub async fn key_of(database: &Database, secret: &ServiceSecret, tenant: TenantId) -> DeviceKey {
    let mut transaction = database.tenant(tenant).await.expect("a transaction");
    tenants::key(&mut transaction, secret, tenant).await.expect("the tenant has a key")
}
