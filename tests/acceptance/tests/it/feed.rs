//! The change feed: one change for each commit's command, resumable, and a reset where it is not.

use docket_acceptance::Shop;
use docket_contracts::{Change, ChangePosition, Topic};
use docket_terminal::ChangeFeed;
use serde_json::json;

async fn next(feed: &mut ChangeFeed) -> Change {
    loop {
        match feed.next().await.expect("the till is open") {
            Change::Heartbeat { .. } => {}
            change => return change,
        }
    }
}

async fn changed(feed: &mut ChangeFeed) -> (ChangePosition, Vec<Topic>, Option<uuid::Uuid>) {
    match next(feed).await {
        Change::Changed { position, topics, order_id, .. } => (position, topics, order_id.map(|id| id.0)),
        other => panic!("{other:?} is no change"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_accepted_command_is_told_once_and_a_refused_one_never() {
    let shop = Shop::demo().await;
    let mut feed = shop.till().changes(None);
    assert!(matches!(next(&mut feed).await, Change::Reset { .. }), "a new window fetches everything");
    let order = shop.opened(&["Espresso"]).await;
    let (_, topics, id) = changed(&mut feed).await;
    assert_eq!(id, Some(order.id));
    assert!(topics.contains(&Topic::Orders) && topics.contains(&Topic::Status), "{topics:?}");
    shop.send("complete", order.on()).await.expect_err("not paid");
    shop.must("set_table", order.with(json!({}))).await;
    shop.must("send", order.on()).await;
    let (position, _, id) = changed(&mut feed).await;
    assert_eq!(id, Some(order.id));
    assert_eq!(
        shop.facts(&order).await.last().map(String::as_str),
        Some("lines_fired"),
        "it was told after the commit"
    );

    shop.must("start", order.on()).await;
    shop.must("ready", order.on()).await;
    let (third, ..) = changed(&mut feed).await;
    let (fourth, ..) = changed(&mut feed).await;
    let mut resumed = shop.till().changes(Some(&position));
    assert_eq!(
        (changed(&mut resumed).await.0, changed(&mut resumed).await.0),
        (third, fourth),
        "nothing is missed, nothing doubled"
    );
    shop.must("recall", order.on()).await;
    assert_eq!(changed(&mut resumed).await.0, changed(&mut feed).await.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_is_not_of_this_run_resets() {
    let mut shop = Shop::demo().await;
    let mut feed = shop.till().changes(None);
    next(&mut feed).await;
    shop.opened(&["Espresso"]).await;
    let (position, ..) = changed(&mut feed).await;
    shop.reopen().await;
    let (run, _) = position.0.split_once('-').expect("run-number");
    for position in [position.0.as_str(), "", "x", "1-", &format!("{run}-999999"), "999-0"] {
        let mut feed = shop.till().changes(Some(&ChangePosition(position.into())));
        assert!(matches!(next(&mut feed).await, Change::Reset { .. }), "{position:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_feed_beats_so_that_a_window_knows_that_the_till_is_there() {
    let shop = Shop::demo().await;
    let mut feed = shop.till().changes(None);
    next(&mut feed).await;
    assert!(matches!(feed.next().await, Some(Change::Heartbeat { .. })));
}
