//! What the till has said is done. Kept here, apart from it, and held against it after each kill.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a command will have done once it is acknowledged.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Lines are on the order: line id, product, quantity.
    Lines(Vec<(String, String, String)>),
    /// A line holds another quantity.
    Quantity(String, String),
    /// A line is out.
    Voided(String),
    /// Money was taken under this payment id.
    Paid(String),
    /// The order moved on.
    Moved,
}

/// A command as it went out; a repeat is the same bytes.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Name of the command.
    pub name: &'static str,
    /// Its id, also in the request.
    pub command_id: String,
    /// The request, command id included.
    pub body: String,
    /// The order it acts on.
    pub order_id: String,
    /// What it will have done.
    pub effect: Effect,
    /// Whether the kitchen's session carries it.
    pub by_kitchen: bool,
    /// Whether other clients act on the same order, so that a refusal is no fault.
    pub shared: bool,
}

/// A line as acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The product.
    pub product_id: String,
    /// Decimal text.
    pub quantity: String,
    /// Whether it was taken out.
    pub voided: bool,
}

/// A payment as acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Captured, in minor units.
    pub minor: i64,
    /// `series-number`.
    pub receipt: String,
}

impl Payment {
    /// Series and number of its receipt.
    pub fn receipt_number(&self) -> Option<(&str, u64)> {
        let (series, number) = self.receipt.rsplit_once('-')?;
        Some((series, number.parse().ok()?))
    }
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// As derived by the till.
    pub status: String,
    /// Token of the set of facts.
    pub version: String,
}

/// An order as acknowledged.
#[derive(Debug, Clone)]
pub struct Order {
    /// Short number.
    pub label: String,
    /// Status and version of the last outcome; none while several clients acted on the order and
    /// nobody has looked since: answers of concurrent commands arrive in any order.
    pub stand: Option<Stand>,
    /// By line id.
    pub lines: BTreeMap<String, Line>,
    /// By payment id.
    pub payments: BTreeMap<String, Payment>,
    /// The last command and its outcome: a repeat must return it.
    pub last: (Sent, Value),
    /// The start of the till in which it last moved.
    pub round: u64,
}

/// Everything that was acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By order id.
    pub orders: BTreeMap<String, Order>,
    /// Acknowledged commands.
    pub acts: u64,
    /// Ids of the acknowledged commands that wrote something.
    pub wrote: BTreeSet<String>,
    /// Commands on shared orders that were refused.
    pub refused: u64,
}

impl Ledger {
    /// Writes down an acknowledged command.
    ///
    /// # Errors
    /// What the outcome lacks.
    pub fn acknowledge(&mut self, sent: &Sent, outcome: &Value, round: u64) -> Result<(), String> {
        let text = |key: &str| {
            let value = outcome["order"][key].as_str();
            value.map(str::to_owned).ok_or_else(|| format!("{}: the outcome names no {key}: {outcome}", sent.name))
        };
        let (label, status, version) = (text("label")?, text("status")?, text("version")?);
        let last = (sent.clone(), outcome.clone());
        let order = self.orders.entry(sent.order_id.clone()).or_insert_with(|| Order {
            label: label.clone(),
            stand: None,
            lines: BTreeMap::new(),
            payments: BTreeMap::new(),
            last: last.clone(),
            round,
        });
        if order.label != label {
            return Err(format!("{}: the order was {} and is now {label}", sent.name, order.label));
        }
        (order.last, order.round) = (last, round);
        order.stand = (!sent.shared).then_some(Stand { status, version });
        self.acts += 1;
        if outcome["applied"] == true && !self.wrote.insert(sent.command_id.clone()) {
            return Err(format!("{}: the command {} was acknowledged twice", sent.name, sent.command_id));
        }
        order.apply(&sent.effect, outcome)
    }

    /// The sum of everything captured, in minor units.
    pub fn captured_minor(&self) -> i64 {
        self.orders.values().map(Order::captured_minor).sum()
    }

    /// Receipts that break the rule 1, 2, 3 … in their series, each once.
    pub fn receipt_faults(&self) -> Vec<String> {
        let mut series: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        let mut faults = Vec::new();
        for payment in self.orders.values().flat_map(|order| order.payments.values()) {
            match payment.receipt_number() {
                Some((name, number)) => series.entry(name).or_default().push(number),
                None => faults.push(format!("receipt {:?} is not series-number", payment.receipt)),
            }
        }
        for (name, mut numbers) in series {
            numbers.sort_unstable();
            if let Some((number, at)) = numbers.iter().zip(1..).find(|(number, at)| *number != at) {
                faults.push(format!("series {name}: where {at} is due stands {number}"));
            }
        }
        faults
    }
}

impl Order {
    /// The sum of its payments, in minor units.
    pub fn captured_minor(&self) -> i64 {
        self.payments.values().map(|payment| payment.minor).sum()
    }

    fn apply(&mut self, effect: &Effect, outcome: &Value) -> Result<(), String> {
        let missing = |id: &String| format!("the ledger has no line {id}");
        match effect {
            Effect::Lines(lines) => {
                for (line_id, product_id, quantity) in lines.clone() {
                    self.lines.insert(line_id, Line { product_id, quantity, voided: false });
                }
            }
            Effect::Quantity(line_id, quantity) => {
                self.lines.get_mut(line_id).ok_or_else(|| missing(line_id))?.quantity.clone_from(quantity);
            }
            Effect::Voided(line_id) => self.lines.get_mut(line_id).ok_or_else(|| missing(line_id))?.voided = true,
            Effect::Paid(payment_id) => {
                let payment = &outcome["payment"];
                if payment["payment_id"] != payment_id.as_str() {
                    return Err(format!("the outcome names another payment than {payment_id}: {outcome}"));
                }
                let minor = minor_of(&payment["amount"]).ok_or_else(|| format!("no amount in {outcome}"))?;
                let receipt = payment["receipt"].as_str().unwrap_or_default().to_owned();
                self.payments.insert(payment_id.clone(), Payment { minor, receipt });
            }
            Effect::Moved => {}
        }
        Ok(())
    }
}

/// `{"amount":"3.80",…}` in minor units: the digits, since every amount of a currency has all its decimals.
pub fn minor_of(money: &Value) -> Option<i64> {
    money["amount"].as_str()?.replace('.', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paid(order_id: &str, payment_id: &str, receipt: &str) -> (Sent, Value) {
        let effect = Effect::Paid(payment_id.into());
        let sent = Sent {
            name: "pay_cash",
            command_id: format!("c-{payment_id}"),
            body: String::new(),
            order_id: order_id.into(),
            effect,
            by_kitchen: false,
            shared: false,
        };
        let money = json!({ "amount": "3.80", "currency": "EUR" });
        let payment = json!({ "payment_id": payment_id, "amount": money, "receipt": receipt });
        let order = json!({ "label": order_id, "status": "ready", "version": "1" });
        (sent, json!({ "applied": true, "order": order, "payment": payment }))
    }

    fn ledger(payments: &[(&str, &str, &str)]) -> Ledger {
        let mut ledger = Ledger::default();
        for (order, payment, receipt) in payments {
            let (sent, outcome) = paid(order, payment, receipt);
            ledger.acknowledge(&sent, &outcome, 1).unwrap();
        }
        ledger
    }

    #[test]
    fn a_gapless_series_has_no_fault_and_sums_up() {
        let ledger = ledger(&[("a", "p1", "S1-2"), ("b", "p2", "S1-1"), ("b", "p3", "S2-1")]);
        assert_eq!(ledger.receipt_faults(), Vec::<String>::new());
        assert_eq!(ledger.captured_minor(), 3 * 380);
    }

    #[test]
    fn a_gap_and_a_double_are_faults() {
        assert_eq!(ledger(&[("a", "p1", "S1-1"), ("b", "p2", "S1-3")]).receipt_faults().len(), 1);
        assert_eq!(ledger(&[("a", "p1", "S1-1"), ("b", "p2", "S1-1")]).receipt_faults().len(), 1);
    }

    #[test]
    fn an_order_that_several_clients_act_on_has_no_stand_until_it_is_looked_at() {
        let (mut sent, outcome) = paid("a", "p1", "S1-1");
        sent.shared = true;
        let mut ledger = Ledger::default();
        ledger.acknowledge(&sent, &outcome, 1).unwrap();
        assert_eq!(ledger.orders["a"].stand, None);
        assert!(ledger.acknowledge(&sent, &outcome, 1).is_err(), "one command is acknowledged once");
    }
}
