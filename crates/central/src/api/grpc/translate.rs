//! From messages to what the desk takes, and back. In a message an empty text stands for what was not said. Whatever can't be
//! read is named by its field; whether it is allowed is the desk's to say.

use chrono::DateTime;
use docket_api::order::v1 as pb;
use docket_domain::order::line::OrderType;
use std::str::FromStr;

use crate::api::desk::PageRequest;
use crate::api::fault::Fault;
use crate::api::idempotency::Key;
use crate::api::limits::PAGE_MAX;
use crate::api::order::{
    CancelOrder, Choice, Delivery, ItemChange, LineView, NewItem, NewOrder, OrderFilter, OrderPatch, OrderView,
};

fn said(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// An id that may be left out.
pub(super) fn id_or_none<T: FromStr>(field: &str, text: &str) -> Result<Option<T>, Fault> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}

/// An id that is required.
pub(super) fn id<T: FromStr>(field: &str, text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::field(field, "is a UUID"))
}

fn order_type(text: &str) -> Result<Option<OrderType>, Fault> {
    match text {
        "" => Ok(None),
        "counter" => Ok(Some(OrderType::Counter)),
        "dine_in" => Ok(Some(OrderType::DineIn)),
        "take_away" => Ok(Some(OrderType::TakeAway)),
        _ => Err(Fault::field("order_type", "is counter, dine_in or take_away")),
    }
}

fn moment(field: &str, text: &str) -> Result<Option<i64>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = DateTime::parse_from_rfc3339(text);
    read.map(|at| Some(at.timestamp_millis())).map_err(|_| Fault::field(field, "is a time as RFC 3339 has it"))
}

/// The key of the message, or that of the metadata; two that differ are none.
pub(super) fn key(field: &str, metadata: Option<&str>) -> Result<Option<Key>, Fault> {
    match (field, metadata) {
        ("", None) => Ok(None),
        ("", Some(text)) => Key::parse(text).map(Some),
        (text, Some(other)) if text != other => {
            Err(Fault::field("idempotency_key", "is the same in the message and in the metadata"))
        }
        (text, _) => Key::parse(text).map(Some),
    }
}

fn item(item: pb::Item) -> NewItem {
    let choice = |choice: pb::Choice| Choice {
        group_id: choice.group_id,
        option_id: choice.option_id,
        count: choice.count.max(1),
    };
    NewItem {
        product_id: item.product_id,
        product_name: said(item.product_name),
        quantity: item.quantity,
        unit_price: said(item.unit_price),
        choices: item.choices.into_iter().map(choice).collect(),
        note: said(item.note),
    }
}

pub(super) fn new_order(request: pb::CreateOrderRequest) -> Result<NewOrder, Fault> {
    Ok(NewOrder {
        user_id: request.user_id,
        items: request.items.into_iter().map(item).collect(),
        shipping_address: said(request.shipping_address),
        store_id: id_or_none("store_id", &request.store_id)?,
        order_type: order_type(&request.order_type)?,
        customer_id: id_or_none("customer_id", &request.customer_id)?,
        note: said(request.note),
    })
}

pub(super) fn patch(request: pb::UpdateOrderRequest) -> Result<OrderPatch, Fault> {
    let mut items = Vec::with_capacity(request.items.len());
    for (index, change) in request.items.into_iter().enumerate() {
        let line_id = id_or_none(&format!("items[{index}].line_id"), &change.line_id)?;
        let missing = || Fault::field(format!("items[{index}].item"), "is required");
        items.push(ItemChange { line_id, item: item(change.item.ok_or_else(missing)?) });
    }
    let mut remove_line_ids = Vec::with_capacity(request.remove_line_ids.len());
    for (index, text) in request.remove_line_ids.iter().enumerate() {
        remove_line_ids.push(id(&format!("remove_line_ids[{index}]"), text)?);
    }
    Ok(OrderPatch {
        expected_version: version(request.expected_version),
        items,
        remove_line_ids,
        order_type: order_type(&request.order_type)?,
        shipping_address: said(request.shipping_address),
    })
}

pub(super) fn cancel(request: pb::CancelOrderRequest) -> CancelOrder {
    CancelOrder { reason: request.reason, expected_version: version(request.expected_version) }
}

fn version(expected: u64) -> Option<u64> {
    (expected != 0).then_some(expected)
}

pub(super) fn list(request: pb::ListOrdersRequest) -> Result<(OrderFilter, PageRequest), Fault> {
    let size = u16::try_from(request.page_size);
    let size = size.map_err(|_| Fault::field("page_size", format!("is a whole number from 1 to {PAGE_MAX}")))?;
    let filter = OrderFilter {
        status: said(request.status),
        order_type: order_type(&request.order_type)?,
        store_id: id_or_none("store_id", &request.store_id)?,
        customer_id: id_or_none("customer_id", &request.customer_id)?,
        from_ms: moment("from", &request.from)?,
        to_ms: moment("to", &request.to)?,
    };
    Ok((filter, PageRequest { size, token: said(request.page_token) }))
}

pub(super) fn order(view: OrderView) -> pb::Order {
    let delivery = match view.delivery {
        Delivery::AtStore => "at_store",
        Delivery::WaitingForStore => "waiting_for_store",
    };
    let order_type = match view.order_type {
        OrderType::Counter => "counter",
        OrderType::DineIn => "dine_in",
        OrderType::TakeAway => "take_away",
    };
    pb::Order {
        order_id: view.order_id.to_string(),
        store_id: view.store_id.to_string(),
        customer_id: view.customer_id.map(|id| id.to_string()).unwrap_or_default(),
        label: view.label,
        order_type: order_type.to_owned(),
        status: view.status,
        version: view.version,
        currency: view.currency,
        items: view.items.into_iter().map(line).collect(),
        net: view.net,
        tax: view.tax,
        total: view.total,
        balance: view.balance,
        delivery: delivery.to_owned(),
        opened_at: view.opened_at,
        cancel_reason: view.cancel_reason.unwrap_or_default(),
        shipping_address: view.shipping_address.unwrap_or_default(),
    }
}

fn line(view: LineView) -> pb::Line {
    let choice =
        |choice: Choice| pb::Choice { group_id: choice.group_id, option_id: choice.option_id, count: choice.count };
    pb::Line {
        line_id: view.line_id.to_string(),
        product_id: view.product_id.to_string(),
        product_name: view.product_name,
        quantity: view.quantity,
        unit_price: view.unit_price,
        total: view.total,
        state: view.state,
        choices: view.choices.into_iter().map(choice).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
        result.unwrap_err().violations.remove(0).field
    }

    #[test]
    fn what_can_not_be_read_is_named_by_its_field() {
        let order = |change: fn(&mut pb::CreateOrderRequest)| {
            let mut request = pb::CreateOrderRequest::default();
            change(&mut request);
            field(new_order(request))
        };
        assert_eq!(order(|request| request.store_id = "front".into()), "store_id");
        assert_eq!(order(|request| request.order_type = "delivery".into()), "order_type");
        assert_eq!(order(|request| request.customer_id = "' OR 1=1 --".into()), "customer_id");
        let change = pb::UpdateOrderRequest { items: vec![pb::ItemChange::default()], ..Default::default() };
        assert_eq!(field(patch(change)), "items[0].item");
        let removes = pb::UpdateOrderRequest { remove_line_ids: vec!["x".into()], ..Default::default() };
        assert_eq!(field(patch(removes)), "remove_line_ids[0]");
        for (size, from, named) in [(-1, "", "page_size"), (70_000, "", "page_size"), (0, "yesterday", "from")] {
            let request = pb::ListOrdersRequest { page_size: size, from: from.into(), ..Default::default() };
            assert_eq!(field(list(request)), named);
        }
    }

    #[test]
    fn an_empty_text_says_nothing_and_two_keys_must_be_one() {
        let request = pb::CreateOrderRequest { user_id: "user-123".into(), ..Default::default() };
        let order = new_order(request).unwrap();
        assert_eq!((order.store_id, order.order_type, order.shipping_address), (None, None, None));
        assert_eq!(key("", None).unwrap(), None);
        assert_eq!(key("k", Some("k")).unwrap(), Some(Key::parse("k").unwrap()));
        assert_eq!(key("", Some("k")).unwrap(), Some(Key::parse("k").unwrap()));
        assert_eq!(field(key("k", Some("other"))), "idempotency_key");
    }
}
