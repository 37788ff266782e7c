//! The catalogue: what a shop sells, at which price, with which modifiers and taxes.
//!
//! A [`Catalogue`] is a value: it is imported from a menu ([`import`]), travels as a content-addressed document
//! ([`document`]) and turns a tap into the priced content of a line ([`Catalogue::line_content`]). It knows no clock,
//! no store and no search; what is sold out is a fact of the log and not in here.

mod allergen;
mod catalogue;
mod check;
pub mod document;
mod error;
pub mod import;
mod intern;
pub mod limits;
mod line_content;
mod modifier_group;
mod product;
mod rejection;

pub use allergen::{Allergen, Allergens};
pub use catalogue::{Catalogue, CatalogueContent, CatalogueHeader, ServiceChargeRule};
pub use error::CatalogueError;
pub use line_content::{LineRequest, Selection};
pub use modifier_group::{ModifierGroup, ModifierOption};
pub use product::{Category, IdList, Product, Tax, product_id};
pub use rejection::CatalogRejection;

#[cfg(test)]
mod tests;
