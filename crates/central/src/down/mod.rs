//! What head office writes itself: a log per store and process, signed by the tenant's key. Its rows take the way of all
//! rows through ingest, and go down to the tills of the store.

mod catalogue;
mod order;
mod publish;

pub use order::{OrderDoorError, OrderFile, OrderLine, add_order};
pub use publish::{PublishError, publish_catalogue};

use std::borrow::Cow;

use chrono_tz::Tz;
use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_domain::order::fact::DeviceClass;
use docket_log::{
    DeviceClass as LogClass, DeviceKey, GroupError, HybridClock, LogOpened, LogWriter, OpenError, OpenReason,
    OpeningDraft, Row, RowDraft,
};
use docket_sync::Item;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use crate::clock::{NoRandomness, business_day, new_id, random, wall_ms};
use crate::ingest::{Batch, Ingest, IngestError, Source};
use crate::limits::CUT_OVER_MINUTES_DEFAULT;

/// The channel on which stores with new rows are named.
pub const CHANNEL: &str = "docket_down";

/// The version of the fold that this program has; a log's first row states it.
const FOLD_VERSION: u32 = 5;

/// Why head office could not write a row.
#[derive(Debug, thiserror::Error)]
pub enum OwnLogError {
    /// The database failed, or the rows were not taken.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// Row 1 can't be written.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A group can't be written.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The store is not known, or is archived.
    #[error("store: {0} is not a live store of this tenant")]
    UnknownStore(StoreId),
    /// Ingest objects to what head office wrote.
    #[error("row {seq}: {rule}")]
    Refused {
        /// The row.
        seq: u64,
        /// Column and rule.
        rule: String,
    },
}

/// Head office's log of one store, while this process writes it.
#[derive(Debug)]
pub struct OwnLog {
    source: Source,
    writer: LogWriter,
    clock: HybridClock,
    zone: Tz,
    cut_over_minutes: i32,
    /// Sealed, and not stored yet.
    rows: Vec<Item>,
}

/// What a fact is before it has a place.
pub(crate) struct Draft {
    pub(crate) event_id: Uuid,
    pub(crate) stream_kind: &'static str,
    pub(crate) stream_id: Uuid,
    pub(crate) event_type: Cow<'static, str>,
    pub(crate) schema_version: u16,
    pub(crate) payload: String,
}

impl OwnLog {
    /// Opens a new log of head office in a live store.
    ///
    /// # Errors
    /// [`OwnLogError`].
    pub async fn open(ingest: &Ingest, tenant: TenantId, store: StoreId, key: &DeviceKey) -> Result<Self, OwnLogError> {
        let mut transaction = ingest.database().tenant(tenant).await?;
        let (zone, cut_over_minutes) = zone_of(&mut transaction, tenant, store).await?;
        transaction.commit().await?;
        let mut clock = HybridClock::default();
        let (now, nonce) = (wall_ms(), random()?);
        let device = DeviceId(tenant.0);
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
            business_day: business_day(now, zone, cut_over_minutes),
        };
        let (writer, row) = LogWriter::try_open(key, nonce, &opened, draft)?;
        let source = Source { tenant, store, device, class: DeviceClass::Central, central_key: key.public() };
        Ok(OwnLog { source, writer, clock, zone, cut_over_minutes, rows: vec![Item::Row(Box::new(row))] })
    }

    /// The business day now.
    #[must_use]
    pub fn business_day(&self) -> i32 {
        business_day(wall_ms(), self.zone, self.cut_over_minutes)
    }

    /// Seals one group; it is stored by [`OwnLog::store`].
    ///
    /// # Errors
    /// [`OwnLogError::Group`]; nothing was taken.
    pub(crate) fn write(
        &mut self,
        drafts: Vec<Draft>,
        actor: &str,
        correlation: Uuid,
    ) -> Result<Vec<Row>, OwnLogError> {
        let (now, day) = (wall_ms(), self.business_day());
        let drafts = drafts.into_iter().map(|draft| RowDraft {
            event_id: draft.event_id,
            stream_kind: draft.stream_kind.into(),
            stream_id: draft.stream_id,
            seen: None,
            event_type: draft.event_type,
            schema_version: draft.schema_version,
            payload: draft.payload,
            actor: actor.to_owned(),
            correlation_id: correlation,
            causation_id: None,
            clock: self.clock.now(now),
            wall_time_ms: now,
            business_day: day,
        });
        let drafts = drafts.collect();
        let rows = self.writer.seal_group(drafts)?;
        self.rows.extend(rows.iter().cloned().map(|row| Item::Row(Box::new(row))));
        Ok(rows)
    }

    /// Stores what was sealed, and tells the streams of the store.
    ///
    /// # Errors
    /// [`OwnLogError`]; it may be called again.
    pub async fn store(&mut self, ingest: &Ingest) -> Result<(), OwnLogError> {
        let batch = Batch { source: self.source, log: self.writer.log(), items: self.rows.clone(), traceparent: None };
        let verdict = ingest.take(self.source.tenant, &[batch]).await.pop().ok_or(IngestError::Closed)??;
        if let Some(refusal) = verdict.refused {
            return Err(OwnLogError::Refused { seq: refusal.seq, rule: refusal.rule });
        }
        self.rows.clear();
        sqlx::query("SELECT pg_notify($1, $2)")
            .bind(CHANNEL)
            .bind(self.source.store.0.to_string())
            .execute(ingest.database().pool())
            .await?;
        Ok(())
    }
}

async fn zone_of(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
) -> Result<(Tz, i32), OwnLogError> {
    let sql =
        "SELECT time_zone, cut_over_minutes FROM central.stores WHERE tenant = $1 AND store = $2 AND state = 'live'";
    let row = sqlx::query(sql).bind(tenant.0).bind(store.0).fetch_optional(&mut **transaction).await?;
    let row = row.ok_or(OwnLogError::UnknownStore(store))?;
    let zone: Option<String> = row.try_get("time_zone")?;
    let cut_over: Option<i32> = row.try_get("cut_over_minutes")?;
    // A store that was not set up yet has no zone; its days are those of UTC till then.
    Ok((zone.and_then(|zone| zone.parse().ok()).unwrap_or(Tz::UTC), cut_over.unwrap_or(CUT_OVER_MINUTES_DEFAULT)))
}
