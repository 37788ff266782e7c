use docket_contracts::CommandRequest;
use docket_domain::ids::CommandId;
use docket_terminal::{OpenOptions, Terminal};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_coffee_is_sold_and_the_log_verifies() {
    let _ = tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::INFO).try_init();
    let dir = tempfile::tempdir().expect("a folder");
    let options = OpenOptions { data: dir.path().join("data"), witness: Some(dir.path().join("witness")), demo: true };
    let till = Terminal::open(options.clone()).await.expect("opens");
    let shop = till.query(None, "shop", json!({})).await.expect("shop");
    let person = shop["people"][0]["person"]["person_id"].clone();
    let send = |session, name: &'static str, input: Value| {
        let till = till.clone();
        async move {
            let request = CommandRequest { command_id: CommandId(uuid::Uuid::now_v7()), expected_version: None, input };
            let outcome = till.command(session, name, request).await;
            println!("{name}: {outcome:?}");
            outcome
        }
    };
    let signed = send(None, "sign_in", json!({"person_id": person, "pin": "1111", "station": "till"})).await.expect("signs in");
    let session = Some(signed.session.expect("session").session_id);
    let products = till.query(session, "products", json!({"text": "espresso"})).await.expect("products");
    let product = products["rows"][0]["product_id"].clone();
    let order = uuid::Uuid::now_v7();
    send(session, "create_order", json!({"order_id": order, "order_type": "counter", "lines": [{"line_id": uuid::Uuid::now_v7(), "product_id": product}]})).await.expect("create");
    println!("{:#}", till.query(session, "order", json!({"order_id": order})).await.expect("order"));
    send(session, "pay_cash", json!({"order_id": order, "payment_id": uuid::Uuid::now_v7()})).await.expect("pay");
    println!("{:#}", till.query(session, "kitchen_board", json!({})).await.expect("board"));
    send(session, "start", json!({"order_id": order})).await.expect("start");
    send(session, "ready", json!({"order_id": order})).await.expect("ready");
    send(session, "complete", json!({"order_id": order})).await.expect("complete");
    println!("{:#}", till.query(session, "orders", json!({})).await.expect("orders"));
    println!("{:#}", till.query(session, "receipt", json!({"order_id": order})).await.expect("receipt"));
    println!("{:#}", till.query(session, "price_document", json!({"order_id": order})).await.expect("price"));
    println!("{:#}", till.query(session, "status", json!({})).await.expect("status"));
    let report = docket_terminal::play::play(&till, 50, 7, |_| {}).await.expect("plays");
    println!("{report:?}");
    let report = docket_terminal::rebuild::run(&till, |_, _| {}).await.expect("rebuilds");
    println!("{report:?}");
    assert_eq!(report.before, report.after);
    till.close().await;
    let report = docket_terminal::verify::verify_store(&options.data, options.witness.as_deref()).expect("verifies");
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    let mut out = Vec::new();
    println!("{:?}", docket_terminal::export::export(&options.data, &mut out).expect("exports"));
    println!("{}", String::from_utf8_lossy(&out[..2000]));
    let till = Terminal::open(options.clone()).await.expect("opens again");
    let status = docket_terminal::verify::verify_store(&options.data, options.witness.as_deref()).expect("verifies");
    assert!(status.faults.is_empty(), "{:?}", status.faults);
    till.close().await;
}
