//! The program as it is run: one call is one trace, through the database and Kafka; and with an issuer it speaks TLS and asks
//! for tokens.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use docket_api::order::v1 as pb;
use docket_api::order::v1::order_service_client::OrderServiceClient;
use docket_testkit::kafka;
use docket_testkit::ports::free_address;
use docket_testkit::postgres::{self, TestDatabase};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use sqlx::PgPool;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Server};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::grpc::create;
use crate::issuer::{AUDIENCE, NAME, SigningKey, claims, key_set};

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let resources = request.into_inner().resource_spans.into_iter();
        let spans = resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans);
        self.0.lock().expect("nobody panicked").extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

/// A process of the program; killed where a test leaves it behind.
struct Running(Child);

impl Running {
    fn start(database: &TestDatabase, arguments: &[&str], settings: &[(&str, String)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_docket-central"));
        command.args(arguments).env_clear().env("DATABASE_URL", database.url());
        for key in ["DOCKET_LISTEN", "DOCKET_HTTP_LISTEN", "DOCKET_API_LISTEN", "DOCKET_GRPC_LISTEN"] {
            command.env(key, "127.0.0.1:0");
        }
        command.envs(settings.iter().map(|(key, value)| (key, value)));
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"))
    }

    /// Asks it to end, so that it sends its last spans.
    fn end(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().expect("kill is there");
        assert!(asked.success() && self.0.wait().expect("it ends").success(), "it ends in order");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn connected(endpoint: Endpoint) -> OrderServiceClient<Channel> {
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

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_trace_through_the_database_and_kafka() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
    let collector = Collector::default();
    let otlp = format!("http://{}", listener.local_addr().expect("an address"));
    let service = Server::builder().add_service(TraceServiceServer::new(collector.clone()));
    let collecting = tokio::spawn(service.serve_with_incoming(TcpListenerStream::new(listener)));
    let (database, grpc) = (postgres::database(), free_address().to_string());
    let brokers = tokio::task::spawn_blocking(kafka::brokers).await.expect("a broker");
    let settings = [("DOCKET_GRPC_LISTEN", grpc.clone()), ("DOCKET_OTLP_ENDPOINT", otlp), ("KAFKA_BROKERS", brokers)];
    let serving = Running::start(&database, &["serve", "--dev"], &settings);
    let mut client = connected(Endpoint::from_shared(format!("http://{grpc}")).expect("an address")).await;
    let mut request = Request::new(create());
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traceparent = format!("00-{trace}-00f067aa0ba902b7-01");
    request.metadata_mut().insert("traceparent", traceparent.parse().expect("a header"));
    let placed = client.create_order(request).await.expect("it is taken").into_inner().order.expect("an order");
    let relaying = Running::start(&database, &["relay", "--create-topics"], &settings);
    let owner = PgPool::connect(&database.url()).await.expect("it connects");
    let told: String = loop {
        let sql = "SELECT traceparent FROM central.outbox WHERE key = $1 AND published_at IS NOT NULL";
        let id: Uuid = placed.order_id.parse().expect("an id");
        if let Some(told) = sqlx::query_scalar(sql).bind(id).fetch_optional(&owner).await.expect("it reads") {
            break told;
        }
        tokio::task::yield_now().await;
    };
    tokio::task::spawn_blocking(move || (serving.end(), relaying.end())).await.expect("both end");
    collecting.abort();
    let spans = collector.0.lock().expect("nobody panicked").clone();
    let of_call: Vec<&Span> = spans.iter().filter(|span| hex::encode(&span.trace_id) == trace).collect();
    let named =
        |name: &str| *of_call.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{name} is there"));
    let call = named("api");
    assert_eq!(hex::encode(&call.parent_span_id), "00f067aa0ba902b7", "it hangs under the caller's");
    assert_eq!(named("orders.write").parent_span_id, call.span_id);
    assert_eq!(
        told,
        format!("00-{trace}-{}-01", hex::encode(&call.span_id)),
        "what is handed on names the call's span"
    );
    assert_eq!(named("kafka.publish").parent_span_id, call.span_id);
}

/// Settings of a service with an issuer and TLS; the certificate in PEM.
fn guarded(folder: &Path, key: &SigningKey, grpc: &str) -> (Vec<(&'static str, String)>, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let path = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    std::fs::write(path("cert.pem"), made.cert.pem()).expect("written");
    std::fs::write(path("key.pem"), made.signing_key.serialize_pem()).expect("written");
    std::fs::write(path("keys.json"), key_set(&[key]).to_string()).expect("written");
    let settings = vec![
        ("DOCKET_GRPC_LISTEN", grpc.to_owned()),
        ("DOCKET_SECRET", "5a".repeat(32)),
        ("DOCKET_TLS_CERT_FILE", path("cert.pem")),
        ("DOCKET_TLS_KEY_FILE", path("key.pem")),
        ("DOCKET_API_ISSUER", NAME.to_owned()),
        ("DOCKET_API_AUDIENCE", AUDIENCE.to_owned()),
        ("DOCKET_API_JWKS", path("keys.json")),
    ];
    (settings, made.cert.pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_issuer_the_service_speaks_tls_and_asks_for_tokens() {
    let (database, grpc, key) = (postgres::database(), free_address().to_string(), SigningKey::p256("ec"));
    docket_central::db::migrate(&database.url()).await.expect("the schema is there");
    let folder = tempfile::tempdir().expect("a folder");
    let (settings, certificate) = guarded(folder.path(), &key, &grpc);
    let _serving = Running::start(&database, &["serve"], &settings);
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(certificate)).domain_name("localhost");
    let endpoint = Endpoint::from_shared(format!("https://{grpc}")).expect("an address").tls_config(tls);
    let mut client = connected(endpoint.expect("TLS")).await;
    let asked = client.list_orders(pb::ListOrdersRequest::default()).await.expect_err("there is no token");
    assert_eq!(asked.code(), Code::Unauthenticated);
    let mut request = Request::new(pb::ListOrdersRequest::default());
    let token = key.sign(&claims(docket_domain::ids::TenantId(Uuid::from_u128(1)), "user-123", "customer"));
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("a header"));
    let page = client.list_orders(request).await.expect("the token holds").into_inner();
    assert_eq!(page.orders, []);
}

#[test]
fn a_demonstration_and_an_issuer_exclude_each_other() {
    let (database, folder) = (postgres::database(), tempfile::tempdir().expect("a folder"));
    let (settings, _) = guarded(folder.path(), &SigningKey::ed25519("ed", 1), "127.0.0.1:0");
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket-central"));
    command.args(["serve", "--dev"]).env_clear().env("DATABASE_URL", database.url());
    command.envs(settings.iter().filter(|(key, _)| !key.contains("TLS")).map(|(key, value)| (key, value)));
    let output = command.output().expect("it starts");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success());
    assert!(said.contains("DOCKET_API_ISSUER: is not set with --dev"), "{said}");
}
