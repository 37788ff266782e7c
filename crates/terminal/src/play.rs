//! Play: sells plausible days through the real commands, for demos, load and figures.

use docket_contracts::command::CreateOrder;
use docket_contracts::command::{LineInput, OnLines, OnOrder, PayCash, SelectionInput, VoidLine};
use docket_contracts::{ApiError, Command, CommandOutcome, ErrorCode};
use docket_domain::catalog::{Catalogue, Product};
use docket_domain::ids::{CommandId, LineId, OrderId, PaymentId};
use docket_domain::money::Money;
use docket_domain::order::line::OrderType;
use docket_domain::staff::Role;

use crate::actor::Actor;
use crate::clock::new_id;
use crate::error::refuse;
use crate::terminal::Terminal;
use crate::writer::Call;

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

/// Sells `orders` orders. The choices follow from `seed`; ids and times are the machine's.
///
/// # Errors
/// The first refusal, which would be a fault of this program.
pub async fn play(
    terminal: &Terminal,
    orders: u64,
    seed: u64,
    mut progress: impl FnMut(u64) + Send,
) -> Result<PlayReport, ApiError> {
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
    let mut player = Player { terminal, actor, catalogue: &catalogue, dice: Dice(seed), report: PlayReport::default() };
    for number in 0..orders {
        player.one_order().await?;
        progress(number + 1);
    }
    Ok(player.report)
}

struct Player<'a> {
    terminal: &'a Terminal,
    actor: Actor,
    catalogue: &'a Catalogue,
    dice: Dice,
    report: PlayReport,
}

impl Player<'_> {
    async fn one_order(&mut self) -> Result<(), ApiError> {
        let order_id = OrderId(new_id());
        let order_type =
            [OrderType::Counter, OrderType::Counter, OrderType::DineIn, OrderType::TakeAway][self.dice.below(4)];
        let table = (order_type == OrderType::DineIn).then(|| format!("Table {}", self.dice.below(20) + 1));
        let count = 1 + self.dice.below(4);
        let lines: Vec<LineInput> = (0..count).map(|_| self.line()).collect();
        let first = lines[0].line_id;
        self.send(Command::CreateOrder(CreateOrder { order_id, order_type, table, lines })).await?;
        self.report.orders += 1;
        if count > 1 && self.dice.one_in(12) {
            self.send(Command::VoidLine(VoidLine { order_id, line_id: first, reason: None })).await?;
            self.report.voided += 1;
        }
        let on_order = OnOrder { order_id };
        let on_lines = OnLines { order_id, lines: Vec::new() };
        if self.dice.one_in(3) {
            self.pay(order_id).await?;
        } else {
            self.send(Command::Send(on_order.clone())).await?;
        }
        if self.dice.one_in(40) && !self.is_paid(order_id).await? {
            let reason = "guest left".to_owned();
            self.send(Command::Cancel(docket_contracts::command::Cancel { order_id, reason })).await?;
            self.report.cancelled += 1;
            return Ok(());
        }
        self.send(Command::Start(on_lines.clone())).await?;
        self.send(Command::Ready(on_lines.clone())).await?;
        if !self.is_paid(order_id).await? {
            self.pay(order_id).await?;
        }
        self.send(Command::Complete(on_order)).await?;
        Ok(())
    }

    async fn is_paid(&self, order_id: OrderId) -> Result<bool, ApiError> {
        let found = self.terminal.find(order_id).await?;
        Ok(found.order.balance_minor <= 0)
    }

    async fn pay(&mut self, order_id: OrderId) -> Result<(), ApiError> {
        let found = self.terminal.find(order_id).await?;
        let order = &found.order;
        if order.balance_minor <= 0 {
            self.send(Command::Send(OnOrder { order_id })).await?;
            return Ok(());
        }
        let chips = crate::view::cash_suggestions(order.balance_minor, order.currency());
        let tendered = chips.get(self.dice.below(chips.len())).map(Money::to_decimal_string);
        let payment = PayCash { order_id, payment_id: PaymentId(new_id()), tendered, amount: None, currency: None };
        self.send(Command::PayCash(payment)).await?;
        Ok(())
    }

    fn line(&mut self) -> LineInput {
        let products = self.catalogue.products();
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
        for group in self.catalogue.groups_of(product) {
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

    async fn send(&mut self, command: Command) -> Result<CommandOutcome, ApiError> {
        self.report.commands += 1;
        let call = Call {
            command_id: CommandId(new_id()),
            request_hash: [0; 32],
            actor: self.actor.clone(),
            expected_version: None,
            command,
            act: None,
        };
        self.terminal.inner.writer.call(call).await
    }
}
