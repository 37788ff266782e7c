//! The service: enrolment and sync on one address, news of head office's own rows, and a stop that leaves no batch half
//! answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use docket_sync::MESSAGE_BYTES_MAX;
use docket_sync::v1::enrolment_server::EnrolmentServer;
use docket_sync::v1::sync_server::SyncServer;
use sqlx::postgres::PgListener;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tonic::body::Body;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tower_http::map_request_body::MapRequestBodyLayer;

use crate::config::Listening;
use crate::db::Database;
use crate::down::CHANNEL;
use crate::enrol::EnrolmentService;
use crate::ingest::queue::IngestQueue;
use crate::ingest::{Ingest, News};
use crate::limits::{DOWN_POLL_MS, ENROL_MESSAGE_BYTES_MAX, STOP_MS, STREAM_WINDOW_BYTES, STREAMS_PER_CONNECTION};
use crate::secret::ServiceSecret;
use crate::sync::{Chunks, Shared, SyncService};
use crate::telemetry::Metrics;
use crate::tls::{Certificate, TlsError, incoming};

/// Why the service does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can't be taken.
    #[error("{key}: {address} can't be listened on")]
    Listen {
        /// What says the address.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No usable certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The transport failed.
    #[error("the transport failed")]
    Transport(#[from] tonic::transport::Error),
    /// The database can't be reached.
    #[error(transparent)]
    Db(#[from] crate::db::DbError),
    /// A service of another house can't be asked.
    #[error(transparent)]
    Port(#[from] crate::api::ports::HouseFault),
}

/// The service before it takes connections.
#[derive(Debug)]
pub struct SyncServerParts {
    listener: TcpListener,
    certificate: Option<Arc<Certificate>>,
    ingest: Arc<Ingest>,
    token_life: Duration,
    secret: Option<ServiceSecret>,
    metrics: Metrics,
}

impl SyncServerParts {
    /// Takes the address and reads the certificate.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn bind(
        address: SocketAddr,
        listening: &Listening,
        database: Database,
        token_life: Duration,
    ) -> Result<Self, ServeError> {
        let certificate = match listening {
            Listening::Plain => None,
            Listening::Tls { cert, key } => Some(Arc::new(Certificate::try_open(cert, key)?)),
        };
        let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen {
            key: "DOCKET_LISTEN",
            address,
            source,
        })?;
        let ingest = Arc::new(Ingest::new(database));
        Ok(SyncServerParts { listener, certificate, ingest, token_life, secret: None, metrics: Metrics::new() })
    }

    /// The same, counting here.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        let ingest = Arc::new(Ingest::new(self.ingest.database().clone()).with_metrics(metrics.clone()));
        SyncServerParts { metrics, ingest, ..self }
    }

    /// The same, sending the keys of guests down with their orders.
    #[must_use]
    pub fn with_secret(self, secret: Option<ServiceSecret>) -> Self {
        SyncServerParts { secret, ..self }
    }

    /// What takes rows in; head office's own logs take the same way.
    #[must_use]
    pub fn ingest(&self) -> &Arc<Ingest> {
        &self.ingest
    }

    /// The certificate, if it speaks TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        self.certificate.as_ref()
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` becomes true. The batches in hand are answered then, and streams that do not end are cut.
    ///
    /// # Errors
    /// [`ServeError::Transport`].
    pub async fn serve(self, stop: watch::Receiver<bool>) -> Result<(), ServeError> {
        let listening = tokio::spawn(listen(self.ingest.clone(), stop.clone()));
        let releasing = tokio::spawn({
            let (ingest, stop) = (self.ingest.clone(), stop.clone());
            async move { ingest.keep_releasing(stop).await }
        });
        let queue = IngestQueue::new(self.ingest.clone());
        let (token_life, secret, metrics) = (self.token_life, self.secret, self.metrics);
        let shared = Shared { queue, token_life, secret, metrics, stop: stop.clone() };
        let sync = SyncServer::new(SyncService::new(shared))
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        // Whoever asks here has shown nothing of himself yet.
        let enrolment = EnrolmentServer::new(EnrolmentService::new(self.ingest.database().clone(), self.token_life))
            .max_decoding_message_size(ENROL_MESSAGE_BYTES_MAX);
        let router = Server::builder()
            .max_concurrent_streams(STREAMS_PER_CONNECTION)
            .http2_keepalive_interval(Some(Duration::from_secs(30)))
            .http2_keepalive_timeout(Some(Duration::from_secs(20)))
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(STREAM_WINDOW_BYTES)
            .layer(MapRequestBodyLayer::new(|body| Body::new(Chunks::new(body))))
            .add_service(sync)
            .add_service(enrolment);
        let ended = until(stop.clone());
        let serving = async {
            match self.certificate {
                None => {
                    // An order must not wait until the till has confirmed the bytes before it.
                    let incoming = TcpIncoming::from(self.listener).with_nodelay(Some(true));
                    router.serve_with_incoming_shutdown(incoming, ended).await
                }
                Some(certificate) => {
                    router.serve_with_incoming_shutdown(incoming(self.listener, certificate), ended).await
                }
            }
        };
        let cut = async {
            until(stop).await;
            tokio::time::sleep(Duration::from_millis(STOP_MS)).await;
        };
        tokio::select! {
            served = serving => served?,
            () = cut => tracing::warn!("streams that did not end were cut"),
        }
        listening.abort();
        releasing.abort();
        Ok(())
    }
}

async fn until(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stopping| *stopping).await;
}

/// Hears of new rows of head office, whichever process wrote them. Without it streams look by themselves.
async fn listen(ingest: Arc<Ingest>, stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = hear(&ingest).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "no news of head office's rows for now");
        }
        tokio::time::sleep(Duration::from_millis(DOWN_POLL_MS)).await;
    }
}

async fn hear(ingest: &Ingest) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(ingest.database().pool()).await?;
    listener.listen(CHANNEL).await?;
    loop {
        let word = listener.recv().await?;
        if let Ok(store) = word.payload().parse() {
            // Nobody is attached: then nobody has to know.
            let _ = ingest.news().send(News::of(store));
        }
    }
}
