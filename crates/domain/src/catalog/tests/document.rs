//! The catalogue as a document in parts.

use std::collections::BTreeSet;

use super::{NINE_MENUS, imported, menu_of};
use crate::catalog::document::{DocumentError, DocumentHash, Manifest, Part, assemble, split};
use crate::catalog::import::import_menu;
use crate::catalog::{Catalogue, limits};

fn large(count: usize) -> Catalogue {
    let items = (0..count).map(|number| {
        let sizes = r#""variants":[{"size":"S","price":"1.00"},{"size":"L","price":"2.00"}]"#;
        let price = if number % 10 == 0 { sizes } else { r#""price":"3.50""# };
        format!(r#"{{"id":"p{number}","name":"Product {number}","category":"C{}",{price}}}"#, number % 7)
    });
    import_menu(&menu_of(&items.collect::<Vec<_>>().join(",")), None).unwrap().0
}

fn hashes(parts: &[Part]) -> BTreeSet<DocumentHash> {
    parts.iter().map(Part::hash).collect()
}

#[test]
fn every_menu_survives_the_way_through_its_document() {
    let menus: serde_json::Value = serde_json::from_str(NINE_MENUS).unwrap();
    for menu in menus["menus"].as_array().unwrap() {
        let (catalogue, _) = imported(menu["id"].as_str().unwrap());
        let (manifest, parts) = split(&catalogue);
        let read = Manifest::parse(manifest.bytes().to_vec()).unwrap();
        assert_eq!(read, manifest);
        let copied = parts.iter().map(|part| Part::new(part.bytes().to_vec())).collect::<Vec<_>>();
        assert_eq!(assemble(&read, &copied).unwrap(), catalogue);
    }
}

#[test]
fn a_large_catalogue_comes_back_in_its_order() {
    let catalogue = large(5_000);
    let (manifest, parts) = split(&catalogue);
    assert!(parts.len() >= 5_000 / limits::MAX_PART_ENTRIES);
    assert_eq!(
        manifest.size(),
        (parts.iter().map(|part| part.bytes().len()).sum::<usize>() + manifest.bytes().len()) as u64
    );
    let again = assemble(&manifest, &parts).unwrap();
    assert_eq!(again, catalogue);
    let last = catalogue.products().last().unwrap();
    assert_eq!(again.product(last.id), Some(last));
    assert_eq!(split(&again).0.hash(), manifest.hash());
}

#[test]
fn an_edit_ships_one_part() {
    let catalogue = large(5_000);
    let (_, before) = split(&catalogue);
    let mut content = catalogue.into_content();
    content.products[2_345].price_minor += 10;
    let group = content.modifier_groups.iter_mut().find(|group| group.owner == Some(content.products[1_230].id));
    group.unwrap().options[0].price_minor += 10;
    let (_, after) = split(&Catalogue::try_new(content).unwrap());
    assert_eq!(hashes(&after).difference(&hashes(&before)).count(), 2, "one for each of two edits");
}

#[test]
fn a_product_that_comes_or_goes_leaves_the_other_parts_alone() {
    let (_, before) = split(&large(5_000));
    for place in [0, 1, 777, 2_500, 4_999] {
        let mut content = large(5_000).into_content();
        content.products.remove(place);
        let products = &content.products;
        content.modifier_groups.retain(|group| products.iter().any(|product| group.owner == Some(product.id)));
        let (_, after) = split(&Catalogue::try_new(content).unwrap());
        let new = hashes(&after).difference(&hashes(&before)).count();
        assert!(new <= 2, "removing {place} makes {new} new parts");
    }
}

#[test]
fn a_document_that_was_tampered_with_is_refused() {
    let (manifest, parts) = split(&large(2_000));
    let changed = |change: fn(&mut Vec<Part>)| {
        let mut parts = parts.clone();
        change(&mut parts);
        assemble(&manifest, &parts).unwrap_err()
    };
    let flipped = changed(|parts| {
        let mut bytes = parts[1].bytes().to_vec();
        bytes[40] ^= 1;
        parts[1] = Part::new(bytes);
    });
    assert!(matches!(flipped, DocumentError::PartMismatch { place: 1 }));
    assert!(matches!(changed(|parts| parts.swap(0, 1)), DocumentError::PartMismatch { place: 0 }));
    assert!(matches!(changed(|parts| drop(parts.pop())), DocumentError::PartCount { .. }));
    assert!(matches!(changed(|parts| parts.push(parts[0].clone())), DocumentError::PartCount { .. }));
}

#[test]
fn a_manifest_of_another_format_is_refused() {
    let (manifest, _) = split(&large(10));
    let text = String::from_utf8(manifest.bytes().to_vec()).unwrap();
    let later = text.replace("docket.catalogue/1", "docket.catalogue/2").into_bytes();
    assert!(matches!(Manifest::parse(later), Err(DocumentError::UnknownFormat { .. })));
    assert!(matches!(Manifest::parse(b"{}".to_vec()), Err(DocumentError::Malformed { .. })));
    assert!(matches!(Manifest::parse(vec![b' '; limits::MAX_MANIFEST_BYTES + 1]), Err(DocumentError::TooLarge { .. })));
}

#[test]
fn parts_that_make_no_catalogue_are_refused() {
    let mut content = large(10).into_content();
    content.products[3].price_minor = -1;
    assert!(Catalogue::try_new(content).is_err());
    let mut content = large(10).into_content();
    content.products[3].tax_ids = ["ghost".into()].into();
    assert!(Catalogue::try_new(content).is_err());
    let mut content = large(10).into_content();
    content.modifier_groups[0].options.clear();
    assert!(Catalogue::try_new(content).is_err());
}

#[test]
fn the_hash_of_a_catalogue_never_changes_by_itself() {
    let (catalogue, _) = imported("clover-salads");
    let (manifest, _) = split(&catalogue);
    assert_eq!(
        manifest.hash().to_string(),
        "531c2b354bb4bc93340ea51e92fc58d8deb098d2536a064298e2c56f92203c3f",
        "shops name catalogues by this hash"
    );
}
