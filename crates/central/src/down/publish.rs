//! A new version of a store's catalogue, published by head office.

use docket_domain::catalog::Catalogue;
use docket_domain::catalog::document::{DocumentHash, split};
use docket_domain::ids::{StoreId, TenantId};
use docket_domain::shop::{DocumentKind, DocumentPublished, STREAM_KIND, ShopEvent};
use docket_log::DeviceKey;

use super::{Draft, OwnLog, OwnLogError, catalogue};
use crate::clock::new_id;
use crate::ingest::Ingest;
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
    ingest: &Ingest,
    tenant: TenantId,
    store: StoreId,
    key: &DeviceKey,
    catalogue: Catalogue,
) -> Result<u32, PublishError> {
    let mut transaction = ingest.database().tenant(tenant).await?;
    let before = catalogue::in_effect(&mut transaction, tenant, store).await?;
    if let Some((_, Some(before))) = &before
        && before.currency() != catalogue.currency()
    {
        let (expected, found) = (before.currency().code().to_owned(), catalogue.currency().code().to_owned());
        return Err(PublishError::Currency { expected, found });
    }
    let version = before.map_or(0, |(version, _)| version) + 1;
    let (manifest, parts) = split(&catalogue.with_version(version));
    // The documents are there before a fact names them.
    for part in &parts {
        keep_document(&mut transaction, tenant, &part.hash().0, part.bytes()).await?;
    }
    let hash: DocumentHash = manifest.hash();
    keep_document(&mut transaction, tenant, &hash.0, manifest.bytes()).await?;
    transaction.commit().await?;
    let size = u64::try_from(manifest.bytes().len()).unwrap_or(u64::MAX);
    let event = ShopEvent::DocumentPublished(DocumentPublished {
        kind: DocumentKind::Catalogue,
        hash: hash.to_string(),
        size,
        version,
    });
    let mut log = OwnLog::open(ingest, tenant, store, key).await?;
    let draft = Draft {
        event_id: new_id(),
        stream_kind: STREAM_KIND,
        stream_id: store.0,
        event_type: event.event_type().into(),
        schema_version: 1,
        payload: event.payload(),
    };
    log.write(vec![draft], "program:central", new_id())?;
    log.store(ingest).await?;
    Ok(version)
}
