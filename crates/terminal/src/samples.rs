//! The menus that ship with the program.

use std::sync::OnceLock;

use docket_contracts::view::SampleMenuView;
use docket_domain::catalog::Catalogue;
use docket_domain::catalog::import::import_menu;

/// A menu that ships with the program.
pub struct SampleMenu {
    /// Its text, as a menu file.
    pub json: &'static str,
    /// What it imports to.
    pub catalogue: Catalogue,
    /// What the import says of it.
    pub notes: Vec<String>,
}

impl SampleMenu {
    /// For the first-start page.
    #[must_use]
    pub fn view(&self) -> SampleMenuView {
        SampleMenuView {
            id: self.catalogue.header().menu_id.clone(),
            name: self.catalogue.header().name.clone(),
            currency: self.catalogue.currency().code().to_owned(),
            products: u32::try_from(self.catalogue.products().len()).unwrap_or(u32::MAX),
        }
    }
}

/// Id of the menu that the demo shop sells.
pub const DEMO_MENU: &str = "corner-cafe";

const TEXTS: [&str; 5] = [
    include_str!("../samples/corner-cafe.json"),
    include_str!("../samples/odoo-restaurant.json"),
    include_str!("../samples/floreant-diner.json"),
    include_str!("../samples/saizeriya.json"),
    include_str!("../samples/kuwait-sushi.json"),
];

/// Every sample, imported once.
#[must_use]
pub fn samples() -> &'static [SampleMenu] {
    static SAMPLES: OnceLock<Vec<SampleMenu>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        TEXTS
            .iter()
            .map(|json| {
                let (catalogue, report) =
                    import_menu(json, None).unwrap_or_else(|faults| panic!("a shipped menu is faulty: {faults:?}"));
                SampleMenu { json, catalogue, notes: crate::setup::report_lines(&report) }
            })
            .collect()
    })
}

/// The sample with this id.
#[must_use]
pub fn sample(id: &str) -> Option<&'static SampleMenu> {
    samples().iter().find(|sample| sample.catalogue.header().menu_id == id)
}
