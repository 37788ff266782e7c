//! A head office with one tenant, one store and one till, filled by hand: what the reconciler reads, written by its owner.

use docket_central::db::{self, Database};
use docket_central::reconcile::Reconciler;
use docket_central::secret::ServiceSecret;
use docket_central::telemetry::Metrics;
use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_log::{DeviceKey, Hash};
use docket_sync::HashSum;
use docket_testkit::postgres::TestDatabase;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

pub const DAY: i32 = 20_200_102;
pub const TENANT: TenantId = TenantId(Uuid::from_u128(1));
pub const STORE: StoreId = StoreId(Uuid::from_u128(2));
pub const DEVICE: DeviceId = DeviceId(Uuid::from_u128(3));
pub const LOG: LogId = LogId([7; 16]);
const MONTH: i32 = 202_001;

pub struct Office {
    /// Everything, as the owner of the tables.
    pub owner: PgPool,
    pub reconciler: Reconciler,
    pub key: DeviceKey,
    _database: TestDatabase,
}

pub fn secret() -> ServiceSecret {
    ServiceSecret::parse(&"5a".repeat(32)).unwrap()
}

impl Office {
    pub async fn open() -> Self {
        let database = docket_testkit::postgres::database();
        let url = database.url();
        db::migrate(&url).await.unwrap();
        let owner = PgPool::connect(&url).await.unwrap();
        let key = DeviceKey::from_seed(&[42; 32]).unwrap();
        let reconciler = Reconciler::connect(&url, secret(), Metrics::new()).await.unwrap();
        let office = Office { owner, reconciler, key, _database: database };
        office.found().await;
        office
    }

    pub fn database(&self) -> &Database {
        self.reconciler.database()
    }

    async fn found(&self) {
        let sealed = secret().seal(TENANT, &self.key).unwrap();
        sqlx::query("INSERT INTO central.tenants (tenant, name, sealed_key, public_key) VALUES ($1, 'House', $2, $3)")
            .bind(TENANT.0)
            .bind(sealed)
            .bind(&self.key.public().0[..])
            .execute(&self.owner)
            .await
            .unwrap();
        self.run("INSERT INTO central.stores (tenant, store, name, state, time_zone) VALUES ($1, $2, 'Corner', 'live', 'Europe/Berlin')").await;
        self.run(
            "INSERT INTO central.devices (tenant, store, device, device_class, public_key, token_hash, token_expires_at) \
             VALUES ($1, $2, $3, 'till', decode(repeat('07', 32), 'hex'), '', now())",
        )
        .await;
        self.run("SELECT central.ensure_month(202001), $1, $2, $3").await;
        self.run(
            "INSERT INTO central.logs (tenant, log_id, store, device, device_class, public_key, month, opened_ms) \
             VALUES ($1, decode(repeat('07', 16), 'hex'), $2, $3, 'till', decode(repeat('07', 32), 'hex'), 202001, 0)",
        )
        .await;
    }

    /// A statement with tenant, store and device as `$1`, `$2`, `$3`, as far as it names them.
    pub async fn run(&self, sql: &'static str) {
        let (tenant, store, device) = (TENANT.0, STORE.0, DEVICE.0);
        let mut query = sqlx::query(sql);
        for (name, id) in [("$1", tenant), ("$2", store), ("$3", device)] {
            if sql.contains(name) {
                query = query.bind(id);
            }
        }
        query.execute(&self.owner).await.unwrap();
    }

    /// A row of the till's log, as ingest writes it with its head.
    pub async fn row(&self, seq: i64, event_type: &str, order: Uuid, branch: i32) -> Hash {
        let hash = hash_of(seq, branch);
        sqlx::query(
            "INSERT INTO central.log_rows (tenant, month, log_id, branch, seq, stream_id, event_type, business_day, hash) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(TENANT.0)
        .bind(MONTH)
        .bind(&LOG.0[..])
        .bind(branch)
        .bind(seq)
        .bind(order)
        .bind(event_type)
        .bind(DAY)
        .bind(&hash.0[..])
        .execute(&self.owner)
        .await
        .unwrap();
        sqlx::query(
            "INSERT INTO central.log_heads (tenant, log_id, branch, shared, seq, hash) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (tenant, log_id, branch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
        )
        .bind(TENANT.0)
        .bind(&LOG.0[..])
        .bind(branch)
        .bind(if branch == 0 { 0 } else { seq - 1 })
        .bind(seq)
        .bind(&hash.0[..])
        .execute(&self.owner)
        .await
        .unwrap();
        hash
    }

    /// What the till says that it holds of the day.
    pub async fn tell(&self, rows: &[Hash], captured_minor: i64, refunded_minor: i64) {
        let mut sum = HashSum::default();
        rows.iter().for_each(|hash| sum.add(hash));
        sqlx::query(
            "INSERT INTO central.tallies (tenant, store, device, business_day, log_id, rows, hash_sum, captured_minor, \
             refunded_minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant, store, business_day, device, \
             log_id) DO UPDATE SET rows = excluded.rows, hash_sum = excluded.hash_sum, \
             captured_minor = excluded.captured_minor, refunded_minor = excluded.refunded_minor",
        )
        .bind(TENANT.0)
        .bind(STORE.0)
        .bind(DEVICE.0)
        .bind(DAY)
        .bind(&LOG.0[..])
        .bind(i64::try_from(rows.len()).unwrap())
        .bind(&sum.0[..])
        .bind(captured_minor)
        .bind(refunded_minor)
        .execute(&self.owner)
        .await
        .unwrap();
    }

    /// A further history of the log, of which the till has told.
    pub async fn tell_further(&self, rows: &[Hash]) {
        let mut sum = HashSum::default();
        rows.iter().for_each(|hash| sum.add(hash));
        sqlx::query("UPDATE central.tallies SET further_rows = ARRAY[$1::bigint], further_sums = ARRAY[$2::bytea]")
            .bind(i64::try_from(rows.len()).unwrap())
            .bind(&sum.0[..])
            .execute(&self.owner)
            .await
            .unwrap();
    }

    /// An order as it was told, with one payment and one refund of the day, and one payment of another day.
    pub async fn order(&self, order: Uuid, captured_minor: i64, refunded_minor: i64) {
        let payment = |amount: i64, day: i32| {
            json!({
                "payment_id": Uuid::from_u128(50), "amount_minor": amount, "tender": "cash", "drawer": "1",
                "device_id": DEVICE.0, "paid_at_ms": 1, "business_day": day, "receipt_series": "A", "receipt_number": 1,
            })
        };
        let told = json!({
            "order_id": order, "store_id": STORE.0, "version": 1, "label": "A-001", "order_type": "dine_in",
            "status": "completed", "currency": "EUR", "business_day": DAY, "opened_at_ms": 1, "table": null,
            "covers": null, "customer_id": null, "lines": [], "net_minor": 0, "tax_minor": 0, "total_minor": 0,
            "due_minor": 0, "captured_minor": 0, "refunded_minor": 0, "balance_minor": 0,
            "payments": [payment(captured_minor, DAY), payment(999, DAY + 1)],
            "refunds": [{
                "refund_id": Uuid::from_u128(60), "payment_id": Uuid::from_u128(50), "payout_minor": refunded_minor,
                "credit_minor": 0, "reason": "", "refunded_at_ms": 1, "business_day": DAY,
            }],
            "open_exceptions": 0, "cancel_reason": null,
        });
        sqlx::query("INSERT INTO central.orders (tenant, order_id, store, told) VALUES ($1, $2, $3, $4)")
            .bind(TENANT.0)
            .bind(order)
            .bind(STORE.0)
            .bind(told.to_string())
            .execute(&self.owner)
            .await
            .unwrap();
    }

    /// A message in the outbox.
    pub async fn message(&self, number: u128, body: &str) {
        sqlx::query(
            "INSERT INTO central.outbox (tenant, store, business_day, topic, key, event_id, event_type, sequence, \
             correlation_id, time_ms, body) VALUES ($1, $2, $3, 'docket.orders.v1', $4, $5, 'order.created', 1, $4, 1, $6)",
        )
        .bind(TENANT.0)
        .bind(STORE.0)
        .bind(DAY)
        .bind(Uuid::from_u128(9))
        .bind(Uuid::from_u128(number))
        .bind(body.as_bytes())
        .execute(&self.owner)
        .await
        .unwrap();
    }

    /// A day that agrees: three rows, one of them a payment, told by the till and folded here.
    pub async fn good_day(&self) -> Vec<Hash> {
        let order = Uuid::from_u128(9);
        let rows = vec![
            self.row(1, "order.opened", order, 0).await,
            self.row(2, "order.cash_paid", order, 0).await,
            self.row(3, "order.refunded", order, 0).await,
        ];
        self.order(order, 700, 20).await;
        self.tell(&rows, 700, 20).await;
        rows
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap()
    }
}

pub fn hash_of(seq: i64, branch: i32) -> Hash {
    let mut hash = [0xf1; 32];
    hash[0] = 0xff;
    hash[30] = u8::try_from(branch).unwrap();
    hash[31] = u8::try_from(seq).unwrap();
    Hash(hash)
}
