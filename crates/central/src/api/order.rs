//! Orders as the API has them: what is asked for, and what is shown. Money is a decimal string in the store's currency,
//! times are RFC 3339.

use docket_domain::ids::{LineId, OrderId, StoreId, SubjectId};
use docket_domain::order::line::OrderType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::rest::schema;

/// An order to be placed. Its JSON is the body of `POST /api/v1/orders`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrder {
    /// Who orders; the token's `sub`, except for staff and admin.
    #[schema(min_length = 1, max_length = 255, example = "user-123")]
    pub user_id: String,
    /// What is ordered, at least one.
    #[schema(min_items = 1, max_items = 200)]
    pub items: Vec<NewItem>,
    /// Where it goes to; kept at head office, never in the log.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub shipping_address: Option<String>,
    /// The store; may be left out where the caller has one only.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub store_id: Option<StoreId>,
    /// `take_away` where it is left out.
    #[serde(default)]
    #[schema(schema_with = schema::optional_order_type)]
    pub order_type: Option<OrderType>,
    /// The customer, where it is not the one of `user_id`; for staff and admin.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<SubjectId>,
    /// A word to the store.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// An item to be ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    /// The item's id in the menu, or the product's UUID.
    #[schema(min_length = 1, max_length = 200, example = "prod-001")]
    pub product_id: String,
    /// As in the catalogue; refused as `price_changed` where it is another.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub product_name: Option<String>,
    /// 1 to 999.
    #[schema(minimum = 1, maximum = 999)]
    pub quantity: i32,
    /// Price of one as in the catalogue; refused as `price_changed` where it is another.
    #[serde(default)]
    #[schema(max_length = 20, pattern = "^[0-9]+([.][0-9]+)?$", example = "12.50")]
    pub unit_price: Option<String>,
    /// What is chosen with it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub choices: Vec<Choice>,
    /// A word to the kitchen.
    #[serde(default)]
    #[schema(max_length = 280)]
    pub note: Option<String>,
}

/// An option chosen in a modifier group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The group.
    #[schema(min_length = 1, max_length = 200)]
    pub group_id: String,
    /// The option in it.
    #[schema(min_length = 1, max_length = 200)]
    pub option_id: String,
    /// How often, from 1.
    #[serde(default = "once")]
    #[schema(minimum = 1, maximum = 99)]
    pub count: u32,
}

fn once() -> u32 {
    1
}

/// A change to an order. Its JSON is the body of `PATCH /api/v1/orders/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderPatch {
    /// The version that the change was decided on.
    #[serde(default)]
    pub expected_version: Option<u64>,
    /// Items to add, and items to replace by line.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub items: Vec<ItemChange>,
    /// Lines to take out.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 200)]
    pub remove_line_ids: Vec<LineId>,
    /// Another order type.
    #[serde(default)]
    #[schema(schema_with = schema::optional_order_type)]
    pub order_type: Option<OrderType>,
    /// Another address.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub shipping_address: Option<String>,
}

/// An item that is added or replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemChange {
    /// The line that is replaced; none adds one.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    pub line_id: Option<LineId>,
    /// What it is to be.
    pub item: NewItem,
}

/// A cancel. Its JSON is the body of `POST /api/v1/orders/{id}/cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Why.
    #[schema(min_length = 1, max_length = 200)]
    pub reason: String,
    /// The version that it was decided on.
    #[serde(default)]
    pub expected_version: Option<u64>,
}

/// Which orders a list has, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFilter {
    /// With this status.
    pub status: Option<String>,
    /// Of this type.
    pub order_type: Option<OrderType>,
    /// Of this store.
    pub store_id: Option<StoreId>,
    /// Of this customer.
    pub customer_id: Option<SubjectId>,
    /// Opened at or after, milliseconds of the Unix epoch.
    pub from_ms: Option<i64>,
    /// Opened before, milliseconds of the Unix epoch.
    pub to_ms: Option<i64>,
}

/// Whether the store has the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// A till of the store has said that it holds it.
    AtStore,
    /// It is accepted, and no till of the store has it yet.
    WaitingForStore,
}

/// Where a guest can pay what is due of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentPage {
    /// The order.
    #[schema(value_type = Uuid)]
    pub order_id: OrderId,
    /// What the payment service calls it.
    #[schema(max_length = 255)]
    pub reference: String,
    /// The page for the guest.
    #[schema(max_length = 2048, pattern = "^https?://.+$")]
    pub url: String,
    /// What is asked for: what was due when the page was made.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

/// An order as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderView {
    /// The order.
    #[schema(value_type = Uuid)]
    pub order_id: OrderId,
    /// Its store.
    #[schema(value_type = Uuid)]
    pub store_id: StoreId,
    /// The customer's key.
    #[schema(value_type = Option<Uuid>)]
    pub customer_id: Option<SubjectId>,
    /// The short number on the receipt.
    pub label: String,
    /// How the guest takes it.
    #[schema(schema_with = schema::order_type)]
    pub order_type: OrderType,
    /// Where it stands.
    #[schema(schema_with = schema::order_status)]
    pub status: String,
    /// Rises with each change that others can see.
    pub version: u64,
    /// ISO 4217.
    pub currency: String,
    /// The lines that were not voided.
    pub items: Vec<LineView>,
    /// Without tax.
    pub net: String,
    /// Tax.
    pub tax: String,
    /// With tax.
    pub total: String,
    /// What is open.
    pub balance: String,
    /// Whether the store has it.
    pub delivery: Delivery,
    /// When it was opened.
    pub opened_at: String,
    /// Why it was called off, where it was.
    pub cancel_reason: Option<String>,
    /// Where it goes to.
    pub shipping_address: Option<String>,
}

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// The line.
    #[schema(value_type = Uuid)]
    pub line_id: LineId,
    /// The product.
    pub product_id: Uuid,
    /// Its name as sold.
    pub product_name: String,
    /// How many, as a decimal.
    pub quantity: String,
    /// Price of one without choices.
    pub unit_price: String,
    /// Sum with tax.
    pub total: String,
    /// How far it is.
    pub state: String,
    /// What was chosen with it.
    pub choices: Vec<Choice>,
}

/// The answer to an act: the order, and its JSON as it was given the first time, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The order after the act.
    pub view: OrderView,
    /// [`Answer::view`] as JSON, as it was stored with the effect.
    pub json: String,
    /// Whether it is the repeat of an earlier answer.
    pub replayed: bool,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// What asks for the next page; none at the end. It names the filter, and goes with no other.
    pub next: Option<String>,
}

/// A change of an order, as the change feed, WatchOrders and webhooks tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEvent {
    /// To go on behind it. Opaque; it rises.
    pub position: String,
    /// The CloudEvents id.
    pub event_id: Uuid,
    /// Type of the integration event, such as `order.status-changed`.
    pub event_type: String,
    /// When it was written, milliseconds of the Unix epoch.
    pub time_ms: i64,
    /// Its store.
    pub store_id: StoreId,
    /// The order.
    pub order_id: OrderId,
    /// The body of the integration event, as JSON.
    pub data: String,
}
