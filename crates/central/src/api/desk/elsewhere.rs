//! What other houses say about an order before it is decided: whether their menu offers it, and whether their stock has it. Where
//! one is not reached its fallback holds, and the log says that this order was taken without its word.

use std::collections::BTreeMap;
use std::sync::Arc;

use docket_domain::ids::{OrderId, StoreId};
use docket_domain::order::line::LineContent;

use super::check::Violations;
use crate::api::fault::{Fault, FaultCode};
use crate::api::order::NewOrder;
use crate::api::ports::{Ports, Unreached, Wanted};

/// Asks both at once about the lines of a new order.
///
/// # Errors
/// [`FaultCode::Unavailable`] names the items.
pub(super) async fn ask(
    ports: &Ports,
    store: StoreId,
    order_id: OrderId,
    order: &NewOrder,
    contents: &[Arc<LineContent>],
) -> Result<(), Fault> {
    let wanted = wanted(order, contents);
    let (withdrawn, short) =
        tokio::join!(ports.menu().withdrawn(store, &wanted), ports.stock().available(store, &wanted));
    flag("menu", order_id, withdrawn.flag());
    flag("stock", order_id, short.flag());
    let mut found = Violations::default();
    for index in withdrawn.answer().unwrap_or_default() {
        each(order, contents, &wanted[index], |item| found.add(item, "is not offered now"));
    }
    for short in short.answer().unwrap_or_default() {
        let rule = format!("is short: {} are left", short.left);
        each(order, contents, &wanted[short.index], |item| found.add(item, rule.clone()));
    }
    found.into_result(FaultCode::Unavailable)
}

/// Each product once, with the sum of its quantities: two lines of one product share what is left.
fn wanted(order: &NewOrder, contents: &[Arc<LineContent>]) -> Vec<Wanted> {
    let mut sums = BTreeMap::new();
    for (item, content) in order.items.iter().zip(contents) {
        let sum: &mut u32 = sums.entry(content.product_id).or_default();
        *sum = sum.saturating_add(item.quantity.unsigned_abs());
    }
    sums.into_iter().map(|(product, quantity)| Wanted { product, quantity }).collect()
}

/// The fields of the items of a product.
fn each(order: &NewOrder, contents: &[Arc<LineContent>], wanted: &Wanted, mut field: impl FnMut(String)) {
    let named = order.items.iter().zip(contents).enumerate();
    named
        .filter(|(_, (_, content))| content.product_id == wanted.product)
        .for_each(|(index, _)| field(format!("items[{index}].product_id")));
}

fn flag(port: &str, order: OrderId, why: Option<Unreached>) {
    if let Some(why) = why {
        tracing::warn!(port, order_id = %order, why = why.as_str(), "an order is taken without another house's word");
    }
}
