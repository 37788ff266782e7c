//! Where a call comes from behind a load balancer: what the balancer says of it counts, and what its caller says does not.

use std::net::IpAddr;

use axum::http::Method;
use docket_api::order::v1 as pb;
use docket_central::api::auth::settings::{Rate, Rates};
use docket_central::api::auth::{Access, Trust};
use docket_central::api::proxies::Proxies;
use docket_central::api::rest::{Peer, router};
use docket_central::telemetry::{Metrics, Stop};
use tonic::{Code, Request};

use crate::door::{Door, request};
use crate::grpc::{self, Open};
use crate::house::House;

/// So few that a handful of calls is too many.
const FEW: Rate = Rate { a_second: 1, burst: 4 };
/// More than an address may, and more than pass while a busy machine is at it.
const CALLS: u32 = 60;
const BALANCER: &str = "192.0.2.1";

fn rates() -> Rates {
    Rates { address: FEW, ..Rates::default() }
}

/// A REST door that believes the balancer.
async fn rest(house: &House) -> Door {
    let mut door = Door::open(house).await;
    let access =
        Access::open(Trust::Anybody(house.tenant), rates(), house.access().await, Metrics::new(), &Stop::new());
    let proxies = Proxies::parse(BALANCER).expect("an address");
    door.state.access = access.behind(proxies);
    door.router = router(door.state.clone());
    door
}

/// How many calls of so many pass, which come in from `peer` and whose header is `forwarded` of the call's number.
async fn passed(door: &Door, peer: &str, forwarded: impl Fn(u32) -> String) -> u32 {
    let peer: IpAddr = peer.parse().expect("an address");
    let mut passed = 0;
    for call in 0..CALLS {
        let header = forwarded(call);
        let mut asked = request(Method::GET, "/api/v1/orders", &[("x-forwarded-for", &header)], None);
        asked.extensions_mut().insert(Peer(peer));
        let said = door.call(asked).await;
        assert!(matches!(said.status, 200 | 429), "{said:?}");
        passed += u32::from(said.status == 200);
    }
    passed
}

#[tokio::test]
async fn each_caller_behind_a_balancer_is_counted_by_itself() {
    let house = House::open().await;
    let door = rest(&house).await;
    assert_eq!(passed(&door, BALANCER, |call| format!("203.0.113.{call}")).await, CALLS);
    assert!(passed(&door, BALANCER, |_| "198.51.100.7".into()).await < CALLS, "one of them calls too often");
}

#[tokio::test]
async fn nobody_gets_more_calls_by_what_it_writes_into_the_header() {
    let house = House::open().await;
    let door = rest(&house).await;
    let stranger = passed(&door, "203.0.113.99", |call| format!("203.0.113.{call}")).await;
    assert!(stranger < CALLS, "who is no balancer is not believed: {stranger}");
    let left = passed(&door, BALANCER, |call| format!("203.0.113.{call}, 198.51.100.8")).await;
    assert!(left < CALLS, "the balancer's word stands at the end: {left}");
    let chained = passed(&door, BALANCER, |call| format!("203.0.113.{call}, 198.51.100.9, {BALANCER}")).await;
    assert!(chained < CALLS, "and behind it are balancers only: {chained}");
    let garbage = passed(&door, BALANCER, |call| format!("203.0.113.{call}, unknown-{call}")).await;
    assert!(garbage < CALLS, "what says nothing is counted as the balancer's own: {garbage}");
}

#[tokio::test]
async fn the_grpc_door_counts_the_same_way() {
    let house = House::open().await;
    let passed = async |trusted: &str, forwarded: &dyn Fn(u32) -> String| {
        let proxies = Proxies::parse(trusted).expect("an address");
        let believe = |parts: &mut docket_central::api::grpc::GrpcParts| {
            parts.access = parts.access.clone().behind(proxies);
        };
        let door = grpc::Door::with(&house, Open::ToAnybody, rates(), believe).await;
        let mut client = door.client().await;
        let mut passed = 0;
        for call in 0..CALLS {
            let mut request = Request::new(pb::ListOrdersRequest::default());
            request.metadata_mut().insert("x-forwarded-for", forwarded(call).parse().expect("a header"));
            match client.list_orders(request).await {
                Ok(_) => passed += 1,
                Err(status) => assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}"),
            }
        }
        passed
    };
    assert_eq!(passed("127.0.0.0/8", &|call| format!("203.0.113.{call}")).await, CALLS);
    assert!(passed("127.0.0.0/8", &|call| format!("203.0.113.{call}, 198.51.100.7")).await < CALLS);
    assert!(passed(BALANCER, &|call| format!("203.0.113.{call}")).await < CALLS, "this machine is no balancer");
}
