//! From salvaged records to a store: logs, heads, counters, outbox, what the spare adds, read models.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use docket_domain::ids::{OrderId, StoreId};
use docket_domain::shop::{DocumentKind, SetUp, ShopEvent};
use docket_log::{LogOpened, Mode, Row};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::logs::{choose, settle};
use super::told::Told;
use crate::data::{FolderKeys, spare};
use crate::error::StoreError;
use crate::readmodel::{self, MAIN, Written, records};
use crate::store::events::{self, StoredLog};
use crate::store::histories::{self, Histories};
use crate::store::{documents, former, meta};
use crate::verify::{Passed, walk};
use crate::writer::{fold, index_products, load_shop, numbers_given};

/// What the rows say while they are gone through.
#[derive(Default)]
struct Seen {
    /// The store of the newest own log: what facts of others say is not of this shop.
    store: Option<StoreId>,
    rows: u64,
    counters: HashMap<String, i64>,
    /// Orders of the last business day: the screens show these first.
    day: i32,
    recent: HashSet<OrderId>,
    set_up: Vec<SetUp>,
    /// Documents in the order of their facts: kind, hash, version.
    published: Vec<(DocumentKind, [u8; 32], u32)>,
}

/// Makes the store whole. What could not be made whole is in what it leaves to be told.
pub(super) fn assemble(
    into: &Connection,
    data: &Path,
    keys: &FolderKeys,
    twins: Vec<Row>,
    mut told: Told,
) -> Result<(), StoreError> {
    choose(into, twins)?;
    let device: Option<Vec<u8>> = meta::folder(into, "device")?
        .and_then(|text| text.parse::<uuid::Uuid>().ok())
        .map(|device| device.as_bytes().to_vec());
    let (newest, nameless) = settle(into, &keys.device.public(), device.as_deref())?;
    nameless.iter().for_each(|bad| told.add(bad));
    let mut seen = Seen { store: newest.as_ref().map(|opened| opened.store), ..Seen::default() };
    for log in events::logs(into)? {
        log_whole(into, &log, &mut seen, &mut told)?;
    }
    told.rows = seen.rows;
    folder(into, data, newest.as_ref(), &mut seen)?;
    documents_in_effect(into, &seen.published)?;
    counters(into, &seen.counters)?;
    if told.unproven.is_none() && newest.is_none() {
        told.unproven = Some("no log of this device could be read".into());
    }
    told.keep(into)?;
    screens(into, &seen.recent)
}

/// Traces one log, counts what it says and gives it a head.
fn log_whole(into: &Connection, log: &StoredLog, seen: &mut Seen, told: &mut Told) -> Result<(), StoreError> {
    let (own, found) = (log.own, log.head);
    let damage = walk(into, log, Mode::Batch, |passed| {
        if let Passed::Good(row) = passed {
            seen.row(row, own);
        }
        Ok(())
    })?;
    if own && !damage.is_empty() {
        told.unproven = Some("rows of this device's log are damaged".into());
    }
    damage.iter().for_each(|bad| told.add(bad));
    for bad in &damage {
        into.execute(
            "INSERT INTO damaged_rows (log_id, seq, hash, reason, found_ms) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![
                &bad.log.0[..],
                i64::try_from(bad.seq).unwrap_or(i64::MAX),
                bad.stub.map(|stub| stub.hash.0.to_vec()),
                bad.reason_text(),
                crate::clock::wall_ms()
            ],
        )?;
    }
    let tail: Option<(i64, Vec<u8>, Option<Vec<u8>>)> = into
        .query_row(
            "SELECT seq, hash, signature FROM events WHERE log_id = ?1 AND signature IS NOT NULL ORDER BY seq DESC LIMIT 1",
            [&log.log.0[..]],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((seq, hash, signature)) = tail else { return Ok(()) };
    if found.is_some_and(|head| head.seq >= seq.unsigned_abs()) {
        return Ok(());
    }
    if own && found.is_none() {
        told.unproven.get_or_insert_with(|| "nothing says where a log of this device ended".into());
    }
    // What stands behind the last signature is half a group.
    into.execute("DELETE FROM events WHERE log_id = ?1 AND seq > ?2", params![&log.log.0[..], seq])?;
    into.execute(
        "INSERT INTO heads (log_no, seq, hash, signature) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (log_no) DO UPDATE SET \
         seq = excluded.seq, hash = excluded.hash, signature = excluded.signature",
        params![log.log_no, seq, hash, signature],
    )?;
    Ok(())
}

impl Seen {
    fn row(&mut self, row: &Row, own: bool) {
        self.rows += 1;
        if row.stream_kind == "order" {
            if row.business_day > self.day {
                self.day = row.business_day;
                self.recent.clear();
            }
            if row.business_day == self.day {
                self.recent.insert(OrderId(row.stream_id));
            }
            if own {
                self.numbers(row);
            }
        } else if self.store.is_none_or(|store| store.0 == row.stream_id)
            && let Ok(Some(event)) = ShopEvent::decode(&row.event_type, row.schema_version, &row.payload)
        {
            match event {
                ShopEvent::SetUp(fact) => self.set_up.push(fact),
                ShopEvent::DocumentPublished(fact) => {
                    let hash = hex::decode(&fact.hash).ok().and_then(|hash| hash.try_into().ok());
                    self.published.extend(hash.map(|hash| (fact.kind, hash, fact.version)));
                }
                _ => {}
            }
        }
    }

    /// Labels and receipts that this device gave away.
    fn numbers(&mut self, row: &Row) {
        if !matches!(&*row.event_type, "order.opened" | "order.cash_paid") {
            return;
        }
        for (name, to) in numbers_given(&row.event_type, row.schema_version, &row.payload, row.business_day) {
            let value = self.counters.entry(name).or_insert(to);
            *value = to.max(*value);
        }
    }
}

/// Small facts of the folder: what the newest own log says, then the file, then the spare.
fn folder(into: &Connection, data: &Path, newest: Option<&LogOpened>, seen: &mut Seen) -> Result<(), StoreError> {
    spare::restore(into, data)?;
    if let Some(shop) = seen.set_up.last() {
        let stored = meta::folder(into, "shop")?.and_then(|text| serde_json::from_str(&text).ok());
        if stored.is_none_or(|stored| !seen.set_up.contains(&stored)) {
            let text = serde_json::to_string(shop).expect("a set-up holds texts and numbers");
            meta::set_folder(into, "shop", &text)?;
        }
    }
    let Some(opened) = newest else { return Ok(()) };
    // The log has a signature, the folder's small facts have none.
    for (name, value) in [
        ("device", opened.device.to_string()),
        ("store", opened.store.to_string()),
        ("tenant", opened.tenant.to_string()),
        ("receipt_series", opened.receipt_series.clone()),
        ("public_key", hex::encode(opened.public_key.0)),
    ] {
        meta::set_folder(into, name, &value)?;
    }
    // Both only ever rise; a file that was older than its log must not take them back.
    for (name, value) in [("run", opened.run), ("letters", letters(&opened.letter))] {
        let stored: u64 = meta::folder(into, name)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        meta::set_folder(into, name, &stored.max(value).to_string())?;
    }
    former::find(into, opened.store)
}

/// A → 1, Z → 26, AA → 27.
fn letters(letter: &str) -> u64 {
    letter.bytes().filter(u8::is_ascii_uppercase).fold(0, |number, byte| number * 26 + u64::from(byte - b'A') + 1)
}

/// A document that is not there any more gives way to the newest that is.
fn documents_in_effect(into: &Connection, published: &[(DocumentKind, [u8; 32], u32)]) -> Result<(), StoreError> {
    for kind in DocumentKind::ALL {
        let held = |hash: &[u8; 32]| Ok::<_, StoreError>(documents::get(into, hash)?.is_some());
        if let Some((hash, _)) = documents::current(into, kind)?
            && held(&hash)?
        {
            continue;
        }
        let mut known: Vec<_> = published.iter().filter(|(of, ..)| *of == kind).collect();
        known.sort_by_key(|(.., version)| std::cmp::Reverse(*version));
        for (_, hash, version) in known {
            if held(hash)? {
                documents::set_current(into, kind, hash, *version)?;
                break;
            }
        }
    }
    Ok(())
}

fn counters(into: &Connection, seen: &HashMap<String, i64>) -> Result<(), StoreError> {
    for (name, value) in seen {
        let stored = meta::counter(into, name)?;
        meta::set_counter(into, name, stored.max(*value))?;
    }
    into.execute_batch(
        "INSERT INTO outbox (log_no, seq) SELECT l.log_no, e.seq FROM logs l JOIN events e USING (log_id) WHERE l.own = 1 \
         AND e.seq > coalesce((SELECT max(seq) FROM levels WHERE levels.log_no = l.log_no AND level = 'C'), 0);
         INSERT INTO counters SELECT 'events', count(*) FROM events WHERE true ON CONFLICT (name) DO UPDATE SET value = excluded.value;
         INSERT INTO counters SELECT 'outbox', count(*) FROM outbox WHERE true ON CONFLICT (name) DO UPDATE SET value = excluded.value;",
    )?;
    histories::fill_letters(into)
}

/// The product search, and the read models with the orders of the last day; a rebuild in the background adds the rest.
fn screens(into: &Connection, recent: &HashSet<OrderId>) -> Result<(), StoreError> {
    if let Some(catalogue) = &load_shop(into)?.catalogue {
        index_products(into, catalogue)?;
    }
    readmodel::create(into, MAIN)?;
    let authors: HashMap<_, _> = events::logs(into)?.into_iter().map(|log| (log.log, log.author)).collect();
    let histories = Histories::read(into)?;
    for id in recent {
        let rows = events::stream(into, id.0)?;
        let (state, opened_by) = fold(*id, &rows, |row| authors.get(&row.log).copied(), &histories)?;
        if let Some(order) = state.derive() {
            readmodel::replace(into, MAIN, &Written::unknown(), records(&order, opened_by))?;
        }
    }
    Ok(())
}
