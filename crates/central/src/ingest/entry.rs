//! What head office knows of a log: whose it is, and what of it is held. The log's row is locked, so that two streams
//! that bring the same log take turns.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_domain::order::fact::DeviceClass;
use docket_log::fact::class_from;
use docket_log::{DeviceClass as LogClass, Hash, Head, LogOpened, PublicKey, Row, Signature};
use docket_sync::Item;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::check::{HeldBranch, HeldLog, HeldRow, Objection};
use super::{IngestError, Source};

/// Who wrote a log, and how far it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// The store.
    pub store: StoreId,
    /// The device.
    pub device: DeviceId,
    /// Its class.
    pub class: DeviceClass,
    /// The last row that counts, if the device was revoked.
    pub cut_off: Option<i64>,
}

impl Author {
    /// The author as the fold knows it.
    #[must_use]
    pub fn of_log(&self) -> docket_log::Author {
        docket_log::Author { device: self.device, class: self.class }
    }

    /// Whether row `seq` has an effect.
    #[must_use]
    pub fn counts(&self, seq: u64) -> bool {
        self.cut_off.is_none_or(|last| to_sql(seq) <= last)
    }
}

/// A log as head office knows it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Who wrote it.
    pub author: Author,
    /// The store that its store joined, if it is archived.
    pub joined: Option<StoreId>,
    /// The partition of its rows.
    pub month: i32,
    /// Key and histories.
    pub held: HeldLog,
}

impl Entry {
    /// A log that head office writes and has found at `head` in this transaction, while no other transaction may write it.
    #[must_use]
    pub(crate) fn own(source: &Source, month: i32, head: Head) -> Self {
        let Source { store, device, class, central_key, .. } = *source;
        let mut held = HeldLog::new(central_key);
        held.branches = vec![HeldBranch { branch: 0, shared: 0, head }];
        let row = HeldRow { hash: head.hash, signature: head.signature, stub: false };
        held.rows = BTreeMap::from([((0, head.seq), row)]);
        Entry { author: Author { store, device, class, cut_off: None }, joined: None, month, held }
    }
}

/// PostgreSQL's integers are signed; a seq or clock never reaches the sign bit.
#[must_use]
pub fn to_sql(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The other way; nothing negative is ever stored.
#[must_use]
pub fn from_sql(value: i64) -> u64 {
    value.unsigned_abs()
}

/// Bytes of a fixed length out of a column.
pub(crate) fn fixed<const N: usize>(row: &PgRow, column: &str) -> Result<[u8; N], sqlx::Error> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map_err(|_| sqlx::Error::Decode(format!("{column}: has {} bytes, not {N}", bytes.len()).into()))
}

fn signature(row: &PgRow, column: &str) -> Result<Option<Signature>, sqlx::Error> {
    let bytes: Option<&[u8]> = row.try_get(column)?;
    let fault = |_| sqlx::Error::Decode(format!("{column}: has another length than 64 bytes").into());
    bytes.map(|bytes| bytes.try_into().map(Signature).map_err(fault)).transpose()
}

/// The author of a log whose columns `log_store`, `device`, `device_class` and `cut_off` stand in a row.
pub(super) fn author_of(row: &PgRow) -> Result<Author, sqlx::Error> {
    Ok(Author {
        store: StoreId(row.try_get("log_store")?),
        device: DeviceId(row.try_get("device")?),
        class: class_from(row.try_get("device_class")?),
        cut_off: row.try_get("cut_off")?,
    })
}

const LOCK: &str = "SELECT l.log_id, l.store AS log_store, s.joined, l.device, l.device_class, l.public_key, l.month, \
     CASE WHEN d.revoked_at IS NOT NULL THEN coalesce(c.seq, 0) END AS cut_off \
     FROM central.logs l JOIN central.stores s ON s.tenant = l.tenant AND s.store = l.store \
     LEFT JOIN central.devices d ON d.tenant = l.tenant AND d.device = l.device \
     LEFT JOIN central.device_cut_offs c ON c.tenant = l.tenant AND c.device = l.device AND c.log_id = l.log_id \
     WHERE l.tenant = $1 AND l.log_id = ANY($2) ORDER BY l.log_id FOR UPDATE OF l";

impl Entry {
    /// Whether a source may bring rows of this log: it is one of its store, of one that joined it, or its own.
    ///
    /// # Errors
    /// [`Objection::Refused`]
    pub(super) fn check(&self, source: &Source, items: &[Item]) -> Result<(), Objection> {
        let author = &self.author;
        if author.store == source.store || self.joined == Some(source.store) || author.device == source.device {
            return Ok(());
        }
        let rule = "store: this log belongs to another store".to_owned();
        Err(Objection::Refused { seq: first_of(items), rule })
    }

    /// Whether items go on from the one head, so that nothing else of what is held matters.
    pub(super) fn is_continued(&self, items: &[Item]) -> bool {
        matches!(self.held.branches[..], [only] if only.head.seq + 1 == first_of(items))
    }

    /// Brings what is held around `items` up to date.
    ///
    /// # Errors
    /// [`IngestError`] if the database fails.
    pub(super) async fn look_around(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
        log: LogId,
        items: &[Item],
    ) -> Result<(), IngestError> {
        self.held.rows = rows_around(transaction, tenant, log, self.month, &self.held.branches, items).await?;
        Ok(())
    }
}

/// Finds logs and locks them, in the order of their ids.
///
/// # Errors
/// [`IngestError`] if the database fails.
pub(super) async fn lock(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    logs: &BTreeSet<LogId>,
) -> Result<BTreeMap<LogId, Entry>, IngestError> {
    let ids: Vec<&[u8]> = logs.iter().map(|log| &log.0[..]).collect();
    let rows = sqlx::query(LOCK).bind(tenant.0).bind(&ids).fetch_all(&mut **transaction).await?;
    let mut entries = BTreeMap::new();
    for row in &rows {
        let author = author_of(row)?;
        let joined = row.try_get::<Option<Uuid>, _>("joined")?.map(StoreId);
        let held = HeldLog::new(PublicKey(fixed(row, "public_key")?));
        entries.insert(LogId(fixed(row, "log_id")?), Entry { author, joined, month: row.try_get("month")?, held });
    }
    if entries.is_empty() {
        return Ok(entries);
    }
    // Asked when the logs are locked: what another transaction wrote of them meanwhile is seen.
    let sql = "SELECT log_id, branch, shared, seq, hash, signature FROM central.log_heads \
         WHERE tenant = $1 AND log_id = ANY($2) ORDER BY log_id, branch";
    for row in sqlx::query(sql).bind(tenant.0).bind(&ids).fetch_all(&mut **transaction).await? {
        let seq = from_sql(row.try_get("seq")?);
        let head = Head { seq, hash: Hash(fixed(&row, "hash")?), signature: signature(&row, "signature")? };
        let branch = HeldBranch { branch: row.try_get("branch")?, shared: from_sql(row.try_get("shared")?), head };
        if let Some(entry) = entries.get_mut(&LogId(fixed(&row, "log_id")?)) {
            entry.held.branches.push(branch);
        }
    }
    Ok(entries)
}

fn first_of(items: &[Item]) -> u64 {
    items.first().map_or(1, |item| item.head().seq)
}

/// The rows from the one before the batch to its last. The usual batch goes on from the one head, which says it all.
async fn rows_around(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    log: LogId,
    month: i32,
    branches: &[HeldBranch],
    items: &[Item],
) -> Result<BTreeMap<(i32, u64), HeldRow>, IngestError> {
    let before = first_of(items).saturating_sub(1);
    if let [only] = branches
        && only.head.seq == before
    {
        let held = HeldRow { hash: only.head.hash, signature: only.head.signature, stub: false };
        return Ok(BTreeMap::from([((only.branch, before), held)]));
    }
    let last = items.last().map_or(before, |item| item.head().seq);
    let sql = "SELECT branch, seq, hash, signature, stub_reason IS NOT NULL AS stub FROM central.log_rows \
         WHERE tenant = $1 AND month = $2 AND log_id = $3 AND seq BETWEEN $4 AND $5";
    let rows = sqlx::query(sql)
        .bind(tenant.0)
        .bind(month)
        .bind(&log.0[..])
        .bind(to_sql(before))
        .bind(to_sql(last))
        .fetch_all(&mut **transaction)
        .await?;
    let held = |row: &PgRow| {
        let place = (row.try_get("branch")?, from_sql(row.try_get("seq")?));
        let stub = row.try_get("stub")?;
        Ok((place, HeldRow { hash: Hash(fixed(row, "hash")?), signature: signature(row, "signature")?, stub }))
    };
    rows.iter().map(held).collect()
}

/// A log that is about to be known, as its row 1 says and as far as the source may bring it.
pub(super) struct Opening<'a> {
    /// Row 1.
    pub row: &'a Row,
    /// Its payload.
    pub opened: LogOpened,
}

impl<'a> Opening<'a> {
    /// Reads the first item of a batch of a log that is not known.
    pub(super) fn read(items: &'a [Item]) -> Result<Self, Objection> {
        let refused = |rule: &str| Objection::Refused { seq: 1, rule: rule.to_owned() };
        let row = match items.first() {
            Some(Item::Row(row)) if row.seq == 1 => row,
            Some(Item::Stub(stub)) if stub.seq == 1 => {
                return Err(refused("stub_reason: row 1 states the key and can't be a stub"));
            }
            _ => return Err(Objection::Gap { expected: 1 }),
        };
        let opened: LogOpened = serde_json::from_str(&row.payload)
            .map_err(|_| refused("payload: is not one of log.opened that this program knows"))?;
        Ok(Opening { row, opened })
    }

    /// Whether the source may bring this log: who wrote it is known, and it belongs to the source's store.
    pub(super) async fn check(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        source: &Source,
    ) -> Result<Result<(), Objection>, IngestError> {
        let refused = |rule: &str| Ok(Err(Objection::Refused { seq: 1, rule: rule.to_owned() }));
        let sql = "SELECT provisional_tenant FROM central.stores \
             WHERE tenant = $1 AND store = $2 AND (store = $3 OR joined = $3)";
        let store = sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(self.opened.store.0)
            .bind(source.store.0)
            .fetch_optional(&mut **transaction)
            .await?;
        let Some(store) = store else { return refused("payload: store is not the device's store") };
        let provisional: Option<Uuid> = store.try_get("provisional_tenant")?;
        let from_before = provisional == Some(self.opened.tenant.0);
        if self.opened.tenant != source.tenant && !from_before {
            return refused("payload: tenant is not the device's tenant");
        }
        if self.opened.device_class == LogClass::Central {
            return if self.opened.public_key == source.central_key {
                Ok(Ok(()))
            } else {
                refused("payload: device_class is central, and the key is not head office's")
            };
        }
        let sql = "SELECT public_key, device_class FROM central.devices WHERE tenant = $1 AND device = $2";
        let device = sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(self.opened.device.0)
            .fetch_optional(&mut **transaction)
            .await?;
        match device {
            Some(device) => {
                let known: &str = device.try_get("device_class")?;
                if fixed(&device, "public_key")? != self.opened.public_key.0 {
                    return refused("payload: public_key is not the one that the device was enrolled with");
                }
                if known != self.opened.device_class.as_str() {
                    return refused("payload: device_class is not the one that the device was enrolled with");
                }
                Ok(Ok(()))
            }
            // From before the store was head office's; a kitchen screen has no authority to bring such a log.
            None if from_before && source.class == DeviceClass::Till => Ok(Ok(())),
            None => refused("payload: device is not enrolled"),
        }
    }

    /// Makes the log known; one that another stream made known meanwhile stays as it is.
    pub(super) async fn insert(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        source: &Source,
        month: i32,
    ) -> Result<(), IngestError> {
        let sql = "INSERT INTO central.logs \
             (tenant, log_id, store, device, device_class, public_key, month, own, opened_ms, letter, opened_clock, \
             opened_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
        sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(&self.row.log.0[..])
            .bind(self.opened.store.0)
            .bind(self.opened.device.0)
            .bind(self.opened.device_class.as_str())
            .bind(&self.opened.public_key.0[..])
            .bind(month)
            .bind(self.opened.device_class == LogClass::Central)
            .bind(self.row.wall_time_ms)
            .bind(&self.opened.letter)
            .bind(to_sql(self.row.clock))
            .bind(&self.row.hash.0[..])
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }
}
