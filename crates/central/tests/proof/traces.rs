//! Spans reach a collector, under the trace that began at the till. The subscriber belongs to the process, so this is one
//! test.

use std::sync::{Arc, Mutex};

use docket_central::telemetry::{Stop, logs, traces};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::net::TcpListener;
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
        self.0.lock().unwrap().extend(spans);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_goes_to_the_collector_under_the_trace_of_the_till() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (collector, stop) = (Collector::default(), Stop::new());
    let serving = tokio::spawn({
        let (service, ended) = (TraceServiceServer::new(collector.clone()), stop.clone());
        let server = tonic::transport::Server::builder().add_service(service);
        async move {
            server
                .serve_with_incoming_shutdown(TcpListenerStream::new(listener), async move { ended.asked().await })
                .await
        }
    });
    let sent = logs::start("info", Some(&address), "docket-test").unwrap();
    let handed_on = {
        let span = tracing::info_span!("a batch", rows = 3);
        traces::continue_from(&span, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let _inside = span.enter();
        traces::traceparent(&span).unwrap()
    };
    tokio::task::spawn_blocking(move || sent.end()).await.unwrap();
    stop.ask();
    serving.await.unwrap().unwrap();

    let spans = collector.0.lock().unwrap().clone();
    let batch = spans.iter().find(|span| span.name == "a batch").unwrap();
    assert_eq!(hex::encode(&batch.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(hex::encode(&batch.parent_span_id), "00f067aa0ba902b7");
    let own = format!("00-{}-{}-01", hex::encode(&batch.trace_id), hex::encode(&batch.span_id));
    assert_eq!(handed_on, own, "what is handed on names this span");
}
