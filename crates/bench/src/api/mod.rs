//! Head office with its API as it is measured: the real program in release mode, tokens of a real key set, and a store that
//! sells a real menu.

pub mod keys;
pub mod line;

use std::path::{Path, PathBuf};

use docket_testkit::ports::free_port;
use docket_testkit::postgres::Postgres;
use serde_json::json;
use uuid::Uuid;

use crate::api::keys::{AUDIENCE, ISSUER, Issuer};
use crate::api::line::Caller;
use crate::error::BenchError;
use crate::office::{Office, database};

/// The store of these rows.
const STORE: Uuid = Uuid::from_u128(0x5700_0000_0000_7000_8000_0000_0000_0001);
/// What the store sells.
const PRODUCTS: usize = 50;
/// Nobody of these rows calls too often.
const FREE: &str = "1000000/1000000";

/// Head office, an issuer, a store.
pub struct ApiOffice {
    /// The service.
    pub office: Office,
    /// Signs tokens that it takes.
    pub issuer: Issuer,
    /// The REST door.
    pub port: u16,
}

impl ApiOffice {
    /// Everything up to the first call; `rate` is how often a token may call, or as often as it likes.
    pub async fn open(server: &Postgres, folder: &Path, rate: Option<&str>) -> Result<Self, BenchError> {
        let issuer = Issuer::open(folder)?;
        let port = free_port();
        let keys = issuer.file.display().to_string();
        let grpc = format!("127.0.0.1:{}", free_port());
        let settings = [
            ("DOCKET_API_ISSUER", ISSUER),
            ("DOCKET_API_AUDIENCE", AUDIENCE),
            ("DOCKET_API_JWKS", &keys),
            ("DOCKET_API_LISTEN", &format!("127.0.0.1:{port}")),
            ("DOCKET_GRPC_LISTEN", &grpc),
            ("DOCKET_API_RATE_TOKEN", rate.unwrap_or(FREE)),
            ("DOCKET_API_RATE_ADDRESS", FREE),
        ];
        let office = Office::open_with(server, folder, None, &settings)?;
        office.wait_for(port)?;
        Ok(Self { office, issuer, port })
    }

    /// Makes a store that sells a menu.
    pub async fn found_store(&self, folder: &Path) -> Result<(), BenchError> {
        let mut owner = database::connect(&self.office.url()).await?;
        let sql = "INSERT INTO central.stores (tenant, store, name, state, time_zone, cut_over_minutes) \
             VALUES ($1::uuid, $2, 'Front', 'live', 'UTC', 240)";
        sqlx::query(sql).bind(self.office.tenant()).bind(STORE).execute(&mut owner).await?;
        let file = menu(folder)?;
        let (store, file) = (STORE.to_string(), file.display().to_string());
        let tenant = self.office.tenant();
        self.office.tool(&["publish", "catalogue", "--tenant", tenant, "--store", &store, "--file", &file])?;
        Ok(())
    }

    /// Somebody with this role.
    pub fn caller(&self, subject: &str, role: &str) -> Result<Caller, BenchError> {
        Ok(Caller::new(&self.issuer.token(self.office.tenant(), subject, role)?))
    }
}

fn menu(folder: &Path) -> Result<PathBuf, BenchError> {
    let item = |number: usize| {
        let (id, name) = (format!("item-{number}"), format!("Dish number {number}"));
        json!({ "id": id, "name": name, "category": "All", "price": format!("{}.50", 3 + number % 20) })
    };
    let items: Vec<_> = (0..PRODUCTS).map(item).collect();
    let menu = json!({ "id": "bench", "name": "Bench", "currency": "EUR", "prices_include_tax": true, "items": items });
    let file = folder.join("menu.json");
    std::fs::write(&file, menu.to_string()).map_err(BenchError::file("write", &file))?;
    Ok(file)
}

/// The body of the n-th order: three lines of the menu.
pub fn body(number: u64) -> String {
    let products = u64::try_from(PRODUCTS).unwrap_or(1);
    let item =
        |step: u64| json!({ "product_id": format!("item-{}", (number + step * 7) % products), "quantity": step + 1 });
    let items: Vec<_> = (0..3).map(item).collect();
    json!({ "user_id": format!("guest-{}", number % 100), "items": items, "shipping_address": "1 Main Street" })
        .to_string()
}
