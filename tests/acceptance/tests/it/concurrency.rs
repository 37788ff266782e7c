//! Many callers at once: each is answered, once, and one id has one effect.

use docket_acceptance::{Order, Shop, fresh, seen};
use docket_contracts::{CommandRequest, ErrorCode};
use docket_domain::ids::CommandId;
use docket_domain::staff::Role;
use docket_terminal::limits::WRITER_QUEUE_MAX;
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_callers_sell_at_once_and_all_are_answered() {
    let shop = Shop::demo().await;
    let session = Some(shop.session(Role::Manager).await);
    let line = shop.line("Espresso").await;
    let mut callers = JoinSet::new();
    for _ in 0..16 {
        let (till, line) = (shop.till().clone(), line.clone());
        callers.spawn(async move {
            let mut labels = Vec::new();
            for _ in 0..10 {
                let order = fresh();
                let line = docket_acceptance::merged(line.clone(), json!({ "line_id": fresh() }));
                let inputs = [
                    ("create_order", json!({ "order_id": order, "order_type": "counter", "lines": [line] })),
                    ("pay_cash", json!({ "order_id": order, "payment_id": fresh() })),
                    ("complete", json!({ "order_id": order })),
                ];
                for (name, input) in inputs {
                    let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input };
                    let outcome = till.command(session, name, request).await.expect("accepted");
                    labels.push(outcome.order.expect("an order").label);
                }
            }
            labels
        });
    }
    let mut labels: Vec<String> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(labels.len(), 16 * 10 * 3);
    labels.sort();
    labels.dedup();
    assert_eq!(labels.len(), 160, "no two orders share a number");
    let print = shop.print();
    assert_eq!(
        (print.rows("receipts") - 1, print.rows("orders")),
        (16 * 10 * 3, 160),
        "one receipt for each command, and the set-up's"
    );
    assert!(shop.verify().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_command_sent_twenty_times_at_once_has_one_effect_and_one_answer() {
    let shop = Shop::demo().await;
    let session = Some(shop.session(Role::Manager).await);
    let order = shop.opened(&["Espresso"]).await;
    let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input: order.cash() };
    let mut callers = JoinSet::new();
    for _ in 0..20 {
        let (till, request) = (shop.till().clone(), request.clone());
        callers.spawn(async move { till.command(session, "pay_cash", request).await.expect("accepted") });
    }
    let outcomes = callers.join_all().await;
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
    assert_eq!(shop.facts(&order).await.iter().filter(|fact| *fact == "cash_paid").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_who_saw_the_same_version_do_not_both_act_on_it() {
    let shop = Shop::demo().await;
    let session = Some(shop.session(Role::Manager).await);
    let order = shop.opened(&["Espresso"]).await;
    let version = shop.view(&order).await["version"].as_str().map(str::to_owned);
    let mut callers = JoinSet::new();
    for table in 0..8 {
        let (till, version) = (shop.till().clone(), version.clone());
        let input = order.with(json!({ "table": table.to_string() }));
        let request = CommandRequest { command_id: CommandId(fresh()), expected_version: version, input };
        callers.spawn(async move { till.command(session, "set_table", request).await });
    }
    let outcomes = callers.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let codes = outcomes.into_iter().filter_map(|outcome| outcome.err().map(|error| error.code));
    assert!(codes.into_iter().all(|code| code == ErrorCode::StaleVersion));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_rebuild_waits_until_the_first_is_done() {
    let shop = Shop::demo().await;
    shop.opened(&["Espresso"]).await;
    let (first, second) = tokio::join!(shop.send("rebuild", json!({})), shop.send("rebuild", json!({})));
    assert!(first.is_ok());
    let error = second.expect_err("one at a time");
    assert_eq!((error.code, error.retryable), (ErrorCode::Busy, true));
    seen("rebuild", &error);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_store_that_another_holds_makes_callers_wait_then_refuses_and_sells_on() {
    let shop = Shop::demo().await;
    let session = Some(shop.session(Role::Manager).await);
    let order = shop.opened(&["Espresso"]).await;
    let other =
        rusqlite::Connection::open(shop.options().data.join(docket_terminal::data::DATABASE)).expect("the store");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let mut callers = JoinSet::new();
    // One is at the lock, a commit's worth was taken with it, and the queue takes as many as it has room for.
    let callers_max = WRITER_QUEUE_MAX + 2 * docket_terminal::limits::COMMIT_COMMANDS_MAX;
    for table in 0..callers_max {
        let till = shop.till().clone();
        let input = order.with(json!({ "table": table.to_string() }));
        let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input };
        callers.spawn(async move { till.command(session, "set_table", request).await });
    }
    let mut codes = std::collections::BTreeMap::new();
    while let Some(outcome) = callers.join_next().await {
        let outcome = outcome.expect("the task ends");
        let code = outcome.as_ref().err().map_or("done", |error| error.code.as_str());
        if let Err(error) = &outcome {
            seen("set_table", error);
        }
        *codes.entry(code).or_insert(0) += 1;
        if code == "store_locked" {
            // The first commit gave up; let the others through.
            let _ = other.execute_batch("ROLLBACK");
        }
    }
    assert!(codes["busy"] > 0 && codes["store_locked"] > 0 && codes["done"] > 0, "{codes:?}");
    assert_eq!(codes.values().sum::<usize>(), callers_max, "each is answered once: {codes:?}");
    let facts = shop.facts(&order).await.iter().filter(|fact| *fact == "table_set").count();
    assert_eq!(facts, codes["done"], "what was refused wrote nothing");
    assert!(shop.verify().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_end_of_the_program_nothing_is_done() {
    let mut shop = Shop::demo().await;
    let session = Some(shop.session(Role::Manager).await);
    let order: Order = shop.opened(&["Espresso"]).await;
    let till = shop.till().clone();
    shop.close().await;
    let before = shop.print();
    let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input: order.on() };
    let error = till.command(session, "send", request.clone()).await.expect_err("the program has ended");
    assert_eq!((error.code, error.retryable), (ErrorCode::ShuttingDown, true));
    seen("send", &error);
    let error = till.query(session, "order", order.on()).await.expect_err("the program has ended");
    assert_eq!(error.code, ErrorCode::StoreFailed);
    seen("order", &error);
    assert_eq!(shop.print(), before);
    shop.open().await.expect("opens again");
    let again = shop.request("send", request).await.expect("the same command id may be sent again");
    assert!(again.applied);
}
