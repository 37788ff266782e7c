//! Whole runs, their heads, the witness, the write-ahead log, and copies of yesterday.

use docket_acceptance::copy_folder;
use rusqlite::params;

use super::kit::{Trade, sell, store};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_deleted_whole_is_named_with_and_without_its_head() {
    let mut trade = Trade::done().await;
    let at = trade.middle();
    let key = &at.log.0[..];
    for heads_too in [false, true] {
        trade.put_back().await;
        let store = store(&trade.data());
        store.execute("DELETE FROM events WHERE log_id = ?1", [key]).expect("a delete");
        if heads_too {
            let number = "(SELECT log_no FROM logs WHERE log_id = ?1)";
            for table in ["outbox", "heads", "levels"] {
                store.execute(&format!("DELETE FROM {table} WHERE log_no = {number}"), [key]).expect("a delete");
            }
            store.execute("DELETE FROM logs WHERE log_id = ?1", [key]).expect("a delete");
        }
        drop(store);
        let faults = trade.faults();
        assert!(faults.lines().any(|fault| fault.contains(&at.log.to_string())), "heads too: {heads_too}: {faults}");
        trade.sells_on(&[3, 4, 5]).await;
        assert!(trade.faults().contains(&at.log.to_string()), "it is still named: {}", trade.faults());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_run_deleted_with_its_head_is_missed_by_the_witness() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    let store = store(&trade.data());
    let newest: i64 = store.query_row("SELECT max(log_no) FROM logs", [], |row| row.get(0)).expect("a log");
    let sql = "DELETE FROM events WHERE log_id = (SELECT log_id FROM logs WHERE log_no = ?1)";
    store.execute(sql, [newest]).expect("a delete");
    for table in ["outbox", "heads", "logs"] {
        store.execute(&format!("DELETE FROM {table} WHERE log_no = ?1"), [newest]).expect("a delete");
    }
    drop(store);
    let faults = trade.faults();
    assert!(faults.contains("continuity is unproven") && faults.contains("its witness saw"), "{faults}");
    trade.sells_on(&[6, 7, 8]).await;
    assert!(trade.incidents().await.join("\n").contains("New letter B"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_deleted_with_its_head_and_its_witness_shows_in_what_stands_beside_it() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    let store = store(&trade.data());
    let newest: i64 = store.query_row("SELECT max(log_no) FROM logs", [], |row| row.get(0)).expect("a log");
    store
        .execute("DELETE FROM events WHERE log_id = (SELECT log_id FROM logs WHERE log_no = ?1)", [newest])
        .expect("a delete");
    for table in ["outbox", "heads", "logs"] {
        store.execute(&format!("DELETE FROM {table} WHERE log_no = ?1"), [newest]).expect("a delete");
    }
    drop(store);
    std::fs::remove_dir_all(trade.shop.home().join("witness")).expect("it goes");
    let faults = trade.faults();
    assert!(faults.contains("there is no witness"), "{faults}");
    assert!(faults.contains("the kept count of events"), "{faults}");
    trade.sells_on(&[6, 7, 8]).await;
    assert!(trade.incidents().await.join("\n").contains("New letter "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_was_deleted_is_told_and_numbers_begin_anew() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    std::fs::remove_dir_all(trade.shop.home().join("witness")).expect("it goes");
    assert!(trade.faults().contains("there is no witness"), "{}", trade.faults());
    trade.sells_on(&[]).await;
    let told = trade.incidents().await.join("\n");
    assert!(told.contains("There is no witness") && told.contains("New letter "), "{told}");
    trade.shop.close().await;
    assert_eq!(trade.faults(), "", "and it is whole again");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_write_ahead_log_a_killed_till_has_lost_rows_and_says_so() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    trade.shop.open().await.expect("opens");
    let lost = sell(&trade.shop).await;
    // What lies on the disk while the till runs is what a kill leaves.
    let (data, killed) = (trade.data(), trade.shop.home().join("killed"));
    copy_folder(&data, &killed);
    trade.shop.close().await;
    let witness = std::fs::metadata(killed.join("store.db-wal")).expect("rows wait in the log").len();
    assert!(witness > 0);
    std::fs::remove_file(killed.join("store.db-wal")).expect("it goes");
    std::fs::remove_file(killed.join("store.db-shm")).expect("it goes");
    copy_folder(&killed, &data);
    assert!(trade.faults().contains("continuity is unproven"), "{}", trade.faults());
    trade.sells_on(&[]).await;
    let fresh = sell(&trade.shop).await;
    assert_ne!((fresh.receipt, fresh.label), (lost.receipt, lost.label), "the lost sale's numbers stay its own");
    assert!(trade.incidents().await.join("\n").contains("New letter B"));
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterdays_copy_is_known_for_what_it_is() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    let (data, yesterday) = (trade.data(), trade.shop.home().join("yesterday"));
    copy_folder(&data, &yesterday);
    trade.shop.open().await.expect("opens");
    let today = sell(&trade.shop).await;
    trade.shop.close().await;
    copy_folder(&yesterday, &data);
    assert!(trade.faults().contains("continuity is unproven"), "{}", trade.faults());
    trade.sells_on(&[]).await;
    let fresh = sell(&trade.shop).await;
    assert_ne!((fresh.receipt, fresh.label), (today.receipt, today.label));
    assert!(trade.incidents().await.join("\n").contains("New letter B"));
    trade.shop.close().await;
    assert_eq!(trade.faults(), "", "what is there now holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_beside_the_logs_is_held_against_them() {
    let mut trade = Trade::done().await;
    let at = trade.middle();
    for (sql, fault) in [
        ("DELETE FROM outbox WHERE seq = ?2 AND log_no = (SELECT log_no FROM logs WHERE log_id = ?1)", "the outbox"),
        (
            "UPDATE heads SET seq = seq - 1 WHERE ?2 > 0 AND log_no = (SELECT log_no FROM logs WHERE log_id = ?1)",
            "head",
        ),
        ("UPDATE counters SET value = value - 1 WHERE name LIKE 'receipt:%' AND ?2 > 0 AND ?1 <> ''", "receipt"),
    ] {
        trade.put_back().await;
        let store = store(&trade.data());
        assert_eq!(store.execute(sql, params![&at.log.0[..], at.first]).expect("a change"), 1, "{sql}");
        drop(store);
        assert!(trade.faults().contains(fault), "{sql}: {}", trade.faults());
        trade.sells_on(&[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_logs_that_says_other_than_their_first_rows_is_made_again() {
    let mut trade = Trade::done().await;
    let at = trade.middle();
    let other = "unhex(replace(hex(log_id), substr(hex(log_id), 1, 2), printf('%02X', 255 - (log_no % 200))))";
    for change in [
        format!("log_id = {other}"),
        "device_class = 'kitchen'".to_owned(),
        "device_id = zeroblob(16)".to_owned(),
        "public_key = zeroblob(32)".to_owned(),
        "opened_ms = opened_ms + 1".to_owned(),
    ] {
        trade.put_back().await;
        let store = store(&trade.data());
        let sql = format!("UPDATE logs SET {change} WHERE log_id = ?1");
        assert_eq!(store.execute(&sql, [&at.log.0[..]]).expect("a change"), 1, "{change}");
        drop(store);
        let faults = trade.faults();
        assert!(faults.contains("the list of logs") && faults.contains(&at.log.to_string()), "{change}: {faults}");
        trade.sells_on(&[]).await;
        let told = trade.incidents().await.join("\n");
        assert!(told.contains("The store's file was damaged") && !told.contains("New letter"), "{change}: {told}");
        trade.shop.close().await;
        assert_eq!(trade.faults(), "", "{change}: it is whole again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_that_was_changed_on_the_disk_is_the_one_that_was_set_again() {
    let mut trade = Trade::done().await;
    for change in [
        "verifier = replace(verifier, 'argon2id', 'argon2ie')",
        "verifier = substr(verifier, 1, 40) || char(unicode(substr(verifier, 41, 1)) + 1) || substr(verifier, 42)",
        "verifier = CAST(x'24ff24' AS TEXT)",
    ] {
        trade.put_back().await;
        let store = store(&trade.data());
        store.execute(&format!("UPDATE pin_verifiers SET {change}"), []).expect("a change");
        drop(store);
        // Whoever sells signs in with the PIN; a spare that took the change over would be found at the second start.
        for _ in 0..2 {
            trade.sells_on(&[]).await;
            trade.shop.close().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_fact_of_the_folder_that_was_changed_or_lost_is_as_it_was_again() {
    let mut trade = Trade::done().await;
    for change in [
        "UPDATE folder SET value = replace(value, 'Etc/UTC', 'Etc/UCT') WHERE name = 'shop'",
        "UPDATE folder SET value = replace(value, 'demo', 'demp') WHERE name = 'shop'",
        "DELETE FROM folder WHERE name = 'shop'",
        "DELETE FROM folder WHERE name = 'device'",
        "DELETE FROM folder WHERE name = 'store'",
    ] {
        trade.put_back().await;
        let store = store(&trade.data());
        assert_eq!(store.execute(change, []).expect("a change"), 1, "{change}");
        drop(store);
        trade.sells_on(&[]).await;
        let told = trade.incidents().await.join("\n");
        assert!(told.contains("The store's file was damaged"), "{change}: {told}");
        trade.shop.close().await;
        assert_eq!(trade.faults(), "", "{change}: it is whole again");
    }
}
