//! What a role may do: one table, asked before every command and every query, whatever the host. What callers of head
//! office's API may do is [`api`]'s.

pub mod api;

use serde::{Deserialize, Serialize};

use crate::order::command::OrderCommand;
use crate::order::view::{Order, Step};
use crate::staff::Role;

use Role::{Cashier, Kitchen, Manager};

const EVERYONE: &[Role] = &[Manager, Cashier, Kitchen];
const FRONT: &[Role] = &[Manager, Cashier];
const MANAGERS: &[Role] = &[Manager];

macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $text:literal => $roles:ident),+ $(,)?) => {
        /// A command or query, by name. Commands that weigh more once the kitchen is at work have a second entry.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum Operation {
            $($(#[$doc])* $name,)+
        }

        impl Operation {
            /// The operation's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }

        /// Operation × roles that may do it.
        pub const POLICY: &[(Operation, &[Role])] = &[$((Operation::$name, $roles)),+];
    };
}

operations! {
    /// Opens an order.
    CreateOrder = "create_order" => FRONT,
    /// Adds a line.
    AddLine = "add_line" => FRONT,
    /// Changes a line that the kitchen does not have.
    ChangeLine = "change_line" => FRONT,
    /// Splits a line.
    SplitLine = "split_line" => FRONT,
    /// Takes out a line that the kitchen does not have.
    VoidLine = "void_line" => FRONT,
    /// Takes out a line that the kitchen has, with a reason.
    VoidFiredLine = "void_fired_line" => FRONT,
    /// Sets counter, dine-in or take-away.
    SetType = "set_type" => FRONT,
    /// Sets the table.
    SetTable = "set_table" => FRONT,
    /// Sets the note.
    SetNote = "set_note" => FRONT,
    /// Sets the customer.
    SetCustomer = "set_customer" => FRONT,
    /// Sets the number of guests.
    SetCovers = "set_covers" => FRONT,
    /// Puts an order ahead of the others.
    SetRush = "set_rush" => FRONT,
    /// The guest has ordered.
    Place = "place" => FRONT,
    /// Fires all new lines.
    Confirm = "confirm" => FRONT,
    /// Place and confirm.
    Send = "send" => FRONT,
    /// The kitchen begins.
    Start = "start" => EVERYONE,
    /// The kitchen is done.
    Ready = "ready" => EVERYONE,
    /// One line is done.
    BumpLine = "bump_line" => EVERYONE,
    /// Ready lines go back on the board.
    Recall = "recall" => EVERYONE,
    /// The guest gets lines.
    HandOver = "hand_over" => EVERYONE,
    /// The kitchen has seen changes.
    AcknowledgeChanges = "acknowledge_changes" => EVERYONE,
    /// Calls off an order on which the kitchen has not begun.
    Cancel = "cancel" => FRONT,
    /// Calls off an order on which the kitchen is at work.
    CancelStarted = "cancel_started" => MANAGERS,
    /// Answers a cancel.
    Reinstate = "reinstate" => MANAGERS,
    /// Closes an exception.
    CloseException = "close_exception" => MANAGERS,
    /// Takes cash.
    PayCash = "pay_cash" => FRONT,
    /// Gives cash back.
    Refund = "refund" => MANAGERS,
    /// Hands over the rest.
    Complete = "complete" => FRONT,
    /// Puts another menu in place.
    ImportMenu = "import_menu" => MANAGERS,
    /// Reads a menu without putting it in place.
    CheckMenu = "check_menu" => MANAGERS,
    /// Adds someone to the staff.
    AddPerson = "add_person" => MANAGERS,
    /// Changes someone of the staff.
    ChangePerson = "change_person" => MANAGERS,
    /// Renames the shop, or has it charge in another currency.
    ChangeShop = "change_shop" => MANAGERS,
    /// Names the device, and says when it locks.
    SetDevice = "set_device" => MANAGERS,
    /// Makes the till one of head office.
    Enrol = "enrol" => MANAGERS,
    /// Checks the logs.
    Verify = "verify" => MANAGERS,
    /// Builds the read models anew.
    Rebuild = "rebuild" => MANAGERS,
    /// Writes out orders and events.
    Export = "export" => MANAGERS,
    /// Takes in another device's export.
    ImportLog = "import_log" => MANAGERS,
    /// Ends long work before it is done.
    CancelWork = "cancel_work" => MANAGERS,
    /// One order.
    Order = "order" => EVERYONE,
    /// A list of orders.
    Orders = "orders" => FRONT,
    /// The events of an order.
    History = "history" => FRONT,
    /// The tickets.
    KitchenBoard = "kitchen_board" => EVERYONE,
    /// What people have to settle.
    Exceptions = "exceptions" => FRONT,
    /// The menu.
    Catalogue = "catalogue" => EVERYONE,
    /// Search in the menu.
    Products = "products" => EVERYONE,
    /// Everyone on the staff.
    Staff = "staff" => MANAGERS,
    /// The state of the terminal.
    Status = "status" => EVERYONE,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Operation {
    /// What a command to an order is to the policy: voids and cancels weigh more once the kitchen has the food.
    #[must_use]
    pub fn of(command: &OrderCommand, order: Option<&Order>) -> Self {
        match command {
            OrderCommand::Create { .. } => Self::CreateOrder,
            OrderCommand::AddLine(_) => Self::AddLine,
            OrderCommand::ChangeLine(_) => Self::ChangeLine,
            OrderCommand::SplitLine { .. } => Self::SplitLine,
            OrderCommand::VoidLine { line_id, .. } => {
                let line = order.and_then(|order| order.line(*line_id));
                let fired = line.is_some_and(|line| line.production.step >= Step::Fired);
                if fired { Self::VoidFiredLine } else { Self::VoidLine }
            }
            OrderCommand::SetType(_) => Self::SetType,
            OrderCommand::SetTable(_) => Self::SetTable,
            OrderCommand::SetNote(_) => Self::SetNote,
            OrderCommand::SetCustomer(_) => Self::SetCustomer,
            OrderCommand::SetCovers(_) => Self::SetCovers,
            OrderCommand::SetRush(_) => Self::SetRush,
            OrderCommand::Place => Self::Place,
            OrderCommand::Confirm => Self::Confirm,
            OrderCommand::Send => Self::Send,
            OrderCommand::Start { .. } => Self::Start,
            OrderCommand::Ready { .. } => Self::Ready,
            OrderCommand::BumpLine { .. } => Self::BumpLine,
            OrderCommand::Recall { .. } => Self::Recall,
            OrderCommand::HandOver { .. } => Self::HandOver,
            OrderCommand::AcknowledgeChanges { .. } => Self::AcknowledgeChanges,
            OrderCommand::Cancel { .. } => {
                let started =
                    order.is_some_and(|order| order.live_lines().any(|line| line.production.step >= Step::Started));
                if started { Self::CancelStarted } else { Self::Cancel }
            }
            OrderCommand::Reinstate { .. } => Self::Reinstate,
            OrderCommand::CloseException { .. } => Self::CloseException,
            OrderCommand::PayCash { .. } => Self::PayCash,
            OrderCommand::Refund { .. } => Self::Refund,
            OrderCommand::Complete => Self::Complete,
        }
    }
}

/// Whether a role may do this.
#[must_use]
pub fn allows(role: Role, operation: Operation) -> bool {
    POLICY.iter().any(|(row, roles)| *row == operation && roles.contains(&role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manager_may_do_everything() {
        assert!(POLICY.iter().all(|(operation, _)| allows(Manager, *operation)));
    }

    #[test]
    fn the_kitchen_cooks_and_neither_sells_nor_takes_money() {
        for operation in [Operation::Start, Operation::BumpLine, Operation::Recall, Operation::KitchenBoard] {
            assert!(allows(Kitchen, operation), "{operation}");
        }
        for operation in [Operation::CreateOrder, Operation::PayCash, Operation::Cancel, Operation::Orders] {
            assert!(!allows(Kitchen, operation), "{operation}");
        }
    }

    #[test]
    fn a_cashier_cancels_only_before_the_kitchen_has_begun_and_gives_nothing_back() {
        assert!(allows(Cashier, Operation::Cancel));
        for operation in [Operation::CancelStarted, Operation::Reinstate, Operation::CloseException, Operation::Refund]
        {
            assert!(!allows(Cashier, operation), "{operation}");
        }
    }

    #[test]
    fn names_are_those_of_json() {
        for (operation, _) in POLICY {
            let json = serde_json::to_string(operation).unwrap();
            assert_eq!(json, format!("\"{operation}\""));
        }
    }
}
