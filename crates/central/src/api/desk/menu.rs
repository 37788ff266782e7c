//! What a store sells, kept by version: a call reads no catalogue. Which one is in effect is read in the transaction of
//! each act; only a new one is loaded.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use docket_domain::catalog::Catalogue;
use docket_domain::ids::{ProductId, StoreId, TenantId};
use docket_domain::shop::DocumentKind;
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use crate::api::fault::{Fault, FaultCode};
use crate::api::limits::MENUS_MAX;
use crate::db::Database;
use crate::down::catalogue;

/// A catalogue, found by the ids of its menu too.
#[derive(Debug)]
pub struct Menu {
    /// Hash of its document.
    hash: Vec<u8>,
    /// The catalogue.
    pub catalogue: Catalogue,
    by_item: HashMap<Box<str>, ProductId>,
}

impl Menu {
    fn new(hash: Vec<u8>, catalogue: Catalogue) -> Self {
        let by_item = catalogue.products().iter().map(|product| (product.item_id.clone(), product.id)).collect();
        Menu { hash, catalogue, by_item }
    }

    /// Whether it is the one with this hash.
    #[must_use]
    pub fn is(&self, hash: &[u8]) -> bool {
        self.hash == hash
    }

    /// The product that an item's id or a UUID names.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<ProductId> {
        let by_id = || Some(ProductId(Uuid::try_parse(id).ok()?));
        let found = self.by_item.get(id).copied().or_else(by_id)?;
        self.catalogue.product(found).map(|product| product.id)
    }
}

type Read = HashMap<(TenantId, StoreId), Arc<Menu>>;

/// The menus that this process has read.
#[derive(Debug, Clone, Default)]
pub struct Menus(Arc<Mutex<Read>>);

fn none_held() -> Fault {
    Fault::new(FaultCode::FailedPrecondition, "the store has no catalogue at head office")
}

impl Menus {
    /// The one that was read last.
    #[must_use]
    pub fn known(&self, tenant: TenantId, store: StoreId) -> Option<Arc<Menu>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&(tenant, store)).cloned()
    }

    /// The one that was read last, or where nothing was read yet, the one in effect.
    ///
    /// # Errors
    /// [`Fault`] if there is none, or the database fails.
    pub async fn known_or_read(
        &self,
        database: &Database,
        tenant: TenantId,
        store: StoreId,
    ) -> Result<Arc<Menu>, Fault> {
        match self.known(tenant, store) {
            Some(menu) => Ok(menu),
            None => self.read(database, tenant, store).await,
        }
    }

    /// The one in effect.
    ///
    /// # Errors
    /// [`Fault`] if there is none, or the database fails.
    pub async fn read(&self, database: &Database, tenant: TenantId, store: StoreId) -> Result<Arc<Menu>, Fault> {
        let mut transaction = database.tenant(tenant).await?;
        let sql = "SELECT hash FROM central.document_heads WHERE tenant = $1 AND store = $2 AND kind = $3";
        let hash: Option<Vec<u8>> = sqlx::query_scalar(sql)
            .bind(tenant.0)
            .bind(store.0)
            .bind(DocumentKind::Catalogue.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
        let menu = self.in_effect(&mut transaction, tenant, store, hash.as_deref()).await?;
        transaction.commit().await?;
        Ok(menu)
    }

    /// The menu with the hash that the transaction found to be in effect.
    ///
    /// # Errors
    /// [`Fault`] if there is none, or the database fails.
    pub async fn in_effect(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        tenant: TenantId,
        store: StoreId,
        hash: Option<&[u8]>,
    ) -> Result<Arc<Menu>, Fault> {
        let hash = hash.ok_or_else(none_held)?;
        if let Some(menu) = self.known(tenant, store).filter(|menu| menu.is(hash)) {
            return Ok(menu);
        }
        let found = catalogue::in_effect(transaction, tenant, store).await?;
        let catalogue = found.and_then(|(_, catalogue)| catalogue).ok_or_else(none_held)?;
        let menu = Arc::new(Menu::new(hash.to_vec(), catalogue));
        let mut menus = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if menus.len() >= MENUS_MAX && !menus.contains_key(&(tenant, store)) {
            menus.clear();
        }
        menus.insert((tenant, store), menu.clone());
        Ok(menu)
    }
}
