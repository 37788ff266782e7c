//! Which row of the policy table a command, an allowed action or a query asks for.

use docket_contracts::{Command, Query};
use docket_domain::order::command::OrderCommand;
use docket_domain::order::{Action, LineState, Order};
use docket_domain::policy::Operation;

/// The operation of a command; voids and cancels weigh more once the kitchen is at work.
pub(crate) fn operation_of(command: &Command, order: Option<&Order>) -> Operation {
    match command {
        Command::CreateOrder(_) => Operation::CreateOrder,
        Command::AddLine(_) => Operation::AddLine,
        Command::ChangeLine(_) => Operation::ChangeLine,
        Command::SplitLine(_) => Operation::SplitLine,
        Command::VoidLine(input) => {
            Operation::of(&OrderCommand::VoidLine { line_id: input.line_id, reason: None }, order)
        }
        Command::SetType(_) => Operation::SetType,
        Command::SetTable(_) => Operation::SetTable,
        Command::SetNote(_) => Operation::SetNote,
        Command::SetCustomer(_) => Operation::SetCustomer,
        Command::SetCovers(_) => Operation::SetCovers,
        Command::SetRush(_) => Operation::SetRush,
        Command::Place(_) => Operation::Place,
        Command::Confirm(_) => Operation::Confirm,
        Command::Send(_) => Operation::Send,
        Command::Start(_) => Operation::Start,
        Command::Ready(_) => Operation::Ready,
        Command::BumpLine(_) => Operation::BumpLine,
        Command::Recall(_) => Operation::Recall,
        Command::HandOver(_) => Operation::HandOver,
        Command::AcknowledgeChanges(_) => Operation::AcknowledgeChanges,
        Command::Cancel(_) => Operation::of(&OrderCommand::Cancel { reason: String::new() }, order),
        Command::Reinstate(_) => Operation::Reinstate,
        Command::CloseException(_) => Operation::CloseException,
        Command::PayCash(_) => Operation::PayCash,
        Command::Refund(_) => Operation::Refund,
        Command::Complete(_) => Operation::Complete,
        Command::ImportMenu(_)
        | Command::SetUpShop(_)
        | Command::SignIn(_)
        | Command::SignOut(_)
        | Command::FirstPin(_) => Operation::ImportMenu,
        Command::CheckMenu(_) => Operation::CheckMenu,
        Command::AddPerson(_) => Operation::AddPerson,
        Command::ChangePerson(_) => Operation::ChangePerson,
        Command::ChangeShop(_) => Operation::ChangeShop,
        Command::SetDevice(_) => Operation::SetDevice,
        Command::Enrol(_) => Operation::Enrol,
        Command::Rebuild(_) => Operation::Rebuild,
        Command::Verify(_) => Operation::Verify,
        Command::Export(_) => Operation::Export,
        Command::ImportPart(_) | Command::ImportLog(_) => Operation::ImportLog,
        Command::CancelWork(_) => Operation::CancelWork,
    }
}

/// The operation of an allowed action of an order.
pub(crate) fn action_operation(action: Action, order: &Order) -> Operation {
    match action {
        Action::Cancel => Operation::of(&OrderCommand::Cancel { reason: String::new() }, Some(order)),
        // Drawn if any line may be voided; the line's own row is asked when it is done.
        Action::VoidLine if order.live_lines().all(|line| line.state() != LineState::New) => Operation::VoidFiredLine,
        other => plain_action_operation(other),
    }
}

/// The operation of an action where the order is not at hand.
pub(crate) fn plain_action_operation(action: Action) -> Operation {
    match action {
        Action::Create => Operation::CreateOrder,
        Action::AddLine => Operation::AddLine,
        Action::ChangeLine => Operation::ChangeLine,
        Action::SplitLine => Operation::SplitLine,
        Action::VoidLine => Operation::VoidLine,
        Action::SetType => Operation::SetType,
        Action::SetTable => Operation::SetTable,
        Action::SetNote => Operation::SetNote,
        Action::SetCustomer => Operation::SetCustomer,
        Action::SetCovers => Operation::SetCovers,
        Action::SetRush => Operation::SetRush,
        Action::Place => Operation::Place,
        Action::Confirm => Operation::Confirm,
        Action::Send => Operation::Send,
        Action::Start => Operation::Start,
        Action::Ready => Operation::Ready,
        Action::BumpLine => Operation::BumpLine,
        Action::Recall => Operation::Recall,
        Action::HandOver => Operation::HandOver,
        Action::AcknowledgeChanges => Operation::AcknowledgeChanges,
        Action::Cancel => Operation::CancelStarted,
        Action::Reinstate => Operation::Reinstate,
        Action::CloseException => Operation::CloseException,
        Action::PayCash => Operation::PayCash,
        Action::Refund => Operation::Refund,
        Action::Complete => Operation::Complete,
    }
}

/// The operation of a query; none for what every signed-in person may see.
pub(crate) fn query_operation(query: &Query) -> Option<Operation> {
    Some(match query {
        Query::Shop(_) | Query::Session(_) | Query::ReadyBoard(_) => return None,
        Query::Staff(_) => Operation::Staff,
        Query::Order(_) => Operation::Order,
        Query::Orders(_) => Operation::Orders,
        Query::History(_) => Operation::History,
        Query::KitchenBoard(_) => Operation::KitchenBoard,
        Query::Exceptions(_) => Operation::Exceptions,
        Query::Catalogue(_) => Operation::Catalogue,
        Query::Products(_) | Query::Product(_) => Operation::Products,
        Query::Receipt(_) | Query::PriceDocument(_) => Operation::Orders,
        Query::Status(_) => Operation::Status,
    })
}
