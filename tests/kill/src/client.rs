//! One client: opens orders and walks them through their day until the till dies under it.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::checks::Checks;
use crate::http::{Answer, Connection, Failure};
use crate::ledger::{Effect, Ledger, Sent, minor_of};
use crate::rng::Rng;
use crate::shared::SharedOrder;
use crate::shop::Shop;

/// Orders that a client walks at once.
const ORDERS_OPEN_MAX: usize = 4;
/// Before a command that the till was too busy for goes out again.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// One act on an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Opens it, with lines.
    Create,
    /// One more line.
    Add,
    /// Another quantity.
    Change,
    /// A line out.
    Void,
    /// To the kitchen.
    Send,
    /// The kitchen begins.
    Start,
    /// The kitchen is done.
    Ready,
    /// Half of the balance.
    PayHalf,
    /// The balance.
    Pay,
    /// Handed over.
    Complete,
    /// Called off.
    Cancel,
}

#[derive(Debug)]
struct Walk {
    order_id: String,
    steps: VecDeque<Step>,
}

/// A command without an answer.
#[derive(Debug)]
pub struct Pending {
    /// What went out.
    pub sent: Sent,
    /// When it had gone out whole; none if the till can't have seen it.
    pub sent_at: Option<Instant>,
}

/// One client with its orders. It outlives the till.
#[derive(Debug)]
pub struct Client {
    rng: Rng,
    walks: Vec<Walk>,
    /// The command that the last kill left without an answer.
    pub pending: Option<Pending>,
}

/// Where clients write down what they learn.
pub struct Books<'a> {
    /// What was acknowledged.
    pub ledger: &'a Mutex<Ledger>,
    /// What held.
    pub checks: &'a Mutex<Checks>,
    /// The order that all clients act on.
    pub shared: &'a Mutex<SharedOrder>,
    /// The start of the till, counted from 0.
    pub round: u64,
}

impl Client {
    /// A client with a stream of chance of its own.
    pub fn new(seed: u64, number: u64) -> Self {
        Client { rng: Rng::new(seed, number), walks: Vec::new(), pending: None }
    }

    /// Sells until the till no longer answers.
    pub fn work(&mut self, shop: &Shop, books: &Books) {
        let mut connection = Connection::new(&shop.address);
        loop {
            let Some(sent) = self.choose(shop, books, &mut connection) else { return };
            let result = patiently(shop, &mut connection, &sent);
            match result {
                Ok(answer) if answer.status == 200 => self.acknowledged(&sent, &answer.body, books),
                Ok(answer) => self.refused(&sent, &answer, books),
                Err(failure) => {
                    let sent_at = if let Failure::Unanswered(at, _) = failure { Some(at) } else { None };
                    self.pending = Some(Pending { sent, sent_at });
                    return;
                }
            }
        }
    }

    /// A refusal: the other clients were faster, or it is a fault.
    pub fn refused(&mut self, sent: &Sent, answer: &Answer, books: &Books) {
        if sent.shared && matches!(answer.status, 403 | 409 | 422) {
            books.ledger.lock().expect("no client panics").refused += 1;
            return;
        }
        let fault = format!("{} was refused with {}: {}", sent.name, answer.status, answer.body);
        books.checks.lock().expect("no client panics").expect([fault]);
        self.walks.retain(|walk| walk.order_id != sent.order_id);
    }

    /// The next command, on the shared order or on one of its own. None when the till died.
    fn choose(&mut self, shop: &Shop, books: &Books, connection: &mut Connection) -> Option<Sent> {
        let shared = books.shared.lock().expect("no client panics").next(&mut self.rng, books);
        if let Some((order_id, step)) = shared {
            return self.command(&order_id, step, true, shop, books, connection);
        }
        let at = self.pick();
        let (order_id, step) = (self.walks[at].order_id.clone(), self.walks[at].steps[0]);
        self.command(&order_id, step, false, shop, books, connection)
    }

    /// Notes an acknowledged command and takes the step off the walk.
    pub fn acknowledged(&mut self, sent: &Sent, outcome: &Value, books: &Books) {
        let noted = books.ledger.lock().expect("no client panics").acknowledge(sent, outcome, books.round);
        books.checks.lock().expect("no client panics").worked(noted);
        if let Some(walk) = self.walks.iter_mut().find(|walk| walk.order_id == sent.order_id) {
            walk.steps.pop_front();
        }
        self.walks.retain(|walk| !walk.steps.is_empty());
    }

    /// The place of the walk that moves next; a new one where there is room.
    fn pick(&mut self) -> usize {
        if self.walks.len() < ORDERS_OPEN_MAX {
            let walk = Walk { order_id: self.rng.uuid(), steps: self.plan() };
            self.walks.push(walk);
        }
        self.rng.index(self.walks.len())
    }

    fn plan(&mut self) -> VecDeque<Step> {
        let mut steps = VecDeque::from([Step::Create]);
        for _ in 0..self.rng.below(3) {
            steps.push_back([Step::Add, Step::Change, Step::Void][self.rng.index(3)]);
        }
        let rest: &[Step] = match self.rng.below(8) {
            0 => &[Step::Cancel],
            1 => &[Step::Send],
            2 | 3 => &[Step::Pay, Step::Start, Step::Ready, Step::Complete],
            4 => &[Step::Send, Step::Start, Step::Ready, Step::PayHalf, Step::Pay, Step::Complete],
            5 => &[Step::Send, Step::Add, Step::Send, Step::Start, Step::Ready, Step::Pay, Step::Complete],
            _ => &[Step::Send, Step::Start, Step::Ready, Step::Pay, Step::Complete],
        };
        steps.extend(rest);
        steps
    }

    /// The command for a step. None when the till died while it was asked for the balance.
    fn command(
        &mut self,
        order_id: &str,
        mut step: Step,
        shared: bool,
        shop: &Shop,
        books: &Books,
        connection: &mut Connection,
    ) -> Option<Sent> {
        let live = live_lines(books, order_id);
        if step == Step::Void && live.len() < 2 {
            step = Step::Add;
        }
        let (name, more, effect) = match step {
            Step::Create => self.create(shop),
            Step::Add => {
                let (line, effect) = self.line(shop);
                ("add_line", json!({ "line": line }), Effect::Lines(vec![effect]))
            }
            Step::Change => self.change(&live),
            Step::Void => {
                let (line_id, _) = live[self.rng.index(live.len())].clone();
                ("void_line", json!({ "line_id": line_id, "reason": "changed their mind" }), Effect::Voided(line_id))
            }
            Step::Send => ("send", json!({}), Effect::Moved),
            Step::Start => ("start", json!({}), Effect::Moved),
            Step::Ready => ("ready", json!({}), Effect::Moved),
            Step::PayHalf => self.pay(Some(half_of_balance(shop, connection, books, order_id)?)),
            Step::Pay => self.pay(None),
            Step::Complete => ("complete", json!({}), Effect::Moved),
            Step::Cancel => ("cancel", json!({ "reason": "the guest left" }), Effect::Moved),
        };
        let mut input = more;
        input["order_id"] = json!(order_id);
        let command_id = self.rng.uuid();
        let body = json!({ "command_id": command_id, "input": input }).to_string();
        let (order_id, by_kitchen) = (order_id.to_owned(), matches!(step, Step::Start | Step::Ready));
        Some(Sent { name, command_id, body, order_id, effect, by_kitchen, shared })
    }

    fn create(&mut self, shop: &Shop) -> (&'static str, Value, Effect) {
        let count = 1 + self.rng.below(4);
        let (lines, effects): (Vec<_>, Vec<_>) = (0..count).map(|_| self.line(shop)).unzip();
        let order_type = ["counter", "dine_in", "take_away"][self.rng.index(3)];
        ("create_order", json!({ "order_type": order_type, "lines": lines }), Effect::Lines(effects))
    }

    fn line(&mut self, shop: &Shop) -> (Value, (String, String, String)) {
        let product_id = shop.products[self.rng.index(shop.products.len())].clone();
        let (line_id, quantity) = (self.rng.uuid(), (1 + self.rng.below(3)).to_string());
        let line = json!({ "line_id": line_id, "product_id": product_id, "quantity": quantity });
        (line, (line_id, product_id, quantity))
    }

    fn change(&mut self, live: &[(String, String)]) -> (&'static str, Value, Effect) {
        let (line_id, product_id) = live[self.rng.index(live.len())].clone();
        // More than any line begins with, so that it is a change.
        let quantity = (4 + self.rng.below(5)).to_string();
        let line = json!({ "line_id": line_id, "product_id": product_id, "quantity": quantity });
        ("change_line", json!({ "line": line }), Effect::Quantity(line_id, quantity))
    }

    fn pay(&mut self, amount: Option<String>) -> (&'static str, Value, Effect) {
        let payment_id = self.rng.uuid();
        ("pay_cash", json!({ "payment_id": payment_id, "amount": amount }), Effect::Paid(payment_id))
    }
}

/// Sends until the till has time for it.
pub fn patiently(shop: &Shop, connection: &mut Connection, sent: &Sent) -> Result<Answer, Failure> {
    loop {
        let answer = shop.send(connection, sent)?;
        if answer.status != 503 || answer.body["retryable"] != true {
            return Ok(answer);
        }
        thread::sleep(BUSY_PAUSE);
    }
}

/// Ids and products of the lines that were not voided.
fn live_lines(books: &Books, order_id: &str) -> Vec<(String, String)> {
    let ledger = books.ledger.lock().expect("no client panics");
    let lines = ledger.orders.get(order_id).into_iter().flat_map(|order| &order.lines);
    let live = lines.filter(|(_, line)| !line.voided);
    live.map(|(line_id, line)| (line_id.clone(), line.product_id.clone())).collect()
}

/// Half of what is still to pay, as decimal text with the decimals of its currency; at least one minor unit.
fn half_of_balance(shop: &Shop, connection: &mut Connection, books: &Books, order_id: &str) -> Option<String> {
    // An error here is the till's death; the order waits for the next start.
    let view = shop.order(connection, order_id).ok()?;
    let balance = view.as_ref().map(|view| &view["balance"]);
    let half = balance.and_then(|balance| {
        let decimals = balance["amount"].as_str()?.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        Some(decimal((minor_of(balance)? / 2).max(1), decimals))
    });
    if half.is_none() {
        books.checks.lock().expect("no client panics").expect([format!("no balance in {view:?}")]);
    }
    half
}

fn decimal(minor: i64, decimals: usize) -> String {
    let digits = format!("{minor:0>width$}", width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    if decimals == 0 { whole.to_owned() } else { format!("{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn minor_units_become_the_decimals_of_their_currency() {
        assert_eq!([decimal(5, 2), decimal(190, 2), decimal(42, 0), decimal(1, 3)], ["0.05", "1.90", "42", "0.001"]);
    }
}
