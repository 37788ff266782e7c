//! Personal text in the log: AES-256-GCM under a key per subject. The keys stand in `api.subjects`, sealed with the service's
//! secret; deleting one erases the person.

use std::collections::{BTreeSet, HashMap, HashSet};

use docket_domain::ids::{SubjectId, TenantId};
use docket_domain::order::event::Sealed;
use docket_log::sealed::{KEY_BYTES, open_text, seal_text};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::fault::Fault;
use crate::clock::{NoRandomness, random};
use crate::secret::{SecretError, ServiceSecret};

/// The key of one subject.
#[derive(Clone, PartialEq, Eq)]
pub struct SubjectKey([u8; KEY_BYTES]);

impl std::fmt::Debug for SubjectKey {
    /// Shows nothing of it: it must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectKey")
    }
}

impl SubjectKey {
    /// Opens what [`Subjects::make_missing`] has stored.
    ///
    /// # Errors
    /// [`SecretError::Sealed`] if it was sealed with another secret, or for another tenant.
    pub fn open(secret: &ServiceSecret, tenant: TenantId, sealed: &[u8]) -> Result<Self, SecretError> {
        let plain = secret.open_bytes(tenant.0.as_bytes(), sealed)?;
        plain.try_into().map(SubjectKey).map_err(|_| SecretError::Sealed)
    }

    /// The key itself, for who may read what is sealed with it.
    #[must_use]
    pub fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Opens a text that was sealed for a subject; `None` if it was not with this key.
    #[must_use]
    pub fn open_text(&self, sealed: &Sealed) -> Option<String> {
        open_text(sealed, &self.0)
    }

    /// Seals a text; the subject's id is authenticated with it. The form is that of a till.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub fn seal(&self, subject: SubjectId, text: &str) -> Result<Sealed, NoRandomness> {
        seal_text(subject, &self.0, random()?, text).map_err(|_| NoRandomness)
    }
}

/// What is known of subjects.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    /// Their keys.
    pub keys: HashMap<SubjectId, SubjectKey>,
    /// Name and phone of those that are registered.
    pub people: HashMap<SubjectId, (String, Option<String>)>,
    /// Registered customers that take no part any more; who of them had no key gets none.
    pub inactive: HashSet<SubjectId>,
}

impl Subjects {
    /// Takes note of a subject's columns `sealed_key`, `active`, `name` and `phone`, as far as they are there.
    ///
    /// # Errors
    /// [`Fault`] if the key does not open with the service's secret.
    pub(crate) fn know(
        &mut self,
        secret: &ServiceSecret,
        tenant: TenantId,
        subject: SubjectId,
        row: &PgRow,
    ) -> Result<(), Fault> {
        if let Some(sealed) = row.try_get::<Option<&[u8]>, _>("sealed_key")? {
            self.keys.insert(subject, opened(secret, tenant, sealed)?);
        }
        if let Some(name) = row.try_get("name")? {
            self.people.insert(subject, (name, row.try_get("phone")?));
        }
        if !row.try_get::<bool, _>("active")? {
            self.inactive.insert(subject);
        }
        Ok(())
    }

    /// Gives those a key who have none, and take part.
    ///
    /// # Errors
    /// [`Fault`] if the database fails, or a key does not open with the service's secret.
    pub async fn make_missing(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
        secret: &ServiceSecret,
        tenant: TenantId,
        subjects: impl Iterator<Item = SubjectId>,
    ) -> Result<(), Fault> {
        let missing = subjects.filter(|subject| !self.keys.contains_key(subject) && !self.inactive.contains(subject));
        let wanted: BTreeSet<Uuid> = missing.map(|subject| subject.0).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut fresh = Vec::with_capacity(wanted.len());
        for _ in &wanted {
            let key: [u8; 32] = random().map_err(|error| Fault::internal(&error))?;
            fresh.push(secret.seal_bytes(tenant.0.as_bytes(), &key).map_err(|error| Fault::internal(&error))?);
        }
        let wanted: Vec<Uuid> = wanted.into_iter().collect();
        // In the order of ids, and whoever made the key at this moment too gives the one that holds.
        let sql = "INSERT INTO api.subjects AS s (tenant, subject, sealed_key) \
             SELECT $1, u.subject, u.sealed_key FROM unnest($2::uuid[], $3::bytea[]) AS u (subject, sealed_key) \
             ON CONFLICT (tenant, subject) DO UPDATE SET sealed_key = s.sealed_key RETURNING subject, sealed_key";
        let rows = sqlx::query(sql).bind(tenant.0).bind(wanted).bind(fresh).fetch_all(&mut **transaction).await?;
        for row in &rows {
            self.keys.insert(SubjectId(row.try_get("subject")?), opened(secret, tenant, row.try_get("sealed_key")?)?);
        }
        Ok(())
    }
}

/// The key of one subject; none if it was erased, or never had one.
///
/// # Errors
/// [`Fault`] if the database fails, or the key does not open with the service's secret.
pub(crate) async fn key_of(
    transaction: &mut Transaction<'static, Postgres>,
    secret: &ServiceSecret,
    tenant: TenantId,
    subject: SubjectId,
) -> Result<Option<SubjectKey>, Fault> {
    let sql = "SELECT sealed_key FROM api.subjects WHERE tenant = $1 AND subject = $2";
    let sealed = sqlx::query_scalar(sql).bind(tenant.0).bind(subject.0).fetch_optional(&mut **transaction).await?;
    sealed.map(|sealed: Vec<u8>| opened(secret, tenant, &sealed)).transpose()
}

fn opened(secret: &ServiceSecret, tenant: TenantId, sealed: &[u8]) -> Result<SubjectKey, Fault> {
    SubjectKey::open(secret, tenant, sealed).map_err(|error| Fault::internal(&error))
}

#[cfg(test)]
mod tests {
    use docket_log::sealed::open_text;

    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_key_and_for_its_subject_only() {
        let subject = SubjectId(Uuid::from_u128(7));
        let key = SubjectKey([3; 32]);
        let sealed = key.seal(subject, "Zoë, 2nd floor").expect("randomness");
        assert!(!sealed.text.contains("floor"), "the text itself");
        assert_eq!(open_text(&sealed, &key.0).as_deref(), Some("Zoë, 2nd floor"));
        assert_eq!(open_text(&sealed, &[4; 32]), None);
        let other = Sealed { subject: SubjectId(Uuid::from_u128(8)), ..sealed };
        assert_eq!(open_text(&other, &key.0), None);
    }
}
