//! The program itself, killed as a machine kills it.

use std::process::{Child, Command, Output, Stdio};

use docket_testkit::kafka::Kafka;
use docket_testkit::postgres;

use crate::support::{Bus, DAY, order, sold, until};

/// A subcommand in the environment of a service.
pub fn central(bus: &Bus, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket-central"));
    command.args(arguments).env("DATABASE_URL", &bus.url).env("KAFKA_BROKERS", &bus.brokers);
    command.env("DOCKET_HTTP_LISTEN", "127.0.0.1:0").env("DOCKET_RETRY_DELAYS_MS", "100,100,100");
    command.env_remove("DOCKET_CONFIG").stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped());
    command
}

/// Ends with the test, whatever becomes of it.
pub struct Process(pub Child);

impl Process {
    fn start(bus: &Bus, arguments: &[&str]) -> Self {
        Process(central(bus, arguments).spawn().expect("the program starts"))
    }

    fn kill(mut self) {
        self.0.kill().expect("it runs");
        self.0.wait().expect("it is our child");
    }

    pub fn end(mut self) -> bool {
        let told = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(told.is_ok_and(|status| status.success()));
        self.0.wait().expect("it is our child").success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A bus on the topics that the program uses, and so with a broker of its own.
async fn bus_of_the_program(broker: &Kafka) -> Bus {
    let database = postgres::database();
    Bus::with(database.url(), "docket".to_owned(), &broker.brokers(), Some(database)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relay_and_consumer_that_are_killed_again_and_again_lose_nothing_and_double_nothing() {
    let broker = Kafka::start();
    let mut bus = bus_of_the_program(&broker).await;
    let mut told = 0;
    for round in 0..3 {
        let relay = Process::start(&bus, &["relay"]);
        let consumer = Process::start(&bus, &["consume", "analytics"]);
        for number in round * 50..round * 50 + 50 {
            bus.tell(order(number)).await;
            bus.tell(sold(number)).await;
        }
        // Three messages an order; killed when some of them had their effect and others are on their way.
        until("some had their effect", async || bus.count("SELECT count(*) FROM analytics.inbox").await >= told + 20)
            .await;
        told += 150;
        relay.kill();
        consumer.kill();
    }
    let (relay, consumer) = (Process::start(&bus, &["relay"]), Process::start(&bus, &["consume", "analytics"]));
    // Those before them may have done all there was. What has had to go through both of these finds them at work, and able to be
    // asked to end.
    bus.tell(order(150)).await;
    bus.tell(sold(150)).await;
    told += 3;
    bus.until_published().await;
    bus.until("SELECT count(*) FROM analytics.inbox", told).await;
    assert_eq!(bus.count("SELECT sum(total_minor)::bigint FROM analytics.sales").await, 151 * 900);
    let takings = "SELECT sum(captured_minor)::bigint FROM analytics.takings WHERE business_day = 20260301";
    assert_eq!(DAY, 20_260_301);
    assert_eq!(bus.count(takings).await, 151 * 900);
    assert!(relay.end() && consumer.end(), "asked to end, they end in order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_letters_are_listed_shown_and_replayed_by_command() {
    let broker = Kafka::start();
    let bus = bus_of_the_program(&broker).await;
    let relay = Process::start(&bus, &["relay", "--create-topics"]);
    let consumer = Process::start(&bus, &["consume", "orders", "--create-topics"]);
    sqlx::query("ALTER TABLE orders_read.orders ADD CONSTRAINT none_at_all CHECK (false)")
        .execute(&bus.pool)
        .await
        .expect("a rule");
    let mut body = order(1);
    body.version = 1;
    let data = serde_json::to_vec(&body).expect("plain JSON");
    let id = bus.put(&bus.topic("orders"), body.order_id.0, "order.created", 1, data).await.to_string();
    let run = |arguments: &[&str]| said(&central(&bus, arguments).output().expect("the program starts"));
    until("a dead letter", async || !run(&["dlq", "list", "orders"]).is_empty()).await;
    let line = run(&["dlq", "list", "orders"]);
    assert!(line.starts_with("dead ") && line.contains(&id) && line.contains("none_at_all"), "{line}");
    let shown = run(&["dlq", "show", "orders", &id]);
    assert!(shown.contains("ce_type: order.created") && shown.contains("\"label\":\"A-001\""), "{shown}");
    sqlx::query("ALTER TABLE orders_read.orders DROP CONSTRAINT none_at_all")
        .execute(&bus.pool)
        .await
        .expect("no rule");
    assert_eq!(run(&["dlq", "replay", "orders", "--all"]), format!("goes again: {id}\n"));
    bus.until("SELECT count(*) FROM orders_read.orders", 1).await;
    assert!(run(&["dlq", "list", "orders"]).starts_with("done "));
    assert_eq!(run(&["dlq", "replay", "orders", "--all"]), "");
    let unknown = central(&bus, &["dlq", "show", "orders", "nobody"]).output().expect("the program starts");
    assert!(!unknown.status.success());
    assert!(relay.end() && consumer.end(), "asked to end, they end in order");
}
