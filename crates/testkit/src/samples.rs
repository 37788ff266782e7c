//! Sample values, named so that a test reads as a sentence.

use std::sync::Arc;

use docket_domain::ids::{LineId, OrderId, PaymentId, ProductId, SubjectId};
use docket_domain::money::{Currency, Quantity};
use docket_domain::order::event::{ReceiptNumber, Sealed, ServiceCharge, Terms};
use docket_domain::order::line::{LineContent, LineModifier, LineTax, OrderType};
use docket_domain::order::{NewLine, OrderCommand};
use docket_domain::pricing::Policy;
use rust_decimal::Decimal;
use uuid::Uuid;

/// The order that all samples are about.
#[must_use]
pub fn order_id() -> OrderId {
    OrderId(Uuid::from_u128(0x0ade_0000_0000_7000_8000_0000_0000_0001))
}

/// Line number `number`.
#[must_use]
pub fn line_id(number: u32) -> LineId {
    LineId(Uuid::from_u128(0x11e0_0000_0000_7000_8000_0000_0000_0000 + u128::from(number)))
}

/// Payment number `number`.
#[must_use]
pub fn payment_id(number: u32) -> PaymentId {
    PaymentId(Uuid::from_u128(0xca50_0000_0000_7000_8000_0000_0000_0000 + u128::from(number)))
}

/// Euro, tax as the lines say, no service charge.
#[must_use]
pub fn terms() -> Terms {
    let currency = Currency::try_from_code("EUR").expect("the euro is an active currency");
    Terms { currency, policy: Policy::default(), service_charge: None }
}

/// Terms with a service charge of ten percent, itself taxed.
#[must_use]
pub fn terms_with_service() -> Terms {
    let service_charge = ServiceCharge { name: "Service".into(), percent: Decimal::from(10), taxes: vec![vat()] };
    Terms { service_charge: Some(service_charge), ..terms() }
}

/// Ten percent, added to the price, whatever the order type.
#[must_use]
pub fn vat() -> LineTax {
    LineTax {
        id: "vat".into(),
        name: "VAT".into(),
        percent: Decimal::from(10),
        included: false,
        order_types: Vec::new(),
    }
}

/// `quantity` pieces of a product without tax at `unit_price_minor`.
#[must_use]
pub fn content(name: &str, unit_price_minor: i64, quantity: i32) -> LineContent {
    LineContent {
        product_id: ProductId(Uuid::from_u128(0x9d00_0000_0000_7000_8000_0000_0000_0001)),
        name: name.into(),
        catalogue_version: 1,
        unit_price_minor,
        open_price: false,
        quantity: Quantity::whole(quantity),
        modifiers: Vec::new(),
        taxes: Vec::new(),
        note: None,
    }
}

/// A modifier chosen once.
#[must_use]
pub fn modifier(name: &str, price_minor: i64) -> LineModifier {
    LineModifier { group_id: "extras".into(), option_id: name.into(), name: name.into(), count: 1, price_minor }
}

/// One coffee at 3.00 on line `number`.
#[must_use]
pub fn coffee(number: u32) -> NewLine {
    new_line(number, content("Coffee", 300, 1))
}

/// A line with this content.
#[must_use]
pub fn new_line(number: u32, content: LineContent) -> NewLine {
    NewLine { line_id: line_id(number), content: Arc::new(content) }
}

/// Opens the order with these lines.
#[must_use]
pub fn create(lines: Vec<NewLine>) -> OrderCommand {
    create_under(terms(), lines)
}

/// Opens the order with these lines under these terms.
#[must_use]
pub fn create_under(terms: Terms, lines: Vec<NewLine>) -> OrderCommand {
    OrderCommand::Create {
        order_id: order_id(),
        label: "B-042".into(),
        order_type: OrderType::Counter,
        table: None,
        terms,
        lines,
    }
}

/// Opens the order with `count` coffees on lines 1, 2, 3 …
#[must_use]
pub fn create_coffees(count: u32) -> OrderCommand {
    create((1..=count).map(coffee).collect())
}

/// The receipt before payment number `number` of a series.
#[must_use]
pub fn receipt(number: u32) -> ReceiptNumber {
    ReceiptNumber { series: "B-1".into(), number, grand_total_minor: 10_000 }
}

/// Pays with `tendered_minor` as payment number `number`; takes as much of the balance as that covers.
#[must_use]
pub fn pay(number: u32, tendered_minor: i64) -> OrderCommand {
    OrderCommand::PayCash {
        payment_id: payment_id(number),
        tendered_minor,
        amount_minor: None,
        drawer: "drawer-1".into(),
        receipt: receipt(number),
    }
}

/// Gives `amount_minor` of payment number `payment` back as refund number `number`; none means all that is left of it.
#[must_use]
pub fn refund(number: u32, payment: u32, amount_minor: Option<i64>) -> OrderCommand {
    OrderCommand::Refund {
        refund_id: payment_id(number),
        payment_id: payment_id(payment),
        amount_minor,
        drawer: "drawer-1".into(),
        reason: "cold".into(),
    }
}

/// Starts everything that can be started.
#[must_use]
pub fn start_all() -> OrderCommand {
    OrderCommand::Start { lines: Vec::new() }
}

/// Makes everything ready that can be.
#[must_use]
pub fn ready_all() -> OrderCommand {
    OrderCommand::Ready { lines: Vec::new() }
}

/// Hands over everything that is ready.
#[must_use]
pub fn hand_over_all() -> OrderCommand {
    OrderCommand::HandOver { lines: Vec::new() }
}

/// Recalls everything that is ready.
#[must_use]
pub fn recall_all() -> OrderCommand {
    OrderCommand::Recall { lines: Vec::new() }
}

/// Cancels.
#[must_use]
pub fn cancel() -> OrderCommand {
    OrderCommand::Cancel { reason: "guest left".into() }
}

/// Voids line `number` with a reason.
#[must_use]
pub fn void(number: u32) -> OrderCommand {
    OrderCommand::VoidLine { line_id: line_id(number), reason: Some("dropped".into()) }
}

/// A sealed text.
#[must_use]
pub fn sealed(text: &str) -> Sealed {
    Sealed { subject: SubjectId(Uuid::from_u128(0x5b00_0000_0000_7000_8000_0000_0000_0001)), text: text.into() }
}
