//! Rows that can't be trusted: listed, told in the log, and sold on.

use docket_contracts::Topic;
use docket_domain::ids::LogId;
use docket_domain::shop::{DamageFound, ShopEvent};
use docket_log::{Damage, DamageReason, DamagedRow};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::actor::Actor;
use crate::clock::{new_id, wall_ms};
use crate::error::StoreError;
use crate::terminal::Terminal;
use crate::writer::Writer;

/// A row that can't be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    pub(crate) reason: DamageReason,
    pub(crate) text: String,
}

impl From<Damage> for BadRow {
    fn from(damage: Damage) -> Self {
        BadRow { log: damage.log(), seq: damage.seq(), reason: damage.reason(), text: damage.to_string() }
    }
}

impl BadRow {
    pub(super) fn unreadable(log: LogId, seq: u64) -> Self {
        BadRow { log, seq, reason: DamageReason::Unreadable, text: format!("row {seq} of log {log} can't be read") }
    }

    pub(crate) fn reason_text(&self) -> String {
        format!("{:?}", self.reason).to_lowercase()
    }
}

impl Terminal {
    /// Lists damaged rows and tells of them in the log. Damage in the open log closes it: a new one begins at once.
    pub(super) async fn note_damage(&self, damage: Vec<BadRow>) {
        let noted = self.inner.writer.task(move |writer| note_damage(writer, &damage)).await;
        match noted {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the damage could not be noted")
            }
            Err(error) => tracing::error!(%error, "the damage could not be noted"),
        }
    }
}

fn note_damage(writer: &mut Writer, damage: &[BadRow]) -> Result<(), StoreError> {
    let fresh: Vec<&BadRow> =
        damage.iter().filter(|damage| !is_known(&writer.connection, damage).unwrap_or(false)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let facts = fresh
        .iter()
        .map(|damage| {
            ShopEvent::DamageFound(DamageFound {
                log: damage.log.to_string(),
                seq: damage.seq,
                reason: damage.reason_text(),
            })
        })
        .collect();
    let open = writer.log.log();
    let mut closes = Vec::new();
    for damage in fresh.iter().filter(|damage| damage.log == open) {
        closes.push(DamagedRow { log: damage.log, seq: damage.seq, hash: None, reason: damage.reason });
    }
    writer.in_transaction(|writer| {
        for damage in &fresh {
            writer.connection.execute(
                "INSERT INTO damaged_rows (log_id, seq, hash, reason, found_ms) VALUES (?1, ?2, NULL, ?3, ?4) ON CONFLICT DO NOTHING",
                params![&damage.log.0[..], i64::try_from(damage.seq).unwrap_or(i64::MAX), damage.reason_text(), wall_ms()],
            )?;
        }
        let rotated = if closes.is_empty() { 0 } else { writer.rotate(closes)? };
        writer.append_shop_events(facts, &Actor::Program("verify"), new_id()).map(|(rows, _)| rows + rotated)
    })?;
    writer.shared.feed.publish(vec![Topic::Status], None);
    Ok(())
}

fn is_known(connection: &Connection, damage: &BadRow) -> Result<bool, StoreError> {
    let found: Option<i64> = connection
        .query_row(
            "SELECT 1 FROM damaged_rows WHERE log_id = ?1 AND seq = ?2",
            params![&damage.log.0[..], i64::try_from(damage.seq).unwrap_or(i64::MAX)],
            |row| row.get(0),
        )
        .optional()?;
    Ok(found.is_some())
}
