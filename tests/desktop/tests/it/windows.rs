//! Which windows there are, and what each may call.

use docket_desktop_tests::{App, Shop};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_till_opens_the_kitchens_window_once() {
    let shop = Shop::demo();
    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    assert_eq!(app.windows().await, 1);
    till.invoke("open_window", json!({ "route": "kitchen" })).await.expect("the till may open the kitchen");
    let kitchen = app.window("/kitchen").await;
    kitchen.sees("person", "Kenji Mori").await;
    till.invoke("open_window", json!({ "route": "kitchen" })).await.expect("it is brought to the front");
    assert_eq!(app.windows().await, 2);
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guests_board_has_a_window_that_only_looks() {
    let shop = Shop::demo();
    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    till.invoke("open_window", json!({ "route": "board" })).await.expect("the till may open the board");
    let board = app.window("/board").await;
    let numbers = board.invoke("query", json!({ "name": "ready_board", "session": null, "input": {} })).await;
    assert_eq!(numbers.expect("it needs no session")["ready"], json!([]));
    let refused = board.invoke("command", json!({ "name": "verify", "session": null, "request": {} })).await;
    let refused = refused.expect_err("it does nothing");
    assert!(refused.as_str().is_some_and(|rule| rule.contains("not allowed")), "{refused}");
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_calls_what_its_capability_names_and_no_more() {
    let shop = Shop::demo();
    let app = App::start(&shop, &["--kitchen"]).await;
    let (till, kitchen) = (app.window("").await, app.window("/kitchen").await);
    let refused = kitchen.invoke("open_window", json!({ "route": "kitchen" })).await.expect_err("not the kitchen's");
    assert!(refused.as_str().is_some_and(|rule| rule.contains("not allowed")), "{refused}");
    till.invoke("plugin:window|create", json!({ "options": { "label": "x" } })).await.expect_err("granted to nobody");
    till.invoke("plugin:app|version", json!({})).await.expect_err("granted to nobody");
    for command in ["displays", "enter_kiosk"] {
        let refused = kitchen.invoke(command, json!({ "session": null })).await.expect_err("the till's alone");
        assert!(refused.as_str().is_some_and(|rule| rule.contains("not allowed")), "{command}: {refused}");
    }
    let nobody = till.invoke("enter_kiosk", json!({ "session": null })).await.expect_err("a manager's act");
    assert_eq!(nobody["code"], json!("session_required"));
    let shop = kitchen.invoke("query", json!({ "name": "shop", "session": null, "input": {} })).await;
    assert_eq!(shop.expect("who can sign in is shown before anyone has")["set_up"], json!(true));
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_reaches_the_window_with_code_field_and_rule() {
    let shop = Shop::demo();
    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    let code = async |command: &str, arguments| {
        let refused = till.invoke(command, arguments).await.expect_err("it is refused");
        assert!(refused["rule"].as_str().is_some_and(|rule| !rule.is_empty()), "{refused}");
        (refused["code"].clone(), refused["field"].clone())
    };
    let unknown = code("open_window", json!({ "route": "store" })).await;
    assert_eq!(unknown, (json!("bad_input"), json!("route")));
    let shapeless = code("command", json!({ "name": "send", "session": null, "request": {} })).await;
    assert_eq!(shapeless, (json!("bad_input"), json!("request")));
    let nobody = code("query", json!({ "name": "kitchen_board", "session": null, "input": {} })).await;
    assert_eq!(nobody, (json!("session_required"), json!("session")));
    let made_up = code("query", json!({ "name": "kitchen_board", "session": "x", "input": {} })).await;
    assert_eq!(made_up, (json!("session_required"), json!("session")));
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_shows_our_screens_and_no_other_address() {
    let shop = Shop::demo();
    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    till.sees("person", "Carlos Vega").await;
    till.run("location.href = 'https://example.invalid/'", Vec::new()).await;
    till.run("window.open('https://example.invalid/')", Vec::new()).await;
    // A script that is not ours does not run: the page's policy has no room for it.
    let inline = "const tag = document.createElement('script'); tag.textContent = 'window.smuggled = true';
        document.head.append(tag); return window.smuggled === true";
    assert_eq!(till.run(inline, Vec::new()).await, json!(false));
    let evil = "const tag = document.createElement('img'); tag.src = 'https://example.invalid/x.png';
        return new Promise((done) => { document.addEventListener('securitypolicyviolation', () => done('refused'));
        document.body.append(tag) })";
    assert_eq!(till.run(evil, Vec::new()).await, json!("refused"));
    till.sees("person", "Carlos Vega").await;
    assert_eq!(app.windows().await, 1);
    app.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_drawn_with_the_type_that_came_with_the_program() {
    const LOADED: &str = "return [...document.fonts].filter((face) => face.status === 'loaded')
        .map((face) => face.family.replaceAll('\"', ''))";
    let shop = Shop::demo();
    let app = App::start(&shop, &[]).await;
    let till = app.window("").await;
    till.sees("person", "Mia Brandt").await;
    let faces = till.run(LOADED, Vec::new()).await;
    assert!(faces.as_array().is_some_and(|faces| faces.contains(&json!("Docket Latin"))), "{faces}");
    app.end().await;
}
