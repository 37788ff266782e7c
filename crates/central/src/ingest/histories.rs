//! Which logs of a tenant have two histories; what that means to the fold is `docket_log::forks`.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::ids::{LogId, TenantId};
use docket_log::forks::At;
use docket_log::{Fork, Forks};
use sqlx::{Postgres, Row as _, Transaction};

use super::IngestError;
use super::entry::{fixed, from_sql, to_sql};

struct BranchTail {
    branch: i32,
    shared: u64,
}

/// Reads the histories of those of `logs` that forked.
pub(super) async fn read_forks(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    logs: &BTreeSet<LogId>,
) -> Result<Forks, IngestError> {
    let ids: Vec<&[u8]> = logs.iter().map(|log| &log.0[..]).collect();
    let sql = "SELECT h.log_id, h.branch, h.shared, l.month FROM central.log_heads h \
         JOIN central.logs l ON l.tenant = h.tenant AND l.log_id = h.log_id \
         WHERE h.tenant = $1 AND h.log_id = ANY($2) AND h.branch > 0 ORDER BY h.log_id, h.branch";
    let rows = sqlx::query(sql).bind(tenant.0).bind(ids).fetch_all(&mut **transaction).await?;
    let mut forked: BTreeMap<LogId, (i32, Vec<BranchTail>)> = BTreeMap::new();
    for row in &rows {
        let log = LogId(fixed(row, "log_id")?);
        let tail = BranchTail { branch: row.try_get("branch")?, shared: from_sql(row.try_get("shared")?) };
        forked.entry(log).or_insert((row.try_get("month")?, Vec::new())).1.push(tail);
    }
    let mut forks = Forks::default();
    for (log, (month, branches)) in forked {
        forks.0.insert(log, read_fork(transaction, tenant, log, month, branches).await?);
    }
    Ok(forks)
}

async fn read_fork(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    log: LogId,
    month: i32,
    branches: Vec<BranchTail>,
) -> Result<Fork, IngestError> {
    let shared = branches.iter().map(|tail| tail.shared).min().unwrap_or(0);
    let sql = "SELECT branch, seq, hash FROM central.log_rows WHERE tenant = $1 AND month = $2 AND log_id = $3 \
         AND seq > $4 ORDER BY branch, seq";
    let rows = sqlx::query(sql)
        .bind(tenant.0)
        .bind(month)
        .bind(&log.0[..])
        .bind(to_sql(shared))
        .fetch_all(&mut **transaction)
        .await?;
    let mut kept: BTreeMap<i32, Vec<At>> = BTreeMap::new();
    for row in &rows {
        let at = (from_sql(row.try_get("seq")?), fixed(row, "hash")?);
        kept.entry(row.try_get("branch")?).or_default().push(at);
    }
    let main = kept.remove(&0).unwrap_or_default();
    let behind = |tail: BranchTail| (tail.shared, kept.remove(&tail.branch).unwrap_or_default());
    let branches = branches.into_iter().map(behind).collect();
    let sql = "SELECT r.log_id, r.payload FROM central.logs l JOIN central.log_rows r ON r.tenant = l.tenant \
         AND r.month = l.month AND r.log_id = l.log_id AND r.branch = 0 AND r.seq = 1 \
         WHERE l.tenant = $1 AND r.payload IS NOT NULL AND l.public_key = \
         (SELECT public_key FROM central.logs WHERE tenant = $1 AND log_id = $2) ORDER BY r.clock";
    let rows = sqlx::query(sql).bind(tenant.0).bind(&log.0[..]).fetch_all(&mut **transaction).await?;
    let opening = |row| Ok::<_, sqlx::Error>((LogId(fixed(row, "log_id")?), row.try_get::<&[u8], _>("payload")?));
    let openings = rows.iter().map(opening).collect::<Result<Vec<_>, _>>()?;
    Ok(Fork::new(log, shared, &main, branches, openings))
}
