//! What an import took over, and everything in the menu that it did not.

use serde::{Deserialize, Serialize};

use crate::money::Currency;

/// The account of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct ImportReport {
    /// The menu's id.
    pub menu_id: String,
    /// The menu's name.
    pub menu_name: String,
    /// Currency of all prices.
    pub currency: Currency,
    /// What was imported.
    pub counts: ImportCounts,
    /// Decisions that the importer took where the menu leaves something open.
    pub notes: Vec<ImportNote>,
    /// Places of fields that the importer does not know; nothing came of them.
    pub unknown_fields: Vec<String>,
    /// Fields that only inform, with their value; nothing came of them.
    pub noted_fields: Vec<ImportNote>,
}

/// How much was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, specta::Type)]
pub struct ImportCounts {
    /// Products.
    pub products: u32,
    /// Categories.
    pub categories: u32,
    /// Products whose price the till asks for.
    pub open_prices: u32,
    /// Products with sizes.
    pub products_with_variants: u32,
    /// Sizes of all these.
    pub variants: u32,
    /// Products that are combos.
    pub combos: u32,
    /// Modifier groups of the menu, without sizes and combo choices.
    pub modifier_groups: u32,
    /// Options of these groups.
    pub modifier_options: u32,
    /// Taxes.
    pub taxes: u32,
    /// Fields that the importer does not know, also where they are too many to list.
    pub unknown_fields: u32,
    /// Fields that only inform, also where they are too many to list.
    pub noted_fields: u32,
}

/// A remark about a place of the menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct ImportNote {
    /// Where: `modifier_groups[3].max`.
    pub place: String,
    /// What there is to say, or the value.
    pub text: String,
}
