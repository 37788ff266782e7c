//! Facts of a store: its name and zone, and which document of each kind is in effect.

use std::collections::BTreeMap;

use docket_domain::catalog::document::Manifest;
use docket_domain::ids::{StoreId, TenantId};
use docket_domain::order::fact::DeviceClass;
use docket_domain::shop::{DocumentKind, SetUp, ShopDetails, ShopEvent};
use docket_log::Row;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::IngestError;
use super::entry::{Author, fixed, to_sql};
use crate::limits::DOCUMENTS_WANTED_MAX;

/// A document's hash.
pub type DocumentHash = [u8; 32];

/// How a publication ranks: a version counts on from the one that its author had in effect; of two that did not see
/// each other the later clock wins, then the hash of the document.
type Rank = (u32, u64, DocumentHash);

/// What came about stores in one transaction.
#[derive(Debug, Default)]
pub(super) struct ShopFacts {
    set_up: BTreeMap<StoreId, SetUp>,
    documents: BTreeMap<(StoreId, DocumentKind), Rank>,
}

impl ShopFacts {
    /// Whether nothing came about.
    pub(super) fn is_empty(&self) -> bool {
        self.set_up.is_empty() && self.documents.is_empty()
    }

    /// Takes a fact in. A kitchen screen has no authority over the store.
    pub(super) fn take(&mut self, row: &Row, author: Author, event: ShopEvent) {
        if author.class == DeviceClass::Kitchen {
            return;
        }
        match event {
            ShopEvent::SetUp(set_up) => {
                self.set_up.entry(author.store).or_insert(set_up);
            }
            ShopEvent::DocumentPublished(fact) => {
                let mut hash = [0; 32];
                if hex::decode_to_slice(&fact.hash, &mut hash).is_ok() {
                    let rank = (fact.version, row.clock, hash);
                    let highest = self.documents.entry((author.store, fact.kind)).or_insert(rank);
                    *highest = rank.max(*highest);
                }
            }
            ShopEvent::ContinuityUnproven(_)
            | ShopEvent::DamageFound(_)
            | ShopEvent::ForkFound(_)
            // The archive was made when the till was enrolled.
            | ShopEvent::TillJoined(_)
            // The cut-off was kept before the fact was written.
            | ShopEvent::DeviceRevoked(_)
            // The key went before the fact was written.
            | ShopEvent::GuestForgotten(_) => {}
        }
    }

    /// Writes them.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn settle(
        self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
    ) -> Result<(), IngestError> {
        for (store, set_up) in self.set_up {
            // The first one holds; a store is set up once.
            let sql = "UPDATE central.stores SET name = $3, time_zone = $4, cut_over_minutes = $5 \
                 WHERE tenant = $1 AND store = $2 AND time_zone IS NULL";
            sqlx::query(sql)
                .bind(tenant.0)
                .bind(store.0)
                .bind(set_up.name)
                .bind(set_up.time_zone)
                .bind(set_up.cut_over_minutes)
                .execute(&mut **transaction)
                .await?;
        }
        if self.documents.is_empty() {
            return Ok(());
        }
        let stores: Vec<Uuid> = self.documents.keys().map(|(store, _)| store.0).collect();
        let kinds: Vec<&str> = self.documents.keys().map(|(_, kind)| kind.as_str()).collect();
        let hashes: Vec<&[u8]> = self.documents.values().map(|(_, _, hash)| &hash[..]).collect();
        let versions: Vec<i32> =
            self.documents.values().map(|(version, ..)| i32::try_from(*version).unwrap_or(i32::MAX)).collect();
        let clocks: Vec<i64> = self.documents.values().map(|(_, clock, _)| to_sql(*clock)).collect();
        let sql = "INSERT INTO central.document_heads AS d (tenant, store, kind, hash, version, clock) \
             SELECT $1, u.* FROM unnest($2::uuid[], $3::text[], $4::bytea[], $5::int[], $6::bigint[]) AS u \
             ON CONFLICT (tenant, store, kind) DO UPDATE SET hash = excluded.hash, version = excluded.version, \
             clock = excluded.clock WHERE (excluded.version, excluded.clock, excluded.hash) > (d.version, d.clock, d.hash)";
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(stores)
            .bind(kinds)
            .bind(hashes)
            .bind(versions)
            .bind(clocks)
            .execute(&mut **transaction)
            .await?;
        Ok(())
    }
}

/// The documents in effect in a store and those joined to it that are not held here, parts of a catalogue among them.
///
/// # Errors
/// If the database fails.
pub(crate) async fn missing_documents(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
) -> Result<Vec<DocumentHash>, sqlx::Error> {
    let sql = "SELECT h.kind, h.hash, d.body FROM central.document_heads h \
         JOIN central.stores s ON s.tenant = h.tenant AND s.store = h.store \
         LEFT JOIN central.documents d ON d.tenant = h.tenant AND d.hash = h.hash \
         WHERE h.tenant = $1 AND (h.store = $2 OR s.joined = $2)";
    let rows = sqlx::query(sql).bind(tenant.0).bind(store.0).fetch_all(&mut **transaction).await?;
    let (mut missing, mut parts) = (Vec::new(), Vec::new());
    for row in &rows {
        let body: Option<Vec<u8>> = row.try_get("body")?;
        match body {
            None => missing.push(fixed(row, "hash")?),
            Some(body) if row.try_get::<&str, _>("kind")? == DocumentKind::Catalogue.as_str() => {
                parts.extend(
                    Manifest::parse(body)
                        .iter()
                        .flat_map(|manifest| manifest.parts().iter().map(|part| part.sha256.0).collect::<Vec<_>>()),
                );
            }
            Some(_) => {}
        }
    }
    missing.extend(not_held(transaction, tenant, &parts).await?);
    missing.truncate(DOCUMENTS_WANTED_MAX);
    Ok(missing)
}

async fn not_held(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    hashes: &[DocumentHash],
) -> Result<Vec<DocumentHash>, sqlx::Error> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<&[u8]> = hashes.iter().map(|hash| &hash[..]).collect();
    let sql = "SELECT DISTINCT u.hash FROM unnest($2::bytea[]) AS u (hash) WHERE NOT EXISTS \
         (SELECT 1 FROM central.documents d WHERE d.tenant = $1 AND d.hash = u.hash)";
    let rows = sqlx::query(sql).bind(tenant.0).bind(asked).fetch_all(&mut **transaction).await?;
    rows.iter().map(|row| fixed(row, "hash")).collect()
}

/// Keeps a document whose hash was checked; a store's details take effect.
///
/// # Errors
/// If the database fails.
pub(crate) async fn keep_document(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    hash: &DocumentHash,
    body: &[u8],
) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO central.documents (tenant, hash, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(tenant.0).bind(&hash[..]).bind(body).execute(&mut **transaction).await?;
    if let Ok(details) = serde_json::from_slice::<ShopDetails>(body) {
        let sql = "UPDATE central.stores s SET name = $3 FROM central.document_heads h \
             WHERE s.tenant = $1 AND h.tenant = s.tenant AND h.store = s.store AND h.kind = 'shop' AND h.hash = $2";
        sqlx::query(sql).bind(tenant.0).bind(&hash[..]).bind(details.name).execute(&mut **transaction).await?;
    }
    Ok(())
}
