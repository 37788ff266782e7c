//! What goes wrong on the way up: nothing is lost, nothing is stuck, nothing counts that is not there.

use docket_acceptance::{Shop, copy_folder};
use serde_json::json;

use super::{enrolled, in_step, own_logs, sell, till_until};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sold_without_a_line_goes_up_once_it_is_back() {
    let (mut shop, mut office) = enrolled().await;
    in_step(&shop, &office).await;
    office.stop().await;
    sell(&shop, 30).await;
    let view = shop.ask("status", json!({})).await["head_office"].clone();
    assert!(view["waiting"].as_u64().is_some_and(|waiting| waiting > 60), "{view}");
    assert!(view["oldest_waiting_ms"].as_i64().is_some(), "{view}");
    shop.reopen().await;
    sell(&shop, 10).await;
    office.open_again().await;
    assert!(shop.till().attach().await.expect("enrolled"));
    in_step(&shop, &office).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_comes_again_with_its_batch() {
    let (shop, office) = enrolled().await;
    office.fault(|faults| faults.lose_answers = 3);
    for _ in 0..4 {
        sell(&shop, 3).await;
        in_step(&shop, &office).await;
    }
    office.fault(|faults| assert_eq!(faults.lose_answers, 0, "answers were lost"));
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_arrive_the_other_way_round_are_asked_for_again() {
    let (mut shop, mut office) = enrolled().await;
    in_step(&shop, &office).await;
    office.stop().await;
    // More than two batches of one log.
    docket_terminal::play::play_in_bulk(shop.till(), 400, 7, |_| {}).await.expect("sold");
    shop.reopen().await;
    office.fault(|faults| faults.swap = 2);
    office.open_again().await;
    shop.till().attach().await.expect("enrolled");
    in_step(&shop, &office).await;
    office.fault(|faults| assert_eq!(faults.swap, 0, "batches were swapped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_ends_while_it_sends_goes_on_where_it_was() {
    let (mut shop, office) = enrolled().await;
    in_step(&shop, &office).await;
    office.fault(|faults| faults.mute = true);
    let before = office.batches();
    sell(&shop, 5).await;
    till_until(&shop, "rows are under way", |_| office.batches() > before).await;
    shop.close().await;
    office.fault(|faults| faults.mute = false);
    shop.open().await.expect("opens");
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 2).await;
    in_step(&shop, &office).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restored_head_office_lost_waits_again_and_goes_up_again() {
    let (shop, mut office) = enrolled().await;
    sell(&shop, 20).await;
    in_step(&shop, &office).await;
    let full = own_logs(&shop);
    office.stop().await;
    office.alter(|held| {
        for items in held.logs.values_mut() {
            let ends = |index: &usize| items[*index].head().signature.is_some();
            let end = (0..items.len() / 2).rev().find(ends).map_or(0, |index| index + 1);
            items.truncate(end);
        }
        held.logs.retain(|_, items| !items.is_empty());
    });
    // It says hello and answers no rows: what it lost is seen to wait.
    office.fault(|faults| faults.mute = true);
    office.open_again().await;
    let lost: u64 = full.iter().map(|(log, last)| last - office.last(*log)).sum();
    assert!(lost > 20, "head office lost rows");
    till_until(&shop, "what was lost waits again", |view| view["waiting"].as_u64() == Some(lost)).await;
    office.stop().await;
    office.fault(|faults| faults.mute = false);
    office.open_again().await;
    in_step(&shop, &office).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_restored_from_an_older_copy_begins_a_new_series_and_nothing_is_stuck() {
    let (mut shop, office) = enrolled().await;
    sell(&shop, 3).await;
    office.fault(|faults| faults.mute = true);
    sell(&shop, 3).await;
    shop.close().await;
    let copy = shop.home().join("copy");
    copy_folder(&shop.options().data, &copy);
    office.fault(|faults| faults.mute = false);
    shop.open().await.expect("opens");
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 6).await;
    in_step(&shop, &office).await;
    let before = shop.ask("status", json!({})).await["letter"].clone();
    shop.close().await;
    shop.move_to(copy);
    shop.open().await.expect("the copy opens");
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 4).await;
    in_step(&shop, &office).await;
    let status = shop.ask("status", json!({})).await;
    assert_ne!(status["letter"], before, "a new letter begins");
    assert!(status["incidents"].to_string().contains("continuity_unproven"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_without_a_witness_is_told_by_head_office_that_it_is_one() {
    let (mut shop, office) = enrolled().await;
    sell(&shop, 2).await;
    in_step(&shop, &office).await;
    // The copy is taken while the till's log is open: rows behind it are of the same log.
    let copy = shop.home().join("copy");
    shop.close().await;
    copy_folder(&shop.options().data, &copy);
    let witness = std::fs::read_dir(shop.home().join("witness"))
        .expect("a folder")
        .next()
        .expect("a witness")
        .expect("a file")
        .path();
    let kept = std::fs::read(&witness).expect("a witness");
    shop.open().await.expect("opens");
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 2).await;
    in_step(&shop, &office).await;
    shop.close().await;
    // As if folder and witness had both been put back.
    std::fs::write(&witness, kept).expect("put back");
    shop.move_to(copy);
    shop.open().await.expect("the copy opens");
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 1).await;
    in_step(&shop, &office).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_old_copy_lost_of_its_own_comes_back_and_a_new_series_begins() {
    let (mut shop, office) = enrolled().await;
    sell(&shop, 2).await;
    in_step(&shop, &office).await;
    shop.close().await;
    let copy = shop.home().join("copy");
    copy_folder(&shop.options().data, &copy);
    let witnesses = shop.home().join("witness");
    let kept = shop.home().join("witness-kept");
    copy_folder(&witnesses, &kept);
    shop.open().await.expect("opens");
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 3).await;
    in_step(&shop, &office).await;
    let sold = shop.summary().order_count;
    let letter = shop.ask("status", json!({})).await["letter"].clone();
    shop.close().await;
    // Folder and witness were both put back, so nothing here knows that a run is missing.
    std::fs::remove_dir_all(&witnesses).expect("gone");
    copy_folder(&kept, &witnesses);
    shop.move_to(copy);
    shop.open().await.expect("the copy opens");
    office.fault(|faults| faults.give_back = true);
    shop.till().attach().await.expect("enrolled");
    let mut changes = shop.till().changes(None);
    while shop.ask("status", json!({})).await["letter"] == letter {
        changes.next().await.expect("the till is open");
    }
    sell(&shop, 1).await;
    in_step(&shop, &office).await;
    assert_eq!(shop.summary().order_count, sold + 1, "what was lost is back");
    assert!(shop.ask("status", json!({})).await["incidents"].to_string().contains("continuity_unproven"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_with_another_hash_is_not_believed() {
    let (shop, mut office) = enrolled().await;
    in_step(&shop, &office).await;
    office.fault(|faults| faults.lie = true);
    let before = office.batches();
    sell(&shop, 2).await;
    till_until(&shop, "a batch was answered by a lie", |_| office.batches() > before).await;
    let view = shop.ask("status", json!({})).await["head_office"].clone();
    assert!(view["waiting"].as_u64().is_some_and(|waiting| waiting > 0), "a lie empties no outbox: {view}");
    office.fault(|faults| faults.lie = false);
    office.stop().await;
    office.open_again().await;
    in_step(&shop, &office).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_refused_keeps_no_other_waiting() {
    let (mut shop, office) = enrolled().await;
    in_step(&shop, &office).await;
    let bad = own_logs(&shop).last().expect("a log").0;
    let held = office.last(bad);
    office.fault(|faults| faults.refuse = Some(bad));
    sell(&shop, 2).await;
    till_until(&shop, "the log is set aside", |view| view["aside"].as_array().is_some_and(|aside| aside.len() == 1))
        .await;
    shop.reopen().await;
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 3).await;
    let (good, last) = *own_logs(&shop).last().expect("a log");
    assert_ne!(good, bad);
    office
        .until("the other log flows", |held| held.logs.get(&good).is_some_and(|items| items.len() as u64 == last))
        .await;
    assert_eq!(office.last(bad), held);
    office.fault(|faults| faults.refuse = None);
    in_step(&shop, &office).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_travels_as_a_stub_and_the_rows_behind_it_flow() {
    let (mut shop, mut office) = enrolled().await;
    in_step(&shop, &office).await;
    office.stop().await;
    sell(&shop, 3).await;
    let (log, last) = *own_logs(&shop).last().expect("a log");
    shop.close().await;
    let damaged = last - 4;
    shop.on_disk(|store| {
        let sql = "UPDATE events SET payload = '{\"changed\":1}' WHERE log_id = ?1 AND seq = ?2";
        let place = rusqlite::params![&log.0[..], i64::try_from(damaged).expect("small")];
        assert_eq!(store.execute(sql, place).expect("changed"), 1);
    });
    shop.open().await.expect("opens");
    office.open_again().await;
    shop.till().attach().await.expect("enrolled");
    office
        .until("the rows behind it", |held| held.logs.get(&log).is_some_and(|items| items.len() as u64 == last))
        .await;
    let stub = office.look(|held| {
        matches!(held.logs[&log][usize::try_from(damaged - 1).expect("small")], docket_sync::Item::Stub(_))
    });
    assert!(stub, "row {damaged} came as a stub");
    till_until(&shop, "nothing waits", |view| view["waiting"] == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_over_is_renewed_by_the_key() {
    let (mut shop, office) = enrolled().await;
    in_step(&shop, &office).await;
    shop.close().await;
    office.fault(|faults| faults.tokens_expired = true);
    shop.open().await.expect("opens");
    shop.till().attach().await.expect("enrolled");
    sell(&shop, 1).await;
    in_step(&shop, &office).await;
    office.fault(|faults| assert!(!faults.tokens_expired, "a new token was given"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_is_not_enrolled_keeps_everything_and_says_so() {
    let shop = Shop::demo().await;
    assert!(!shop.till().attach().await.expect("no fault"));
    sell(&shop, 1).await;
    let view = shop.ask("status", json!({})).await["head_office"].clone();
    assert_eq!((&view["state"], &view["accepted"], &view["url"]), (&json!("provisional"), &json!(0), &json!(null)));
    assert_eq!(view["recorded"], view["waiting"]);
}
