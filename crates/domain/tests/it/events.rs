//! Payloads: what was written once is read and written again byte for byte.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use docket_domain::ids::{DeviceId, EventId};
use docket_domain::money::Quantity;
use docket_domain::order::event::*;
use docket_domain::order::line::{LineContent, OrderType};
use docket_domain::order::{ExceptionId, OrderEvent, Resolution};
use docket_testkit::samples::*;
use uuid::Uuid;

fn fixture(event_type: &str, version: u16) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/events");
    folder.join(format!("{event_type}.v{version}.json"))
}

fn event_id(number: u128) -> EventId {
    EventId(Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_0000 + number))
}

fn rich_content() -> Arc<LineContent> {
    let mut content = content("Caffè “doppio”", 380, 2);
    content.open_price = true;
    content.quantity = Quantity::parse("1.5").unwrap();
    content.modifiers = vec![modifier("oat milk", 50)];
    let mut eaten_in = vat();
    eaten_in.included = true;
    eaten_in.order_types = vec![OrderType::DineIn];
    content.taxes = vec![vat(), eaten_in];
    content.note = Some("extra hot\n\"now\"".into());
    Arc::new(content)
}

/// One event of each type with every field filled.
fn samples() -> Vec<OrderEvent> {
    let (version, ready) = (event_id(1), event_id(2));
    let device = DeviceId(Uuid::from_u128(0x0197_0000_0000_7000_8000_0000_0000_00de));
    vec![
        OrderEvent::Opened(Opened {
            label: "B-042".into(),
            order_type: OrderType::TakeAway,
            terms: terms_with_service(),
        }),
        OrderEvent::LineAdded(LineAdded { line_id: line_id(1), content: rich_content() }),
        OrderEvent::LineReplaced(LineReplaced { line_id: line_id(1), replaces: version, content: coffee(1).content }),
        OrderEvent::LineSplit(LineSplit { line_id: line_id(1), splits: version, quantity: Quantity::ONE }),
        OrderEvent::LineSplitOff(LineSplitOff {
            line_id: line_id(2),
            split: event_id(3),
            splits: version,
            quantity: Quantity::parse("0.5").unwrap(),
        }),
        OrderEvent::LineVoided(LineVoided { line_id: line_id(1), reason: Some("dropped".into()) }),
        OrderEvent::TypeSet(TypeSet { order_type: OrderType::Counter }),
        OrderEvent::TableSet(TableSet { table: Some("12".into()) }),
        OrderEvent::NoteSet(NoteSet { note: Some(sealed("bm90ZQ==")) }),
        OrderEvent::CustomerSet(CustomerSet { customer: Some(sealed("Z3Vlc3Q=")) }),
        OrderEvent::CoversSet(CoversSet { covers: Some(4) }),
        OrderEvent::RushSet(RushSet { rush: true }),
        OrderEvent::Placed(Placed {}),
        OrderEvent::LinesFired(LinesFired { fired: vec![version, ready] }),
        OrderEvent::PreparationStarted(PreparationStarted { started: vec![VersionRound { version, round: 0 }] }),
        OrderEvent::LinesReady(LinesReady { ready: vec![VersionRound { version, round: 1 }] }),
        OrderEvent::LinesRecalled(LinesRecalled { recalled: vec![RecalledVersion { version, ready, round: 1 }] }),
        OrderEvent::LinesHandedOver(LinesHandedOver { handed_over: vec![version] }),
        OrderEvent::ChangesAcknowledged(ChangesAcknowledged { acknowledged: vec![ready] }),
        OrderEvent::Cancelled(Cancelled { reason: "guest left".into() }),
        OrderEvent::Reinstated(Reinstated { reinstates: vec![ready], reason: Some("came back".into()) }),
        OrderEvent::ExceptionClosed(ExceptionClosed {
            exception: ExceptionId("00112233445566778899aabbccddeeff".into()),
            resolution: Resolution::Waste,
        }),
        OrderEvent::CashPaid(CashPaid {
            payment_id: payment_id(1),
            amount_minor: 760,
            tendered_minor: 1_000,
            drawer: "drawer-1".into(),
            receipt: receipt(17),
        }),
        OrderEvent::Refunded(Refunded {
            refund_id: payment_id(2),
            payment_id: payment_id(1),
            credit_minor: 380,
            payout_minor: 380,
            drawer: "drawer-1".into(),
            reason: "cold".into(),
        }),
        OrderEvent::OwnerChanged(OwnerChanged { owner: device }),
        OrderEvent::Seized(Seized { owner: device, reason: "till 2 is broken".into() }),
    ]
}

#[test]
fn every_type_has_a_golden_payload_that_reads_and_writes_alike() {
    for &(event_type, version) in ORDER_EVENT_TYPES {
        let path = fixture(event_type, version);
        let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let golden = golden.trim_end_matches('\n');
        let event = OrderEvent::decode(event_type, version, golden).unwrap();
        assert_eq!((event.event_type(), event.schema_version()), (event_type, version));
        assert_eq!(event.payload(), golden, "{event_type}");
    }
}

#[test]
fn a_golden_payload_says_what_it_said_when_it_was_written() {
    let by_type: BTreeMap<&str, OrderEvent> = samples().into_iter().map(|event| (event.event_type(), event)).collect();
    assert_eq!(by_type.len(), ORDER_EVENT_TYPES.len());
    for &(event_type, version) in ORDER_EVENT_TYPES {
        let path = fixture(event_type, version);
        let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(by_type[event_type].payload(), golden.trim_end_matches('\n'), "{event_type}");
    }
}

#[test]
fn a_type_or_version_of_a_newer_program_is_unknown_not_an_error_of_shape() {
    for (event_type, version) in [("order.tip_given", 1), ("order.placed", 2)] {
        let error = OrderEvent::decode(event_type, version, "{}").unwrap_err();
        assert!(matches!(error, DecodeError::Unknown { .. }), "{event_type}");
    }
}

#[test]
fn a_payload_of_another_shape_is_malformed() {
    for payload in ["", "[]", "{\"more\":1}", "{\"reason\":1}"] {
        let error = OrderEvent::decode("order.cancelled", 1, payload).unwrap_err();
        assert!(matches!(error, DecodeError::Malformed { .. }), "{payload}");
    }
}
