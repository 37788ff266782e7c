//! The token that lets this till in, and a new one for it: the till proves its key over bytes that head office made up, so
//! that its clock has no say.

use std::time::Duration;

use docket_domain::ids::{DeviceId, TenantId};
use docket_log::DeviceKey;
use docket_sync::v1::enrolment_client::EnrolmentClient;
use docket_sync::v1::{ChallengeRequest, RenewReply, RenewRequest};
use prost::bytes::Bytes;
use tonic::transport::Channel;

use super::cause::Failure;
use crate::limits::ENROLMENT_MS;

/// Asks for a new token.
pub(super) async fn renew(
    channel: Channel,
    key: &DeviceKey,
    tenant: TenantId,
    device: DeviceId,
) -> Result<RenewReply, Failure> {
    let mut client = EnrolmentClient::new(channel);
    let id = |id: uuid::Uuid| Bytes::copy_from_slice(id.as_bytes());
    let (tenant_id, device_id) = (id(tenant.0), id(device.0));
    let asked = ChallengeRequest { tenant_id: tenant_id.clone(), device_id: device_id.clone() };
    let challenge = in_time(client.challenge(asked)).await?.into_inner().challenge;
    let proof = docket_sync::renewal_proof(tenant, device, &challenge);
    let signature = Bytes::copy_from_slice(&key.sign_proof(&proof).0);
    let renewal = RenewRequest { tenant_id, device_id, challenge, signature };
    Ok(in_time(client.renew(renewal)).await?.into_inner())
}

/// Waits for a call, and not for ever.
pub(super) async fn in_time<T>(
    call: impl Future<Output = Result<tonic::Response<T>, tonic::Status>>,
) -> Result<tonic::Response<T>, Failure> {
    let timed = tokio::time::timeout(Duration::from_millis(ENROLMENT_MS), call);
    Ok(timed.await.map_err(|_| Failure::Silent)??)
}
