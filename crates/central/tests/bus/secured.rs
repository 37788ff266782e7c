//! A broker that asks for a name and a password.

use docket_testkit::kafka::{Kafka, User};
use docket_testkit::postgres;

use crate::program::{Process, central, said};
use crate::support::{Bus, order, sold};

const USER: User = User { name: "docket", password: "a-long-password" };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relay_consumer_and_dead_letters_sign_in_and_a_stranger_is_not_ready() {
    let broker = Kafka::start_for(Some(USER));
    let database = postgres::database();
    let url = database.url();
    let mut bus = Bus::bare(url, "docket".to_owned(), &broker.brokers(), Some(database)).await;
    let secured = |password: &str, arguments: &[&str]| {
        let mut command = central(&bus, arguments);
        command.env("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT").env("KAFKA_SASL_MECHANISM", "PLAIN");
        command.env("KAFKA_SASL_USERNAME", USER.name).env("KAFKA_SASL_PASSWORD", password);
        command
    };
    let stranger = secured("another-password", &["relay", "--create-topics"]).output().expect("it starts");
    assert!(!stranger.status.success(), "topics are not made by a stranger");
    let relay = Process(secured(USER.password, &["relay", "--create-topics"]).spawn().expect("it starts"));
    let consumer =
        Process(secured(USER.password, &["consume", "orders", "--create-topics"]).spawn().expect("it starts"));
    let list = secured(USER.password, &["dlq", "list", "orders"]);
    bus.tell(order(1)).await;
    bus.tell(sold(1)).await;
    bus.until_published().await;
    bus.until("SELECT count(*) FROM orders_read.orders WHERE status = 'completed'", 1).await;
    let mut list = list;
    assert_eq!(said(&list.output().expect("it runs")), "");
    assert!(relay.end() && consumer.end(), "asked to end, they end in order");
}
