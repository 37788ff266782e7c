//! The taxes of a menu, and which order types each is for.
//!
//! - No tax stated: none is taken, and the report says so.
//! - One tax: it holds for every order type, whatever it is called.
//! - Several: each name says when it applies (the table in [`order_types_of_name`]), or its `order_types` do.
//! - An item's `tax_percent` replaces the menu's taxes for that item and holds for every order type; an item without
//!   one has the menu's taxes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fault::ImportProblem;
use super::fields::{Fields, checked_text};
use super::findings::{Findings, quoted};
use super::json::Json;
use super::place::Place;
use super::words::{MenuShape, MenuThing};
use crate::catalog::limits::MAX_TAXES;
use crate::catalog::{IdList, Tax};
use crate::money::TaxRate;
use crate::order::line::OrderType;

/// The order types that a tax's name speaks of. Case, spaces and hyphens don't matter. What is eaten in the house may
/// be ordered at the counter or at a table.
fn order_types_of_name(name: &str) -> Option<Vec<OrderType>> {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase);
    match letters.collect::<String>().as_str() {
        "eatin" | "dinein" | "inhouse" | "forhere" | "onpremises" => Some(vec![OrderType::Counter, OrderType::DineIn]),
        "takeaway" | "takeout" | "togo" | "carryout" => Some(vec![OrderType::TakeAway]),
        _ => None,
    }
}

fn order_type(word: &str) -> Option<OrderType> {
    match word {
        "counter" => Some(OrderType::Counter),
        "dine_in" => Some(OrderType::DineIn),
        "take_away" => Some(OrderType::TakeAway),
        _ => None,
    }
}

/// How the report writes an order type.
fn spoken(order_type: OrderType) -> &'static str {
    match order_type {
        OrderType::Counter => "counter",
        OrderType::DineIn => "dine-in",
        OrderType::TakeAway => "take-away",
    }
}

/// The taxes that an import has met.
pub(super) struct MenuTaxes {
    pub(super) list: Vec<Tax>,
    /// What an item without `tax_percent` bears.
    pub(super) of_the_menu: IdList,
    of_items: BTreeMap<TaxRate, IdList>,
}

impl MenuTaxes {
    pub(super) fn read(fields: &mut Fields<'_, '_>, findings: &mut Findings) -> Self {
        let place = fields.place.field("taxes");
        let entries = fields.list("taxes", MAX_TAXES, findings).unwrap_or_default();
        let several = entries.len() > 1;
        let mut list: Vec<Tax> = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let place = place.index(index);
            let Some(tax) = read_tax(entry, &place, several, findings) else { continue };
            if list.iter().any(|known| known.id == tax.id) {
                findings.fault(&place, ImportProblem::Duplicate { kind: MenuThing::Tax, id: quoted(&tax.id) });
                continue;
            }
            let when = match tax.order_types.as_slice() {
                [] => "every order type".to_owned(),
                some => some.iter().copied().map(spoken).collect::<Vec<_>>().join(", "),
            };
            findings.note(&place, format!("{} {} % applies to {when}", tax.name, tax.percent));
            list.push(tax);
        }
        let of_the_menu = list.iter().map(|tax| Arc::clone(&tax.id)).collect();
        Self { list, of_the_menu, of_items: BTreeMap::new() }
    }

    /// The taxes of an item that states its own percentage: the menu's tax of that rate, if it holds for every order
    /// type, else one of its own.
    pub(super) fn of_item(&mut self, rate: TaxRate, place: &Place<'_>, findings: &mut Findings) -> IdList {
        if let Some(known) = self.of_items.get(&rate) {
            return Arc::clone(known);
        }
        let listed = self.list.iter().find(|tax| tax.percent == rate && tax.order_types.is_empty());
        let id = match listed {
            Some(tax) => Arc::clone(&tax.id),
            None => self.add(rate, place, findings),
        };
        let ids: IdList = Arc::from([id]);
        self.of_items.insert(rate, Arc::clone(&ids));
        ids
    }

    fn add(&mut self, rate: TaxRate, place: &Place<'_>, findings: &mut Findings) -> Arc<str> {
        let mut id: Arc<str> = Arc::from(format!("{rate} %"));
        while self.list.iter().any(|tax| tax.id == id) {
            id = Arc::from(format!("{id} (item)"));
        }
        if self.list.len() == MAX_TAXES {
            findings.fault(place, ImportProblem::TooMany { max: MAX_TAXES });
        } else {
            findings.note(place, format!("{rate} % is stated by items and applies to every order type"));
            self.list.push(Tax { id: Arc::clone(&id), name: "Tax".to_owned(), percent: rate, order_types: Vec::new() });
        }
        id
    }
}

fn read_tax(entry: &Json, place: &Place<'_>, several: bool, findings: &mut Findings) -> Option<Tax> {
    let mut fields = Fields::open(entry, place, findings)?;
    let name = fields.name("name", findings);
    let percent = match fields.required("percent", findings) {
        Some(_) => fields.optional_rate("percent", findings),
        None => None,
    };
    let stated = read_order_types(&mut fields, findings);
    fields.finish(&["note"], findings);
    let (name, percent) = (name?, percent?);
    let order_types = match (stated, several) {
        (Some(stated), _) => stated,
        (None, false) => Vec::new(),
        (None, true) => order_types_of_name(name).or_else(|| {
            findings.fault(&place.field("name"), ImportProblem::TaxWithoutOrderType { name: quoted(name) });
            None
        })?,
    };
    Some(Tax { id: Arc::from(name), name: name.to_owned(), percent, order_types })
}

fn read_order_types(fields: &mut Fields<'_, '_>, findings: &mut Findings) -> Option<Vec<OrderType>> {
    let entries = fields.list("order_types", 3, findings)?;
    let list = fields.place.field("order_types");
    let mut order_types = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let place = list.index(index);
        let Some(word) = checked_text(entry, &place, findings) else { continue };
        match order_type(word) {
            Some(order_type) if !order_types.contains(&order_type) => order_types.push(order_type),
            Some(_) => findings.fault(&place, ImportProblem::StatedTwice),
            None => {
                let expected = MenuShape::OrderType;
                findings.fault(&place, ImportProblem::WrongType { expected });
            }
        }
    }
    Some(order_types)
}
