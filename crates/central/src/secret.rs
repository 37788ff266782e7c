//! The service's secret, and what is sealed under it: the seeds of the tenants' keys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use docket_domain::ids::TenantId;
use docket_log::DeviceKey;

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

    fn cipher(&self) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.0).expect("the secret has 32 bytes"))
    }

    /// Seals the seed of a tenant's key; the tenant's id is authenticated with it.
    ///
    /// # Errors
    /// [`SecretError::Randomness`].
    pub fn seal(&self, tenant: TenantId, key: &DeviceKey) -> Result<Vec<u8>, SecretError> {
        let nonce: [u8; NONCE_LEN] = random()?;
        let mut body = key.to_seed().to_vec();
        self.cipher()
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(tenant.0.as_bytes()), &mut body)
            .map_err(|_| SecretError::Sealed)?;
        Ok(nonce.into_iter().chain(body).collect())
    }

    /// Opens what [`ServiceSecret::seal`] made.
    ///
    /// # Errors
    /// [`SecretError::Sealed`].
    pub fn open(&self, tenant: TenantId, sealed: &[u8]) -> Result<DeviceKey, SecretError> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SecretError::Sealed)?;
        let mut body = body.to_vec();
        let aad = Aad::from(tenant.0.as_bytes());
        let seed = self
            .cipher()
            .open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body)
            .map_err(|_| SecretError::Sealed)?;
        DeviceKey::from_seed(seed).map_err(|_| SecretError::Sealed)
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
