//! Sums: they come from one pricing document, which the order shows.

use docket_domain::order::event::{OrderEvent, Refunded, ServiceCharge, Terms};
use docket_domain::order::line::OrderType;
use docket_domain::order::{OrderCommand, OrderStatus};
use docket_domain::pricing::price;
use docket_testkit::given;
use docket_testkit::history::{acts, play};
use docket_testkit::samples::*;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn taxed(number: u32, unit_price_minor: i64, quantity: i32) -> docket_domain::order::NewLine {
    let mut content = content("Coffee", unit_price_minor, quantity);
    content.taxes = vec![vat()];
    new_line(number, content)
}

#[test]
fn a_line_costs_price_and_modifiers_times_quantity() {
    let mut with_milk = content("Coffee", 300, 2);
    with_milk.modifiers = vec![modifier("oat milk", 50)];
    let order = given([create(vec![new_line(1, with_milk)])]).order();
    assert_eq!(order.lines[0].sums.total_minor, 700);
    assert_eq!(order.due_minor, 700);
}

#[test]
fn taxes_are_added_and_named() {
    let order = given([create(vec![taxed(1, 300, 1), taxed(2, 105, 1)])]).order();
    let sums = order.totals.sums;
    assert_eq!((sums.net_minor, sums.tax_minor, sums.total_minor), (405, 41, 446));
    let tax = &order.totals.taxes[0];
    assert_eq!((&*tax.id, &*tax.name, tax.percent, tax.tax_minor), ("vat", "VAT", Decimal::from(10), 41));
}

#[test]
fn the_order_type_selects_the_taxes() {
    let mut content = content("Coffee", 300, 1);
    let mut eaten_in = vat();
    eaten_in.order_types = vec![OrderType::Counter, OrderType::DineIn];
    content.taxes = vec![eaten_in];
    let given = given([create(vec![new_line(1, content)])]);
    assert_eq!(given.order().due_minor, 330);
    let order = given.when(&OrderCommand::SetType(OrderType::TakeAway)).then_writes(&["order.type_set"]);
    assert_eq!(order.due_minor, 300);
}

#[test]
fn the_service_charge_is_a_taxable_line_over_what_counts() {
    let lines = vec![taxed(1, 1_005, 1), taxed(2, 500, 1)];
    let order = given([create_under(terms_with_service(), lines), void(2)]).order();
    let charge = order.totals.service_charge.as_ref().unwrap();
    assert_eq!((&*charge.name, charge.sums.net_minor, charge.sums.tax_minor), ("Service", 101, 10));
    assert_eq!(order.due_minor, 1_005 + 101 + 101 + 10);
    let document = order.pricing_document().unwrap();
    assert_eq!(document.lines.len(), 3);
    assert_eq!(price(&document).unwrap().total, Decimal::new(order.due_minor, 2));
}

#[test]
fn a_voided_line_costs_nothing() {
    let order = given([create_coffees(2), void(1)]).order();
    assert_eq!((order.lines[0].sums.total_minor, order.due_minor), (0, 300));
}

#[test]
fn goods_given_back_lower_the_due() {
    let order = given([create_coffees(2), pay(1, 600)])
        .and(|till| {
            for _retry in 0..2 {
                till.write(OrderEvent::Refunded(Refunded {
                    refund_id: payment_id(9),
                    payment_id: payment_id(1),
                    credit_minor: 300,
                    payout_minor: 300,
                    drawer: "drawer-1".into(),
                    reason: "cold".into(),
                }));
            }
        })
        .order();
    assert_eq!((order.due_minor, order.captured_minor, order.refunded_minor), (300, 600, 300));
    assert_eq!((order.balance_minor, order.payments[0].refunded_minor), (0, 300));
}

#[test]
fn a_currency_without_minor_unit_is_priced_in_whole_units() {
    let currency = docket_domain::money::Currency::try_from_code("JPY").unwrap();
    let charge = ServiceCharge { name: "席料".into(), percent: Decimal::new(105, 1), taxes: Vec::new() };
    let terms = Terms { currency, service_charge: Some(charge), ..terms() };
    let order = given([create_under(terms, vec![new_line(1, content("ラーメン", 995, 1))])]).order();
    assert_eq!(order.due_minor, 995 + 104);
}

#[test]
fn a_paid_order_stays_completed_when_its_tax_falls() {
    let order = given([create(vec![taxed(1, 300, 1)]), pay(1, 330), OrderCommand::Complete]).order();
    assert_eq!(order.status, OrderStatus::Completed);
}

#[test]
fn a_refund_stands_on_the_day_and_in_the_drawer_that_paid_it_out_and_once() {
    let refunded = OrderEvent::Refunded(Refunded {
        refund_id: payment_id(9),
        payment_id: payment_id(1),
        credit_minor: 300,
        payout_minor: 300,
        drawer: "drawer-2".into(),
        reason: "cold".into(),
    });
    let till = given([create_coffees(1), pay(1, 300)]);
    let order = till
        .and(|till| {
            till.write(refunded.clone());
            till.write(refunded.clone());
        })
        .order();
    assert_eq!((order.refunds.len(), order.refunded_minor, order.due_minor), (1, 300, 0));
    let refund = &order.refunds[0];
    assert_eq!((refund.id, refund.payment, refund.payout_minor), (payment_id(9), payment_id(1), 300));
    assert_eq!((&*refund.drawer, refund.business_day), ("drawer-2", 20_260_601));
    assert_eq!((&*order.payments[0].drawer, order.payments[0].refunded_minor), ("drawer-1", 300));
}

proptest! {
    #[test]
    fn an_integrator_finds_the_sums_of_every_order_in_its_document(acts in acts()) {
        for device in play(&acts) {
            let order = device.order();
            let priced = price(&order.pricing_document().unwrap()).unwrap();
            prop_assert_eq!(priced.total, Decimal::new(order.totals.sums.total_minor, 2));
            for (line, priced) in order.lines.iter().zip(&priced.lines) {
                prop_assert_eq!(priced.total, Decimal::new(line.sums.total_minor, 2));
            }
        }
    }
}
