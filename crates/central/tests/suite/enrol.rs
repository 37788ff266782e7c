use docket_central::tenants;
use docket_domain::ids::{StoreId, TenantId};
use docket_sync::v1::enrolment_client::EnrolmentClient;
use docket_sync::v1::{ChallengeRequest, EnrolReply, EnrolRequest, RenewRequest};
use docket_sync::{enrolment_proof, renewal_proof};
use tonic::transport::Channel;
use tonic::{Code, Status};

use crate::attach::{Service, attach};
use crate::office::Office;
use crate::till::{Till, order_id};

pub fn sign(till: &Till, message: &[u8]) -> Vec<u8> {
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&till.seed).expect("a seed");
    pair.sign(message).as_ref().to_vec()
}

fn request(till: &Till, code: &str) -> EnrolRequest {
    let proof = enrolment_proof(code, till.device, &till.key().public(), till.tenant, till.store);
    EnrolRequest {
        code: code.to_owned(),
        device_id: till.device.0.as_bytes().to_vec().into(),
        public_key: till.key().public().0.to_vec().into(),
        tenant_id: till.tenant.0.as_bytes().to_vec().into(),
        store_id: till.store.0.as_bytes().to_vec().into(),
        store_name: "Bar Uno".into(),
        device_class: "till".into(),
        signature: sign(till, &proof).into(),
        open_orders: 0,
    }
}

pub async fn enrol(channel: &Channel, till: &Till, code: &str) -> Result<EnrolReply, Status> {
    EnrolmentClient::new(channel.clone()).enrol(request(till, code)).await.map(tonic::Response::into_inner)
}

/// A till as it is before it knows head office: tenant and store are its own invention.
fn provisional(number: u8) -> Till {
    Till::new(number, TenantId(order_id(900 + u32::from(number)).0), StoreId(order_id(800 + u32::from(number)).0))
}

#[tokio::test]
async fn a_code_without_a_store_founds_the_tills_own_and_its_old_log_comes_in() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = provisional(1);
    till.run(order_id(1), &crate::till::create(order_id(1), "B-001", 1));
    let code = tenants::new_enrolment_code(&office.database, office.tenant, None, 60).await.expect("a code");
    let reply = enrol(&channel, &till, &code).await.expect("it is enrolled");
    assert!(reply.founded);
    assert_eq!(&reply.store_id[..], till.store.0.as_bytes());
    assert_eq!(&reply.tenant_id[..], office.tenant.0.as_bytes());
    assert_eq!(&reply.central_key[..], &office.key.public().0[..]);
    let mut stream = attach(&channel, &reply.token, &[]).await.expect("the token is good");
    stream.send_rows(&till.rows).await;
    assert_eq!(stream.held().await.map(|head| head.seq), Some(till.head_seq()));
    assert_eq!(office.order(order_id(1)).await.status.as_deref(), Some("draft"));
    service.stop().await;
}

#[tokio::test]
async fn a_code_with_a_store_joins_it_and_the_old_store_is_archived() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut till = provisional(2);
    till.run(order_id(1), &crate::till::create(order_id(1), "B-001", 1));
    let archived = till.store;
    let code =
        tenants::new_enrolment_code(&office.database, office.tenant, Some(office.store), 60).await.expect("a code");
    let reply = enrol(&channel, &till, &code.to_lowercase()).await.expect("case does not matter");
    assert!(!reply.founded);
    assert_eq!(&reply.store_id[..], office.store.0.as_bytes());
    assert_eq!(office.count("stores WHERE state = 'archived' AND joined IS NOT NULL").await, 1);
    let mut stream = attach(&channel, &reply.token, &[]).await.expect("the token is good");
    stream.send_rows(&till.rows).await;
    assert_eq!(stream.held().await.map(|head| head.seq), Some(till.head_seq()), "the old log comes in");
    (till.tenant, till.store) = (office.tenant, office.store);
    till.open();
    till.run(order_id(2), &crate::till::create(order_id(2), "B-002", 1));
    stream.send_rows(&till.rows).await;
    assert_eq!(stream.held().await.map(|head| head.seq), Some(till.head_seq()), "and the new one");
    let stores: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT store FROM central.orders ORDER BY order_id")
        .fetch_all(&office.owner)
        .await
        .expect("it reads");
    assert_eq!(stores, [archived.0, office.store.0]);
    service.stop().await;
}

#[tokio::test]
async fn a_till_with_open_orders_or_of_a_store_that_is_known_joins_no_other_and_the_code_stays_good() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut client = EnrolmentClient::new(channel.clone());
    let till = provisional(2);
    let code = async |store: Option<StoreId>| {
        tenants::new_enrolment_code(&office.database, office.tenant, store, 60).await.expect("a code")
    };
    let joining = code(Some(office.store)).await;
    let open = EnrolRequest { open_orders: 3, ..request(&till, &joining) };
    let refused = client.enrol(open).await.expect_err("orders are open");
    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
    enrol(&channel, &till, &joining).await.expect("the code is as good as it was");
    // Its former store is an archive now: another till of it founds no store with that id, and its logs are no others'.
    let founding = code(None).await;
    let other = Till::new(3, till.tenant, till.store);
    let refused = enrol(&channel, &other, &founding).await.expect_err("the store is archived");
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
    // A store of head office is no till's own that it could leave behind.
    let founder = provisional(4);
    enrol(&channel, &founder, &founding).await.expect("the code is as good as it was");
    let second = Till::new(5, founder.tenant, founder.store);
    let refused = enrol(&channel, &second, &code(Some(office.store)).await).await.expect_err("its store is live");
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
    service.stop().await;
}

#[tokio::test]
async fn whoever_joins_hears_which_letters_the_store_has() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let mut first = office.till(1).await;
    first.run(order_id(1), &crate::till::create(order_id(1), "B-001", 1));
    office.bring(&first, 0).await;
    let opened: docket_log::LogOpened = serde_json::from_str(&first.rows[0].payload).expect("a payload");
    let code = tenants::new_enrolment_code(&office.database, office.tenant, Some(office.store), 60).await;
    let reply = enrol(&channel, &provisional(2), &code.expect("a code")).await.expect("it is enrolled");
    assert_eq!(reply.letters, [opened.letter]);
    service.stop().await;
}

#[tokio::test]
async fn a_code_is_good_once_and_in_its_time() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let code = tenants::new_enrolment_code(&office.database, office.tenant, None, 60).await.expect("a code");
    let (first, second) = (provisional(1), provisional(2));
    let (one, other) = tokio::join!(enrol(&channel, &first, &code), enrol(&channel, &second, &code));
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "of two at once, one is enrolled");
    let late = tenants::new_enrolment_code(&office.database, office.tenant, None, -1).await.expect("a code");
    for wrong in [late.as_str(), "AAAA-BBBB-CCCC-DDDD", code.as_str()] {
        let refused = enrol(&channel, &provisional(3), wrong).await.expect_err("it is refused");
        assert_eq!(refused.code(), Code::PermissionDenied, "{refused:?}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_device_proves_its_key() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let code = tenants::new_enrolment_code(&office.database, office.tenant, None, 60).await.expect("a code");
    let mut forged = request(&provisional(1), &code);
    forged.public_key = provisional(2).key().public().0.to_vec().into();
    let refused = EnrolmentClient::new(channel.clone()).enrol(forged).await.expect_err("it is refused");
    assert_eq!(refused.code(), Code::PermissionDenied);
    enrol(&channel, &provisional(1), &code).await.expect("the code was not used up by a forgery");
    service.stop().await;
}

#[tokio::test]
async fn a_token_is_renewed_by_the_key_and_the_old_one_is_void() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let code = tenants::new_enrolment_code(&office.database, office.tenant, None, 60).await.expect("a code");
    let till = provisional(1);
    let old = enrol(&channel, &till, &code).await.expect("it is enrolled").token;
    let mut client = EnrolmentClient::new(channel.clone());
    let ids = (office.tenant.0.as_bytes().to_vec(), till.device.0.as_bytes().to_vec());
    let asked = ChallengeRequest { tenant_id: ids.0.clone().into(), device_id: ids.1.clone().into() };
    let challenge = client.challenge(asked).await.expect("a challenge").into_inner().challenge;
    let signature = sign(&till, &renewal_proof(office.tenant, till.device, &challenge));
    let renewal = RenewRequest {
        tenant_id: ids.0.into(),
        device_id: ids.1.into(),
        challenge: challenge.clone(),
        signature: signature.into(),
    };
    let new = client.renew(renewal.clone()).await.expect("it is renewed").into_inner().token;
    assert_eq!(client.renew(renewal).await.expect_err("a challenge is good once").code(), Code::PermissionDenied);
    attach(&channel, &new, &[]).await.expect("the new token is good");
    assert_eq!(attach(&channel, &old, &[]).await.err().map(|status| status.code()), Some(Code::Unauthenticated));
    service.stop().await;
}

#[tokio::test]
async fn a_token_that_is_too_old_is_refused_and_one_half_old_is_replaced() {
    let office = Office::open().await;
    let service = Service::start(&office).await;
    let channel = service.channel().await;
    let code = tenants::new_enrolment_code(&office.database, office.tenant, None, 60).await.expect("a code");
    let till = provisional(1);
    let token = enrol(&channel, &till, &code).await.expect("it is enrolled").token;
    let stream = attach(&channel, &token, &[]).await.expect("it is good");
    assert_eq!(stream.hello.fresh_token, None);
    drop(stream);
    let age = async |sql: &'static str| {
        sqlx::query(sql).execute(&office.owner).await.expect("it is aged");
    };
    age("UPDATE central.devices SET token_expires_at = now() + interval '1 day'").await;
    let stream = attach(&channel, &token, &[]).await.expect("it is good");
    let fresh = stream.hello.fresh_token.clone().expect("half of its life is over").token;
    drop(stream);
    age("UPDATE central.devices SET token_expires_at = now() - interval '1 second'").await;
    let refused = attach(&channel, &fresh, &[]).await.err().expect("it is too old");
    assert_eq!(refused.code(), Code::Unauthenticated);
    assert!(refused.message().contains("too old"));
    service.stop().await;
}
