//! The API of one process: what its doors open to, and what works behind them.

use std::net::SocketAddr;
use std::sync::Arc;

use docket_domain::ids::StoreId;
use tokio::net::TcpListener;

use super::auth::settings::Rates;
use super::auth::{Access, Trust};
use super::customers::Customers;
use super::desk::{OrderDesk, TakeLimits, sweep};
use super::feed::Feed;
use super::grpc::{GrpcDoor, GrpcParts};
use super::ports::{Patience, Ports};
use super::proxies::Proxies;
use super::rest::listener::{self, Listening};
use super::rest::{RestState, router};
use super::webhooks::{DeliverSettings, Targets, Webhooks, deliver};
use crate::config::Config;
use crate::db::{Database, Role};
use crate::down::OwnLogs;
use crate::ingest::Ingest;
use crate::secret::ServiceSecret;
use crate::server::ServeError;
use crate::telemetry::{Metrics, Stop};
use crate::tls::Certificate;

/// How the API is run.
pub struct ApiSettings {
    /// Address of the gRPC door.
    pub grpc_listen: SocketAddr,
    /// Address of the REST door.
    pub rest_listen: SocketAddr,
    /// None speaks plainly, on a loopback address.
    pub certificate: Option<Arc<Certificate>>,
    /// Who is believed.
    pub trust: Trust,
    /// How often somebody may call.
    pub rates: Rates,
    /// Load balancers whose word about a caller's address is taken.
    pub proxies: Proxies,
    /// Opens and seals keys.
    pub secret: ServiceSecret,
    /// How long a till has for an order.
    pub take_limits: TakeLimits,
    /// The store of an order that names none.
    pub default_store: Option<StoreId>,
    /// Where webhooks may go.
    pub targets: Targets,
}

/// The API before it takes calls.
pub struct ApiServer {
    grpc: GrpcDoor,
    rest: TcpListener,
    settings: ApiSettings,
}

/// What stands behind the doors. Cheap to clone.
#[derive(Clone)]
pub struct Behind {
    /// Orders.
    pub desk: OrderDesk,
    /// What is told of orders.
    pub feed: Feed,
    /// The guard.
    pub access: Access,
    /// Customers.
    pub customers: Customers,
    /// Webhooks.
    pub webhooks: Webhooks,
    /// Where calls are counted.
    pub metrics: Metrics,
}

impl ApiServer {
    /// Takes the addresses.
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub async fn bind(settings: ApiSettings) -> Result<Self, ServeError> {
        let address = settings.grpc_listen;
        let grpc = GrpcDoor::bind(address, settings.certificate.clone()).await;
        let grpc = grpc.map_err(|source| ServeError::Listen { key: "DOCKET_GRPC_LISTEN", address, source })?;
        let address = settings.rest_listen;
        let rest = TcpListener::bind(address).await;
        let rest = rest.map_err(|source| ServeError::Listen { key: "DOCKET_API_LISTEN", address, source })?;
        Ok(ApiServer { grpc, rest, settings })
    }

    /// The address of the gRPC door.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn grpc_address(&self) -> std::io::Result<SocketAddr> {
        self.grpc.address()
    }

    /// The address of the REST door.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn rest_address(&self) -> std::io::Result<SocketAddr> {
        self.rest.local_addr()
    }

    /// Serves until `stop` is asked. Calls in hand are answered then.
    ///
    /// # Errors
    /// [`ServeError`] if the database can't be reached, or a transport fails.
    pub async fn serve(
        self,
        config: &Config,
        ingest: Arc<Ingest>,
        metrics: Metrics,
        stop: Stop,
    ) -> Result<(), ServeError> {
        let ApiServer { grpc, rest, settings } = self;
        let connect = async |role, connections| Database::connect(&config.database_url, role, connections).await;
        let all = config.database_connections.max(2);
        let reads = connect(Role::Api, all).await?;
        let logs = OwnLogs::new(ingest.clone(), settings.secret.clone());
        let desk = OrderDesk::new(logs, reads.clone(), settings.secret.clone(), settings.take_limits)
            .with_default_store(settings.default_store)
            .with_ports(Ports::open(&config.ports, Patience::default())?);
        let feed = Feed::open(reads, stop.clone());
        let behind = Behind {
            desk: desk.clone(),
            feed: feed.clone(),
            access: Access::open(
                settings.trust,
                settings.rates,
                connect(Role::Access, all).await?,
                metrics.clone(),
                &stop,
            )
            .behind(settings.proxies.clone()),
            customers: Customers::new(ingest.database().clone()),
            webhooks: Webhooks::new(ingest.database().clone(), settings.secret.clone(), settings.targets),
            metrics,
        };
        let sweeping = tokio::spawn(sweep(desk, connect(Role::Sweeper, 1).await?, stop.clone()));
        let webhooks = DeliverSettings::new(connect(Role::Webhooks, all).await?, settings.secret, settings.targets);
        let delivering = tokio::spawn(deliver(webhooks, feed.news(), stop.clone()));
        let router = router(RestState {
            desk: behind.desk.clone(),
            access: behind.access.clone(),
            feed: behind.feed.clone(),
            customers: behind.customers.clone(),
            webhooks: behind.webhooks.clone(),
            metrics: behind.metrics.clone(),
        });
        let listening = Listening {
            certificate: settings.certificate,
            proxies: settings.proxies,
            patience: listener::Patience::default(),
        };
        let resting = tokio::spawn(listener::serve(rest, listening, router, stop.clone()));
        let grpc_parts =
            GrpcParts::new(behind.desk.clone(), behind.feed.clone(), behind.access.clone(), behind.metrics.clone());
        grpc.serve(grpc_parts, stop.clone()).await?;
        for ended in [sweeping.await, resting.await, delivering.await.map(|delivered| log_failure(delivered.err()))] {
            if let Err(error) = ended {
                tracing::warn!(%error, "a task of the API broke off");
            }
        }
        Ok(())
    }
}

fn log_failure(error: Option<reqwest::Error>) {
    if let Some(error) = error {
        tracing::error!(error = &error as &dyn std::error::Error, "webhooks can't be delivered");
    }
}
