//! Signed logs of many devices. What they say was sold once by a real till (`play --bulk`); each device seals it anew
//! with its own key, under other ids, so that every row verifies and no two devices share an order.

use std::path::Path;
use std::sync::Arc;

use docket_domain::ids::LogId;
use docket_log::limits::BATCH_ROWS;
use docket_log::{DeviceClass, LogOpened, LogWriter, OpenReason, OpeningDraft, Row, RowDraft};
use docket_sync::v1::Rows;
use docket_sync::{Item, rows_to};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::error::BenchError;
use crate::office::device::Device;
use crate::rig;

/// Bits of the counter in a hybrid clock.
const COUNTER_BITS: u32 = 16;

/// What was sold, group by group.
pub struct Sold {
    groups: Vec<Vec<RowDraft>>,
    /// Milliseconds from the first to beyond the last.
    span_ms: u64,
}

impl Sold {
    /// Reads the groups about orders of a till that nobody writes to now.
    pub fn read(till: &Path) -> Result<Arc<Self>, BenchError> {
        let connection = Connection::open_with_flags(rig::database(till), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut statement = connection.prepare(
            "SELECT event_id, stream_kind, stream_id, event_type, schema_version, payload, actor, correlation_id, \
             causation_id, clock, wall_time_ms, business_day, signature IS NOT NULL FROM events ORDER BY log_id, seq",
        )?;
        let id = |bytes: Vec<u8>| Uuid::from_slice(&bytes).unwrap_or_default();
        let rows = statement.query_map([], |row| {
            let draft = RowDraft {
                event_id: id(row.get(0)?),
                stream_kind: row.get::<_, String>(1)?.into(),
                stream_id: id(row.get(2)?),
                // One device saw nobody else.
                seen: None,
                event_type: row.get::<_, String>(3)?.into(),
                schema_version: row.get(4)?,
                payload: row.get(5)?,
                actor: row.get(6)?,
                correlation_id: id(row.get(7)?),
                causation_id: row.get::<_, Option<Vec<u8>>>(8)?.map(id),
                clock: row.get::<_, i64>(9)?.unsigned_abs(),
                wall_time_ms: row.get(10)?,
                business_day: row.get(11)?,
            };
            Ok((draft, row.get::<_, bool>(12)?))
        })?;
        let (mut groups, mut open) = (Vec::new(), Vec::new());
        for row in rows {
            let (draft, ends) = row?;
            open.push(draft);
            if ends {
                groups.push(std::mem::take(&mut open));
            }
        }
        groups.retain(|group: &Vec<RowDraft>| group.iter().all(|row| row.stream_kind == "order"));
        let times = || groups.iter().flatten().map(|row| row.wall_time_ms.unsigned_abs());
        let span_ms = times().max().unwrap_or(0) - times().min().unwrap_or(0) + 1;
        if groups.is_empty() {
            return Err(BenchError::NotComparable("the till has sold nothing".into()));
        }
        Ok(Arc::new(Self { groups, span_ms }))
    }
}

/// The log of one device, as far as it was written.
pub struct Log {
    sold: Arc<Sold>,
    writer: LogWriter,
    /// Row 1, until it was given away.
    opening: Option<Row>,
    device: u32,
    /// How often all that was sold has been sold again.
    lap: u32,
    next: usize,
}

impl Log {
    /// Opens the log of a device.
    pub fn open(device: &Device, sold: &Arc<Sold>) -> Result<Self, BenchError> {
        let nonce = [9; 32];
        let opened = LogOpened {
            public_key: device.key.public(),
            nonce,
            tenant: device.tenant,
            store: device.store,
            device: device.id,
            device_class: DeviceClass::Till,
            app_version: "bench".into(),
            fold_version: 1,
            letter: "A".into(),
            receipt_series: "A".into(),
            run: 1,
            predecessor: None,
            damaged: Vec::new(),
            reason: OpenReason::Start,
        };
        let first = &sold.groups[0][0];
        let draft = OpeningDraft {
            event_id: device.id.0,
            actor: "program:start".into(),
            correlation_id: device.id.0,
            causation_id: None,
            clock: first.clock,
            wall_time_ms: first.wall_time_ms,
            business_day: first.business_day,
        };
        let opened = LogWriter::try_open(&device.key, nonce, &opened, draft);
        let (writer, row) = opened.map_err(|error| BenchError::NotComparable(error.to_string()))?;
        Ok(Self { sold: sold.clone(), writer, opening: Some(row), device: device.number, lap: 0, next: 0 })
    }

    /// Whose rows these are.
    pub fn id(&self) -> LogId {
        self.writer.log()
    }

    /// The next whole groups, about as many rows as a till sends at a time.
    pub fn batch(&mut self) -> Result<Rows, BenchError> {
        let mut items: Vec<Item> = self.opening.take().map(|row| Item::Row(Box::new(row))).into_iter().collect();
        while items.len() + self.sold.groups[self.next].len() <= BATCH_ROWS {
            let drafts = self.sold.groups[self.next].iter().map(|draft| self.own(draft)).collect();
            let rows = self.writer.seal_group(drafts).map_err(|error| BenchError::NotComparable(error.to_string()))?;
            items.extend(rows.into_iter().map(|row| Item::Row(Box::new(row))));
            self.next += 1;
            if self.next == self.sold.groups.len() {
                (self.next, self.lap) = (0, self.lap + 1);
            }
        }
        Ok(rows_to(self.id(), &items, String::new()))
    }

    /// Batches of at least so many events together; and how many they are.
    pub fn batches(&mut self, events: u64) -> Result<(Vec<Rows>, u64), BenchError> {
        let (mut batches, mut count) = (Vec::new(), 0);
        while count < events {
            let batch = self.batch()?;
            count += u64::try_from(batch.rows.len()).unwrap_or(u64::MAX);
            batches.push(batch);
        }
        Ok((batches, count))
    }

    /// A row with this device's ids, in this lap's time.
    fn own(&self, draft: &RowDraft) -> RowDraft {
        let salt = u128::from(self.device + 1) << 32 | u128::from(self.lap);
        // The upper half keeps the time that orders the ids; the lower one was drawn by chance.
        let id = |id: Uuid| Uuid::from_u128(id.as_u128() ^ salt);
        let later_ms = u64::from(self.lap) * self.sold.span_ms;
        RowDraft {
            event_id: id(draft.event_id),
            stream_id: id(draft.stream_id),
            correlation_id: id(draft.correlation_id),
            causation_id: draft.causation_id.map(id),
            clock: draft.clock + (later_ms << COUNTER_BITS),
            wall_time_ms: draft.wall_time_ms.saturating_add_unsigned(later_ms),
            ..draft.clone()
        }
    }
}
