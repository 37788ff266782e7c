//! A second device of the store. Its log is real (chained, signed); only the wire is missing until the till has one, so
//! its rows are put into the closed store as a sync would put them there.

use std::path::Path;

use docket_domain::ids::{DeviceId, EventId, LogId, StoreId, TenantId};
use docket_domain::order::OrderEvent;
use docket_domain::shop::{STREAM_KIND, ShopEvent};
use docket_log::wire::row_line;
use docket_log::{
    DeviceClass, DeviceKey, Head, LogOpened, LogWriter, OpenReason, OpeningDraft, Row, RowDraft, SeenVector, clock,
};
use docket_terminal::data::DATABASE;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::{Shop, fresh};

/// Wall time of the peer's acts, and the clock that goes with it: long before the till's, so that no clock decides.
const WALL_MS: i64 = 1_780_000_000_000;
const BUSINESS_DAY: i32 = 20_260_528;

/// The other device.
pub struct Peer {
    log: LogWriter,
    device: DeviceId,
    key: DeviceKey,
    rows: Vec<Row>,
    stored: usize,
    clock: u64,
}

impl Peer {
    /// Another till.
    ///
    /// # Panics
    /// If the log crate refuses the opening.
    #[must_use]
    pub fn till() -> Self {
        Self::with(7, "P", TenantId(fresh()), StoreId(fresh()))
    }

    fn with(number: u8, letter: &str, tenant: TenantId, store: StoreId) -> Self {
        let key = DeviceKey::from_seed(&[number; 32]).expect("a seed has 32 bytes");
        let series = format!("{letter}-{number:02X}{number:02X}{number:02X}");
        Self::of_class(DeviceClass::Till, key, (letter, &series), (tenant, store))
    }

    /// A log of head office in this store.
    #[must_use]
    pub fn central(key: DeviceKey, tenant: TenantId, store: StoreId) -> Self {
        Self::of_class(DeviceClass::Central, key, ("", ""), (tenant, store))
    }

    fn of_class(
        device_class: DeviceClass,
        key: DeviceKey,
        (letter, receipt_series): (&str, &str),
        (tenant, store): (TenantId, StoreId),
    ) -> Self {
        let device = DeviceId(fresh());
        let nonce = [9; 32];
        let opened = LogOpened {
            public_key: key.public(),
            nonce,
            tenant,
            store,
            device,
            device_class,
            app_version: "0.1.0".into(),
            fold_version: 1,
            letter: letter.into(),
            receipt_series: receipt_series.into(),
            run: 1,
            predecessor: None,
            damaged: Vec::new(),
            reason: OpenReason::Start,
        };
        let clock = u64::try_from(WALL_MS).expect("after 1970") << 16;
        let draft = OpeningDraft {
            event_id: fresh(),
            actor: "program:start".into(),
            correlation_id: fresh(),
            causation_id: None,
            clock,
            wall_time_ms: WALL_MS,
            business_day: BUSINESS_DAY,
        };
        let (log, row) = LogWriter::try_open(&key, nonce, &opened, draft).expect("the opening is in bounds");
        Peer { log, device, key, rows: vec![row], stored: 0, clock }
    }

    /// Another till of this shop. The number makes its key; the letter is what its order numbers begin with.
    ///
    /// # Panics
    /// If the shop's folder says no tenant and store.
    #[must_use]
    pub fn of(shop: &Shop, number: u8, letter: &str) -> Self {
        let id = |name: &str| -> Uuid {
            let sql = "SELECT value FROM folder WHERE name = ?1";
            let text: String = shop.on_disk(|store| store.query_row(sql, [name], |row| row.get(0)).expect("an id"));
            text.parse().expect("a UUID")
        };
        Self::with(number, letter, TenantId(id("tenant")), StoreId(id("store")))
    }

    /// The other history of this log that goes on behind its first `rows` rows, as a copied device would write it.
    #[must_use]
    pub fn parted(&self, rows: usize) -> Self {
        let rows = self.rows[..rows].to_vec();
        let log = LogWriter::resume(&self.key, self.log.log(), Head::from(&rows[rows.len() - 1]));
        Peer { log, device: self.device, key: self.key.clone(), rows, stored: 0, clock: self.clock }
    }

    /// Its log.
    #[must_use]
    pub fn id(&self) -> LogId {
        self.log.log()
    }

    /// Its rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Its rows as an export has them.
    #[must_use]
    pub fn export(&self) -> String {
        lines(&self.rows)
    }

    /// Sets the clock of what it writes next, in wall milliseconds.
    pub fn set_clock(&mut self, wall_ms: i64) {
        self.clock = clock::pack(wall_ms, 0);
    }

    /// Writes facts of an order as one group.
    pub fn write_group(&mut self, order: Uuid, events: &[OrderEvent]) -> Vec<EventId> {
        let drafts: Vec<RowDraft> = events
            .iter()
            .map(|event| self.draft(order, event.event_type(), event.schema_version(), event.payload(), None))
            .collect();
        let ids = drafts.iter().map(|draft| EventId(draft.event_id)).collect();
        self.rows.extend(self.log.seal_group(drafts).expect("a few small rows are a group"));
        ids
    }

    /// Writes a fact of an order, as a group of its own. `seen` is the till's log up to where the peer had folded it.
    pub fn write(&mut self, order: Uuid, event: &OrderEvent, seen: Option<(LogId, u64)>) -> EventId {
        self.append(order, event.event_type(), event.schema_version(), event.payload(), seen)
    }

    /// Writes a fact about the shop, as a group of its own.
    ///
    /// # Panics
    /// If the log crate refuses it.
    pub fn write_shop(&mut self, store: StoreId, event: &ShopEvent) {
        let mut draft = self.draft(store.0, event.event_type(), 1, event.payload(), None);
        draft.stream_kind = STREAM_KIND.into();
        self.rows.extend(self.log.seal_group(vec![draft]).expect("one small row is a group"));
    }

    /// Writes a fact of a type that only a newer program knows.
    pub fn write_unknown(&mut self, order: Uuid) -> EventId {
        self.append(order, "order.blessed", 1, "{}".into(), None)
    }

    fn append(
        &mut self,
        order: Uuid,
        name: &'static str,
        version: u16,
        payload: String,
        seen: Option<(LogId, u64)>,
    ) -> EventId {
        let draft = self.draft(order, name, version, payload, seen);
        let id = draft.event_id;
        self.rows.extend(self.log.seal_group(vec![draft]).expect("one small row is a group"));
        EventId(id)
    }

    fn draft(
        &mut self,
        order: Uuid,
        name: &'static str,
        version: u16,
        payload: String,
        seen: Option<(LogId, u64)>,
    ) -> RowDraft {
        self.clock += 1;
        RowDraft {
            event_id: fresh(),
            stream_kind: "order".into(),
            stream_id: order,
            seen: SeenVector(seen.into_iter().collect()).to_text(),
            event_type: name.into(),
            schema_version: version,
            payload,
            actor: format!("cashier:{}@till", fresh().as_simple()),
            correlation_id: fresh(),
            causation_id: None,
            clock: self.clock,
            wall_time_ms: WALL_MS,
            business_day: BUSINESS_DAY,
        }
    }

    /// Puts what was written since the last time into a closed store.
    ///
    /// # Panics
    /// If the store refuses it.
    pub fn deliver(&mut self, data: &Path) {
        let mut connection = Connection::open(data.join(DATABASE)).expect("the store");
        let transaction = connection.transaction().expect("a transaction");
        if self.stored == 0 {
            let sql = "INSERT INTO logs (log_id, public_key, device_id, device_class, own, opened_ms) VALUES (?1, ?2, ?3, 'till', 0, ?4)";
            let key = self.key.public();
            transaction
                .execute(sql, params![&self.log.log().0[..], &key.0[..], &self.device.0.as_bytes()[..], WALL_MS])
                .expect("the log is new");
        }
        for row in &self.rows[self.stored..] {
            insert(&transaction, row);
        }
        let head = self.log.head();
        let sql = "INSERT INTO heads (log_no, seq, hash, signature) SELECT log_no, ?2, ?3, ?4 FROM logs WHERE log_id = ?1 \
                   ON CONFLICT (log_no) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, signature = excluded.signature";
        let signature = self.rows.last().and_then(|row| row.signature).expect("a group ends on a signature");
        let seq = i64::try_from(head.seq).expect("small");
        transaction
            .execute(sql, params![&self.log.log().0[..], seq, &head.hash.0[..], &signature.0[..]])
            .expect("a head");
        let fresh = i64::try_from(self.rows.len() - self.stored).expect("small");
        transaction
            .execute("UPDATE counters SET value = value + ?1 WHERE name = 'events'", [fresh])
            .expect("a counter");
        transaction.commit().expect("a commit");
        self.stored = self.rows.len();
    }
}

/// Rows as an export has them.
#[must_use]
pub fn lines(rows: &[Row]) -> String {
    rows.iter().map(|row| row_line(row) + "\n").collect()
}

fn insert(connection: &Connection, row: &Row) {
    let sql = "INSERT INTO events (log_id, seq, event_id, stream_kind, stream_id, seen, event_type, schema_version, payload, \
               actor, correlation_id, causation_id, clock, wall_time_ms, business_day, hash, signature) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL, ?12, ?13, ?14, ?15, ?16)";
    let signature = row.signature.map(|signature| signature.0.to_vec());
    connection
        .execute(
            sql,
            params![
                &row.log.0[..],
                i64::try_from(row.seq).expect("small"),
                &row.event_id.as_bytes()[..],
                &*row.stream_kind,
                &row.stream_id.as_bytes()[..],
                row.seen,
                &*row.event_type,
                row.schema_version,
                row.payload,
                row.actor,
                &row.correlation_id.as_bytes()[..],
                i64::try_from(row.clock).expect("in range"),
                row.wall_time_ms,
                row.business_day,
                &row.hash.0[..],
                signature,
            ],
        )
        .expect("a row");
}
