use docket_domain::order::OrderCommand;
use docket_testkit::samples::{cancel, pay, start_all};

use crate::office::Office;
use crate::till::{Till, create, order_id};

/// A till and its old copy, which goes on from the same head.
async fn parted(office: &Office) -> (Till, Till) {
    let mut till = office.till(1).await;
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &OrderCommand::Send);
    let copy = till.clone();
    (till, copy)
}

#[tokio::test]
async fn another_row_at_a_known_place_begins_a_second_history_and_both_are_kept() {
    let office = Office::open().await;
    let (mut till, mut copy) = parted(&office).await;
    let shared = till.head_seq();
    till.run(order_id(1), &pay(1, 1_000));
    copy.run(order_id(2), &create(order_id(2), "B-002", 2));
    office.bring(&till, 0).await;
    let verdict = office.bring(&copy, shared).await;
    assert_eq!(verdict.forked, Some((till.log(), shared + 1)));
    assert_eq!(verdict.held.map(|head| (head.seq, head.hash)), copy.rows.last().map(|row| (row.seq, row.hash)));
    assert_eq!(office.count(&format!("log_heads WHERE branch = 1 AND shared = {shared}")).await, 1);
    assert_eq!(office.order(order_id(1)).await.captured_minor, Some(300));
    assert_eq!(office.order(order_id(2)).await.status.as_deref(), Some("draft"));
    let again = office.bring(&copy, 0).await;
    assert_eq!((again.forked, again.held.map(|head| head.seq)), (None, Some(copy.head_seq())));
    copy.run(order_id(2), &OrderCommand::Send);
    let on = office.bring(&copy, copy.head_seq() - 2).await;
    assert_eq!((on.forked, on.held.map(|head| head.seq)), (None, Some(copy.head_seq())));
    till.run(order_id(1), &start_all());
    let main = office.bring(&till, till.head_seq() - 1).await;
    assert_eq!((main.forked, main.held.map(|head| head.seq)), (None, Some(till.head_seq())));
}

#[tokio::test]
async fn acts_on_two_histories_did_not_see_each_other() {
    let office = Office::open().await;
    let (mut till, mut copy) = parted(&office).await;
    till.run(order_id(1), &start_all());
    copy.run(order_id(1), &cancel());
    office.bring(&till, 0).await;
    let before = office.order(order_id(1)).await;
    assert_eq!((before.status.as_deref(), before.open_exceptions), (Some("preparing"), 0));
    office.bring(&copy, 0).await;
    let kept = office.order(order_id(1)).await;
    assert_eq!(
        (kept.status.as_deref(), kept.open_exceptions),
        (Some("cancelled"), 1),
        "cancel and start are concurrent"
    );
}

#[tokio::test]
async fn a_third_history_that_leaves_the_second_copies_what_they_share() {
    let office = Office::open().await;
    let (mut till, mut copy) = parted(&office).await;
    let shared = till.head_seq();
    till.run(order_id(1), &pay(1, 1_000));
    copy.run(order_id(2), &create(order_id(2), "B-002", 1));
    let mut third = copy.clone();
    let parting = copy.head_seq();
    copy.run(order_id(2), &OrderCommand::Send);
    third.run(order_id(2), &cancel());
    office.bring(&till, 0).await;
    office.bring(&copy, 0).await;
    let verdict = office.bring(&third, parting).await;
    assert_eq!(verdict.forked, Some((till.log(), parting + 1)));
    let own = i64::try_from(third.head_seq() - shared).expect("few");
    assert_eq!(office.count("log_rows WHERE branch = 2").await, own);
    assert_eq!(office.order(order_id(2)).await.status.as_deref(), Some("cancelled"));
}
