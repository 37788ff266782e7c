//! Stores that can't be opened or written: each says why, writes nothing, and is usable once it is mended.

use docket_acceptance::{Disk, ReadOnly, Shop, copy_folder, fresh, seen};
use docket_contracts::{ApiError, CommandRequest, ErrorCode};
use docket_domain::ids::CommandId;
use docket_terminal::data::DATABASE;
use docket_terminal::{OpenOptions, Terminal};
use serde_json::json;

/// Opens what must not open.
async fn refused(options: &OpenOptions, code: ErrorCode) -> ApiError {
    let error = Terminal::open(options.clone()).await.err().expect("the store must not open");
    assert_eq!((error.code, error.field.as_str()), (code, "data"), "{}", error.rule);
    seen("start", &error);
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_till_on_the_same_folder_is_refused_and_the_first_sells_on() {
    let mut shop = Shop::demo().await;
    let error = refused(shop.options(), ErrorCode::StoreLocked).await;
    assert!(error.rule.contains("another Docket process"), "{}", error.rule);
    shop.opened(&["Espresso"]).await;
    shop.reopen().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_a_newer_program_wrote_is_left_alone() {
    let mut shop = Shop::demo().await;
    shop.close().await;
    shop.on_disk(|store| {
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (99990101000000, 'later', 1, x'00', 0)";
        store.execute(sql, []).expect("a later migration")
    });
    let before = shop.print();
    refused(shop.options(), ErrorCode::StoreNewer).await;
    assert_eq!(shop.print(), before);
    shop.on_disk(|store| {
        store.execute("DELETE FROM _sqlx_migrations WHERE description = 'later'", []).expect("a delete")
    });
    shop.open().await.expect("opens");
    shop.opened(&["Espresso"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_can_only_be_read_is_refused_and_opens_once_it_can_be_written() {
    let mut shop = Shop::demo().await;
    shop.opened(&["Espresso"]).await;
    shop.close().await;
    let before = shop.print();
    let read_only = ReadOnly::folder(&shop.options().data);
    refused(shop.options(), ErrorCode::StoreReadOnly).await;
    drop(read_only);
    assert_eq!(shop.print(), before);
    shop.open().await.expect("opens");
    shop.opened(&["Espresso"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_the_start_and_later_does_not() {
    let mut shop = Shop::demo().await;
    shop.close().await;
    let disk = Disk::of_kib(4_096);
    let data = disk.path().join("data");
    copy_folder(&shop.options().data, &data);
    shop.move_to(data);
    disk.fill();
    refused(shop.options(), ErrorCode::DiskFull).await;
    disk.free();
    shop.open().await.expect("opens");
    shop.opened(&["Espresso"]).await;
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_on_a_full_disk_is_refused_and_a_later_one_makes_the_store() {
    let disk = Disk::of_kib(4_096);
    let options =
        OpenOptions { data: disk.path().join("data"), witness: Some(disk.path().join("witness")), demo: false };
    disk.fill();
    refused(&options, ErrorCode::DiskFull).await;
    disk.free();
    let till = Terminal::open(options).await.expect("there is room");
    assert_eq!(till.query(None, "shop", json!({})).await.expect("a view")["set_up"], false);
    till.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_refuses_commands_answers_queries_and_loses_nothing() {
    let mut shop = Shop::demo().await;
    shop.close().await;
    let disk = Disk::of_kib(8_192);
    let data = disk.path().join("data");
    copy_folder(&shop.options().data, &data);
    shop.move_to(data);
    shop.open().await.expect("opens");
    let first = shop.opened(&["Espresso"]).await;
    disk.fill();
    // What the write-ahead log has room for is still taken; then the disk is full.
    let mut refused = None;
    for number in 0..2_000 {
        let before = shop.print();
        let input = first.with(json!({ "table": number.to_string() }));
        let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input };
        match shop.request("set_table", request.clone()).await {
            Ok(outcome) => assert!(outcome.applied),
            Err(error) => {
                assert_eq!(shop.print(), before, "nothing was written");
                refused = Some((error, request));
                break;
            }
        }
    }
    let (error, request) = refused.expect("the disk is full");
    assert_eq!((error.code, error.retryable), (ErrorCode::DiskFull, true), "{}", error.rule);
    seen("set_table", &error);
    assert_eq!(shop.view(&first).await["status"], "draft");
    disk.free();
    assert!(shop.request("set_table", request).await.expect("the same command again").applied);
    assert_eq!(shop.verify().faults, Vec::<String>::new());
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_missing_or_another_is_never_replaced() {
    let mut shop = Shop::demo().await;
    shop.close().await;
    let before = shop.print();
    for name in ["device.key", "store.secret"] {
        let path = shop.options().data.join(name);
        let kept = std::fs::read(&path).expect("a key");
        std::fs::remove_file(&path).expect("it goes");
        let error = refused(shop.options(), ErrorCode::StoreFailed).await;
        assert!(error.rule.contains(name) && error.rule.contains("missing"), "{}", error.rule);
        assert!(!path.exists(), "{name} was made anew");
        std::fs::write(&path, &kept).expect("it is back");
    }
    let path = shop.options().data.join("device.key");
    let kept = std::fs::read(&path).expect("a key");
    std::fs::write(&path, [3; 32]).expect("another key");
    let error = Terminal::open(shop.options().clone()).await.err().expect("another device's key");
    assert_eq!(error.code, ErrorCode::StoreFailed);
    assert!(error.field == "data" && error.rule.contains("device key"), "{}", error.rule);
    std::fs::write(&path, kept).expect("it is back");
    assert_eq!(shop.print(), before);
    shop.open().await.expect("opens");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_store_in_a_folder_that_never_had_one_is_refused_and_left_as_it_is() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    std::fs::create_dir(&data).expect("a folder");
    let text = b"this is a letter to the tax office, not a database".repeat(100);
    std::fs::write(data.join(DATABASE), &text).expect("a file");
    let options = OpenOptions { data: data.clone(), witness: Some(home.path().join("witness")), demo: false };
    refused(&options, ErrorCode::StoreFailed).await;
    assert_eq!(std::fs::read(data.join(DATABASE)).expect("the file"), text);
}

/// Overwrites the first page of a table in the file, behind the till's back.
fn ruin(shop: &Shop, table: &str) {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let (page, size): (u32, u32) = shop.on_disk(|store| {
        store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
        let page = store
            .query_row("SELECT rootpage FROM sqlite_master WHERE name = ?1", [table], |row| row.get(0))
            .expect("a table");
        (page, store.query_row("PRAGMA page_size", [], |row| row.get(0)).expect("a size"))
    });
    let mut file = std::fs::OpenOptions::new().write(true).open(shop.options().data.join(DATABASE)).expect("the file");
    file.seek(SeekFrom::Start(u64::from((page - 1) * size))).expect("a place");
    file.write_all(&vec![0xff; usize::try_from(size).expect("small")]).expect("rubbish");
    // A change by another connection makes the till drop what it holds of the file.
    shop.on_disk(|store| store.execute("UPDATE folder SET value = value WHERE name = 'run'", []).expect("a change"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_breaks_where_there_is_no_room_to_salvage_it_is_read_only_in_the_end() {
    let disk = Disk::of_kib(8_192);
    let mut shop = Shop::demo().await;
    shop.close().await;
    let data = disk.path().join("data");
    copy_folder(&shop.options().data, &data);
    shop.move_to(data);
    shop.open().await.expect("opens");
    let order = shop.opened(&["Espresso"]).await;
    ruin(&shop, "receipts");
    disk.fill();
    let error = shop.send("send", order.on()).await.expect_err("the store is broken");
    assert_eq!(error.code, ErrorCode::StoreFailed);
    seen("send", &error);
    let error = shop.send("send", order.on()).await.expect_err("it can't be written any more");
    assert_eq!(error.code, ErrorCode::StoreReadOnly);
    seen("send", &error);
    assert_eq!(shop.ask("status", json!({})).await["read_only"], true);
    assert_eq!(shop.view(&order).await["status"], "draft", "what can be read is shown");
    disk.free();
    shop.reopen().await;
    shop.must("send", order.on()).await;
}
