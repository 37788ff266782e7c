//! Traces by OpenTelemetry, off unless a collector's address is configured. One trace goes from the till's batch over the
//! ingest, the outbox and the relay to the consumer; between processes it travels as a W3C `traceparent`.

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

/// Why traces can't be sent.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The address can't be used.
    #[error("DOCKET_OTLP_ENDPOINT: {0}")]
    Endpoint(String),
}

/// Keeps the sender of spans; [`Traces::end`] sends the last ones.
#[derive(Debug)]
pub struct Traces {
    provider: Option<SdkTracerProvider>,
}

impl Traces {
    /// None are sent.
    #[must_use]
    pub fn off() -> Self {
        Traces { provider: None }
    }

    /// Starts to send spans to a collector, or nothing where there is no address. It runs inside a tokio runtime.
    ///
    /// # Errors
    /// [`TraceError`] if the address can't be used.
    pub fn start(collector: Option<&str>, service: &str) -> Result<Self, TraceError> {
        let Some(address) = collector.filter(|address| !address.is_empty()) else { return Ok(Self::off()) };
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_tonic()
            .with_endpoint(address)
            .build()
            .map_err(|error| TraceError::Endpoint(error.to_string()))?;
        let resource = Resource::builder()
            .with_service_name(service.to_owned())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        Ok(Traces { provider: Some(provider) })
    }

    /// Sends what was not sent yet. A collector that does not answer keeps nobody longer than the exporter's own limit.
    pub fn end(self) {
        if let Some(Err(error)) = self.provider.map(|provider| provider.shutdown()) {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

/// The layer that makes spans of `tracing` to spans of OpenTelemetry; none where traces are off.
pub(super) fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(
    traces: &Traces,
) -> Option<OpenTelemetryLayer<S, SdkTracer>> {
    let provider = traces.provider.as_ref()?;
    Some(tracing_opentelemetry::layer().with_tracer(provider.tracer("docket-central")))
}

/// The `traceparent` of a span, to hand on; none where traces are off.
#[must_use]
pub fn traceparent(span: &Span) -> Option<String> {
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| text(context))
}

fn text(context: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags().to_u8())
}

/// The trace that a `traceparent` belongs to; none where it is none.
#[must_use]
pub fn trace_id(traceparent: &str) -> Option<Uuid> {
    parse(traceparent).map(|context| Uuid::from_bytes(context.trace_id().to_bytes()))
}

/// Hangs a span under the one that a peer's `traceparent` names. What is no `traceparent` changes nothing.
pub fn continue_from(span: &Span, traceparent: &str) {
    if let Some(parent) = parse(traceparent) {
        // It fails only where traces are off, and then there is nothing to hang.
        let _ = span.set_parent(Context::new().with_remote_span_context(parent));
    }
}

/// Reads a `traceparent` of version 00: `00-{32 hex}-{16 hex}-{2 hex}`.
fn parse(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let well_formed =
        version == "00" && trace.len() == 32 && span.len() == 16 && flags.len() == 2 && parts.next().is_none();
    if !well_formed || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_reads_back_and_a_wrong_one_is_none() {
        let one = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(parse(one).map(|context| text(&context)).as_deref(), Some(one));
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn without_a_collector_there_is_no_trace() {
        let traces = Traces::start(None, "test").unwrap();
        assert!(traces.provider.is_none());
        assert_eq!(traceparent(&Span::current()), None);
        traces.end();
    }
}
