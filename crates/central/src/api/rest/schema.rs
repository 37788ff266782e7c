//! Schemas of values whose types the document's generator does not know, made of the lists themselves.

use docket_domain::order::OrderStatus;
use docket_domain::order::line::OrderType;
use utoipa::openapi::schema::{KnownFormat, Object, ObjectBuilder, SchemaFormat, SchemaType, Type};

use crate::api::feed::FEED_KINDS;
use crate::api::limits::{FEED_PAGE_MAX, PAGE_MAX, PAGE_TOKEN_CHARS_MAX};

const TYPES: [OrderType; 3] = [OrderType::Counter, OrderType::DineIn, OrderType::TakeAway];

fn names() -> Vec<serde_json::Value> {
    TYPES.iter().filter_map(|order_type| serde_json::to_value(order_type).ok()).collect()
}

/// How a guest takes an order.
pub(crate) fn order_type() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names())).build()
}

/// The same, or null.
pub(crate) fn optional_order_type() -> Object {
    let either = SchemaType::from_iter([Type::String, Type::Null]);
    let values = names().into_iter().chain([serde_json::Value::Null]).collect::<Vec<_>>();
    ObjectBuilder::new().schema_type(either).enum_values(Some(values)).build()
}

/// Where an order stands.
pub(crate) fn order_status() -> Object {
    let names = OrderStatus::ALL.map(OrderStatus::as_str);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build()
}

pub(super) fn uuid() -> Object {
    let format = SchemaFormat::KnownFormat(KnownFormat::Uuid);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()
}

pub(super) fn date_time() -> Object {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build()
}

fn whole(max: u16) -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1_i64)).maximum(Some(i64::from(max))).build()
}

pub(super) fn page_size() -> Object {
    whole(PAGE_MAX)
}

pub(super) fn feed_page_size() -> Object {
    whole(FEED_PAGE_MAX)
}

pub(super) fn token() -> Object {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(PAGE_TOKEN_CHARS_MAX)).build()
}

pub(super) fn position() -> Object {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{32}$")).build()
}

pub(super) fn event_types() -> Object {
    let one = FEED_KINDS.map(|kind| kind.as_str().replace('.', "[.]")).join("|");
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(format!("^({one})(,({one}))*$"))).build()
}
