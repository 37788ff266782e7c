//! The count of what comes back out of Kafka.

use std::time::Duration;

use docket_central::prove;
use docket_central::reconcile::Reconcile;
use docket_central::telemetry::Stop;
use docket_contracts::integration::source;
use docket_testkit::kafka;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use uuid::Uuid;

use crate::office::{DAY, Office, STORE, TENANT, secret};

const TOPIC: &str = "docket.orders.v1";

struct Broker {
    producer: FutureProducer,
    broker: kafka::Kafka,
}

impl Broker {
    async fn start() -> Self {
        let broker = kafka::Kafka::start();
        let address = broker.brokers();
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", &address).create().unwrap();
        let topic = NewTopic::new(TOPIC, 2, TopicReplication::Fixed(1));
        admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
        let producer = ClientConfig::new().set("bootstrap.servers", &address).create().unwrap();
        Broker { producer, broker }
    }

    async fn send(&self, number: u128, body: &str) {
        let (id, source) = (Uuid::from_u128(number).to_string(), source(TENANT, STORE));
        let header = |key, value| Header { key, value: Some(value) };
        let headers = OwnedHeaders::new()
            .insert(header("ce_id", id.as_str()))
            .insert(header("ce_source", source.as_str()))
            .insert(header("ce_type", "order.created"));
        let record = FutureRecord::to(TOPIC).key(&id).payload(body).headers(headers);
        self.producer.send(record, Duration::from_secs(30)).await.unwrap();
    }
}

fn body(number: u32) -> String {
    format!("{{\"business_day\":{DAY},\"n\":{number}}}")
}

async fn once(office: &Office, broker: &Broker) {
    office
        .reconciler
        .run(&broker.broker.brokers().as_str().into(), Reconcile { once: true }, &Stop::new())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_out_of_kafka_is_held_against_the_outbox_and_a_repeat_counts_once() {
    let (office, broker) = (Office::open().await, Broker::start().await);
    office.good_day().await;
    for number in 1..=3 {
        office.message(u128::from(number), &body(number)).await;
    }
    broker.send(1, &body(1)).await;
    broker.send(2, &body(2)).await;
    broker.send(2, &body(2)).await;
    broker.send(7, "no JSON").await;
    once(&office, &broker).await;
    let day = prove::prove_day(office.database(), &secret(), TENANT, STORE, DAY).await.unwrap().statement;
    assert_eq!(day.findings(), ["Kafka: 1 of 3 messages are missing"]);

    broker.send(3, &body(3)).await;
    once(&office, &broker).await;
    let day = prove::prove_day(office.database(), &secret(), TENANT, STORE, DAY).await.unwrap().statement;
    assert_eq!(day.findings(), Vec::<String>::new());
    assert_eq!(day.kafka, day.outbox);
    assert_eq!(day.kafka.count, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_was_changed_on_its_way_is_found() {
    let (office, broker) = (Office::open().await, Broker::start().await);
    office.good_day().await;
    office.message(1, &body(1)).await;
    broker.send(1, &body(2)).await;
    once(&office, &broker).await;
    let day = prove::prove_day(office.database(), &secret(), TENANT, STORE, DAY).await.unwrap().statement;
    assert_eq!(day.findings(), ["Kafka: the same number of messages (1), but not the same messages"]);
}
