//! A till: a durable store with rows, outbox and marks, a writer that really seals, and the real engine of the uplink.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_log::replication::{Branch, Lowered, Peer, Raised, Range, RowSize, Uplink, cut};
use docket_log::{DeviceClass, DeviceKey, LogOpened, LogWriter, OpenReason, OpeningDraft, Predecessor, Row, RowDraft};
use uuid::Uuid;

use crate::histories::{Histories, History};
use docket_testkit::dice::Dice;

/// Batches that may be under way.
const IN_FLIGHT: usize = 3;
const DAY: i32 = 20_260_528;

/// What a till's disk holds.
#[derive(Debug, Clone, Default)]
pub struct Store {
    /// Rows.
    pub logs: Histories,
    /// Rows that wait, of first histories; marks of others are found out with each hello.
    pub outbox: BTreeSet<(LogId, u64)>,
    /// How far head office holds each log.
    pub marks: BTreeMap<LogId, u64>,
    run: u64,
    /// The log that was written last.
    current: Option<LogId>,
}

/// A till that runs, or lies dead.
pub struct Till {
    /// Its number.
    pub number: usize,
    key: DeviceKey,
    device: DeviceId,
    /// Its disk.
    pub store: Store,
    /// A copy of the disk that somebody made.
    pub copy: Option<Store>,
    /// What a restore replaced; it may turn up again.
    pub lost: Option<Store>,
    /// The engine; none while the till is off.
    pub engine: Option<Uplink>,
    writer: Option<LogWriter>,
    /// The connection, by number.
    pub session: Option<u64>,
    /// Marks that rose and are not on the disk yet.
    pub raised: BTreeMap<LogId, u64>,
}

impl Till {
    /// A till that was never started.
    pub fn new(number: usize, dice: &mut Dice) -> Self {
        let seed: Vec<u8> = (0..4).flat_map(|_| dice.bits().to_be_bytes()).collect();
        Till {
            number,
            key: DeviceKey::from_seed(&seed).expect("32 bytes are a seed"),
            device: DeviceId(dice.id()),
            store: Store::default(),
            copy: None,
            lost: None,
            engine: None,
            writer: None,
            session: None,
            raised: BTreeMap::new(),
        }
    }

    /// The log that is being written.
    pub fn current(&self) -> Option<LogId> {
        self.writer.as_ref().map(LogWriter::log)
    }

    /// The process starts: the engine learns what the disk holds, and a new log begins.
    pub fn start(&mut self, reason: OpenReason, now_ms: u64, dice: &mut Dice) {
        self.wake_engine();
        self.open_log(reason, now_ms, dice);
    }

    /// A snapshot of the whole machine came back: nobody notices, and the writer goes on where the copy ends.
    pub fn go_on(&mut self) {
        self.wake_engine();
        let log = self.store.current.expect("a till was started before it was copied");
        let head = self.store.logs.tail(log, Branch(0)).expect("the writer's log is in its copy").head;
        self.writer = Some(LogWriter::resume(&self.key, log, head));
    }

    fn wake_engine(&mut self) {
        self.raised.clear();
        self.session = None;
        let mut engine = Uplink::new(Peer::Central, IN_FLIGHT);
        for (log, branch) in self.store.logs.places() {
            let mark = if branch == Branch(0) { self.store.marks.get(&log).copied().unwrap_or(0) } else { 0 };
            engine.restore(log, branch, self.store.logs.tail(log, branch).expect("a place has a tail"), mark);
        }
        self.engine = Some(engine);
    }

    /// A new log begins behind the one that was written.
    pub fn open_log(&mut self, reason: OpenReason, now_ms: u64, dice: &mut Dice) {
        let before = self.current().and_then(|log| self.store.logs.tail(log, Branch(0)).map(|tail| (log, tail.head)));
        self.store.run += 1;
        let mut nonce = [0; 32];
        nonce.chunks_mut(8).for_each(|chunk| chunk.copy_from_slice(&dice.bits().to_be_bytes()));
        let opened = LogOpened {
            public_key: self.key.public(),
            nonce,
            tenant: TenantId(Uuid::from_u128(1)),
            store: StoreId(Uuid::from_u128(2)),
            device: self.device,
            device_class: DeviceClass::Till,
            app_version: "0".into(),
            fold_version: 1,
            letter: String::new(),
            receipt_series: String::new(),
            run: self.store.run,
            predecessor: before.map(|(log, head)| Predecessor { log, seq: head.seq, hash: head.hash }),
            damaged: Vec::new(),
            reason,
        };
        let draft = OpeningDraft {
            event_id: dice.id(),
            actor: "device".into(),
            correlation_id: dice.id(),
            causation_id: None,
            clock: now_ms << 16,
            wall_time_ms: now_ms.cast_signed(),
            business_day: DAY,
        };
        let (writer, row) = LogWriter::try_open(&self.key, nonce, &opened, draft).expect("the opening is in bounds");
        self.store.current = Some(writer.log());
        self.writer = Some(writer);
        self.keep(vec![row]);
    }

    /// A command: its rows are sealed, and durable unless the till dies before its commit.
    pub fn sell(&mut self, orders: &[Uuid], dies: bool, now_ms: u64, dice: &mut Dice) {
        let draft = |dice: &mut Dice| RowDraft {
            event_id: dice.id(),
            stream_kind: "order".into(),
            stream_id: *dice.pick(orders).expect("there are orders"),
            seen: None,
            event_type: "order.noted".into(),
            schema_version: 1,
            payload: format!("{{\"note\":{}}}", dice.below(1_000)),
            actor: "person:ana".into(),
            correlation_id: dice.id(),
            causation_id: None,
            clock: now_ms << 16,
            wall_time_ms: now_ms.cast_signed(),
            business_day: DAY,
        };
        let drafts = (0..dice.between(1, 4)).map(|_| draft(dice)).collect();
        let writer = self.writer.as_mut().expect("a till that runs has a writer");
        let rows = writer.seal_group(drafts).expect("the rows are in bounds");
        if !dies {
            self.keep(rows);
        }
    }

    fn keep(&mut self, rows: Vec<Row>) {
        let log = rows[0].log;
        self.store.outbox.extend(rows.iter().map(|row| (log, row.seq)));
        let histories = self.store.logs.0.entry(log).or_insert_with(|| vec![History::default()]);
        histories[0].rows.extend(rows.into_iter().map(Arc::new));
        self.grown(log, Branch(0));
    }

    fn grown(&mut self, log: LogId, branch: Branch) {
        let tail = self.store.logs.tail(log, branch).expect("it has rows");
        if let Some(engine) = &mut self.engine {
            engine.appended(log, branch, tail);
        }
    }

    /// The power is gone. What the disk has stays.
    pub fn die(&mut self) {
        self.engine = None;
        self.session = None;
        self.raised.clear();
        self.writer = None;
    }

    /// The disk of the copy comes back; what it replaces may turn up later.
    pub fn put_back(&mut self) {
        if let Some(copy) = self.copy.clone() {
            let run = self.store.run;
            self.lost = Some(std::mem::replace(&mut self.store, copy));
            self.store.run = run;
        }
    }

    /// What a restore replaced turns up and is imported: whatever it has beyond the disk, as the same history or another.
    pub fn take_back(&mut self) {
        let Some(lost) = self.lost.take() else { return };
        for (log, theirs) in &lost.logs.0 {
            if Some(*log) == self.current() {
                continue;
            }
            let theirs = &theirs[0].rows;
            let ours = self.store.logs.of(*log);
            let common = ours.first().map_or(0, |held| {
                theirs.iter().zip(&held.rows).take_while(|(their, our)| their.hash == our.hash).count()
            });
            if common == theirs.len() || ours.len() > 1 {
                continue;
            }
            let held = ours.first().map_or(0, |held| held.rows.len());
            let histories = self.store.logs.0.entry(*log).or_default();
            if common == held {
                if histories.is_empty() {
                    histories.push(History::default());
                }
                histories[0].rows.extend(theirs[common..].iter().cloned());
                self.store.outbox.extend(theirs[common..].iter().map(|row| (*log, row.seq)));
                self.grown(*log, Branch(0));
            } else {
                let signed = theirs[..common].iter().rposition(|row| row.signature.is_some()).map_or(0, |at| at + 1);
                let shared = u64::try_from(signed).expect("a log is short");
                histories.push(History { shared, rows: theirs[signed..].to_vec() });
                self.grown(*log, Branch(1));
            }
        }
    }

    /// The rows of a batch: whole groups from the range's first row on, at most about `most` rows.
    pub fn batch(&self, range: Range, most: u64) -> Vec<Arc<Row>> {
        let last = range.last.min(range.first.saturating_add(most));
        let held = (range.first..=last).map_while(|seq| self.store.logs.row(range.log, range.branch, seq).cloned());
        let mut rows: Vec<Arc<Row>> = held.collect();
        rows.truncate(cut(rows.iter().map(|row| RowSize::from(&**row))));
        rows
    }

    /// Notes a mark that rose; it is written later.
    pub fn raise(&mut self, raised: Raised) {
        if raised.branch == Branch(0) {
            self.raised.insert(raised.log, raised.seq);
        }
    }

    /// Writes the marks that rose.
    pub fn write_marks(&mut self) {
        for (log, seq) in std::mem::take(&mut self.raised) {
            self.store.marks.insert(log, seq);
            self.store.outbox.retain(|(other, row)| *other != log || *row > seq);
        }
    }

    /// A mark fell: its rows wait again.
    pub fn lower(&mut self, lowered: Lowered) {
        self.raised.remove(&lowered.log);
        if lowered.branch == Branch(0) {
            let mark = self.store.marks.entry(lowered.log).or_insert(0);
            *mark = lowered.to.min(*mark);
            let from = *mark + 1;
            let last = self.store.logs.of(lowered.log)[0].last();
            self.store.outbox.extend((from..=last).map(|seq| (lowered.log, seq)));
        }
    }
}
