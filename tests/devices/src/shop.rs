//! The shop that all devices belong to: its menu, and the ids of its orders. Everything is fixed, so that signed
//! fixtures can name it and a test can write its sums by hand.

use docket_domain::catalog::Catalogue;
use docket_domain::catalog::import::import_menu;
use uuid::Uuid;

/// The menu: a soup at 6.00, a bread at 2.50 and a tea at 3.00, ten percent included.
pub const MENU: &str = include_str!("../fixtures/menu.json");

/// The menu as a catalogue of its first version.
///
/// # Panics
/// If the menu of the fixtures is faulty.
#[must_use]
pub fn catalogue() -> Catalogue {
    let (catalogue, _) = import_menu(MENU, None).unwrap_or_else(|faults| panic!("the menu is faulty: {faults:?}"));
    catalogue
}

/// The product of this name.
///
/// # Panics
/// If the menu has none.
#[must_use]
pub fn product(name: &str) -> Uuid {
    let catalogue = catalogue();
    let found = catalogue.products().iter().find(|product| &*product.name == name);
    found.unwrap_or_else(|| panic!("the menu has no {name}")).id.0
}

/// Order number `number`.
#[must_use]
pub fn order_id(number: u32) -> Uuid {
    Uuid::from_u128(0x0ade_0000_0000_7000_8000_0000_0001_0000 + u128::from(number))
}

/// Line number `index`, from 0, of order number `order`.
#[must_use]
pub fn line_id(order: u32, index: u32) -> Uuid {
    docket_testkit::samples::line_id(order * 16 + index).0
}

/// Payment or refund number `index`, from 0, of order number `order`.
#[must_use]
pub fn payment_id(order: u32, index: u32) -> Uuid {
    docket_testkit::samples::payment_id(order * 16 + index).0
}
