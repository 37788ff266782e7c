//! What other houses say about items before they are decided on: whether their menu offers them, and whether their stock has
//! them. Where one is not reached its fallback holds, and the log says that this order was taken without its word.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use docket_contracts::integration::LineBody;
use docket_domain::ids::{OrderId, ProductId, StoreId};
use docket_domain::order::line::LineContent;
use rust_decimal::Decimal;

use super::check::Violations;
use crate::api::fault::{Fault, FaultCode};
use crate::api::order::{NewOrder, OrderPatch};
use crate::api::ports::{Ports, Unreached, Wanted};

/// Items of one request that are asked about.
pub(super) struct Asking {
    items: Vec<Item>,
    /// The field of an item, by its place in the request.
    field: fn(usize) -> String,
}

struct Item {
    place: usize,
    product: ProductId,
    quantity: u32,
}

impl Asking {
    /// All items of a new order.
    pub(super) fn of_order(order: &NewOrder, contents: &[Arc<LineContent>]) -> Self {
        let items = order.items.iter().zip(contents).enumerate().map(|(place, (item, content))| Item {
            place,
            product: content.product_id,
            quantity: item.quantity.unsigned_abs(),
        });
        Asking { items: items.collect(), field: |place| format!("items[{place}].product_id") }
    }

    /// Items that a change adds or puts in a line's place. Who takes less of what is in the order `before` needs nobody's word:
    /// the kitchen has to cook less, whatever is left.
    pub(super) fn of_change(patch: &OrderPatch, contents: &[Arc<LineContent>], before: &[LineBody]) -> Self {
        let lines: HashMap<_, _> = before.iter().map(|line| (line.line_id, line)).collect();
        let is_less = |item: &Item, line: &LineBody| {
            let had = line.quantity.parse::<Decimal>();
            line.product_id == item.product && had.is_ok_and(|had| Decimal::from(item.quantity) <= had)
        };
        let items = patch.items.iter().zip(contents).enumerate().filter_map(|(place, (change, content))| {
            let item = Item { place, product: content.product_id, quantity: change.item.quantity.unsigned_abs() };
            let line = change.line_id.and_then(|id| lines.get(&id));
            (!line.is_some_and(|line| is_less(&item, line))).then_some(item)
        });
        Asking { items: items.collect(), field: |place| format!("items[{place}].item.product_id") }
    }

    /// Each product once, with the sum of its quantities: two lines of one product share what is left.
    fn wanted(&self) -> Vec<Wanted> {
        let mut sums = BTreeMap::new();
        for item in &self.items {
            let sum: &mut u32 = sums.entry(item.product).or_default();
            *sum = sum.saturating_add(item.quantity);
        }
        sums.into_iter().map(|(product, quantity)| Wanted { product, quantity }).collect()
    }

    /// The fields of the items of a product.
    fn fields(&self, wanted: &Wanted) -> impl Iterator<Item = String> {
        let product = wanted.product;
        self.items.iter().filter(move |item| item.product == product).map(|item| (self.field)(item.place))
    }
}

/// Asks both at once about the items.
///
/// # Errors
/// [`FaultCode::Unavailable`] names the items.
pub(super) async fn ask(ports: &Ports, store: StoreId, order_id: OrderId, asking: &Asking) -> Result<(), Fault> {
    if asking.items.is_empty() {
        return Ok(());
    }
    let wanted = asking.wanted();
    let (withdrawn, short) =
        tokio::join!(ports.menu().withdrawn(store, &wanted), ports.stock().available(store, &wanted));
    flag("menu", order_id, withdrawn.flag());
    flag("stock", order_id, short.flag());
    let mut found = Violations::default();
    for index in withdrawn.answer().unwrap_or_default() {
        asking.fields(&wanted[index]).for_each(|field| found.add(field, "is not offered now"));
    }
    for short in short.answer().unwrap_or_default() {
        let rule = format!("is short: {} are left", short.left);
        asking.fields(&wanted[short.index]).for_each(|field| found.add(field, rule.clone()));
    }
    found.into_result(FaultCode::Unavailable)
}

fn flag(port: &str, order: OrderId, why: Option<Unreached>) {
    if let Some(why) = why {
        tracing::warn!(port, order_id = %order, why = why.as_str(), "an order is taken without another house's word");
    }
}
