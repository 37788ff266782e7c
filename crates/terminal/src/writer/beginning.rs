//! Row 1 of a log: made at a start, and again when damage closes a log while the till sells.

use docket_log::{
    DamagedRow, DeviceClass, DeviceKey, HybridClock, LogOpened, LogWriter, OpenReason, OpeningDraft, Predecessor, Row,
};
use rusqlite::{Connection, params};

use super::identity::Identity;
use crate::actor::Actor;
use crate::clock::{business_day, fill_public, new_id, wall_ms};
use crate::error::StoreError;
use crate::limits::CUT_OVER_MINUTES_DEFAULT;
use crate::readmodel::FOLD_VERSION;
use crate::store::{events, histories, meta};

/// A log that begins, and why.
pub(super) struct Beginning<'a> {
    pub(super) key: &'a DeviceKey,
    pub(super) identity: &'a Identity,
    pub(super) reason: OpenReason,
    pub(super) predecessor: Option<Predecessor>,
    pub(super) damaged: Vec<DamagedRow>,
    pub(super) zone: chrono_tz::Tz,
}

impl Beginning<'_> {
    /// Makes row 1 of a new log.
    pub(super) fn open(self, clock: &mut HybridClock) -> Result<(LogWriter, Row), StoreError> {
        let mut nonce = [0_u8; 32];
        fill_public(&mut nonce).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
        let identity = self.identity;
        let opened = LogOpened {
            public_key: self.key.public(),
            nonce,
            tenant: identity.tenant,
            store: identity.store,
            device: identity.device,
            device_class: DeviceClass::Till,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            fold_version: FOLD_VERSION,
            letter: identity.letter.clone(),
            receipt_series: identity.receipt_series.clone(),
            run: identity.run,
            predecessor: self.predecessor,
            damaged: self.damaged,
            reason: self.reason,
        };
        let now = wall_ms();
        let draft = OpeningDraft {
            event_id: new_id(),
            actor: Actor::Program("start").to_text(),
            correlation_id: new_id(),
            causation_id: None,
            clock: clock.now(now),
            wall_time_ms: now,
            business_day: business_day(now, self.zone, CUT_OVER_MINUTES_DEFAULT),
        };
        LogWriter::try_open(self.key, nonce, &opened, draft).map_err(|error| StoreError::Corrupt(error.to_string()))
    }
}

/// Stores row 1 of an own log, and that the log is there; gives its short number.
///
/// # Errors
/// If the store fails.
pub(super) fn store_log(
    connection: &Connection,
    row: &Row,
    identity: &Identity,
    key: &DeviceKey,
) -> Result<i64, StoreError> {
    meta::set_folder(connection, "public_key", &hex::encode(key.public().0))?;
    connection.execute(
        "INSERT INTO logs (log_id, public_key, device_id, device_class, own, opened_ms) VALUES (?1, ?2, ?3, 'till', 1, ?4)",
        params![&row.log.0[..], &key.public().0[..], &identity.device.0.as_bytes()[..], row.wall_time_ms],
    )?;
    let log_no = connection.last_insert_rowid();
    histories::note_letter(connection, &identity.letter, identity.device, row)?;
    events::insert(connection, log_no, std::slice::from_ref(row))?;
    Ok(log_no)
}
