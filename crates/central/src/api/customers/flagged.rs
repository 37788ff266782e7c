//! Open orders of a customer that was deactivated, as the consumer of its event knows them.

use docket_domain::ids::{OrderId, StoreId, SubjectId};
use docket_domain::policy::api::{ApiOperation, Stores};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Customers;
use crate::api::caller::Caller;
use crate::api::fault::Fault;
use crate::api::limits::FLAGGED_MAX;

/// An open order whose customer takes no part any more: somebody has to decide about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FlaggedOrder {
    /// The order.
    #[schema(value_type = Uuid)]
    pub order_id: OrderId,
    /// Its store.
    #[schema(value_type = Uuid)]
    pub store_id: StoreId,
    /// The short number on the receipt.
    pub label: String,
    /// Where it stands.
    pub status: String,
}

impl Customers {
    /// The open orders of a deactivated customer, at most 200, those of the caller's stores.
    ///
    /// # Errors
    /// [`Fault`] where the caller may not see the customer.
    pub async fn flagged(&self, caller: &Caller, id: SubjectId) -> Result<Vec<FlaggedOrder>, Fault> {
        caller.allow(ApiOperation::GetCustomer, &super::target(id))?;
        let stores: Option<Vec<Uuid>> = match caller.reach(ApiOperation::ListOrders)?.stores {
            None | Some(Stores::All) => None,
            Some(Stores::Only(stores)) => Some(stores.into_iter().map(|store| store.0).collect()),
        };
        let mut transaction = self.database.tenant(caller.tenant).await?;
        let sql = "SELECT order_id, store, label, status FROM customers_read.flagged \
             WHERE tenant = $1 AND customer = $2 AND ($3::uuid[] IS NULL OR store = ANY($3)) ORDER BY order_id LIMIT $4";
        let rows = sqlx::query(sql)
            .bind(caller.tenant.0)
            .bind(id.0)
            .bind(stores)
            .bind(FLAGGED_MAX)
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let order = |row: &sqlx::postgres::PgRow| {
            Ok(FlaggedOrder {
                order_id: OrderId(row.try_get("order_id")?),
                store_id: StoreId(row.try_get("store")?),
                label: row.try_get("label")?,
                status: row.try_get("status")?,
            })
        };
        rows.iter().map(order).collect::<Result<_, sqlx::Error>>().map_err(Fault::from)
    }
}
