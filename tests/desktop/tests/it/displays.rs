//! Windows on their displays, and kiosk mode.

use docket_desktop_tests::{App, Screen, Shop, until};
use serde_json::json;

use crate::sale::{pins, sign_in};

/// The choice of the display is taken from the app as it stands: this machine has one display to try it on.
#[path = "../../../../src-tauri/src/displays.rs"]
#[allow(dead_code, reason = "the app reads more of a display than its place")]
mod choice;

use choice::{Display, Wish, place};

fn display(name: &str, x: i32) -> Display {
    Display { name: name.into(), x, y: 0, width: 1920, height: 1080 }
}

fn wish(name: &str) -> Wish {
    Wish { display: Some(name.into()), ..Wish::default() }
}

#[test]
fn each_window_has_a_display_of_its_own_as_long_as_there_are_enough() {
    let three = [display("A", 0), display("B", 1920), display("C", 3840)];
    let stands = |line, displays: &[Display]| place(&Wish::default(), line, displays).map(|at| at.display.name.clone());
    for (count, wanted) in [(1, ["A", "A", "A"]), (2, ["A", "B", "B"]), (3, ["A", "B", "C"])] {
        assert_eq!([0, 1, 2].map(|line| stands(line, &three[..count]).expect("a display")), wanted);
    }
    assert_eq!(stands(0, &[]), None);
}

#[test]
fn a_display_that_is_chosen_counts_wherever_it_stands_in_the_line() {
    let displays = [display("A", 0), display("B", 1920)];
    let (here, gone) = (wish("B"), wish("HDMI-9"));
    let at = place(&here, 0, &displays).expect("a display");
    assert_eq!((at.display, at.missing), (&displays[1], None));
    let at = place(&gone, 1, &displays).expect("a display");
    assert_eq!((at.display, at.missing), (&displays[0], Some("HDMI-9")));
}

async fn fills(screen: &Screen, title: &str, wanted: bool) {
    until(&format!("'{title}' fills the screen: {wanted}"), async || match screen.is_filled_by(title) == wanted {
        true => Ok(()),
        false => Err(format!("fills it: {}", !wanted)),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kiosk_mode_survives_a_restart_and_ends_with_a_managers_pin() {
    let (shop, screen) = (Shop::demo(), Screen::open());
    let pins = pins(&shop).await;
    let (_, pin) = pins.iter().find(|(name, _)| name == "Mia Brandt").expect("the manager's PIN");
    let (_, cook) = pins.iter().find(|(name, _)| name == "Kenji Mori").expect("the cook's PIN");

    let app = App::start(&shop, &["--kitchen"]).await;
    let till = app.window("").await;
    sign_in(&till, &pins, "Mia Brandt").await;
    fills(&screen, "Docket", false).await;
    till.go("#/manage").await;
    till.tap("kiosk-enter", None).await;
    till.sees("kiosk-on", "").await;
    fills(&screen, "Docket", true).await;
    fills(&screen, "Docket · Kitchen", true).await;
    till.picture("kiosk").await;
    screen.close("Docket · Kitchen");
    screen.close("Docket");
    app.end().await;

    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    fills(&screen, "Docket", true).await;
    screen.close("Docket");
    sign_in(&till, &pins, "Mia Brandt").await;
    till.go("#/manage").await;
    // A cook's PIN is right, and opens nothing here.
    let shown = till.invoke("query", json!({ "name": "shop", "session": null, "input": {} })).await.expect("the shop");
    let people = shown["people"].as_array().expect("people");
    let kenji = people.iter().find(|entry| entry["person"]["name"] == "Kenji Mori").expect("the cook");
    let arguments = json!({ "personId": kenji["person"]["person_id"], "pin": cook, "commandId": uuid() });
    let refused = till.invoke("leave_kiosk", arguments).await.expect_err("a manager's act");
    assert_eq!(refused["code"], json!("role_not_allowed"));
    till.tap("kiosk-leave", None).await;
    till.fill("kiosk-pin", "0000").await;
    till.tap("kiosk-submit", None).await;
    till.sees_state("failure", "data-code", "wrong_pin").await;
    till.fill("kiosk-pin", pin).await;
    till.tap("kiosk-submit", None).await;
    till.sees("kiosk-enter", "").await;
    fills(&screen, "Docket", false).await;
    screen.close("Docket");
    app.gone().await;
    assert!(shop.is_closed());
}

/// Any id that no command had.
fn uuid() -> &'static str {
    "01890a5d-ac96-774b-bcce-b302099a8057"
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_whose_display_is_gone_stands_on_the_first_and_the_till_says_so() {
    let (shop, screen) = (Shop::demo(), Screen::open());
    let pins = pins(&shop).await;
    let kept = json!({ "kitchen": { "display": "HDMI-9", "full_screen": true, "at_start": true } });
    std::fs::write(shop.data().join("displays.json"), kept.to_string()).expect("the folder is there");
    let app = App::start(&shop, &[]).await;
    let (till, kitchen) = (app.window("").await, app.window("/kitchen").await);
    fills(&screen, "Docket · Kitchen", true).await;
    kitchen.sees("person", "Kenji Mori").await;
    let told = till.sees("missing-display", "HDMI-9").await;
    assert!(told.contains("Kitchen"), "{told}");
    till.tap("missing-display-read", None).await;
    sign_in(&till, &pins, "Mia Brandt").await;
    till.go("#/manage").await;
    till.sees("display-missing", "HDMI-9").await;
    till.picture("displays").await;
    // Choosing by hand ends it, and the window moves at once.
    till.tap("full-kitchen", None).await;
    fills(&screen, "Docket · Kitchen", false).await;
    app.end().await;
}
