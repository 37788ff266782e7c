//! Items as lines of an order: the catalogue says what they are called and what they cost.

use std::sync::Arc;

use docket_domain::catalog::{CatalogRejection, LineRequest, Product, Selection};
use docket_domain::money::{Money, Quantity};
use docket_domain::order::line::LineContent;

use super::check::Violations;
use super::menu::Menu;
use crate::api::fault::{Fault, FaultCode};
use crate::api::order::NewItem;

/// The lines of items, which stand at `paths`.
///
/// # Errors
/// [`FaultCode::InvalidArgument`] where something can't be ordered so; [`FaultCode::PriceChanged`] where a name or price is
/// another one in the catalogue, with the valid one.
pub(super) fn lines<'a>(
    menu: &Menu,
    items: impl Iterator<Item = (String, &'a NewItem)>,
) -> Result<Vec<Arc<LineContent>>, Fault> {
    let (mut invalid, mut changed) = (Violations::default(), Violations::default());
    let mut lines = Vec::new();
    for (path, item) in items {
        if let Some(content) = line(menu, &path, item, &mut invalid, &mut changed) {
            lines.push(Arc::new(content));
        }
    }
    invalid.into_result(FaultCode::InvalidArgument)?;
    changed.into_result(FaultCode::PriceChanged)?;
    Ok(lines)
}

fn line(
    menu: &Menu,
    path: &str,
    item: &NewItem,
    invalid: &mut Violations,
    changed: &mut Violations,
) -> Option<LineContent> {
    let catalogue = &menu.catalogue;
    let Some(product) = menu.find(&item.product_id).and_then(|id| catalogue.product(id)) else {
        invalid.add(format!("{path}.product_id"), "is not in the store's catalogue");
        return None;
    };
    if item.product_name.as_deref().is_some_and(|name| name != &*product.name) {
        let rule = "is another one in the catalogue";
        changed.add_with(format!("{path}.product_name"), rule, Some(product.name.to_string()));
    }
    let asked = item.unit_price.as_deref().map(|text| Money::parse(text, catalogue.currency())).transpose();
    let asked = match asked {
        Ok(asked) => asked.map(|money| money.minor()),
        Err(error) => {
            invalid.add(format!("{path}.unit_price"), error.to_string());
            return None;
        }
    };
    price(menu, path, product, asked, changed);
    let selections: Vec<Selection> = item
        .choices
        .iter()
        .map(|choice| Selection {
            group_id: choice.group_id.clone(),
            option_id: choice.option_id.clone(),
            count: choice.count,
        })
        .collect();
    let request = LineRequest {
        product_id: product.id,
        quantity: Quantity::whole(item.quantity),
        selections: &selections,
        open_price_minor: asked.filter(|_| product.open_price),
        note: item.note.clone(),
    };
    match catalogue.line_content(&request) {
        Ok(content) => Some(content),
        Err(rejection) => {
            invalid.add(format!("{path}.{}", field(&rejection)), rejection.rule());
            None
        }
    }
}

fn price(menu: &Menu, path: &str, product: &Product, asked: Option<i64>, changed: &mut Violations) {
    if !product.open_price && asked.is_some_and(|asked| asked != product.price_minor) {
        let valid = Money::new(product.price_minor, menu.catalogue.currency()).to_decimal_string();
        changed.add_with(format!("{path}.unit_price"), "is another one in the catalogue", Some(valid));
    }
}

fn field(rejection: &CatalogRejection) -> &'static str {
    match rejection.field() {
        "modifiers" => "choices",
        "price" => "unit_price",
        other => other,
    }
}
