//! Cash, and the end of an order.

use docket_acceptance::{Order, fresh, merged};
use docket_contracts::ErrorCode::*;
use docket_domain::order::limits::{MAX_AMOUNT_MINOR, MAX_REASON_CHARS};
use serde_json::{Value, json};

use super::Stage;

fn pay(order: &Order, more: Value) -> Value {
    merged(order.cash(), more)
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_is_a_plain_amount_in_the_currency_of_the_order() {
    let stage = Stage::set().await;
    let draft = &stage.draft;
    let beyond = docket_domain::money::Money::new(MAX_AMOUNT_MINOR + 1, euro()).to_decimal_string();
    stage
        .refuses(
            "pay_cash",
            [
                (CurrencyMismatch, "currency", pay(draft, json!({ "currency": "USD" }))),
                (AmountInvalid, "tendered", pay(draft, json!({ "tendered": "ten" }))),
                (AmountInvalid, "tendered", pay(draft, json!({ "tendered": "" }))),
                (AmountInvalid, "amount", pay(draft, json!({ "amount": "1,50" }))),
                (AmountInvalid, "tendered", pay(draft, json!({ "tendered": "99999999999999999999" }))),
                (TooManyDecimals, "tendered", pay(draft, json!({ "tendered": "10.005" }))),
                (TooManyDecimals, "amount", pay(draft, json!({ "amount": "0.001" }))),
                (PaymentAmount, "tendered", pay(draft, json!({ "tendered": "0" }))),
                (PaymentAmount, "tendered", pay(draft, json!({ "tendered": "-5.00" }))),
                (PaymentAmount, "tendered", pay(draft, json!({ "tendered": beyond }))),
                (PaymentAmount, "amount", pay(draft, json!({ "amount": "0", "tendered": "5" }))),
                (PaymentAmount, "amount", pay(draft, json!({ "amount": "5.00", "tendered": "5.00" }))),
                (TenderedTooSmall, "tendered", pay(draft, json!({ "amount": "4.00", "tendered": "3.99" }))),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cash_is_taken_for_what_is_open_and_under_an_id_of_its_own() {
    let stage = Stage::set().await;
    let view = stage.shop.view(&stage.paid).await;
    let known = stage.paid.with(json!({ "payment_id": view["payments"][0]["payment_id"], "tendered": "50.00" }));
    stage
        .refuses(
            "pay_cash",
            [
                (OrderEmpty, "lines", stage.empty.cash()),
                (NothingToPay, "balance", pay(&stage.paid, json!({ "tendered": "5.00" }))),
                (PaymentExists, "payment_id", known),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_goes_back_up_to_what_is_left_of_a_payment_and_says_why() {
    let stage = Stage::set().await;
    let payment = stage.shop.view(&stage.paid).await["payments"][0]["payment_id"].clone();
    let whole = stage.paid.with(json!({ "payment_id": payment, "refund_id": fresh(), "reason": "cold" }));
    let back = |more: Value| merged(whole.clone(), more);
    stage
        .refuses(
            "refund",
            [
                (CurrencyMismatch, "currency", back(json!({ "currency": "USD" }))),
                (AmountInvalid, "amount", back(json!({ "amount": "ten" }))),
                (TooManyDecimals, "amount", back(json!({ "amount": "0.001" }))),
                (RefundAmount, "amount", back(json!({ "amount": "0" }))),
                (RefundAmount, "amount", back(json!({ "amount": "-1.00" }))),
                (RefundAmount, "amount", back(json!({ "amount": "4.61" }))),
                (PaymentNotFound, "payment_id", back(json!({ "payment_id": fresh() }))),
                (RefundExists, "refund_id", back(json!({ "refund_id": payment }))),
                (ReasonRequired, "reason", back(json!({ "reason": " " }))),
                (TextTooLong, "reason", back(json!({ "reason": "x".repeat(MAX_REASON_CHARS + 1) }))),
            ],
        )
        .await;
    stage.shop.must("refund", back(json!({ "amount": "1.00" }))).await;
    let error = stage.shop.refused("refund", back(json!({ "amount": "2.00" })), RefundExists, "refund_id").await;
    assert_eq!(error.rule, "a payment or a different refund with this id exists already");
    let rest = back(json!({ "refund_id": fresh(), "amount": "3.61" }));
    let error = stage.shop.refused("refund", rest, RefundAmount, "amount").await;
    assert_eq!(error.params.and_then(|params| params.amount).map(|left| left.minor()), Some(360));
    stage.shop.must("refund", back(json!({ "refund_id": fresh() }))).await;
    stage.refuses("refund", [(PaymentRefunded, "payment_id", back(json!({ "refund_id": fresh() })))]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn food_leaves_against_money() {
    let stage = Stage::set().await;
    let error = stage.shop.refused("complete", stage.confirmed.on(), BalanceOpen, "balance").await;
    assert_eq!(error.rule, "460 minor units are still open");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_grows_to_no_absurd_sum() {
    let stage = Stage::set().await;
    let dear = json!({ "line_id": fresh(), "open_price": "9999999999.99", "quantity": "9999" });
    let line = merged(stage.shop.line("Gift voucher").await, dear);
    let code = "order_too_large".parse().expect("the list has the domain's code");
    stage.refuses("add_line", [(code, "lines", stage.draft.with(json!({ "line": line })))]).await;
    let open = json!({ "order_id": fresh(), "order_type": "counter", "lines": [line] });
    stage.refuses("create_order", [(code, "lines", open)]).await;
    let change = stage.draft.with(json!({ "line": merged(line, json!({ "line_id": stage.draft.lines[0] })) }));
    stage.refuses("change_line", [(code, "lines", change)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_whose_grand_total_is_used_up_gives_no_receipt() {
    let mut stage = Stage::set().await;
    stage
        .shop
        .while_closed(|store| {
            let sql = "UPDATE counters SET value = ?1 WHERE name LIKE 'grand:%'";
            assert_eq!(store.execute(sql, [i64::MAX]).expect("the counter"), 1);
        })
        .await;
    stage.refuses("pay_cash", [(GrandTotalExhausted, "receipt", stage.draft.cash())]).await;
}

fn euro() -> docket_domain::money::Currency {
    docket_domain::money::Currency::try_from_code("EUR").expect("an active currency")
}
