//! What a shop was told on its first day and may be told otherwise later: its name at any time, its currency until the
//! first order.

use docket_acceptance::{Shop, merged};
use docket_contracts::ErrorCode::*;
use docket_domain::staff::Role;
use docket_terminal::limits::NAME_CHARS_MAX;
use docket_terminal::rebuild;
use serde_json::{Value, json};

const MENUS: &str = include_str!("../../../../crates/domain/tests/fixtures/menus.json");
const EUROS: &str = include_str!("../../../../crates/terminal/samples/corner-cafe.json");

async fn view(shop: &Shop) -> Value {
    shop.till().query(None, "shop", json!({})).await.expect("the shop needs no session")
}

async fn called(shop: &Shop) -> String {
    view(shop).await["name"].as_str().expect("a name").to_owned()
}

fn dollars() -> Value {
    json!({ "currency": "USD", "menu": MENUS, "menu_id": "pizza-place" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_renamed_at_any_time_and_keeps_its_name_over_restart_and_rebuild() {
    let mut shop = Shop::demo().await;
    let order = shop.opened(&["Espresso"]).await;
    shop.must("pay_cash", order.cash()).await;
    for name in [" ", "a\nb", &"x".repeat(NAME_CHARS_MAX + 1)] {
        shop.refused("change_shop", json!({ "name": name }), NameInvalid, "name").await;
    }
    shop.must("change_shop", json!({ "name": " Café am Eck " })).await;
    assert_eq!(called(&shop).await, "Café am Eck");
    // The receipt is headed by the name that holds when it is printed; what was paid is in the facts.
    assert_eq!(shop.ask("receipt", order.on()).await["shop"], "Café am Eck");
    let rows = shop.ask("status", json!({})).await["head_seq"].clone();
    shop.must("change_shop", json!({ "name": "Café am Eck" })).await;
    shop.must("change_shop", json!({})).await;
    assert_eq!(shop.ask("status", json!({})).await["head_seq"], rows, "the same name is no fact");
    rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
    shop.reopen().await;
    shop.must("change_shop", json!({ "name": "Ecke" })).await;
    shop.reopen().await;
    let now = view(&shop).await;
    assert_eq!((&now["name"], &now["currency"], &now["demo"]), (&json!("Ecke"), &json!("EUR"), &json!(true)));
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_currency_changes_with_its_menu_until_the_first_order_and_then_no_more() {
    let mut shop = Shop::set_up("EUR", Some("corner-cafe")).await;
    shop.refused("change_shop", json!({ "currency": "EURO" }), UnknownCurrency, "currency").await;
    let error = shop.refused("change_shop", json!({ "currency": "USD" }), MenuNeeded, "menu").await;
    assert_eq!(error.params.and_then(|params| params.name).as_deref(), Some("EUR"));
    let euros = json!({ "currency": "USD", "menu": EUROS });
    shop.refused("change_shop", euros, CurrencyMismatch, "menu.currency").await;
    let faulty = merged(dollars(), json!({ "menu_id": "nowhere" }));
    let error = shop.refused("change_shop", faulty, MenuFault, "menu").await;
    assert!(!error.details.is_empty());

    let outcome = shop.must("change_shop", merged(dollars(), json!({ "name": "Corner" }))).await;
    assert!(!outcome.notes.is_empty(), "the notes say what the menu held");
    shop.reopen().await;
    let now = view(&shop).await;
    assert_eq!((&now["name"], &now["currency"]), (&json!("Corner"), &json!("USD")));
    let catalogue = shop.ask("catalogue", json!({})).await;
    assert_eq!((&catalogue["currency"], &catalogue["version"]), (&json!("USD"), &json!(2)));
    shop.refused("import_menu", json!({ "menu": EUROS }), CurrencyMismatch, "menu.currency").await;

    // A draft is an order: its prices are in the currency.
    let line =
        shop.ask("products", json!({ "limit": 1 })).await["rows"][0]["name"].as_str().expect("a name").to_owned();
    shop.opened(&[&line]).await;
    let back = json!({ "currency": "EUR", "menu": EUROS });
    let error = shop.refused("change_shop", back, CurrencyInUse, "currency").await;
    assert_eq!(error.params.and_then(|params| params.name).as_deref(), Some("USD"));
    shop.must("change_shop", json!({ "name": "Pizza", "currency": "USD" })).await;
    assert_eq!(called(&shop).await, "Pizza");
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_a_menu_changes_its_currency_alone() {
    let shop = Shop::set_up("EUR", None).await;
    shop.must("change_shop", json!({ "currency": "JPY" })).await;
    assert_eq!(shop.ask("catalogue", json!({})).await["currency"], "JPY");
    shop.refused("import_menu", json!({ "menu": EUROS }), CurrencyMismatch, "menu.currency").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_changes_the_shop() {
    let shop = Shop::demo().await;
    for role in [Role::Cashier, Role::Kitchen] {
        let error = shop.send_as(role, "change_shop", json!({ "name": "Mine" })).await.expect_err("a manager's act");
        assert_eq!(error.code, RoleNotAllowed);
    }
    assert_ne!(called(&shop).await, "Mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tills_agree_on_the_name_whichever_hears_of_it_first() {
    let first = Shop::demo().await;
    let second = Shop::joined(&[&first.exported()]).await;
    first.must("change_shop", json!({ "name": "First" })).await;
    second.must("change_shop", json!({ "name": "Second" })).await;
    let (from_first, from_second) = (first.exported(), second.exported());
    first.take_in(&from_second).await;
    second.take_in(&from_first).await;
    let name = called(&first).await;
    assert_eq!(called(&second).await, name);
    // Who has seen both and names it anew is right.
    second.must("change_shop", json!({ "name": "Third" })).await;
    first.take_in(&second.exported()).await;
    assert_eq!((called(&first).await, called(&second).await), ("Third".into(), "Third".into()));
    assert_eq!(called(&Shop::joined(&[&first.exported()]).await).await, "Third");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_a_disk_changed_comes_back_and_without_the_spare_the_first_one_holds() {
    const SPOIL: &str = "UPDATE documents SET body = x'7b7d' WHERE hash = \
                         (SELECT hash FROM document_heads WHERE kind = 'shop')";
    let mut shop = Shop::demo().await;
    let before = called(&shop).await;
    shop.must("change_shop", json!({ "name": "Ecke" })).await;
    shop.while_closed(|store| assert_eq!(store.execute(SPOIL, []).expect("written"), 1)).await;
    assert_eq!(called(&shop).await, "Ecke");
    shop.close().await;
    shop.on_disk(|store| assert_eq!(store.execute(SPOIL, []).expect("written"), 1));
    std::fs::remove_file(shop.options().data.join("store.spare")).expect("there is a spare");
    shop.open().await.expect("a name is no reason to stay shut");
    assert_eq!(called(&shop).await, before);
    shop.must("change_shop", json!({ "name": "Again" })).await;
    shop.reopen().await;
    assert_eq!(called(&shop).await, "Again");
}
