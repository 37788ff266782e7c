//! Whether an order's fields have their form, before anything is looked up. Each violation names the field by its path.

use crate::api::fault::{Fault, FaultCode, Violation};
use crate::api::limits::{
    ADDRESS_CHARS_MAX, CHOICE_COUNT_MAX, CHOICES_MAX, ID_CHARS_MAX, ITEM_NOTE_CHARS_MAX, ITEMS_MAX, NAME_CHARS_MAX,
    NOTE_CHARS_MAX, PRICE_CHARS_MAX, QUANTITY_MAX, REASON_CHARS_MAX, USER_ID_CHARS_MAX, VIOLATIONS_MAX,
};
use crate::api::order::{CancelOrder, NewItem, NewOrder, OrderPatch};

/// Violations found so far; no more than one refusal names.
#[derive(Debug, Default)]
pub(super) struct Violations(Vec<Violation>);

impl Violations {
    pub(super) fn add(&mut self, field: impl Into<String>, rule: impl Into<String>) {
        self.add_with(field, rule, None);
    }

    /// With the value that would be right.
    pub(super) fn add_with(&mut self, field: impl Into<String>, rule: impl Into<String>, valid: Option<String>) {
        if self.0.len() < VIOLATIONS_MAX {
            self.0.push(Violation { field: field.into(), rule: rule.into(), valid });
        }
    }

    pub(super) fn into_result(self, code: FaultCode) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::fields(code, self.0)) }
    }

    /// A text of 1 to `max` characters without control characters, but for line breaks and tabs where `lines` says so.
    fn text(&mut self, field: impl FnOnce() -> String, text: &str, max: usize, lines: bool) {
        let forbidden = |letter: char| letter.is_control() && !(lines && matches!(letter, '\n' | '\r' | '\t'));
        // Bytes first, so that a text of a megabyte is not walked through.
        if text.is_empty() || text.len() > max * 4 || text.chars().count() > max {
            self.add(field(), format!("has 1 to {max} characters"));
        } else if text.chars().any(forbidden) {
            self.add(field(), "has no control characters");
        }
    }
}

/// Checks an order to be placed.
///
/// # Errors
/// [`FaultCode::InvalidArgument`] with each field at fault.
pub(super) fn new_order(order: &NewOrder) -> Result<(), Fault> {
    let mut found = Violations::default();
    found.text(|| "user_id".into(), &order.user_id, USER_ID_CHARS_MAX, false);
    if order.items.is_empty() || order.items.len() > ITEMS_MAX {
        found.add("items", format!("has 1 to {ITEMS_MAX} entries"));
    }
    for (index, item) in order.items.iter().take(ITEMS_MAX).enumerate() {
        self::item(&mut found, &|| format!("items[{index}]"), item);
    }
    address(&mut found, order.shipping_address.as_deref());
    if let Some(note) = &order.note {
        found.text(|| "note".into(), note, NOTE_CHARS_MAX, true);
    }
    found.into_result(FaultCode::InvalidArgument)
}

/// Checks a change.
///
/// # Errors
/// [`FaultCode::InvalidArgument`] with each field at fault.
pub(super) fn patch(patch: &OrderPatch) -> Result<(), Fault> {
    let mut found = Violations::default();
    if patch.items.len() > ITEMS_MAX {
        found.add("items", format!("has at most {ITEMS_MAX} entries"));
    }
    if patch.remove_line_ids.len() > ITEMS_MAX {
        found.add("remove_line_ids", format!("has at most {ITEMS_MAX} entries"));
    }
    for (index, change) in patch.items.iter().take(ITEMS_MAX).enumerate() {
        item(&mut found, &|| format!("items[{index}].item"), &change.item);
    }
    let replaced = patch.items.iter().take(ITEMS_MAX).filter_map(|change| change.line_id);
    let mut named: Vec<_> = replaced.chain(patch.remove_line_ids.iter().take(ITEMS_MAX).copied()).collect();
    named.sort_unstable();
    if named.windows(2).any(|pair| pair[0] == pair[1]) {
        found.add("items", "and remove_line_ids name each line at most once");
    }
    address(&mut found, patch.shipping_address.as_deref());
    let is_empty = patch.items.is_empty() && patch.remove_line_ids.is_empty();
    if is_empty && patch.order_type.is_none() && patch.shipping_address.is_none() {
        found.add("items", "or another field of the change is required");
    }
    found.into_result(FaultCode::InvalidArgument)
}

/// Checks a cancel.
///
/// # Errors
/// [`FaultCode::InvalidArgument`].
pub(super) fn cancel(cancel: &CancelOrder) -> Result<(), Fault> {
    let mut found = Violations::default();
    found.text(|| "reason".into(), &cancel.reason, REASON_CHARS_MAX, false);
    if cancel.reason.len() <= REASON_CHARS_MAX && !cancel.reason.is_empty() && cancel.reason.trim().is_empty() {
        found.add("reason", "is not blank");
    }
    found.into_result(FaultCode::InvalidArgument)
}

fn address(found: &mut Violations, address: Option<&str>) {
    if let Some(address) = address {
        found.text(|| "shipping_address".into(), address, ADDRESS_CHARS_MAX, true);
    }
}

fn item(found: &mut Violations, at: &dyn Fn() -> String, item: &NewItem) {
    found.text(|| format!("{}.product_id", at()), &item.product_id, ID_CHARS_MAX, false);
    if let Some(name) = &item.product_name {
        found.text(|| format!("{}.product_name", at()), name, NAME_CHARS_MAX, false);
    }
    if !(1..=QUANTITY_MAX).contains(&item.quantity) {
        found.add(format!("{}.quantity", at()), format!("is a whole number from 1 to {QUANTITY_MAX}"));
    }
    if let Some(price) = &item.unit_price
        && (price.len() > PRICE_CHARS_MAX || docket_domain::money::parse_plain_decimal(price).is_err())
    {
        found.add(format!("{}.unit_price", at()), "is a decimal number such as \"3.80\"");
    }
    if let Some(note) = &item.note {
        found.text(|| format!("{}.note", at()), note, ITEM_NOTE_CHARS_MAX, true);
    }
    if item.choices.len() > CHOICES_MAX {
        found.add(format!("{}.choices", at()), format!("has at most {CHOICES_MAX} entries"));
    }
    for (index, choice) in item.choices.iter().take(CHOICES_MAX).enumerate() {
        let field = |name: &str| format!("{}.choices[{index}].{name}", at());
        found.text(|| field("group_id"), &choice.group_id, ID_CHARS_MAX, false);
        found.text(|| field("option_id"), &choice.option_id, ID_CHARS_MAX, false);
        if !(1..=CHOICE_COUNT_MAX).contains(&choice.count) {
            found.add(field("count"), format!("is a whole number from 1 to {CHOICE_COUNT_MAX}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(items: usize) -> NewOrder {
        let item = NewItem {
            product_id: "prod-001".into(),
            product_name: None,
            quantity: 1,
            unit_price: None,
            choices: Vec::new(),
            note: None,
        };
        NewOrder {
            user_id: "user-123".into(),
            items: vec![item; items],
            shipping_address: None,
            store_id: None,
            order_type: None,
            customer_id: None,
            note: None,
        }
    }

    fn fields(order: &NewOrder) -> Vec<String> {
        match new_order(order) {
            Ok(()) => Vec::new(),
            Err(fault) => fault.violations.into_iter().map(|violation| violation.field).collect(),
        }
    }

    #[test]
    fn each_field_at_fault_is_named_by_its_path() {
        assert_eq!(fields(&order(1)), [""; 0]);
        assert_eq!(fields(&order(0)), ["items"]);
        assert_eq!(fields(&order(10_000)), ["items"]);
        let mut odd = order(2);
        odd.user_id = String::new();
        odd.items[0].quantity = 0;
        odd.items[1].quantity = -1;
        odd.items[1].product_name = Some("a\0b".into());
        odd.items[1].unit_price = Some("1e300".into());
        odd.shipping_address = Some("x".repeat(1_000_000));
        let expected = [
            "user_id",
            "items[0].quantity",
            "items[1].product_name",
            "items[1].quantity",
            "items[1].unit_price",
            "shipping_address",
        ];
        assert_eq!(fields(&odd), expected);
    }

    #[test]
    fn one_refusal_names_a_bounded_number_of_fields() {
        let mut many = order(ITEMS_MAX);
        many.items.iter_mut().for_each(|item| item.quantity = 0);
        assert_eq!(fields(&many).len(), VIOLATIONS_MAX);
    }
}
