//! A till that writes real rows: numbered, chained and signed.

use std::collections::BTreeMap;

use docket_central::ingest::{Batch, Source};
use docket_domain::ids::{DeviceId, EventId, OrderId, StoreId, TenantId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::fact::{DeviceClass, Fact, FactBody, Origin};
use docket_domain::order::{DecideContext, Decision, OrderCommand, OrderState, decide};
use docket_domain::shop::{STREAM_KIND, ShopEvent};
use docket_log::{
    DeviceClass as LogClass, DeviceKey, HybridClock, LogId, LogOpened, LogWriter, OpenReason, OpeningDraft,
    Predecessor, Row, RowDraft, SeenVector,
};
use docket_sync::Item;
use docket_testkit::samples;
use uuid::Uuid;

pub const NOON_MS: i64 = 1_780_000_000_000;
pub const DAY: i32 = 20_260_529;

/// Order number `number`.
pub fn order_id(number: u32) -> OrderId {
    OrderId(Uuid::from_u128(0x0ade_0000_0000_7000_8000_0000_0000_0000 + u128::from(number)))
}

/// Opens an order with so many coffees.
pub fn create(order_id: OrderId, label: &str, coffees: u32) -> OrderCommand {
    let OrderCommand::Create { order_type, table, terms, lines, .. } = samples::create_coffees(coffees) else {
        unreachable!("it is the command that creates")
    };
    OrderCommand::Create { order_id, label: label.to_owned(), order_type, table, terms, lines }
}

#[derive(Clone)]
pub struct Till {
    pub number: u8,
    pub device: DeviceId,
    pub tenant: TenantId,
    pub store: StoreId,
    pub class: LogClass,
    pub seed: [u8; 32],
    /// Its letters; from the next log on.
    pub letter: String,
    run: u64,
    now_ms: i64,
    clock: HybridClock,
    ids: u64,
    log: Option<(LogId, docket_log::row::Head)>,
    /// Every row of the log that is open.
    pub rows: Vec<Row>,
    states: BTreeMap<OrderId, OrderState>,
}

impl Till {
    pub fn new(number: u8, tenant: TenantId, store: StoreId) -> Self {
        Self::of_class(number, tenant, store, LogClass::Till)
    }

    pub fn of_class(number: u8, tenant: TenantId, store: StoreId, class: LogClass) -> Self {
        let mut till = Till {
            number,
            device: DeviceId(Uuid::from_u128(0xde00_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))),
            tenant,
            store,
            class,
            seed: [number; 32],
            letter: char::from(b'A' + number % 26).to_string(),
            run: 0,
            now_ms: NOON_MS,
            clock: HybridClock::default(),
            ids: 0,
            log: None,
            rows: Vec::new(),
            states: BTreeMap::new(),
        };
        till.open();
        till
    }

    pub fn key(&self) -> DeviceKey {
        DeviceKey::from_seed(&self.seed).expect("a seed")
    }

    /// Opens a new log, as a start does; gives the rows of the one before.
    pub fn open(&mut self) -> Vec<Row> {
        self.run += 1;
        let before = std::mem::take(&mut self.rows);
        let key = self.key();
        let mut nonce = [self.number; 32];
        nonce[31] = u8::try_from(self.run).expect("a test starts a till a few times");
        let opened = LogOpened {
            public_key: key.public(),
            nonce,
            tenant: self.tenant,
            store: self.store,
            device: self.device,
            device_class: self.class,
            app_version: "test".into(),
            fold_version: 5,
            letter: self.letter.clone(),
            receipt_series: "B-1".into(),
            run: self.run,
            predecessor: before.last().map(|row| Predecessor { log: row.log, seq: row.seq, hash: row.hash }),
            damaged: Vec::new(),
            reason: OpenReason::Start,
        };
        let draft = OpeningDraft {
            event_id: self.next_id(),
            actor: "program:start".into(),
            correlation_id: self.next_id(),
            causation_id: None,
            clock: self.tick(),
            wall_time_ms: self.now_ms,
            business_day: DAY,
        };
        let (writer, row) = LogWriter::try_open(&key, nonce, &opened, draft).expect("it opens");
        self.log = Some((writer.log(), writer.head()));
        self.rows = vec![row];
        before
    }

    fn next_id(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(
            0xe000_0000_0000_7000_8000_0000_0000_0000 + (u128::from(self.number) << 48) + u128::from(self.ids),
        )
    }

    fn tick(&mut self) -> u64 {
        self.now_ms += 1_000;
        self.clock.now(self.now_ms)
    }

    pub fn log(&self) -> LogId {
        self.rows[0].log
    }

    /// Seals rows of one stream as a group.
    pub fn write(
        &mut self,
        kind: &'static str,
        stream: Uuid,
        seen: Option<String>,
        facts: Vec<(Uuid, String, u16, String)>,
    ) {
        let correlation_id = self.next_id();
        let mut seen = Some(seen);
        let drafts = facts.into_iter().map(|(event_id, event_type, schema_version, payload)| RowDraft {
            event_id,
            stream_kind: kind.into(),
            stream_id: stream,
            seen: seen.take().flatten(),
            event_type: event_type.into(),
            schema_version,
            payload,
            actor: "cashier:1@front".into(),
            correlation_id,
            causation_id: None,
            clock: self.tick(),
            wall_time_ms: self.now_ms,
            business_day: DAY,
        });
        let drafts: Vec<RowDraft> = drafts.collect();
        let (log, head) = self.log.expect("a log is open");
        let mut writer = LogWriter::resume(&self.key(), log, head);
        let rows = writer.seal_group(drafts).expect("it seals");
        self.log = Some((log, writer.head()));
        rows.iter().for_each(|row| self.learn(row, self.device, self.class));
        self.rows.extend(rows);
    }

    /// A fact of a type that no program knows.
    pub fn write_unknown(&mut self, order: OrderId) {
        let id = self.next_id();
        self.write("order", order.0, None, vec![(id, "order.teleported".into(), 1, "{}".into())]);
    }

    pub fn write_shop(&mut self, event: &ShopEvent) {
        let id = self.next_id();
        self.write(STREAM_KIND, self.store.0, None, vec![(id, event.event_type().into(), 1, event.payload())]);
    }

    /// Decides a command that has to pass, and writes its facts.
    pub fn run(&mut self, order_id: OrderId, command: &OrderCommand) {
        let state = self.states.entry(order_id).or_insert_with(|| OrderState::new(order_id)).clone();
        let mut ids: Vec<EventId> = (0..64).map(|_| EventId(self.next_id())).collect();
        let mut ids = ids.drain(..);
        let context = DecideContext { device: self.device };
        let decision = decide(state.derive().as_ref(), command, &context, &mut ids).expect("the till allows it");
        let Decision::Events(facts) = decision else { panic!("{command:?} wrote nothing") };
        drop(ids);
        let seen = SeenVector(state.seen_by(self.log()).into_iter().collect()).to_text();
        let facts = facts
            .into_iter()
            .map(|fact| {
                let (kind, version) = (fact.event.event_type().to_owned(), fact.event.schema_version());
                (fact.id.0, kind, version, fact.event.payload())
            })
            .collect();
        self.write("order", order_id.0, seen, facts);
    }

    /// Learns of rows that another device wrote.
    pub fn hear(&mut self, other: &Till) {
        other.rows.iter().for_each(|row| self.learn(row, other.device, other.class));
    }

    /// Learns of rows that head office wrote.
    pub fn learn_central(&mut self, rows: &[Row], tenant: TenantId) {
        rows.iter().for_each(|row| self.learn(row, DeviceId(tenant.0), LogClass::Central));
    }

    fn learn(&mut self, row: &Row, device: DeviceId, class: LogClass) {
        if row.stream_kind != "order" {
            return;
        }
        let class = match class {
            LogClass::Till => DeviceClass::Till,
            LogClass::Kitchen => DeviceClass::Kitchen,
            LogClass::Central => DeviceClass::Central,
        };
        let id = OrderId(row.stream_id);
        self.states.entry(id).or_insert_with(|| OrderState::new(id)).evolve(fact_of(row, device, class));
    }

    /// The order as this till sees it.
    pub fn order(&self, id: OrderId) -> docket_domain::order::Order {
        self.states[&id].derive().expect("it was opened")
    }

    pub fn source(&self, central_key: docket_log::PublicKey) -> Source {
        let class = if self.class == LogClass::Till { DeviceClass::Till } else { DeviceClass::Kitchen };
        Source { tenant: self.tenant, store: self.store, device: self.device, class, central_key }
    }

    /// The rows behind `after`, as one batch.
    pub fn items(&self, after: u64) -> Vec<Item> {
        items(self.rows.iter().filter(|row| row.seq > after))
    }

    pub fn head_seq(&self) -> u64 {
        self.rows.last().map_or(0, |row| row.seq)
    }
}

pub fn items<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<Item> {
    rows.into_iter().map(|row| Item::Row(Box::new(row.clone()))).collect()
}

pub fn batch(source: Source, items: Vec<Item>) -> Batch {
    let log = match &items[0] {
        Item::Row(row) => row.log,
        Item::Stub(stub) => stub.log,
    };
    Batch { source, log, items, traceparent: None }
}

pub fn fact_of(row: &Row, device: DeviceId, class: DeviceClass) -> Fact {
    let body = OrderEvent::decode(&row.event_type, row.schema_version, &row.payload)
        .map_or_else(|_| FactBody::Unknown { event_type: row.event_type.to_string() }, FactBody::Known);
    let seen = row.seen.as_deref().and_then(|text| SeenVector::parse(text).ok()).unwrap_or_default();
    Fact {
        id: EventId(row.event_id),
        origin: Origin { log: row.log, seq: row.seq, device, class },
        seen: seen.0.into_iter().collect(),
        clock: row.clock,
        hash: row.hash.0,
        wall_time_ms: row.wall_time_ms,
        business_day: row.business_day,
        body,
    }
}

/// One batch for each group of a till's log.
pub fn groups(till: &Till, central_key: docket_log::PublicKey) -> Vec<Batch> {
    let groups = till.rows.chunk_by(|row, _| row.signature.is_none());
    groups.map(|group| batch(till.source(central_key), items(group))).collect()
}
