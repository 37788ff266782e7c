//! The stock of another house over HTTP: `POST {store_id, items: [{product_id, quantity}]}` is answered with
//! `{items: [{product_id, left}]}`, the same products in the same order; `left` is null where nobody counts.

use docket_domain::ids::{ProductId, StoreId};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::house::{House, HouseFault, Patience, Repeat};
use super::{Said, Short, Stock, Wanted};

/// The stock behind an address.
pub struct HttpStock(House);

#[derive(Serialize)]
struct Question {
    store_id: StoreId,
    items: Vec<AskedItem>,
}

#[derive(Serialize)]
struct AskedItem {
    product_id: ProductId,
    quantity: u32,
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<AnsweredItem>,
}

#[derive(Deserialize)]
struct AnsweredItem {
    product_id: ProductId,
    left: Option<u32>,
}

impl HttpStock {
    /// Makes ready to ask.
    ///
    /// # Errors
    /// [`HouseFault`] if it is no address.
    pub fn open(url: &str, patience: Patience) -> Result<Self, HouseFault> {
        House::open("stock", url, patience).map(Self)
    }
}

impl Stock for HttpStock {
    fn available<'a>(&'a self, store: StoreId, items: &'a [Wanted]) -> BoxFuture<'a, Said<Vec<Short>>> {
        let asked = items.iter().map(|item| AskedItem { product_id: item.product, quantity: item.quantity }).collect();
        let wanted = items.to_vec();
        let question = Question { store_id: store, items: asked };
        Box::pin(
            async move { self.0.ask(&question, None, Repeat::Always, move |answer| short(&wanted, &answer)).await },
        )
    }
}

/// The items of which there is not enough; none if the answer is about other products.
fn short(wanted: &[Wanted], answer: &Answer) -> Option<Vec<Short>> {
    let same = answer.items.iter().map(|item| item.product_id).eq(wanted.iter().map(|item| item.product));
    let missing = wanted.iter().zip(&answer.items).enumerate().filter_map(|(index, (wanted, answered))| {
        let left = answered.left?;
        (left < wanted.quantity).then_some(Short { index, left })
    });
    same.then(|| missing.collect())
}
