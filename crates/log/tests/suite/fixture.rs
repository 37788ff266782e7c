//! Logs with fixed keys, ids and times.

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::seen::SeenVector;
use docket_log::{
    ChainVerifier, Damage, DeviceClass, DeviceKey, Head, LogOpened, LogWriter, Mode, OpenReason, OpeningDraft, Row,
    RowDraft, clock,
};
use uuid::Uuid;

pub const NOON_MS: i64 = 1_780_000_000_000;

pub fn seed() -> [u8; 32] {
    std::array::from_fn(|index| u8::try_from(index).expect("32 fits a byte"))
}

pub fn nonce() -> [u8; 32] {
    seed().map(|byte| byte + 0x20)
}

pub fn key() -> DeviceKey {
    DeviceKey::from_seed(&seed()).expect("32 bytes are a seed")
}

/// A UUIDv7 of noon whose random part is `number`.
pub fn id(number: u64) -> Uuid {
    let ms = u128::from(NOON_MS.cast_unsigned());
    Uuid::from_u128(ms << 80 | 0x7 << 76 | 0x2 << 62 | u128::from(number))
}

pub fn opened(key: &DeviceKey, nonce: [u8; 32]) -> LogOpened {
    LogOpened {
        public_key: key.public(),
        nonce,
        tenant: TenantId(id(1)),
        store: StoreId(id(2)),
        device: DeviceId(id(3)),
        device_class: DeviceClass::Till,
        app_version: "0.1.0".into(),
        fold_version: 1,
        letter: "B".into(),
        receipt_series: "B1".into(),
        run: 1,
        predecessor: None,
        damaged: vec![],
        reason: OpenReason::Start,
    }
}

pub fn opening_draft() -> OpeningDraft {
    OpeningDraft {
        event_id: id(10),
        actor: "device".into(),
        correlation_id: id(11),
        causation_id: None,
        clock: clock::pack(NOON_MS, 0),
        wall_time_ms: NOON_MS,
        business_day: 20_260_528,
    }
}

pub fn open() -> (LogWriter, Row) {
    LogWriter::try_open(&key(), nonce(), &opened(&key(), nonce()), opening_draft()).expect("the opening is in bounds")
}

pub fn draft(number: u64) -> RowDraft {
    RowDraft {
        event_id: id(100 + number),
        stream_kind: "order".into(),
        stream_id: id(50),
        seen: None,
        event_type: "order.noted".into(),
        schema_version: 1,
        payload: format!("{{\"note\":{number}}}"),
        actor: "person:ana".into(),
        correlation_id: id(12),
        causation_id: None,
        clock: clock::pack(NOON_MS, u16::try_from(number).expect("tests are small")),
        wall_time_ms: NOON_MS + i64::try_from(number).expect("tests are small"),
        business_day: 20_260_528,
    }
}

/// A log whose groups behind row 1 have these sizes. Every third row has values in the nullable columns.
pub fn log_of(groups: &[usize]) -> Vec<Row> {
    let (mut writer, opening) = open();
    let mut rows = vec![opening];
    for size in groups {
        let next = rows.len() as u64;
        let drafts = (next..next + *size as u64).map(|number| RowDraft {
            seen: (number % 3 == 0).then(|| format!("{}:{number}", docket_log::LogId([1; 16]))),
            causation_id: (number % 3 == 0).then(|| id(99 + number)),
            ..draft(number)
        });
        rows.extend(writer.seal_group(drafts.collect()).expect("the group is in bounds"));
    }
    rows
}

pub fn verify(rows: &[Row], mode: Mode) -> Result<Head, Damage> {
    let (log, _) = open();
    let mut verifier = ChainVerifier::try_new(log.log(), &key().public(), mode)?;
    rows.iter().try_for_each(|row| verifier.push(row))?;
    verifier.finish()
}

/// The log of the golden vectors: NULLs and values, text beyond ASCII, a group of three, of one and of two.
pub fn golden_log() -> Vec<Row> {
    let (mut writer, opening) = open();
    let mut seen = SeenVector::default();
    seen.raise(docket_log::LogId([0xab; 16]), 41);
    seen.raise(docket_log::LogId([0x0c; 16]), 7);
    let placed = RowDraft {
        event_type: "order.line_added".into(),
        payload: r#"{"name":"Crêpe \"Käse\" ☕","qty":"2","price":"12.50"}"#.into(),
        actor: "person:Zoë".into(),
        ..draft(1)
    };
    let fired = RowDraft { seen: seen.to_text(), causation_id: Some(id(101)), payload: "{}".into(), ..draft(4) };
    let paid = RowDraft {
        event_type: "order.payment_captured".into(),
        schema_version: 2,
        payload: r#"{"tendered":"20.00","tender":"現金"}"#.into(),
        causation_id: Some(id(104)),
        clock: clock::pack(NOON_MS, u16::MAX),
        ..draft(5)
    };
    let groups = vec![vec![placed, draft(2), draft(3)], vec![fired], vec![paid, draft(6)]];
    let sealed = groups.into_iter().flat_map(|group| writer.seal_group(group).expect("the group is in bounds"));
    std::iter::once(opening).chain(sealed).collect()
}
