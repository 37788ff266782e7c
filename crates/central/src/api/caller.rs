//! Who calls, as the token said.

use docket_domain::ids::{DeviceId, SubjectId, TenantId};
pub use docket_domain::policy::api::{ApiRole, Stores};
use sha2::{Digest, Sha256};
use uuid::Builder;

/// A caller whose token held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose stores it calls.
    pub tenant: TenantId,
    /// The token's `sub`, at most 255 characters.
    pub subject: String,
    /// What it is.
    pub role: ApiRole,
    /// Where it may look and act.
    pub stores: Stores,
    /// The device, for [`ApiRole::Device`].
    pub device: Option<DeviceId>,
    /// Whether `user_id` is taken as the customer as it stands (`serve --dev`).
    pub any_user: bool,
}

impl Caller {
    /// Who it is in a log's `actor` and in the audit log.
    #[must_use]
    pub fn actor(&self) -> String {
        format!("api:{}", self.customer().0)
    }

    /// Its own key as a customer.
    #[must_use]
    pub fn customer(&self) -> SubjectId {
        customer_of(self.tenant, &self.subject)
    }
}

/// The customer's key of a user: the same wherever the user is met, and nothing that tells the user's id.
#[must_use]
pub fn customer_of(tenant: TenantId, user: &str) -> SubjectId {
    let hash = Sha256::new().chain_update(tenant.0.as_bytes()).chain_update(user.as_bytes()).finalize();
    let bytes = std::array::from_fn(|place| hash[place]);
    SubjectId(Builder::from_custom_bytes(bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_user_has_one_key_in_each_tenant() {
        let (one, two) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        assert_eq!(customer_of(one, "user-123"), customer_of(one, "user-123"));
        assert_ne!(customer_of(one, "user-123"), customer_of(two, "user-123"));
        assert_ne!(customer_of(one, "user-123"), customer_of(one, "user-124"));
    }
}
