//! First start and menus: a fault makes no shop and imports nothing.

use docket_acceptance::{Shop, fresh, merged};
use docket_contracts::CommandRequest;
use docket_contracts::ErrorCode::*;
use docket_domain::ids::CommandId;
use docket_domain::staff::Role;
use docket_terminal::limits::NAME_CHARS_MAX;
use serde_json::{Value, json};

fn set_up() -> Value {
    json!({
        "shop_name": "Corner", "currency": "EUR", "sample_menu": "corner-cafe", "manager_name": "Mia", "pin": "1111",
        "time_zone": "Europe/Berlin",
    })
}

fn request(input: Value) -> CommandRequest {
    CommandRequest { command_id: CommandId(fresh()), expected_version: None, input }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_made_whole_or_not_at_all() {
    let shop = Shop::none().await;
    let long = "x".repeat(NAME_CHARS_MAX + 1);
    let faults = [
        (UnknownCurrency, "currency", json!({ "currency": "EURO" })),
        (UnknownCurrency, "currency", json!({ "currency": "XTS" })),
        (UnknownCurrency, "currency", json!({ "currency": "eur" })),
        (NameInvalid, "shop_name", json!({ "shop_name": " " })),
        (NameInvalid, "shop_name", json!({ "shop_name": long })),
        (NameInvalid, "manager_name", json!({ "manager_name": "Mi\na" })),
        (PinInvalid, "pin", json!({ "pin": "111" })),
        (PinInvalid, "pin", json!({ "pin": "1234567890123" })),
        (PinInvalid, "pin", json!({ "pin": "12a4" })),
        (UnknownSample, "sample_menu", json!({ "sample_menu": "nowhere" })),
        (CurrencyMismatch, "sample_menu", json!({ "currency": "JPY" })),
        (UnknownTimeZone, "time_zone", json!({ "time_zone": "Europe/Atlantis" })),
    ];
    for (code, field, change) in faults {
        shop.refused_request(None, "set_up_shop", request(merged(set_up(), change)), code, field).await;
    }
    let sign_in = json!({ "person_id": fresh(), "pin": "1111", "station": "till" });
    shop.refused_request(None, "sign_in", request(sign_in), ShopNotSetUp, "").await;
    let view = shop.till().query(None, "shop", json!({})).await.expect("a view");
    assert_eq!((&view["set_up"], &view["people"]), (&json!(false), &json!([])));

    let first = request(set_up());
    let made = shop.till().command(None, "set_up_shop", first.clone()).await.expect("a shop");
    assert!(made.applied && !made.notes.is_empty(), "the notes say what the menu held");
    shop.refused_request(None, "set_up_shop", request(set_up()), ShopExists, "").await;
    let other = CommandRequest { input: merged(set_up(), json!({ "pin": "2222" })), ..first.clone() };
    shop.refused_request(None, "set_up_shop", other, CommandIdReused, "command_id").await;
    let again = shop.till().command(None, "set_up_shop", first).await.expect("a retry");
    assert_eq!(again, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_windows_that_set_up_the_shop_one_does() {
    let shop = Shop::none().await;
    let other = merged(set_up(), json!({ "shop_name": "Other", "sample_menu": null }));
    let (first, second) =
        tokio::join!(shop.send_in(None, "set_up_shop", set_up()), shop.send_in(None, "set_up_shop", other));
    let refusals: Vec<_> = [first, second].into_iter().filter_map(Result::err).map(|error| error.code).collect();
    assert_eq!(refusals, [ShopExists]);
    let people = shop.till().query(None, "shop", json!({})).await.expect("a view")["people"].clone();
    assert_eq!(people.as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_with_a_fault_is_named_by_field_and_place_and_changes_nothing() {
    let shop = Shop::demo().await;
    let fixtures = include_str!("../../../../../crates/domain/tests/fixtures/menus.json");
    let menu = |change: &dyn Fn(&mut Value)| {
        let mut menu: Value =
            serde_json::from_str(include_str!("../../../../../crates/terminal/samples/corner-cafe.json"))
                .expect("JSON");
        change(&mut menu);
        json!({ "menu": menu.to_string() })
    };
    let faults = [
        menu(&|menu| menu["items"][3]["price"] = json!("3.105")),
        menu(&|menu| menu["items"][3]["price"] = json!("-1.00")),
        menu(&|menu| menu["items"][3]["modifier_groups"] = json!(["nothing"])),
        menu(&|menu| menu["currency"] = json!("EURO")),
        json!({ "menu": "" }),
        json!({ "menu": "{\"menus\": []}" }),
        json!({ "menu": fixtures, "menu_id": "nowhere" }),
    ];
    for input in faults {
        let error = shop.refused("import_menu", input, MenuFault, "menu").await;
        assert!(!error.details.is_empty() && error.rule.contains("nothing was imported"), "{error:?}");
    }
    let error =
        shop.refused("import_menu", menu(&|menu| menu["items"][3]["price"] = json!("3.105")), MenuFault, "menu").await;
    assert!(error.rule.contains("items[3].price"), "{}", error.rule);
    let fault = json!({ "code": "too_many_decimals", "text": "3.105", "currency": "EUR" });
    assert_eq!(json!(error.faults[0].fault), fault, "a screen says it in words of its own");
    assert_eq!(error.faults[0].place, "items[3].price");
    let dollars = json!({ "menu": fixtures, "menu_id": "pizza-place" });
    shop.refused("import_menu", dollars, CurrencyMismatch, "menu.currency").await;
    assert_eq!(shop.ask_as(Role::Kitchen, "catalogue", json!({})).await.expect("the old menu")["version"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_begins_with_a_menu_of_its_own_and_a_check_of_it_writes_nothing() {
    let shop = Shop::none().await;
    let menu = include_str!("../../../../../crates/terminal/samples/corner-cafe.json");
    let check = async |input: Value| {
        let before = shop.print();
        let outcome = shop.send_in(None, "check_menu", input).await.expect("a check needs no session yet");
        assert_eq!(shop.print(), before);
        assert!(!outcome.applied);
        outcome.menu.expect("what was found")
    };
    let found = check(json!({ "menu": menu, "currency": "USD" })).await;
    assert!(!found.currency_fits && found.faults.is_empty());
    let content = found.content.expect("it has no fault");
    assert_eq!((content.currency.as_str(), content.taxes[0].percent.as_str()), ("EUR", "19"));
    let found = check(json!({ "menu": "{\"items\": 7}" })).await;
    assert!(found.content.is_none() && !found.faults.is_empty());

    let with = |more: Value| merged(set_up(), more);
    let faulty = with(json!({ "menu": "{}" }));
    shop.refused_request(None, "set_up_shop", request(faulty), MenuFault, "menu").await;
    let dollars = with(json!({ "menu": menu, "currency": "USD" }));
    shop.refused_request(None, "set_up_shop", request(dollars), CurrencyMismatch, "menu.currency").await;
    shop.send_in(None, "set_up_shop", with(json!({ "menu": menu, "sample_menu": null }))).await.expect("a shop");
    let mia = shop.person("Mia").await;
    let input = json!({ "person_id": mia, "pin": "1111", "station": "till" });
    let session = shop.send_in(None, "sign_in", input).await.expect("signs in").session.expect("a session");
    let catalogue = shop.till().query(Some(session.session_id), "catalogue", json!({})).await.expect("a catalogue");
    assert_eq!(catalogue["products"], content.products);
}
