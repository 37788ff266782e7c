//! The facts of one order that this device holds, and what their authors had seen of each other.

use super::event::{
    Cancelled, CashPaid, ChangesAcknowledged, CoversSet, CustomerSet, ExceptionClosed, LineAdded, LineReplaced,
    LineSplit, LineSplitOff, LineVoided, LinesFired, LinesHandedOver, LinesReady, LinesRecalled, NoteSet, Opened,
    OrderEvent, OwnerChanged, Placed, PreparationStarted, Refunded, Reinstated, RushSet, Seized, TableSet, TypeSet,
};
use super::held::{FactSet, Place};
use crate::ids::{DeviceId, LogId, OrderId};
use crate::planted::{Fault, planted};

/// The version of an order as a view shows it and a command may name it: how many facts, and the sum of their hashes.
/// Equal sets have equal tokens, whatever way the facts came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct VersionToken {
    /// Facts held.
    pub count: u64,
    /// Wrapping sum of the first eight bytes of each hash.
    pub sum: u64,
}

impl std::fmt::Display for VersionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:016x}", self.count, self.sum)
    }
}

/// From fact `at_seq` of log `by` on, its author had folded log `of` up to `up_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub by: LogId,
    pub of: LogId,
    pub at_seq: u64,
    pub up_to: u64,
}

/// The set of facts of one order. It only grows; everything else is [derived](OrderState::derive) from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderState {
    pub(super) order_id: OrderId,
    pub(super) token: VersionToken,
    /// Highest seq held of each log, sorted by log.
    pub(super) heads: Vec<(LogId, u64)>,
    pub(super) seen: Vec<Seen>,
    /// The till whose first fact here is the earliest: it claims an order that was born unowned.
    pub(super) first_till: Option<((u64, [u8; 32]), DeviceId)>,
    pub(super) opened: FactSet<Opened>,
    pub(super) lines_added: FactSet<LineAdded>,
    pub(super) lines_replaced: FactSet<LineReplaced>,
    pub(super) lines_split: FactSet<LineSplit>,
    pub(super) lines_split_off: FactSet<LineSplitOff>,
    pub(super) lines_voided: FactSet<LineVoided>,
    pub(super) types: FactSet<TypeSet>,
    pub(super) tables: FactSet<TableSet>,
    pub(super) notes: FactSet<NoteSet>,
    pub(super) customers: FactSet<CustomerSet>,
    pub(super) covers: FactSet<CoversSet>,
    pub(super) rushes: FactSet<RushSet>,
    pub(super) placed: FactSet<Placed>,
    pub(super) fired: FactSet<LinesFired>,
    pub(super) started: FactSet<PreparationStarted>,
    pub(super) ready: FactSet<LinesReady>,
    pub(super) recalled: FactSet<LinesRecalled>,
    pub(super) handed_over: FactSet<LinesHandedOver>,
    pub(super) acknowledged: FactSet<ChangesAcknowledged>,
    pub(super) cancelled: FactSet<Cancelled>,
    pub(super) reinstated: FactSet<Reinstated>,
    pub(super) exceptions_closed: FactSet<ExceptionClosed>,
    pub(super) cash_paid: FactSet<CashPaid>,
    pub(super) refunded: FactSet<Refunded>,
    pub(super) owners: FactSet<OwnerChanged>,
    pub(super) seized: FactSet<Seized>,
    /// Facts whose author had no authority for them.
    pub(super) set_aside: FactSet<OrderEvent>,
    /// Types of facts that a newer program wrote.
    pub(super) unknown: FactSet<String>,
}

impl OrderState {
    /// An order of which nothing is held yet.
    #[must_use]
    pub fn new(order_id: OrderId) -> Self {
        Self {
            order_id,
            token: VersionToken::default(),
            heads: Vec::new(),
            seen: Vec::new(),
            first_till: None,
            opened: FactSet::default(),
            lines_added: FactSet::default(),
            lines_replaced: FactSet::default(),
            lines_split: FactSet::default(),
            lines_split_off: FactSet::default(),
            lines_voided: FactSet::default(),
            types: FactSet::default(),
            tables: FactSet::default(),
            notes: FactSet::default(),
            customers: FactSet::default(),
            covers: FactSet::default(),
            rushes: FactSet::default(),
            placed: FactSet::default(),
            fired: FactSet::default(),
            started: FactSet::default(),
            ready: FactSet::default(),
            recalled: FactSet::default(),
            handed_over: FactSet::default(),
            acknowledged: FactSet::default(),
            cancelled: FactSet::default(),
            reinstated: FactSet::default(),
            exceptions_closed: FactSet::default(),
            cash_paid: FactSet::default(),
            refunded: FactSet::default(),
            owners: FactSet::default(),
            seized: FactSet::default(),
            set_aside: FactSet::default(),
            unknown: FactSet::default(),
        }
    }

    /// The order.
    #[must_use]
    pub fn order_id(&self) -> OrderId {
        self.order_id
    }

    /// Count and sum of hashes of the facts held.
    #[must_use]
    pub fn version_token(&self) -> VersionToken {
        self.token
    }

    /// Whether the author of `x` had folded `y` when it wrote. Not transitive beyond what `x`'s own log recorded: a
    /// fact that neither saw nor was seen is concurrent.
    #[must_use]
    pub fn saw(&self, x: &Place, y: &Place) -> bool {
        if x.log == y.log {
            return y.seq < x.seq;
        }
        if planted(Fault::SeenIgnored) {
            return false;
        }
        self.seen.iter().any(|seen| seen.by == x.log && seen.of == y.log && seen.at_seq <= x.seq && seen.up_to >= y.seq)
    }

    /// Whether neither author had seen the other's fact.
    #[must_use]
    pub fn concurrent(&self, x: &Place, y: &Place) -> bool {
        x.key() != y.key() && !self.saw(x, y) && !self.saw(y, x)
    }

    /// What an author that writes the next fact of this order into `log` has to record as `seen`: the highest seq of
    /// each other log that grew since that log's last fact on this order. Sorted by log; usually empty.
    #[must_use]
    pub fn seen_by(&self, log: LogId) -> Vec<(LogId, u64)> {
        let recorded = |of: LogId| {
            let of_log = self.seen.iter().filter(|seen| seen.by == log && seen.of == of);
            of_log.map(|seen| seen.up_to).max().unwrap_or(0)
        };
        let others = self.heads.iter().filter(|(of, _)| *of != log);
        others.filter(|(of, head)| *head > recorded(*of)).copied().collect()
    }

    /// The part of this state that the author of the fact at `place` held when it was written, that fact included.
    pub(super) fn as_seen_from(&self, place: &Place) -> Self {
        let mut past = self.clone();
        past.retain(|at| at.key() == place.key() || self.saw(place, at));
        past
    }
}
