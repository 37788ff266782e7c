//! Keys of guests on their way down: a till shows who an order of head office is for, and where it goes to. They travel with the
//! rows that name the guests, and with no other rows: what a till sealed itself opens there alone.

use docket_domain::ids::SubjectId;
use docket_sync::v1::GuestKey;
use docket_sync::{Item, key_to};
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::session::Session;
use crate::api::subjects::SubjectKey;
use crate::down::fresh::subjects_of;

impl Session {
    /// The keys of the guests that rows of head office name, as far as they were not erased.
    pub(super) async fn keys_of(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        items: &[Item],
    ) -> Result<Vec<GuestKey>, sqlx::Error> {
        let named: Vec<Uuid> = subjects_of(items).into_iter().collect();
        let (Some(secret), false) = (&self.shared.secret, named.is_empty()) else { return Ok(Vec::new()) };
        let tenant = self.source().tenant;
        let sql = "SELECT s.subject, s.sealed_key FROM unnest($2::uuid[]) AS u (subject) CROSS JOIN LATERAL \
             (SELECT subject, sealed_key FROM api.subjects WHERE tenant = $1 AND subject = u.subject OFFSET 0) AS s";
        let rows = sqlx::query(sql).bind(tenant.0).bind(named).fetch_all(&mut **transaction).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let subject = SubjectId(row.try_get("subject")?);
            match SubjectKey::open(secret, tenant, row.try_get("sealed_key")?) {
                Ok(key) => keys.push(key_to(subject, key.bytes())),
                // The order is cooked all the same; who it is for is shown as sealed.
                Err(error) => tracing::error!(%subject, %error, "a guest's key can't be opened"),
            }
        }
        Ok(keys)
    }
}
