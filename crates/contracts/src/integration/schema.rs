//! JSON Schemas of the integration events' data, made from the bodies. They describe what is written: an optional member
//! is always there, and null where it is empty.

use docket_domain::order::line::OrderType;
use docket_domain::order::{LineState, OrderStatus};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value};

use super::body::{CustomerBody, OrderBody, OrderCancelled, PaymentCaptured, PaymentRefunded, StatusChanged};
use super::envelope::EventKind;

/// Version of every schema so far. A change that readers of a version can't follow is a new version.
const VERSION: &str = "v1";

/// The `dataschema` attribute of a kind.
#[must_use]
pub fn schema_uri(kind: EventKind) -> String {
    format!("urn:docket:schema:{}:{VERSION}", kind.as_str())
}

/// The name of its file in `crates/contracts/schemas`.
#[must_use]
pub fn file_name(kind: EventKind) -> String {
    format!("{}.{VERSION}.json", kind.as_str())
}

/// The schema of a kind's data, JSON Schema 2020-12.
#[must_use]
pub fn schema(kind: EventKind) -> Value {
    let mut schema = match kind {
        EventKind::OrderCreated | EventKind::OrderUpdated => of::<OrderBody>(),
        EventKind::OrderStatusChanged => of::<StatusChanged>(),
        EventKind::OrderCancelled => of::<OrderCancelled>(),
        EventKind::PaymentCaptured => of::<PaymentCaptured>(),
        EventKind::PaymentRefunded => of::<PaymentRefunded>(),
        EventKind::CustomerRegistered
        | EventKind::CustomerChanged
        | EventKind::CustomerDeactivated
        | EventKind::CustomerReactivated => of::<CustomerBody>(),
    };
    schema.insert("$id".to_owned(), schema_uri(kind).into());
    schema.insert("title".to_owned(), kind.as_str().into());
    schema.to_value()
}

/// The text of its file: members in the order of their names, so that equal schemas are equal texts.
///
/// # Panics
/// Never: a schema is plain JSON.
#[must_use]
pub fn schema_text(kind: EventKind) -> String {
    let mut text = serde_json::to_string_pretty(&sorted(schema(kind))).expect("a schema is plain JSON");
    text.push('\n');
    text
}

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().collect();
            members.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(members.into_iter().map(|(name, value)| (name, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn one_of(values: impl IntoIterator<Item = impl Serialize>) -> Schema {
    let name = |value| serde_json::to_value(value).expect("these enums are written as texts");
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "string".into());
    schema.insert("enum".to_owned(), values.into_iter().map(name).collect());
    Schema::from(schema)
}

pub(super) fn order_status(_: &mut SchemaGenerator) -> Schema {
    one_of(OrderStatus::ALL)
}

pub(super) fn order_type(_: &mut SchemaGenerator) -> Schema {
    one_of([OrderType::Counter, OrderType::DineIn, OrderType::TakeAway])
}

pub(super) fn line_state(_: &mut SchemaGenerator) -> Schema {
    one_of([
        LineState::New,
        LineState::Fired,
        LineState::Started,
        LineState::Ready,
        LineState::HandedOver,
        LineState::Voided,
    ])
}

#[cfg(test)]
mod tests {
    use docket_domain::ids::{StoreId, SubjectId};
    use docket_domain::order::OrderCommand;
    use docket_testkit::{given, samples};
    use uuid::Uuid;

    use super::super::envelope::EVENTS;
    use super::super::{CustomerBody, changes};
    use super::*;

    fn holds(kind: EventKind, data: &Value) -> bool {
        jsonschema::validator_for(&schema(kind)).expect("it is a schema").is_valid(data)
    }

    /// The messages of an order's life: made, paid in full, made ready, paid back; and of one that was called off.
    fn messages() -> Vec<super::super::Change> {
        let store = StoreId(Uuid::from_u128(7));
        let lives = [
            vec![
                samples::create_coffees(2),
                samples::pay(1, 100_000),
                samples::start_all(),
                samples::refund(2, 1, None),
            ],
            vec![samples::create_coffees(1), OrderCommand::Place, samples::cancel()],
        ];
        let mut found = Vec::new();
        for life in lives {
            let mut told = None;
            for length in 1..=life.len() {
                let order = given(life[..length].iter().cloned()).order();
                if let Some((now, made)) = changes(told.as_ref(), OrderBody::of(&order, store)) {
                    found.extend(made);
                    told = Some(now);
                }
            }
        }
        found
    }

    fn read(data: &str) -> serde_json::Value {
        serde_json::from_str(data).expect("data is JSON")
    }

    #[test]
    fn every_message_of_an_orders_life_fits_its_schema() {
        let messages = messages();
        for kind in EVENTS {
            let of_kind = messages.iter().filter(|change| change.kind == kind);
            let wanted = !matches!(kind.topic(), "docket.customers.v1") && kind != EventKind::OrderUpdated;
            assert!(!wanted || of_kind.clone().count() > 0, "no sample of {}", kind.as_str());
            for change in of_kind {
                assert!(holds(kind, &read(&change.data)), "{}: {}", kind.as_str(), change.data);
            }
        }
        let created = messages.iter().find(|change| change.kind == EventKind::OrderCreated).expect("a first message");
        assert!(holds(EventKind::OrderUpdated, &read(&created.data)));
        let customer = CustomerBody { customer_id: SubjectId(Uuid::from_u128(9)), version: 1, active: true };
        assert!(holds(EventKind::CustomerChanged, &serde_json::to_value(customer).expect("plain JSON")));
    }

    #[test]
    fn data_with_a_member_missing_or_of_another_type_does_not_fit() {
        let messages = messages();
        let first = messages.iter().find(|change| change.kind == EventKind::OrderCreated).expect("a first message");
        for (member, wrong) in [("order_id", "7".into()), ("due_minor", "12.50".into()), ("status", "lost".into())] {
            let mut data = read(&first.data);
            data[member] = wrong;
            let formats = jsonschema::options().should_validate_formats(true);
            assert!(!formats.build(&schema(first.kind)).expect("it is a schema").is_valid(&data), "{member}");
            data.as_object_mut().expect("a body").remove(member);
            assert!(!holds(first.kind, &data), "{member}");
        }
    }

    #[test]
    fn each_list_of_values_is_complete() {
        // Whoever adds a value finds this place, and then the list above it.
        let state = |state| match state {
            LineState::New
            | LineState::Fired
            | LineState::Started
            | LineState::Ready
            | LineState::HandedOver
            | LineState::Voided => 6,
        };
        let order_type_count = |order_type| match order_type {
            OrderType::Counter | OrderType::DineIn | OrderType::TakeAway => 3,
        };
        let mut generator = SchemaGenerator::default();
        let listed = |schema: &Schema| schema.get("enum").and_then(Value::as_array).map(Vec::len);
        assert_eq!(listed(&line_state(&mut generator)), Some(state(LineState::New)));
        assert_eq!(listed(&order_type(&mut generator)), Some(order_type_count(OrderType::Counter)));
        assert_eq!(listed(&order_status(&mut generator)), Some(OrderStatus::ALL.len()));
    }
}
