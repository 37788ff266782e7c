//! Taking a fact in. Every arm inserts into a grow-only set, so any order of arrival, any doubling and any batching
//! gives the same state; nothing is ever refused here, because history is fact.

use super::authority;
use super::event::OrderEvent;
use super::fact::{DeviceClass, Fact, FactBody};
use super::held::Place;
use super::state::{OrderState, Seen};
use crate::ids::LogId;

impl OrderState {
    /// Takes a fact in. A fact that is held already changes nothing.
    pub fn evolve(&mut self, fact: Fact) {
        let at = Place {
            id: fact.id,
            log: fact.origin.log,
            seq: fact.origin.seq,
            hash: fact.hash,
            device: fact.origin.device,
            class: fact.origin.class,
            clock: fact.clock,
            wall_time_ms: fact.wall_time_ms,
            business_day: fact.business_day,
        };
        let grew = match fact.body {
            FactBody::Unknown { event_type } => self.unknown.insert(at, event_type),
            FactBody::Known(event) if authority::counts(event.event_type(), at.class) => self.insert(at, event),
            FactBody::Known(event) => self.set_aside.insert(at, event),
        };
        if grew {
            self.record(&at, &fact.seen);
        }
    }

    fn insert(&mut self, at: Place, event: OrderEvent) -> bool {
        let grew = match event {
            OrderEvent::Opened(payload) => self.opened.insert(at, payload),
            OrderEvent::LineAdded(payload) => self.lines_added.insert(at, payload),
            OrderEvent::LineReplaced(payload) => self.lines_replaced.insert(at, payload),
            OrderEvent::LineSplit(payload) => self.lines_split.insert(at, payload),
            OrderEvent::LineSplitOff(payload) => self.lines_split_off.insert(at, payload),
            OrderEvent::LineVoided(payload) => self.lines_voided.insert(at, payload),
            OrderEvent::TypeSet(payload) => self.types.insert(at, payload),
            OrderEvent::TableSet(payload) => self.tables.insert(at, payload),
            OrderEvent::NoteSet(payload) => self.notes.insert(at, payload),
            OrderEvent::CustomerSet(payload) => self.customers.insert(at, payload),
            OrderEvent::CoversSet(payload) => self.covers.insert(at, payload),
            OrderEvent::RushSet(payload) => self.rushes.insert(at, payload),
            OrderEvent::Placed(payload) => self.placed.insert(at, payload),
            OrderEvent::LinesFired(payload) => self.fired.insert(at, payload),
            OrderEvent::PreparationStarted(payload) => self.started.insert(at, payload),
            OrderEvent::LinesReady(payload) => self.ready.insert(at, payload),
            OrderEvent::LinesRecalled(payload) => self.recalled.insert(at, payload),
            OrderEvent::LinesHandedOver(payload) => self.handed_over.insert(at, payload),
            OrderEvent::ChangesAcknowledged(payload) => self.acknowledged.insert(at, payload),
            OrderEvent::Cancelled(payload) => self.cancelled.insert(at, payload),
            OrderEvent::Reinstated(payload) => self.reinstated.insert(at, payload),
            OrderEvent::ExceptionClosed(payload) => self.exceptions_closed.insert(at, payload),
            OrderEvent::CashPaid(payload) => self.cash_paid.insert(at, payload),
            OrderEvent::Refunded(payload) => self.refunded.insert(at, payload),
            OrderEvent::OwnerChanged(payload) => self.owners.insert(at, payload),
            OrderEvent::Seized(payload) => self.seized.insert(at, payload),
        };
        if grew && at.class == DeviceClass::Till {
            let first = (at.rank(), at.device);
            self.first_till = Some(self.first_till.map_or(first, |known| known.min(first)));
        }
        grew
    }

    /// Counts a fact that was new and notes what its author had seen, whether or not the fact has an effect.
    fn record(&mut self, at: &Place, seen: &[(LogId, u64)]) {
        let mut head = [0_u8; 8];
        head.copy_from_slice(&at.hash[..8]);
        self.token.count += 1;
        self.token.sum = self.token.sum.wrapping_add(u64::from_be_bytes(head));
        match self.heads.binary_search_by_key(&at.log, |(log, _)| *log) {
            Ok(found) => self.heads[found].1 = self.heads[found].1.max(at.seq),
            Err(position) => self.heads.insert(position, (at.log, at.seq)),
        }
        for &(of, up_to) in seen {
            let entry = Seen { by: at.log, of, at_seq: at.seq, up_to };
            if let Err(position) = self.seen.binary_search(&entry) {
                self.seen.insert(position, entry);
            }
        }
    }

    /// Keeps only the facts at places that `keep` accepts, with what their authors had seen.
    pub(super) fn retain(&mut self, keep: impl Fn(&Place) -> bool) {
        let keep = &keep;
        self.opened.retain(keep);
        self.lines_added.retain(keep);
        self.lines_replaced.retain(keep);
        self.lines_split.retain(keep);
        self.lines_split_off.retain(keep);
        self.lines_voided.retain(keep);
        self.types.retain(keep);
        self.tables.retain(keep);
        self.notes.retain(keep);
        self.customers.retain(keep);
        self.covers.retain(keep);
        self.rushes.retain(keep);
        self.placed.retain(keep);
        self.fired.retain(keep);
        self.started.retain(keep);
        self.ready.retain(keep);
        self.recalled.retain(keep);
        self.handed_over.retain(keep);
        self.acknowledged.retain(keep);
        self.cancelled.retain(keep);
        self.reinstated.retain(keep);
        self.exceptions_closed.retain(keep);
        self.cash_paid.retain(keep);
        self.refunded.retain(keep);
        self.owners.retain(keep);
        self.seized.retain(keep);
        self.set_aside.retain(keep);
        self.unknown.retain(keep);
    }
}
