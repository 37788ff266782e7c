//! One trace from the tap to the consumer.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use docket_circle::{Office, Role, Till, until};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

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
        self.0.lock().expect("no handler panics").extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Listens on a free port until the test ends; gives the address.
    fn listen(&self, runtime: &tokio::runtime::Runtime) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener of the runtime does not block");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let service = TraceServiceServer::new(self.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let server = tonic::transport::Server::builder().add_service(service);
            server.serve_with_incoming(TcpListenerStream::new(listener)).await.expect("it serves until the test ends");
        });
        address
    }

    fn spans(&self) -> Vec<Span> {
        self.0.lock().expect("no handler panics").clone()
    }
}

/// The chain of a consumer's span up to the one without a parent that is known.
fn chain<'s>(spans: &'s [Span], last: &'s Span) -> Vec<&'s Span> {
    let mut chain = vec![last];
    while let Some(parent) = spans.iter().find(|span| {
        let of = chain[chain.len() - 1];
        span.span_id == of.parent_span_id && span.trace_id == of.trace_id
    }) {
        chain.push(parent);
    }
    chain
}

#[test]
fn tap_ingest_and_consumer_stand_in_one_trace_under_each_other() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let collector = Collector::default();
    let address = collector.listen(&runtime);
    let mut office = Office::open_with_kafka();
    office.collector = Some(address.clone());
    for role in [Role::Serve, Role::Relay, Role::Orders] {
        office.start(role);
    }
    let mut till = Till::demo();
    till.collector = Some(address);
    till.enrol(&office.address(), &office.code(None));
    until("the first rows are there", || office.holds_all_of(&till));
    // A draft is nobody else's business: the tap that sends it makes the message.
    let order = till.order(1);
    till.must("send", &serde_json::json!({"order_id": order}));
    until("the tap's trace reaches the consumer", || {
        let spans = collector.spans();
        let consumed = spans.iter().filter(|span| span.name.contains("message") || span.name.contains("consume"));
        let chains: Vec<Vec<&Span>> = consumed.map(|span| chain(&spans, span)).collect();
        let whole = chains.iter().find(|chain| chain.last().is_some_and(|root| root.name == "command send"));
        let names: Vec<Vec<&str>> =
            chains.iter().map(|chain| chain.iter().map(|span| span.name.as_str()).collect()).collect();
        let chain = whole.ok_or_else(|| format!("{names:?} of {} spans", spans.len()))?;
        assert_eq!(chain.len(), 3, "consumer, ingest, tap: {names:?}");
        assert_eq!(chain[1].name, "ingest");
        assert!(chain[2].parent_span_id.is_empty(), "the tap is the beginning");
        assert!(chain[2].end_time_unix_nano >= chain[2].start_time_unix_nano);
        Ok(())
    });
    // The trace is the command id that the rows carry as their correlation.
    let traces: Vec<String> = collector.spans().iter().map(|span| hex::encode(&span.trace_id)).collect();
    let of_order = office.ask(
        "SELECT replace(correlation_id::text, '-', ''), stream_id::text FROM central.log_rows WHERE event_type = 'order.placed'",
        |row| (sqlx::Row::get::<String, _>(row, 0), sqlx::Row::get::<String, _>(row, 1)),
    );
    let (correlation, _) = of_order.iter().find(|(_, of)| *of == order).expect("the order is at head office");
    assert!(traces.contains(correlation));
}
