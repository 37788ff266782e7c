//! One order, its history, its receipt, and rows of the list.

use docket_domain::ids::{EventId, LineId, OrderId, PaymentId, ProductId};
use docket_domain::money::{Address, Money, Quantity};
use docket_domain::order::exception::{ExceptionId, ExceptionKind, Resolution};
use docket_domain::order::line::OrderType;
use docket_domain::order::{Action, LineState, OrderStatus};
use specta_typescript::Number;

views! {
    /// A modifier of a line.
    ModifierView {
        /// Group of the catalogue.
        group_id: String,
        /// Option in the group.
        option_id: String,
        /// Name.
        name: String,
        /// How often per unit.
        count: u32,
        /// Price for one unit of the line.
        price: Money,
    }
    /// A line of an order.
    LineView {
        /// The line.
        line_id: LineId,
        /// The version that lives.
        version_id: EventId,
        /// The product.
        product_id: ProductId,
        /// Name as sold.
        name: String,
        /// How many.
        quantity: Quantity,
        /// Price of one unit without modifiers.
        unit_price: Money,
        /// Whether that price was asked for.
        open_price: bool,
        /// Modifiers.
        modifiers: Vec<ModifierView>,
        /// Word to the kitchen.
        note: Option<String>,
        /// new, fired, started, ready, handed_over or voided.
        state: LineState,
        /// Round of production; above 0 after a recall.
        round: u32,
        /// What the line costs as shown to the guest: with included taxes, without added ones.
        amount: Money,
        /// Why it was voided.
        void_reason: Option<String>,
        /// Whether its content may still be changed.
        editable: bool,
        /// Contents that lost a conflict, for people to read.
        superseded: Vec<String>,
    }
    /// A charge that is no product, such as service.
    ChargeView {
        /// Name.
        name: String,
        /// Amount as shown to the guest.
        amount: Money,
    }
    /// One tax of an order.
    TaxView {
        /// Id in the catalogue.
        id: String,
        /// Name.
        name: String,
        /// Percent, as text.
        percent: String,
        /// Whether prices contain it.
        included: bool,
        /// Amount.
        amount: Money,
    }
    /// Sums of an order.
    TotalsView {
        /// Sum of the amounts shown at lines and charges.
        subtotal: Money,
        /// Total without tax.
        net: Money,
        /// All taxes.
        tax: Money,
        /// Taxes, one by one.
        taxes: Vec<TaxView>,
        /// What the guest owes in all.
        total: Money,
        /// Rounding between lines and document, where there is one.
        rounding: Option<Money>,
    }
    /// A payment.
    PaymentView {
        /// The payment.
        payment_id: PaymentId,
        /// `cash`.
        tender: String,
        /// Captured.
        amount: Money,
        /// Handed over by the guest.
        tendered: Money,
        /// Given back.
        change: Money,
        /// Legal receipt, `series-number`.
        receipt: String,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
    }
    /// Money that went back.
    RefundView {
        /// The refund.
        refund_id: PaymentId,
        /// The payment that it went back from.
        payment_id: PaymentId,
        /// Legal receipt of that payment; none if the payment is not known here.
        receipt: Option<String>,
        /// `cash`.
        tender: String,
        /// Given back.
        amount: Money,
        /// Why.
        reason: String,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
    }
    /// A payment of which money can go back.
    RefundableView {
        /// The payment.
        payment_id: PaymentId,
        /// Its legal receipt, `series-number`.
        receipt: String,
        /// When it was taken, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
        /// What is left of it: the most that can go back.
        most: Money,
        /// What to offer first: what the house owes of it, else all that is left.
        suggested: Money,
        /// Whether the house owes it.
        owed: bool,
    }
    /// An exception of an order.
    ExceptionView {
        /// Which.
        exception_id: ExceptionId,
        /// Its order.
        order_id: OrderId,
        /// Short number of the order.
        label: String,
        /// What happened.
        kind: ExceptionKind,
        /// Money that is open because of it.
        amount: Option<Money>,
        /// How it was closed.
        closed: Option<Resolution>,
        /// How it may be closed here and now.
        resolutions: Vec<Resolution>,
        /// Whether giving money back is another choice.
        refund: bool,
    }
    /// The guest of an order.
    CustomerView {
        /// Name.
        name: Option<String>,
        /// Phone.
        phone: Option<String>,
        /// Address.
        address: Option<Address>,
        /// True when the key was destroyed: the person was erased.
        erased: bool,
    }
    /// One order.
    OrderView {
        /// Identity.
        order_id: OrderId,
        /// Short number.
        label: String,
        /// Status now.
        status: OrderStatus,
        /// Everything is served and something is still to pay.
        served_unpaid: bool,
        /// Token of the facts held; name it as `expected_version`.
        version: String,
        /// How the guest takes it.
        order_type: OrderType,
        /// Table.
        table: Option<String>,
        /// Guests at the table, where somebody counted.
        covers: Option<u16>,
        /// To be made before the others.
        rush: bool,
        /// Note on the whole order.
        note: Option<String>,
        /// Guest.
        customer: Option<CustomerView>,
        /// Lines, voided ones included.
        lines: Vec<LineView>,
        /// Charges.
        charges: Vec<ChargeView>,
        /// Sums.
        totals: TotalsView,
        /// Owed after credits.
        due: Money,
        /// Taken.
        captured: Money,
        /// Given back.
        refunded: Money,
        /// Still to pay (negative: owed to the guest).
        balance: Money,
        /// Payments.
        payments: Vec<PaymentView>,
        /// What went back of them.
        refunds: Vec<RefundView>,
        /// What can go back of them: where something is owed first, then the later ones.
        refundable: Vec<RefundableView>,
        /// Amounts to offer for cash: the exact one first, then what a guest would hand over.
        cash_suggestions: Vec<Money>,
        /// Exceptions, open ones first.
        exceptions: Vec<ExceptionView>,
        /// What may be done now by the person who asks.
        actions: Vec<Action>,
        /// When it was opened, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        opened_at_ms: i64,
        /// Business day, yyyymmdd.
        business_day: i32,
        /// Who opened it.
        opened_by: Option<String>,
        /// A newer program wrote a fact that this one can't read: no money is taken here.
        update_needed: bool,
        /// Facts that were set aside for want of authority.
        set_aside: u32,
        /// It is of the store that this till was in before: it can be seen and printed, and nothing about it changes.
        archived: bool,
    }
    /// One row of the list of orders.
    OrderRow {
        /// Identity.
        order_id: OrderId,
        /// Short number.
        label: String,
        /// Status.
        status: OrderStatus,
        /// Type.
        order_type: OrderType,
        /// Table.
        table: Option<String>,
        /// Lines in words, such as `2 × Latte, 1 × Bagel`.
        summary: String,
        /// Total.
        total: Money,
        /// Still to pay.
        balance: Money,
        /// Open exceptions.
        exceptions: u32,
        /// Who opened it.
        opened_by: Option<String>,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        opened_at_ms: i64,
        /// Business day, yyyymmdd.
        business_day: i32,
    }
    /// A page of orders.
    OrderPage {
        /// Rows, newest first.
        rows: Vec<OrderRow>,
        /// Give it as `after` for the next page; none at the end.
        next: Option<String>,
    }
    /// One fact of an order's history.
    HistoryEntry {
        /// The fact.
        event_id: EventId,
        /// Log, 32 hex digits.
        log: String,
        /// Its number in the log.
        #[specta(type = Number)]
        seq: u64,
        /// Type, such as `order.line_added`.
        event_type: String,
        /// The payload as stored.
        payload: String,
        /// Person's name, if it was one.
        person: Option<String>,
        /// Role at that time.
        role: Option<String>,
        /// Station.
        station: Option<String>,
        /// Device.
        device: String,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
        /// `L` here, `P` on another device, `C` at head office.
        level: String,
        /// Hash, hex.
        hash: String,
    }
    /// A line of a receipt, as text.
    ReceiptLine {
        /// Quantity and name.
        text: String,
        /// Modifiers and price of one, below it.
        details: Vec<String>,
        /// Amount, or none.
        amount: Option<Money>,
    }
    /// A receipt as it is shown.
    ReceiptView {
        /// Shop.
        shop: String,
        /// Legal number, `series-number`; none before a payment.
        number: Option<String>,
        /// Short number of the order.
        label: String,
        /// Type.
        order_type: OrderType,
        /// Table.
        table: Option<String>,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
        /// Cashier.
        cashier: Option<String>,
        /// Lines, charges included.
        lines: Vec<ReceiptLine>,
        /// Sums.
        totals: TotalsView,
        /// Payments.
        payments: Vec<PaymentView>,
        /// What went back of them.
        refunds: Vec<RefundView>,
        /// Still to pay.
        balance: Money,
    }
}

/// An order as `docket-till price` takes it, so that anyone can hold their totals against ours.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, specta::Type)]
#[serde(transparent)]
pub struct PriceDocument(#[specta(type = specta_typescript::Unknown)] pub serde_json::Value);
