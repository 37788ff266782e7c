//! A call that is repeated under its key has one effect and one answer. The answer is stored in the transaction of the
//! effect; a refusal changes nothing, is not kept, and is asked anew.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use docket_domain::ids::TenantId;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row as _, Transaction};

use super::caller::Caller;
use super::fault::{Fault, FaultCode};
use super::limits::{KEY_CHARS_MAX, KEY_HOURS};

/// A caller's name for one act, 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// Checks a text.
    ///
    /// # Errors
    /// [`Fault`] that names the field `idempotency_key`.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.is_empty() || text.len() > KEY_CHARS_MAX || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let rule = format!("has 1 to {KEY_CHARS_MAX} visible ASCII characters");
            return Err(Fault::field("idempotency_key", rule));
        }
        Ok(Key(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is hashed of a request, so that another request under the same key is told apart.
pub type RequestHash = [u8; 32];

/// The hash of what is asked for, whichever door it came through.
#[must_use]
pub fn request_hash(request: &impl Serialize) -> RequestHash {
    let text = serde_json::to_vec(request).expect("a request holds only texts, numbers and lists");
    Sha256::digest(&text).into()
}

/// Whose key it is, and for what.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyOf {
    /// The tenant.
    pub tenant: TenantId,
    /// The token's subject.
    pub caller: String,
    /// What is done, such as `create_order`.
    pub operation: &'static str,
    /// The key.
    pub key: Key,
}

impl KeyOf {
    /// The caller's key for what is done.
    #[must_use]
    pub fn new(caller: &Caller, operation: &'static str, key: Key) -> Self {
        KeyOf { tenant: caller.tenant, caller: caller.subject.clone(), operation, key }
    }

    /// The name of the lock that the first call holds to its end.
    #[must_use]
    pub(crate) fn lock_name(&self) -> String {
        // Visible characters only in keys, so nothing can run into what stands before it but a caller's own subject.
        format!("docket key {} {} {} {}", self.tenant.0, self.operation, self.key.0, self.caller)
    }
}

/// An answer as it was given the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Status of HTTP.
    pub status: u16,
    /// The body, byte for byte.
    pub body: String,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Location`.
    pub location: Option<String>,
}

/// The answer to an act, as it was given the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Status, body, tag and place.
    pub answer: Stored,
    /// Whether it is the repeat of an earlier answer.
    pub replayed: bool,
}

/// Whether an act is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is; [`keep`] stores its answer.
    New,
    /// It was done, and this was the answer.
    Replay(Stored),
}

fn in_use() -> Fault {
    Fault::new(FaultCode::KeyInUse, "the first call with this key is still being worked on")
        .retry_after(std::time::Duration::from_secs(1))
}

/// What is kept under a key means this for a request; nothing is where the row has no hash.
pub(crate) fn claim_of(row: &PgRow, request_hash: &RequestHash) -> Result<Claim, Fault> {
    let Some(kept) = row.try_get::<Option<&[u8]>, _>("request_hash")? else { return Ok(Claim::New) };
    if kept != request_hash {
        return Err(Fault::new(FaultCode::KeyMismatch, "this key came with another request before"));
    }
    Ok(Claim::Replay(Stored {
        status: u16::try_from(row.try_get::<i32, _>("status")?).unwrap_or(200),
        body: row.try_get("body")?,
        etag: row.try_get("etag")?,
        location: row.try_get("location")?,
    }))
}

/// The stored answer to a key, if there is one that is not too old.
///
/// # Errors
/// [`FaultCode::KeyMismatch`] for another request; [`Fault`] if the database fails.
pub async fn look_up(
    transaction: &mut Transaction<'static, Postgres>,
    of: &KeyOf,
    request_hash: &RequestHash,
) -> Result<Claim, Fault> {
    let sql = "SELECT request_hash, status, body, etag, location FROM api.idempotency WHERE tenant = $1 AND caller = $2 \
         AND operation = $3 AND key = $4 AND created_at > now() - make_interval(hours => $5)";
    let found = sqlx::query(sql)
        .bind(of.tenant.0)
        .bind(&of.caller)
        .bind(of.operation)
        .bind(of.key.as_str())
        .bind(i32::try_from(KEY_HOURS).unwrap_or(i32::MAX))
        .fetch_optional(&mut **transaction)
        .await?;
    found.map_or(Ok(Claim::New), |row| claim_of(&row, request_hash))
}

/// Claims a key for the rest of a transaction: nobody else does the same act until it ends.
///
/// # Errors
/// [`FaultCode::KeyInUse`] while another call has it, [`FaultCode::KeyMismatch`] for another request; [`Fault`] if the
/// database fails.
pub async fn claim(
    transaction: &mut Transaction<'static, Postgres>,
    of: &KeyOf,
    request_hash: &RequestHash,
) -> Result<Claim, Fault> {
    let free: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(of.lock_name())
        .fetch_one(&mut **transaction)
        .await?;
    if !free {
        return Err(in_use());
    }
    // A statement of its own: what the holder before committed is seen now.
    look_up(transaction, of, request_hash).await
}

/// Stores an answer with its effect. One that is older than a day gives way.
///
/// # Errors
/// [`Fault`] if the database fails.
pub async fn keep(
    transaction: &mut Transaction<'static, Postgres>,
    of: &KeyOf,
    request_hash: &RequestHash,
    answer: &Stored,
) -> Result<(), Fault> {
    sqlx::query(KEEP)
        .bind(of.tenant.0)
        .bind(vec![of.caller.as_str()])
        .bind(vec![of.operation])
        .bind(vec![of.key.as_str()])
        .bind(vec![&request_hash[..]])
        .bind(vec![i32::from(answer.status)])
        .bind(vec![answer.body.as_str()])
        .bind(vec![answer.etag.as_deref()])
        .bind(vec![answer.location.as_deref()])
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Keeps answers, column by column: caller, operation, key, request hash, status, body, tag, location.
macro_rules! keeping {
    ($columns:literal) => {
        concat!(
            "INSERT INTO api.idempotency (tenant, caller, operation, key, request_hash, status, body, etag, location) \
             SELECT $1, u.* FROM unnest(",
            $columns,
            ") AS u ON CONFLICT (tenant, caller, operation, key) DO UPDATE SET request_hash = excluded.request_hash, \
             status = excluded.status, body = excluded.body, etag = excluded.etag, location = excluded.location, \
             created_at = now()"
        )
    };
}
pub(crate) use keeping;

const KEEP: &str =
    keeping!("$2::text[], $3::text[], $4::text[], $5::bytea[], $6::int[], $7::text[], $8::text[], $9::text[]");

/// The keys that this process works on. A further call with one of them is told so at once.
#[derive(Debug, Clone, Default)]
pub struct KeysInUse(Arc<Mutex<HashSet<KeyOf>>>);

/// A key that is being worked on; free again when this is dropped.
#[derive(Debug)]
pub struct KeyGuard {
    keys: KeysInUse,
    of: KeyOf,
}

impl KeysInUse {
    /// Takes a key.
    ///
    /// # Errors
    /// [`FaultCode::KeyInUse`].
    pub fn take(&self, of: KeyOf) -> Result<KeyGuard, Fault> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !keys.insert(of.clone()) {
            return Err(in_use());
        }
        drop(keys);
        Ok(KeyGuard { keys: self.clone(), of })
    }

    /// What a call is told whose key another process works on.
    pub(crate) fn elsewhere() -> Fault {
        in_use()
    }
}

impl KeyGuard {
    /// The key.
    #[must_use]
    pub fn of(&self) -> &KeyOf {
        &self.of
    }
}

impl Drop for KeyGuard {
    fn drop(&mut self) {
        self.keys.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.of);
    }
}

/// Removes answers that are too old, at most `page` of them; says how many. As the role `docket_sweeper`, for all
/// tenants.
///
/// # Errors
/// [`sqlx::Error`] if the database fails.
pub async fn forget(pool: &sqlx::PgPool, page: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM api.idempotency WHERE (tenant, caller, operation, key) IN \
         (SELECT tenant, caller, operation, key FROM api.idempotency \
         WHERE created_at < now() - make_interval(hours => $2) ORDER BY created_at LIMIT $1)";
    let hours = i32::try_from(KEY_HOURS).unwrap_or(i32::MAX);
    Ok(sqlx::query(sql).bind(page).bind(hours).execute(pool).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_visible_characters_and_a_bound() {
        assert!(Key::parse("order-4711").is_ok());
        for text in ["", "two words", "tab\t", "nul\0", "ключ", &"k".repeat(256)] {
            let fault = Key::parse(text).expect_err("it is no key");
            assert_eq!(fault.violations[0].field, "idempotency_key");
        }
    }

    #[test]
    fn a_key_is_worked_on_once_at_a_time() {
        let of = KeyOf {
            tenant: TenantId(uuid::Uuid::from_u128(1)),
            caller: "user-123".into(),
            operation: "create_order",
            key: Key::parse("k").expect("a key"),
        };
        let keys = KeysInUse::default();
        let first = keys.take(of.clone()).expect("it is free");
        assert_eq!(keys.take(of.clone()).expect_err("it is taken").code, FaultCode::KeyInUse);
        drop(first);
        assert!(keys.take(of).is_ok());
    }
}
