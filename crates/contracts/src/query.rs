//! Inputs of the queries. They are flat, so that they fit a query string.

use docket_domain::ids::{OrderId, PaymentId, PersonId, ProductId};
use docket_domain::order::line::OrderType;
use serde::{Deserialize, Serialize};

use crate::view::OrderStatus;

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $ty,)* }
    )+};
}

queries! {
    /// A query without input.
    Nothing {}
    /// One order.
    ByOrder {
        /// The order.
        order_id: OrderId,
    }
    /// The receipt of an order as it stands.
    ByReceipt {
        /// The order.
        order_id: OrderId,
        /// The payment whose receipt is wanted; none means the last.
        #[serde(default)]
        payment_id: Option<PaymentId>,
    }
    /// A page of orders, newest first.
    ListOrders {
        /// Only this status.
        #[serde(default)]
        status: Option<OrderStatus>,
        /// Only orders neither completed nor cancelled (true), or only those that are (false).
        #[serde(default)]
        open: Option<bool>,
        /// Only this type.
        #[serde(default)]
        order_type: Option<OrderType>,
        /// From this business day on, yyyymmdd.
        #[serde(default)]
        from_day: Option<i32>,
        /// Up to this business day, yyyymmdd.
        #[serde(default)]
        to_day: Option<i32>,
        /// Only orders opened by this person.
        #[serde(default)]
        person_id: Option<PersonId>,
        /// Number, table or product names that contain this, at least 1 character.
        #[serde(default)]
        text: Option<String>,
        /// Where the last page ended (`next` of its answer).
        #[serde(default)]
        after: Option<String>,
        /// At most so many, 50 if left out, at most 200.
        #[serde(default)]
        limit: Option<u32>,
    }
    /// A page of products in menu order.
    ListProducts {
        /// Only this category.
        #[serde(default)]
        category_id: Option<String>,
        /// Names or bar codes that match this text.
        #[serde(default)]
        text: Option<String>,
        /// Where the last page ended.
        #[serde(default)]
        after: Option<String>,
        /// At most so many, 100 if left out, at most 500.
        #[serde(default)]
        limit: Option<u32>,
    }
    /// One product with its modifier groups.
    ByProduct {
        /// The product.
        product_id: ProductId,
    }
}
