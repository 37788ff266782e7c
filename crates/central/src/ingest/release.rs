//! Rows that were of no known type when they came, and are now: after an update of the program they take effect by
//! themselves, in pages. A fold of a program from before, which runs beside this one during a change, is mended too.

use std::time::Duration;

use docket_domain::ids::TenantId;
use docket_sync::Item;
use sqlx::{Postgres, Row as _, Transaction};
use tokio::sync::watch;
use uuid::Uuid;

use super::entry::{author_of, fixed};
use super::facts::Meaning;
use super::rows::item_from;
use super::take::Gathered;
use super::{Beside, Ingest, IngestError, Verdict, orders};
use crate::limits::{RELEASE_EVERY_MS, RELEASE_ROWS};

/// A row that is quarantined.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct At {
    log: [u8; 16],
    branch: i32,
    seq: i64,
}

const PAGE: &str = "SELECT r.*, l.store AS log_store, l.device, l.device_class, \
     CASE WHEN d.revoked_at IS NOT NULL THEN coalesce(c.seq, 0) END AS cut_off FROM central.quarantine q \
     JOIN central.logs l ON l.tenant = q.tenant AND l.log_id = q.log_id \
     JOIN central.log_rows r ON r.tenant = q.tenant AND r.month = l.month AND r.log_id = q.log_id \
     AND r.branch = q.branch AND r.seq = q.seq AND r.stub_reason IS NULL \
     LEFT JOIN central.orders o ON o.tenant = r.tenant AND o.order_id = r.stream_id AND r.stream_kind = 'order' \
     LEFT JOIN central.devices d ON d.tenant = l.tenant AND d.device = l.device \
     LEFT JOIN central.device_cut_offs c ON c.tenant = l.tenant AND c.device = l.device AND c.log_id = l.log_id \
     WHERE q.tenant = $1 AND (q.released_at IS NULL OR o.update_needed) \
     AND (q.log_id, q.branch, q.seq) > ($2, $3, $4) ORDER BY q.log_id, q.branch, q.seq LIMIT $5";

impl Ingest {
    /// Releases what this program knows, at once and from time to time, until it is asked to stop.
    pub async fn keep_releasing(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.release().await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "rows that waited for this program have taken effect"),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "rows that wait for a newer program could not be looked through");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(RELEASE_EVERY_MS)) => {}
                _ = stop.wait_for(|stopping| *stopping) => {}
            }
        }
    }

    /// Looks through all quarantined rows and lets those take effect whose type is known; says how many.
    ///
    /// # Errors
    /// If the database fails; the pages before it stay done.
    pub async fn release(&self) -> Result<u64, IngestError> {
        let mut transaction = self.database().begin().await?;
        sqlx::query("SELECT set_config('docket.upkeep', 'quarantine', true)").execute(&mut *transaction).await?;
        let sql = "SELECT DISTINCT tenant FROM central.quarantine ORDER BY tenant";
        let tenants: Vec<Uuid> = sqlx::query_scalar(sql).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        let mut released = 0;
        for tenant in tenants {
            let mut next = Some(At::default());
            while let Some(at) = next {
                let page = self.release_page(TenantId(tenant), &at).await?;
                next = page.0;
                released += page.1;
            }
        }
        Ok(released)
    }

    /// One page behind `at`; gives where the next one begins, if there may be one.
    async fn release_page(&self, tenant: TenantId, at: &At) -> Result<(Option<At>, u64), IngestError> {
        let mut transaction = self.database().tenant(tenant).await?;
        let rows = sqlx::query(PAGE)
            .bind(tenant.0)
            .bind(&at.log[..])
            .bind(at.branch)
            .bind(at.seq)
            .bind(RELEASE_ROWS)
            .fetch_all(&mut *transaction)
            .await?;
        let (mut gathered, mut known, mut last) = (Gathered::default(), Vec::new(), None);
        for row in &rows {
            let at = At { log: fixed(row, "log_id")?, branch: row.try_get("branch")?, seq: row.try_get("seq")? };
            let (author, item) = (author_of(row)?, item_from(row)?);
            if let Item::Row(row) = &item
                && !Meaning::of(row, author).is_quarantined()
            {
                gathered.take(author, None, at.branch, std::iter::once(&item), &mut Verdict::default());
                known.push(at.clone());
            }
            last = Some(at);
        }
        let settled = orders::settle(&mut transaction, tenant, gathered.orders, &Beside::default()).await?;
        gathered.shop.settle(&mut transaction, tenant).await?;
        mark(&mut transaction, tenant, &known).await?;
        transaction.commit().await?;
        if settled.told {
            crate::relay::wake(self.database.pool()).await;
        }
        let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= RELEASE_ROWS);
        Ok((last.filter(|_| is_full), u64::try_from(known.len()).unwrap_or(u64::MAX)))
    }
}

async fn mark(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    known: &[At],
) -> Result<(), IngestError> {
    if known.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE central.quarantine q SET released_at = coalesce(q.released_at, now()) \
         FROM unnest($2::bytea[], $3::int[], $4::bigint[]) AS u (log_id, branch, seq) \
         WHERE q.tenant = $1 AND q.log_id = u.log_id AND q.branch = u.branch AND q.seq = u.seq";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(known.iter().map(|at| &at.log[..]).collect::<Vec<_>>())
        .bind(known.iter().map(|at| at.branch).collect::<Vec<_>>())
        .bind(known.iter().map(|at| at.seq).collect::<Vec<_>>())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
