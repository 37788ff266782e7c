//! Why a command to an order is refused. Each rejection names a field and a rule; its code never changes.

use super::action::Action;
use super::view::OrderStatus;

/// A refusal of a command. Its text is the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing is known of the order.
    #[error("no order has this id")]
    OrderNotFound,
    /// The id is taken.
    #[error("an order with this id exists already")]
    OrderExists,
    /// The order has no such line.
    #[error("the order has no line with this id")]
    LineNotFound,
    /// The id is taken.
    #[error("the order has a line with this id already")]
    LineExists,
    /// The line counts for nothing any more.
    #[error("the line was voided")]
    LineVoided,
    /// What the kitchen has is voided, not edited.
    #[error("the kitchen has this line; void it with a reason instead of changing it")]
    LineInKitchen,
    /// What the guest has can't be undone.
    #[error("the guest has this line")]
    LineHandedOver,
    /// The kitchen does not have the line.
    #[error("the line was not sent to the kitchen")]
    LineNotFired,
    /// Only a ready line goes back on the board.
    #[error("the line is not ready")]
    LineNotReady,
    /// The status does not allow the command.
    #[error("{command} is not possible while the order is {status}")]
    StatusForbids {
        /// The command.
        command: Action,
        /// Where the order stands.
        status: OrderStatus,
    },
    /// A completed order is refunded, not cancelled.
    #[error("a completed order is refunded, not cancelled")]
    OrderCompleted,
    /// The guest's money comes first.
    #[error("money was taken for this order; refund it before you cancel")]
    PaymentCaptured,
    /// Part of the food is with the guest.
    #[error("part of the order was handed over; void the rest instead of cancelling")]
    PartHandedOver,
    /// Food that the kitchen has is not thrown away without a word.
    #[error("a reason is required")]
    ReasonRequired,
    /// A text is too long.
    #[error("must have at most {max} characters")]
    TextTooLong {
        /// The field.
        field: &'static str,
        /// Characters allowed.
        max: usize,
    },
    /// A text is empty.
    #[error("must not be empty")]
    TextEmpty {
        /// The field.
        field: &'static str,
    },
    /// A line is for something.
    #[error("must be greater than zero")]
    QuantityNotPositive,
    /// The quantity is absurd.
    #[error("must be at most {max}")]
    QuantityTooLarge {
        /// Units allowed.
        max: i32,
    },
    /// A split moves a part and leaves a part.
    #[error("must be less than the quantity of the line")]
    SplitQuantity,
    /// The order is full.
    #[error("an order has at most {max} lines")]
    TooManyLines {
        /// Lines allowed.
        max: usize,
    },
    /// The line is full.
    #[error("a line has at most {max} modifiers")]
    TooManyModifiers {
        /// Modifiers allowed.
        max: usize,
    },
    /// A price is negative or absurd.
    #[error("must lie between 0 and {max_minor} minor units")]
    PriceOutOfRange {
        /// Minor units allowed.
        max_minor: i64,
    },
    /// The sum of the lines is absurd.
    #[error("the lines together must not exceed {max}")]
    OrderTooLarge {
        /// Major units allowed.
        max: i64,
    },
    /// No line is left to act on.
    #[error("the order has no lines")]
    OrderEmpty,
    /// No line is in a state that the command acts on.
    #[error("there is nothing to {command} in this order")]
    NothingToDo {
        /// The command.
        command: Action,
    },
    /// No change with this id waits for the kitchen.
    #[error("the order has no change with this id for the kitchen")]
    ChangeNotFound,
    /// Food leaves against money.
    #[error("{balance_minor} minor units are still open")]
    BalanceOpen {
        /// What is open.
        balance_minor: i64,
    },
    /// The guest owes nothing.
    #[error("nothing is open to pay")]
    NothingToPay,
    /// The guest gave less than is to be taken.
    #[error("must be at least the amount to be paid")]
    TenderedTooSmall,
    /// The amount is not one that can be taken.
    #[error("must be greater than zero and at most {max_minor} minor units")]
    PaymentAmount {
        /// The field.
        field: &'static str,
        /// Minor units allowed.
        max_minor: i64,
    },
    /// The id is taken by another payment.
    #[error("a different payment with this id exists already")]
    PaymentExists,
    /// The register's running total can't grow any more.
    #[error("the grand total of the receipt series is exhausted")]
    GrandTotalExhausted,
    /// Money, splits and cancels after firing need the owner.
    #[error("another till owns this order")]
    NotOwner,
    /// A newer program wrote facts that may concern money.
    #[error("a newer version of the program wrote to this order; update this till first")]
    UpdateNeeded,
    /// The order can't be priced.
    #[error("the order can't be priced: {fault}")]
    PricingFailed {
        /// What pricing says.
        fault: String,
    },
    /// The order has no such exception.
    #[error("the order has no exception with this id")]
    ExceptionNotFound,
    /// A person closed it in another way.
    #[error("the exception was closed in another way")]
    ExceptionClosed,
    /// Nobody sits, or the number is absurd.
    #[error("must be between 1 and {max}")]
    CoversOutOfRange {
        /// Guests allowed.
        max: u16,
    },
    /// Money goes back from a payment of the order.
    #[error("the order has no payment with this id")]
    PaymentNotFound,
    /// All of the payment went back already.
    #[error("nothing is left of this payment to give back")]
    PaymentRefunded,
    /// The amount is not one that can go back.
    #[error("must be greater than zero and at most {max_minor} minor units, which is what is left of the payment")]
    RefundAmount {
        /// Minor units that are left of the payment.
        max_minor: i64,
    },
    /// The id is taken by a payment or by another refund.
    #[error("a payment or a different refund with this id exists already")]
    RefundExists,
}

impl Rejection {
    /// Every code, in the order of the variants. The list only grows.
    pub const CODES: &'static [&'static str] = &[
        "order_not_found",
        "order_exists",
        "line_not_found",
        "line_exists",
        "line_voided",
        "line_in_kitchen",
        "line_handed_over",
        "line_not_fired",
        "line_not_ready",
        "status_forbids",
        "order_completed",
        "payment_captured",
        "part_handed_over",
        "reason_required",
        "text_too_long",
        "text_empty",
        "quantity_not_positive",
        "quantity_too_large",
        "split_quantity",
        "too_many_lines",
        "too_many_modifiers",
        "price_out_of_range",
        "order_too_large",
        "order_empty",
        "nothing_to_do",
        "change_not_found",
        "balance_open",
        "nothing_to_pay",
        "tendered_too_small",
        "payment_amount",
        "payment_exists",
        "grand_total_exhausted",
        "not_owner",
        "update_needed",
        "pricing_failed",
        "exception_not_found",
        "exception_closed",
        "covers_out_of_range",
        "payment_not_found",
        "payment_refunded",
        "refund_amount",
        "refund_exists",
    ];

    /// The name for programs; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OrderNotFound => "order_not_found",
            Self::OrderExists => "order_exists",
            Self::LineNotFound => "line_not_found",
            Self::LineExists => "line_exists",
            Self::LineVoided => "line_voided",
            Self::LineInKitchen => "line_in_kitchen",
            Self::LineHandedOver => "line_handed_over",
            Self::LineNotFired => "line_not_fired",
            Self::LineNotReady => "line_not_ready",
            Self::StatusForbids { .. } => "status_forbids",
            Self::OrderCompleted => "order_completed",
            Self::PaymentCaptured => "payment_captured",
            Self::PartHandedOver => "part_handed_over",
            Self::ReasonRequired => "reason_required",
            Self::TextTooLong { .. } => "text_too_long",
            Self::TextEmpty { .. } => "text_empty",
            Self::QuantityNotPositive => "quantity_not_positive",
            Self::QuantityTooLarge { .. } => "quantity_too_large",
            Self::SplitQuantity => "split_quantity",
            Self::TooManyLines { .. } => "too_many_lines",
            Self::TooManyModifiers { .. } => "too_many_modifiers",
            Self::PriceOutOfRange { .. } => "price_out_of_range",
            Self::OrderTooLarge { .. } => "order_too_large",
            Self::OrderEmpty => "order_empty",
            Self::NothingToDo { .. } => "nothing_to_do",
            Self::ChangeNotFound => "change_not_found",
            Self::BalanceOpen { .. } => "balance_open",
            Self::NothingToPay => "nothing_to_pay",
            Self::TenderedTooSmall => "tendered_too_small",
            Self::PaymentAmount { .. } => "payment_amount",
            Self::PaymentExists => "payment_exists",
            Self::GrandTotalExhausted => "grand_total_exhausted",
            Self::NotOwner => "not_owner",
            Self::UpdateNeeded => "update_needed",
            Self::PricingFailed { .. } => "pricing_failed",
            Self::ExceptionNotFound => "exception_not_found",
            Self::ExceptionClosed => "exception_closed",
            Self::CoversOutOfRange { .. } => "covers_out_of_range",
            Self::PaymentNotFound => "payment_not_found",
            Self::PaymentRefunded => "payment_refunded",
            Self::RefundAmount { .. } => "refund_amount",
            Self::RefundExists => "refund_exists",
        }
    }

    /// The field of the command that the rule is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::LineNotFound
            | Self::LineExists
            | Self::LineVoided
            | Self::LineInKitchen
            | Self::LineHandedOver
            | Self::LineNotFired
            | Self::LineNotReady => "line_id",
            Self::StatusForbids { .. } | Self::OrderCompleted => "status",
            Self::PaymentCaptured | Self::PartHandedOver | Self::NotOwner | Self::UpdateNeeded => "order",
            Self::OrderNotFound | Self::OrderExists => "order_id",
            Self::ReasonRequired => "reason",
            Self::TextTooLong { field, .. } | Self::TextEmpty { field } | Self::PaymentAmount { field, .. } => field,
            Self::QuantityNotPositive | Self::QuantityTooLarge { .. } | Self::SplitQuantity => "quantity",
            Self::TooManyLines { .. } | Self::OrderTooLarge { .. } | Self::OrderEmpty | Self::NothingToDo { .. } => {
                "lines"
            }
            Self::TooManyModifiers { .. } => "modifiers",
            Self::PriceOutOfRange { .. } => "unit_price",
            Self::ChangeNotFound => "facts",
            Self::BalanceOpen { .. } | Self::NothingToPay | Self::PricingFailed { .. } => "balance",
            Self::TenderedTooSmall => "tendered",
            Self::PaymentExists | Self::PaymentNotFound | Self::PaymentRefunded => "payment_id",
            Self::RefundAmount { .. } => "amount",
            Self::RefundExists => "refund_id",
            Self::GrandTotalExhausted => "receipt",
            Self::ExceptionNotFound | Self::ExceptionClosed => "exception",
            Self::CoversOutOfRange { .. } => "covers",
        }
    }

    /// The rule as a sentence.
    #[must_use]
    pub fn rule(&self) -> String {
        self.to_string()
    }
}
