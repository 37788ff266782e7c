//! Laws that hold for whatever is typed or tapped.

use proptest::prelude::*;
use serde_json::Value;

use super::{NINE_MENUS, imported};
use crate::catalog::import::import_menu;
use crate::catalog::{Catalogue, LineRequest, ModifierGroup, Selection};
use crate::money::Quantity;

/// Menus with every feature of the format: combos, modifiers and taxes by item, sizes, taxes by order type.
const MENUS: [&str; 4] = ["odoo-restaurant", "floreant-diner", "pizza-place", "saizeriya"];

/// A menu cut to few items, so that a mutation hits something.
fn small_menu(id: &str) -> Value {
    let file: Value = serde_json::from_str(NINE_MENUS).unwrap();
    let mut menu = file["menus"].as_array().unwrap().iter().find(|menu| menu["id"] == id).unwrap().clone();
    if id != "odoo-restaurant" {
        menu["items"].as_array_mut().unwrap().truncate(6);
    }
    menu
}

/// Every place of a JSON value, as a pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| places(value, &format!("{at}/{}", name.replace('/', "~1")), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

fn strange_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(serde_json::json!(2.5)),
        "[-+0-9.e]{0,6}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(Value::from("9".repeat(40))),
        Just(Value::from("n".repeat(500))),
        Just(serde_json::json!([])),
        Just(serde_json::json!({})),
        Just(serde_json::json!([[[{"a": []}]]])),
        Just(serde_json::json!({"name": "x", "price": "1"})),
    ]
}

/// A fault stands at a place, or is about the menu as a whole.
fn assert_sound(text: &str) -> Result<(), TestCaseError> {
    match import_menu(text, None) {
        Ok((catalogue, report)) => {
            prop_assert_eq!(catalogue.products().len(), usize::try_from(report.counts.products).unwrap());
        }
        Err(faults) => {
            prop_assert!(!faults.is_empty());
            for fault in faults {
                prop_assert!(!fault.rule().is_empty() && fault.to_string().len() < 2_000);
                prop_assert!(!fault.place.is_empty() || fault.rule() == "must be an object", "{fault}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_mutated_menu_imports_or_names_the_place(
        menu in prop::sample::select(&MENUS[..]),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), strange_value()), 1..4),
    ) {
        let mut menu = small_menu(menu);
        for (place, value) in mutations {
            let mut found = Vec::new();
            places(&menu, "", &mut found);
            *menu.pointer_mut(&found[place.index(found.len())]).unwrap() = value;
        }
        assert_sound(&menu.to_string())?;
    }

    #[test]
    fn a_menu_with_a_field_missing_imports_or_names_the_place(
        menu in prop::sample::select(&MENUS[..]),
        place in any::<prop::sample::Index>(),
    ) {
        let mut menu = small_menu(menu);
        let mut found = Vec::new();
        places(&menu, "", &mut found);
        let place = &found[place.index(found.len())];
        if let Some((parent, name)) = place.rsplit_once('/') {
            match menu.pointer_mut(parent).unwrap() {
                Value::Object(fields) => drop(fields.remove(&name.replace("~1", "/"))),
                Value::Array(items) => drop(items.remove(name.parse().unwrap())),
                _ => unreachable!("a place has a parent that holds it"),
            }
        }
        assert_sound(&menu.to_string())?;
    }

    #[test]
    fn a_torn_or_scribbled_menu_never_panics(
        menu in prop::sample::select(&MENUS[..]),
        cut in any::<prop::sample::Index>(),
        scribble in any::<String>(),
        keep_rest in any::<bool>(),
    ) {
        let text = small_menu(menu).to_string();
        let cut = (0..=cut.index(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0);
        let rest = if keep_rest { &text[cut..] } else { "" };
        assert_sound(&format!("{}{scribble}{rest}", &text[..cut]))?;
    }

    #[test]
    fn any_text_at_all_never_panics(text in any::<String>()) {
        assert_sound(&text)?;
    }

    #[test]
    fn the_price_of_a_line_is_the_sum_of_its_choices(
        menu in prop::sample::select(&MENUS[..]),
        product in any::<prop::sample::Index>(),
        taps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1_u32..4), 0..8),
    ) {
        let (catalogue, _) = imported(menu);
        let product = &catalogue.products()[product.index(catalogue.products().len())];
        let groups = catalogue.groups_of(product).filter(|group| !group.options.is_empty()).collect::<Vec<_>>();
        let selections = taps.iter().filter(|_| !groups.is_empty()).map(|(group, option, count)| {
            let group = groups[group.index(groups.len())];
            let option = &group.options[option.index(group.options.len())];
            Selection { group_id: group.id.to_string(), option_id: option.id.to_string(), count: *count }
        });
        let selections = selections.collect::<Vec<_>>();
        let request = LineRequest {
            product_id: product.id,
            quantity: Quantity::ONE,
            selections: &selections,
            open_price_minor: product.open_price.then_some(123),
            note: None,
        };
        let choices = groups.iter().map(|group| one_by_one(group, &selections)).collect::<Option<Vec<_>>>();
        match (catalogue.line_content(&request), choices) {
            (Ok(line), Some(choices)) => {
                let modifiers = line.modifiers.iter().map(|modifier| modifier.price_minor).sum::<i64>();
                prop_assert_eq!(modifiers, choices.iter().sum::<i64>());
                let chosen = line.modifiers.iter().map(|modifier| modifier.count).sum::<u32>();
                prop_assert_eq!(chosen, selections.iter().map(|selection| selection.count).sum::<u32>());
            }
            (Err(refusal), None) => prop_assert_eq!(refusal.field(), "modifiers"),
            (line, choices) => prop_assert!(false, "{line:?} against {choices:?}"),
        }
    }
}

/// The rule of a group, told choice by choice: the price of all, or none if the group refuses.
fn one_by_one(group: &ModifierGroup, selections: &[Selection]) -> Option<i64> {
    let mine = selections.iter().filter(|selection| *selection.group_id == *group.id);
    let choices =
        mine.flat_map(|selection| std::iter::repeat_n(&selection.option_id, usize::try_from(selection.count).unwrap()));
    let mut price = 0;
    let mut number = 0;
    for option_id in choices {
        number += 1;
        let option = group.option(option_id).unwrap();
        let plain = group.included.or(group.max).is_none_or(|allowance| number <= allowance);
        price += if plain { option.price_minor } else { option.extra_price_minor? };
        if group.included.is_some() && group.max.is_some_and(|max| number > max) {
            return None;
        }
    }
    (number >= group.min).then_some(price)
}

#[test]
fn a_hundred_thousand_products_are_found_by_id() {
    let (small, _) = imported("odoo-bar");
    let mut content = small.into_content();
    let model = content.products[0].clone();
    content.products = (0..100_000)
        .map(|number| {
            let mut product = model.clone();
            product.item_id = format!("p{number}").into();
            product.id = crate::catalog::product_id("bulk", &product.item_id);
            product
        })
        .collect();
    let catalogue = Catalogue::try_new(content).unwrap();
    for product in catalogue.products().iter().step_by(997) {
        assert_eq!(catalogue.product(product.id).unwrap().item_id, product.item_id);
    }
    let first = &catalogue.products()[0].category_id;
    assert!(catalogue.products().iter().all(|product| std::sync::Arc::ptr_eq(&product.category_id, first)));
}
