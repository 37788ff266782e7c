//! The REST door with signed tokens: who is let in, as whom, and what a token of somewhere else sees.

use axum::http::Method;
use docket_central::clock::wall_ms;
use docket_domain::ids::{StoreId, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::door::{Door, Said, created, request};
use crate::house::House;
use crate::issuer::{SigningKey, but, by_hand, claims};

const ORDERS: &str = "/api/v1/orders";

struct Shop {
    house: House,
    door: Door,
    key: SigningKey,
}

impl Shop {
    async fn open() -> Self {
        let (house, key) = (House::open().await, SigningKey::ed25519("ed", 1));
        let door = Door::for_tokens_of(&house, &key).await;
        Shop { house, door, key }
    }

    fn guest(&self) -> Value {
        claims(self.house.tenant, "user-123", "customer")
    }

    async fn send(&self, method: Method, path: &str, authorization: &str, body: Option<&Value>) -> Said {
        let headers = [("authorization", authorization), ("idempotency-key", "k1")];
        self.door.answer(request(method, path, &headers, body.map(Value::to_string))).await
    }

    /// A call with a token of these claims.
    async fn signed(&self, method: Method, path: &str, claims: &Value, body: Option<&Value>) -> Said {
        self.send(method, path, &format!("Bearer {}", self.key.sign(claims)), body).await
    }
}

fn order(user: &str) -> Value {
    json!({ "user_id": user, "items": [{ "product_id": "prod-001", "quantity": 2 }] })
}

#[tokio::test]
async fn a_guest_with_a_good_token_places_and_follows_its_own_order() {
    let shop = Shop::open().await;
    let guest = shop.guest();
    let placed = shop.signed(Method::POST, ORDERS, &guest, Some(&order("user-123"))).await;
    let view = created(&placed);
    let place = placed.header("location").to_owned();
    let read = shop.signed(Method::GET, &place, &guest, None).await;
    assert_eq!((read.status, read.json()), (200, view));
    // A new token of the same guest gets the first answer too: the key is the guest's, and not the token's.
    let renewed = but(guest.clone(), "jti", json!("another token"));
    let again = shop.signed(Method::POST, ORDERS, &renewed, Some(&order("user-123"))).await;
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (201, &placed.body, "true"));
    let audited = "api.audit WHERE subject = 'user-123' AND role = 'customer' AND operation = 'create_order'";
    assert_eq!(shop.house.count(audited).await, 1);
    let other = shop.signed(Method::POST, ORDERS, &guest, Some(&order("user-456"))).await;
    assert_eq!((other.status, other.code().as_str(), other.field().as_str()), (403, "forbidden", "user_id"));
    let clerk = but(claims(shop.house.tenant, "clerk", "staff"), "stores", json!([shop.house.store]));
    let for_another = shop.signed(Method::POST, ORDERS, &clerk, Some(&order("user-456"))).await;
    assert_eq!(for_another.status, 201, "staff orders for others: {for_another:?}");
    let page = shop.signed(Method::GET, ORDERS, &guest, None).await.json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "the guest's own alone");
}

#[tokio::test]
async fn without_a_good_token_nothing_is_done_and_the_answer_says_what_is_asked_for() {
    let shop = Shop::open().await;
    let now = wall_ms() / 1_000;
    let signed = |claim: &str, value: Value| format!("Bearer {}", shop.key.sign(&but(shop.guest(), claim, value)));
    let stranger = SigningKey::ed25519("ed", 2);
    let cases = [
        ("no token", String::new()),
        ("another audience", signed("aud", json!("billing"))),
        ("expired", signed("exp", json!(now - 60))),
        ("not yet", signed("nbf", json!(now + 60))),
        ("another issuer", signed("iss", json!("https://evil.example"))),
        ("another's key", format!("Bearer {}", stranger.sign(&shop.guest()))),
        ("no signature", format!("Bearer {}", by_hand(&json!({ "alg": "none" }), &shop.guest(), ""))),
        ("another scheme", format!("Basic {}", shop.key.sign(&shop.guest()))),
    ];
    for (what, authorization) in cases {
        let said = shop.send(Method::POST, ORDERS, &authorization, Some(&order("user-123"))).await;
        assert_eq!((said.status, said.code().as_str()), (401, "unauthenticated"), "{what}: {said:?}");
        assert_eq!(said.header("www-authenticate"), "Bearer", "{what}");
        // It is refused before the body is looked at.
        let garbage = shop.send(Method::POST, ORDERS, &authorization, Some(&json!("garbage"))).await;
        assert_eq!(garbage.status, 401, "{what}");
    }
    let nobody = shop.signed(Method::GET, ORDERS, &but(shop.guest(), "roles", json!([])), None).await;
    assert_eq!((nobody.status, nobody.code().as_str()), (403, "forbidden"), "a token without a role");
    assert_eq!(shop.house.count("central.orders").await + shop.house.count("api.idempotency").await, 0);
}

#[tokio::test]
async fn a_token_of_another_tenant_store_or_guest_finds_nothing_to_read_or_to_change() {
    let shop = Shop::open().await;
    let placed = shop.signed(Method::POST, ORDERS, &shop.guest(), Some(&order("user-123"))).await;
    let place = placed.header("location").to_owned();
    let rows = async || (shop.house.count("central.log_rows").await, shop.house.count("api.idempotency").await);
    let before = rows().await;
    let other_store = json!([StoreId(Uuid::from_u128(77))]);
    let strangers = [
        ("another tenant", claims(TenantId(Uuid::from_u128(0x018f)), "user-123", "admin")),
        ("another guest", claims(shop.house.tenant, "user-456", "customer")),
        ("another store", but(claims(shop.house.tenant, "clerk", "staff"), "stores", other_store)),
        ("no store", claims(shop.house.tenant, "clerk", "staff")),
    ];
    let calls = [
        (Method::GET, String::new(), None),
        (Method::GET, "/status".into(), None),
        (Method::GET, "/events".into(), None),
        (Method::PATCH, String::new(), Some(json!({ "shipping_address": "2 Side Street" }))),
        (Method::POST, "/cancel".into(), Some(json!({ "reason": "mine" }))),
        (Method::POST, "/payment".into(), None),
    ];
    for (who, claims) in strangers {
        for (method, below, body) in &calls {
            let said = shop.signed(method.clone(), &format!("{place}{below}"), &claims, body.as_ref()).await;
            assert_eq!((said.status, said.code().as_str()), (404, "not_found"), "{who} {method} {below}: {said:?}");
        }
        let page = shop.signed(Method::GET, ORDERS, &claims, None).await;
        assert_eq!((page.status, &page.json()["items"]), (200, &json!([])), "{who}");
    }
    assert_eq!(rows().await, before);
    assert_eq!(shop.signed(Method::GET, &place, &shop.guest(), None).await.json()["version"], json!(1));
}
