//! Why the catalogue refuses a line.

use super::limits::{
    MAX_CHOICES_PER_GROUP, MAX_LINE_QUANTITY, MAX_NOTE_CHARS, MAX_PRICE_MINOR, MAX_SELECTIONS_PER_LINE,
};
use crate::ids::ProductId;

/// A refusal: expected, and decided by a rule that it names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogRejection {
    /// The catalogue has no such product.
    #[error("the catalogue has no product {product_id}")]
    UnknownProduct {
        /// As asked for.
        product_id: ProductId,
    },
    /// Nothing, or less, is asked for.
    #[error("the quantity must be more than zero")]
    QuantityNotPositive,
    /// More is asked for than a line holds.
    #[error("the quantity must be at most {MAX_LINE_QUANTITY}")]
    QuantityTooLarge,
    /// The product has no such modifier group.
    #[error("{product:?} has no modifier group {group_id:?}")]
    UnknownModifierGroup {
        /// The product's name.
        product: String,
        /// As asked for.
        group_id: String,
    },
    /// The group lacks the option.
    #[error("{group:?} has no option {option_id:?}")]
    UnknownModifier {
        /// The group's name.
        group: String,
        /// As asked for.
        option_id: String,
    },
    /// A forced group got too few choices.
    #[error("{group:?} needs at least {min}, {chosen} chosen")]
    ModifierMissing {
        /// The group's name.
        group: String,
        /// The least number of choices.
        min: u32,
        /// How many there are.
        chosen: u32,
    },
    /// The group forbids so many choices.
    #[error("{group:?} takes at most {max}, {option:?} is one too many")]
    ModifierForbidden {
        /// The group's name.
        group: String,
        /// The option that goes beyond.
        option: String,
        /// The largest number of choices.
        max: u32,
    },
    /// A modifier is chosen zero times or absurdly often.
    #[error("a modifier is chosen 1 to {MAX_CHOICES_PER_GROUP} times")]
    ModifierCountOutOfRange,
    /// The list of modifiers is too long.
    #[error("a line takes at most {MAX_SELECTIONS_PER_LINE} modifiers")]
    TooManyModifiers,
    /// The product has an open price, and none was given.
    #[error("{product:?} has an open price: say what it costs")]
    PriceRequired {
        /// The product's name.
        product: String,
    },
    /// A price was given for a product that has one.
    #[error("{product:?} has a fixed price")]
    PriceNotOpen {
        /// The product's name.
        product: String,
    },
    /// The price given is less than nothing.
    #[error("the price must not be negative")]
    PriceNegative,
    /// The price, with its modifiers, is beyond the limit.
    #[error("the price of one unit must be at most {MAX_PRICE_MINOR} minor units")]
    PriceTooLarge,
    /// The note is too long.
    #[error("the note must have at most {MAX_NOTE_CHARS} characters")]
    NoteTooLong,
}

impl CatalogRejection {
    /// Every code, for tables of refusals.
    pub const CODES: &'static [&'static str] = &[
        "unknown_product",
        "quantity_not_positive",
        "quantity_too_large",
        "unknown_modifier_group",
        "unknown_modifier",
        "modifier_missing",
        "modifier_forbidden",
        "modifier_count_out_of_range",
        "too_many_modifiers",
        "price_required",
        "price_not_open",
        "price_negative",
        "price_too_large",
        "note_too_long",
    ];

    /// The code that hosts and the UI branch on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownProduct { .. } => "unknown_product",
            Self::QuantityNotPositive => "quantity_not_positive",
            Self::QuantityTooLarge => "quantity_too_large",
            Self::UnknownModifierGroup { .. } => "unknown_modifier_group",
            Self::UnknownModifier { .. } => "unknown_modifier",
            Self::ModifierMissing { .. } => "modifier_missing",
            Self::ModifierForbidden { .. } => "modifier_forbidden",
            Self::ModifierCountOutOfRange => "modifier_count_out_of_range",
            Self::TooManyModifiers => "too_many_modifiers",
            Self::PriceRequired { .. } => "price_required",
            Self::PriceNotOpen { .. } => "price_not_open",
            Self::PriceNegative => "price_negative",
            Self::PriceTooLarge => "price_too_large",
            Self::NoteTooLong => "note_too_long",
        }
    }

    /// The field of the request that is at fault.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::UnknownProduct { .. } => "product_id",
            Self::QuantityNotPositive | Self::QuantityTooLarge => "quantity",
            Self::UnknownModifierGroup { .. }
            | Self::UnknownModifier { .. }
            | Self::ModifierMissing { .. }
            | Self::ModifierForbidden { .. }
            | Self::ModifierCountOutOfRange
            | Self::TooManyModifiers => "modifiers",
            Self::PriceRequired { .. } | Self::PriceNotOpen { .. } | Self::PriceNegative | Self::PriceTooLarge => {
                "price"
            }
            Self::NoteTooLong => "note",
        }
    }

    /// The rule that was broken, as a sentence.
    #[must_use]
    pub fn rule(&self) -> String {
        self.to_string()
    }
}
