//! From a tap to the priced content of a line.

use super::catalogue::Catalogue;
use super::limits::{
    MAX_CHOICES_PER_GROUP, MAX_LINE_QUANTITY, MAX_NOTE_CHARS, MAX_PRICE_MINOR, MAX_SELECTIONS_PER_LINE,
};
use super::modifier_group::ModifierGroup;
use super::product::Product;
use super::rejection::CatalogRejection;
use crate::ids::ProductId;
use crate::money::Quantity;
use crate::order::line::{LineContent, LineModifier};

/// What a client asks for: ids and quantities, never a price, save that of an open-price product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRequest<'a> {
    /// The product.
    pub product_id: ProductId,
    /// How many units.
    pub quantity: Quantity,
    /// Modifiers of each unit in the order chosen, which decides what is beyond a group's allowance.
    pub selections: &'a [Selection],
    /// Price of one unit in minor units, for a product with an open price only.
    pub open_price_minor: Option<i64>,
    /// A word to the kitchen.
    pub note: Option<String>,
}

/// An option chosen for each unit of a line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, specta::Type)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The modifier group.
    pub group_id: String,
    /// The option inside the group.
    pub option_id: String,
    /// How often, at least 1.
    #[serde(default = "once")]
    pub count: u32,
}

fn once() -> u32 {
    1
}

impl Catalogue {
    /// Prices a line: the snapshot that its fact records.
    ///
    /// Modifiers come out in the order of the product's groups, inside a group in the order chosen; only neighbours of
    /// the same option are joined. So the modifiers of a line, sent back as selections, give the same price.
    ///
    /// # Errors
    /// [`CatalogRejection`], which names the field and the rule.
    pub fn line_content(&self, request: &LineRequest<'_>) -> Result<LineContent, CatalogRejection> {
        let product = self
            .product(request.product_id)
            .ok_or(CatalogRejection::UnknownProduct { product_id: request.product_id })?;
        check_quantity(request.quantity)?;
        let note = checked_note(request.note.as_deref())?;
        let unit_price_minor = unit_price(product, request.open_price_minor)?;
        check_selections(product, request.selections)?;
        let mut modifiers = Vec::new();
        for group in self.groups_of(product) {
            price_group(group, request.selections, &mut modifiers)?;
        }
        let with_modifiers = modifiers.iter().try_fold(unit_price_minor, |sum, modifier: &LineModifier| {
            sum.checked_add(modifier.price_minor).filter(|sum| *sum <= MAX_PRICE_MINOR)
        });
        if with_modifiers.is_none() {
            return Err(CatalogRejection::PriceTooLarge);
        }
        Ok(LineContent {
            product_id: product.id,
            name: product.name.to_string(),
            catalogue_version: self.version(),
            unit_price_minor,
            open_price: product.open_price,
            quantity: request.quantity,
            modifiers,
            taxes: self.line_taxes(&product.tax_ids),
            note,
        })
    }
}

fn check_quantity(quantity: Quantity) -> Result<(), CatalogRejection> {
    if !quantity.is_positive() {
        return Err(CatalogRejection::QuantityNotPositive);
    }
    if quantity > Quantity::whole(MAX_LINE_QUANTITY) {
        return Err(CatalogRejection::QuantityTooLarge);
    }
    Ok(())
}

/// A note of white space says nothing and is no note.
fn checked_note(note: Option<&str>) -> Result<Option<String>, CatalogRejection> {
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS) {
        return Err(CatalogRejection::NoteTooLong);
    }
    Ok(note.map(str::to_owned))
}

fn unit_price(product: &Product, given: Option<i64>) -> Result<i64, CatalogRejection> {
    match (product.open_price, given) {
        (false, None) => Ok(product.price_minor),
        (false, Some(_)) => Err(CatalogRejection::PriceNotOpen { product: product.name.to_string() }),
        (true, None) => Err(CatalogRejection::PriceRequired { product: product.name.to_string() }),
        (true, Some(price)) if price < 0 => Err(CatalogRejection::PriceNegative),
        (true, Some(price)) if price > MAX_PRICE_MINOR => Err(CatalogRejection::PriceTooLarge),
        (true, Some(price)) => Ok(price),
    }
}

fn check_selections(product: &Product, selections: &[Selection]) -> Result<(), CatalogRejection> {
    if selections.len() > MAX_SELECTIONS_PER_LINE {
        return Err(CatalogRejection::TooManyModifiers);
    }
    for selection in selections {
        if !product.modifier_group_ids.iter().any(|id| **id == *selection.group_id) {
            return Err(CatalogRejection::UnknownModifierGroup {
                product: product.name.to_string(),
                group_id: selection.group_id.clone(),
            });
        }
        if !(1..=MAX_CHOICES_PER_GROUP).contains(&selection.count) {
            return Err(CatalogRejection::ModifierCountOutOfRange);
        }
    }
    Ok(())
}

fn price_group(
    group: &ModifierGroup,
    selections: &[Selection],
    modifiers: &mut Vec<LineModifier>,
) -> Result<(), CatalogRejection> {
    let allowance = group.allowance().unwrap_or(MAX_CHOICES_PER_GROUP);
    let most = group.included.and(group.max).unwrap_or(MAX_CHOICES_PER_GROUP).min(MAX_CHOICES_PER_GROUP);
    let mut chosen = 0_u32;
    for selection in selections.iter().filter(|selection| *selection.group_id == *group.id) {
        let option = group.option(&selection.option_id).ok_or_else(|| CatalogRejection::UnknownModifier {
            group: group.name.clone(),
            option_id: selection.option_id.clone(),
        })?;
        let forbidden = |max| CatalogRejection::ModifierForbidden {
            group: group.name.clone(),
            option: option.name.to_string(),
            max,
        };
        // Counts are at most 99 and lists at most 100 long, so the sum can't overflow.
        let within = selection.count.min(allowance.saturating_sub(chosen));
        let beyond = selection.count - within;
        chosen += selection.count;
        if chosen > most {
            return Err(forbidden(most));
        }
        let extra_price = match option.extra_price_minor {
            Some(price) => price,
            None if beyond == 0 => 0,
            None => return Err(forbidden(allowance)),
        };
        // Prices have at most 12 digits and counts two.
        let price_minor = option.price_minor * i64::from(within) + extra_price * i64::from(beyond);
        match modifiers.last_mut().filter(|last| last.group_id == *group.id && last.option_id == *option.id) {
            Some(last) => {
                last.count += selection.count;
                last.price_minor += price_minor;
            }
            None => modifiers.push(LineModifier {
                group_id: group.id.to_string(),
                option_id: option.id.to_string(),
                name: option.name.to_string(),
                count: selection.count,
                price_minor,
            }),
        }
    }
    if chosen < group.min {
        return Err(CatalogRejection::ModifierMissing { group: group.name.clone(), min: group.min, chosen });
    }
    Ok(())
}
