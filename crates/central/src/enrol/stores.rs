//! Which store an enrolment makes, or joins, and what becomes of the one that the till was in before.

use std::collections::BTreeSet;

use docket_domain::ids::{StoreId, TenantId};
use docket_log::LogOpened;
use sqlx::{Postgres, Transaction};
use tonic::Status;

use super::{Asked, failed};

/// The till's own store becomes a store of head office.
///
/// # Errors
/// `permission_denied` where that store was archived beside another one.
pub(super) async fn found(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    asked: &Asked,
) -> Result<StoreId, Status> {
    let sql = "INSERT INTO central.stores (tenant, store, name, state, provisional_tenant) \
         VALUES ($1, $2, $3, 'live', $4) ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(asked.store.0)
        .bind(&asked.name)
        .bind((asked.tenant != tenant).then_some(asked.tenant.0))
        .execute(&mut **transaction)
        .await
        .map_err(failed)?;
    let live: bool = sqlx::query_scalar("SELECT state = 'live' FROM central.stores WHERE tenant = $1 AND store = $2")
        .bind(tenant.0)
        .bind(asked.store.0)
        .fetch_one(&mut **transaction)
        .await
        .map_err(failed)?;
    if !live {
        let rule = "store: was archived when a till of it joined another store; ask for a code of that store";
        return Err(Status::permission_denied(rule));
    }
    Ok(asked.store)
}

/// The till joins a store; what it did before is archived beside it.
///
/// # Errors
/// `failed_precondition` while orders are open at the till, which stays as it is, and so does the code;
/// `permission_denied` where the till's store is a live one of head office, or its logs are archived beside another.
pub(super) async fn join(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
    asked: &Asked,
) -> Result<StoreId, Status> {
    if asked.store == store {
        return Ok(store);
    }
    if asked.open_orders > 0 {
        return Err(Status::failed_precondition("open_orders: a till joins a store when all of its orders are done"));
    }
    let sql = "INSERT INTO central.stores AS s (tenant, store, name, state, joined, provisional_tenant) \
         VALUES ($1, $2, $3, 'archived', $4, $5) ON CONFLICT (tenant, store) DO UPDATE SET joined = excluded.joined \
         WHERE s.state = 'archived' AND (s.joined = excluded.joined OR NOT EXISTS \
         (SELECT 1 FROM central.logs l WHERE l.tenant = s.tenant AND l.store = s.store))";
    let kept = sqlx::query(sql)
        .bind(tenant.0)
        .bind(asked.store.0)
        .bind(&asked.name)
        .bind(store.0)
        .bind((asked.tenant != tenant).then_some(asked.tenant.0))
        .execute(&mut **transaction)
        .await
        .map_err(failed)?;
    if kept.rows_affected() == 0 {
        let rule = "store: the till's own store is known here already; ask for a code of the store that it belongs to";
        return Err(Status::permission_denied(rule));
    }
    Ok(store)
}

/// Letters of order numbers that devices of a store carry, as the first rows of its logs say.
///
/// # Errors
/// If the database fails.
pub(super) async fn letters(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
) -> Result<Vec<String>, Status> {
    let sql = "SELECT r.payload FROM central.logs l JOIN central.log_rows r ON r.tenant = l.tenant \
         AND r.month = l.month AND r.log_id = l.log_id AND r.branch = 0 AND r.seq = 1 \
         WHERE l.tenant = $1 AND l.store = $2 AND NOT l.own AND r.payload IS NOT NULL";
    let openings: Vec<Vec<u8>> =
        sqlx::query_scalar(sql).bind(tenant.0).bind(store.0).fetch_all(&mut **transaction).await.map_err(failed)?;
    let letter = |payload: &Vec<u8>| Some(serde_json::from_slice::<LogOpened>(payload).ok()?.letter);
    let letters: BTreeSet<String> = openings.iter().filter_map(letter).filter(|letter| !letter.is_empty()).collect();
    Ok(letters.into_iter().collect())
}
