//! Another name or another currency for a shop that is set up: the document that says so, and when it may.

use docket_contracts::{ErrorCode, Params, Topic};
use docket_domain::catalog::Catalogue;
use docket_domain::money::Currency;
use docket_domain::shop::{DocumentKind, SetUp, ShopDetails, ShopEvent};
use rusqlite::Connection;

use super::batch::Staged;
use super::store_acts::published;
use super::{Call, Writer};
use crate::error::{StoreError, refuse};
use crate::shared::Shop;
use crate::store::documents;

/// What is to be another about the shop; what is none stays.
pub struct ShopChange {
    /// What it is called.
    pub name: Option<String>,
    /// What it charges in.
    pub currency: Option<Currency>,
    /// What is sold from now on.
    pub catalogue: Option<Catalogue>,
    /// Lines for people about it.
    pub notes: Vec<String>,
}

impl Writer {
    pub(super) fn change_shop(&mut self, call: &Call, change: &ShopChange, shop: &Shop) -> Result<Staged, StoreError> {
        let Some(set_up) = &shop.set_up else {
            return Err(refuse(ErrorCode::ShopNotSetUp, "", "set up the shop first").into());
        };
        let details = ShopDetails {
            name: change.name.clone().unwrap_or_else(|| set_up.name.clone()),
            currency: change.currency.unwrap_or(set_up.currency),
        };
        self.check_currency(details.currency, change.catalogue.as_ref(), shop, set_up)?;
        let mut next = shop.clone();
        let mut facts = Vec::new();
        if details.name != set_up.name || details.currency != set_up.currency {
            facts.push(self.put_details(&details, &mut next)?);
        }
        if let Some(catalogue) = &change.catalogue {
            facts.push(self.put_catalogue(catalogue.clone(), &mut next)?);
        }
        self.finish(call, facts, next, change.notes.clone(), vec![Topic::Shop, Topic::Catalogue, Topic::Status])
    }

    /// A shop charges in one currency, its menu's. Orders, receipts and their running totals are sums in it, so it stays
    /// once there is an order, whoever took it.
    fn check_currency(
        &self,
        currency: Currency,
        catalogue: Option<&Catalogue>,
        shop: &Shop,
        set_up: &SetUp,
    ) -> Result<(), StoreError> {
        let named = |name: Currency| Params { name: Some(name.code().to_owned()), ..Params::default() };
        if currency != set_up.currency && any_order(&self.connection)? {
            let rule = format!("orders were taken in {}; another currency needs another shop", set_up.currency);
            return Err(refuse(ErrorCode::CurrencyInUse, "currency", rule).with(named(set_up.currency)).into());
        }
        match (catalogue.map(Catalogue::currency), shop.catalogue.as_ref().map(|catalogue| catalogue.currency())) {
            (Some(menu), _) if menu != currency => {
                let rule = format!("the menu is in {menu}, the shop charges in {currency}");
                Err(refuse(ErrorCode::CurrencyMismatch, "menu.currency", rule).into())
            }
            (None, Some(menu)) if menu != currency => {
                let rule = format!("the menu is in {menu}: send one in {currency} with the change");
                Err(refuse(ErrorCode::MenuNeeded, "menu", rule).with(named(menu)).into())
            }
            _ => Ok(()),
        }
    }

    fn put_details(&mut self, details: &ShopDetails, shop: &mut Shop) -> Result<ShopEvent, StoreError> {
        let version = shop.details_version + 1;
        let body = serde_json::to_vec(details).expect("a shop's details are texts");
        let hash = documents::put(&self.connection, &body)?;
        documents::set_current(&self.connection, DocumentKind::Shop, &hash, version)?;
        shop.set_details(details.clone(), version);
        Ok(published(DocumentKind::Shop, &hash, body.len(), version))
    }
}

/// Reads what the shop is called and charges in; `None` if it is not held whole.
///
/// # Errors
/// If the store fails.
pub(super) fn read_details(connection: &Connection, hash: &[u8; 32]) -> Result<Option<ShopDetails>, StoreError> {
    let body = match documents::get(connection, hash) {
        Err(StoreError::Corrupt(_)) => None,
        other => other?,
    };
    Ok(body.and_then(|body| serde_json::from_slice(&body).ok()))
}

fn any_order(connection: &Connection) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM events WHERE event_type = 'order.opened') \
               OR EXISTS (SELECT 1 FROM forked_events WHERE event_type = 'order.opened')";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}
