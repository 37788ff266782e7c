//! A house for a test: a fresh database with its schema, a tenant, a store that sells the demo menu, and a desk.

use std::sync::Arc;
use std::time::Duration;

use docket_central::api::caller::{ApiRole, Caller, Stores};
use docket_central::api::desk::TakeLimits;
use docket_central::api::order::{NewItem, NewOrder};
use docket_central::api::{Key, OrderDesk};
use docket_central::db::{Database, Role, migrate};
use docket_central::down::{OwnLogs, publish_catalogue};
use docket_central::ingest::Ingest;
use docket_central::secret::ServiceSecret;
use docket_central::tenants;
use docket_domain::catalog::import::import_menu;
use docket_domain::ids::{StoreId, TenantId};
use docket_testkit::postgres::{self, TestDatabase};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

pub const MENU: &str = include_str!("../../src/dev/menu.json");

pub struct House {
    pub desk: OrderDesk,
    pub logs: OwnLogs,
    /// Whom no row-level security hides anything from.
    pub owner: PgPool,
    pub tenant: TenantId,
    pub store: StoreId,
    pub server: TestDatabase,
}

pub fn secret() -> ServiceSecret {
    ServiceSecret::parse(&"5a".repeat(32)).expect("64 digits")
}

pub fn limits() -> TakeLimits {
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    TakeLimits { counter: minutes(5), dine_in: minutes(10), take_away: minutes(15) }
}

/// What a process of head office works with.
pub async fn desk(url: &str, limits: TakeLimits) -> (OrderDesk, OwnLogs) {
    let ingest = Database::connect(url, Role::Ingest, 8).await.expect("it connects");
    let reads = Database::connect(url, Role::Api, 8).await.expect("it connects");
    let logs = OwnLogs::new(Arc::new(Ingest::new(ingest)), secret());
    (OrderDesk::new(logs.clone(), reads, secret(), limits), logs)
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(limits()).await
    }

    pub async fn open_with(limits: TakeLimits) -> Self {
        let server = postgres::database();
        migrate(&server.url()).await.expect("the schema is there");
        let (desk, logs) = desk(&server.url(), limits).await;
        let owner = PgPool::connect(&server.url()).await.expect("the owner connects");
        let tenant = tenants::add(logs.ingest().database(), &secret(), "Café").await.expect("a tenant");
        let store = StoreId(Uuid::from_u128(0x5700_0000_0000_7000_8000_0000_0000_0001));
        let house = House { desk, logs, owner, tenant, store, server };
        house.add_store(store).await;
        house.publish(MENU).await;
        house
    }

    pub async fn add_store(&self, store: StoreId) {
        let mut transaction = self.logs.ingest().database().tenant(self.tenant).await.expect("a transaction");
        sqlx::query("INSERT INTO central.stores (tenant, store, name, state) VALUES ($1, $2, 'Front', 'live')")
            .bind(self.tenant.0)
            .bind(store.0)
            .execute(&mut *transaction)
            .await
            .expect("a store");
        transaction.commit().await.expect("it commits");
    }

    pub async fn publish(&self, menu: &str) {
        let (catalogue, _) = import_menu(menu, None).expect("the menu has no fault");
        publish_catalogue(&self.logs, self.tenant, self.store, catalogue).await.expect("it is published");
    }

    /// Someone who may do everything.
    pub fn admin(&self) -> Caller {
        Caller {
            tenant: self.tenant,
            subject: "office".into(),
            role: ApiRole::Admin,
            stores: Stores::All,
            device: None,
            any_user: false,
        }
    }

    pub fn customer(&self, user: &str) -> Caller {
        Caller { subject: user.into(), role: ApiRole::Customer, ..self.admin() }
    }

    /// A pool of the guard's.
    pub async fn access(&self) -> Database {
        Database::connect(&self.server.url(), Role::Access, 2).await.expect("it connects")
    }

    pub async fn count(&self, from: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {from}")))
            .fetch_one(&self.owner)
            .await
            .expect("it counts")
    }
}

pub fn key(text: &str) -> Option<Key> {
    Some(Key::parse(text).expect("a key"))
}

pub fn item(product: &str, quantity: i32) -> NewItem {
    NewItem {
        product_id: product.into(),
        product_name: None,
        quantity,
        unit_price: None,
        choices: Vec::new(),
        note: None,
    }
}

/// The order of the API's documentation.
pub fn order() -> NewOrder {
    serde_json::from_value(serde_json::json!({
        "user_id": "user-123",
        "items": [{ "product_id": "prod-001", "product_name": "Margherita", "quantity": 2, "unit_price": "12.50" }],
        "shipping_address": "1 Main Street"
    }))
    .expect("an order")
}
