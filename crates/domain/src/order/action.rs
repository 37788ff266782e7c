//! The commands of an order by name, and which of them would do something now.

use serde::{Deserialize, Serialize};

use super::command::{DecideContext, OrderCommand};
use super::limits::MAX_LINES;
use super::transitions::{Permission, permission};
use super::view::{Line, Order, Step};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// A command of an order, by name.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            /// Every action, in the order of the enum.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The command's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

actions! {
    /// Opens an order.
    Create = "create",
    /// Adds a line.
    AddLine = "add_line",
    /// Replaces a line's content.
    ChangeLine = "change_line",
    /// Splits a line in two.
    SplitLine = "split_line",
    /// Takes a line out.
    VoidLine = "void_line",
    /// Sets the order type.
    SetType = "set_type",
    /// Sets or clears the table.
    SetTable = "set_table",
    /// Sets or clears the note.
    SetNote = "set_note",
    /// Sets or clears the customer.
    SetCustomer = "set_customer",
    /// Sets or clears the number of guests.
    SetCovers = "set_covers",
    /// Puts the order ahead of the others, or back in its turn.
    SetRush = "set_rush",
    /// The guest has ordered.
    Place = "place",
    /// Fires all new lines.
    Confirm = "confirm",
    /// Place and confirm.
    Send = "send",
    /// The kitchen begins.
    Start = "start",
    /// The kitchen is done.
    Ready = "ready",
    /// One line is done.
    BumpLine = "bump_line",
    /// Ready lines go back on the board.
    Recall = "recall",
    /// The guest gets lines.
    HandOver = "hand_over",
    /// The kitchen has seen changes.
    AcknowledgeChanges = "acknowledge_changes",
    /// Calls the order off.
    Cancel = "cancel",
    /// Answers cancels.
    Reinstate = "reinstate",
    /// Closes an exception.
    CloseException = "close_exception",
    /// Takes cash.
    PayCash = "pay_cash",
    /// Gives cash back.
    Refund = "refund",
    /// Hands over the rest.
    Complete = "complete",
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl OrderCommand {
    /// The command's name.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::Create { .. } => Action::Create,
            Self::AddLine(_) => Action::AddLine,
            Self::ChangeLine(_) => Action::ChangeLine,
            Self::SplitLine { .. } => Action::SplitLine,
            Self::VoidLine { .. } => Action::VoidLine,
            Self::SetType(_) => Action::SetType,
            Self::SetTable(_) => Action::SetTable,
            Self::SetNote(_) => Action::SetNote,
            Self::SetCustomer(_) => Action::SetCustomer,
            Self::SetCovers(_) => Action::SetCovers,
            Self::SetRush(_) => Action::SetRush,
            Self::Place => Action::Place,
            Self::Confirm => Action::Confirm,
            Self::Send => Action::Send,
            Self::Start { .. } => Action::Start,
            Self::Ready { .. } => Action::Ready,
            Self::BumpLine { .. } => Action::BumpLine,
            Self::Recall { .. } => Action::Recall,
            Self::HandOver { .. } => Action::HandOver,
            Self::AcknowledgeChanges { .. } => Action::AcknowledgeChanges,
            Self::Cancel { .. } => Action::Cancel,
            Self::Reinstate { .. } => Action::Reinstate,
            Self::CloseException { .. } => Action::CloseException,
            Self::PayCash { .. } => Action::PayCash,
            Self::Refund { .. } => Action::Refund,
            Self::Complete => Action::Complete,
        }
    }
}

/// The actions that `decide` would turn into facts now, given fitting arguments: what a view draws.
#[must_use]
pub fn actions(order: &Order, context: &DecideContext) -> Vec<Action> {
    let possible =
        |action: &&Action| permission(order, **action) == Permission::Allowed && has_work(order, context, **action);
    Action::ALL.iter().filter(possible).copied().collect()
}

/// Whether the order holds something that the action acts on.
fn has_work(order: &Order, context: &DecideContext, action: Action) -> bool {
    let owns = owns(order, context);
    let moves_money = !order.update_needed && order.pricing_error.is_none();
    let has_room = order.lines.len() < MAX_LINES;
    let any = |wanted: &dyn Fn(&Line) -> bool| order.live_lines().any(wanted);
    let at = |from: Step, to: Step| any(&|line| (from..=to).contains(&line.production.step));
    match action {
        Action::Create => false,
        Action::AddLine => has_room,
        Action::ChangeLine => at(Step::New, Step::New),
        Action::SplitLine => owns && has_room && any(&is_divisible),
        Action::VoidLine => at(Step::New, Step::Ready),
        Action::SetType
        | Action::SetTable
        | Action::SetNote
        | Action::SetCustomer
        | Action::SetCovers
        | Action::SetRush => true,
        Action::Place => any(&|_| true),
        Action::Confirm => at(Step::New, Step::New),
        Action::Send => at(Step::New, Step::New) || !order.placed && any(&|_| true),
        Action::Start => at(Step::Fired, Step::Fired),
        Action::Ready | Action::BumpLine => at(Step::Fired, Step::Started),
        Action::Recall | Action::HandOver => at(Step::Ready, Step::Ready),
        Action::AcknowledgeChanges => !order.kitchen_changes.is_empty(),
        Action::Cancel => {
            !money_held(order) && !at(Step::HandedOver, Step::HandedOver) && (owns || !at(Step::Fired, Step::Ready))
        }
        Action::Reinstate => !order.cancels.is_empty(),
        Action::CloseException => order.open_exceptions().next().is_some(),
        Action::PayCash => owns && moves_money && order.balance_minor > 0 && any(&|_| true),
        Action::Refund => owns && moves_money && order.payments.iter().any(|payment| payment.left_minor() > 0),
        Action::Complete => moves_money && order.balance_minor <= 0 && at(Step::New, Step::Ready),
    }
}

/// Whether the device may act for the owner. An order without one is claimed by the till that acts first.
pub(super) fn owns(order: &Order, context: &DecideContext) -> bool {
    order.owner.is_none_or(|owner| owner == context.device)
}

/// Whether the house holds money of the guest.
pub(super) fn money_held(order: &Order) -> bool {
    order.captured_minor > order.refunded_minor
}

/// Whether the line can be cut in two parts of a thousandth at least.
fn is_divisible(line: &Line) -> bool {
    line.production.step < Step::HandedOver && line.content.quantity.thousandths() > 1
}
