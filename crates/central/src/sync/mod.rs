//! The sync service: one stream per till. Who it is says the token; what it says goes to ingest.

mod chunks;
mod documents;
mod down;
mod healed;
mod hello;
mod keys;
mod marks;
mod session;
mod tally;

use std::sync::Arc;
use std::time::Duration;

use docket_domain::ids::StoreId;
use docket_log::PublicKey;
use docket_sync::v1::sync_server::Sync;
use docket_sync::v1::{FromCentral, FromTill};
use sqlx::Row as _;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use crate::clock::wall_ms;
use crate::enrol::unavailable;
use crate::ingest::Source;
use docket_log::fact::class_from;

use crate::ingest::entry::fixed;
use crate::ingest::queue::IngestQueue;
use crate::limits::ANSWERS_WAITING_MAX;
use crate::secret::ServiceSecret;
use crate::telemetry::Metrics;
use crate::token::Token;
pub(crate) use chunks::Chunks;
use session::Session;

/// What all streams share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// Takes rows in.
    pub queue: IngestQueue,
    /// How long a token lives.
    pub token_life: Duration,
    /// Opens the keys of guests; without it none go down.
    pub secret: Option<ServiceSecret>,
    /// Counts the streams.
    pub metrics: Metrics,
    /// Becomes true when the service stops.
    pub stop: watch::Receiver<bool>,
}

/// The sync service.
#[derive(Debug, Clone)]
pub struct SyncService(Arc<Shared>);

impl SyncService {
    /// With what all streams share.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        SyncService(Arc::new(shared))
    }
}

/// A device whose token was good.
#[derive(Debug, Clone, Copy)]
struct Attached {
    source: Source,
    /// Whether half of the token's life is over.
    token_is_old: bool,
    revoked: bool,
}

impl Shared {
    async fn authenticate(&self, text: Option<&str>) -> Result<Attached, Status> {
        let refused = || Status::unauthenticated("token: is not one of this service");
        let token = text.and_then(|text| text.strip_prefix("Bearer ")).and_then(Token::parse).ok_or_else(refused)?;
        let failed = |error: sqlx::Error| unavailable(&error);
        let database = self.queue.ingest().database();
        let mut transaction = database.tenant(token.tenant).await.map_err(failed)?;
        let sql = "SELECT d.store, d.device_class, d.token_hash, d.revoked_at IS NOT NULL AS revoked, \
             (extract(epoch FROM d.token_expires_at) * 1000)::bigint AS expires_ms, t.public_key AS central_key \
             FROM central.devices d JOIN central.tenants t ON t.tenant = d.tenant WHERE d.tenant = $1 AND d.device = $2";
        let row = sqlx::query(sql)
            .bind(token.tenant.0)
            .bind(token.device.0)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?
            .ok_or_else(refused)?;
        transaction.commit().await.map_err(failed)?;
        if !token.is(row.try_get("token_hash").map_err(failed)?) {
            return Err(refused());
        }
        let left_ms = row.try_get::<i64, _>("expires_ms").map_err(failed)? - wall_ms();
        if left_ms <= 0 {
            return Err(Status::unauthenticated("token: is too old; renew it"));
        }
        let source = Source {
            tenant: token.tenant,
            store: StoreId(row.try_get("store").map_err(failed)?),
            device: token.device,
            class: class_from(row.try_get("device_class").map_err(failed)?),
            central_key: PublicKey(fixed(&row, "central_key").map_err(failed)?),
        };
        let half_ms = i64::try_from(self.token_life.as_millis() / 2).unwrap_or(i64::MAX);
        let revoked = row.try_get("revoked").map_err(failed)?;
        Ok(Attached { source, token_is_old: left_ms < half_ms, revoked })
    }
}

#[tonic::async_trait]
impl Sync for SyncService {
    type AttachStream = ReceiverStream<Result<FromCentral, Status>>;

    async fn attach(&self, request: Request<Streaming<FromTill>>) -> Result<Response<Self::AttachStream>, Status> {
        let text = request.metadata().get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let attached = self.0.authenticate(text.as_deref()).await?;
        let (answers, stream) = mpsc::channel(ANSWERS_WAITING_MAX);
        let session = Session::new(self.0.clone(), attached, answers);
        tokio::spawn(session.run(request.into_inner()));
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}
