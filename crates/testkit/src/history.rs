//! Generated histories: up to three devices act on one order at random, and exchange part of what they hold.

use docket_domain::ids::LineId;
use docket_domain::money::Quantity;
use docket_domain::order::event::{OwnerChanged, Refunded, Seized};
use docket_domain::order::line::OrderType;
use docket_domain::order::{Fact, Order, OrderCommand, OrderEvent, Resolution};
use proptest::prelude::*;

use crate::device::Device;
use crate::samples::{
    cancel, coffee, content, create, hand_over_all, line_id, new_line, pay, payment_id, ready_all, recall_all, sealed,
    start_all,
};

/// Something that happens in a generated history.
#[derive(Debug, Clone)]
pub enum Act {
    /// A device runs a command, chosen by `kind` and shaped by `pick`.
    Command {
        /// Which device.
        device: usize,
        /// Which command.
        kind: u8,
        /// Which line, amount or payment.
        pick: u8,
    },
    /// A device takes over a few groups of each log from another.
    Receive {
        /// Who learns.
        to: usize,
        /// From whom.
        from: usize,
        /// Groups of each log at most.
        groups: usize,
    },
    /// A device's wall clock jumps ahead.
    ClockJump {
        /// Which device.
        device: usize,
        /// By how much.
        seconds: u16,
    },
}

/// Histories of two tills and a kitchen screen.
pub fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        8 => (0_usize..3, 0_u8..COMMANDS, any::<u8>())
            .prop_map(|(device, kind, pick)| Act::Command { device, kind, pick }),
        3 => (0_usize..3, 0_usize..3, 1_usize..4)
            .prop_map(|(to, from, groups)| Act::Receive { to, from, groups }),
        1 => (0_usize..3, 1_u16..600).prop_map(|(device, seconds)| Act::ClockJump { device, seconds }),
    ];
    prop::collection::vec(act, 0..40)
}

/// What an act did to the order of the device that acted.
#[derive(Debug)]
pub struct Step {
    /// The command, where the act was one that `decide` accepted.
    pub command: OrderCommand,
    /// The order before.
    pub before: Order,
    /// The order after.
    pub after: Order,
}

/// Plays a history: till 1 opens the order with three lines and tells the others, then the acts follow.
#[must_use]
pub fn play(acts: &[Act]) -> Vec<Device> {
    play_watched(acts, |_| {})
}

/// Plays a history and shows each accepted command.
pub fn play_watched(acts: &[Act], mut watch: impl FnMut(&Step)) -> Vec<Device> {
    let mut devices = vec![Device::till(1), Device::till(2), Device::kitchen(3)];
    devices[0].must(&create(vec![coffee(1), coffee(2), new_line(3, content("Cake", 450, 2))]));
    let opened = devices[0].clone();
    devices[1].receive(&opened, usize::MAX);
    devices[2].receive(&opened, usize::MAX);
    for act in acts {
        match *act {
            Act::Command { device, kind, pick } => {
                let device = &mut devices[device];
                let before = device.order();
                if let Some(event) = without_command(kind, pick, device) {
                    device.write(event);
                } else {
                    let command = command(kind, pick, &before);
                    if device.run(&command).is_ok_and(|facts| !facts.is_empty()) {
                        watch(&Step { command, before, after: device.order() });
                    }
                }
            }
            Act::Receive { to, from, groups } => {
                let source = devices[from].clone();
                devices[to].receive(&source, groups);
            }
            Act::ClockJump { device, seconds } => devices[device].advance_ms(u64::from(seconds) * 1_000),
        }
    }
    devices
}

/// The facts that all devices hold together, each once.
#[must_use]
pub fn all_facts(devices: &[Device]) -> Vec<Fact> {
    let mut union = Device::till(9);
    devices.iter().for_each(|device| union.receive(device, usize::MAX));
    union.facts()
}

/// Kinds of commands; the last three are facts without a command.
const COMMANDS: u8 = 30;

fn without_command(kind: u8, pick: u8, device: &Device) -> Option<OrderEvent> {
    let payment = device.order().payments.first().map(|payment| payment.id);
    match kind {
        27 => Some(OrderEvent::Refunded(Refunded {
            refund_id: payment_id(500 + u32::from(pick % 4)),
            payment_id: payment?,
            credit_minor: i64::from(pick % 3) * 100,
            payout_minor: i64::from(pick % 5) * 100,
            drawer: "drawer-1".into(),
            reason: "cold".into(),
        })),
        28 => Some(OrderEvent::OwnerChanged(OwnerChanged { owner: device.id })),
        29 => Some(OrderEvent::Seized(Seized { owner: device.id, reason: "out of reach".into() })),
        _ => None,
    }
}

fn command(kind: u8, pick: u8, order: &Order) -> OrderCommand {
    let any_line = || order.lines.get(usize::from(pick) % order.lines.len().max(1));
    let line = any_line().map_or(line_id(1), |line| line.id);
    let some: Vec<LineId> = if pick.is_multiple_of(3) { Vec::new() } else { vec![line] };
    let number = 10 + u32::from(pick);
    match kind {
        0 | 1 => OrderCommand::AddLine(coffee(number)),
        2 | 3 => OrderCommand::ChangeLine(docket_domain::order::NewLine {
            line_id: line,
            ..new_line(1, content("Tea", 100 + i64::from(pick), 1 + i32::from(pick % 3)))
        }),
        4 => OrderCommand::SplitLine { line_id: line, new_line_id: line_id(300 + number), quantity: Quantity::ONE },
        5 => OrderCommand::SplitLine {
            line_id: line,
            new_line_id: line_id(600 + number),
            quantity: Quantity::parse("0.5").expect("a half is a quantity"),
        },
        6 | 7 => OrderCommand::VoidLine { line_id: line, reason: Some("dropped".into()) },
        8 => OrderCommand::SetType([OrderType::Counter, OrderType::DineIn, OrderType::TakeAway][usize::from(pick % 3)]),
        9 => OrderCommand::SetTable(Some(format!("T{}", pick % 4))),
        10 if pick.is_multiple_of(3) => OrderCommand::SetCovers(Some(1 + u16::from(pick % 4))),
        10 if pick % 3 == 1 => OrderCommand::SetRush(pick.is_multiple_of(2)),
        10 => OrderCommand::SetNote(Some(sealed(&format!("note {}", pick % 4)))),
        11 => OrderCommand::Place,
        12 => OrderCommand::Confirm,
        13 | 14 => OrderCommand::Send,
        15 if pick.is_multiple_of(2) => start_all(),
        15 => OrderCommand::Start { lines: some },
        16 if pick.is_multiple_of(2) => ready_all(),
        16 => OrderCommand::BumpLine { line_id: line },
        17 => OrderCommand::Ready { lines: some },
        18 if pick.is_multiple_of(2) => recall_all(),
        18 => OrderCommand::Recall { lines: some },
        19 if pick.is_multiple_of(2) => hand_over_all(),
        19 => OrderCommand::HandOver { lines: some },
        20 => OrderCommand::AcknowledgeChanges { facts: Vec::new() },
        21 => cancel(),
        22 => OrderCommand::Reinstate { reason: None },
        23 => close_first(order, pick),
        24 => pay(u32::from(pick % 6), 5_000),
        25 => pay(u32::from(pick % 6), 100 + i64::from(pick)),
        26 if pick.is_multiple_of(2) => give_back(order, pick),
        _ => OrderCommand::Complete,
    }
}

fn give_back(order: &Order, pick: u8) -> OrderCommand {
    let amount_minor = (!pick.is_multiple_of(4)).then(|| 1 + i64::from(pick));
    match order.refundable().first() {
        Some(first) => OrderCommand::Refund {
            refund_id: payment_id(520 + u32::from(pick)),
            payment_id: first.payment,
            amount_minor,
            drawer: "drawer-1".into(),
            reason: "cold".into(),
        },
        None => OrderCommand::Complete,
    }
}

fn close_first(order: &Order, pick: u8) -> OrderCommand {
    let resolution = if pick.is_multiple_of(2) { Resolution::Waste } else { Resolution::Keep };
    match order.open_exceptions().next() {
        Some(exception) => OrderCommand::CloseException { exception: exception.id.clone(), resolution },
        None => OrderCommand::Complete,
    }
}
