//! The modifier groups of a menu, and the forced groups that sizes become.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::allergens::read_allergens;
use super::fault::ImportProblem;
use super::fields::Fields;
use super::findings::{Findings, count, quoted};
use super::json::Json;
use super::place::Place;
use super::words::MenuThing;
use crate::catalog::limits::{MAX_CHOICES_PER_GROUP, MAX_OPTIONS_PER_GROUP, MAX_SHARED_GROUPS};
use crate::catalog::{Allergens, ModifierGroup, ModifierOption};
use crate::ids::ProductId;
use crate::money::Currency;

/// Reads the groups that items share. A group with a fault is left out, which the items that name it don't repeat.
pub(super) fn read_groups(
    fields: &mut Fields<'_, '_>,
    currency: Currency,
    findings: &mut Findings,
) -> (Vec<ModifierGroup>, BTreeSet<Arc<str>>) {
    let entries = fields.list("modifier_groups", MAX_SHARED_GROUPS, findings).unwrap_or_default();
    let list = fields.place.field("modifier_groups");
    let mut groups = Vec::with_capacity(entries.len());
    let mut known_ids = BTreeSet::new();
    for (index, entry) in entries.iter().enumerate() {
        if findings.is_full() {
            break;
        }
        let place = list.index(index);
        let Some(mut fields) = Fields::open(entry, &place, findings) else { continue };
        let Some(id) = fields.id(findings).map(Arc::<str>::from) else { continue };
        if !known_ids.insert(Arc::clone(&id)) {
            findings.fault(
                &place.field("id"),
                ImportProblem::Duplicate { kind: MenuThing::ModifierGroup, id: quoted(&id) },
            );
        }
        groups.extend(read_group(id, fields, currency, findings));
    }
    findings.counts.modifier_groups = count(groups.len());
    findings.counts.modifier_options = count(groups.iter().map(|group| group.options.len()).sum());
    if groups.iter().flat_map(|group| &group.options).any(|option| option.extra_price_minor.is_some()) {
        findings.note(
            &list,
            "extra_price is the price of each choice beyond max; an option that has one, even 0, may go beyond",
        );
    }
    (groups, known_ids)
}

fn read_group(
    id: Arc<str>,
    mut fields: Fields<'_, '_>,
    currency: Currency,
    findings: &mut Findings,
) -> Option<ModifierGroup> {
    let place = *fields.place;
    let name = fields.name("name", findings);
    let min = fields.whole_number("min", findings).unwrap_or(0);
    let max = read_max(&mut fields, findings);
    let options = read_options(&mut fields, currency, findings);
    fields.finish(&["note"], findings);
    if min > MAX_CHOICES_PER_GROUP {
        let most = MAX_CHOICES_PER_GROUP.to_string();
        findings.fault(&place.field("min"), ImportProblem::OutOfRange { text: min.to_string(), least: "0", most });
        return None;
    }
    if min > 0 && options.as_ref().is_some_and(Vec::is_empty) {
        findings.fault(&place.field("options"), ImportProblem::NothingToChoose);
        return None;
    }
    if let Some(max) = max.filter(|max| *max < min) {
        let bounds = ImportProblem::Bounds { least_name: "min", least: min, most_name: "max", most: max };
        findings.fault(&place.field("min"), bounds);
        return None;
    }
    Some(ModifierGroup { id, name: name?.to_owned(), min, max, included: None, owner: None, options: options? })
}

/// The upper bound: absent, null and 0 mean that there is none.
pub(super) fn read_max(fields: &mut Fields<'_, '_>, findings: &mut Findings) -> Option<u32> {
    let max = fields.whole_number("max", findings);
    if max == Some(0) {
        findings.note(&fields.place.field("max"), "0 is read as no upper limit");
    }
    max.filter(|max| *max > 0)
}

fn read_options(
    fields: &mut Fields<'_, '_>,
    currency: Currency,
    findings: &mut Findings,
) -> Option<Vec<ModifierOption>> {
    let list = fields.place.field("options");
    fields.required("options", findings)?;
    let entries = fields.list("options", MAX_OPTIONS_PER_GROUP, findings)?;
    let mut options: Vec<ModifierOption> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let place = list.index(index);
        let Some(option) = read_option(entry, &place, currency, findings) else { continue };
        if options.iter().any(|known| known.id == option.id) {
            findings.fault(&place, ImportProblem::Duplicate { kind: MenuThing::Option, id: quoted(&option.id) });
            continue;
        }
        options.push(option);
    }
    // Where an option had a fault the import fails anyway, and an empty list would only be a second fault of one cause.
    (options.len() == entries.len()).then_some(options)
}

/// An option has its name for an id, unless it states one.
fn read_option(entry: &Json, place: &Place<'_>, currency: Currency, findings: &mut Findings) -> Option<ModifierOption> {
    let mut fields = Fields::open(entry, place, findings)?;
    let name = fields.name("name", findings);
    let id = fields.optional_id(findings);
    let price_minor = fields.price("price", currency, findings);
    let extra_price_minor = fields.optional_price("extra_price", currency, findings);
    let allergens = read_allergens(&mut fields, findings);
    fields.finish(&["note"], findings);
    let name = name?;
    Some(ModifierOption {
        id: id.unwrap_or(name).into(),
        name: name.into(),
        price_minor: price_minor?,
        extra_price_minor,
        allergens,
    })
}

/// Sizes become a forced group of one choice. The product itself costs nothing and each size its whole price, so that a
/// receipt reads `Hawaiian, L 16.50`.
pub(super) fn read_variants(
    entries: &[Json],
    owner: (ProductId, &str),
    list: &Place<'_>,
    currency: Currency,
    findings: &mut Findings,
) -> Option<ModifierGroup> {
    if entries.is_empty() {
        findings.fault(list, ImportProblem::Empty);
        return None;
    }
    let mut options: Vec<ModifierOption> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let place = list.index(index);
        let Some(mut fields) = Fields::open(entry, &place, findings) else { continue };
        let size = fields.name("size", findings);
        let price_minor = fields.price("price", currency, findings);
        fields.finish(&["note"], findings);
        let (Some(size), Some(price_minor)) = (size, price_minor) else { continue };
        if options.iter().any(|known| *known.id == *size) {
            findings.fault(&place.field("size"), ImportProblem::Duplicate { kind: MenuThing::Size, id: quoted(size) });
            continue;
        }
        options.push(ModifierOption {
            id: size.into(),
            name: size.into(),
            price_minor,
            extra_price_minor: None,
            allergens: Allergens::default(),
        });
    }
    let (product_id, item_id) = owner;
    Some(ModifierGroup {
        id: Arc::from(format!("{item_id}/size")),
        name: "Size".to_owned(),
        min: 1,
        max: Some(1),
        included: None,
        owner: Some(product_id),
        options,
    })
}
