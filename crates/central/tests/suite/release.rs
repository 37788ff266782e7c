//! Rows whose type this program did not know when they came, and knows since its update.

use docket_domain::order::OrderCommand;
use docket_testkit::samples::{pay, start_all};

use crate::office::Office;
use crate::till::{Till, create, order_id};

/// Brings an order in as a program left it that knows neither kitchen nor money: the rows are held and quarantined, the
/// order stands as it was before them and asks for an update, and nobody was told of more.
async fn left_by_an_older_program(office: &Office) -> Till {
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &OrderCommand::Send);
    office.bring(&till, 0).await;
    let known = till.head_seq();
    sqlx::query("CREATE TABLE public.before AS SELECT * FROM central.orders")
        .execute(&office.owner)
        .await
        .expect("kept");
    till.run(order_id(1), &start_all());
    till.run(order_id(1), &pay(1, 1_000));
    office.bring(&till, known).await;
    let back = "DELETE FROM central.orders; INSERT INTO central.orders SELECT * FROM public.before; \
         UPDATE central.orders SET update_needed = true; DELETE FROM central.outbox WHERE sequence > 1 OR topic LIKE '%payments%'; \
         INSERT INTO central.quarantine (tenant, log_id, branch, seq, event_type) SELECT tenant, log_id, branch, seq, \
         event_type FROM central.log_rows WHERE event_type IN ('order.preparation_started', 'order.cash_paid')";
    sqlx::raw_sql(back).execute(&office.owner).await.expect("it stands as an older program left it");
    till
}

#[tokio::test]
async fn rows_that_an_older_program_did_not_know_take_effect_by_themselves() {
    let office = Office::open().await;
    let till = left_by_an_older_program(&office).await;
    let quarantined = office.count("quarantine").await;
    assert!(quarantined >= 2);
    assert_eq!(office.order(order_id(1)).await.status.as_deref(), Some("confirmed"));
    assert_eq!(office.ingest.release().await.expect("it looks"), u64::try_from(quarantined).expect("few"));
    let (kept, seen) = (office.order(order_id(1)).await, till.order(order_id(1)));
    assert_eq!((kept.token, kept.update_needed), (seen.version.to_string(), false));
    assert_eq!(kept.status.as_deref(), Some("preparing"));
    assert_eq!(kept.captured_minor, Some(seen.captured_minor));
    let told: Vec<String> = office.outbox().await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(told, ["order.created", "order.status-changed", "payment.captured"]);
    assert_eq!(office.count("quarantine WHERE released_at IS NULL").await, 0);
    assert_eq!(office.ingest.release().await.expect("it looks"), 0, "once is enough");
}

#[tokio::test]
async fn a_type_that_nobody_knows_yet_waits_on_and_an_older_fold_is_mended_again() {
    let office = Office::open().await;
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.write_unknown(order_id(1));
    office.bring(&till, 0).await;
    assert_eq!(office.ingest.release().await.expect("it looks"), 0);
    assert_eq!(office.count("quarantine WHERE released_at IS NULL").await, 1);
    let office = Office::open().await;
    let till = left_by_an_older_program(&office).await;
    assert!(office.ingest.release().await.expect("it looks") > 0);
    // A program from before, which still runs, folds the order once more without them.
    let older = "DELETE FROM central.orders; INSERT INTO central.orders SELECT * FROM public.before; \
         UPDATE central.orders SET update_needed = true";
    sqlx::raw_sql(older).execute(&office.owner).await.expect("it folds");
    assert!(office.ingest.release().await.expect("it looks") > 0);
    assert_eq!(office.order(order_id(1)).await.token, till.order(order_id(1)).version.to_string());
}
