//! The menu importer.

use docket_domain::catalog::document::{assemble, split};
use docket_domain::catalog::import::{ImportFault, ImportProblem, ImportReport, import_menu};
use docket_domain::catalog::limits::{MAX_IMPORT_FAULTS, MAX_PART_BYTES, MAX_PART_ENTRIES, MAX_PRICE_MINOR};
use docket_domain::catalog::{Catalogue, LineRequest, Product, Selection};
use docket_domain::money::Quantity;

use crate::refusal;

/// The menu that is asked for in a file of several.
const NAMED: &str = "a";
/// Products whose lines are priced.
const PRICED: usize = 20;

/// Imports the text unnamed and by name: it becomes a catalogue that survives its document, or it has faults with
/// places.
pub fn check(data: &[u8]) {
    let Some(text) = crate::text(data) else { return };
    for menu_id in [None, Some(NAMED)] {
        match import_menu(text, menu_id) {
            Ok((catalogue, report)) => {
                counts_are_right(&catalogue, &report);
                documents_agree(&catalogue);
                catalogue.products().iter().take(PRICED).for_each(|product| lines_have_prices(&catalogue, product));
            }
            Err(faults) => faults_are_named(&faults),
        }
    }
}

fn faults_are_named(faults: &[ImportFault]) {
    assert!(!faults.is_empty() && faults.len() <= MAX_IMPORT_FAULTS + 1, "{} faults", faults.len());
    for (place, fault) in faults.iter().enumerate() {
        refusal::check(fault.field(), &fault.rule());
        let last = place + 1 == faults.len();
        assert!(last || fault.problem != ImportProblem::MoreFaults, "faults after the last");
    }
}

fn counts_are_right(catalogue: &Catalogue, report: &ImportReport) {
    let counted = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    assert_eq!(counted(report.counts.products), catalogue.products().len(), "every item is a product");
    assert_eq!(counted(report.counts.categories), catalogue.categories().len());
    assert_eq!(counted(report.counts.taxes), catalogue.header().taxes.len());
    assert_eq!(report.currency, catalogue.currency());
    assert!(!catalogue.products().is_empty(), "a menu without items is a fault");
}

fn documents_agree(catalogue: &Catalogue) {
    let (manifest, parts) = split(catalogue);
    assert!(parts.iter().all(|part| part.bytes().len() <= MAX_PART_BYTES));
    assert!(catalogue.products().len() <= parts.len() * MAX_PART_ENTRIES);
    let again = assemble(&manifest, &parts).expect("a document that was just cut");
    assert_eq!(again, *catalogue, "a catalogue is what its document says");
    let (manifest_again, parts_again) = split(&again);
    assert_eq!((manifest_again.bytes(), &parts_again), (manifest.bytes(), &parts), "equal catalogues, equal bytes");
}

fn lines_have_prices(catalogue: &Catalogue, product: &Product) {
    let mut selections = Vec::new();
    for group in catalogue.groups_of(product) {
        let forced = usize::try_from(group.min).unwrap_or(usize::MAX).min(100);
        for option in group.options.iter().cycle().take(forced) {
            selections.push(Selection { group_id: group.id.to_string(), option_id: option.id.to_string(), count: 1 });
        }
    }
    let request = LineRequest {
        product_id: product.id,
        quantity: Quantity::ONE,
        selections: &selections,
        open_price_minor: product.open_price.then_some(500),
        note: None,
    };
    match catalogue.line_content(&request) {
        Ok(content) => {
            let price = content.modifiers.iter().map(|modifier| modifier.price_minor).sum::<i64>();
            assert!((content.unit_price_minor + price).abs() <= MAX_PRICE_MINOR, "a unit at {price}");
            assert_eq!(content.name, *product.name);
        }
        Err(rejection) => refusal::check(product.name.as_ref(), &rejection.to_string()),
    }
}
