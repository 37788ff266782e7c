//! Tokens: which are taken, as whom, and every way in which one is not.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use docket_central::api::auth::settings::{KeySource, Rates};
use docket_central::api::auth::{Access, Ages, KeyRing, TokenError, Trust, Verifier};
use docket_central::api::caller::{ApiRole, Stores};
use docket_central::api::watch::Door;
use docket_central::api::{FaultCode, OrderDesk};
use docket_central::db::{Database, Role};
use docket_central::telemetry::{Metrics, Stop};
use docket_domain::ids::{StoreId, TenantId};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::house::{House, order};
use crate::issuer::{Answers, KeyAddress, SigningKey, but, by_hand, claims, header, key_set, settings};

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn tenant() -> TenantId {
    TenantId(Uuid::from_u128(0x018f))
}

/// Keys are as old as they are at once, and may be read anew at any time.
fn impatient() -> Ages {
    Ages { fresh: Duration::ZERO, pause: Duration::ZERO, stale: Duration::from_secs(3_600) }
}

async fn verifier(source: KeySource, ages: Ages) -> Verifier {
    let settings = settings(source);
    let ring = KeyRing::open(settings.keys.clone(), settings.algorithms.clone(), ages, Metrics::new());
    Verifier::new(&settings, ring.await.expect("an address is asked again later"))
}

async fn check(verifier: &Verifier, token: &str) -> Result<Value, TokenError> {
    verifier.verify(Some(&format!("Bearer {token}"))).await
}

#[tokio::test]
async fn a_token_of_each_algorithm_is_taken_from_a_file_of_keys() {
    let keys = [SigningKey::ed25519("ed", 1), SigningKey::p256("ec"), SigningKey::rsa("rsa")];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.json");
    std::fs::write(&path, key_set(&keys.each_ref()).to_string()).expect("written");
    let verifier = verifier(KeySource::File(path), Ages::default()).await;
    for key in &keys {
        let found = check(&verifier, &key.sign(&claims(tenant(), "user-123", "customer"))).await;
        assert_eq!(found.expect("it holds")["sub"], "user-123", "{:?}", key.algorithm);
    }
}

#[tokio::test]
async fn a_file_that_is_no_key_set_is_a_fault_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.json");
    for text in [None, Some("<html>"), Some("{\"keys\":[]}")] {
        if let Some(text) = text {
            std::fs::write(&path, text).expect("written");
        }
        let algorithms = vec![Algorithm::EdDSA];
        let opened = KeyRing::open(KeySource::File(path.clone()), algorithms, Ages::default(), Metrics::new()).await;
        assert!(opened.is_err(), "{text:?}");
    }
}

#[tokio::test]
async fn what_is_not_a_good_token_of_the_issuer_for_this_audience_is_refused() {
    let (key, stranger) = (SigningKey::ed25519("ed", 1), SigningKey::ed25519("ed", 2));
    let address = KeyAddress::open(Answers::Set(key_set(&[&key]))).await;
    let verifier = verifier(address.source(), Ages::default()).await;
    let good = || claims(tenant(), "user-123", "admin");
    let now = docket_central::clock::wall_ms() / 1_000;
    let changed = |claim: &str, value: Value| key.sign(&but(good(), claim, value));
    let missing = |claim: &str| changed(claim, Value::Null);
    let mut typed = header(&key);
    typed.typ = Some("logout+jwt".into());
    let mut critical = header(&key);
    critical.crit = Some(vec!["exp".into()]);
    let mut unknown = header(&key);
    unknown.kid = Some("another".into());
    let whole = key.sign(&good());
    let (body, signature) = whole.rsplit_once('.').expect("three parts");
    let forged = {
        let parts: Vec<&str> = whole.split('.').collect();
        let other = by_hand(&json!({}), &but(good(), "sub", json!("root")), "");
        format!("{}.{}.{}", parts[0], other.split('.').nth(1).expect("claims"), parts[2])
    };
    let cases: Vec<(&str, String, TokenError)> = vec![
        ("expired", changed("exp", json!(now - 31)), TokenError::Expired),
        ("not yet", changed("nbf", json!(now + 40)), TokenError::Early),
        ("no exp", missing("exp"), TokenError::Claims),
        ("no nbf", missing("nbf"), TokenError::Claims),
        ("no aud", missing("aud"), TokenError::Claims),
        ("no iss", missing("iss"), TokenError::Claims),
        ("no sub", missing("sub"), TokenError::Claims),
        ("exp is text", changed("exp", json!("tomorrow")), TokenError::Claims),
        ("another audience", changed("aud", json!("billing")), TokenError::Audience),
        ("other audiences", changed("aud", json!(["billing", "kitchen"])), TokenError::Audience),
        ("another issuer", changed("iss", json!("https://evil.example")), TokenError::Issuer),
        ("several issuers", changed("iss", json!([crate::issuer::NAME, "https://evil.example"])), TokenError::Claims),
        ("crit", key.sign_under(&critical, &good()), TokenError::Critical),
        ("for something else", key.sign_under(&typed, &good()), TokenError::Type),
        ("a key nobody has", key.sign_under(&unknown, &good()), TokenError::Key),
        ("another's key of that name", stranger.sign(&good()), TokenError::Signature),
        ("forged claims", forged, TokenError::Signature),
        ("no signature", format!("{body}."), TokenError::Signature),
        ("half a signature", format!("{body}.{}", &signature[..40]), TokenError::Signature),
        ("none", by_hand(&json!({"alg": "none"}), &good(), ""), TokenError::Algorithm),
        ("None", by_hand(&json!({"alg": "None", "kid": "ed"}), &good(), signature), TokenError::Algorithm),
        ("two parts", body.to_owned(), TokenError::Form),
        ("five parts", format!("{whole}.a.b"), TokenError::Form),
        ("no JSON", "e30.e30.e30".to_owned(), TokenError::Form),
        ("too long", format!("{whole}{}", "A".repeat(9_000)), TokenError::Form),
    ];
    // The key that a token brings along is not what it is checked with.
    let own_key = {
        let mut own = header(&stranger);
        own.jwk = serde_json::from_value(stranger.public()).expect("a key");
        stranger.sign_under(&own, &good())
    };
    for (name, token, expected) in cases {
        assert_eq!(check(&verifier, &token).await.map(drop), Err(expected), "{name}");
    }
    assert_eq!(check(&verifier, &own_key).await.map(drop), Err(TokenError::Signature));
    assert_eq!(check(&verifier, &whole).await.map(drop), Ok(()), "the one that all of them are made of holds");
    // Within the skew of clocks.
    assert_eq!(check(&verifier, &changed("exp", json!(now - 10))).await.map(drop), Ok(()));
    assert_eq!(check(&verifier, &changed("aud", json!(["billing", "docket"]))).await.map(drop), Ok(()));
}

#[tokio::test]
async fn a_public_key_is_no_shared_secret() {
    let key = SigningKey::rsa("rsa");
    let address = KeyAddress::open(Answers::Set(key_set(&[&key]))).await;
    let verifier = verifier(address.source(), Ages::default()).await;
    let public = key.public();
    let modulus = public["n"].as_str().expect("a modulus");
    for secret in [modulus.as_bytes(), public.to_string().as_bytes()] {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("rsa".into());
        let secret = EncodingKey::from_secret(secret);
        let token = encode(&header, &claims(tenant(), "root", "admin"), &secret).expect("it is signed");
        assert_eq!(check(&verifier, &token).await.map(drop), Err(TokenError::Algorithm));
    }
    // A set that offers a shared secret does not make it one: there is no usable key in it then.
    address.set(Answers::Set(json!({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "oct", "alg": "HS256"}]})));
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("oct".into());
    let token = encode(&header, &claims(tenant(), "root", "admin"), &EncodingKey::from_secret(b"secret"));
    assert_eq!(check(&verifier, &token.expect("signed")).await.map(drop), Err(TokenError::Algorithm));
}

#[tokio::test]
async fn an_algorithm_that_is_not_configured_is_refused_whatever_keys_there_are() {
    let (ed, ec) = (SigningKey::ed25519("ed", 1), SigningKey::p256("ec"));
    let address = KeyAddress::open(Answers::Set(key_set(&[&ed, &ec]))).await;
    let mut settings = settings(address.source());
    settings.algorithms = vec![Algorithm::ES256];
    let ring = KeyRing::open(settings.keys.clone(), settings.algorithms.clone(), Ages::default(), Metrics::new());
    let verifier = Verifier::new(&settings, ring.await.expect("it opens"));
    let good = claims(tenant(), "user-123", "customer");
    assert_eq!(check(&verifier, &ed.sign(&good)).await.map(drop), Err(TokenError::Algorithm));
    assert_eq!(check(&verifier, &ec.sign(&good)).await.map(drop), Ok(()));
}

#[tokio::test]
async fn an_address_that_is_down_is_asked_again_and_tokens_wait_for_it() {
    let key = SigningKey::ed25519("ed", 1);
    let address = KeyAddress::open(Answers::Status(503)).await;
    let verifier = verifier(address.source(), impatient()).await;
    let token = key.sign(&claims(tenant(), "user-123", "customer"));
    assert_eq!(check(&verifier, &token).await.map(drop), Err(TokenError::Unreadable));
    address.set(Answers::Set(key_set(&[&key])));
    assert_eq!(check(&verifier, &token).await.map(drop), Ok(()));
}

#[tokio::test]
async fn an_address_that_is_down_or_lies_costs_no_key_that_is_held() {
    let key = SigningKey::ed25519("ed", 1);
    let other = KeyAddress::open(Answers::Set(key_set(&[&SigningKey::ed25519("evil", 9)]))).await;
    let address = KeyAddress::open(Answers::Set(key_set(&[&key]))).await;
    let verifier = verifier(address.source(), impatient()).await;
    let token = || key.sign(&claims(tenant(), "user-123", "customer"));
    let evil = SigningKey::ed25519("evil", 9).sign(&claims(tenant(), "root", "admin"));
    let lies = [
        Answers::Status(500),
        Answers::Status(404),
        Answers::Text("<html>maintenance</html>".into()),
        Answers::Text("{\"keys\":[]}".into()),
        Answers::Text("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}]}".into()),
        Answers::Text(" ".repeat(300_000)),
        Answers::Elsewhere(other.url()),
        Answers::Never,
    ];
    for lie in lies {
        let name = format!("{lie:.60?}");
        address.set(lie);
        // An unknown key makes it look; what it finds is worth nothing.
        assert_eq!(check(&verifier, &evil).await.map(drop), Err(TokenError::Key), "{name}");
        assert_eq!(check(&verifier, &token()).await.map(drop), Ok(()), "{name}");
    }
    assert_eq!(other.asked(), 0, "nobody is followed elsewhere");
}

#[tokio::test]
async fn keys_that_can_not_be_read_for_too_long_are_not_trusted_any_more() {
    let key = SigningKey::ed25519("ed", 1);
    let address = KeyAddress::open(Answers::Set(key_set(&[&key]))).await;
    let ages = Ages { fresh: Duration::ZERO, pause: Duration::ZERO, stale: Duration::ZERO };
    let verifier = verifier(address.source(), ages).await;
    address.set(Answers::Status(500));
    let token = key.sign(&claims(tenant(), "user-123", "customer"));
    assert_eq!(check(&verifier, &token).await.map(drop), Err(TokenError::Unreadable));
}

#[tokio::test]
async fn a_new_key_is_found_at_once_and_an_old_one_is_forgotten() {
    let (old, new) = (SigningKey::ed25519("old", 1), SigningKey::ed25519("new", 2));
    let address = KeyAddress::open(Answers::Set(key_set(&[&old]))).await;
    let verifier = verifier(address.source(), impatient()).await;
    let token = |key: &SigningKey| key.sign(&claims(tenant(), "user-123", "customer"));
    assert_eq!(check(&verifier, &token(&old)).await.map(drop), Ok(()));
    address.set(Answers::Set(key_set(&[&new])));
    assert_eq!(check(&verifier, &token(&new)).await.map(drop), Ok(()));
    assert_eq!(check(&verifier, &token(&old)).await.map(drop), Err(TokenError::Key));
}

#[tokio::test]
async fn tokens_with_unknown_keys_do_not_make_the_address_be_asked_over_and_over() {
    let key = SigningKey::ed25519("ed", 1);
    let address = KeyAddress::open(Answers::Set(key_set(&[&key]))).await;
    let verifier = verifier(address.source(), Ages::default()).await;
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..200 {
        let verifier = verifier.clone();
        let mut unknown = header(&key);
        unknown.kid = Some(format!("unknown-{number}"));
        let token = key.sign_under(&unknown, &claims(tenant(), "user-123", "customer"));
        calls.spawn(async move { check(&verifier, &token).await.map(drop) });
    }
    assert!(calls.join_all().await.iter().all(|found| *found == Err(TokenError::Key)));
    assert_eq!(address.asked(), 1, "the reading at the start was a moment ago");
}

/// The guard of a process of this house, and the key that signs for it.
async fn guard(house: &House) -> (Access, SigningKey) {
    let key = SigningKey::ed25519("ed", 1);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("keys.json");
    std::fs::write(&path, key_set(&[&key]).to_string()).expect("written");
    let trust = Trust::open(&settings(KeySource::File(path)), Metrics::new()).await.expect("the keys are there");
    let database = Database::connect(&house.server.url(), Role::Access, 2).await.expect("it connects");
    (Access::open(trust, Rates::default(), database, Metrics::new(), &Stop::new()), key)
}

async fn who(
    access: &Access,
    key: &SigningKey,
    claims: &Value,
) -> Result<docket_central::api::Caller, docket_central::api::Fault> {
    access.authenticate(Some(&format!("Bearer {}", key.sign(claims))), PEER, Door::Rest).await
}

#[tokio::test]
async fn a_token_of_another_tenant_store_or_customer_sees_nothing_of_an_order() {
    let house = House::open().await;
    let (access, key) = guard(&house).await;
    let admin = house.admin();
    let mine = house.desk.create(&house.customer("user-123"), order(), None).await.expect("it is taken").view;
    let sees = async |claims: Value| {
        let caller = who(&access, &key, &claims).await.expect("the token holds");
        let desk: &OrderDesk = &house.desk;
        let listed = desk.list(&caller, Default::default(), Default::default()).await.expect("a page").items.len();
        (desk.get(&caller, mine.order_id).await.map_err(|fault| fault.code).is_ok(), listed)
    };
    let of = |subject: &str, role: &str| claims(house.tenant, subject, role);
    let other_store = json!([StoreId(Uuid::from_u128(77))]);
    assert_eq!(sees(of("user-123", "customer")).await, (true, 1));
    assert_eq!(sees(of("office", "admin")).await, (true, 1));
    assert_eq!(sees(but(of("clerk", "staff"), "stores", json!([house.store]))).await, (true, 1));
    assert_eq!(sees(of("user-124", "customer")).await, (false, 0), "another customer");
    assert_eq!(sees(but(of("clerk", "staff"), "stores", other_store.clone())).await, (false, 0), "another store");
    assert_eq!(sees(of("clerk", "staff")).await, (false, 0), "staff of no store");
    assert_eq!(sees(but(of("user-123", "customer"), "stores", other_store)).await, (false, 0));
    assert_eq!(sees(claims(tenant(), "office", "admin")).await, (false, 0), "another tenant");
    assert_eq!(house.desk.get(&admin, mine.order_id).await.expect("it is there").version, mine.version);
}

#[tokio::test]
async fn a_devices_token_counts_while_head_office_has_the_device_and_for_its_store() {
    let house = House::open().await;
    let (access, key) = guard(&house).await;
    let device = |number: u128| Uuid::from_u128(number);
    for (number, revoked) in [(1, "NULL"), (2, "now()")] {
        let sql = format!(
            "INSERT INTO central.devices (tenant, store, device, device_class, public_key, token_hash, token_expires_at, \
             revoked_at) VALUES ($1, $2, $3, 'till', decode(repeat('00', 32), 'hex'), '', now(), {revoked})"
        );
        let made = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(house.tenant.0).bind(house.store.0).bind(device(number));
        made.execute(&house.owner).await.expect("a device");
    }
    let token = |number| but(claims(house.tenant, "till", "device"), "device", json!(device(number)));
    let known = who(&access, &key, &token(1)).await.expect("it is known");
    assert_eq!((known.role, known.stores), (ApiRole::Device, Stores::Only(BTreeSet::from([house.store]))));
    for number in [2, 3] {
        let fault = who(&access, &key, &token(number)).await.expect_err("revoked, or never there");
        assert_eq!(fault.code, FaultCode::Unauthenticated, "{number}");
    }
}
