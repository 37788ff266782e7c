//! An issuer of tokens for a test: keys of each kind, and an address for its key set that can be down, slow or lie.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use docket_central::api::auth::settings::{ClaimPaths, KeySource, TokenSettings};
use docket_central::clock::wall_ms;
use docket_domain::ids::TenantId;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub const NAME: &str = "https://issuer.example";
pub const AUDIENCE: &str = "docket";

/// A key with which the issuer signs.
pub struct SigningKey {
    pub kid: &'static str,
    pub algorithm: Algorithm,
    pub secret: EncodingKey,
}

impl SigningKey {
    /// Ed25519, the same for each number.
    pub fn ed25519(kid: &'static str, seed: u8) -> Self {
        let mut der = hex::decode("302e020100300506032b657004220420").expect("the head of PKCS #8");
        der.extend([seed; 32]);
        SigningKey { kid, algorithm: Algorithm::EdDSA, secret: EncodingKey::from_ed_der(&der) }
    }

    pub fn p256(kid: &'static str) -> Self {
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).expect("a key");
        SigningKey { kid, algorithm: Algorithm::ES256, secret: EncodingKey::from_ec_der(der.as_ref()) }
    }

    pub fn rsa(kid: &'static str) -> Self {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).expect("a key");
        let der: Pkcs8V1Der<'_> = pair.as_der().expect("DER");
        // Behind 26 bytes that say that it is RSA stands the key as PKCS #1 has it.
        let secret = EncodingKey::from_rsa_der(&der.as_ref()[26..]);
        SigningKey { kid, algorithm: Algorithm::RS256, secret }
    }

    pub fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.secret, self.algorithm).expect("a public key");
        jwk.common.key_id = Some(self.kid.to_owned());
        serde_json::to_value(jwk).expect("JSON")
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_under(&header(self), claims)
    }

    pub fn sign_under(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.secret).expect("it is signed")
    }
}

/// The claims of a token that holds for a minute.
pub fn claims(tenant: TenantId, subject: &str, role: &str) -> Value {
    let now = wall_ms() / 1_000;
    json!({
        "iss": NAME, "aud": AUDIENCE, "sub": subject, "nbf": now, "exp": now + 60,
        "tenant": tenant, "roles": [role],
    })
}

/// The same with one claim changed, or left out where it is null.
pub fn but(mut claims: Value, claim: &str, value: Value) -> Value {
    let members = claims.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(claim)
    } else {
        members.insert(claim.to_owned(), value)
    };
    claims
}

pub fn key_set(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>() })
}

pub fn settings(keys: KeySource) -> TokenSettings {
    TokenSettings {
        issuer: NAME.into(),
        audience: AUDIENCE.into(),
        keys,
        algorithms: vec![Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA],
        claims: ClaimPaths::default(),
        tenant: None,
    }
}

/// How the address of the key set answers.
#[derive(Debug, Clone)]
pub enum Answers {
    Set(Value),
    Status(u16),
    Text(String),
    Elsewhere(String),
    Never,
}

#[derive(Clone)]
struct Address {
    answers: Arc<Mutex<Answers>>,
    asked: Arc<AtomicUsize>,
}

/// The address of a key set.
pub struct KeyAddress {
    address: SocketAddr,
    state: Address,
    serving: JoinHandle<()>,
}

impl Drop for KeyAddress {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl KeyAddress {
    pub async fn open(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let address = listener.local_addr().expect("an address");
        let state = Address { answers: Arc::new(Mutex::new(answers)), asked: Arc::default() };
        let router = Router::new().fallback(answer).with_state(state.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        KeyAddress { address, state, serving }
    }

    pub fn source(&self) -> KeySource {
        KeySource::parse(&self.url()).expect("an address of this machine")
    }

    pub fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    pub fn set(&self, answers: Answers) {
        *self.state.answers.lock().expect("nobody panicked") = answers;
    }

    pub fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(state): State<Address>) -> Response {
    state.asked.fetch_add(1, Ordering::SeqCst);
    let answers = state.answers.lock().expect("nobody panicked").clone();
    match answers {
        Answers::Set(set) => axum::Json(set).into_response(),
        Answers::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Answers::Text(text) => text.into_response(),
        Answers::Elsewhere(place) => (StatusCode::FOUND, [(header::LOCATION, place)]).into_response(),
        Answers::Never => std::future::pending().await,
    }
}

/// A token put together by hand: whatever header and claims, whatever stands where the signature does.
pub fn by_hand(header: &Value, claims: &Value, signature: &str) -> String {
    use base64::Engine as _;
    let part = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// The header that goes with a key, to be changed.
pub fn header(key: &SigningKey) -> Header {
    let mut header = Header::new(key.algorithm);
    header.kid = Some(key.kid.to_owned());
    header
}
