//! What is seen of calls: series, traces, the audit log.

use docket_api::order::v1 as pb;
use sqlx::Row as _;
use tonic::Request;
use uuid::Uuid;

use crate::grpc::{Door, Open, create};
use crate::house::House;

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|found| found == line)
}

#[tokio::test]
async fn calls_and_orders_are_counted_by_closed_lists_of_labels() {
    let house = House::open().await;
    let door = Door::open(&house, Open::ToAnybody).await;
    let mut client = door.client().await;
    client.create_order(create()).await.expect("it is taken");
    let mut wrong = create();
    wrong.store_id = "location\"} 1\nhostile{location=\"x".into();
    client.create_order(wrong).await.expect_err("it is no store");
    let mut grpc = tonic::client::Grpc::new(door.endpoint().connect().await.expect("it connects"));
    for number in 0..20 {
        grpc.ready().await.expect("it is ready");
        let path = format!("/order.v1.OrderService/Hostile{number}").parse().expect("a path");
        let codec = tonic_prost::ProstCodec::<pb::GetOrderRequest, pb::GetOrderResponse>::default();
        let asked = grpc.unary(Request::new(pb::GetOrderRequest::default()), path, codec).await;
        asked.expect_err("there is no such call");
    }
    let text = loop {
        let text = door.metrics.render().expect("text");
        // The number of active orders comes from a look at the database now and then.
        if has(&text, r#"orders_active{status="confirmed"} 1"#) {
            break text;
        }
        docket_central::api::look_after(&house.access().await, &door.metrics).await.expect("it looks");
    };
    for line in [
        r#"docket_api_requests_total{code="ok",door="grpc",operation="create_order"} 1"#,
        r#"docket_api_requests_total{code="invalid_argument",door="grpc",operation="create_order"} 1"#,
        r#"docket_api_requests_total{code="unimplemented",door="grpc",operation="other"} 20"#,
        r#"order_processing_seconds_count{operation="create_order"} 2"#,
        r#"docket_api_requests_in_flight{door="grpc"} 0"#,
    ] {
        assert!(has(&text, line), "{line} in {text}");
    }
    assert!(!text.to_lowercase().contains("hostile"), "a stranger's words are no label");
    assert!(
        !text.contains("orders_created_total{"),
        "the desk counts an order, for both doors, and the door does not again"
    );
    let created = house.desk.create(&house.admin(), crate::house::order(), None).await.expect("it is taken");
    let office = house.logs.ingest().metrics().render().expect("text");
    let line = format!(r#"orders_created_total{{location="{}",order_type="take_away"}} 1"#, created.view.store_id);
    assert!(has(&office, &line), "{line} in {office}");
}

#[tokio::test]
async fn a_callers_trace_goes_into_the_rows_the_messages_and_the_audit_log() {
    let house = House::open().await;
    let door = Door::open(&house, Open::ToAnybody).await;
    let client = door.client().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traceparent = format!("00-{trace}-00f067aa0ba902b7-01");
    let mut request = Request::new(create());
    request.metadata_mut().insert("traceparent", traceparent.parse().expect("a header"));
    // Several at once share a transaction, and each keeps its own.
    let (traced, plain) = tokio::join!(async { client.clone().create_order(request).await }, async {
        client.clone().create_order(create()).await
    },);
    let id = |answer: tonic::Response<pb::CreateOrderResponse>| -> Uuid {
        answer.into_inner().order.expect("an order").order_id.parse().expect("an id")
    };
    let (traced, plain) = (id(traced.expect("it is taken")), id(plain.expect("it is taken")));
    let correlation: Uuid = trace.parse().expect("an id");
    let seen = async |order: Uuid| {
        let rows = sqlx::query("SELECT correlation_id, traceparent FROM central.outbox WHERE key = $1")
            .bind(order)
            .fetch_all(&house.owner)
            .await
            .expect("messages");
        let rows = rows.iter().map(|row| (row.get("correlation_id"), row.get("traceparent")));
        rows.collect::<Vec<(Uuid, Option<String>)>>()
    };
    let told = seen(traced).await;
    assert!(
        !told.is_empty() && told.iter().all(|found| *found == (correlation, Some(traceparent.clone()))),
        "{told:?}"
    );
    assert!(seen(plain).await.iter().all(|(found, trace)| *found != correlation && trace.is_none()));
    let rows: i64 =
        sqlx::query_scalar("SELECT count(*) FROM central.log_rows WHERE stream_id = $1 AND correlation_id = $2")
            .bind(traced)
            .bind(correlation)
            .fetch_one(&house.owner)
            .await
            .expect("rows");
    assert!(rows > 0);
    let audited: Vec<(String, String, String)> =
        sqlx::query("SELECT subject, operation, outcome FROM api.audit WHERE object = $1 AND trace = $2")
            .bind(traced)
            .bind(correlation)
            .fetch_all(&house.owner)
            .await
            .expect("the audit log")
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect();
    assert_eq!(audited, [("dev".to_owned(), "create_order".to_owned(), "done".to_owned())]);
}

#[tokio::test]
async fn the_audit_log_takes_lines_of_the_transactions_tenant_and_shows_the_guard_none_of_them() {
    let house = House::open().await;
    house.desk.create(&house.admin(), crate::house::order(), None).await.expect("it is taken");
    assert_eq!(house.count("api.audit").await, 1);
    let guard = house.access().await;
    let seen: i64 = sqlx::query_scalar("SELECT count(*) FROM (SELECT at FROM api.audit) AS seen")
        .fetch_one(guard.pool())
        .await
        .expect("it may count what is old");
    assert_eq!(seen, 0);
    let untold = sqlx::query("SELECT api.record('x', 'admin', NULL, 'create_order', NULL, 'done', NULL)");
    assert!(untold.execute(guard.pool()).await.is_err(), "a line of no tenant");
}
