//! What the catalogue does, on the nine menus and on menus made to be wrong.

mod allergens;
mod document;
mod faults;
mod laws;
mod line_content;
mod menus;

use super::import::{ImportFault, ImportReport, import_menu};
use super::{Catalogue, LineRequest, Product, Selection};
use crate::money::Quantity;

const NINE_MENUS: &str = include_str!("../../../tests/fixtures/menus.json");

fn imported(menu_id: &str) -> (Catalogue, ImportReport) {
    import_menu(NINE_MENUS, Some(menu_id)).unwrap()
}

fn product<'a>(catalogue: &'a Catalogue, name: &str) -> &'a Product {
    catalogue.products().iter().find(|product| &*product.name == name).unwrap()
}

fn pick(group_id: &str, option_id: &str, count: u32) -> Selection {
    Selection { group_id: group_id.to_owned(), option_id: option_id.to_owned(), count }
}

fn request<'a>(catalogue: &Catalogue, name: &str, selections: &'a [Selection]) -> LineRequest<'a> {
    LineRequest {
        product_id: product(catalogue, name).id,
        quantity: Quantity::ONE,
        selections,
        open_price_minor: None,
        note: None,
    }
}

/// A menu with these items and nothing else.
fn menu_of(items: &str) -> String {
    format!(r#"{{"id":"m","name":"M","currency":"EUR","prices_include_tax":false,"items":[{items}]}}"#)
}

fn faults_of(menu: &str) -> Vec<String> {
    import_menu(menu, None).unwrap_err().iter().map(ImportFault::to_string).collect()
}
