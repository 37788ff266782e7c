//! A new version of a store's catalogue, published by head office.

use docket_domain::catalog::Catalogue;
use docket_domain::catalog::document::{DocumentHash, split};
use docket_domain::ids::{StoreId, TenantId};
use docket_domain::shop::{DocumentKind, DocumentPublished, ShopEvent};

use super::{Draft, OwnLogError, OwnLogs, catalogue};
use crate::clock::new_id;
use crate::ingest::shop::keep_document;

/// Why a catalogue was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The log could not be written.
    #[error(transparent)]
    Log(#[from] OwnLogError),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// The store charges in something else.
    #[error("currency: is {found}, and the store's catalogue is in {expected}")]
    Currency {
        /// Of the catalogue in effect.
        expected: String,
        /// Of the new one.
        found: String,
    },
}

/// Publishes a catalogue as the store's next version; gives the version.
///
/// # Errors
/// [`PublishError`].
pub async fn publish_catalogue(
    logs: &OwnLogs,
    tenant: TenantId,
    store: StoreId,
    catalogue: Catalogue,
) -> Result<u32, PublishError> {
    let mut act = logs.begin(tenant, store).await?;
    let before = catalogue::in_effect(act.transaction(), tenant, store).await?;
    if let Some((_, Some(before))) = &before
        && before.currency() != catalogue.currency()
    {
        let (expected, found) = (before.currency().code().to_owned(), catalogue.currency().code().to_owned());
        return Err(PublishError::Currency { expected, found });
    }
    let version = before.map_or(0, |(version, _)| version) + 1;
    let (manifest, parts) = split(&catalogue.with_version(version));
    // The documents are there with the fact that names them.
    for part in &parts {
        keep_document(act.transaction(), tenant, &part.hash().0, part.bytes()).await?;
    }
    let hash: DocumentHash = manifest.hash();
    keep_document(act.transaction(), tenant, &hash.0, manifest.bytes()).await?;
    let size = u64::try_from(manifest.bytes().len()).unwrap_or(u64::MAX);
    let event = ShopEvent::DocumentPublished(DocumentPublished {
        kind: DocumentKind::Catalogue,
        hash: hash.to_string(),
        size,
        version,
    });
    act.commit("program:central", new_id(), vec![Draft::of_store(store, &event)]).await?;
    Ok(version)
}
