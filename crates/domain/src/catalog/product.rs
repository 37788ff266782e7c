//! What is sold: products, the categories they stand in, and the taxes they bear.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::allergen::Allergens;
use crate::ids::ProductId;
use crate::money::TaxRate;
use crate::order::line::OrderType;

/// A list of ids, shared by all products that have the same one.
pub type IdList = Arc<[Arc<str>]>;

/// A category of the cashier's grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Identity; an import takes the name as it stands in the menu.
    pub id: Arc<str>,
    /// Name as shown.
    pub name: String,
}

/// A tax in percent of the price. Whether prices contain it is said once, in the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// Identity; totals are grouped by it.
    pub id: Arc<str>,
    /// Name for the receipt.
    pub name: String,
    /// The rate.
    pub percent: TaxRate,
    /// Order types for which it applies; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_types: Vec<OrderType>,
}

/// Something that can be sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Identity, made from menu and item: see [`product_id`].
    pub id: ProductId,
    /// The item's id in its menu.
    pub item_id: Box<str>,
    /// Name as shown to guest and cook.
    pub name: Box<str>,
    /// The category it stands in.
    pub category_id: Arc<str>,
    /// A label inside the category, such as `Reds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Arc<str>>,
    /// Price of one unit without modifiers, in minor units; 0 where the price is asked for or lies in a forced group.
    pub price_minor: i64,
    /// Whether the till asks for the price.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_price: bool,
    /// Modifier groups in the order in which they are asked.
    #[serde(default = "no_ids", skip_serializing_if = "is_empty")]
    pub modifier_group_ids: IdList,
    /// Taxes in the order in which they apply; each knows its order types.
    #[serde(default = "no_ids", skip_serializing_if = "is_empty")]
    pub tax_ids: IdList,
    /// Bar code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<Box<str>>,
    /// Energy of one unit in kilocalories, as the menu states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calories: Option<u32>,
    /// What the menu says that it contains, without what its modifiers add.
    #[serde(default, skip_serializing_if = "Allergens::is_empty")]
    pub allergens: Allergens,
}

fn no_ids() -> IdList {
    Arc::from([])
}

fn is_empty(ids: &IdList) -> bool {
    ids.is_empty()
}

/// The id of a menu's item: the same in every shop and after every import, so that an edited menu keeps its products.
///
/// It is a UUID of version 8 (RFC 9562) over the first 16 bytes of SHA-256 of a domain tag, the menu's id and the
/// item's id, each with its length before it.
#[must_use]
pub fn product_id(menu_id: &str, item_id: &str) -> ProductId {
    let mut hasher = Sha256::new();
    hasher.update(b"docket.product.1");
    for text in [menu_id, item_id] {
        hasher.update(u64::try_from(text.len()).expect("a length fits into 64 bits").to_be_bytes());
        hasher.update(text.as_bytes());
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    ProductId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
