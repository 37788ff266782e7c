//! The payment service of another house over HTTP: `POST {order_id, store_id, amount, currency}` with an
//! `Idempotency-Key` is answered with `{reference, url, amount, currency}`. A service that names another sum than the
//! one that was asked for is not believed.

use docket_domain::ids::{OrderId, StoreId};
use futures_util::future::BoxFuture;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::house::{House, HouseFault, Patience, Repeat, web_address};
use super::limits::{PORT_REFERENCE_CHARS_MAX, PORT_URL_BYTES_MAX};
use super::{Due, Payment, PaymentLink, Said};

/// The payment service behind an address.
pub struct HttpPayment(House);

#[derive(Serialize)]
struct Question<'a> {
    order_id: OrderId,
    store_id: StoreId,
    amount: &'a str,
    currency: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    reference: String,
    url: String,
    amount: String,
    currency: String,
}

impl HttpPayment {
    /// Makes ready to ask.
    ///
    /// # Errors
    /// [`HouseFault`] if it is no address.
    pub fn open(url: &str, patience: Patience) -> Result<Self, HouseFault> {
        House::open("payment", url, patience).map(Self)
    }
}

impl Payment for HttpPayment {
    fn request<'a>(&'a self, due: &'a Due) -> BoxFuture<'a, Said<PaymentLink>> {
        Box::pin(async move {
            let question =
                Question { order_id: due.order, store_id: due.store, amount: &due.amount, currency: &due.currency };
            let expected = due.clone();
            let check = move |answer| link(&expected, answer);
            // Whether another house keeps its promise about repeated keys is not ours to know.
            self.0.ask(&question, Some(due.key.clone()), Repeat::IfNotSent, check).await
        })
    }
}

fn link(due: &Due, answer: Answer) -> Option<PaymentLink> {
    let sum = |text: &str| text.parse::<Decimal>().ok();
    let same =
        answer.currency == due.currency && sum(&answer.amount).is_some_and(|said| Some(said) == sum(&due.amount));
    let page = answer.url.len() <= PORT_URL_BYTES_MAX && web_address(&answer.url).is_some();
    let named = (1..=PORT_REFERENCE_CHARS_MAX).contains(&answer.reference.chars().count());
    (same && page && named).then_some(PaymentLink { reference: answer.reference, url: answer.url })
}
