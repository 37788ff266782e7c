//! The table of transitions, `decide` and the actions of a view say the same.

use std::sync::Arc;

use docket_domain::ids::EventId;
use docket_domain::order::line::OrderType;
use docket_domain::order::{
    Action, DecideContext, Decision, NewLine, Order, OrderCommand, Resolution, actions, decide, state_diagram,
    transitions,
};
use docket_testkit::history::{acts, play, play_watched};
use docket_testkit::samples::*;
use proptest::prelude::*;
use uuid::Uuid;

/// Commands with fitting arguments, at least one of which `decide` accepts if the action is possible.
fn canonical(order: &Order, action: Action) -> Vec<OrderCommand> {
    let each_line = |command: &dyn Fn(&docket_domain::order::Line) -> OrderCommand| -> Vec<OrderCommand> {
        order.lines.iter().map(command).collect()
    };
    match action {
        Action::Create => vec![create_coffees(1)],
        Action::AddLine => vec![OrderCommand::AddLine(coffee(9_999))],
        Action::ChangeLine => each_line(&|line| {
            let mut content = content("Changed", 1, 1);
            content.name = format!("Changed {}", line.content.name);
            OrderCommand::ChangeLine(NewLine { line_id: line.id, content: Arc::new(content) })
        }),
        Action::SplitLine => each_line(&|line| OrderCommand::SplitLine {
            line_id: line.id,
            new_line_id: line_id(9_999),
            quantity: docket_domain::money::Quantity::try_from_thousandths(1).unwrap(),
        }),
        Action::VoidLine => {
            each_line(&|line| OrderCommand::VoidLine { line_id: line.id, reason: Some("dropped".into()) })
        }
        Action::SetType => {
            let types = [OrderType::Counter, OrderType::DineIn, OrderType::TakeAway];
            types.into_iter().map(OrderCommand::SetType).collect()
        }
        Action::SetTable => vec![OrderCommand::SetTable(Some("quite another".into()))],
        Action::SetNote => vec![OrderCommand::SetNote(Some(sealed("quite another")))],
        Action::SetCustomer => vec![OrderCommand::SetCustomer(Some(sealed("quite another")))],
        Action::SetCovers => vec![OrderCommand::SetCovers(Some(7))],
        Action::SetRush => [true, false].into_iter().map(OrderCommand::SetRush).collect(),
        Action::Place => vec![OrderCommand::Place],
        Action::Confirm => vec![OrderCommand::Confirm],
        Action::Send => vec![OrderCommand::Send],
        Action::Start => vec![start_all()],
        Action::Ready => vec![ready_all()],
        Action::BumpLine => each_line(&|line| OrderCommand::BumpLine { line_id: line.id }),
        Action::Recall => vec![recall_all()],
        Action::HandOver => vec![hand_over_all()],
        Action::AcknowledgeChanges => vec![OrderCommand::AcknowledgeChanges { facts: Vec::new() }],
        Action::Cancel => vec![cancel()],
        Action::Reinstate => vec![OrderCommand::Reinstate { reason: None }],
        Action::CloseException => order
            .open_exceptions()
            .map(|exception| OrderCommand::CloseException {
                exception: exception.id.clone(),
                resolution: Resolution::Keep,
            })
            .collect(),
        Action::PayCash => vec![pay(9_999, 1)],
        Action::Refund => order
            .payments
            .iter()
            .map(|payment| OrderCommand::Refund {
                refund_id: payment_id(9_999),
                payment_id: payment.id,
                amount_minor: None,
                drawer: "drawer-1".into(),
                reason: "cold".into(),
            })
            .collect(),
        Action::Complete => vec![OrderCommand::Complete],
    }
}

fn writes(order: &Order, command: &OrderCommand, context: &DecideContext) -> bool {
    let mut ids = (1_u128..).map(|number| EventId(Uuid::from_u128(number)));
    matches!(decide(Some(order), command, context, &mut ids), Ok(Decision::Events(_)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn an_action_is_drawn_exactly_when_decide_would_write(acts in acts()) {
        for device in play(&acts) {
            let (order, context) = (device.order(), DecideContext { device: device.id });
            let drawn = actions(&order, &context);
            for &action in Action::ALL {
                let accepted = canonical(&order, action).iter().any(|command| writes(&order, command, &context));
                prop_assert_eq!(drawn.contains(&action), accepted, "{} in {}", action, order.status);
            }
        }
    }

    #[test]
    fn a_command_moves_the_status_only_along_an_arrow(acts in acts()) {
        let mut strayed = Vec::new();
        play_watched(&acts, |step| {
            let (from, to) = (step.before.status, step.after.status);
            let action = step.command.action();
            if from != to && !transitions::transition(action).edges.contains(&(from, to)) {
                strayed.push(format!("{action}: {from} to {to}"));
            }
        });
        prop_assert!(strayed.is_empty(), "{:?}", strayed);
    }
}

#[test]
fn the_diagram_shows_the_way_of_a_sale() {
    let diagram = state_diagram();
    for arrow in ["[*] --> draft: create", "draft --> confirmed: send, pay_cash", "ready --> completed: "] {
        assert!(diagram.contains(arrow), "{diagram}");
    }
}
