//! One menu: what it says once for all its items, and the items put together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::combos::resolve_combos;
use super::fault::ImportProblem;
use super::fields::{Fields, checked_text};
use super::findings::{Findings, count, quoted, some_of};
use super::groups::read_groups;
use super::items::{Item, Menu, read_items};
use super::place::Place;
use super::taxes::MenuTaxes;
use super::words::MenuThing;
use crate::catalog::limits::{MAX_GROUPS_PER_PRODUCT, MAX_PRODUCTS};
use crate::catalog::{CatalogueContent, CatalogueHeader, ModifierGroup, Product, ServiceChargeRule};
use crate::money::Currency;
use crate::pricing::Policy;

/// Fields of a menu that only inform.
const INFORMATIONAL: &[&str] =
    &["about", "cuisine", "currency_note", "prices_include_tax_note", "source", "certainty", "note"];

pub(super) fn read_menu(mut fields: Fields<'_, '_>, findings: &mut Findings) -> Option<CatalogueContent> {
    let place = *fields.place;
    let id = fields.id(findings);
    let name = fields.name("name", findings);
    let currency = read_currency(&mut fields, findings);
    let prices_include_tax = read_prices_include_tax(&mut fields, findings);
    let taxes = MenuTaxes::read(&mut fields, findings);
    let service_charge = read_service_charge(&mut fields, &taxes, findings);
    // Without a currency no price can be read, and each one would be a fault of the same cause.
    let currency = currency?;
    let (mut groups, shared_group_ids) = read_groups(&mut fields, currency, findings);
    let list = place.field("items");
    let entries = fields.required("items", findings).and_then(|_| fields.list("items", MAX_PRODUCTS, findings));
    fields.finish(INFORMATIONAL, findings);
    let entries = entries?;
    if entries.is_empty() {
        findings.fault(&list, ImportProblem::Empty);
    }
    let mut menu = Menu {
        // A menu without an id has its fault already; its items are read all the same, to find theirs.
        id: id.unwrap_or_default(),
        currency,
        taxes,
        shared_group_ids,
        categories: Vec::new(),
        category_ids: BTreeMap::new(),
        labels: BTreeMap::new(),
    };
    let mut items = read_items(entries, &list, &mut menu, findings);
    // An item with a fault is not in the list, and a combo that names it would be a second fault of the same cause.
    if findings.faults.is_empty() {
        resolve_combos(&mut items, &list, currency, findings);
    }
    report(&items, &menu, prices_include_tax, &place, findings);
    let products = take_products(items, &menu, &list, &mut groups, findings);
    let header = CatalogueHeader {
        version: 1,
        menu_id: id?.to_owned(),
        name: name?.to_owned(),
        currency,
        prices_include_tax,
        policy: Policy::default(),
        taxes: menu.taxes.list,
        service_charge,
        categories: menu.categories,
    };
    Some(CatalogueContent { header, modifier_groups: groups, products })
}

fn read_currency(fields: &mut Fields<'_, '_>, findings: &mut Findings) -> Option<Currency> {
    let value = fields.required("currency", findings)?;
    let place = fields.place.field("currency");
    let code = checked_text(value, &place, findings)?;
    let currency = Currency::try_from_code(code).ok();
    if currency.is_none() {
        findings.fault(&place, ImportProblem::UnknownCurrency { code: quoted(code) });
    }
    currency
}

fn read_prices_include_tax(fields: &mut Fields<'_, '_>, findings: &mut Findings) -> bool {
    let name = "prices_include_tax";
    if fields.take(name).is_none() {
        findings.note(&fields.place.field(name), "not stated: taxes are added to the prices");
        return false;
    }
    fields.flag(name, findings).unwrap_or(false)
}

fn read_service_charge(
    fields: &mut Fields<'_, '_>,
    taxes: &MenuTaxes,
    findings: &mut Findings,
) -> Option<ServiceChargeRule> {
    let percent = fields.optional_rate("service_charge_percent", findings)?;
    let how = if taxes.list.is_empty() { "the menu has no tax for it" } else { "it bears the menu's taxes" };
    findings.note(
        &fields.place.field("service_charge_percent"),
        format!("{percent} % of the lines is a line of its own; {how}"),
    );
    Some(ServiceChargeRule {
        name: "Service charge".to_owned(),
        percent,
        tax_ids: taxes.of_the_menu.iter().map(Arc::clone).collect(),
    })
}

/// Counts, and says what was decided where the menu leaves something open.
fn report(items: &[Item<'_>], menu: &Menu<'_>, prices_include_tax: bool, place: &Place<'_>, findings: &mut Findings) {
    let list = place.field("items");
    let names_of = |wanted: fn(&Item<'_>) -> bool| {
        items.iter().filter(|item| wanted(item)).map(|item| &*item.product.name).collect::<Vec<_>>()
    };
    let open = names_of(|item| item.product.open_price);
    if !open.is_empty() {
        let text = format!("{} at 0.00 have an open price that the till asks for: {}", open.len(), some_of(&open));
        findings.note(&list, text);
    }
    if menu.taxes.list.is_empty() {
        let text = if prices_include_tax {
            "the menu says that prices include tax and states none: nothing is taxed"
        } else {
            "the menu states no tax: nothing is taxed"
        };
        findings.note(&place.field("taxes"), text);
    }
    let silent = names_of(|item| !item.states_tax);
    if silent.len() < items.len() && !silent.is_empty() {
        let how = if menu.taxes.of_the_menu.is_empty() { "are not taxed" } else { "bear the menu's taxes" };
        let text = format!("{} without tax_percent {how}: {}", silent.len(), some_of(&silent));
        findings.note(&list, text);
    }
    let declared = items.iter().filter(|item| !item.product.allergens.is_empty()).count();
    if declared > 0 {
        let text = format!("{declared} of {} state allergens; of the others nothing is known", items.len());
        findings.note(&list, text);
    }
    let sized = items.iter().filter(|item| item.has_variants).filter_map(|item| item.own_groups.first());
    let sizes = sized.map(|group| group.options.len()).collect::<Vec<_>>();
    if !sizes.is_empty() {
        findings.note(&list, "sizes are a forced choice that has the whole price; the item itself costs 0");
    }
    let counts = &mut findings.counts;
    counts.products = count(items.len());
    counts.categories = count(menu.categories.len());
    counts.open_prices = count(open.len());
    counts.products_with_variants = count(sizes.len());
    counts.variants = count(sizes.iter().sum());
    counts.combos = count(items.iter().filter(|item| item.combo.is_some()).count());
    counts.taxes = count(menu.taxes.list.len());
}

/// Gives each product its groups: sizes and combo choices first, then what it shares.
fn take_products(
    items: Vec<Item<'_>>,
    menu: &Menu<'_>,
    list: &Place<'_>,
    groups: &mut Vec<ModifierGroup>,
    findings: &mut Findings,
) -> Vec<Product> {
    let mut products = Vec::with_capacity(items.len());
    for item in items {
        let Item { index, mut product, own_groups, shared_groups, .. } = item;
        let place = list.index(index);
        if own_groups.len() + shared_groups.len() > MAX_GROUPS_PER_PRODUCT {
            findings.fault(&place.field("modifier_groups"), ImportProblem::TooMany { max: MAX_GROUPS_PER_PRODUCT });
        }
        for group in own_groups.iter().filter(|group| menu.shared_group_ids.contains(&group.id)) {
            let id = quoted(&group.id);
            findings.fault(&place, ImportProblem::Duplicate { kind: MenuThing::ModifierGroup, id });
        }
        let own_ids = own_groups.iter().map(|group| Arc::clone(&group.id));
        product.modifier_group_ids = own_ids.chain(shared_groups).collect();
        groups.extend(own_groups);
        products.push(product);
    }
    products
}
