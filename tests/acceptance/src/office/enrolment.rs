//! The desk at which tills are enrolled.

use std::sync::{Arc, Mutex};

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::PublicKey;
use docket_sync::v1::enrolment_server::Enrolment;
use docket_sync::v1::{ChallengeReply, ChallengeRequest, EnrolReply, EnrolRequest, RenewReply, RenewRequest};
use docket_sync::{enrolment_proof, renewal_proof};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{State, lock};
use crate::fresh;

pub(super) struct Desk {
    pub(super) state: Arc<Mutex<State>>,
}

fn id(bytes: &[u8]) -> Result<Uuid, Status> {
    Uuid::from_slice(bytes).map_err(|_| Status::invalid_argument("an id has 16 bytes"))
}

fn proves(key: &PublicKey, proof: &[u8], signature: &[u8]) -> Result<(), Status> {
    if key.proves(proof, signature) {
        Ok(())
    } else {
        Err(Status::permission_denied("signature: does not prove the device's key"))
    }
}

fn token(state: &mut State) -> String {
    let token = fresh().to_string();
    state.tokens.insert(token.clone());
    state.faults.tokens_expired = false;
    token
}

#[tonic::async_trait]
impl Enrolment for Desk {
    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolReply>, Status> {
        let asked = request.into_inner();
        let key = PublicKey::try_from(&asked.public_key[..]).map_err(|_| Status::invalid_argument("public_key"))?;
        let (device, own) = (DeviceId(id(&asked.device_id)?), StoreId(id(&asked.store_id)?));
        let made_up = TenantId(id(&asked.tenant_id)?);
        let proof = enrolment_proof(&asked.code, device, &key, made_up, own);
        proves(&key, &proof, &asked.signature)?;
        let mut state = lock(&self.state);
        let named = state.codes.get(&asked.code).copied().flatten();
        if asked.open_orders > 0 && named.is_some_and(|named| named != own) {
            return Err(Status::failed_precondition(
                "open_orders: a till joins a store when all of its orders are done",
            ));
        }
        let store = state.codes.remove(&asked.code).ok_or_else(|| Status::permission_denied("code: is not known"))?;
        state.devices.insert(device, key);
        if store.is_none() {
            state.former.insert(own, made_up);
        }
        let former = state.former.get(&store.unwrap_or(own)).map(|tenant| tenant.0.as_bytes().to_vec());
        let token = token(&mut state);
        Ok(Response::new(EnrolReply {
            tenant_id: state.tenant.0.as_bytes().to_vec().into(),
            store_id: store.unwrap_or(own).0.as_bytes().to_vec().into(),
            founded: store.is_none(),
            token,
            token_expires_ms: i64::MAX,
            central_key: state.key.public().0.to_vec().into(),
            former_tenant_id: former.unwrap_or_default().into(),
            letters: state.letters.clone(),
        }))
    }

    async fn challenge(&self, _: Request<ChallengeRequest>) -> Result<Response<ChallengeReply>, Status> {
        let challenge = [*fresh().as_bytes(), *fresh().as_bytes()].concat();
        lock(&self.state).challenges.insert(challenge.clone());
        Ok(Response::new(ChallengeReply { challenge: challenge.into() }))
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewReply>, Status> {
        let asked = request.into_inner();
        let (tenant, device) = (TenantId(id(&asked.tenant_id)?), DeviceId(id(&asked.device_id)?));
        let mut state = lock(&self.state);
        if !state.challenges.remove(&asked.challenge[..]) {
            return Err(Status::permission_denied("challenge: is not known"));
        }
        let key = *state.devices.get(&device).ok_or_else(|| Status::permission_denied("device_id: is not enrolled"))?;
        proves(&key, &renewal_proof(tenant, device, &asked.challenge), &asked.signature)?;
        let token = token(&mut state);
        Ok(Response::new(RenewReply { token, token_expires_ms: i64::MAX }))
    }
}
