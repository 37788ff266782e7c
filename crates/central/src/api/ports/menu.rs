//! The menu of another house over HTTP: `POST {store_id, items: [{product_id}]}` is answered with
//! `{items: [{product_id, offered}]}`, the same products in the same order.

use docket_domain::ids::{ProductId, StoreId};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::house::{House, HouseFault, Patience, Repeat};
use super::{Menu, Said, Wanted};

/// The menu behind an address.
pub struct HttpMenu(House);

#[derive(Serialize)]
struct Question {
    store_id: StoreId,
    items: Vec<AskedItem>,
}

#[derive(Serialize)]
struct AskedItem {
    product_id: ProductId,
}

#[derive(Deserialize)]
struct Answer {
    items: Vec<AnsweredItem>,
}

#[derive(Deserialize)]
struct AnsweredItem {
    product_id: ProductId,
    offered: bool,
}

impl HttpMenu {
    /// Makes ready to ask.
    ///
    /// # Errors
    /// [`HouseFault`] if it is no address.
    pub fn open(url: &str, patience: Patience) -> Result<Self, HouseFault> {
        House::open("menu", url, patience).map(Self)
    }
}

impl Menu for HttpMenu {
    fn withdrawn<'a>(&'a self, store: StoreId, items: &'a [Wanted]) -> BoxFuture<'a, Said<Vec<usize>>> {
        let asked: Vec<ProductId> = items.iter().map(|item| item.product).collect();
        let items = asked.iter().map(|product| AskedItem { product_id: *product }).collect();
        let question = Question { store_id: store, items };
        Box::pin(async move { self.0.ask(&question, None, Repeat::Always, move |answer| gone(&asked, &answer)).await })
    }
}

/// Places of what is not offered; none if the answer is about other products.
fn gone(asked: &[ProductId], answer: &Answer) -> Option<Vec<usize>> {
    let same = answer.items.iter().map(|item| item.product_id).eq(asked.iter().copied());
    let gone = answer.items.iter().enumerate().filter(|(_, item)| !item.offered).map(|(index, _)| index);
    same.then(|| gone.collect())
}
