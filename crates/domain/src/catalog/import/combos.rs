//! Combos: each part of a combo becomes a forced group whose options are other items of the menu.
//!
//! A combo has a price of its own. `choose: n` asks for exactly n of the items named, at no more than their `extra`.
//! `included: n, max: m` asks for at least n and takes up to m: the first n, in the order chosen, cost their `extra`
//! alone; each one beyond costs what the item costs by itself, plus its `extra`. Odoo, where such menus come from,
//! charges the cheapest item of the part instead of the chosen one's own price. The menu states neither, and a guest
//! who adds the dearest dish at the price of the cheapest would be a loss that nobody decided.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault::ImportProblem;
use super::fields::{Fields, checked_price, checked_text};
use super::findings::{Findings, quoted, some_of};
use super::groups::read_max;
use super::items::Item;
use super::json::Json;
use super::place::Place;
use super::words::{MenuContradiction, MenuThing};
use crate::catalog::limits::{MAX_CHOICES_PER_GROUP, MAX_OPTIONS_PER_GROUP, MAX_PRICE_MINOR};
use crate::catalog::{ModifierGroup, ModifierOption};
use crate::money::{Currency, Money};

/// How many choices a part of a combo takes.
struct Bounds {
    min: u32,
    max: Option<u32>,
    included: Option<u32>,
}

/// Resolves every combo among the items, and gives each its forced groups.
pub(super) fn resolve_combos(items: &mut [Item<'_>], list: &Place<'_>, currency: Currency, findings: &mut Findings) {
    let mut names: BTreeMap<Box<str>, Vec<usize>> = BTreeMap::new();
    if items.iter().any(|item| item.combo.is_some()) {
        for (position, item) in items.iter().enumerate() {
            names.entry(item.product.name.clone()).or_default().push(position);
        }
    }
    for position in 0..items.len() {
        let Some(parts) = items[position].combo else { continue };
        let place = list.index(items[position].index);
        let place = place.field("combo");
        if parts.is_empty() {
            findings.fault(&place, ImportProblem::Empty);
        }
        let mut groups = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter().enumerate() {
            let reader = PartReader { items, names: &names, combo: position, number, currency };
            groups.extend(reader.read(part, &place.index(number), findings));
        }
        items[position].own_groups.append(&mut groups);
    }
}

/// An item named in `of`.
#[derive(Clone, Copy)]
struct Member {
    /// Its place in `of`.
    at: usize,
    /// Its position among the items.
    item: usize,
}

struct PartReader<'a, 'j> {
    items: &'a [Item<'j>],
    names: &'a BTreeMap<Box<str>, Vec<usize>>,
    combo: usize,
    number: usize,
    currency: Currency,
}

impl PartReader<'_, '_> {
    fn read(&self, part: &Json, place: &Place<'_>, findings: &mut Findings) -> Option<ModifierGroup> {
        let mut fields = Fields::open(part, place, findings)?;
        let name = fields.optional_name("name", findings);
        let bounds = read_bounds(&mut fields, findings);
        let members = self.read_members(&mut fields, findings);
        let extras = self.read_extras(&mut fields, &members, findings);
        fields.finish(&["note"], findings);
        let (bounds, extras) = (bounds?, extras?);
        let beyond = bounds.included.is_some_and(|included| bounds.max != Some(included));
        let mut options = Vec::with_capacity(members.len());
        for member in &members {
            options.push(self.option(*member, beyond, &extras, &place.field("of").index(member.at), findings)?);
        }
        if options.is_empty() {
            return None;
        }
        self.note_decisions(&members, beyond, place, findings);
        let combo = &self.items[self.combo].product;
        Some(ModifierGroup {
            id: Arc::from(format!("{}/combo/{}", combo.item_id, self.number + 1)),
            name: name.map_or_else(|| format!("Choice {}", self.number + 1), str::to_owned),
            min: bounds.min,
            max: bounds.max,
            included: bounds.included.filter(|_| beyond),
            owner: Some(combo.id),
            options,
        })
    }

    fn read_members(&self, fields: &mut Fields<'_, '_>, findings: &mut Findings) -> Vec<Member> {
        let stated = fields.required("of", findings);
        let entries = stated.and_then(|_| fields.list("of", MAX_OPTIONS_PER_GROUP, findings));
        let Some(entries) = entries else { return Vec::new() };
        let list = fields.place.field("of");
        if entries.is_empty() {
            findings.fault(&list, ImportProblem::NothingToChoose);
        }
        let mut members: Vec<Member> = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let place = list.index(index);
            let Some(name) = checked_text(entry, &place, findings) else { continue };
            let problem = match self.names.get(name).map(Vec::as_slice) {
                Some([item]) if *item == self.combo => {
                    ImportProblem::Contradiction { rule: MenuContradiction::ComboHoldsItself }
                }
                Some([item]) if members.iter().any(|member| member.item == *item) => ImportProblem::StatedTwice,
                Some([item]) => {
                    members.push(Member { at: index, item: *item });
                    continue;
                }
                Some(_) => ImportProblem::Ambiguous { name: quoted(name) },
                None => ImportProblem::Unknown { kind: MenuThing::Item, name: quoted(name) },
            };
            findings.fault(&place, problem);
        }
        members
    }

    /// Extra prices by the position of their item.
    fn read_extras(
        &self,
        fields: &mut Fields<'_, '_>,
        members: &[Member],
        findings: &mut Findings,
    ) -> Option<BTreeMap<usize, i64>> {
        let Some(value) = fields.take("extra") else { return Some(BTreeMap::new()) };
        let list = fields.place.field("extra");
        // Opened as an object so that an item stated twice is found.
        Fields::open(value, &list, findings)?;
        let Json::Object(entries) = value else { return None };
        let mut extras = BTreeMap::new();
        for (name, price) in entries {
            let place = list.field(name);
            let member = members.iter().find(|member| *self.items[member.item].product.name == **name);
            let Some(member) = member else {
                findings.fault(&place, ImportProblem::Unknown { kind: MenuThing::ItemInChoice, name: quoted(name) });
                continue;
            };
            if let Some(price) = checked_price(price, &place, self.currency, findings) {
                extras.insert(member.item, price);
            }
        }
        Some(extras)
    }

    fn option(
        &self,
        member: Member,
        beyond: bool,
        extras: &BTreeMap<usize, i64>,
        place: &Place<'_>,
        findings: &mut Findings,
    ) -> Option<ModifierOption> {
        let item = &self.items[member.item];
        let extra = extras.get(&member.item).copied().unwrap_or(0);
        let extra_price_minor = if beyond {
            if item.product.open_price || item.has_variants {
                findings.fault(place, ImportProblem::NoOwnPrice { name: quoted(&item.product.name) });
                return None;
            }
            // Two prices of at most twelve digits each can't overflow, but go beyond the limit of one.
            let price = item.product.price_minor + extra;
            if price > MAX_PRICE_MINOR {
                let most = Money::new(MAX_PRICE_MINOR, self.currency).to_decimal_string();
                let text = Money::new(price, self.currency).to_decimal_string();
                findings.fault(place, ImportProblem::OutOfRange { text, least: "0", most });
                return None;
            }
            Some(price)
        } else {
            None
        };
        let product = &item.product;
        Some(ModifierOption {
            id: product.item_id.clone(),
            name: product.name.clone(),
            price_minor: extra,
            extra_price_minor,
            allergens: product.allergens,
        })
    }

    fn note_decisions(&self, members: &[Member], beyond: bool, place: &Place<'_>, findings: &mut Findings) {
        if beyond {
            findings.note(
                place,
                "each choice beyond `included` costs the item's own price, plus its extra; the menu does not say",
            );
        }
        let has_choices =
            |item: &&Item<'_>| item.has_variants || item.combo.is_some() || !item.shared_groups.is_empty();
        let members = || members.iter().map(|member| &self.items[member.item]);
        let with_choices = members().filter(has_choices).map(|item| &*item.product.name).collect::<Vec<_>>();
        if !with_choices.is_empty() {
            let names = some_of(&with_choices);
            findings.note(place, format!("inside the combo these are sold without their own modifiers: {names}"));
        }
        let combo_taxes = &self.items[self.combo].product.tax_ids;
        let taxed_otherwise = members().filter(|item| item.product.tax_ids != *combo_taxes);
        let taxed_otherwise = taxed_otherwise.map(|item| &*item.product.name).collect::<Vec<_>>();
        if !taxed_otherwise.is_empty() {
            let names = some_of(&taxed_otherwise);
            findings.note(place, format!("inside the combo these are taxed as the combo is: {names}"));
        }
    }
}

fn read_bounds(fields: &mut Fields<'_, '_>, findings: &mut Findings) -> Option<Bounds> {
    let choose = fields.whole_number("choose", findings);
    let included = fields.whole_number("included", findings);
    let max_is_stated = fields.take("max").is_some();
    let max = read_max(fields, findings);
    let place = fields.place;
    let (name, min) = match (choose, included) {
        (Some(_), Some(_)) => {
            let rule = MenuContradiction::ChooseAndIncluded;
            findings.fault(place, ImportProblem::Contradiction { rule });
            return None;
        }
        (Some(_), None) if max_is_stated => {
            let rule = MenuContradiction::ChooseHasMax;
            findings.fault(&place.field("max"), ImportProblem::Contradiction { rule });
            return None;
        }
        (Some(choose), None) => ("choose", choose),
        (None, Some(included)) => ("included", included),
        (None, None) => {
            findings.fault(&place.field("choose"), ImportProblem::Missing);
            return None;
        }
    };
    if !(1..=MAX_CHOICES_PER_GROUP).contains(&min) {
        let most = MAX_CHOICES_PER_GROUP.to_string();
        findings.fault(&place.field(name), ImportProblem::OutOfRange { text: min.to_string(), least: "1", most });
        return None;
    }
    if let Some(max) = max.filter(|max| *max < min) {
        let bounds = ImportProblem::Bounds { least_name: "included", least: min, most_name: "max", most: max };
        findings.fault(&place.field("max"), bounds);
        return None;
    }
    // Without `max`, what is included is all there is.
    let max = if max_is_stated { max } else { Some(min) };
    Some(Bounds { min, max, included })
}
