//! Rows that can't be trusted: listed, told in the log, and sold on.

use docket_contracts::Topic;
use docket_domain::ids::LogId;
use docket_domain::shop::{DamageFound, ShopEvent};
use docket_log::limits::DAMAGED_ROWS_MAX;
use docket_log::{Damage, DamageReason, DamagedRow, Stub};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::actor::Actor;
use crate::clock::{new_id, wall_ms};
use crate::error::StoreError;
use crate::limits::DAMAGE_FACTS_MAX;
use crate::terminal::Terminal;
use crate::writer::Writer;

/// A row that can't be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRow {
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    /// How many rows from `seq` on.
    pub(crate) rows: u64,
    pub(crate) reason: DamageReason,
    pub(crate) text: String,
    /// What travels in the row's place; `None` if not even its hash can be read.
    pub(crate) stub: Option<Stub>,
}

impl From<Damage> for BadRow {
    fn from(damage: Damage) -> Self {
        let text = damage.to_string();
        BadRow { log: damage.log(), seq: damage.seq(), rows: 1, reason: damage.reason(), text, stub: None }
    }
}

impl BadRow {
    pub(super) fn unreadable(log: LogId, seq: u64) -> Self {
        Self::unreadable_rows(log, seq, 1)
    }

    pub(super) fn unreadable_rows(log: LogId, seq: u64, rows: u64) -> Self {
        let text = if rows == 1 {
            format!("log {log}: row {seq} can't be read")
        } else {
            format!("log {log}: rows {seq} to {} can't be read", seq + rows - 1)
        };
        BadRow { log, seq, rows, reason: DamageReason::Unreadable, text, stub: None }
    }

    pub(crate) fn reason_text(&self) -> String {
        format!("{:?}", self.reason).to_lowercase()
    }
}

impl Terminal {
    /// Lists damaged rows and tells of them in the log. Damage in the open log closes it: a new one begins at once.
    pub(crate) async fn note_damage(&self, damage: Vec<BadRow>) {
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
    // All are listed in the store; a disk that lost thousands of rows needs no thousand facts to say so.
    let facts = fresh
        .iter()
        .take(DAMAGE_FACTS_MAX)
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
    for damage in fresh.iter().filter(|damage| damage.log == open).take(DAMAGED_ROWS_MAX) {
        let hash = damage.stub.map(|stub| stub.hash);
        closes.push(DamagedRow { log: damage.log, seq: damage.seq, hash, reason: damage.reason });
    }
    writer.in_transaction(|writer| {
        for damage in &fresh {
            writer.connection.execute(
                "INSERT INTO damaged_rows (log_id, seq, hash, reason, found_ms) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                params![
                    &damage.log.0[..],
                    i64::try_from(damage.seq).unwrap_or(i64::MAX),
                    damage.stub.map(|stub| stub.hash.0.to_vec()),
                    damage.reason_text(),
                    wall_ms()
                ],
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
