//! Long work: it says how it ended, and what a person cancels leaves everything as it was. Where a test cancels, no task
//! of the background has had its turn yet: these tests have one thread, and nothing is waited for in between.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_acceptance::{Shop, fresh, merged, seen};
use docket_contracts::ErrorCode;
use docket_domain::staff::Role;
use docket_terminal::{play, rebuild};
use serde_json::{Value, json};

const ORDERS: u64 = 40;

async fn busy_shop() -> Shop {
    let shop = Shop::demo().await;
    play::play_in_bulk(shop.till(), ORDERS, 5, |_| {}).await.expect("plays");
    shop.session(Role::Manager).await;
    shop
}

/// How the work that is under way ends.
async fn end_of(shop: &Shop, work: &str) -> Value {
    let mut feed = shop.till().changes(None);
    loop {
        let status = shop.ask("status", json!({})).await;
        if status["progress"].is_null() && status["ended"]["work"] == work {
            return status["ended"].clone();
        }
        feed.next().await.expect("the till tells");
    }
}

async fn cancelled(shop: &Shop, name: &str, input: Value, work: &str) {
    shop.must(name, input).await;
    shop.must("cancel_work", json!({ "work": work })).await;
    let ended = end_of(shop, work).await;
    assert_eq!((&ended["end"], &ended["text"], &ended["failure"]), (&json!("cancelled"), &json!(""), &Value::Null));
}

/// Sends a file in parts of so many bytes.
async fn send(shop: &Shop, text: &str, part: usize) -> Value {
    let file = json!(fresh());
    for (number, bytes) in text.as_bytes().chunks(part).enumerate() {
        let input = json!({ "file_id": file, "at": number * part, "bytes": STANDARD.encode(bytes) });
        shop.must("import_part", input.clone()).await;
        // An answer that was lost on the way makes a client send it again.
        shop.must("import_part", input).await;
    }
    file
}

fn files(shop: &Shop) -> Vec<String> {
    let names = std::fs::read_dir(shop.options().data.join("exports")).into_iter().flatten().flatten();
    names.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_rebuild_that_is_cancelled_leaves_the_old_read_models_and_nothing_of_its_own() {
    let mut shop = busy_shop().await;
    let right = rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds").after;
    cancelled(&shop, "rebuild", json!({}), "rebuild").await;
    let again = rebuild::run(shop.till(), |_, _| {}).await.expect("another may begin");
    assert_eq!((again.before, again.after), (right.clone(), right));
    cancelled(&shop, "rebuild", json!({}), "rebuild").await;
    shop.while_closed(|store| {
        let shadows = "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%shadow%'";
        assert_eq!(store.query_row(shadows, [], |row| row.get::<_, i64>(0)), Ok(0));
    })
    .await;
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_verification_that_is_cancelled_says_nothing_of_the_store() {
    let shop = busy_shop().await;
    shop.must("verify", json!({})).await;
    assert_eq!(end_of(&shop, "verify").await["end"], "done");
    let before = shop.ask("status", json!({})).await;
    assert!(before["last_verify_ms"].as_i64() > Some(0), "{before}");
    let verified = &before["verified"];
    assert!(
        verified["rows"].as_u64() > Some(0) && verified["faults"] == 0 && verified["first"].is_null(),
        "{verified}"
    );
    cancelled(&shop, "verify", json!({}), "verify").await;
    let after = shop.ask("status", json!({})).await;
    assert_eq!((&after["last_verify"], &after["last_verify_ms"]), (&before["last_verify"], &before["last_verify_ms"]));
}

#[tokio::test]
async fn an_export_is_a_whole_file_or_none() {
    let mut shop = busy_shop().await;
    cancelled(&shop, "export", json!({}), "export").await;
    assert_eq!(files(&shop), Vec::<String>::new());
    shop.must("export", json!({})).await;
    let ended = end_of(&shop, "export").await;
    let path = ended["text"].as_str().expect("the file");
    let file = std::fs::read_to_string(path).expect("the file is there");
    assert_eq!(file, shop.exported());
    assert_eq!(files(&shop).len(), 1);
    std::fs::remove_dir_all(shop.options().data.join("exports")).expect("it can be removed");
    std::fs::write(shop.options().data.join("exports"), "in the way").expect("a file");
    shop.must("export", json!({})).await;
    let ended = end_of(&shop, "export").await;
    assert_eq!((&ended["end"], &ended["failure"]["code"]), (&json!("failed"), &json!("store_failed")), "{ended}");
    shop.reopen().await;
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

#[tokio::test]
async fn an_export_for_a_browser_waits_until_it_is_fetched_and_there_is_one_at_most() {
    let mut shop = busy_shop().await;
    let folder = shop.options().data.join("downloads");
    let lies = || {
        let names = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        names.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let manager = Some(shop.session(Role::Manager).await);
    let code = |shop: &Shop, session| shop.till().download(session).expect_err("refused").code;
    assert_eq!(code(&shop, manager), ErrorCode::NothingToDo);
    cancelled(&shop, "export", json!({ "download": true }), "export").await;
    assert_eq!((lies().len(), code(&shop, manager)), (0, ErrorCode::NothingToDo));

    shop.must("export", json!({ "download": true })).await;
    let ended = end_of(&shop, "export").await;
    assert_eq!((&ended["end"], &ended["text"]), (&json!("done"), &json!("")), "no word of the till's folders");
    let first = shop.till().download(manager).expect("it waits");
    let shown = shop.ask("status", json!({})).await["download"].clone();
    assert_eq!(shown, json!({ "name": first.name, "bytes": first.bytes }));
    assert_eq!(std::fs::read_to_string(&first.path).expect("it is there"), shop.exported());
    assert_eq!(files(&shop), Vec::<String>::new(), "what stays beside the store is another");
    let cashier = Some(shop.session(Role::Cashier).await);
    assert_eq!(code(&shop, cashier), ErrorCode::RoleNotAllowed);
    assert_eq!(code(&shop, None), ErrorCode::SessionRequired);

    play::play_in_bulk(shop.till(), 2, 7, |_| {}).await.expect("plays");
    shop.must("export", json!({ "download": true })).await;
    end_of(&shop, "export").await;
    let second = shop.till().download(manager).expect("it waits");
    assert_eq!(lies(), std::slice::from_ref(&second.path), "the first one went");
    shop.till().downloaded(&first);
    assert_eq!(lies().len(), 1, "a fetch that ends late takes none but its own");
    shop.till().downloaded(&second);
    assert_eq!((lies().len(), code(&shop, manager)), (0, ErrorCode::NothingToDo));
    assert_eq!(shop.ask("status", json!({})).await["download"], Value::Null);

    shop.must("export", json!({ "download": true })).await;
    end_of(&shop, "export").await;
    assert_eq!(lies().len(), 1);
    shop.reopen().await;
    assert_eq!(lies().len(), 0, "the next start has no use for it");
    assert_eq!(shop.ask("status", json!({})).await["download"], Value::Null);
    assert_eq!(shop.verify().faults, Vec::<String>::new());
}

#[tokio::test]
async fn the_export_of_another_device_comes_in_through_a_screen() {
    let first = busy_shop().await;
    let founding = first.exported();
    let second = Shop::joined(&[&founding]).await;
    play::play_in_bulk(first.till(), ORDERS, 6, |_| {}).await.expect("plays");
    let export = first.exported();
    second.session(Role::Manager).await;

    // On its way it is nowhere yet, and can be called off.
    let file = send(&second, &export, 100_000).await;
    second.must("cancel_work", json!({ "work": "import" })).await;
    second.refused("import_log", json!({ "file_id": file }), ErrorCode::NothingToDo, "file_id").await;

    // What was stored when a person called it off is whole: the rest of the same file goes on from there.
    let file = send(&second, &export, 100_000).await;
    cancelled(&second, "import_log", json!({ "file_id": file }), "import").await;
    assert_eq!(second.verify().faults, Vec::<String>::new());
    let file = send(&second, &export, 100_000).await;
    second.must("import_log", json!({ "file_id": file })).await;
    let ended = end_of(&second, "import").await;
    assert_eq!(ended["end"], "done", "{ended}");
    let told = ended["text"].as_str().expect("a report");
    assert!(told.contains("rows read") && told.contains(" 0 refused"), "{told}");
    let figures = &ended["imported"];
    let said = format!("{} rows read: {} stored, {} held already", figures["rows"], figures["stored"], figures["held"]);
    assert!(
        told.starts_with(&said) && figures["refused"] == 0 && figures["refusals"] == json!([]),
        "{figures}, {told}"
    );
    assert!(!second.options().data.join("import.part").exists(), "the file went");
    let orders = async |shop: &Shop| shop.ask("orders", json!({ "limit": 200 })).await["rows"].as_array().map(Vec::len);
    assert_eq!(orders(&second).await, orders(&first).await);
}

#[tokio::test]
async fn one_work_of_a_kind_at_a_time() {
    let shop = busy_shop().await;
    for (name, work) in [("verify", "verify"), ("export", "export")] {
        let (first, second) = tokio::join!(shop.send(name, json!({})), shop.send(name, json!({})));
        first.expect("the first begins");
        let error = second.expect_err("one at a time");
        assert_eq!((error.code, error.retryable), (ErrorCode::Busy, true));
        seen(name, &error);
        end_of(&shop, work).await;
    }
    let file = send(&shop, &shop.exported(), 1 << 20).await;
    shop.must("import_log", json!({ "file_id": file })).await;
    let part = json!({ "file_id": fresh(), "at": 0, "bytes": "" });
    let error = shop.send("import_part", part.clone()).await.expect_err("one at a time");
    assert_eq!(error.code, ErrorCode::Busy);
    seen("import_part", &error);
    let error = shop.send_as(Role::Cashier, "import_part", part.clone()).await.expect_err("a manager's act");
    assert_eq!(error.code, ErrorCode::RoleNotAllowed);
    seen("import_part", &error);
    end_of(&shop, "import").await;
    shop.refused("cancel_work", json!({ "work": "import" }), ErrorCode::NothingToDo, "work").await;
    shop.refused("import_part", merged(part.clone(), json!({ "at": 5 })), ErrorCode::BadInput, "at").await;
    shop.refused("import_part", merged(part, json!({ "bytes": "no Base64!" })), ErrorCode::BadInput, "bytes").await;
}
