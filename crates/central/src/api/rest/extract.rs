//! Who calls, and what the path names.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::RestState;
use super::problem::Problem;
use crate::api::caller::Caller;
use crate::api::fault::{Fault, FaultCode};
use crate::api::watch::Door;

/// The address that a request came in from: the caller's, or that of a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// A caller whose token held. It is asked for first, so that a call without one costs little.
pub(super) struct Known(pub Caller);

impl FromRequestParts<RestState> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &RestState) -> Result<Self, Problem> {
        // Without a listener of ours nobody is told apart from the others.
        let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
        let caller = state.access.proxies().caller(peer, &parts.headers);
        let mut given = parts.headers.get_all(AUTHORIZATION).iter();
        let first = given.next();
        if given.next().is_some() {
            return Err(Fault::new(FaultCode::Unauthenticated, "the header Authorization is there twice").into());
        }
        let text = match first.map(|value| value.to_str()) {
            None => None,
            Some(Ok(text)) => Some(text),
            Some(Err(_)) => {
                return Err(Fault::new(FaultCode::Unauthenticated, "the header Authorization is no text").into());
            }
        };
        Ok(Known(state.access.authenticate(text, caller, Door::Rest).await?))
    }
}

/// The ids in the path.
pub(super) struct Ids(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::from(Fault::field("path", "must be UTF-8")))?;
        Ok(Ids(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }
}

/// Characters of a UUID with its hyphens.
const UUID_CHARS: usize = 36;

impl Ids {
    /// The id of this name.
    ///
    /// # Errors
    /// A problem that names it.
    pub(super) fn get<T: FromStr>(&self, name: &'static str) -> Result<T, Problem> {
        let text = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let parsed = text.filter(|text| text.len() == UUID_CHARS).and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| Fault::field(name, "must be a UUID such as 0193b5c0-6a7b-7c3d-8e4f-112233445566").into())
    }
}
