//! The gRPC door: `order.v1.OrderService`, health and reflection. It translates, and knows no rule.

mod connections;
mod guard;
mod status;
mod stream;
mod translate;

pub use connections::{Connection, Patience, Peer};
pub use guard::GuardLayer;
pub use status::{DOMAIN, status};
pub use stream::{OrderEvents, Pace};

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use docket_api::order::v1 as pb;
use docket_api::order::v1::order_service_server::{OrderService, OrderServiceServer};
use docket_domain::ids::OrderId;
use docket_domain::policy::api::ApiOperation;
use tokio::net::TcpListener;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::OrderDesk;
use super::auth::{Access, Admitted};
use super::fault::{Fault, FaultCode};
use super::feed::{Feed, FeedFilter};
use super::limits::{GRPC_HEADER_BYTES_MAX, GRPC_MESSAGE_BYTES_MAX, GRPC_PING_MS, GRPC_PONG_MS, GRPC_STREAMS_MAX};
use super::watch::{Door, WatchLayer};
use crate::limits::STOP_MS;
use crate::telemetry::{Metrics, Stop};
use crate::tls::Certificate;
use stream::{Source, Watchers};

/// What the door opens to.
#[derive(Clone)]
pub struct GrpcParts {
    /// The use cases.
    pub desk: OrderDesk,
    /// What is told of orders.
    pub feed: Feed,
    /// The guard.
    pub access: Access,
    /// Where calls are counted.
    pub metrics: Metrics,
    /// How streams behave.
    pub pace: Pace,
    /// How long a connection may be quiet.
    pub patience: Patience,
    /// The time for a call; none is that of the limits.
    pub call_time: Option<Duration>,
}

impl GrpcParts {
    /// With the limits of the product.
    #[must_use]
    pub fn new(desk: OrderDesk, feed: Feed, access: Access, metrics: Metrics) -> Self {
        let (pace, patience) = (Pace::default(), Patience::default());
        GrpcParts { desk, feed, access, metrics, pace, patience, call_time: None }
    }
}

/// The door before it takes connections.
pub struct GrpcDoor {
    listener: TcpListener,
    certificate: Option<Arc<Certificate>>,
}

impl GrpcDoor {
    /// Takes the address. Without a certificate it speaks plainly, which is for this machine's own addresses.
    ///
    /// # Errors
    /// If the address can't be listened on.
    pub async fn bind(address: SocketAddr, certificate: Option<Arc<Certificate>>) -> std::io::Result<Self> {
        Ok(GrpcDoor { listener: TcpListener::bind(address).await?, certificate })
    }

    /// The address that was taken.
    ///
    /// # Errors
    /// If the system does not say.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is asked. Calls in hand are answered then, streams are told to go on elsewhere, and what does not
    /// end is cut.
    ///
    /// # Errors
    /// If the transport fails.
    pub async fn serve(self, parts: GrpcParts, stop: Stop) -> Result<(), tonic::transport::Error> {
        let mut guard = GuardLayer::new(parts.access.clone());
        if let Some(time) = parts.call_time {
            guard = guard.within(time);
        }
        let (watch, patience) = (WatchLayer::new(Door::Grpc, parts.metrics.clone()), parts.patience);
        let proxies = parts.access.proxies().clone();
        let router = Server::builder()
            .max_concurrent_streams(GRPC_STREAMS_MAX)
            .http2_max_header_list_size(GRPC_HEADER_BYTES_MAX)
            .http2_keepalive_interval(Some(Duration::from_millis(GRPC_PING_MS)))
            .http2_keepalive_timeout(Some(Duration::from_millis(GRPC_PONG_MS)))
            .layer(watch)
            .layer(guard)
            .add_routes(services(parts, &stop).await);
        let incoming = connections::incoming(self.listener, self.certificate, patience, proxies);
        let ended = stop.clone();
        let serving = router.serve_with_incoming_shutdown(incoming, async move { ended.asked().await });
        let cut = async {
            stop.asked().await;
            tokio::time::sleep(Duration::from_millis(STOP_MS)).await;
        };
        tokio::select! {
            served = serving => served?,
            () = cut => tracing::warn!("calls that did not end were cut"),
        }
        Ok(())
    }
}

/// The services: orders, health, and reflection in both of its versions.
pub async fn services(parts: GrpcParts, stop: &Stop) -> Routes {
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_serving::<OrderServiceServer<Orders>>().await;
    let stopping = stop.clone();
    tokio::spawn(async move {
        stopping.asked().await;
        health.set_not_serving::<OrderServiceServer<Orders>>().await;
    });
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(docket_api::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let told = "the descriptors are those that the services were generated from";
    let orders =
        OrderServiceServer::new(Orders::new(parts, stop.clone())).max_decoding_message_size(GRPC_MESSAGE_BYTES_MAX);
    Routes::new(orders)
        .add_service(health_service)
        .add_service(reflection().build_v1().expect(told))
        .add_service(reflection().build_v1alpha().expect(told))
}

/// The service of orders.
pub struct Orders {
    source: Source,
    access: Access,
}

impl Orders {
    fn new(parts: GrpcParts, stop: Stop) -> Self {
        let source = Source {
            desk: parts.desk,
            feed: parts.feed,
            watchers: Watchers::default(),
            pace: parts.pace,
            metrics: parts.metrics,
            stop,
        };
        Orders { source, access: parts.access }
    }

    fn desk(&self) -> &OrderDesk {
        &self.source.desk
    }

    /// The status of a refusal; for want of a right it is written down too.
    fn refused(&self, who: &Admitted, operation: ApiOperation, object: Option<Uuid>, fault: &Fault) -> Status {
        self.access.refused(&who.caller, operation, object, fault);
        status(fault)
    }
}

/// Who calls, as the guard found it.
fn who<T>(request: &Request<T>) -> Result<Admitted, Status> {
    let admitted = request.extensions().get::<Admitted>().cloned();
    admitted.ok_or_else(|| status(&Fault::new(FaultCode::Unauthenticated, "nobody let this call in")))
}

/// The key in a call's metadata.
fn key_header<T>(request: &Request<T>) -> Result<Option<String>, Status> {
    let Some(value) = request.metadata().get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().map_err(|_| status(&Fault::field("idempotency-key", "has visible ASCII characters")))?;
    Ok(Some(text.to_owned()))
}

#[tonic::async_trait]
impl OrderService for Orders {
    async fn create_order(
        &self,
        request: Request<pb::CreateOrderRequest>,
    ) -> Result<Response<pb::CreateOrderResponse>, Status> {
        let (who, header) = (who(&request)?, key_header(&request)?);
        let message = request.into_inner();
        let done = async {
            let key = translate::key(&message.idempotency_key, header.as_deref())?;
            self.desk().create(&who.caller, translate::new_order(message)?, key).await
        };
        let answer = done.await.map_err(|fault| self.refused(&who, ApiOperation::CreateOrder, None, &fault))?;
        Ok(Response::new(pb::CreateOrderResponse { order: Some(translate::order(answer.view)) }))
    }

    async fn get_order(&self, request: Request<pb::GetOrderRequest>) -> Result<Response<pb::GetOrderResponse>, Status> {
        let who = who(&request)?;
        let id: OrderId = translate::id("order_id", &request.get_ref().order_id).map_err(|fault| status(&fault))?;
        let view = self.desk().get(&who.caller, id).await;
        let view = view.map_err(|fault| self.refused(&who, ApiOperation::GetOrder, Some(id.0), &fault))?;
        Ok(Response::new(pb::GetOrderResponse { order: Some(translate::order(view)) }))
    }

    async fn list_orders(
        &self,
        request: Request<pb::ListOrdersRequest>,
    ) -> Result<Response<pb::ListOrdersResponse>, Status> {
        let who = who(&request)?;
        let (filter, page) = translate::list(request.into_inner()).map_err(|fault| status(&fault))?;
        let page = self.desk().list(&who.caller, filter, page).await;
        let page = page.map_err(|fault| self.refused(&who, ApiOperation::ListOrders, None, &fault))?;
        let orders = page.items.into_iter().map(translate::order).collect();
        Ok(Response::new(pb::ListOrdersResponse { orders, next_page_token: page.next.unwrap_or_default() }))
    }

    async fn update_order(
        &self,
        request: Request<pb::UpdateOrderRequest>,
    ) -> Result<Response<pb::UpdateOrderResponse>, Status> {
        let (who, header) = (who(&request)?, key_header(&request)?);
        let message = request.into_inner();
        let id: OrderId = translate::id("order_id", &message.order_id).map_err(|fault| status(&fault))?;
        let done = async {
            let key = translate::key(&message.idempotency_key, header.as_deref())?;
            self.desk().update(&who.caller, id, translate::patch(message)?, None, key).await
        };
        let answer = done.await.map_err(|fault| self.refused(&who, ApiOperation::UpdateOrder, Some(id.0), &fault))?;
        Ok(Response::new(pb::UpdateOrderResponse { order: Some(translate::order(answer.view)) }))
    }

    async fn cancel_order(
        &self,
        request: Request<pb::CancelOrderRequest>,
    ) -> Result<Response<pb::CancelOrderResponse>, Status> {
        let (who, header) = (who(&request)?, key_header(&request)?);
        let message = request.into_inner();
        let id: OrderId = translate::id("order_id", &message.order_id).map_err(|fault| status(&fault))?;
        let done = async {
            let key = translate::key(&message.idempotency_key, header.as_deref())?;
            self.desk().cancel(&who.caller, id, translate::cancel(message), None, key).await
        };
        let answer = done.await.map_err(|fault| self.refused(&who, ApiOperation::CancelOrder, Some(id.0), &fault))?;
        Ok(Response::new(pb::CancelOrderResponse { order: Some(translate::order(answer.view)) }))
    }

    type WatchOrdersStream = OrderEvents;

    async fn watch_orders(&self, request: Request<pb::WatchOrdersRequest>) -> Result<Response<OrderEvents>, Status> {
        let who = who(&request)?;
        let message = request.into_inner();
        let filter = || -> Result<FeedFilter, Fault> {
            Ok(FeedFilter {
                store: translate::id_or_none("store_id", &message.store_id)?,
                customer: translate::id_or_none("customer_id", &message.customer_id)?,
                order: translate::id_or_none("order_id", &message.order_id)?,
                ..FeedFilter::default()
            })
        };
        let filter = filter().map_err(|fault| status(&fault))?;
        let after = Some(message.after.clone()).filter(|after| !after.is_empty());
        let opened = stream::open(self.source.clone(), who.clone(), filter, after).await;
        let events = opened.map_err(|fault| self.refused(&who, ApiOperation::WatchOrders, None, &fault))?;
        Ok(Response::new(events))
    }
}
