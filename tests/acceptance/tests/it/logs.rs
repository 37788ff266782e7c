//! The program's own log: each line of a command's work can be traced, and none tells of a person or a PIN.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use docket_acceptance::{Shop, fresh};
use docket_contracts::CommandRequest;
use docket_domain::ids::CommandId;
use serde_json::json;
use tracing_subscriber::EnvFilter;

#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<u8>>>);

impl Book {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Book {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_names_order_and_command_and_no_guest_and_no_pin() {
    let book = Book::default();
    let writer = book.clone();
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("docket_terminal=debug,docket_log=debug,docket_domain=debug"))
        .with_writer(move || writer.clone())
        .try_init()
        .expect("no other test of this binary listens");
    let shop = Shop::demo().await;
    let order = shop.opened(&["Espresso"]).await;
    let (name, phone, note, pin) = ("Zacharias Quittenbaum", "+49 171 5550123", "sits by the aquarium", "907315284650");
    shop.must("set_customer", order.with(json!({ "name": name, "phone": phone }))).await;
    shop.must("set_note", order.with(json!({ "note": note }))).await;
    let command_id = CommandId(fresh());
    let request = CommandRequest { command_id, expected_version: None, input: order.on() };
    shop.request("send", request).await.expect("sends");
    shop.send("complete", order.on()).await.expect_err("not paid");
    let wrong = json!({ "person_id": shop.person("Mia Brandt").await, "pin": pin, "station": "till" });
    shop.send_in(None, "sign_in", wrong).await.expect_err("a wrong PIN");

    let text = book.text();
    let (order, command) = (order.id.to_string(), command_id.to_string());
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(&order)).collect();
    assert!(lines.len() >= 4 && lines.iter().all(|line| line.contains("correlation_id")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains(&command)), "the command's own line names it");
    assert!(text.contains("a wrong PIN"), "that one was wrong is told");
    for secret in [name, "Quittenbaum", phone, note, "aquarium", pin] {
        assert!(!text.contains(secret), "the log tells {secret}");
    }
}
