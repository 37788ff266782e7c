//! The whole event history of one order: who, when, what, device, level.

use docket_contracts::ApiError;
use docket_contracts::view::HistoryEntry;
use docket_domain::ids::{LogId, OrderId};
use sqlx::Row as _;

use super::order::bytes;
use crate::actor;
use crate::error::StoreError;
use crate::limits::HISTORY_MAX;
use crate::terminal::Terminal;

impl Terminal {
    pub(super) async fn history(&self, order_id: OrderId) -> Result<Vec<HistoryEntry>, ApiError> {
        let found = self.find(order_id).await?;
        let marks = self.watermarks().await?;
        let names = self.shop().names.clone();
        let mut rows = found.rows;
        // Time as the devices saw it; ties and clocks that were wrong fall back to the log's own order.
        rows.sort_by_key(|row| (row.clock, row.log, row.seq));
        rows.truncate(usize::try_from(HISTORY_MAX).unwrap_or(usize::MAX));
        let entries = rows.into_iter().map(|row| {
            let by = actor::parse(&row.actor);
            let device = found
                .authors
                .iter()
                .find(|(log, _)| *log == row.log)
                .map_or_else(String::new, |(_, author)| author.device.to_string());
            HistoryEntry {
                event_id: docket_domain::ids::EventId(row.event_id),
                log: row.log.to_string(),
                seq: row.seq,
                event_type: row.event_type.into_owned(),
                payload: row.payload,
                person: by.person_id.and_then(|id| names.get(&id).cloned()),
                role: Some(by.role).filter(|role| !role.is_empty()),
                station: by.station,
                device,
                at_ms: row.wall_time_ms,
                level: level(&marks, row.log, row.seq).to_owned(),
                hash: hex::encode(row.hash.0),
            }
        });
        Ok(entries.collect())
    }

    async fn watermarks(&self) -> Result<Vec<(LogId, String, u64)>, ApiError> {
        let rows = sqlx::query("SELECT log_id, level, seq FROM levels JOIN logs USING (log_no)")
            .fetch_all(&self.inner.readers)
            .await
            .map_err(StoreError::from)?;
        rows.iter()
            .map(|row| {
                let seq: i64 = row.try_get(2)?;
                Ok((LogId(bytes(row, 0)?), row.try_get(1)?, u64::try_from(seq).unwrap_or(0)))
            })
            .collect::<Result<_, StoreError>>()
            .map_err(ApiError::from)
    }
}

fn level(marks: &[(LogId, String, u64)], log: LogId, seq: u64) -> &'static str {
    let reached = |level: &str| marks.iter().any(|(marked, name, to)| *marked == log && name == level && *to >= seq);
    if reached("C") {
        "C"
    } else if reached("P") {
        "P"
    } else {
        "L"
    }
}
