//! Spans of commands for an OpenTelemetry collector; none are made unless its address is configured. The trace of a command
//! is its command id, and its span is what the uplink names as the parent of the batch that brings its rows to head office:
//! so one trace goes from the tap to the consumer.
//!
//! The writer's thread only puts a finished span into a bounded channel. Where the collector is slow or gone, spans are lost
//! and nothing else.

use std::fmt::Debug;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use tonic::transport::{Channel, Endpoint};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use crate::limits::{SPANS_AT_ONCE_MAX, SPANS_EVERY_MS, SPANS_SEND_MS, SPANS_WAITING_MAX};

/// The variable that names the collector, such as `http://collector:4317`.
pub const ENDPOINT_VARIABLE: &str = "DOCKET_OTLP_ENDPOINT";

/// The span of one command, as the terminal makes it.
const COMMAND: &str = "command";

enum Message {
    Span(Box<Span>),
    /// Send what is there, and say so.
    End(SyncSender<()>),
}

/// The sender of spans, from the start of the program to its end.
#[derive(Debug)]
pub struct Spans(SyncSender<Message>);

/// The layer that makes spans of commands.
#[derive(Debug)]
pub struct CommandSpans(SyncSender<Message>);

impl Spans {
    /// Starts to send spans to a collector; `None` where the variable names none, or its address can't be used.
    #[must_use]
    pub fn start(address: &str) -> Option<(Self, CommandSpans)> {
        if address.is_empty() {
            return None;
        }
        let endpoint = match Endpoint::from_shared(address.to_owned()) {
            Ok(endpoint) => endpoint.timeout(Duration::from_millis(SPANS_SEND_MS)),
            Err(error) => {
                eprintln!("{ENDPOINT_VARIABLE}: {error}; no spans are sent");
                return None;
            }
        };
        let (sender, receiver) = sync_channel(SPANS_WAITING_MAX);
        let sending = std::thread::Builder::new().name("docket-spans".into()).spawn(move || send(&endpoint, &receiver));
        if let Err(error) = sending {
            eprintln!("{ENDPOINT_VARIABLE}: the system gives no thread: {error}; no spans are sent");
            return None;
        }
        docket_terminal::trace_commands();
        Some((Spans(sender.clone()), CommandSpans(sender)))
    }

    /// Sends what was not sent yet; a collector that does not answer keeps nobody for long.
    pub fn end(self) {
        let (said, sent) = sync_channel(1);
        if self.0.try_send(Message::End(said)).is_ok() {
            // Late is as good as never here.
            let _ = sent.recv_timeout(Duration::from_millis(SPANS_SEND_MS));
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "for a collector; nothing of it reaches the log")]
fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// What is known of a command's span so far.
#[derive(Default)]
struct Known {
    span: Span,
}

impl Visit for Known {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.take(field.name(), &format!("{value:?}"));
    }
}

impl Known {
    fn take(&mut self, name: &str, value: &str) {
        let bytes = || hex::decode(value.replace('-', "")).unwrap_or_default();
        match name {
            "correlation_id" => self.span.trace_id = bytes(),
            "event_id" => self.span.span_id = bytes(),
            "command" => self.span.name = format!("command {value}"),
            "order_id" => self.span.attributes.push(text("docket.order_id", value)),
            _ => {}
        }
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for CommandSpans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let metadata = attributes.metadata();
        if metadata.name() != COMMAND || *metadata.level() != Level::INFO {
            return;
        }
        let Some(span) = context.span(id) else { return };
        let mut known = Known::default();
        attributes.record(&mut known);
        known.span.start_time_unix_nano = now_ns();
        span.extensions_mut().insert(known);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(known) = context.span(id).as_ref().and_then(|span| span.extensions_mut().remove::<Known>()) {
            let mut known = known;
            values.record(&mut known);
            if let Some(span) = context.span(id) {
                span.extensions_mut().insert(known);
            }
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(Known { mut span }) = context.span(&id).and_then(|span| span.extensions_mut().remove::<Known>())
        else {
            return;
        };
        // A command that wrote nothing is no part of a trace that goes on.
        if span.trace_id.len() == 16 && span.span_id.len() == 8 {
            span.end_time_unix_nano = now_ns();
            // A full channel loses a span, never a sale.
            let _ = self.0.try_send(Message::Span(Box::new(span)));
        }
    }
}

fn send(endpoint: &Endpoint, receiver: &Receiver<Message>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tracing::warn!(%error, "no spans are sent"),
    };
    let mut client = {
        let _inside = runtime.enter();
        TraceServiceClient::new(endpoint.connect_lazy())
    };
    let mut waiting = Vec::new();
    loop {
        let mut ended = None;
        match receiver.recv_timeout(Duration::from_millis(SPANS_EVERY_MS)) {
            Ok(Message::Span(span)) => waiting.push(*span),
            Ok(Message::End(said)) => ended = Some(said),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let due = ended.is_some() || waiting.len() >= SPANS_AT_ONCE_MAX;
        if !waiting.is_empty() && (due || receiver_is_quiet(receiver, &mut waiting, &mut ended)) {
            runtime.block_on(export(&mut client, std::mem::take(&mut waiting)));
        }
        if let Some(said) = ended {
            let _ = said.try_send(());
            return;
        }
    }
}

/// Takes what else is there; says whether that was all for now.
fn receiver_is_quiet(
    receiver: &Receiver<Message>,
    waiting: &mut Vec<Span>,
    ended: &mut Option<SyncSender<()>>,
) -> bool {
    while waiting.len() < SPANS_AT_ONCE_MAX {
        match receiver.recv_timeout(Duration::from_millis(SPANS_EVERY_MS)) {
            Ok(Message::Span(span)) => waiting.push(*span),
            Ok(Message::End(said)) => {
                *ended = Some(said);
                return true;
            }
            Err(_) => return true,
        }
    }
    true
}

async fn export(client: &mut TraceServiceClient<Channel>, spans: Vec<Span>) {
    let attributes = vec![text("service.name", "docket-till"), text("service.version", env!("CARGO_PKG_VERSION"))];
    let resource = Some(Resource { attributes, ..Resource::default() });
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }];
    if let Err(status) = client.export(ExportTraceServiceRequest { resource_spans }).await {
        tracing::debug!(code = ?status.code(), "the collector did not take spans; they are lost");
    }
}
