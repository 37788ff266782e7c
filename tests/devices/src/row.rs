//! A row of the conflict table as a script: what is done to one order while the tills know of each other, what each
//! does unlinked, and what is done once they have met.

use docket_acceptance::merged;
use serde_json::{Value, json};

use crate::shop::{line_id, order_id, payment_id, product};

/// The three tills. The first opens the orders of the table and so owns them.
pub const TILLS: [&str; 3] = ["first", "second", "third"];

/// One command to the row's order. Lines are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// `create_order` with the row's lines.
    Open,
    /// A command that needs no more than the order: `place`, `send`, `start`, `ready`, `recall`, `hand_over`, …
    Do(&'static str),
    /// The same on one line.
    On(&'static str, u32),
    /// `add_line` of one piece of a product.
    Add(u32, &'static str),
    /// `change_line` to so many of a product.
    Change(u32, &'static str, &'static str),
    /// `void_line` with a reason.
    Void(u32),
    /// `cancel`.
    Cancel,
    /// `pay_cash` of the whole balance, as payment number 0, 1 … of the order.
    Pay(u32),
    /// `set_table`.
    Table(&'static str),
    /// `set_note`.
    Note(&'static str),
    /// `set_customer` with no more than a name.
    Name(&'static str),
    /// `close_exception`: the only open one of the order, in this way.
    Close(&'static str),
}

/// A script for one order.
#[derive(Debug)]
pub struct Row {
    /// Number of the order; its lines and payments are numbered from it.
    pub number: u32,
    /// Products of its first lines.
    pub lines: &'static [&'static str],
    /// What the first till does while all still know of each other.
    pub linked: &'static [Act],
    /// What each till does unlinked, till by till.
    pub unlinked: [&'static [Act]; 3],
    /// What each till does once all have met, again without a line between them.
    pub met: [&'static [Act]; 3],
}

/// Nothing is done.
pub const NOTHING: [&[Act]; 3] = [&[], &[], &[]];

impl Row {
    /// The command of an act as it goes over the wire. [`Act::Close`] still lacks the exception, which only a till can
    /// tell.
    #[must_use]
    pub fn command(&self, act: Act) -> (&'static str, Value) {
        let on = |more: Value| merged(json!({ "order_id": order_id(self.number) }), more);
        let line = |index: u32| line_id(self.number, index);
        let piece = |index: u32, name: &str| json!({ "line_id": line(index), "product_id": product(name) });
        match act {
            Act::Open => {
                let lines: Vec<Value> = (0..).zip(self.lines).map(|(index, name)| piece(index, name)).collect();
                ("create_order", on(json!({ "order_type": "counter", "lines": lines })))
            }
            Act::Do(name) => (name, on(json!({}))),
            Act::On("bump_line", index) => ("bump_line", on(json!({ "line_id": line(index) }))),
            Act::On(name, index) => (name, on(json!({ "lines": [line(index)] }))),
            Act::Add(index, name) => ("add_line", on(json!({ "line": piece(index, name) }))),
            Act::Change(index, quantity, name) => {
                let changed = merged(piece(index, name), json!({ "quantity": quantity }));
                ("change_line", on(json!({ "line": changed })))
            }
            Act::Void(index) => ("void_line", on(json!({ "line_id": line(index), "reason": "dropped" }))),
            Act::Cancel => ("cancel", on(json!({ "reason": "guest left" }))),
            Act::Pay(payment) => ("pay_cash", on(json!({ "payment_id": payment_id(self.number, payment) }))),
            Act::Table(name) => ("set_table", on(json!({ "table": name }))),
            Act::Note(text) => ("set_note", on(json!({ "note": text }))),
            Act::Name(name) => ("set_customer", on(json!({ "name": name }))),
            Act::Close(resolution) => ("close_exception", on(json!({ "resolution": resolution }))),
        }
    }
}
