//! What a menu says of allergens, and what becomes of it.

use super::{NINE_MENUS, faults_of, menu_of, product};
use crate::catalog::document::{Manifest, assemble, split};
use crate::catalog::import::import_menu;
use crate::catalog::{Allergen, Allergens, Catalogue, ModifierGroup};

fn with(codes: &str) -> String {
    format!(r#"{{"id":"a","name":"A","category":"C","price":"1","allergens":{codes}}}"#)
}

fn stated(codes: &[Allergen]) -> Allergens {
    codes.iter().copied().collect()
}

#[test]
fn the_list_is_the_fourteen_of_the_annex_and_a_code_is_what_json_says() {
    assert_eq!(Allergen::ALL.len(), 14);
    for (place, allergen) in Allergen::ALL.into_iter().enumerate() {
        assert_eq!(allergen as usize, place, "{allergen:?}");
        assert_eq!(serde_json::to_value(allergen).unwrap(), allergen.code());
        assert_eq!(Allergen::from_code(allergen.code()), Some(allergen));
    }
    assert_eq!(Allergen::from_code("Milk"), None);
    let all: Allergens = Allergen::ALL.into_iter().collect();
    assert_eq!(all.iter().collect::<Vec<_>>(), Allergen::ALL);
    assert!(!all.is_empty() && Allergens::default().is_empty());
    assert_eq!(stated(&[Allergen::Milk]).and(stated(&[Allergen::Eggs])), stated(&[Allergen::Eggs, Allergen::Milk]));
}

const LATTE: &str = r#"{"id":"m","name":"M","currency":"EUR","items":[
        {"id":"l","name":"Latte","category":"C","price":"1","allergens":["milk"],"modifier_groups":["g"]},
        {"id":"w","name":"Water","category":"C","price":"1","allergens":[]},
        {"id":"p","name":"Pizza","category":"C","allergens":["milk","gluten"],"variants":[{"size":"L","price":"2"}]},
        {"id":"s","name":"Set","category":"C","price":"3","combo":[{"choose":1,"of":["Latte","Water"]}]}],
        "modifier_groups":[{"id":"g","name":"G","options":[
            {"name":"Oat","price":"0","allergens":["gluten"]},{"name":"Soy","price":"0"}]}]}"#;

fn with_latte() -> Catalogue {
    import_menu(LATTE, None).unwrap().0
}

#[test]
fn the_report_says_of_how_many_nothing_is_known() {
    let notes = |menu: &str| import_menu(menu, None).unwrap().1.notes;
    let told = "2 of 4 state allergens; of the others nothing is known";
    assert!(notes(LATTE).iter().any(|note| note.place == "items" && note.text == told));
    let none = menu_of(r#"{"id":"a","name":"A","category":"C","price":"1"}"#);
    assert!(notes(&none).iter().all(|note| !note.text.contains("allergens")));
}

fn of_options(group: &ModifierGroup) -> Vec<Allergens> {
    group.options.iter().map(|option| option.allergens).collect()
}

#[test]
fn products_options_and_the_parts_of_a_combo_state_theirs() {
    let catalogue = with_latte();
    assert_eq!(product(&catalogue, "Latte").allergens, stated(&[Allergen::Milk]));
    assert_eq!(product(&catalogue, "Water").allergens, Allergens::default());
    let groups = |name| catalogue.groups_of(product(&catalogue, name)).map(of_options).collect::<Vec<_>>();
    assert_eq!(groups("Latte"), [vec![stated(&[Allergen::Gluten]), Allergens::default()]]);
    assert_eq!(groups("Set"), [vec![stated(&[Allergen::Milk]), Allergens::default()]], "what the item itself states");
    assert_eq!(groups("Pizza"), [vec![Allergens::default()]], "a size brings nothing along");
}

#[test]
fn they_travel_in_the_document_and_where_none_is_stated_it_has_no_word_of_them() {
    let catalogue = with_latte();
    let (manifest, parts) = split(&catalogue);
    let text = String::from_utf8(parts.iter().flat_map(|part| part.bytes().to_vec()).collect()).unwrap();
    assert!(text.contains(r#""allergens":["gluten","milk"]"#), "in the order of the list: {text}");
    assert_eq!(text.matches("allergens").count(), 4, "Latte, Pizza, Oat, and Latte in the set");
    let read = Manifest::parse(manifest.bytes().to_vec()).unwrap();
    assert_eq!(assemble(&read, &parts).unwrap(), catalogue);
    let (plain, _) = import_menu(NINE_MENUS, Some("odoo-restaurant")).unwrap();
    let (_, parts) = split(&plain);
    assert!(parts.iter().all(|part| !String::from_utf8_lossy(part.bytes()).contains("allergens")));
}

#[test]
fn a_code_that_is_not_on_the_list_is_a_fault_and_the_list_is_told() {
    let list = "gluten, crustaceans, eggs, fish, peanuts, soybeans, milk, nuts, celery, mustard, sesame, sulphites, lupin, molluscs";
    let unknown = |place: &str, code: &str| format!("{place}: {code:?} is not an allergen of the list: {list}");
    let cases = [
        (r#"["milk","dairy"]"#, unknown("items[0].allergens[1]", "dairy")),
        (r#"["Milk"]"#, unknown("items[0].allergens[0]", "Milk")),
        (r#"["milk","eggs","milk"]"#, "items[0].allergens[2]: is stated twice".to_owned()),
        (r#"["milk",7]"#, "items[0].allergens[1]: must be a text".to_owned()),
        (r#"[""]"#, "items[0].allergens[0]: must not be empty".to_owned()),
        (r#""milk""#, "items[0].allergens: must be a list".to_owned()),
    ];
    for (codes, fault) in cases {
        assert_eq!(faults_of(&menu_of(&with(codes))), [fault], "{codes}");
    }
    let fifteen = vec![r#""milk""#; 15].join(",");
    assert_eq!(
        faults_of(&menu_of(&with(&format!("[{fifteen}]")))),
        ["items[0].allergens: must have at most 14 entries"]
    );
    let option = r#"{"id":"m","name":"M","currency":"EUR","items":[{"id":"a","name":"A","category":"C","price":"1"}],
        "modifier_groups":[{"id":"g","name":"G","options":[{"name":"O","price":"0","allergens":["wheat"]}]}]}"#;
    assert_eq!(faults_of(option), [unknown("modifier_groups[0].options[0].allergens[0]", "wheat")]);
}

#[test]
fn a_document_with_a_code_of_its_own_is_refused() {
    let json = |codes: &str| serde_json::from_str::<Allergens>(codes);
    assert_eq!(json(r#"["molluscs","gluten","gluten"]"#).unwrap(), stated(&[Allergen::Gluten, Allergen::Molluscs]));
    assert!(json(r#"["dairy"]"#).is_err() && json("3").is_err());
}
