//! What head office has just written, for the streams of this process: they need not ask the database for it.

use std::collections::{BTreeSet, HashMap};

use docket_domain::ids::{LogId, SubjectId};
use docket_domain::order::OrderEvent;
use docket_sync::Item;
use uuid::Uuid;

use crate::api::subjects::SubjectKey;

/// Rows of one act, which are stored: whole groups of one log, with the keys of all guests that they name.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) log: LogId,
    /// The partition of the log's rows.
    pub(crate) month: i32,
    pub(crate) items: Vec<Item>,
    pub(crate) keys: Vec<(SubjectId, SubjectKey)>,
}

impl Fresh {
    /// None where a device is shut out by them, because its stream is to be looked at; and where the key of a guest is not
    /// known: whoever asks the database finds it there, or that it was erased.
    pub(super) fn of(log: LogId, month: i32, items: Vec<Item>, known: &HashMap<SubjectId, SubjectKey>) -> Option<Self> {
        let shuts_out = |item: &Item| matches!(item, Item::Row(row) if row.event_type == "store.device_revoked");
        if items.iter().any(shuts_out) {
            return None;
        }
        let key = |subject: Uuid| Some((SubjectId(subject), known.get(&SubjectId(subject))?.clone()));
        let keys = subjects_of(&items).into_iter().map(key).collect::<Option<_>>()?;
        Some(Fresh { log, month, items, keys })
    }
}

/// The guests whom rows of head office speak of.
pub(crate) fn subjects_of(items: &[Item]) -> BTreeSet<Uuid> {
    let spoken = items.iter().filter_map(|item| match item {
        Item::Row(row) if matches!(&*row.event_type, "order.customer_set" | "order.note_set") => {
            match OrderEvent::decode(&row.event_type, row.schema_version, &row.payload).ok()? {
                OrderEvent::CustomerSet(set) => set.customer,
                OrderEvent::NoteSet(set) => set.note,
                _ => None,
            }
        }
        _ => None,
    });
    spoken.map(|sealed| sealed.subject.0).collect()
}
