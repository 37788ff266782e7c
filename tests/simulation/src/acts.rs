//! What a person at a till does next: mostly what the view allows, now and then what it doesn't.

use docket_domain::order::Action;
use docket_domain::staff::Role;
use serde_json::{Map, Value, json};

use crate::device::Sent;
use docket_testkit::dice::Dice;

/// How often each action is chosen among those that a view allows.
const WEIGHTS: [(Action, usize); 25] = [
    (Action::AddLine, 3),
    (Action::ChangeLine, 3),
    (Action::SplitLine, 2),
    (Action::VoidLine, 2),
    (Action::SetType, 1),
    (Action::SetTable, 2),
    (Action::SetNote, 1),
    (Action::SetCustomer, 1),
    (Action::SetCovers, 1),
    (Action::SetRush, 1),
    (Action::Place, 2),
    (Action::Confirm, 3),
    (Action::Send, 4),
    (Action::Start, 4),
    (Action::Ready, 4),
    (Action::BumpLine, 2),
    (Action::Recall, 2),
    (Action::HandOver, 3),
    (Action::AcknowledgeChanges, 3),
    (Action::Cancel, 2),
    (Action::Reinstate, 2),
    (Action::CloseException, 3),
    (Action::PayCash, 5),
    (Action::Refund, 2),
    (Action::Complete, 4),
];
const TABLES: [&str; 4] = ["Table 1", "Table 2", "Terrace", "Bar"];
const TYPES: [&str; 3] = ["counter", "dine_in", "take_away"];
const WORDS: [&str; 3] = ["no onions", "Zoë waits outside", "extra hot"];

/// An order's opening.
pub fn create(dice: &mut Dice, menu: &[Value]) -> Sent {
    let lines: Vec<Value> = (0..dice.below(4)).filter_map(|_| new_line(dice, menu)).collect();
    let table = dice.one_in(2).then(|| dice.pick(&TABLES)).flatten();
    let order_type = TYPES[dice.below(TYPES.len())];
    let input = json!({ "order_id": dice.id(), "order_type": order_type, "table": table, "lines": lines });
    Sent { id: dice.id(), name: "create_order", input, expected: None, role: front(dice) }
}

/// An act on an order that its view allows, if there is one.
pub fn allowed(dice: &mut Dice, menu: &[Value], view: &Value) -> Option<Sent> {
    let actions = view["actions"].as_array()?;
    let choices: Vec<(usize, Action)> = WEIGHTS
        .iter()
        .filter(|(action, _)| actions.iter().any(|allowed| allowed == action.as_str()))
        .map(|(action, weight)| (*weight, *action))
        .collect();
    if choices.is_empty() {
        return None;
    }
    let action = dice.weighed(&choices);
    sent(dice, menu, view, action)
}

/// An act that the view does not allow now.
pub fn forbidden(dice: &mut Dice, menu: &[Value], view: &Value) -> Option<Sent> {
    let actions = view["actions"].as_array()?;
    let others: Vec<Action> = WEIGHTS
        .iter()
        .map(|(action, _)| *action)
        .filter(|action| !actions.iter().any(|allowed| allowed == action.as_str()))
        .collect();
    let action = *dice.pick(&others)?;
    sent(dice, menu, view, action).map(|sent| Sent { role: Role::Manager, ..sent })
}

fn sent(dice: &mut Dice, menu: &[Value], view: &Value, action: Action) -> Option<Sent> {
    let mut input = arguments(dice, menu, view, action)?;
    input.insert("order_id".into(), view["order_id"].clone());
    let expected = dice.one_in(3).then(|| view["version"].as_str().map(str::to_owned)).flatten();
    let role = match action {
        Action::Start | Action::Ready | Action::BumpLine if dice.one_in(2) => Role::Kitchen,
        Action::Cancel | Action::Reinstate | Action::CloseException | Action::Refund => Role::Manager,
        _ => front(dice),
    };
    Some(Sent { id: dice.id(), name: action.as_str(), input: Value::Object(input), expected, role })
}

fn front(dice: &mut Dice) -> Role {
    if dice.one_in(3) { Role::Cashier } else { Role::Manager }
}

fn new_line(dice: &mut Dice, menu: &[Value]) -> Option<Value> {
    let mut line = dice.pick(menu)?.clone();
    line["line_id"] = json!(dice.id());
    line["quantity"] = json!(["1", "1", "2", "3", "0.5"][dice.below(5)]);
    line["note"] = json!(dice.one_in(5).then(|| dice.pick(&WORDS)).flatten());
    Some(line)
}

fn arguments(dice: &mut Dice, menu: &[Value], view: &Value, action: Action) -> Option<Map<String, Value>> {
    let lines = view["lines"].as_array()?;
    let state = |line: &&Value, states: &[&str]| states.iter().any(|state| line["state"] == *state);
    let of = |dice: &mut Dice, states: &[&str]| {
        let fitting: Vec<&Value> = lines.iter().filter(|line| state(line, states)).collect();
        // Where no line fits, any does: the till has to refuse it.
        dice.pick(&fitting).copied().or_else(|| dice.pick(lines)).cloned()
    };
    let all_or_one = |dice: &mut Dice, line: Option<Value>| match line {
        Some(line) if dice.one_in(2) => json!({ "lines": [line["line_id"]] }),
        _ => json!({}),
    };
    let input = match action {
        Action::Create => return None,
        Action::AddLine => json!({ "line": new_line(dice, menu)? }),
        Action::ChangeLine => {
            let line = of(dice, &["new"])?;
            let mut content = new_line(dice, menu)?;
            // The same product, mostly: a person changes how many, or what goes with it.
            if let Some(same) = menu.iter().find(|entry| entry["product_id"] == line["product_id"]) {
                content["product_id"] = same["product_id"].clone();
                content["modifiers"] = same["modifiers"].clone();
                content["open_price"] = same["open_price"].clone();
            }
            content["line_id"] = line["line_id"].clone();
            json!({ "line": content })
        }
        Action::SplitLine => {
            let line = of(dice, &["new", "fired", "started", "ready"])?;
            let part = if line["quantity"] == "0.5" { "0.25" } else { ["1", "0.5"][dice.below(2)] };
            json!({ "line_id": line["line_id"], "new_line_id": dice.id(), "quantity": part })
        }
        Action::VoidLine => {
            let line = of(dice, &["new", "fired", "started", "ready"])?;
            json!({ "line_id": line["line_id"], "reason": "guest changed mind" })
        }
        Action::SetType => json!({ "order_type": TYPES[dice.below(TYPES.len())] }),
        Action::SetTable => json!({ "table": dice.pick(&TABLES) }),
        Action::SetNote => json!({ "note": dice.pick(&WORDS) }),
        Action::SetCustomer => json!({ "name": "Zoë Winter", "phone": "030 1234" }),
        Action::SetCovers => json!({ "covers": 1 + dice.below(8) }),
        Action::SetRush => json!({ "rush": dice.below(2) == 0 }),
        Action::Place | Action::Confirm | Action::Send | Action::Complete => json!({}),
        Action::Start => {
            let line = of(dice, &["fired"]);
            all_or_one(dice, line)
        }
        Action::Ready => {
            let line = of(dice, &["fired", "started"]);
            all_or_one(dice, line)
        }
        Action::BumpLine => json!({ "line_id": of(dice, &["fired", "started"])?["line_id"] }),
        Action::Recall | Action::HandOver => {
            let line = of(dice, &["ready"]);
            all_or_one(dice, line)
        }
        Action::AcknowledgeChanges => json!({}),
        Action::Cancel => json!({ "reason": "guest left" }),
        Action::Reinstate => json!({ "reason": "guest is back" }),
        Action::CloseException => close(dice, view)?,
        Action::PayCash => pay(dice, view),
        Action::Refund => refund(dice, view)?,
    };
    match input {
        Value::Object(input) => Some(input),
        _ => None,
    }
}

fn close(dice: &mut Dice, view: &Value) -> Option<Value> {
    let exceptions = view["exceptions"].as_array()?;
    let open: Vec<&Value> = exceptions.iter().filter(|exception| exception["closed"].is_null()).collect();
    let exception = dice.pick(&open)?;
    let resolution = dice.pick(exception["resolutions"].as_array()?)?;
    Some(json!({ "exception_id": exception["exception_id"], "resolution": resolution }))
}

fn refund(dice: &mut Dice, view: &Value) -> Option<Value> {
    let offered = dice.pick(view["refundable"].as_array()?);
    // Where nothing is left of any payment, any one does: the till has to refuse it.
    let payment = offered.or_else(|| view["payments"].as_array()?.first())?["payment_id"].clone();
    let amount = match (dice.below(4), offered) {
        (0, _) => json!("0.50"),
        (1, Some(offered)) => offered["suggested"]["amount"].clone(),
        _ => Value::Null,
    };
    Some(json!({ "payment_id": payment, "refund_id": dice.id(), "amount": amount, "reason": "soup was cold" }))
}

fn pay(dice: &mut Dice, view: &Value) -> Value {
    let payment = dice.id();
    let offered = view["cash_suggestions"].as_array().and_then(|offered| dice.pick(offered));
    match dice.below(4) {
        0 => json!({ "payment_id": payment, "tendered": "1.00", "amount": "1.00" }),
        1 => json!({ "payment_id": payment }),
        _ => json!({ "payment_id": payment, "tendered": offered.map(|money| &money["amount"]) }),
    }
}
