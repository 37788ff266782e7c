//! The bodies of integration events. Amounts are integers in minor units of the order's currency, quantities decimal
//! strings, times milliseconds of the Unix epoch, days `yyyymmdd`.

use docket_domain::ids::{DeviceId, LineId, OrderId, PaymentId, ProductId, StoreId, SubjectId};
use docket_domain::order::line::OrderType;
use docket_domain::order::{LineState, Order, OrderStatus};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema;

/// An order as others see it. Data of `order.created` and `order.updated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderBody {
    /// The order.
    #[schemars(with = "uuid::Uuid")]
    pub order_id: OrderId,
    /// Its store.
    #[schemars(with = "uuid::Uuid")]
    pub store_id: StoreId,
    /// Rises with each change of this order that others can see; the message's `sequence`.
    pub version: u64,
    /// The short number on the receipt.
    pub label: String,
    /// How the guest takes it.
    #[schemars(schema_with = "schema::order_type")]
    pub order_type: OrderType,
    /// Where it stands.
    #[schemars(schema_with = "schema::order_status")]
    pub status: OrderStatus,
    /// ISO 4217.
    pub currency: String,
    /// Business day of its opening.
    pub business_day: i32,
    /// When it was opened.
    pub opened_at_ms: i64,
    /// By how many minutes the store's clock was ahead of UTC then; null where the store's zone is not known.
    #[serde(default)]
    pub utc_offset_minutes: Option<i32>,
    /// The table's name.
    pub table: Option<String>,
    /// Guests at the table.
    pub covers: Option<u16>,
    /// The guest's key, never the name.
    #[schemars(with = "Option<uuid::Uuid>")]
    pub customer_id: Option<SubjectId>,
    /// The lines that were not voided.
    pub lines: Vec<LineBody>,
    /// Without tax.
    pub net_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// With tax.
    pub total_minor: i64,
    /// What the guest owes in all, after credits.
    pub due_minor: i64,
    /// What was taken.
    pub captured_minor: i64,
    /// What was paid out again.
    pub refunded_minor: i64,
    /// What is open: due − (captured − refunded).
    pub balance_minor: i64,
    /// The payments.
    pub payments: Vec<PaymentBody>,
    /// The refunds.
    pub refunds: Vec<RefundBody>,
    /// Exceptions that a person has yet to close.
    pub open_exceptions: u32,
    /// Why it was called off, where it was.
    pub cancel_reason: Option<String>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineBody {
    /// The line.
    #[schemars(with = "uuid::Uuid")]
    pub line_id: LineId,
    /// The product.
    #[schemars(with = "uuid::Uuid")]
    pub product_id: ProductId,
    /// Its name as sold.
    pub name: String,
    /// How many, as a decimal.
    pub quantity: String,
    /// Price of one without modifiers.
    pub unit_price_minor: i64,
    /// What was chosen with it.
    pub modifiers: Vec<ModifierBody>,
    /// How far it is.
    #[schemars(schema_with = "schema::line_state")]
    pub state: LineState,
    /// Its sum with tax; 0 where it is not charged.
    pub total_minor: i64,
}

/// A choice that goes with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModifierBody {
    /// The group of the catalogue.
    pub group_id: String,
    /// The option in the group.
    pub option_id: String,
    /// Its name.
    pub name: String,
    /// How often, at least 1.
    pub count: u32,
    /// Price of all of them for one of the line.
    pub price_minor: i64,
}

/// A payment of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentBody {
    /// The payment.
    #[schemars(with = "uuid::Uuid")]
    pub payment_id: PaymentId,
    /// What it captured.
    pub amount_minor: i64,
    /// How it was paid: `cash`.
    pub tender: String,
    /// The drawer.
    pub drawer: String,
    /// The device that took it.
    #[schemars(with = "uuid::Uuid")]
    pub device_id: DeviceId,
    /// When.
    pub paid_at_ms: i64,
    /// Its business day.
    pub business_day: i32,
    /// Series of the legal receipt.
    pub receipt_series: String,
    /// Number in the series.
    pub receipt_number: u32,
}

/// Money that went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundBody {
    /// The refund.
    #[schemars(with = "uuid::Uuid")]
    pub refund_id: PaymentId,
    /// The payment that it goes back from.
    #[schemars(with = "uuid::Uuid")]
    pub payment_id: PaymentId,
    /// What was paid out.
    pub payout_minor: i64,
    /// By how much it lowered the due.
    pub credit_minor: i64,
    /// Why.
    pub reason: String,
    /// When.
    pub refunded_at_ms: i64,
    /// Business day of the payout.
    pub business_day: i32,
}

/// Data of `order.status-changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusChanged {
    /// The status before.
    #[schemars(schema_with = "schema::order_status")]
    pub from: OrderStatus,
    /// The order as it is now.
    pub order: OrderBody,
}

/// Data of `order.cancelled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderCancelled {
    /// Why.
    pub reason: Option<String>,
    /// The order as it is now.
    pub order: OrderBody,
}

/// Data of `payment.captured`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentCaptured {
    /// The order.
    #[schemars(with = "uuid::Uuid")]
    pub order_id: OrderId,
    /// Its store.
    #[schemars(with = "uuid::Uuid")]
    pub store_id: StoreId,
    /// Its short number.
    pub label: String,
    /// ISO 4217.
    pub currency: String,
    /// The payment.
    pub payment: PaymentBody,
}

/// Data of `payment.refunded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentRefunded {
    /// The order.
    #[schemars(with = "uuid::Uuid")]
    pub order_id: OrderId,
    /// Its store.
    #[schemars(with = "uuid::Uuid")]
    pub store_id: StoreId,
    /// Its short number.
    pub label: String,
    /// ISO 4217.
    pub currency: String,
    /// The refund.
    pub refund: RefundBody,
}

/// Data of `customer.registered`, `customer.changed`, `customer.deactivated` and `customer.reactivated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerBody {
    /// The customer's key.
    #[schemars(with = "uuid::Uuid")]
    pub customer_id: SubjectId,
    /// Rises with each change.
    pub version: u64,
    /// Whether new orders are taken.
    pub active: bool,
}

impl OrderBody {
    /// The order as others see it, not numbered yet; whoever knows the store's zone adds its offset.
    #[must_use]
    pub fn of(order: &Order, store: StoreId) -> Self {
        OrderBody {
            order_id: order.id,
            store_id: store,
            version: 0,
            label: order.label().to_owned(),
            order_type: order.order_type,
            status: order.status,
            currency: order.currency().code().to_owned(),
            business_day: order.business_day,
            opened_at_ms: order.opened_at_ms,
            utc_offset_minutes: None,
            table: order.table().map(str::to_owned),
            covers: order.covers,
            customer_id: order.customer().map(|sealed| sealed.subject),
            lines: order.live_lines().map(LineBody::of).collect(),
            net_minor: order.totals.sums.net_minor,
            tax_minor: order.totals.sums.tax_minor,
            total_minor: order.totals.sums.total_minor,
            due_minor: order.due_minor,
            captured_minor: order.captured_minor,
            refunded_minor: order.refunded_minor,
            balance_minor: order.balance_minor,
            payments: order.payments.iter().map(PaymentBody::of).collect(),
            refunds: order.refunds.iter().map(RefundBody::of).collect(),
            open_exceptions: u32::try_from(order.open_exceptions().count()).unwrap_or(u32::MAX),
            cancel_reason: order.cancels.first().map(|cancel| cancel.reason.clone()),
        }
    }
}

impl LineBody {
    fn of(line: &docket_domain::order::Line) -> Self {
        let modifiers = line.content.modifiers.iter().map(|choice| ModifierBody {
            group_id: choice.group_id.clone(),
            option_id: choice.option_id.clone(),
            name: choice.name.clone(),
            count: choice.count,
            price_minor: choice.price_minor,
        });
        LineBody {
            line_id: line.id,
            product_id: line.content.product_id,
            name: line.content.name.clone(),
            quantity: line.content.quantity.to_string(),
            unit_price_minor: line.content.unit_price_minor,
            modifiers: modifiers.collect(),
            state: line.state(),
            total_minor: line.sums.total_minor,
        }
    }
}

impl PaymentBody {
    fn of(payment: &docket_domain::order::view::Payment) -> Self {
        PaymentBody {
            payment_id: payment.id,
            amount_minor: payment.amount_minor,
            tender: "cash".to_owned(),
            drawer: payment.drawer.clone(),
            device_id: payment.device,
            paid_at_ms: payment.paid_at_ms,
            business_day: payment.business_day,
            receipt_series: payment.receipt.series.clone(),
            receipt_number: payment.receipt.number,
        }
    }
}

impl RefundBody {
    fn of(refund: &docket_domain::order::view::Refund) -> Self {
        RefundBody {
            refund_id: refund.id,
            payment_id: refund.payment,
            payout_minor: refund.payout_minor,
            credit_minor: refund.credit_minor,
            reason: refund.reason.clone(),
            refunded_at_ms: refund.refunded_at_ms,
            business_day: refund.business_day,
        }
    }
}
