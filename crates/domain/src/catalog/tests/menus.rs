//! The nine menus import completely.

use std::collections::BTreeMap;

use super::{NINE_MENUS, imported, product};
use crate::catalog::import::{ImportCounts, ImportReport, import_menu};
use crate::order::line::OrderType;

/// Counted from the file with other tools than the importer. Four of the noted fields are those of the file itself.
fn expected() -> BTreeMap<&'static str, ImportCounts> {
    let none = ImportCounts::default();
    BTreeMap::from([
        (
            "odoo-restaurant",
            ImportCounts {
                products: 26,
                categories: 3,
                combos: 2,
                modifier_groups: 3,
                modifier_options: 12,
                noted_fields: 11,
                ..none
            },
        ),
        ("odoo-bar", ImportCounts { products: 10, categories: 1, noted_fields: 8, ..none }),
        (
            "floreant-diner",
            ImportCounts {
                products: 52,
                categories: 6,
                open_prices: 3,
                modifier_groups: 9,
                modifier_options: 29,
                taxes: 1,
                noted_fields: 9,
                ..none
            },
        ),
        (
            "saizeriya",
            ImportCounts {
                products: 121,
                categories: 15,
                modifier_groups: 2,
                modifier_options: 2,
                taxes: 2,
                noted_fields: 8,
                ..none
            },
        ),
        (
            "pizza-place",
            ImportCounts {
                products: 32,
                categories: 4,
                products_with_variants: 32,
                variants: 91,
                noted_fields: 7,
                ..none
            },
        ),
        (
            "chipotle-orders",
            ImportCounts {
                products: 37,
                categories: 3,
                modifier_groups: 5,
                modifier_options: 27,
                noted_fields: 8,
                ..none
            },
        ),
        ("samba-turkish", ImportCounts { products: 47, categories: 9, noted_fields: 8, ..none }),
        ("kuwait-sushi", ImportCounts { products: 6, categories: 5, noted_fields: 7, ..none }),
        (
            "clover-salads",
            ImportCounts {
                products: 2,
                categories: 1,
                modifier_groups: 1,
                modifier_options: 2,
                noted_fields: 7,
                ..none
            },
        ),
    ])
}

#[test]
fn every_menu_imports_to_the_last_option() {
    for (menu_id, counts) in expected() {
        let (catalogue, report) = imported(menu_id);
        assert_eq!(report.counts, counts, "{menu_id}");
        assert_eq!(report.unknown_fields, Vec::<String>::new(), "{menu_id}");
        assert_eq!(catalogue.products().len(), usize::try_from(counts.products).unwrap(), "{menu_id}");
    }
}

#[test]
fn the_nine_together_have_the_numbers_that_the_file_states() {
    let all = expected().keys().map(|menu_id| imported(menu_id).1.counts).collect::<Vec<_>>();
    let sum = |count: fn(&ImportCounts) -> u32| all.iter().map(count).sum::<u32>();
    assert_eq!(sum(|counts| counts.products), 333);
    assert_eq!(sum(|counts| counts.products - counts.products_with_variants + counts.variants), 392);
    assert_eq!(sum(|counts| counts.modifier_groups), 20);
    assert_eq!(sum(|counts| counts.modifier_options), 72);
}

fn note_at<'a>(report: &'a ImportReport, place: &str) -> &'a str {
    let note = report.notes.iter().find(|note| note.place.ends_with(place));
    &note.unwrap_or_else(|| panic!("no note at {place}: {:#?}", report.notes)).text
}

#[test]
fn a_menu_without_a_tax_gets_none_and_the_report_says_so() {
    let (catalogue, report) = imported("odoo-bar");
    assert!(catalogue.products().iter().all(|product| product.tax_ids.is_empty()));
    assert_eq!(note_at(&report, "taxes"), "the menu states no tax: nothing is taxed");
    let (_, report) = imported("samba-turkish");
    assert!(note_at(&report, "taxes").contains("prices include tax and states none"));
}

#[test]
fn two_taxes_go_by_the_order_types_in_their_names() {
    let (catalogue, report) = imported("saizeriya");
    let taxes = &catalogue.header().taxes;
    let shown = taxes.iter().map(|tax| (tax.percent.to_string(), tax.order_types.clone())).collect::<Vec<_>>();
    let eat_in = vec![OrderType::Counter, OrderType::DineIn];
    assert_eq!(shown, [("10".to_owned(), eat_in), ("8".to_owned(), vec![OrderType::TakeAway])]);
    assert!(catalogue.header().prices_include_tax);
    assert!(catalogue.products().iter().all(|product| product.tax_ids.len() == 2 && product.calories.is_some()));
    assert_eq!(note_at(&report, "taxes[1]"), "take-away 8 % applies to take-away");
}

#[test]
fn one_tax_holds_for_every_order_type_and_for_items_that_state_none() {
    let (catalogue, report) = imported("floreant-diner");
    assert!(catalogue.header().taxes[0].order_types.is_empty());
    assert!(catalogue.products().iter().all(|product| *product.tax_ids == ["US".into()]));
    let note = report.notes.iter().find(|note| note.text.contains("without tax_percent")).unwrap();
    assert!(note.text.starts_with("3 without tax_percent bear the menu's taxes: "), "{}", note.text);
}

#[test]
fn a_price_of_nothing_is_asked_for_at_the_till() {
    let (catalogue, report) = imported("floreant-diner");
    let open = catalogue.products().iter().filter(|product| product.open_price);
    let open = open.map(|product| &*product.name).collect::<Vec<_>>();
    assert_eq!(open, ["4 Vines Calif", "Ice Tea", "Mozzarella Stick"]);
    assert!(report.notes.iter().any(|note| note.text.starts_with("3 at 0.00 have an open price")));
}

#[test]
fn max_of_zero_or_null_is_no_upper_limit() {
    let (catalogue, report) = imported("floreant-diner");
    let biscuits = catalogue.modifier_group("biscuits-1-0").unwrap();
    assert_eq!((biscuits.min, biscuits.max), (1, None));
    assert_eq!(note_at(&report, "modifier_groups[3].max"), "0 is read as no upper limit");
    let (catalogue, _) = imported("clover-salads");
    assert_eq!(catalogue.modifier_group("add").unwrap().max, None);
}

#[test]
fn a_group_that_offers_nothing_is_kept_where_it_forces_nothing() {
    let (catalogue, _) = imported("floreant-diner");
    assert!(catalogue.modifier_group("butter-0-1").unwrap().options.is_empty());
}

#[test]
fn sizes_are_a_forced_choice_that_has_the_whole_price() {
    let (catalogue, _) = imported("pizza-place");
    let greek = product(&catalogue, "Greek");
    assert_eq!((greek.price_minor, greek.open_price), (0, false));
    let sizes = catalogue.groups_of(greek).collect::<Vec<_>>();
    assert_eq!((sizes.len(), sizes[0].min, sizes[0].max, &*sizes[0].name), (1, 1, Some(1), "Size"));
    let prices = sizes[0].options.iter().map(|option| (&*option.name, option.price_minor)).collect::<Vec<_>>();
    assert_eq!(prices, [("S", 1200), ("M", 1600), ("L", 2050), ("XL", 2550), ("XXL", 3595)]);
}

#[test]
fn a_combo_asks_for_its_parts_and_names_what_was_decided() {
    let (catalogue, report) = imported("odoo-restaurant");
    let combo = product(&catalogue, "Sushi Lunch Combo");
    assert_eq!(combo.price_minor, 2000);
    let parts = catalogue.groups_of(combo).collect::<Vec<_>>();
    assert_eq!((parts[0].min, parts[0].max, parts[0].included), (1, Some(1), None));
    assert_eq!((parts[1].min, parts[1].max, parts[1].included), (2, Some(4), Some(2)));
    let temaki = parts[1].options.iter().find(|option| &*option.name == "Lunch Temaki mix 3pc").unwrap();
    assert_eq!((temaki.price_minor, temaki.extra_price_minor), (100, Some(1500)));
    assert!(note_at(&report, "items[25].combo[1]").contains("beyond `included`"));
    assert!(note_at(&report, "items[24].combo[1]").ends_with("Cheese Burger, Bacon Burger"));
}

#[test]
fn a_service_charge_is_part_of_the_terms() {
    let (catalogue, _) = imported("kuwait-sushi");
    let terms = catalogue.terms();
    assert_eq!(terms.currency.code(), "KWD");
    let charge = terms.service_charge.unwrap();
    assert_eq!((charge.percent.to_string(), charge.taxes.len()), ("15".to_owned(), 0));
    assert_eq!(product(&catalogue, "Shitake Mushroom").price_minor, 2_950);
}

#[test]
fn fields_that_only_inform_are_listed_with_their_value() {
    let (_, report) = imported("odoo-restaurant");
    let noted = report.noted_fields.iter().map(|note| note.place.trim_start_matches("menus[0].")).collect::<Vec<_>>();
    assert!(noted.contains(&"items[24].tax") && noted.contains(&"cuisine") && noted.contains(&"source"), "{noted:?}");
    assert!(report.noted_fields.iter().any(|note| note.text == "none in the demo"));
}

#[test]
fn the_same_menu_gives_the_same_catalogue() {
    for menu_id in expected().keys() {
        assert_eq!(imported(menu_id).0, imported(menu_id).0);
    }
}

#[test]
fn a_file_of_several_menus_asks_for_one_and_names_them() {
    let faults = import_menu(NINE_MENUS, None).unwrap_err();
    assert_eq!((faults.len(), faults[0].code(), faults[0].field()), (1, "menu_not_named", "menus"));
    assert!(faults[0].rule().contains("odoo-restaurant") && faults[0].rule().contains("clover-salads"));
    let faults = import_menu(NINE_MENUS, Some("pizzeria")).unwrap_err();
    assert_eq!(faults[0].code(), "unknown_menu");
}
