//! Whose facts of each type count. The fold asks this table, not the transport: a fact without authority is kept and
//! relayed, and has no effect.

use super::fact::DeviceClass;
use crate::planted::{Fault, planted};

use DeviceClass::{Central, Kitchen, Till};

/// Fronts that sell: a till, or head office for the web and delivery.
const SELLING: &[DeviceClass] = &[Till, Central];
/// Devices beside the food.
const PRODUCTION: &[DeviceClass] = &[Till, Kitchen];
/// A drawer stands only at a till, and only tills own orders.
const TILLS: &[DeviceClass] = &[Till];

/// Event type × device classes whose facts of it count.
pub const AUTHORITY: &[(&str, &[DeviceClass])] = &[
    ("order.opened", SELLING),
    ("order.line_added", SELLING),
    ("order.line_replaced", SELLING),
    ("order.line_split", SELLING),
    ("order.line_split_off", SELLING),
    ("order.line_voided", SELLING),
    ("order.type_set", SELLING),
    ("order.table_set", SELLING),
    ("order.note_set", SELLING),
    ("order.customer_set", SELLING),
    ("order.covers_set", SELLING),
    ("order.rush_set", SELLING),
    ("order.placed", SELLING),
    ("order.lines_fired", SELLING),
    ("order.preparation_started", PRODUCTION),
    ("order.lines_ready", PRODUCTION),
    ("order.lines_recalled", PRODUCTION),
    ("order.lines_handed_over", PRODUCTION),
    ("order.changes_acknowledged", PRODUCTION),
    ("order.cancelled", SELLING),
    ("order.reinstated", SELLING),
    ("order.exception_closed", SELLING),
    ("order.cash_paid", TILLS),
    ("order.refunded", TILLS),
    ("order.owner_changed", TILLS),
    ("order.seized", TILLS),
];

/// Whether a fact of this type written by a device of this class has an effect.
#[must_use]
pub fn counts(event_type: &str, class: DeviceClass) -> bool {
    planted(Fault::AuthorityIgnored)
        || AUTHORITY.iter().any(|(name, classes)| *name == event_type && classes.contains(&class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::event::ORDER_EVENT_TYPES;

    #[test]
    fn every_event_type_has_one_row() {
        let in_table: Vec<&str> = AUTHORITY.iter().map(|(name, _)| *name).collect();
        let written: Vec<&str> = ORDER_EVENT_TYPES.iter().map(|(name, _)| *name).collect();
        assert_eq!(in_table, written);
    }

    #[test]
    fn a_kitchen_takes_no_money_and_opens_no_order() {
        assert!(!counts("order.cash_paid", Kitchen));
        assert!(!counts("order.opened", Kitchen));
        assert!(counts("order.lines_ready", Kitchen));
        assert!(!counts("order.cash_paid", Central));
    }
}
