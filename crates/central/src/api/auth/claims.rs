//! From the claims of a token that held to who calls. What is not said gives no right: staff without stores has none.

use std::collections::BTreeSet;
use std::str::FromStr;

use docket_domain::ids::{DeviceId, StoreId, TenantId};
use serde_json::Value;

use super::settings::{ClaimPaths, TokenSettings};
use crate::api::caller::{ApiRole, Caller, Stores};
use crate::api::fault::{Fault, FaultCode};
use crate::api::limits::{CLOCK_SKEW_S, SUBJECT_CHARS_MAX, TOKEN_STORES_MAX};

/// Who calls.
///
/// # Errors
/// [`FaultCode::Unauthenticated`] names the claim that can't be used, [`FaultCode::Forbidden`] says that there is no role.
pub fn caller(settings: &TokenSettings, claims: &Value) -> Result<Caller, Fault> {
    let paths = &settings.claims;
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    let long = subject.chars().count() > SUBJECT_CHARS_MAX;
    if subject.is_empty() || long || subject.chars().any(char::is_control) {
        return Err(unusable("sub", &format!("is 1 to {SUBJECT_CHARS_MAX} characters without control characters")));
    }
    let tenant = match id::<TenantId>(&paths.tenant, claims)? {
        Some(tenant) => tenant,
        None => settings.tenant.ok_or_else(|| unusable(&paths.tenant, "is required"))?,
    };
    let role = role(&paths.roles, claims).ok_or_else(|| {
        Fault::new(FaultCode::Forbidden, "the token has none of the roles admin, staff, customer, device")
    })?;
    let named = stores(&paths.stores, claims)?;
    let (stores, device) = match role {
        ApiRole::Admin => (Stores::All, None),
        ApiRole::Customer => (named.unwrap_or(Stores::All), None),
        ApiRole::Staff => (named.unwrap_or(Stores::Only(BTreeSet::new())), None),
        // Its store is the one that head office has it in, whatever the token says.
        ApiRole::Device => {
            let device = id::<DeviceId>(&paths.device, claims)?;
            (Stores::Only(BTreeSet::new()), Some(device.ok_or_else(|| unusable(&paths.device, "is required"))?))
        }
    };
    Ok(Caller { tenant, subject: subject.to_owned(), role, stores, device, any_user: false })
}

/// When the token ends, milliseconds of the Unix epoch. The skew of clocks that is forgiven at its start is forgiven at its end.
#[must_use]
pub fn expires_ms(claims: &Value) -> Option<i64> {
    // A number with a fraction is allowed; its whole seconds are what counts.
    let seconds: i64 = claims.get("exp")?.to_string().split('.').next()?.parse().ok()?;
    Some(seconds.saturating_add(i64::try_from(CLOCK_SKEW_S).unwrap_or(0)).saturating_mul(1_000))
}

fn unusable(claim: &str, rule: &str) -> Fault {
    Fault::new(FaultCode::Unauthenticated, format!("the token's claim {claim} {rule}"))
}

fn id<T: FromStr>(path: &str, claims: &Value) -> Result<Option<T>, Fault> {
    let Some(value) = ClaimPaths::find(path, claims) else { return Ok(None) };
    let id = value.as_str().and_then(|text| text.parse().ok());
    id.map(Some).ok_or_else(|| unusable(path, "is a UUID"))
}

/// A list of texts, or texts in one, parted by spaces.
fn words(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(text.split_ascii_whitespace().collect()),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The role that may most of those that the token names.
fn role(path: &str, claims: &Value) -> Option<ApiRole> {
    let named = words(ClaimPaths::find(path, claims)?)?;
    [ApiRole::Admin, ApiRole::Staff, ApiRole::Device, ApiRole::Customer]
        .into_iter()
        .find(|role| named.contains(&role.as_str()))
}

fn stores(path: &str, claims: &Value) -> Result<Option<Stores>, Fault> {
    let Some(value) = ClaimPaths::find(path, claims) else { return Ok(None) };
    let rule = || unusable(path, &format!("is a list of at most {TOKEN_STORES_MAX} store ids"));
    let named = words(value).filter(|named| named.len() <= TOKEN_STORES_MAX).ok_or_else(rule)?;
    let stores: Option<BTreeSet<StoreId>> = named.into_iter().map(|text| text.parse().ok()).collect();
    Ok(Some(Stores::Only(stores.ok_or_else(rule)?)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::settings::KeySource;
    use super::*;

    const TENANT: &str = "018f0000-0000-7000-8000-000000000001";
    const STORE: &str = "018f0000-0000-7000-8000-000000000002";

    fn of(claims: Value) -> Result<Caller, Fault> {
        let settings = TokenSettings {
            issuer: String::new(),
            audience: String::new(),
            keys: KeySource::File("keys.json".into()),
            algorithms: Vec::new(),
            claims: ClaimPaths::default(),
            tenant: None,
        };
        caller(&settings, &claims)
    }

    #[test]
    fn each_role_gets_the_stores_that_it_is_named_and_no_others() {
        let named = json!({"sub": "u", "tenant": TENANT, "roles": ["other", "staff"], "stores": [STORE]});
        let staff = of(named).unwrap();
        assert_eq!((staff.role, staff.tenant), (ApiRole::Staff, TENANT.parse().unwrap()));
        assert_eq!(staff.stores, Stores::Only(BTreeSet::from([STORE.parse().unwrap()])));
        let unnamed = |role| of(json!({"sub": "u", "tenant": TENANT, "roles": role})).unwrap().stores;
        assert_eq!(unnamed("staff"), Stores::Only(BTreeSet::new()));
        assert_eq!(unnamed("customer"), Stores::All);
        assert_eq!(unnamed("customer admin"), Stores::All);
        let device = json!({"sub": "d", "tenant": TENANT, "roles": "device", "device": STORE, "stores": [TENANT]});
        let device = of(device).unwrap();
        assert_eq!((device.stores, device.device), (Stores::Only(BTreeSet::new()), Some(STORE.parse().unwrap())));
    }

    #[test]
    fn a_claim_that_can_not_be_used_is_named() {
        let refused = |claims: Value| {
            let fault = of(claims).unwrap_err();
            (fault.code, fault.detail)
        };
        for (claims, word) in [
            (json!({"sub": "u", "roles": "admin"}), "tenant"),
            (json!({"sub": "u", "roles": "admin", "tenant": "x"}), "tenant"),
            (json!({"sub": "u", "roles": "admin", "tenant": 7}), "tenant"),
            (json!({"sub": "", "roles": "admin", "tenant": TENANT}), "sub"),
            (json!({"sub": "a\u{0}b", "roles": "admin", "tenant": TENANT}), "sub"),
            (json!({"sub": "u".repeat(256), "roles": "admin", "tenant": TENANT}), "sub"),
            (json!({"sub": "u", "roles": "staff", "tenant": TENANT, "stores": ["front"]}), "stores"),
            (json!({"sub": "u", "roles": "staff", "tenant": TENANT, "stores": {"a": 1}}), "stores"),
            (json!({"sub": "u", "roles": "device", "tenant": TENANT}), "device"),
        ] {
            let (code, detail) = refused(claims);
            assert_eq!(code, FaultCode::Unauthenticated, "{detail}");
            assert!(detail.contains(word), "{detail}");
        }
        for roles in [json!(null), json!([]), json!("root"), json!(["Admin"]), json!({"admin": true}), json!([1])] {
            let (code, _) = refused(json!({"sub": "u", "tenant": TENANT, "roles": roles}));
            assert_eq!(code, FaultCode::Forbidden, "{roles}");
        }
    }
}
