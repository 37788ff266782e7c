//! Payloads of facts as other devices wrote them, and the fold of whatever they say.

use docket_domain::ids::OrderId;
use docket_domain::order::event::{DecodeError, ORDER_EVENT_TYPES};
use docket_domain::order::{Fact, FactBody, OrderEvent, OrderState};
use docket_domain::shop::{SHOP_EVENT_TYPES, ShopEvent};
use uuid::Uuid;

use crate::{place, refusal};

/// Facts of one input.
const FACTS_MAX: usize = 48;

/// Reads each line `TYPE VERSION HOW PAYLOAD`: what decodes encodes again to the same, what doesn't names its type, and
/// all that decoded folds to one order, however it arrives.
pub fn check(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    let mut facts = Vec::new();
    for (number, line) in (1..).zip(text.lines().take(FACTS_MAX)) {
        let mut words = line.splitn(4, ' ');
        let (Some(event_type), Some(version)) = (words.next(), words.next()) else { continue };
        let (Some(how), Some(payload)) = (words.next(), words.next()) else { continue };
        let version = version.parse().unwrap_or(u16::MAX);
        shop_fact(event_type, version, payload);
        if let Some(body) = order_fact(event_type, version, payload) {
            facts.push(place::fact(number, how.bytes().fold(0, u8::wrapping_add), body));
        }
    }
    folds_alike(&facts);
}

fn order_fact(event_type: &str, version: u16, payload: &str) -> Option<FactBody> {
    let known = ORDER_EVENT_TYPES.contains(&(event_type, version));
    match OrderEvent::decode(event_type, version, payload) {
        Ok(event) => {
            assert!(known && event.event_type() == event_type, "{event_type} {version}");
            let written = event.payload();
            let again = OrderEvent::decode(event_type, event.schema_version(), &written);
            let again = again.unwrap_or_else(|error| panic!("{written} does not read back: {error}"));
            assert_eq!(again, event);
            assert_eq!(again.payload(), written, "a payload has one text");
            Some(FactBody::Known(event))
        }
        Err(error @ DecodeError::Malformed { .. }) => {
            assert!(known);
            refusal::check(event_type, &error.to_string());
            None
        }
        Err(DecodeError::Unknown { event_type, .. }) => {
            assert!(!known, "{event_type} {version} is known");
            Some(FactBody::Unknown { event_type })
        }
    }
}

fn shop_fact(event_type: &str, version: u16, payload: &str) {
    let known = SHOP_EVENT_TYPES.contains(&(event_type, version));
    match ShopEvent::decode(event_type, version, payload) {
        Ok(Some(event)) => {
            assert!(known && event.event_type() == event_type, "{event_type} {version}");
            let written = event.payload();
            let again = ShopEvent::decode(event_type, version, &written);
            assert_eq!(again.expect("what was written reads back"), Some(event), "{written}");
        }
        Ok(None) => assert!(!known),
        Err(error) => refusal::check(event_type, &error.to_string()),
    }
}

fn folds_alike(facts: &[Fact]) {
    let fold = |facts: &mut dyn Iterator<Item = &Fact>| {
        let mut state = OrderState::new(OrderId(Uuid::from_u128(1)));
        facts.for_each(|fact| state.evolve(fact.clone()));
        state
    };
    let forwards = fold(&mut facts.iter());
    let order = forwards.derive();
    assert_eq!(fold(&mut facts.iter().rev()).derive(), order, "arrival backwards");
    assert_eq!(fold(&mut facts.iter().chain(facts)).derive(), order, "everything twice");
    let odd_first = facts.iter().skip(1).step_by(2).chain(facts.iter().step_by(2));
    assert_eq!(fold(&mut { odd_first }).derive(), order, "one device after the other");
    if let Some(order) = order {
        assert_eq!(forwards.derive_after(Some(&order)).as_ref(), Some(&order), "priced before");
        assert!(order.due_minor.checked_sub(order.balance_minor).is_some(), "{}", order.due_minor);
        let again = forwards.derive();
        assert_eq!(again.as_ref(), Some(&order), "a pure function");
    }
}
