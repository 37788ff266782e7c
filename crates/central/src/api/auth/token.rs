//! A bearer token (RFC 6750) that is a JWT (RFC 7519, RFC 9068), checked by the rules of RFC 8725: the configuration says
//! which algorithms are taken, the key's kind says which of them it is for, and the token's header is asked for neither.

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::Value;

use super::ring::{KeyRing, NoKey};
use super::settings::TokenSettings;
use crate::api::fault::{Fault, FaultCode};
use crate::api::limits::{CLOCK_SKEW_S, TOKEN_BYTES_MAX};

/// Why a token does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is none.
    #[error("a bearer token is required")]
    Missing,
    /// It is no JWT, or too long.
    #[error("the token is no JWT that is taken here")]
    Form,
    /// Its algorithm is not one of the configured ones.
    #[error("the token's algorithm is not taken here")]
    Algorithm,
    /// Its header names something that must be understood, and nothing is.
    #[error("the token's header has crit, which is not understood here")]
    Critical,
    /// It is a token for something else.
    #[error("the token's typ is not that of an access token")]
    Type,
    /// The issuer has no such key.
    #[error("the token's key is not one of the issuer's")]
    Key,
    /// The signature does not hold.
    #[error("the token's signature does not hold")]
    Signature,
    /// `exp`.
    #[error("the token has expired")]
    Expired,
    /// `nbf`.
    #[error("the token is not good yet")]
    Early,
    /// `aud`.
    #[error("the token is for another audience")]
    Audience,
    /// `iss`.
    #[error("the token is another issuer's")]
    Issuer,
    /// A claim that is required is not there, or not in its form.
    #[error("the token lacks a claim that is required: exp, nbf, aud, iss and sub are")]
    Claims,
    /// The issuer's keys can't be read.
    #[error("the issuer's keys can't be read now")]
    Unreadable,
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Unreadable => {
                Fault::new(FaultCode::Busy, error.to_string()).retry_after(std::time::Duration::from_secs(10))
            }
            _ => Fault::new(FaultCode::Unauthenticated, error.to_string()),
        }
    }
}

/// Checks tokens.
#[derive(Clone)]
pub struct Verifier {
    keys: KeyRing,
    /// What is checked, by the one algorithm that the token is checked with.
    validations: Vec<(Algorithm, Validation)>,
}

impl Verifier {
    /// With these keys.
    #[must_use]
    pub fn new(settings: &TokenSettings, keys: KeyRing) -> Self {
        let validations = settings.algorithms.iter().map(|algorithm| (*algorithm, validation(settings, *algorithm)));
        Verifier { keys, validations: validations.collect() }
    }

    /// The claims of the token in an `authorization` header.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn verify(&self, authorization: Option<&str>) -> Result<Value, TokenError> {
        let token = bearer(authorization)?;
        let header = decode_header(token).map_err(|error| match error.kind() {
            // `none`, or an algorithm that nobody knows.
            ErrorKind::Json(error) if error.to_string().contains("unknown variant") => TokenError::Algorithm,
            _ => TokenError::Form,
        })?;
        let (_, validation) =
            self.validations.iter().find(|(algorithm, _)| *algorithm == header.alg).ok_or(TokenError::Algorithm)?;
        if header.crit.is_some() {
            return Err(TokenError::Critical);
        }
        if header.typ.as_deref().is_some_and(|kind| !is_access_token(kind)) {
            return Err(TokenError::Type);
        }
        let checked = self.keys.with_key(|keys| {
            let key = keys.find(header.kid.as_deref(), header.alg)?;
            Some(decode::<Value>(token, &key.decoding, validation))
        });
        match checked.await {
            Ok(Ok(token)) if token.claims.get("iss").is_some_and(Value::is_string) => Ok(token.claims),
            Ok(Ok(_)) => Err(TokenError::Claims),
            Ok(Err(error)) => Err(reason(error.kind())),
            Err(NoKey::Unknown) => Err(TokenError::Key),
            Err(NoKey::Unreadable) => Err(TokenError::Unreadable),
        }
    }
}

fn validation(settings: &TokenSettings, algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.leeway = CLOCK_SKEW_S;
    validation.validate_nbf = true;
    validation.set_audience(&[&settings.audience]);
    validation.set_issuer(&[&settings.issuer]);
    validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    validation
}

/// The token of `Bearer TOKEN`, the scheme in any case.
fn bearer(authorization: Option<&str>) -> Result<&str, TokenError> {
    let (scheme, token) = authorization.and_then(|text| text.split_once(' ')).ok_or(TokenError::Missing)?;
    let token = token.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(TokenError::Missing);
    }
    if token.len() > TOKEN_BYTES_MAX { Err(TokenError::Form) } else { Ok(token) }
}

/// RFC 9068 asks for `at+jwt`; many issuers write `JWT`.
fn is_access_token(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt")
}

fn reason(kind: &ErrorKind) -> TokenError {
    match kind {
        ErrorKind::InvalidSignature => TokenError::Signature,
        ErrorKind::ExpiredSignature => TokenError::Expired,
        ErrorKind::ImmatureSignature => TokenError::Early,
        ErrorKind::InvalidAudience => TokenError::Audience,
        ErrorKind::InvalidIssuer => TokenError::Issuer,
        ErrorKind::InvalidAlgorithm => TokenError::Algorithm,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => TokenError::Claims,
        _ => TokenError::Form,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_bearer_and_a_token() {
        assert_eq!(bearer(Some("Bearer a.b.c")), Ok("a.b.c"));
        assert_eq!(bearer(Some("bearer  a.b.c")), Ok("a.b.c"));
        for missing in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic a.b.c"), Some("a.b.c")] {
            assert_eq!(bearer(missing), Err(TokenError::Missing), "{missing:?}");
        }
        let long = format!("Bearer {}", "a".repeat(TOKEN_BYTES_MAX + 1));
        assert_eq!(bearer(Some(&long)), Err(TokenError::Form));
    }

    #[test]
    fn a_token_for_something_else_says_so_in_its_typ() {
        assert!(["JWT", "at+jwt", "application/at+jwt"].into_iter().all(is_access_token));
        assert!(!["dpop+jwt", "logout+jwt", "secevent+jwt", ""].into_iter().any(is_access_token));
    }
}
