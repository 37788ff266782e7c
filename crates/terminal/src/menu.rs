//! What a menu file holds, for whoever is about to import it. Nothing is written here.

use docket_contracts::command::CheckMenu;
use docket_contracts::view::{MenuCheck, MenuChoice, MenuContent, MenuFault, MenuRemark, MenuTax};
use docket_domain::catalog::import::{ImportFault, ImportNote, ImportProblem, ImportReport, import_menu};
use docket_domain::catalog::limits::{MAX_IMPORT_FAULTS, MAX_MENU_BYTES};
use docket_domain::catalog::{Allergen, Catalogue};
use docket_domain::money::TaxRate;
use serde_json::Value;

use crate::limits::MENU_CHOICES_MAX;

/// Reads a menu as an import would. `currency` is what the shop charges in; none fits every menu.
pub(crate) fn check(input: &CheckMenu, currency: Option<&str>) -> MenuCheck {
    let menus = choices(&input.menu);
    match import_menu(&input.menu, input.menu_id.as_deref()) {
        Ok((catalogue, report)) => {
            let currency_fits = currency.is_none_or(|code| code == catalogue.currency().code());
            MenuCheck { menus, content: Some(content(&catalogue, report)), currency_fits, faults: Vec::new() }
        }
        Err(faults) => {
            let faults = faults.iter().map(fault).collect();
            MenuCheck { menus, content: None, currency_fits: true, faults }
        }
    }
}

/// A fault as a screen gets it.
pub(crate) fn fault(fault: &ImportFault) -> MenuRemark {
    MenuRemark { place: fault.field().to_owned(), text: fault.rule(), fault: Some(typed(&fault.problem)) }
}

fn typed(problem: &ImportProblem) -> MenuFault {
    use ImportProblem as P;
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    match problem.clone() {
        P::NotJson { message } => MenuFault::NotJson { message },
        P::FileTooLarge => MenuFault::FileTooLarge { most: small(MAX_MENU_BYTES) },
        P::SeveralMenus { ids } => MenuFault::SeveralMenus { ids },
        P::UnknownMenu { id, ids } => MenuFault::UnknownMenu { id, ids },
        P::Missing => MenuFault::Missing,
        P::StatedTwice => MenuFault::StatedTwice,
        P::WrongType { expected } => MenuFault::WrongType { expected },
        P::Empty => MenuFault::Empty,
        P::TooLong { max, unit } => MenuFault::TooLong { most: small(max), unit },
        P::ControlCharacters => MenuFault::ControlCharacters,
        P::TooMany { max } => MenuFault::TooMany { most: small(max) },
        P::NotANumber { text } => MenuFault::NotANumber { text },
        P::TooManyDecimals { text, currency } => MenuFault::TooManyDecimals { text, currency: currency.to_owned() },
        P::OutOfRange { text, least, most } => MenuFault::OutOfRange { text, least: least.to_owned(), most },
        P::RateOutOfRange { text } => MenuFault::RateOutOfRange { text, decimals: TaxRate::MAX_DECIMALS },
        P::UnknownCurrency { code } => MenuFault::UnknownCurrency { currency: code },
        P::Unknown { kind, name } => MenuFault::Unknown { kind, name },
        P::UnknownAllergen { code } => {
            MenuFault::UnknownAllergen { text: code, known: Allergen::ALL.map(Allergen::code).join(", ") }
        }
        P::Ambiguous { name } => MenuFault::Ambiguous { name },
        P::Duplicate { kind, id } => MenuFault::Duplicate { kind, id },
        P::Bounds { least_name, least, most_name, most } => {
            MenuFault::Bounds { least_name: least_name.to_owned(), least, most_name: most_name.to_owned(), most }
        }
        P::NothingToChoose => MenuFault::NothingToChoose,
        P::TaxWithoutOrderType { name } => MenuFault::TaxWithoutOrderType { name },
        P::NoOwnPrice { name } => MenuFault::NoOwnPrice { name },
        P::Contradiction { rule } => MenuFault::Contradiction { rule },
        P::Catalogue(error) => MenuFault::NoCatalogue { message: error.to_string() },
        P::MoreFaults => MenuFault::MoreFaults { most: small(MAX_IMPORT_FAULTS) },
    }
}

fn content(catalogue: &Catalogue, report: ImportReport) -> MenuContent {
    let note = |ImportNote { place, text }| MenuRemark { place, text, fault: None };
    let unknown = |place| MenuRemark { place, text: "unknown field, nothing came of it".to_owned(), fault: None };
    let told = report.notes.into_iter().map(note);
    let header = catalogue.header();
    let taxes = header.taxes.iter().map(|tax| MenuTax { name: tax.name.clone(), percent: tax.percent.to_string() });
    MenuContent {
        name: report.menu_name,
        currency: report.currency.code().to_owned(),
        categories: report.counts.categories,
        products: report.counts.products,
        modifier_groups: report.counts.modifier_groups,
        modifier_options: report.counts.modifier_options,
        taxes: taxes.collect(),
        prices_include_tax: header.prices_include_tax,
        notes: told.chain(report.unknown_fields.into_iter().map(unknown)).collect(),
    }
}

/// The menus of a file that has several; the importer says what is wrong with a file that can't be read.
fn choices(text: &str) -> Vec<MenuChoice> {
    let Ok(file) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let menus = file["menus"].as_array().map(Vec::as_slice).unwrap_or_default();
    if menus.len() < 2 {
        return Vec::new();
    }
    let choice = |menu: &Value| {
        let id = menu["id"].as_str()?.to_owned();
        let name = menu["name"].as_str().unwrap_or(&id).to_owned();
        Some(MenuChoice { id, name })
    };
    menus.iter().filter_map(choice).take(MENU_CHOICES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MENUS: &str = include_str!("../../domain/tests/fixtures/menus.json");

    fn checked(menu: &str, menu_id: Option<&str>, currency: Option<&str>) -> MenuCheck {
        let input = CheckMenu { menu: menu.to_owned(), menu_id: menu_id.map(str::to_owned), currency: None };
        check(&input, currency)
    }

    #[test]
    fn a_file_of_several_menus_offers_them_and_holds_what_an_import_would_bring() {
        let several = checked(MENUS, None, Some("EUR"));
        assert!(several.content.is_none() && several.faults.len() == 1, "{:?}", several.faults);
        let one = several.menus.iter().find(|menu| menu.id == "pizza-place").expect("it is in the file");
        let found = checked(MENUS, Some(&one.id), Some("EUR"));
        assert!(!found.currency_fits, "its prices are dollars");
        let (_, report) = import_menu(MENUS, Some(&one.id)).expect("no fault");
        let content = found.content.expect("no fault");
        assert_eq!((content.products, content.categories), (report.counts.products, report.counts.categories));
        assert_eq!((content.name, content.currency), (one.name.clone(), "USD".to_owned()));
        assert!(checked(MENUS, Some(&one.id), Some("USD")).currency_fits);
    }

    #[test]
    fn every_fault_has_its_place() {
        let found = checked("{\n  \"id\": 7,\n}", None, None);
        assert_eq!(found.faults[0].place, "line 3, column 1", "{:?}", found.faults);
        let found = checked(
            "{\"id\": \"m\", \"name\": \"M\", \"currency\": \"EUR\", \"items\": [{\"price\": \"1.005\"}]}",
            None,
            None,
        );
        let places: Vec<_> = found.faults.iter().map(|fault| fault.place.as_str()).collect();
        assert!(places.contains(&"items[0].price") && places.contains(&"items[0].name"), "{places:?}");
        assert!(found.content.is_none() && found.menus.is_empty());
        let price = found.faults.iter().find(|fault| fault.place == "items[0].price").expect("it is there");
        let expected = MenuFault::TooManyDecimals { text: "1.005".into(), currency: "EUR".into() };
        assert_eq!(price.fault, Some(expected), "{}", price.text);
    }
}
