//! Play: sells plausible days through the real commands, for demos, load and figures.

use std::sync::Arc;

use docket_contracts::command::{
    AcknowledgeChanges, Cancel, CreateOrder, LineInput, OnLines, OnOrder, PayCash, SelectionInput, VoidLine,
};
use docket_contracts::{ApiError, Command, CommandOutcome, ErrorCode};
use docket_domain::catalog::{Catalogue, Product};
use docket_domain::ids::{CommandId, LineId, OrderId, PaymentId};
use docket_domain::money::Money;
use docket_domain::order::line::OrderType;
use docket_domain::staff::Role;

use crate::actor::Actor;
use crate::clock::new_id;
use crate::error::refuse;
use crate::limits::BULK_ORDERS;
use crate::terminal::Terminal;
use crate::writer::{Bulk, Call};

/// What was played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlayReport {
    /// Orders opened.
    pub orders: u64,
    /// Commands sent.
    pub commands: u64,
    /// Orders that were cancelled.
    pub cancelled: u64,
    /// Lines that were voided.
    pub voided: u64,
}

/// SplitMix64: small, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// Sells `orders` orders by commands, each durable before the next. The choices follow from `seed`; ids and times are
/// the machine's.
///
/// # Errors
/// The first refusal, which would be a fault of this program.
pub async fn play(
    terminal: &Terminal,
    orders: u64,
    seed: u64,
    mut progress: impl FnMut(u64) + Send + 'static,
) -> Result<PlayReport, ApiError> {
    let mut player = Player::try_new(terminal, seed)?;
    let (till, runtime) = (terminal.clone(), tokio::runtime::Handle::current());
    tokio::task::spawn_blocking(move || {
        let mut counter = ByCommand { terminal: till, runtime };
        for number in 0..orders {
            player.one_order(&mut counter)?;
            progress(number + 1);
        }
        Ok(player.report)
    })
    .await
    .map_err(|error| refuse(ErrorCode::StoreFailed, "", error.to_string()))?
}

/// Sells what [`play`] sells and leaves the same rows, but many orders share a transaction and its sync. Nobody else is
/// served while one runs.
///
/// # Errors
/// As [`play`]. The transactions before are kept.
pub async fn play_in_bulk(
    terminal: &Terminal,
    orders: u64,
    seed: u64,
    mut progress: impl FnMut(u64) + Send,
) -> Result<PlayReport, ApiError> {
    let mut player = Player::try_new(terminal, seed)?;
    let mut done = 0;
    while done < orders {
        let count = (orders - done).min(BULK_ORDERS);
        let (back, sold) = terminal
            .inner
            .writer
            .task(move |writer| {
                let sold = writer.bulk(|bulk| (0..count).try_for_each(|_| player.one_order(bulk)));
                (player, sold)
            })
            .await?;
        sold?;
        player = back;
        done += count;
        progress(done);
    }
    Ok(player.report)
}

/// Where the player's orders are taken.
trait Counter {
    /// Runs a command.
    fn send(&mut self, call: Call) -> Result<CommandOutcome, ApiError>;

    /// What is still to be paid of an order.
    fn balance(&mut self, order_id: OrderId) -> Result<Money, ApiError>;
}

/// Through the writer's queue and the readers, as a host does.
struct ByCommand {
    terminal: Terminal,
    runtime: tokio::runtime::Handle,
}

impl Counter for ByCommand {
    fn send(&mut self, call: Call) -> Result<CommandOutcome, ApiError> {
        self.runtime.block_on(self.terminal.inner.writer.call(call))
    }

    fn balance(&mut self, order_id: OrderId) -> Result<Money, ApiError> {
        let order = self.runtime.block_on(self.terminal.find(order_id))?.order;
        Ok(Money::new(order.balance_minor, order.currency()))
    }
}

impl Counter for Bulk<'_> {
    fn send(&mut self, call: Call) -> Result<CommandOutcome, ApiError> {
        Bulk::send(self, &call)
    }

    fn balance(&mut self, order_id: OrderId) -> Result<Money, ApiError> {
        let order = self.order(order_id)?.ok_or_else(|| {
            refuse(ErrorCode::OrderNotFound, "order_id", "the order that was just opened is not there")
        })?;
        Ok(Money::new(order.balance_minor, order.currency()))
    }
}

struct Player {
    actor: Actor,
    catalogue: Arc<Catalogue>,
    dice: Dice,
    report: PlayReport,
}

impl Player {
    fn try_new(terminal: &Terminal, seed: u64) -> Result<Self, ApiError> {
        let shop = terminal.shop();
        let catalogue = shop
            .catalogue
            .clone()
            .ok_or_else(|| refuse(ErrorCode::UnknownProduct, "catalogue", "import a menu before playing"))?;
        let person = shop
            .staff
            .active()
            .find(|person| person.role == Role::Manager)
            .ok_or_else(|| refuse(ErrorCode::UnknownPerson, "staff", "there is no manager to play as"))?;
        let actor = Actor::Person { person_id: person.id, role: person.role, station: "play".into() };
        Ok(Self { actor, catalogue, dice: Dice(seed), report: PlayReport::default() })
    }

    fn one_order(&mut self, counter: &mut impl Counter) -> Result<(), ApiError> {
        let order_id = OrderId(new_id());
        let order_type =
            [OrderType::Counter, OrderType::Counter, OrderType::DineIn, OrderType::TakeAway][self.dice.below(4)];
        let table = (order_type == OrderType::DineIn).then(|| format!("Table {}", self.dice.below(20) + 1));
        let count = 1 + self.dice.below(4);
        let lines: Vec<LineInput> = (0..count).map(|_| self.line()).collect();
        let first = lines[0].line_id;
        self.send(counter, Command::CreateOrder(CreateOrder { order_id, order_type, table, lines }))?;
        self.report.orders += 1;
        if count > 1 && self.dice.one_in(12) {
            self.send(counter, Command::VoidLine(VoidLine { order_id, line_id: first, reason: None }))?;
            self.report.voided += 1;
        }
        let on_order = OnOrder { order_id };
        let on_lines = OnLines { order_id, lines: Vec::new() };
        if self.dice.one_in(3) {
            self.pay(counter, order_id)?;
        } else {
            self.send(counter, Command::Send(on_order.clone()))?;
        }
        if self.dice.one_in(40) && !is_paid(counter, order_id)? {
            let reason = "guest left".to_owned();
            self.send(counter, Command::Cancel(Cancel { order_id, reason }))?;
            self.report.cancelled += 1;
            // Else the ticket stays on the board for ever.
            let seen = AcknowledgeChanges { order_id, facts: Vec::new() };
            self.send(counter, Command::AcknowledgeChanges(seen))?;
            return Ok(());
        }
        self.send(counter, Command::Start(on_lines.clone()))?;
        self.send(counter, Command::Ready(on_lines))?;
        if !is_paid(counter, order_id)? {
            self.pay(counter, order_id)?;
        }
        self.send(counter, Command::Complete(on_order))?;
        Ok(())
    }

    fn pay(&mut self, counter: &mut impl Counter, order_id: OrderId) -> Result<(), ApiError> {
        let balance = counter.balance(order_id)?;
        if balance.minor() <= 0 {
            self.send(counter, Command::Send(OnOrder { order_id }))?;
            return Ok(());
        }
        let chips = crate::view::cash_suggestions(balance.minor(), balance.currency());
        let tendered = chips.get(self.dice.below(chips.len())).map(Money::to_decimal_string);
        let payment = PayCash { order_id, payment_id: PaymentId(new_id()), tendered, amount: None, currency: None };
        self.send(counter, Command::PayCash(payment))?;
        Ok(())
    }

    fn line(&mut self) -> LineInput {
        let catalogue = Arc::clone(&self.catalogue);
        let products = catalogue.products();
        let product = &products[self.dice.below(products.len())];
        let quantity = if self.dice.one_in(5) { 2 } else { 1 };
        LineInput {
            line_id: LineId(new_id()),
            product_id: product.id,
            quantity: quantity.to_string(),
            modifiers: self.modifiers(product),
            open_price: product.open_price.then(|| Money::new(500, self.catalogue.currency()).to_decimal_string()),
            note: self.dice.one_in(15).then(|| "no ice".to_owned()),
        }
    }

    fn modifiers(&mut self, product: &Product) -> Vec<SelectionInput> {
        let mut chosen = Vec::new();
        let catalogue = Arc::clone(&self.catalogue);
        for group in catalogue.groups_of(product) {
            let wish = if group.is_forced() { group.min } else { u32::from(self.dice.one_in(4)) };
            let most = group.allowance().unwrap_or(u32::MAX).min(u32::try_from(group.options.len()).unwrap_or(0));
            let wanted = wish.min(most.max(group.min));
            let start = self.dice.below(group.options.len());
            for step in 0..usize::try_from(wanted).unwrap_or(0) {
                let option = &group.options[(start + step) % group.options.len()];
                chosen.push(SelectionInput {
                    group_id: group.id.to_string(),
                    option_id: option.id.to_string(),
                    count: 1,
                });
            }
        }
        chosen
    }

    fn send(&mut self, counter: &mut impl Counter, command: Command) -> Result<CommandOutcome, ApiError> {
        self.report.commands += 1;
        counter.send(Call {
            command_id: CommandId(new_id()),
            request_hash: [0; 32],
            actor: self.actor.clone(),
            expected_version: None,
            command,
            act: None,
        })
    }
}

fn is_paid(counter: &mut impl Counter, order_id: OrderId) -> Result<bool, ApiError> {
    Ok(counter.balance(order_id)?.minor() <= 0)
}
