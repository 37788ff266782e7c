//! The row of the conflict table about labels: table, name, note.

use docket_devices::row::{
    Act::{Do, Name, Note, Open, Table},
    NOTHING, Row,
};
use serde_json::{Value, json};

use crate::met;

pub const ROWS: &[&Row] = &[&TWO_LABELS];

static TWO_LABELS: Row = Row {
    number: 13,
    lines: &["Soup"],
    linked: &[Open, Do("place")],
    unlinked: [&[Table("Door"), Note("no salt"), Name("Ana")], &[Table("Window"), Note("no pepper"), Name("Bea")], &[]],
    met: NOTHING,
};

#[test]
fn of_two_labels_the_later_stands_and_the_history_keeps_both() {
    let order = met(&TWO_LABELS);
    assert_eq!(order.status(), "pending");
    assert_eq!(order.view["table"], "Window");
    assert_eq!(order.money(), ["6.00", "0.00", "0.00", "6.00"]);
    assert!(order.exceptions().is_empty());
    assert_eq!(order.facts("order.table_set"), [json!({ "table": "Door" }), json!({ "table": "Window" })]);
    for (label, member) in [("order.note_set", "note"), ("order.customer_set", "customer")] {
        let sealed: Vec<Value> = order.facts(label).iter().map(|fact| fact[member]["text"].clone()).collect();
        assert_eq!(sealed.len(), 2, "{label}");
        assert!(sealed.iter().all(Value::is_string), "{label} is there, sealed: {sealed:?}");
    }
}
