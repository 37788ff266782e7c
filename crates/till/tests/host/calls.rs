//! Commands and queries.

use docket_till::http::Bundle;
use docket_till::limits::Limits;
use serde_json::json;
use std::time::Duration;

use crate::Running;

const SEND: &str = r#"{"command_id":"01890a5d-ac96-774b-bcce-b302099a8057","expected_version":"v1",
    "input":{"order_id":"01890a5d-ac96-774b-bcce-b302099a8058"}}"#;
const SESSION: &str = "01890a5d-ac96-774b-bcce-b302099a8059";

#[tokio::test]
async fn a_command_reaches_the_host_with_its_session_and_answers_the_outcome() {
    let till = Running::start().await;
    let answer = till.command("send", SEND).header("Docket-Session", SESSION).send().await;
    assert_eq!((answer.status, answer.header("Content-Type")), (200, Some("application/json")));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.json(), json!({ "applied": true }));
    let request: serde_json::Value = serde_json::from_str(SEND).unwrap();
    assert_eq!(till.host.calls(), [json!({ "command": "send", "session": SESSION, "request": request })]);
}

#[tokio::test]
async fn a_refusal_is_a_problem_with_code_field_and_rule() {
    let till = Running::start().await;
    let answer = till.command("cancel", SEND).send().await;
    assert_eq!(answer.problem(), (403, "role_not_allowed".into()));
    let problem = answer.json();
    assert_eq!(problem["type"], "urn:docket:error:role_not_allowed");
    assert_eq!(problem["field"], "reason");
    assert_eq!(problem["rule"], "a cook may not cancel");
    assert_eq!(problem["retryable"], false);
    assert_eq!(problem["details"], json!([]));
}

#[tokio::test]
async fn a_malformed_command_never_reaches_the_host_and_names_its_field() {
    let till = Running::start().await;
    for (body, field) in [
        ("", ""),
        ("{", ""),
        ("[1]", "[0]"),
        (r#"{"command_id":7,"input":{}}"#, "command_id"),
        (r#"{"command_id":"no-uuid","input":{}}"#, "command_id"),
        (r#"{"command_id":"01890a5d-ac96-774b-bcce-b302099a8057","input":{}} trailing"#, ""),
        (r#"{"command_id":"01890a5d-ac96-774b-bcce-b302099a8057","input":{},"price":1}"#, "price"),
    ] {
        let answer = till.command("send", body).send().await;
        assert_eq!(answer.problem(), (400, "bad_input".into()), "{body}");
        assert_eq!(answer.json()["field"], field, "{body}");
    }
    let deep = format!(r#"{{"command_id":"01890a5d-ac96-774b-bcce-b302099a8057","input":{}"#, "[".repeat(100_000));
    assert_eq!(till.command("send", &deep).send().await.problem(), (400, "bad_input".into()));
    let form = till.request("POST", "/api/commands/send").header("Content-Length", "0").send().await;
    assert_eq!(form.json()["field"], "Content-Type");
    assert!(till.host.calls().is_empty());
}

#[tokio::test]
async fn an_unknown_name_path_or_method_is_a_problem() {
    let till = Running::start().await;
    assert_eq!(till.command("fly", SEND).send().await.problem(), (404, "unknown_command".into()));
    for (method, path, code) in [
        ("GET", "/api/queries/weather", "unknown_query"),
        ("GET", "/api/commands/send", "unknown_query"),
        ("POST", "/api/queries/shop", "unknown_command"),
        ("DELETE", "/api/queries/shop", "unknown_query"),
        ("GET", "/api", "unknown_query"),
        ("GET", "/api/queries/../../etc/passwd", "unknown_query"),
        ("GET", "/api/queries/%ff", "unknown_query"),
    ] {
        let answer = till.request(method, path).send().await;
        assert_eq!(answer.problem(), (404, code.into()), "{method} {path}");
    }
    assert!(till.host.calls().is_empty());
}

#[tokio::test]
async fn a_query_string_arrives_typed() {
    let till = Running::start().await;
    let path = "/api/queries/orders?limit=3&open=true&text=42";
    let answer = till.request("GET", path).header("Docket-Session", SESSION).send().await;
    let input = &answer.json()["input"];
    assert_eq!((&input["limit"], &input["open"], &input["text"]), (&json!(3), &json!(true), &json!("42")));
    let faulty = till.request("GET", "/api/queries/orders?limit=three").send().await;
    assert_eq!(faulty.problem(), (400, "bad_input".into()));
    assert_eq!(faulty.json()["field"], "limit");
    assert_eq!(till.host.calls().len(), 1);
}

#[tokio::test]
async fn a_malformed_session_is_no_session() {
    let till = Running::start().await;
    let answer = till.request("GET", "/api/queries/session").header("Docket-Session", "me").send().await;
    assert_eq!(answer.problem(), (401, "session_required".into()));
}

#[tokio::test]
async fn only_a_menu_may_be_large() {
    let till = Running::start().await;
    let body = |bytes: usize| {
        format!(r#"{{"command_id":"01890a5d-ac96-774b-bcce-b302099a8057","input":{{"menu":"{}"}}}}"#, "x".repeat(bytes))
    };
    assert_eq!(till.command("import_menu", &body(3 << 20)).send().await.status, 200);
    assert_eq!(till.command("send", &body(300 << 10)).send().await.problem(), (413, "body_too_large".into()));
    assert_eq!(till.host.calls().len(), 1);
}

#[tokio::test]
async fn a_command_that_does_not_answer_in_time_is_busy_and_may_be_repeated() {
    let limits = Limits { request_timeout: Duration::from_millis(50), ..Limits::PRODUCT };
    let till = Running::with(Bundle::Missing, limits).await;
    let answer = till.command("rebuild", SEND).send().await;
    assert_eq!(answer.problem(), (503, "busy".into()));
    assert_eq!(answer.json()["retryable"], true);
}
