//! What a guest chooses for a product: milk, sides, sizes, the parts of a combo.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::allergen::Allergens;
use crate::ids::ProductId;

/// A group of options, and how many of them a line takes.
///
/// **Bounds.** At least `min` choices; choosing one option twice counts twice. Each choice costs the option's
/// `price_minor` as long as the group's *allowance* lasts: `included` where it is set, else `max`, else for ever. In
/// the order chosen, every choice beyond the allowance costs the option's `extra_price_minor`; an option without one
/// can't be chosen beyond it. An extra price of 0.00 is a price: the choice is allowed, and free.
///
/// So `max` is a hard limit for options without an extra price, and where `included` is set it is hard for all. A
/// group without an extra price and with `included` unset is the plain case: between `min` and `max` choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModifierGroup {
    /// Identity inside the catalogue.
    pub id: Arc<str>,
    /// Name as shown when the till asks.
    pub name: String,
    /// Least number of choices; above 0 the group is forced.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min: u32,
    /// Largest number of choices; none means no upper limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Choices at `price_minor`, where they are fewer than `max`: a combo that includes two of up to four.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub included: Option<u32>,
    /// The one product that has this group (its sizes, its combo choices); it travels in that product's part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<ProductId>,
    /// What can be chosen; it may be empty where nothing is forced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<ModifierOption>,
}

/// An option of a modifier group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModifierOption {
    /// Identity inside the group.
    pub id: Box<str>,
    /// Name as shown to guest and cook.
    pub name: Box<str>,
    /// Price of each choice inside the group's allowance, in minor units.
    pub price_minor: i64,
    /// Price of each choice beyond the allowance, in minor units; none means that there can be no such choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_price_minor: Option<i64>,
    /// What the menu says that the choice brings along.
    #[serde(default, skip_serializing_if = "Allergens::is_empty")]
    pub allergens: Allergens,
}

impl ModifierGroup {
    /// The option with this id.
    #[must_use]
    pub fn option(&self, option_id: &str) -> Option<&ModifierOption> {
        self.options.iter().find(|option| &*option.id == option_id)
    }

    /// Whether a line can't do without a choice.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        self.min > 0
    }

    /// How many choices cost `price_minor`; none means all of them.
    #[must_use]
    pub fn allowance(&self) -> Option<u32> {
        self.included.or(self.max)
    }

    /// The largest number of choices that any line can make, or none where only the till's own limit holds.
    #[must_use]
    pub fn hard_max(&self) -> Option<u32> {
        let extras = self.options.iter().any(|option| option.extra_price_minor.is_some());
        match (self.included, extras) {
            (Some(_), true) => self.max,
            (None, true) => None,
            (_, false) => self.allowance(),
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}
