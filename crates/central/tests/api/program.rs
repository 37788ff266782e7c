//! The program itself: `serve --dev`, its death between commit and answer, and what it refuses.

use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use docket_api::order::v1::order_service_client::OrderServiceClient;
use docket_api::order::v1::{CreateOrderRequest, GetOrderRequest, Item};
use docket_testkit::ports::free_port;
use docket_testkit::postgres::{self, TestDatabase};
use sqlx::PgPool;
use tonic::transport::{Channel, Endpoint};

struct Program {
    database: TestDatabase,
    grpc: u16,
}

/// A service that runs; killed where a test leaves it behind.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    fn new() -> Self {
        Program { database: postgres::database(), grpc: free_port() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket-central"));
        command
            .args(["serve", "--dev"])
            .env_clear()
            .env("DATABASE_URL", self.database.url())
            .env("DOCKET_LISTEN", "127.0.0.1:0")
            .env("DOCKET_HTTP_LISTEN", "127.0.0.1:0")
            .env("DOCKET_API_LISTEN", "127.0.0.1:0")
            .env("DOCKET_GRPC_LISTEN", format!("127.0.0.1:{}", self.grpc));
        command
    }

    fn start(&self) -> Running {
        let mut command = self.command();
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"))
    }

    async fn client(&self) -> OrderServiceClient<Channel> {
        let endpoint = Endpoint::from_shared(format!("http://127.0.0.1:{}", self.grpc)).expect("an address");
        let mut tries = 0;
        loop {
            match endpoint.connect().await {
                Ok(channel) => return OrderServiceClient::new(channel),
                Err(error) => {
                    tries += 1;
                    assert!(tries < 6_000, "{error}");
                    // The service says nothing to this test before it listens.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }
}

/// The request of the documentation.
fn request(key: &str) -> CreateOrderRequest {
    CreateOrderRequest {
        user_id: "user-123".into(),
        items: vec![Item {
            product_id: "prod-001".into(),
            product_name: "Margherita".into(),
            quantity: 2,
            unit_price: "12.50".into(),
            ..Item::default()
        }],
        shipping_address: "1 Main Street".into(),
        idempotency_key: key.into(),
        ..CreateOrderRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_dev_makes_its_house_by_itself_and_a_second_start_finds_it() {
    let program = Program::new();
    let mut running = program.start();
    let placed = program.client().await.create_order(request("")).await.expect("it is taken").into_inner();
    let placed = placed.order.expect("an order");
    assert_eq!((placed.status.as_str(), placed.total.as_str()), ("confirmed", "25.00"));
    assert_eq!(placed.delivery, "waiting_for_store", "no till has it");
    let asked = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().expect("kill is there");
    assert!(asked.success());
    assert!(running.0.wait().expect("it ends").success(), "it ends in order");
    let _running = program.start();
    let found = GetOrderRequest { order_id: placed.order_id.clone() };
    let found = program.client().await.get_order(found).await.expect("it is there").into_inner().order;
    assert_eq!(found, Some(placed));
    let owner = PgPool::connect(&program.database.url()).await.expect("it connects");
    let versions: i32 = sqlx::query_scalar("SELECT max(version) FROM central.document_heads")
        .fetch_one(&owner)
        .await
        .expect("a version");
    assert_eq!(versions, 1, "the menu is published once");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_as_soon_as_an_order_is_committed_a_repeat_is_that_order() {
    let program = Program::new();
    let owner = PgPool::connect(&program.database.url()).await.expect("it connects");
    let mut running = program.start();
    let mut client = program.client().await;
    let call = tokio::spawn(async move { client.create_order(request("once")).await });
    let kept = "SELECT body FROM api.idempotency WHERE key = 'once'";
    let body: String = loop {
        if let Some(body) = sqlx::query_scalar(kept).fetch_optional(&owner).await.expect("it reads") {
            break body;
        }
        tokio::task::yield_now().await;
    };
    running.0.kill().expect("it runs");
    running.0.wait().expect("it is gone");
    let heard = call.await.expect("no panic");
    let _running = program.start();
    let again = program.client().await.create_order(request("once")).await.expect("a repeat").into_inner();
    let again = again.order.expect("an order");
    let stored: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(stored["order_id"], again.order_id.as_str());
    assert_eq!(stored["label"], again.label.as_str());
    if let Ok(heard) = heard {
        assert_eq!(heard.into_inner().order, Some(again), "whoever heard the answer hears the same");
    }
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM central.orders").fetch_one(&owner).await.expect("a count");
    assert_eq!(count, 1);
}

#[test]
fn serve_dev_is_refused_on_a_public_address() {
    let program = Program::new();
    for key in ["DOCKET_LISTEN", "DOCKET_GRPC_LISTEN", "DOCKET_API_LISTEN", "DOCKET_HTTP_LISTEN"] {
        let Output { status, stderr, .. } = program.command().env(key, "0.0.0.0:0").output().expect("it starts");
        assert!(!status.success());
        let said = String::from_utf8(stderr).expect("text");
        assert!(said.contains(&format!("{key}: is a loopback address with --dev, and not 0.0.0.0:0")), "{said}");
    }
}
