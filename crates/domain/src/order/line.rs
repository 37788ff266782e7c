//! What a line holds: the snapshot of a product, its modifiers, price and taxes at the moment it was added.

use serde::{Deserialize, Serialize};

use crate::ids::ProductId;
use crate::money::Quantity;

/// How the guest takes the order. It selects the taxes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum OrderType {
    /// Ordered and taken at the counter, eaten in the house.
    Counter,
    /// Served at a table.
    DineIn,
    /// Packed to go.
    TakeAway,
}

/// A modifier chosen for a line, as the catalogue stood then.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineModifier {
    /// The modifier group of the catalogue.
    pub group_id: String,
    /// The option inside the group.
    pub option_id: String,
    /// The option's name as shown to guest and cook.
    pub name: String,
    /// How often it was chosen for one unit of the line, at least 1.
    pub count: u32,
    /// Price of all `count` choices for one unit of the line, in minor units.
    pub price_minor: i64,
}

/// A tax that applies to a line, and the order types for which it does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineTax {
    /// The tax's id in the catalogue; totals are grouped by it.
    pub id: String,
    /// Name for the receipt.
    pub name: String,
    /// Percent as a decimal string, such as `"8.5"`.
    pub percent: rust_decimal::Decimal,
    /// Whether the price already contains it.
    pub included: bool,
    /// Order types for which it applies; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_types: Vec<OrderType>,
}

/// The content of a line version. It is complete: a receipt and a kitchen ticket need no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineContent {
    /// The product sold.
    pub product_id: ProductId,
    /// Its name as shown.
    pub name: String,
    /// Version of the catalogue that the price came from.
    pub catalogue_version: u32,
    /// Price of one unit without modifiers, in minor units.
    pub unit_price_minor: i64,
    /// Whether the price was asked for at the till (an open-price product).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_price: bool,
    /// How many units.
    pub quantity: Quantity,
    /// Modifiers of each unit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<LineModifier>,
    /// Taxes by order type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<LineTax>,
    /// A word to the kitchen about this line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl LineContent {
    /// Price and modifiers times quantity, in thousandths of a minor unit, where it is exact; none beyond 128 bits.
    #[must_use]
    pub fn amount_in_thousandths(&self) -> Option<i128> {
        let modifiers: i128 = self.modifiers.iter().map(|item| i128::from(item.price_minor)).sum();
        let unit = i128::from(self.unit_price_minor).checked_add(modifiers)?;
        unit.checked_mul(self.quantity.thousandths().into())
    }
}
