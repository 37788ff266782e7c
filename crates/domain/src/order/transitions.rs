//! The transitions of an order as data: which command is possible in which status, and what it leads to. `decide`, the
//! actions of a view and the state diagram of the docs all read this one table.

use std::fmt::Write;

use super::action::Action;
use super::view::{Order, OrderStatus};

use OrderStatus::{Cancelled, Completed, Confirmed, Draft, Pending, Preparing, Ready};

/// A command and the statuses that it fits.
#[derive(Debug, Clone, Copy)]
pub struct Transition {
    /// The command.
    pub action: Action,
    /// Statuses in which it can do something.
    pub from: &'static [OrderStatus],
    /// Statuses in which it was done already and changes nothing.
    pub quiet: &'static [OrderStatus],
    /// Changes of status that it can bring about.
    pub edges: &'static [(OrderStatus, OrderStatus)],
    /// Whether it is possible while a cancel is in force and the guest has part of the order.
    pub under_cancel: bool,
    /// What it does, for the docs.
    pub effect: &'static str,
}

/// Statuses in which an order is worked on.
const OPEN: &[OrderStatus] = &[Draft, Pending, Confirmed, Preparing, Ready];
const PLACED: &[OrderStatus] = &[Pending, Confirmed, Preparing, Ready];
const FIRED: &[OrderStatus] = &[Confirmed, Preparing, Ready];
const ANY: &[OrderStatus] = &OrderStatus::ALL;

const fn on(action: Action, from: &'static [OrderStatus], effect: &'static str) -> Transition {
    Transition { action, from, quiet: &[], edges: &[], under_cancel: false, effect }
}

impl Transition {
    const fn quiet(mut self, statuses: &'static [OrderStatus]) -> Self {
        self.quiet = statuses;
        self
    }

    const fn leads(mut self, edges: &'static [(OrderStatus, OrderStatus)]) -> Self {
        self.edges = edges;
        self
    }

    const fn under_cancel(mut self) -> Self {
        self.under_cancel = true;
        self
    }
}

/// Every command of an order, in the order of [`Action::ALL`].
pub const TRANSITIONS: &[Transition] =
    &[
        on(Action::Create, &[], "opens the order, with its first lines"),
        on(Action::AddLine, OPEN, "adds a line that the kitchen does not have yet"),
        on(Action::ChangeLine, OPEN, "replaces the content of a line that the kitchen does not have"),
        on(Action::SplitLine, OPEN, "moves part of a line to a line of its own"),
        on(Action::VoidLine, OPEN, "takes a line out; with a reason once the kitchen has it").leads(&[
            (Confirmed, Pending),
            (Preparing, Pending),
            (Preparing, Confirmed),
            (Preparing, Ready),
            (Preparing, Completed),
            (Ready, Pending),
            (Ready, Completed),
        ]),
        on(Action::SetType, OPEN, "sets counter, dine-in or take-away, and with it the taxes")
            .leads(&[(Ready, Completed)]),
        on(Action::SetTable, OPEN, "sets or clears the table"),
        on(Action::SetNote, OPEN, "sets or clears the note"),
        on(Action::SetCustomer, OPEN, "sets or clears the customer"),
        on(Action::SetCovers, OPEN, "sets or clears the number of guests"),
        on(Action::SetRush, OPEN, "puts it ahead of the others, or back in its turn"),
        on(Action::Place, &[Draft], "the guest has ordered")
            .quiet(&[Pending, Confirmed, Preparing, Ready, Completed])
            .leads(&[(Draft, Pending)]),
        on(Action::Confirm, PLACED, "sends all new lines to the kitchen")
            .leads(&[(Pending, Confirmed), (Ready, Preparing)]),
        on(Action::Send, OPEN, "place and confirm in one").leads(&[
            (Draft, Confirmed),
            (Pending, Confirmed),
            (Ready, Preparing),
        ]),
        on(Action::Start, FIRED, "the kitchen begins").leads(&[(Confirmed, Preparing)]),
        on(Action::Ready, FIRED, "the kitchen is done").leads(&[
            (Confirmed, Preparing),
            (Confirmed, Ready),
            (Preparing, Ready),
        ]),
        on(Action::BumpLine, FIRED, "one line is done").leads(&[
            (Confirmed, Preparing),
            (Confirmed, Ready),
            (Preparing, Ready),
        ]),
        on(Action::Recall, &[Preparing, Ready], "ready lines go back on the board").leads(&[(Ready, Preparing)]),
        on(Action::HandOver, &[Preparing, Ready], "the guest gets ready lines")
            .quiet(&[Completed])
            .leads(&[(Ready, Completed)]),
        on(Action::AcknowledgeChanges, ANY, "the kitchen has seen voids, cancels and changes").under_cancel(),
        on(Action::Cancel, OPEN, "calls the order off, with a reason").quiet(&[Cancelled]).leads(&[
            (Draft, Cancelled),
            (Pending, Cancelled),
            (Confirmed, Cancelled),
            (Preparing, Cancelled),
            (Ready, Cancelled),
        ]),
        on(Action::Reinstate, ANY, "answers every cancel in force: the order is on again").under_cancel().leads(&[
            (Cancelled, Draft),
            (Cancelled, Pending),
            (Cancelled, Confirmed),
            (Cancelled, Preparing),
            (Cancelled, Ready),
            (Completed, Preparing),
            (Completed, Ready),
            (Ready, Preparing),
        ]),
        on(Action::CloseException, ANY, "a person settles what two devices did unseen").under_cancel(),
        on(Action::PayCash, OPEN, "takes cash; on an unsent order it places and confirms as well")
            .under_cancel()
            .leads(&[(Draft, Confirmed), (Pending, Confirmed), (Ready, Preparing), (Ready, Completed)]),
        on(Action::Refund, ANY, "gives cash back; beyond what the house owes it is a credit as well").under_cancel(),
        on(Action::Complete, PLACED, "hands over the rest; refused while a balance is open")
            .quiet(&[Completed])
            .under_cancel()
            .leads(&[(Pending, Completed), (Confirmed, Completed), (Preparing, Completed), (Ready, Completed)]),
    ];

/// What the table says of an action on an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// It can do something.
    Allowed,
    /// It was done already.
    Quiet,
    /// The status does not allow it.
    Forbidden(OrderStatus),
}

/// Asks the table.
#[must_use]
pub fn permission(order: &Order, action: Action) -> Permission {
    let transition = transition(action);
    let half_cancelled = !order.cancels.is_empty() && order.status != Cancelled;
    if half_cancelled && !transition.under_cancel {
        // What the guest did not get is off, whatever the rest's status.
        return Permission::Forbidden(Cancelled);
    }
    if transition.from.contains(&order.status) {
        Permission::Allowed
    } else if transition.quiet.contains(&order.status) {
        Permission::Quiet
    } else {
        Permission::Forbidden(order.status)
    }
}

/// The row of an action.
#[must_use]
pub fn transition(action: Action) -> &'static Transition {
    let row = TRANSITIONS.iter().find(|row| row.action == action);
    row.expect("the table has a row for every action, as a test holds")
}

/// The state diagram in Mermaid's notation: one arrow for each pair of statuses, labelled with its commands.
#[must_use]
pub fn state_diagram() -> String {
    let mut text = String::from("stateDiagram-v2\n    [*] --> draft: create\n");
    for from in OrderStatus::ALL {
        for to in OrderStatus::ALL {
            let rows = TRANSITIONS.iter().filter(|row| row.edges.contains(&(from, to)));
            let names: Vec<&str> = rows.map(|row| row.action.as_str()).collect();
            if !names.is_empty() {
                writeln!(text, "    {from} --> {to}: {}", names.join(", ")).expect("a String takes every write");
            }
        }
    }
    text.push_str("    completed --> [*]\n    cancelled --> [*]\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_row_in_order() {
        let rows: Vec<Action> = TRANSITIONS.iter().map(|row| row.action).collect();
        assert_eq!(rows, Action::ALL);
    }

    #[test]
    fn every_arrow_starts_where_its_command_is_possible() {
        for row in TRANSITIONS {
            for (from, _) in row.edges {
                assert!(row.from.contains(from), "{} from {from}", row.action);
            }
        }
    }

    #[test]
    fn a_completed_order_is_never_cancelled() {
        let row = transition(Action::Cancel);
        assert!(!row.from.contains(&Completed) && !row.quiet.contains(&Completed));
    }
}
