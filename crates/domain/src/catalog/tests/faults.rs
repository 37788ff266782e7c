//! A menu with a fault imports nothing, and each fault says where it is.

use super::{faults_of, menu_of};
use crate::catalog::import::import_menu;
use crate::catalog::limits;

/// A menu of two plain items and whatever is put beside them.
fn menu_with(item_fields: &str, menu_fields: &str) -> String {
    format!(
        r#"{{"id":"m","name":"M","currency":"EUR"{menu_fields},"items":[
            {{"id":"x","name":"Plain","category":"C","price":"1.00"}},
            {{"id":"y","name":"Other","category":"C"{item_fields}}}]}}"#
    )
}

#[test]
fn a_fault_names_its_place_and_rule() {
    let cases = [
        (r#","price":"3.999""#, r#"items[1].price: "3.999" has more decimals than EUR allows"#),
        (r#","price":"3.990""#, r#"items[1].price: "3.990" has more decimals than EUR allows"#),
        (r#","price":"3,99""#, r#"items[1].price: "3,99" is not a decimal number such as 3.80"#),
        (r#","price":"-1.00""#, r#"items[1].price: "-1.00" must lie between 0 and 9999999999.99"#),
        (r#","price":3.99"#, r#"items[1].price: must be a decimal number in quotes such as "3.80""#),
        ("", "items[1].price: is required"),
        (r#","price":null"#, "items[1].price: is required"),
        (r#","price":"1","price":"2""#, "items[1].price: is stated twice"),
        (
            r#","price":"1","tax_percent":"101""#,
            r#"items[1].tax_percent: "101" must lie between 0 and 100 percent with 6 decimals"#,
        ),
        (
            r#","price":"1","modifier_groups":["nope"]"#,
            r#"items[1].modifier_groups[0]: there is no modifier group "nope""#,
        ),
        (r#","price":"1","modifier_groups":"nope""#, "items[1].modifier_groups: must be a list"),
        (r#","price":"1","calories":-3"#, "items[1].calories: must be a whole number that is not negative"),
        (r#","price":"1","group":"""#, "items[1].group: must not be empty"),
        (
            r#","price":"1","variants":[{"size":"L","price":"2"}]"#,
            "items[1].price: an item with variants has no price of its own: each variant has the whole price",
        ),
        (r#","variants":[]"#, "items[1].variants: must not be empty"),
        (
            r#","variants":[{"size":"L","price":"2"},{"size":"L","price":"3"}]"#,
            r#"items[1].variants[1].size: the size "L" is there twice"#,
        ),
        (r#","variants":[{"size":"L"}]"#, "items[1].variants[0].price: is required"),
        (r#","price":"1","combo":[]"#, "items[1].combo: must not be empty"),
        (
            r#","price":"1","combo":[{"choose":1,"of":["Ghost"]}]"#,
            r#"items[1].combo[0].of[0]: there is no item "Ghost""#,
        ),
        (r#","price":"1","combo":[{"choose":1,"of":["Other"]}]"#, "items[1].combo[0].of[0]: a combo can't hold itself"),
        (r#","price":"1","combo":[{"choose":1,"of":["Plain","Plain"]}]"#, "items[1].combo[0].of[1]: is stated twice"),
        (
            r#","price":"1","combo":[{"choose":1,"of":[]}]"#,
            "items[1].combo[0].of: a choice is required and there is nothing to choose",
        ),
        (r#","price":"1","combo":[{"of":["Plain"]}]"#, "items[1].combo[0].choose: is required"),
        (
            r#","price":"1","combo":[{"choose":0,"of":["Plain"]}]"#,
            r#"items[1].combo[0].choose: "0" must lie between 1 and 99"#,
        ),
        (
            r#","price":"1","combo":[{"choose":1,"of":["Plain"],"extra":{"Ghost":"1.00"}}]"#,
            r#"items[1].combo[0].extra.Ghost: there is no item in this choice "Ghost""#,
        ),
        (
            r#","price":"1","combo":[{"choose":1,"of":["Plain"],"extra":{"Plain":"1.001"}}]"#,
            r#"items[1].combo[0].extra.Plain: "1.001" has more decimals than EUR allows"#,
        ),
        (
            r#","price":"1","combo":[{"included":3,"max":2,"of":["Plain"]}]"#,
            "items[1].combo[0].max: included 3 is above max 2",
        ),
    ];
    for (fields, fault) in cases {
        assert_eq!(faults_of(&menu_with(fields, "")), [fault], "{fields}");
    }
}

#[test]
fn a_fault_of_the_whole_menu_names_its_place_and_rule() {
    let group = |bounds: &str, options: &str| {
        format!(r#","modifier_groups":[{{"id":"g","name":"G",{bounds},"options":[{options}]}}]"#)
    };
    let option = r#"{"name":"O","price":"0"}"#;
    let cases = [
        (group(r#""min":3,"max":2"#, option), "modifier_groups[0].min: min 3 is above max 2"),
        (
            group(r#""min":1,"max":1"#, ""),
            "modifier_groups[0].options: a choice is required and there is nothing to choose",
        ),
        (
            group(r#""min":0,"max":1"#, &format!("{option},{option}")),
            r#"modifier_groups[0].options[1]: the option "O" is there twice"#,
        ),
        (
            group(r#""min":0,"max":1"#, r#"{"name":"O","price":"0","extra_price":"1.234"}"#),
            r#"modifier_groups[0].options[0].extra_price: "1.234" has more decimals than EUR allows"#,
        ),
        (
            r#","taxes":[{"name":"a","percent":"1"},{"name":"take-out","percent":"2"}]"#.to_owned(),
            r#"taxes[0].name: with several taxes "a" must say when it applies: name it eat-in or take-away, or give it order_types"#,
        ),
        (r#","taxes":[{"name":"a"}]"#.to_owned(), "taxes[0].percent: is required"),
        (r#","prices_include_tax":"yes""#.to_owned(), "prices_include_tax: must be true or false"),
        (
            r#","service_charge_percent":"x""#.to_owned(),
            r#"service_charge_percent: "x" is not a decimal number such as 3.80"#,
        ),
    ];
    for (fields, fault) in cases {
        assert_eq!(faults_of(&menu_with(r#","price":"1""#, &fields)), [fault], "{fields}");
    }
    let no_currency = r#"{"id":"m","name":"M","currency":"EURO","items":[{}]}"#;
    assert_eq!(faults_of(no_currency), [r#"currency: "EURO" is not an active ISO 4217 currency"#]);
    assert_eq!(
        faults_of(r#"{"name":"M","currency":"EUR","items":[]}"#),
        ["id: is required", "items: must not be empty"]
    );
}

#[test]
fn names_that_fit_two_items_and_prices_that_are_not_fixed_stop_a_combo() {
    let item = |id: &str, name: &str, price: &str| format!(r#"{{"id":"{id}","name":"{name}","category":"C",{price}}}"#);
    let twins = [item("a", "Tea", r#""price":"1""#), item("b", "Tea", r#""price":"2""#)];
    let combo = item("c", "Combo", r#""price":"5","combo":[{"choose":1,"of":["Tea"]}]"#);
    let menu = menu_of(&format!("{},{},{combo}", twins[0], twins[1]));
    assert_eq!(faults_of(&menu), [r#"items[2].combo[0].of[0]: "Tea" is the name of two items"#]);
    let open = item("a", "Tea", r#""price":"0.00""#);
    let combo = item("c", "Combo", r#""price":"5","combo":[{"included":1,"max":2,"of":["Tea"]}]"#);
    let fault =
        r#"items[1].combo[0].of[0]: "Tea" has no fixed price of its own, which a choice beyond `included` would cost"#;
    assert_eq!(faults_of(&menu_of(&format!("{open},{combo}"))), [fault]);
}

#[test]
fn prices_that_add_up_beyond_the_limit_stop_a_combo() {
    let menu = menu_of(
        r#"{"id":"a","name":"A","category":"C","price":"9999999999.99"},
        {"id":"b","name":"B","category":"C","price":"5","combo":[{"included":1,"max":2,"of":["A"],"extra":{"A":"1"}}]}"#,
    );
    let fault = r#"items[1].combo[0].of[0]: "10000000000.99" must lie between 0 and 9999999999.99"#;
    assert_eq!(faults_of(&menu), [fault]);
}

#[test]
fn a_text_of_countless_values_is_refused_before_it_fills_the_memory() {
    let faults = faults_of(&format!("[{}0]", "0,".repeat(limits::MAX_JSON_VALUES)));
    assert!(faults[0].ends_with("is not JSON: more than 5000000 values"), "{faults:?}");
}

#[test]
fn a_name_has_at_most_three_hundred_characters_whatever_they_are() {
    let menu = |name: &str, option: &str, category: &str| {
        format!(
            r#"{{"id":"m","name":"M","currency":"EUR","items":[{{"id":"a","name":"{name}","category":"{category}","price":"1"}}],
            "modifier_groups":[{{"id":"g","name":"G","options":[{{"name":"{option}","price":"0"}}]}}]}}"#
        )
    };
    for letter in ["x", "ä", "🌶", "ق"] {
        let (longest, longer) = (letter.repeat(300), letter.repeat(301));
        let (catalogue, _) = import_menu(&menu(&longest, &longest, &longest), None).unwrap();
        assert_eq!(*catalogue.products()[0].name, *longest);
        let places = ["items[0].name", "items[0].category", "modifier_groups[0].options[0].name"];
        let expected = places.map(|place| format!("{place}: must have at most 300 characters"));
        let mut faults = faults_of(&menu(&longer, &longer, &longer));
        faults.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(faults, expected);
    }
}

#[test]
fn doubled_ids_are_refused() {
    let item = r#"{"id":"a","name":"A","category":"C","price":"1.00"}"#;
    assert_eq!(faults_of(&menu_of(&format!("{item},{item}"))), [r#"items[1].id: the item "a" is there twice"#]);
}

#[test]
fn text_that_is_not_json_is_refused_with_line_and_column() {
    let faults = faults_of("{\n \"id\": \"m\",\n \"name\" \"M\"}");
    assert_eq!(faults, ["line 3, column 9: is not JSON: expected `:`"]);
    assert_eq!(faults_of("[]"), ["must be an object"]);
    assert_eq!(faults_of(""), ["line 1, column 0: is not JSON: EOF while parsing a value"]);
    assert!(faults_of(&"[".repeat(100_000))[0].contains("recursion limit"));
    let marked = format!("\u{feff}{}", menu_of(r#"{"id":"a","name":"A","category":"C","price":"1.00"}"#));
    assert!(import_menu(&marked, None).is_ok(), "a byte order mark is not content");
}

#[test]
fn unknown_fields_are_listed_with_their_place_at_every_level() {
    let menu = r#"{"id":"m","name":"M","currency":"EUR","open":"always","items":[
        {"id":"a","name":"A","category":"C","price":"1.00","colour":"red","modifier_groups":["g"]},
        {"id":"b","name":"B","category":"C","variants":[{"size":"L","price":"2","cm":32}]},
        {"id":"c","name":"C","category":"C","price":"1","combo":[{"choose":1,"of":["A"],"why":1}]}],
        "modifier_groups":[{"id":"g","name":"G","options":[{"name":"O","price":"0","spicy":true}],"icon":"x"}],
        "taxes":[{"name":"VAT","percent":"20","code":"A"}]}"#;
    let (_, report) = import_menu(menu, None).unwrap();
    let mut unknown = report.unknown_fields;
    unknown.sort();
    let expected = [
        "items[0].colour",
        "items[1].variants[0].cm",
        "items[2].combo[0].why",
        "modifier_groups[0].icon",
        "modifier_groups[0].options[0].spicy",
        "open",
        "taxes[0].code",
    ];
    assert_eq!(unknown, expected);
    assert_eq!(report.counts.unknown_fields, 7);
}

#[test]
fn a_menu_in_a_file_of_several_is_named_in_the_place() {
    let file = format!(r#"{{"menus":[{},{}]}}"#, menu_of("{}"), menu_of("").replace(r#""m""#, r#""n""#));
    let faults = import_menu(&file, Some("m")).unwrap_err();
    assert!(faults.iter().all(|fault| fault.place.starts_with("menus[0].items[0].")), "{faults:?}");
    assert_eq!(import_menu(&menu_of("{}"), Some("n")).unwrap_err()[0].code(), "unknown_menu");
}

#[test]
fn the_list_of_faults_is_bounded() {
    let items = vec![r#"{"name":"A","category":"C","price":"x"}"#; 10_000].join(",");
    let faults = faults_of(&menu_of(&items));
    assert_eq!(faults.len(), limits::MAX_IMPORT_FAULTS + 1);
    assert_eq!(faults.last().unwrap(), "more than 50 faults, the rest was not looked at");
}

#[test]
fn a_tax_that_items_state_holds_for_every_order_type() {
    let menu = menu_with(
        r#","price":"1","tax_percent":"10.0""#,
        r#","taxes":[{"name":"eat-in","percent":"10"},{"name":"take-away","percent":"8"}]"#,
    );
    let (catalogue, report) = import_menu(&menu, None).unwrap();
    let taxes = catalogue.header().taxes.iter().map(|tax| (&*tax.id, tax.order_types.len())).collect::<Vec<_>>();
    assert_eq!(taxes, [("eat-in", 2), ("take-away", 1), ("10 %", 0)]);
    assert_eq!(*catalogue.products()[1].tax_ids, ["10 %".into()]);
    assert!(report.notes.iter().any(|note| note.text == "1 without tax_percent bear the menu's taxes: Plain"));
}

#[test]
fn a_service_charge_bears_the_menus_taxes() {
    let menu = menu_with(
        r#","price":"1""#,
        r#","taxes":[{"name":"VAT","percent":"20"}],"service_charge_percent":"12.5","prices_include_tax":true"#,
    );
    let charge = import_menu(&menu, None).unwrap().0.terms().service_charge.unwrap();
    assert_eq!((charge.percent.to_string(), charge.taxes[0].id.as_str()), ("12.5".to_owned(), "VAT"));
    assert!(charge.taxes[0].included);
}
