//! The items of a menu.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::allergens::read_allergens;
use super::fault::ImportProblem;
use super::fields::{Fields, checked_text};
use super::findings::{Findings, quoted};
use super::groups::read_variants;
use super::json::Json;
use super::place::Place;
use super::taxes::MenuTaxes;
use super::words::{MenuContradiction, MenuThing};
use crate::catalog::limits::{MAX_CATEGORIES, MAX_GROUPS_PER_PRODUCT, MAX_OPTIONS_PER_GROUP};
use crate::catalog::{Category, IdList, ModifierGroup, Product, product_id};
use crate::money::{Currency, TaxRate};

/// What holds for all items while they are read.
pub(super) struct Menu<'j> {
    pub(super) id: &'j str,
    pub(super) currency: Currency,
    pub(super) taxes: MenuTaxes,
    pub(super) shared_group_ids: BTreeSet<Arc<str>>,
    pub(super) categories: Vec<Category>,
    pub(super) category_ids: BTreeMap<&'j str, Arc<str>>,
    pub(super) labels: BTreeMap<&'j str, Arc<str>>,
}

/// An item as read, before combos are resolved.
pub(super) struct Item<'j> {
    /// Its place in the menu's list.
    pub(super) index: usize,
    pub(super) product: Product,
    /// Sizes if it has variants, then its combo choices.
    pub(super) own_groups: Vec<ModifierGroup>,
    pub(super) has_variants: bool,
    /// Ids of the groups it shares with others.
    pub(super) shared_groups: Vec<Arc<str>>,
    pub(super) combo: Option<&'j [Json]>,
    pub(super) states_tax: bool,
}

/// How an item's price is said.
struct Price {
    minor: i64,
    open: bool,
}

/// Fields that say something about the item, and that the till has no use for.
const INFORMATIONAL: &[&str] = &["tax", "note", "source", "certainty"];

pub(super) fn read_items<'j>(
    entries: &'j [Json],
    list: &Place<'_>,
    menu: &mut Menu<'j>,
    findings: &mut Findings,
) -> Vec<Item<'j>> {
    let mut items = Vec::with_capacity(entries.len());
    let mut ids = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        if findings.is_full() {
            break;
        }
        let place = list.index(index);
        let Some(mut fields) = Fields::open(entry, &place, findings) else { continue };
        let item = read_item(index, &mut fields, menu, findings);
        fields.finish(INFORMATIONAL, findings);
        let Some(item) = item else { continue };
        if !ids.insert(item.product.id) {
            let id = quoted(&item.product.item_id);
            findings.fault(&place.field("id"), ImportProblem::Duplicate { kind: MenuThing::Item, id });
        }
        items.push(item);
    }
    items
}

fn read_item<'j>(
    index: usize,
    fields: &mut Fields<'j, '_>,
    menu: &mut Menu<'j>,
    findings: &mut Findings,
) -> Option<Item<'j>> {
    let place = *fields.place;
    let item_id = fields.id(findings);
    let name = fields.name("name", findings);
    let category = fields.name("category", findings);
    let group = fields.optional_name("group", findings);
    let variants = fields.list("variants", MAX_OPTIONS_PER_GROUP, findings);
    let combo = fields.list("combo", MAX_GROUPS_PER_PRODUCT, findings);
    let price = read_price(fields, variants.is_some(), combo.is_some(), menu.currency, findings);
    let shared_groups = read_shared_groups(fields, menu, findings);
    let states_tax = fields.take("tax_percent").is_some();
    let rate = fields.optional_rate("tax_percent", findings);
    let barcode = fields.optional_name("barcode", findings);
    let calories = fields.whole_number("calories", findings);
    let allergens = read_allergens(fields, findings);
    let id = product_id(menu.id, item_id?);
    let own_groups = match variants {
        Some(entries) => {
            let owner = (id, item_id?);
            Vec::from([read_variants(entries, owner, &place.field("variants"), menu.currency, findings)?])
        }
        None => Vec::new(),
    };
    let price = price?;
    let product = Product {
        id,
        item_id: item_id?.into(),
        name: name?.into(),
        category_id: category_id(category?, &place, menu, findings),
        group: group.map(|label| label_of(label, menu)),
        price_minor: price.minor,
        open_price: price.open,
        modifier_group_ids: Arc::from([]),
        tax_ids: tax_ids(rate, &place, menu, findings),
        barcode: barcode.map(Into::into),
        calories,
        allergens,
    };
    Some(Item { index, product, own_groups, has_variants: variants.is_some(), shared_groups, combo, states_tax })
}

/// A price of 0.00 is asked for at the till, unless sizes or combo choices say what the product costs.
fn read_price(
    fields: &mut Fields<'_, '_>,
    has_variants: bool,
    is_combo: bool,
    currency: Currency,
    findings: &mut Findings,
) -> Option<Price> {
    if !has_variants {
        let minor = fields.price("price", currency, findings)?;
        return Some(Price { minor, open: minor == 0 && !is_combo });
    }
    let minor = fields.optional_price("price", currency, findings).unwrap_or(0);
    if minor != 0 {
        let rule = MenuContradiction::VariantsHavePrices;
        findings.fault(&fields.place.field("price"), ImportProblem::Contradiction { rule });
        return None;
    }
    Some(Price { minor: 0, open: false })
}

fn read_shared_groups(fields: &mut Fields<'_, '_>, menu: &Menu<'_>, findings: &mut Findings) -> Vec<Arc<str>> {
    let entries = fields.list("modifier_groups", MAX_GROUPS_PER_PRODUCT, findings).unwrap_or_default();
    let list = fields.place.field("modifier_groups");
    let mut groups: Vec<Arc<str>> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let place = list.index(index);
        let Some(name) = checked_text(entry, &place, findings) else { continue };
        match menu.shared_group_ids.get(name) {
            Some(id) if groups.contains(id) => findings.fault(&place, ImportProblem::StatedTwice),
            Some(id) => groups.push(Arc::clone(id)),
            None => {
                findings.fault(&place, ImportProblem::Unknown { kind: MenuThing::ModifierGroup, name: quoted(name) })
            }
        }
    }
    groups
}

fn category_id<'j>(name: &'j str, item: &Place<'_>, menu: &mut Menu<'j>, findings: &mut Findings) -> Arc<str> {
    if let Some(id) = menu.category_ids.get(name) {
        return Arc::clone(id);
    }
    let id: Arc<str> = Arc::from(name);
    if menu.categories.len() == MAX_CATEGORIES {
        findings.fault(&item.field("category"), ImportProblem::TooMany { max: MAX_CATEGORIES });
    } else {
        menu.categories.push(Category { id: Arc::clone(&id), name: name.to_owned() });
        menu.category_ids.insert(name, Arc::clone(&id));
    }
    id
}

fn label_of<'j>(label: &'j str, menu: &mut Menu<'j>) -> Arc<str> {
    Arc::clone(menu.labels.entry(label).or_insert_with(|| Arc::from(label)))
}

fn tax_ids(rate: Option<TaxRate>, item: &Place<'_>, menu: &mut Menu<'_>, findings: &mut Findings) -> IdList {
    match rate {
        Some(rate) => menu.taxes.of_item(rate, &item.field("tax_percent"), findings),
        None => Arc::clone(&menu.taxes.of_the_menu),
    }
}
