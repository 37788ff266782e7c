//! The bytes that a device signs to prove its key. They begin with a tag of their own and are longer than 32 bytes, so
//! that no signature of a row can stand for one of them.

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::PublicKey;

/// What a device signs to enrol.
#[must_use]
pub fn enrolment_proof(code: &str, device: DeviceId, key: &PublicKey, tenant: TenantId, store: StoreId) -> Vec<u8> {
    let mut bytes = b"docket enrolment 1\0".to_vec();
    bytes.extend_from_slice(&u32::try_from(code.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(code.as_bytes());
    bytes.extend_from_slice(device.0.as_bytes());
    bytes.extend_from_slice(&key.0);
    bytes.extend_from_slice(tenant.0.as_bytes());
    bytes.extend_from_slice(store.0.as_bytes());
    bytes
}

/// What a device signs to get a new token.
#[must_use]
pub fn renewal_proof(tenant: TenantId, device: DeviceId, challenge: &[u8]) -> Vec<u8> {
    let mut bytes = b"docket renewal 1\0".to_vec();
    bytes.extend_from_slice(tenant.0.as_bytes());
    bytes.extend_from_slice(device.0.as_bytes());
    bytes.extend_from_slice(challenge);
    bytes
}
