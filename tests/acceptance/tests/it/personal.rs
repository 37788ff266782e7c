//! What is known about people: sealed wherever it is stored, and gone with its key.

use docket_acceptance::Shop;
use docket_contracts::view::OrderStatus;
use serde_json::json;

const SECRETS: [&str; 5] = ["Zoë Quellfeld", "+49 30 5550199", "Hinterhof 7b", "Prenzlau-Ost", "Nussallergie!"];

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_stands_in_no_file_and_no_export_and_is_gone_with_the_key() {
    let mut shop = Shop::demo().await;
    let order = shop.at(OrderStatus::Confirmed).await;
    let [name, phone, street, city, note] = SECRETS;
    let address = json!({ "lines": [street], "postal_code": "12345", "city": city, "country": "DE" });
    shop.must("set_customer", order.with(json!({ "name": name, "phone": phone, "address": address }))).await;
    shop.must("set_note", order.with(json!({ "note": note }))).await;
    let view = shop.view(&order).await;
    assert_eq!((&view["customer"]["name"], &view["note"]), (&json!(name), &json!(note)));
    assert_eq!(shop.ask("kitchen_board", json!({})).await["cooking"][0]["note"], note);

    let data = shop.options().data.clone();
    let search = |files: &std::path::Path| {
        for entry in std::fs::read_dir(files).expect("the folder") {
            let path = entry.expect("an entry").path();
            let bytes = std::fs::read(&path).expect("a file");
            for secret in SECRETS {
                assert!(!holds(&bytes, secret), "{secret} stands in {}", path.display());
            }
        }
    };
    search(&data);
    let mut export = Vec::new();
    docket_terminal::export::export(&data, &mut export).expect("an export");
    assert!(SECRETS.iter().all(|secret| !holds(&export, secret)), "the export tells of a guest");
    let history = shop.ask("history", order.on()).await.to_string();
    assert!(SECRETS.iter().all(|secret| !history.contains(secret)), "the history shows payloads as stored");
    shop.close().await;
    search(&data);
    shop.open().await.expect("opens");

    let erased = shop.on_disk(|store| {
        store.execute("DELETE FROM subject_keys WHERE subject_id = ?1", [&order.id.as_bytes()[..]]).expect("a delete")
    });
    assert_eq!(erased, 1);
    let view = shop.view(&order).await;
    assert_eq!(view["customer"], json!({ "name": null, "phone": null, "address": null, "erased": true }));
    assert_eq!(view["note"], json!(null));
    assert_eq!(shop.verify().faults, Vec::<String>::new(), "the log still verifies");
    shop.must("set_customer", order.with(json!({ "name": "Ada" }))).await;
    assert_eq!(shop.view(&order).await["customer"]["name"], "Ada", "a new key for what comes after");
}
