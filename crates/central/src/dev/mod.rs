//! `serve --dev`: a house to try the API with. It makes its schema, one tenant and one store that sells a demo menu and that a
//! till can join; a second start finds them there.

mod shop;

use std::net::SocketAddr;
use std::sync::Arc;

use docket_domain::catalog::import::import_menu;
use docket_domain::ids::{StoreId, TenantId};
use uuid::Uuid;

use crate::db::{Database, DbError, migrate};
use crate::down::{OwnLogError, OwnLogs, PublishError, publish_catalogue};
use crate::ingest::Ingest;
use crate::limits::CODE_MINUTES;
use crate::secret::ServiceSecret;
use crate::tenants::{self, TenantError};

/// What the store sells: the examples of the API's documentation among it.
pub const MENU: &str = include_str!("menu.json");

/// The tenant of the demonstration.
pub const TENANT: TenantId = TenantId(Uuid::from_u128(0xd0c4_e700_0000_8000_8000_0000_0000_0001));

/// Its store.
pub const STORE: StoreId = StoreId(Uuid::from_u128(0xd0c4_e700_0000_8000_8000_0000_0000_0002));

/// Why there is no house to try.
#[derive(Debug, thiserror::Error)]
pub enum DevError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// The tenant can't be made.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The menu can't be published.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The shop can't be set up.
    #[error(transparent)]
    Log(#[from] OwnLogError),
}

/// Brings the schema up to date; the user of the address then owns it.
///
/// # Errors
/// [`DevError::Db`].
pub async fn prepare_schema(url: &str) -> Result<(), DevError> {
    Ok(migrate(url).await?)
}

/// Makes tenant, store, shop and menu, where they are not there yet. `database` has the role `docket_ingest`.
///
/// # Errors
/// [`DevError`].
pub async fn prepare(database: &Database, secret: &ServiceSecret) -> Result<(), DevError> {
    tenants::add_as(database, secret, TENANT, "Demo").await?;
    let mut transaction = database.tenant(TENANT).await?;
    let sql = "INSERT INTO central.stores (tenant, store, name, state, time_zone, cut_over_minutes) \
         VALUES ($1, $2, 'Demo', 'live', 'UTC', 240) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(TENANT.0).bind(STORE.0).execute(&mut *transaction).await?;
    let held = crate::down::catalogue::in_effect(&mut transaction, TENANT, STORE).await?;
    transaction.commit().await?;
    let (catalogue, _) = import_menu(MENU, None).expect("the demo menu has no fault, as a test says");
    let logs = OwnLogs::new(Arc::new(Ingest::new(database.clone())), secret.clone());
    shop::set_up(&logs, catalogue.currency()).await?;
    if held.is_none() {
        publish_catalogue(&logs, TENANT, STORE, catalogue).await?;
    }
    Ok(())
}

/// What a start says to whoever tries it: how a till joins the store, with a new one-time code. `central` is where tills reach
/// the service.
///
/// # Errors
/// [`DevError`].
pub async fn invitation(database: &Database, central: SocketAddr) -> Result<String, DevError> {
    let code = tenants::new_enrolment_code(database, TENANT, Some(STORE), CODE_MINUTES).await?;
    Ok(format!(
        "A till joins the demo store, once within {CODE_MINUTES} minutes, by:\n  \
         docket-till enrol --data demo-till --witness demo-witness --central http://{central} --plain --code {code}\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_menu_is_whole() {
        let (catalogue, report) = import_menu(MENU, None).expect("no fault");
        assert_eq!(catalogue.products().len(), 6);
        assert!(report.unknown_fields.is_empty(), "{:?}", report.unknown_fields);
    }
}
