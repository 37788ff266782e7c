//! What a person or a device wants of an order. Times, ids and prices are already inside.

use std::sync::Arc;

use super::event::{ReceiptNumber, Sealed, Terms};
use super::exception::{ExceptionId, Resolution};
use super::line::{LineContent, OrderType};
use crate::ids::{DeviceId, EventId, LineId, OrderId, PaymentId};
use crate::money::Quantity;

/// A new line with the content that the catalogue gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// Made by the client.
    pub line_id: LineId,
    /// Priced by the terminal.
    pub content: Arc<LineContent>,
}

/// A command to an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderCommand {
    /// Opens an order, with lines if there are some.
    Create {
        /// The order.
        order_id: OrderId,
        /// Its short number.
        label: String,
        /// How the guest takes it.
        order_type: OrderType,
        /// The table's name.
        table: Option<String>,
        /// Prices and rounding.
        terms: Terms,
        /// First lines.
        lines: Vec<NewLine>,
    },
    /// Adds a line.
    AddLine(NewLine),
    /// Replaces a line's content; refused once the kitchen has it.
    ChangeLine(NewLine),
    /// Splits a line in two.
    SplitLine {
        /// The line that is split.
        line_id: LineId,
        /// The line that the moved part becomes.
        new_line_id: LineId,
        /// The part that moves: positive and less than the line's quantity.
        quantity: Quantity,
    },
    /// Takes a line out.
    VoidLine {
        /// The line.
        line_id: LineId,
        /// Why; required once the kitchen has it.
        reason: Option<String>,
    },
    /// Sets the order type.
    SetType(OrderType),
    /// Sets or clears the table.
    SetTable(Option<String>),
    /// Sets or clears the order's note.
    SetNote(Option<Sealed>),
    /// Sets or clears the customer.
    SetCustomer(Option<Sealed>),
    /// Sets or clears the number of guests.
    SetCovers(Option<u16>),
    /// Puts the order ahead of the others, or back in its turn.
    SetRush(bool),
    /// The guest has ordered.
    Place,
    /// Fires all new lines.
    Confirm,
    /// Place + confirm.
    Send,
    /// The kitchen begins: these lines, or all fired ones.
    Start {
        /// Lines; empty means all that can be started.
        lines: Vec<LineId>,
    },
    /// The kitchen is done: these lines, or all that it has.
    Ready {
        /// Lines; empty means all that can be made ready.
        lines: Vec<LineId>,
    },
    /// One line is done.
    BumpLine {
        /// The line.
        line_id: LineId,
    },
    /// Ready lines go back on the board: these, or all ready ones.
    Recall {
        /// Lines; empty means all that are ready.
        lines: Vec<LineId>,
    },
    /// The guest gets these lines, or all ready ones.
    HandOver {
        /// Lines; empty means all that are ready.
        lines: Vec<LineId>,
    },
    /// The kitchen has seen these changes, or all open ones.
    AcknowledgeChanges {
        /// Facts; empty means all open ones.
        facts: Vec<EventId>,
    },
    /// Calls the order off.
    Cancel {
        /// Why.
        reason: String,
    },
    /// Answers every cancel in force.
    Reinstate {
        /// Why.
        reason: Option<String>,
    },
    /// Closes an exception.
    CloseException {
        /// Which.
        exception: ExceptionId,
        /// How.
        resolution: Resolution,
    },
    /// Takes cash; on an unsent order it places and confirms as well.
    PayCash {
        /// The payment, made by the client.
        payment_id: PaymentId,
        /// What the guest handed over, in minor units.
        tendered_minor: i64,
        /// What is to be captured; none means the whole balance. Capped by `tendered_minor`.
        amount_minor: Option<i64>,
        /// The drawer.
        drawer: String,
        /// The register's next receipt number; `grand_total_minor` before this payment.
        receipt: ReceiptNumber,
    },
    /// Gives cash back.
    Refund {
        /// The refund, made by the client.
        refund_id: PaymentId,
        /// The payment that it goes back from.
        payment_id: PaymentId,
        /// What goes back, in minor units; none means all that is left of the payment.
        amount_minor: Option<i64>,
        /// The drawer that pays it out.
        drawer: String,
        /// Why.
        reason: String,
    },
    /// Hands over the rest; refused while a balance is open.
    Complete,
}

/// Who asks, and where: what `decide` needs besides order and command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecideContext {
    /// The device that decides.
    pub device: DeviceId,
}
