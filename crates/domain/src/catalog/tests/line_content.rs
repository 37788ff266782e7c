//! From a tap to a priced line.

use super::{imported, menu_of, pick, product, request};
use crate::catalog::import::import_menu;
use crate::catalog::{CatalogRejection, Catalogue, LineRequest, Selection, limits, product_id};
use crate::ids::ProductId;
use crate::money::Quantity;
use crate::order::line::LineContent;

/// Unit price with modifiers, in minor units.
fn price(line: &LineContent) -> i64 {
    line.unit_price_minor + line.modifiers.iter().map(|modifier| modifier.price_minor).sum::<i64>()
}

fn priced(catalogue: &Catalogue, name: &str, selections: &[Selection]) -> Result<i64, &'static str> {
    catalogue
        .line_content(&request(catalogue, name, selections))
        .map(|line| price(&line))
        .map_err(|refusal| refusal.code())
}

#[test]
fn a_plain_product_needs_nothing_but_its_id() {
    let (catalogue, _) = imported("floreant-diner");
    let catalogue = catalogue.with_version(7);
    let line = catalogue.line_content(&request(&catalogue, "Apple Juice", &[])).unwrap();
    assert_eq!((line.unit_price_minor, line.catalogue_version, line.name.as_str()), (50, 7, "Apple Juice"));
    assert_eq!(
        (line.taxes.len(), line.taxes[0].percent.to_string(), line.taxes[0].included),
        (1, "6".to_owned(), false)
    );
    assert!(line.modifiers.is_empty() && !line.open_price && line.note.is_none());
}

#[test]
fn a_size_is_the_whole_price_of_a_product_with_sizes() {
    let (catalogue, _) = imported("pizza-place");
    let line = catalogue.line_content(&request(&catalogue, "Hawaiian", &[pick("piz-01/size", "L", 1)])).unwrap();
    assert_eq!((line.unit_price_minor, line.modifiers[0].name.as_str(), line.modifiers[0].price_minor), (0, "L", 1650));
    assert_eq!(priced(&catalogue, "Hawaiian", &[]), Err("modifier_missing"));
    assert_eq!(priced(&catalogue, "Hawaiian", &[pick("piz-01/size", "XL", 1)]), Err("unknown_modifier"));
    assert_eq!(priced(&catalogue, "Hawaiian", &[pick("piz-02/size", "L", 1)]), Err("unknown_modifier_group"));
    let both = [pick("piz-01/size", "L", 1), pick("piz-01/size", "S", 1)];
    assert_eq!(priced(&catalogue, "Hawaiian", &both), Err("modifier_forbidden"));
}

#[test]
fn each_choice_beyond_max_costs_the_extra_price_in_the_order_chosen() {
    let (catalogue, _) = imported("floreant-diner");
    let group = "bacon-sausage-1-2";
    let breakfast = |meat: &[Selection]| {
        let mut selections = vec![pick("eggs-1-1", "Fried Egg", 1)];
        selections.extend_from_slice(meat);
        priced(&catalogue, "1 Egg Breakfast", &selections)
    };
    // Bacon costs 0.50 within two choices and nothing beyond; sausage the other way round.
    assert_eq!(breakfast(&[pick(group, "Bacon", 2), pick(group, "Sausage", 1)]), Ok(100 + 100 + 50));
    assert_eq!(breakfast(&[pick(group, "Sausage", 1), pick(group, "Bacon", 2)]), Ok(100 + 50));
    let eggs = [pick("eggs-1-1", "Fried Egg", 1), pick("eggs-1-1", "Omlette", 2), pick(group, "Sausage", 1)];
    assert_eq!(priced(&catalogue, "1 Egg Breakfast", &eggs), Ok(100 + 2 * 50));
}

#[test]
fn an_option_without_an_extra_price_ends_at_max() {
    let (catalogue, _) = imported("odoo-restaurant");
    let two = [pick("side", "Sweet potato fries", 2)];
    let refusal = catalogue.line_content(&request(&catalogue, "Bacon Burger", &two)).unwrap_err();
    assert_eq!((refusal.code(), refusal.field()), ("modifier_forbidden", "modifiers"));
    assert_eq!(refusal.rule(), "\"Side dish\" takes at most 1, \"Sweet potato fries\" is one too many");
    let many = [pick("pizza-extra", "Pepperoni", 5), pick("pizza-extra", "Anchovy", 1)];
    assert_eq!(priced(&catalogue, "Pizza Margherita", &many), Ok(1150 + 5 * 300 + 150));
}

#[test]
fn a_combo_charges_what_goes_beyond_what_it_includes() {
    let (catalogue, _) = imported("odoo-restaurant");
    let (drink, dish) = ("odoo-26/combo/1", "odoo-26/combo/2");
    let lunch = |dishes: &[Selection]| {
        let mut selections = vec![pick(drink, "odoo-21", 1)];
        selections.extend_from_slice(dishes);
        priced(&catalogue, "Sushi Lunch Combo", &selections)
    };
    let with_milkshake = 2000 + 200;
    assert_eq!(lunch(&[pick(dish, "odoo-12", 1)]), Err("modifier_missing"));
    assert_eq!(lunch(&[pick(dish, "odoo-12", 1), pick(dish, "odoo-14", 1)]), Ok(with_milkshake + 100));
    assert_eq!(lunch(&[pick(dish, "odoo-12", 2), pick(dish, "odoo-13", 1)]), Ok(with_milkshake + 1380));
    assert_eq!(lunch(&[pick(dish, "odoo-12", 2), pick(dish, "odoo-14", 2)]), Ok(with_milkshake + 2 * 1500));
    assert_eq!(lunch(&[pick(dish, "odoo-12", 5)]), Err("modifier_forbidden"));
}

#[test]
fn a_forced_group_without_upper_limit_takes_more_than_one() {
    let (catalogue, _) = imported("floreant-diner");
    let biscuits = |count| [pick("eggs-1-2", "Omlette", 1), pick("biscuits-1-0", "Energy Plus", count)];
    assert_eq!(priced(&catalogue, "2 Egg N Biscuit", &biscuits(7)), Ok(200));
    assert_eq!(priced(&catalogue, "2 Egg N Biscuit", &[pick("eggs-1-2", "Omlette", 1)]), Err("modifier_missing"));
}

#[test]
fn an_open_price_is_asked_for_and_bounded() {
    let (catalogue, _) = imported("floreant-diner");
    let tea = |open_price_minor| {
        let request = LineRequest { open_price_minor, ..request(&catalogue, "Ice Tea", &[]) };
        catalogue
            .line_content(&request)
            .map(|line| (line.unit_price_minor, line.open_price))
            .map_err(|refusal| refusal.code())
    };
    assert_eq!(tea(None), Err("price_required"));
    assert_eq!(tea(Some(-1)), Err("price_negative"));
    assert_eq!(tea(Some(limits::MAX_PRICE_MINOR + 1)), Err("price_too_large"));
    assert_eq!(tea(Some(250)), Ok((250, true)));
    let fixed = LineRequest { open_price_minor: Some(1), ..request(&catalogue, "Apple Juice", &[]) };
    assert_eq!(catalogue.line_content(&fixed).unwrap_err().code(), "price_not_open");
}

#[test]
fn an_absurd_quantity_is_refused() {
    let (catalogue, _) = imported("odoo-bar");
    let code = |quantity: &str| {
        let quantity = Quantity::parse(quantity).unwrap();
        let request = LineRequest { quantity, ..request(&catalogue, "Mojito", &[]) };
        catalogue.line_content(&request).map(|line| line.quantity).map_err(|refusal| refusal.code())
    };
    for (quantity, refusal) in
        [("0", "quantity_not_positive"), ("-1", "quantity_not_positive"), ("9999.001", "quantity_too_large")]
    {
        assert_eq!(code(quantity), Err(refusal), "{quantity}");
    }
    assert_eq!(code("9999"), Ok(Quantity::whole(9_999)));
    assert!(code("0.125").is_ok());
}

#[test]
fn a_product_of_another_shop_is_unknown() {
    let (catalogue, _) = imported("odoo-bar");
    let request =
        LineRequest { product_id: product_id("odoo-restaurant", "odoo-01"), ..request(&catalogue, "Mojito", &[]) };
    let refusal = catalogue.line_content(&request).unwrap_err();
    assert_eq!((refusal.code(), refusal.field()), ("unknown_product", "product_id"));
}

#[test]
fn counts_and_lists_are_bounded() {
    let (catalogue, _) = imported("clover-salads");
    let avocado = |count| pick("add", "Avocado", count);
    for count in [0, limits::MAX_CHOICES_PER_GROUP + 1, u32::MAX] {
        assert_eq!(priced(&catalogue, "Greek Salad", &[avocado(count)]), Err("modifier_count_out_of_range"));
    }
    assert_eq!(priced(&catalogue, "Greek Salad", &[avocado(90), avocado(10)]), Err("modifier_forbidden"));
    assert_eq!(priced(&catalogue, "Greek Salad", &vec![avocado(1); 101]), Err("too_many_modifiers"));
}

#[test]
fn a_price_that_modifiers_raise_beyond_the_limit_is_refused() {
    let dear = r#"{"id":"m","name":"M","currency":"JPY","modifier_groups":[{"id":"g","name":"G","min":0,"max":null,
        "options":[{"name":"Gold","price":"999999999999"}]}],
        "items":[{"id":"a","name":"A","category":"C","price":"1","modifier_groups":["g"]}]}"#;
    let (catalogue, _) = import_menu(dear, None).unwrap();
    assert_eq!(priced(&catalogue, "A", &[pick("g", "Gold", 1)]), Err("price_too_large"));
}

#[test]
fn a_note_is_trimmed_and_bounded() {
    let (catalogue, _) = imported("odoo-bar");
    let noted = |note: &str| {
        let request = LineRequest { note: Some(note.to_owned()), ..request(&catalogue, "Mojito", &[]) };
        catalogue.line_content(&request).map(|line| line.note).map_err(|refusal| refusal.code())
    };
    assert_eq!(noted("  no ice "), Ok(Some("no ice".to_owned())));
    assert_eq!(noted(" \n "), Ok(None));
    assert!(noted(&"é".repeat(limits::MAX_NOTE_CHARS)).is_ok());
    assert_eq!(noted(&"é".repeat(limits::MAX_NOTE_CHARS + 1)), Err("note_too_long"));
}

#[test]
fn modifiers_come_in_the_order_of_the_groups_and_can_be_sent_back() {
    let (catalogue, _) = imported("floreant-diner");
    let group = "bacon-sausage-1-2";
    let chosen = [
        pick(group, "Bacon", 1),
        pick(group, "Bacon", 1),
        pick("eggs-1-1", "Omlette", 1),
        pick(group, "Sausage", 1),
        pick(group, "Bacon", 1),
    ];
    let line = catalogue.line_content(&request(&catalogue, "1 Egg Breakfast", &chosen)).unwrap();
    let shown = line.modifiers.iter().map(|modifier| (modifier.name.as_str(), modifier.count)).collect::<Vec<_>>();
    assert_eq!(shown, [("Omlette", 1), ("Bacon", 2), ("Sausage", 1), ("Bacon", 1)]);
    let again = line.modifiers.iter().map(|modifier| pick(&modifier.group_id, &modifier.option_id, modifier.count));
    let again = again.collect::<Vec<_>>();
    assert_eq!(catalogue.line_content(&request(&catalogue, "1 Egg Breakfast", &again)).unwrap(), line);
}

#[test]
fn a_line_carries_the_taxes_of_every_order_type() {
    let (catalogue, _) = imported("saizeriya");
    let name = catalogue.products()[0].name.to_string();
    let line = catalogue.line_content(&request(&catalogue, &name, &[])).unwrap();
    let taxes = line.taxes.iter().map(|tax| (tax.id.as_str(), tax.included, tax.order_types.len())).collect::<Vec<_>>();
    assert_eq!(taxes, [("eat-in", true, 2), ("take-away", true, 1)]);
}

#[test]
fn every_refusal_has_its_code_in_the_list() {
    let text = String::new;
    let refusals = [
        CatalogRejection::UnknownProduct { product_id: ProductId(uuid::Uuid::nil()) },
        CatalogRejection::QuantityNotPositive,
        CatalogRejection::QuantityTooLarge,
        CatalogRejection::UnknownModifierGroup { product: text(), group_id: text() },
        CatalogRejection::UnknownModifier { group: text(), option_id: text() },
        CatalogRejection::ModifierMissing { group: text(), min: 1, chosen: 0 },
        CatalogRejection::ModifierForbidden { group: text(), option: text(), max: 1 },
        CatalogRejection::ModifierCountOutOfRange,
        CatalogRejection::TooManyModifiers,
        CatalogRejection::PriceRequired { product: text() },
        CatalogRejection::PriceNotOpen { product: text() },
        CatalogRejection::PriceNegative,
        CatalogRejection::PriceTooLarge,
        CatalogRejection::NoteTooLong,
    ];
    assert_eq!(refusals.map(|refusal| refusal.code()), CatalogRejection::CODES);
}

#[test]
fn an_items_id_does_not_depend_on_the_shop_or_on_the_rest_of_the_menu() {
    let small = menu_of(r#"{"id":"a","name":"A","category":"C","price":"1.00"}"#);
    let (catalogue, _) = import_menu(&small, None).unwrap();
    assert_eq!(product(&catalogue, "A").id, product_id("m", "a"));
    assert_eq!(product_id("m", "a").to_string(), "cafaa569-1d4c-8ca3-aba1-d4742a4bb5c4");
    assert_ne!(product_id("ab", "c"), product_id("a", "bc"));
}
