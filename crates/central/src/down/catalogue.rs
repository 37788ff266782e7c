//! The catalogue that is in effect in a store.

use docket_domain::catalog::Catalogue;
use docket_domain::catalog::document::{Manifest, Part, assemble};
use docket_domain::ids::{StoreId, TenantId};
use docket_domain::shop::DocumentKind;
use sqlx::{Postgres, Row as _, Transaction};

/// The version of the store's catalogue, and the catalogue itself if all of it is held.
///
/// # Errors
/// If the database fails.
pub(crate) async fn in_effect(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
) -> Result<Option<(u32, Option<Catalogue>)>, sqlx::Error> {
    let sql = "SELECT h.version, d.body FROM central.document_heads h \
         LEFT JOIN central.documents d ON d.tenant = h.tenant AND d.hash = h.hash \
         WHERE h.tenant = $1 AND h.store = $2 AND h.kind = $3";
    let found = sqlx::query(sql)
        .bind(tenant.0)
        .bind(store.0)
        .bind(DocumentKind::Catalogue.as_str())
        .fetch_optional(&mut **transaction)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let version = u32::try_from(row.try_get::<i32, _>("version")?).unwrap_or(0);
    let body: Option<Vec<u8>> = row.try_get("body")?;
    let Some(manifest) = body.and_then(|body| Manifest::parse(body).ok()) else { return Ok(Some((version, None))) };
    let hashes: Vec<&[u8]> = manifest.parts().iter().map(|part| &part.sha256.0[..]).collect();
    let sql = "SELECT d.body FROM unnest($2::bytea[]) WITH ORDINALITY AS u (hash, place) \
         JOIN central.documents d ON d.tenant = $1 AND d.hash = u.hash ORDER BY u.place";
    let parts: Vec<Vec<u8>> = sqlx::query_scalar(sql).bind(tenant.0).bind(hashes).fetch_all(&mut **transaction).await?;
    let parts: Vec<Part> = parts.into_iter().map(Part::new).collect();
    // A part that is missing or another one is found out here.
    Ok(Some((version, assemble(&manifest, &parts).ok())))
}
