//! Disks that fill up or go away while the till is at work: each act is refused whole, what was
//! acknowledged stays, and the till sells on once the disk is as it was.

use std::fs::{File, create_dir, remove_dir_all};
use std::io::BufReader;

use docket_acceptance::{Disk, Plug, Shop, copy_folder, fresh};
use docket_contracts::{ApiError, CommandRequest, ErrorCode};
use docket_domain::ids::CommandId;
use docket_terminal::data::DATABASE;
use docket_terminal::export::export;
use docket_terminal::{play, rebuild};
use serde_json::{Value, json};

/// A shop that sold some orders, open on a small disk.
async fn shop_on(disk: &Disk, orders: u32) -> Shop {
    let mut shop = Shop::demo().await;
    play::play(shop.till(), orders.into(), 5, |_| {}).await.expect("plays");
    shop.close().await;
    let data = disk.path().join("data");
    copy_folder(&shop.options().data, &data);
    shop.move_to(data);
    shop.open().await.expect("opens");
    shop
}

/// A menu whose catalogue takes more room than a write-ahead log has left over.
fn large_menu() -> String {
    let item = |number: u32| json!({ "id": format!("i{number}"), "name": format!("Dish number {number}"), "category": "Food", "price": "4.50" });
    let items: Vec<Value> = (0..8_000).map(item).collect();
    json!({ "id": "large", "name": "Large", "currency": "EUR", "prices_include_tax": true, "items": items }).to_string()
}

async fn sells(shop: &Shop) {
    let order = shop.opened(&["Espresso"]).await;
    shop.must("pay_cash", order.cash()).await;
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

fn full(what: &str, error: &ApiError, field: &str) {
    assert_eq!((error.code, error.field.as_str()), (ErrorCode::DiskFull, field), "{what}: {}", error.rule);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_that_finds_no_room_is_refused_and_the_old_one_is_sold_from() {
    let disk = Disk::of_kib(12_288);
    let shop = shop_on(&disk, 4).await;
    let (menu, products) = (large_menu(), shop.ask("products", json!({})).await);
    disk.fill();
    let before = shop.print();
    let error = shop.send("import_menu", json!({ "menu": menu })).await.expect_err("there is no room");
    full("import_menu", &error, "store");
    assert_eq!(shop.print(), before, "nothing half is left");
    assert_eq!(shop.ask("products", json!({})).await, products);
    disk.free();
    sells(&shop).await;
    shop.must("import_menu", json!({ "menu": menu })).await;
    assert_eq!(
        shop.ask("products", json!({ "text": "Espresso" })).await["rows"],
        json!([]),
        "the new menu is sold from"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_finds_no_room_is_refused_and_the_old_rows_serve_on() {
    let disk = Disk::of_kib(8_192);
    let shop = shop_on(&disk, 150).await;
    let orders = shop.ask("orders", json!({})).await;
    disk.fill();
    let error = rebuild::run(shop.till(), |_, _| {}).await.expect_err("there is no room");
    full("rebuild", &error, "store");
    assert_eq!(shop.ask("orders", json!({})).await, orders);
    disk.free();
    let report = rebuild::run(shop.till(), |_, _| {}).await.expect("there is room");
    assert_eq!((report.before, report.orders), (report.after, 150));
    sells(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_finds_no_room_is_refused_and_changes_nothing() {
    let disk = Disk::of_kib(8_192);
    let shop = shop_on(&disk, 20).await;
    let before = shop.print();
    disk.fill();
    // The name fits into what the filler could not use, the content doesn't.
    let mut file = File::create(disk.path().join("export.jsonl")).expect("a name on the disk");
    let error = export(&shop.options().data, &mut file).expect_err("there is no room");
    full("export", &error, "out");
    assert_eq!(shop.print(), before);
    disk.free();
    let report = export(&shop.options().data, &mut Vec::new()).expect("memory has room");
    assert_eq!(report.orders, 20);
    sells(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_finds_no_room_stores_whole_groups_and_is_taken_in_later() {
    let disk = Disk::of_kib(8_192);
    let mut shop = shop_on(&disk, 4).await;
    // The same device went on with its old folder: a log that this one does not know.
    let other = shop.home().join("data");
    let here = shop.options().data.clone();
    shop.close().await;
    shop.move_to(other.clone());
    shop.open().await.expect("opens");
    play::play(shop.till(), 150, 6, |_| {}).await.expect("plays");
    shop.close().await;
    let path = shop.home().join("export.jsonl");
    export(&other, &mut File::create(&path).expect("a file")).expect("exported");
    shop.move_to(here);
    shop.open().await.expect("opens");
    disk.fill();
    let file = || BufReader::new(File::open(&path).expect("the export"));
    let error = shop.till().import_log(file()).await.expect_err("there is no room");
    full("import_log", &error, "store");
    assert_eq!(shop.verify().faults, Vec::<String>::new(), "no group is half there");
    disk.free();
    let report = shop.till().import_log(file()).await.expect("there is room");
    assert!(report.stored > 0, "{report:?}");
    assert_eq!(shop.till().import_log(file()).await.expect("again").stored, 0);
    sells(&shop).await;
}

/// A command that must be refused because the store is not in its place; the same is to be sent again later.
async fn refused_without_its_place(shop: &Shop, request: &CommandRequest) {
    let error = shop.request("set_table", request.clone()).await.expect_err("the store is not in its place");
    assert_eq!((error.code, error.field.as_str()), (ErrorCode::StoreFailed, "store"), "{}", error.rule);
    assert!(error.rule.contains("no longer in its place"), "{}", error.rule);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_pulled_out_takes_no_sale_and_sells_on_when_it_is_back() {
    let mut shop = Shop::demo().await;
    shop.close().await;
    let place = shop.home().join("plugged");
    create_dir(&place).expect("a folder");
    let source = shop.options().data.clone();
    let mut plug = Plug::new(&source, &place);
    shop.move_to(place.clone());
    shop.open().await.expect("opens");
    let order = shop.opened(&["Espresso"]).await;
    let input = order.with(json!({ "table": "7" }));
    let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input };
    plug.pull();
    assert!(!place.join(DATABASE).exists(), "the disk is gone");
    refused_without_its_place(&shop, &request).await;
    plug.insert();
    assert!(shop.request("set_table", request).await.expect("the disk is back").applied);
    assert_eq!(shop.view(&order).await["table"], "7");
    sells(&shop).await;
    shop.reopen().await;
    assert_eq!(shop.view(&order).await["table"], "7", "what was acknowledged was on the disk");
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_removed_or_replaced_under_the_till_takes_no_sale() {
    let mut shop = Shop::demo().await;
    let order = shop.opened(&["Espresso"]).await;
    let data = shop.options().data.clone();
    let copy = shop.home().join("copy");
    copy_folder(&data, &copy);
    let input = order.with(json!({ "table": "7" }));
    let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input };
    remove_dir_all(&data).expect("it goes");
    refused_without_its_place(&shop, &request).await;
    // A file of the same name is not the store that this till has open.
    copy_folder(&copy, &data);
    let before = shop.print();
    refused_without_its_place(&shop, &request).await;
    assert_eq!(shop.print(), before);
    shop.reopen().await;
    assert!(shop.request("set_table", request).await.expect("opened again, it is the store").applied);
    sells(&shop).await;
}
