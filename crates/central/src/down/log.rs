//! One log of head office while this process writes it: it numbers, chains and signs. Storing is the caller's.

use chrono_tz::Tz;
use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_domain::order::fact::DeviceClass;
use docket_log::{
    DeviceClass as LogClass, DeviceKey, Head, HybridClock, LogOpened, LogWriter, OpenReason, OpeningDraft, Row,
    RowDraft,
};
use docket_sync::Item;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{Draft, OwnLogError};
use crate::clock::{business_day, new_id, random, wall_ms};
use crate::ingest::entry::Entry;
use crate::ingest::{Batch, Source};
use crate::limits::CUT_OVER_MINUTES_DEFAULT;

/// The version of the fold that this program has; a log's first row states it.
const FOLD_VERSION: u32 = 5;

/// When the days of a store begin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Days {
    zone: Tz,
    /// Whether the store stated its zone.
    stated: bool,
    cut_over_minutes: i32,
}

impl Days {
    /// As the store's row says.
    ///
    /// # Errors
    /// If a column is not of its type.
    pub(super) fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        let zone: Option<String> = row.try_get("time_zone")?;
        let cut_over: Option<i32> = row.try_get("cut_over_minutes")?;
        let zone: Option<Tz> = zone.and_then(|zone| zone.parse().ok());
        // A store that was not set up yet has no zone; its days are those of UTC till then.
        let days = Days {
            zone: zone.unwrap_or(Tz::UTC),
            stated: zone.is_some(),
            cut_over_minutes: cut_over.unwrap_or(CUT_OVER_MINUTES_DEFAULT),
        };
        Ok(days)
    }

    /// A business day that no store is behind at a wall time: the last zone and the latest cut-over are 36 hours behind UTC.
    pub(super) fn oldest(wall_ms: i64) -> i32 {
        business_day(wall_ms - 2 * 86_400_000, Tz::UTC, 0)
    }

    /// The zone that the store stated.
    pub(super) fn zone(&self) -> Option<Tz> {
        self.stated.then_some(self.zone)
    }

    /// The business day of a wall time.
    pub(super) fn day(&self, wall_ms: i64) -> i32 {
        business_day(wall_ms, self.zone, self.cut_over_minutes)
    }
}

/// A log of head office.
#[derive(Debug)]
pub(super) struct OwnLog {
    source: Source,
    writer: LogWriter,
    clock: HybridClock,
    /// Row 1, until it is stored with the first group.
    opening: Option<Row>,
    /// The partition of its rows, once they are stored.
    month: Option<i32>,
}

impl OwnLog {
    /// Opens a new log in a store. Nothing is stored yet.
    pub(super) fn open(
        tenant: TenantId,
        store: StoreId,
        key: &DeviceKey,
        days: Days,
        mut clock: HybridClock,
    ) -> Result<Self, OwnLogError> {
        let (now, nonce, device) = (wall_ms(), random()?, DeviceId(tenant.0));
        let opened = LogOpened {
            public_key: key.public(),
            nonce,
            tenant,
            store,
            device,
            device_class: LogClass::Central,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            fold_version: FOLD_VERSION,
            letter: String::new(),
            receipt_series: String::new(),
            run: 1,
            predecessor: None,
            damaged: Vec::new(),
            reason: OpenReason::Start,
        };
        let draft = OpeningDraft {
            event_id: new_id(),
            actor: "program:central".to_owned(),
            correlation_id: new_id(),
            causation_id: None,
            clock: clock.now(now),
            wall_time_ms: now,
            business_day: days.day(now),
        };
        let (writer, row) = LogWriter::try_open(key, nonce, &opened, draft)?;
        let source = Source { tenant, store, device, class: DeviceClass::Central, central_key: key.public() };
        Ok(OwnLog { source, writer, clock, opening: Some(row), month: None })
    }

    /// Which log it is.
    pub(super) fn id(&self) -> LogId {
        self.writer.log()
    }

    /// The tail that the next group follows.
    pub(super) fn head(&self) -> Head {
        self.writer.head()
    }

    /// Its clock, for the log that takes its place.
    pub(super) fn clock(&self) -> HybridClock {
        self.clock
    }

    /// Whether nothing of it was ever sent to the database.
    pub(super) fn is_unstored(&self) -> bool {
        self.opening.is_some()
    }

    /// Its rows are stored, the first ones in the partition of this month; gives the partition of all.
    pub(super) fn is_stored_in(&mut self, month: i32) -> i32 {
        *self.month.get_or_insert(month)
    }

    /// The log as it is held when its head is the one here; none while nothing of it is stored.
    pub(super) fn entry(&self) -> Option<Entry> {
        self.month.map(|month| Entry::own(&self.source, month, self.writer.head()))
    }

    /// Takes note of a stamp that was seen. One that runs too far ahead is not adopted.
    pub(super) fn observe(&mut self, clock: u64) {
        if let Err(error) = self.clock.observe(clock, wall_ms()) {
            tracing::warn!(error = &error as &dyn std::error::Error, "a clock is not followed");
        }
    }

    /// Seals one group; gives its rows, and what is to be stored.
    ///
    /// # Errors
    /// [`OwnLogError::Group`]; nothing was taken.
    pub(super) fn seal(
        &mut self,
        drafts: Vec<Draft>,
        actor: &str,
        correlation: Uuid,
        days: Days,
    ) -> Result<(Vec<Row>, Batch), OwnLogError> {
        let now = wall_ms();
        let drafts = drafts.into_iter().map(|draft| RowDraft {
            event_id: draft.event_id,
            stream_kind: draft.stream_kind.into(),
            stream_id: draft.stream_id,
            seen: draft.seen,
            event_type: draft.event_type,
            schema_version: draft.schema_version,
            payload: draft.payload,
            actor: actor.to_owned(),
            correlation_id: correlation,
            causation_id: None,
            clock: self.clock.now(now),
            wall_time_ms: now,
            business_day: days.day(now),
        });
        let rows = self.writer.seal_group(drafts.collect())?;
        let items = self.opening.take().into_iter().chain(rows.iter().cloned());
        let items = items.map(|row| Item::Row(Box::new(row))).collect();
        Ok((rows, Batch { source: self.source, log: self.writer.log(), items, traceparent: None }))
    }
}
