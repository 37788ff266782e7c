//! The service's secret, and what is sealed under it: the seeds of the tenants' keys.

use docket_domain::ids::TenantId;
use docket_log::{DeviceKey, sealed};

use crate::clock::{NoRandomness, random};

/// 32 bytes that only the service knows.
#[derive(Clone)]
pub struct ServiceSecret([u8; 32]);

impl std::fmt::Debug for ServiceSecret {
    /// Shows nothing of it: it must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceSecret")
    }
}

/// Why a sealed key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// It was sealed under another secret, for another tenant, or was changed.
    #[error("the tenant's key does not open with this secret: is DOCKET_SECRET the one that it was made with")]
    Sealed,
}

impl ServiceSecret {
    /// Reads 64 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(ServiceSecret(bytes))
    }

    /// Seals bytes; `context`, such as a tenant's id, is authenticated with them.
    ///
    /// # Errors
    /// [`SecretError::Randomness`].
    pub fn seal_bytes(&self, context: &[u8], bytes: &[u8]) -> Result<Vec<u8>, SecretError> {
        sealed::seal(&self.0, random()?, context, bytes).map_err(|_| SecretError::Sealed)
    }

    /// Opens what [`ServiceSecret::seal_bytes`] made.
    ///
    /// # Errors
    /// [`SecretError::Sealed`].
    pub fn open_bytes(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        sealed::open(&self.0, context, sealed).ok_or(SecretError::Sealed)
    }

    /// Seals the seed of a tenant's key; the tenant's id is authenticated with it.
    ///
    /// # Errors
    /// [`SecretError::Randomness`].
    pub fn seal(&self, tenant: TenantId, key: &DeviceKey) -> Result<Vec<u8>, SecretError> {
        self.seal_bytes(tenant.0.as_bytes(), &key.to_seed()[..])
    }

    /// Opens what [`ServiceSecret::seal`] made.
    ///
    /// # Errors
    /// [`SecretError::Sealed`].
    pub fn open(&self, tenant: TenantId, sealed: &[u8]) -> Result<DeviceKey, SecretError> {
        DeviceKey::from_seed(&self.open_bytes(tenant.0.as_bytes(), sealed)?).map_err(|_| SecretError::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_with_its_secret_and_for_its_tenant_only() {
        let secret = ServiceSecret::parse(&"5a".repeat(32)).expect("64 digits");
        let (tenant, other) = (TenantId(uuid::Uuid::from_u128(1)), TenantId(uuid::Uuid::from_u128(2)));
        let key = DeviceKey::from_seed(&[7; 32]).expect("a seed");
        let sealed = secret.seal(tenant, &key).expect("randomness");
        assert_eq!(secret.open(tenant, &sealed).expect("it opens").public(), key.public());
        assert_eq!(secret.open(other, &sealed).err(), Some(SecretError::Sealed));
        let foreign = ServiceSecret::parse(&"5b".repeat(32)).expect("64 digits");
        assert_eq!(foreign.open(tenant, &sealed).err(), Some(SecretError::Sealed));
        assert!(ServiceSecret::parse("5a").is_none());
    }
}
