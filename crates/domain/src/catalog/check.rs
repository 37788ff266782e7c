//! What must hold of a catalogue's content, and the index by id.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::BuildHasherDefault;
use std::sync::Arc;

use super::catalogue::CatalogueHeader;
use super::error::CatalogueError;
use super::limits;
use super::modifier_group::ModifierGroup;
use super::product::Product;
use crate::ids::ProductId;

/// A map whose hasher has fixed keys: this crate has no random source, and the keys come from a catalogue that was
/// checked, not from a request.
pub(super) type Index<K> = HashMap<K, u32, BuildHasherDefault<DefaultHasher>>;

pub(super) fn duplicate(kind: &'static str, id: impl ToString) -> CatalogueError {
    CatalogueError::Duplicate { kind, id: id.to_string() }
}

pub(super) fn dangling(owner: &str, kind: &'static str, id: &impl ToString) -> CatalogueError {
    CatalogueError::Dangling { owner: owner.to_owned(), kind, id: id.to_string() }
}

pub(super) fn index<K: std::hash::Hash + Eq + Clone>(
    what: &str,
    keys: impl ExactSizeIterator<Item = K>,
) -> Result<Index<K>, K> {
    let mut index = Index::with_capacity_and_hasher(keys.len(), BuildHasherDefault::default());
    for (place, key) in keys.enumerate() {
        let place = u32::try_from(place).unwrap_or_else(|_| unreachable!("{what}: the limits are far below 2^32"));
        if index.insert(key.clone(), place).is_some() {
            return Err(key);
        }
    }
    Ok(index)
}

fn at_most(kind: &'static str, count: usize, max: usize) -> Result<(), CatalogueError> {
    if count > max { Err(CatalogueError::TooMany { kind, max }) } else { Ok(()) }
}

pub(super) fn check_counts(
    header: &CatalogueHeader,
    groups: &[ModifierGroup],
    products: &[Product],
) -> Result<(), CatalogueError> {
    at_most("products", products.len(), limits::MAX_PRODUCTS)?;
    at_most("categories", header.categories.len(), limits::MAX_CATEGORIES)?;
    at_most("taxes", header.taxes.len(), limits::MAX_TAXES)?;
    let shared = groups.iter().filter(|group| group.owner.is_none()).count();
    at_most("shared modifier groups", shared, limits::MAX_SHARED_GROUPS)?;
    at_most("modifier groups of single products", groups.len() - shared, limits::MAX_OWNED_GROUPS)
}

pub(super) fn check_header(header: &CatalogueHeader) -> Result<(), CatalogueError> {
    index("tax", header.taxes.iter().map(|tax| &tax.id)).map_err(|id| duplicate("tax", id))?;
    let charge_taxes = header.service_charge.iter().flat_map(|charge| &charge.tax_ids);
    check_taxes("service charge", charge_taxes, header)
}

fn check_taxes<'a>(
    owner: &str,
    mut tax_ids: impl Iterator<Item = &'a Arc<str>>,
    header: &CatalogueHeader,
) -> Result<(), CatalogueError> {
    let unknown = tax_ids.find(|id| !header.taxes.iter().any(|tax| tax.id == **id));
    unknown.map_or(Ok(()), |id| Err(dangling(owner, "tax", id)))
}

fn check_price(id: &str, price_minor: i64) -> Result<(), CatalogueError> {
    if (0..=limits::MAX_PRICE_MINOR).contains(&price_minor) {
        return Ok(());
    }
    Err(CatalogueError::Price { id: id.to_owned() })
}

pub(super) fn check_group(group: &ModifierGroup, products: &Index<ProductId>) -> Result<(), CatalogueError> {
    if let Some(owner) = group.owner.filter(|owner| !products.contains_key(owner)) {
        return Err(dangling(&group.id, "product", &owner));
    }
    if group.is_forced() && group.options.is_empty() {
        return Err(CatalogueError::NothingToChoose { id: group.id.to_string() });
    }
    let most = group.hard_max().unwrap_or(limits::MAX_CHOICES_PER_GROUP);
    let included_beyond_max = group.included.zip(group.max).is_some_and(|(included, max)| included > max);
    if group.min > most || group.min > limits::MAX_CHOICES_PER_GROUP || included_beyond_max {
        return Err(CatalogueError::Bounds { id: group.id.to_string() });
    }
    at_most("options in a modifier group", group.options.len(), limits::MAX_OPTIONS_PER_GROUP)?;
    index("option", group.options.iter().map(|option| &option.id)).map_err(|id| duplicate("option", id))?;
    for option in &group.options {
        check_price(&option.id, option.price_minor)?;
        check_price(&option.id, option.extra_price_minor.unwrap_or(0))?;
    }
    Ok(())
}

pub(super) fn check_product(
    product: &Product,
    header: &CatalogueHeader,
    groups: &[ModifierGroup],
    group_index: &Index<Arc<str>>,
) -> Result<(), CatalogueError> {
    check_price(&product.item_id, product.price_minor)?;
    at_most("modifier groups in a product", product.modifier_group_ids.len(), limits::MAX_GROUPS_PER_PRODUCT)?;
    check_taxes(&product.item_id, product.tax_ids.iter(), header)?;
    for id in product.modifier_group_ids.iter() {
        let group = group_index.get(id).and_then(|place| groups.get(usize::try_from(*place).ok()?));
        if group.is_none_or(|group| group.owner.is_some_and(|owner| owner != product.id)) {
            return Err(dangling(&product.item_id, "modifier group", id));
        }
    }
    Ok(())
}
