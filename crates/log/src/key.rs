//! A device's key pair, and a public key made ready to check signatures.

use crate::bytes::{Hash, PublicKey, Signature};
use aws_lc_rs::encoding::AsBigEndian;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey, UnparsedPublicKey};
use std::sync::Arc;

/// Why a key can't be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The system gave no randomness.
    #[error("no new device key could be generated")]
    Generate,
    /// The bytes are not an Ed25519 seed.
    #[error("a device key is a seed of 32 bytes")]
    Seed,
    /// The bytes are not a point of the curve.
    #[error("the public key is not an Ed25519 key")]
    Public,
}

/// The Ed25519 key of a device: one per data folder. It signs the hashes of rows and nothing else of 32 bytes.
#[derive(Clone)]
pub struct DeviceKey {
    pair: Arc<Ed25519KeyPair>,
    public: PublicKey,
}

impl std::fmt::Debug for DeviceKey {
    /// Shows the public half only: the seed must not reach a trace.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeviceKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl DeviceKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    /// [`KeyError::Generate`] if the system gives none.
    pub fn generate() -> Result<Self, KeyError> {
        Ed25519KeyPair::generate().map(Self::from_pair).map_err(|_| KeyError::Generate)
    }

    /// The key of a stored seed, 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::Seed`] for any other length.
    pub fn from_seed(seed: &[u8]) -> Result<Self, KeyError> {
        Ed25519KeyPair::from_seed_unchecked(seed).map(Self::from_pair).map_err(|_| KeyError::Seed)
    }

    /// The seed, for the key file. It is the whole secret.
    pub fn to_seed(&self) -> [u8; 32] {
        let seed = self.pair.seed().expect("a pair made from a seed or generated keeps its seed");
        let bytes = seed.as_be_bytes().expect("a seed is 32 bytes in memory");
        bytes.as_ref().try_into().expect("an Ed25519 seed has 32 bytes")
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs a row's hash: exactly its 32 bytes.
    pub fn sign(&self, hash: &Hash) -> Signature {
        let signature = self.pair.sign(&hash.0);
        Signature(signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes"))
    }

    /// Signs what proves this key to a service: a text that begins with a tag of its own. It is longer than a hash, so
    /// that its signature never stands for one of a row.
    ///
    /// # Panics
    /// If it is not longer than 32 bytes.
    pub fn sign_proof(&self, proof: &[u8]) -> Signature {
        assert!(proof.len() > 32, "a proof is longer than a row's hash");
        let signature = self.pair.sign(proof);
        Signature(signature.as_ref().try_into().expect("an Ed25519 signature has 64 bytes"))
    }

    fn from_pair(pair: Ed25519KeyPair) -> Self {
        let public = pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes");
        DeviceKey { pair: Arc::new(pair), public: PublicKey(public) }
    }
}

impl PublicKey {
    /// Whether this key's owner signed what [`DeviceKey::sign_proof`] signs.
    #[must_use]
    pub fn proves(&self, proof: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0).verify(proof, signature).is_ok()
    }
}

/// A public key that was decoded once, so that each check costs only the check.
#[derive(Debug)]
pub(crate) struct SignatureCheck(ParsedPublicKey);

impl SignatureCheck {
    pub(crate) fn try_new(public: &PublicKey) -> Result<Self, KeyError> {
        ParsedPublicKey::new(&ED25519, public.0).map(SignatureCheck).map_err(|_| KeyError::Public)
    }

    pub(crate) fn passes(&self, hash: &Hash, signature: &Signature) -> bool {
        self.0.verify_sig(&hash.0, &signature.0).is_ok()
    }
}
