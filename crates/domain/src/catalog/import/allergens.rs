//! The allergens that an item or an option states.

use super::fault::ImportProblem;
use super::fields::{Fields, checked_text};
use super::findings::{Findings, quoted};
use crate::catalog::{Allergen, Allergens};

/// Reads the codes. One that is not on the list is a fault: to pass over a misspelt allergen would hide it.
pub(super) fn read_allergens(fields: &mut Fields<'_, '_>, findings: &mut Findings) -> Allergens {
    let entries = fields.list("allergens", Allergen::ALL.len(), findings).unwrap_or_default();
    let list = fields.place.field("allergens");
    let mut stated = Allergens::default();
    for (index, entry) in entries.iter().enumerate() {
        let place = list.index(index);
        let Some(code) = checked_text(entry, &place, findings) else { continue };
        match Allergen::from_code(code) {
            Some(allergen) if stated.contains(allergen) => findings.fault(&place, ImportProblem::StatedTwice),
            Some(allergen) => stated = stated.and([allergen].into_iter().collect()),
            None => findings.fault(&place, ImportProblem::UnknownAllergen { code: quoted(code) }),
        }
    }
    stated
}
