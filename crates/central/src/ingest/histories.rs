//! What the fold has to know of logs beyond who wrote them: which have two histories, and whose letter another device
//! carries too. What the first means to the fold is `docket_log::forks`, what the second does to a number `letters`.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::ids::{LogId, TenantId};
use docket_domain::order::fact::Fact;
use docket_log::forks::At;
use docket_log::letters::LabelMarks;
use docket_log::{Fork, Forks};
use sqlx::{Postgres, Row as _, Transaction};

use super::IngestError;
use super::entry::{fixed, from_sql, to_sql};

struct BranchTail {
    branch: i32,
    shared: u64,
}

/// What is known of some logs.
pub(super) struct Histories {
    forks: Forks,
    marks: LabelMarks,
}

impl Histories {
    /// Reads it of those of `logs` that forked, or whose numbers have a mark.
    pub(super) async fn read(
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
        logs: &BTreeSet<LogId>,
    ) -> Result<Self, IngestError> {
        if logs.is_empty() {
            return Ok(Histories { forks: Forks::default(), marks: LabelMarks::default() });
        }
        let ids: Vec<&[u8]> = logs.iter().map(|log| &log.0[..]).collect();
        let sql = "SELECT l.log_id, l.month, l.label_mark, h.branch, h.shared FROM central.logs l \
             LEFT JOIN central.log_heads h ON h.tenant = l.tenant AND h.log_id = l.log_id AND h.branch > 0 \
             WHERE l.tenant = $1 AND l.log_id = ANY($2) AND (h.branch IS NOT NULL OR l.label_mark > 1) \
             ORDER BY l.log_id, h.branch";
        let rows = sqlx::query(sql).bind(tenant.0).bind(ids).fetch_all(&mut **transaction).await?;
        let mut forked: BTreeMap<LogId, (i32, Vec<BranchTail>)> = BTreeMap::new();
        let mut histories = Histories { forks: Forks::default(), marks: LabelMarks::default() };
        for row in &rows {
            let log = LogId(fixed(row, "log_id")?);
            histories.marks.insert(log, row.try_get::<i32, _>("label_mark")?.unsigned_abs());
            if let Some(branch) = row.try_get("branch")? {
                let tail = BranchTail { branch, shared: from_sql(row.try_get("shared")?) };
                forked.entry(log).or_insert((row.try_get("month")?, Vec::new())).1.push(tail);
            }
        }
        for (log, (month, branches)) in forked {
            let fork = read_fork(transaction, tenant, log, month, branches).await?;
            histories.forks.0.insert(log, fork);
        }
        Ok(histories)
    }

    /// Gives the facts of one order their marks and their stretches.
    pub(super) fn place(&self, facts: &mut [Fact]) {
        self.marks.place(facts);
        self.forks.place(facts);
    }
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
