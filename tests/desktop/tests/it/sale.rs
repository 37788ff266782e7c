//! One sale through both windows, and the same order after a restart.

use docket_desktop_tests::{App, Program, Shop, Window};

/// Who can sign in with which PIN, as the program prints it.
pub async fn pins(shop: &Shop) -> Vec<(String, String)> {
    let mut program = Program::start(&shop.words(), &[]);
    let mut pins = Vec::new();
    for _ in 0..3 {
        let line = program.line().await;
        let (person, pin) = line.split_once(") signs in with ").expect("a person, a role and a PIN");
        let (name, _role) = person.split_once(" (").expect("the role in brackets");
        pins.push((name.to_owned(), pin.to_owned()));
    }
    program.tell(rustix::process::Signal::TERM);
    assert_eq!(program.end().await.code, Some(0));
    pins
}

pub async fn sign_in(window: &Window, pins: &[(String, String)], name: &str) {
    let (_, pin) = pins.iter().find(|(person, _)| person == name).expect("a PIN was printed");
    window.sign_in(name, pin).await;
}

/// The options whose middle is not theirs to tap.
const HIDDEN_OPTIONS: &str =
    "return [...document.querySelectorAll('[data-testid=modifier-option]')].filter((option) => {
    const { x, y, width, height } = option.getBoundingClientRect();
    return !option.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}).map((option) => option.textContent.trim())";

/// A large latte with oat drink: 3.80 + 0.50 + 0.80.
async fn choose_latte(till: &Window) {
    till.tap("tile", Some("Latte")).await;
    till.tap("modifier-option", Some("Oat drink")).await;
    till.tap("modifier-option", Some("Large")).await;
    till.picture("modifiers").await;
    // WebKit lays out and paints in ways of its own, so it is asked what a finger would meet.
    let hidden = till.run(HIDDEN_OPTIONS, Vec::new()).await;
    assert_eq!(hidden, serde_json::json!([]), "options that no finger can reach");
    till.tap("modifier-submit", None).await;
    till.sees("cart-line", "Oat drink").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_goes_through_both_windows_and_is_there_after_a_restart() {
    let shop = Shop::demo();
    let pins = pins(&shop).await;

    let app = App::start(&shop, &["--kitchen"]).await;
    let till = app.window("").await;
    let kitchen = app.window("/kitchen").await;
    till.picture("sign-in").await;
    sign_in(&till, &pins, "Carlos Vega").await;
    sign_in(&kitchen, &pins, "Kenji Mori").await;
    till.picture("idle").await;

    choose_latte(&till).await;
    let label = till.sees("order-label", "").await;
    till.sees("total", "5.10").await;
    till.tap("send", None).await;
    till.sees_state("cart-line", "data-state", "fired").await;

    // Nobody asks for it: the ticket is pushed to the kitchen's window.
    let ticket = kitchen.sees("ticket", &label).await;
    assert!(ticket.contains("Latte") && ticket.contains("Oat drink") && ticket.contains("Large"), "{ticket}");
    kitchen.picture("kitchen-new").await;
    kitchen.tap("start", None).await;
    kitchen.sees_state("ticket-line", "data-state", "started").await;
    till.sees_state("state", "data-state", "preparing").await;
    kitchen.tap("ready", None).await;
    kitchen.sees("ready-ticket", &label).await;
    kitchen.picture("kitchen-ready").await;

    till.sees_state("state", "data-state", "ready").await;
    till.picture("ready").await;
    till.tap("exact-cash", None).await;
    let receipt = till.sees("receipt-number", "").await;
    till.sees("change", "0.00").await;
    till.picture("paid").await;
    app.end().await;
    assert!(shop.is_closed(), "the write-ahead log must be folded in at the end");

    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    sign_in(&till, &pins, "Carlos Vega").await;
    till.go("#/orders").await;
    till.tap("filter-all", None).await;
    let row = till.sees("order-row", &label).await;
    assert!(row.contains("Latte") && row.contains("5.10"), "{row}");
    till.tap("order-row", Some(&label)).await;
    till.sees("order-line", "Oat drink").await;
    let payment = till.sees("payment", "5.10").await;
    let number = receipt.rsplit(' ').next().expect("a receipt has a number");
    assert!(payment.contains(number), "{payment} has not the receipt {number}");
    till.sees("history-entry", "Kenji Mori").await;
    till.picture("order-after-restart").await;
    app.end().await;
}
