//! The running till as a client sees it: signed in, with things to sell.

use std::thread;

use serde_json::{Value, json};

use crate::http::{Address, Answer, Connection, Failure};
use crate::ledger::Sent;
use crate::rng::Rng;
use crate::till::Till;

/// The most that a page of orders may have.
const PAGE_ROWS: u64 = 200;

/// Sessions and products of one start of the till.
#[derive(Debug, Clone)]
pub struct Shop {
    /// Where it listens.
    pub address: Address,
    /// The cashier's session.
    pub cashier: String,
    /// The kitchen's session.
    pub kitchen: String,
    /// Ids of products that ask for nothing.
    pub products: Vec<String>,
}

impl Shop {
    /// Signs in with the demo shop's PINs and looks at what there is.
    pub fn enter(till: &Till, rng: &mut Rng) -> Result<Self, String> {
        let mut connection = Connection::new(&till.address);
        let people = answer(connection.query("", "shop"))?;
        let sign_in = |role: &str, command_id: String| {
            let person = people["people"].as_array().into_iter().flatten().map(|entry| &entry["person"]);
            let person = person.into_iter().find(|person| person["role"] == role);
            let person = person.ok_or_else(|| format!("nobody in the demo shop is a {role}"))?;
            let pin = till.pins.iter().find(|(name, _)| person["name"] == name.as_str());
            let (_, pin) = pin.ok_or_else(|| format!("the ready line has no PIN for {person}"))?;
            let input = json!({ "person_id": person["person_id"], "pin": pin, "station": role });
            let body = json!({ "command_id": command_id, "input": input }).to_string();
            let outcome = answer(Connection::new(&till.address).command("", "sign_in", &body))?;
            let session = outcome["session"]["session_id"].as_str();
            session.map(str::to_owned).ok_or_else(|| format!("sign_in opened no session: {outcome}"))
        };
        let (first, second) = (rng.uuid(), rng.uuid());
        // A PIN check is slow on purpose; two at once take the time of one.
        let (cashier, kitchen) = thread::scope(|scope| {
            let kitchen = scope.spawn(|| sign_in("kitchen", second));
            (sign_in("cashier", first), kitchen.join().expect("a sign-in returns its faults"))
        });
        let (cashier, kitchen) = (cashier?, kitchen?);
        let page = answer(connection.query(&cashier, "products?limit=200"))?;
        let sellable = |row: &&Value| row["asks"] == false && !row["price"].is_null();
        let rows = page["rows"].as_array().into_iter().flatten().filter(sellable);
        let products: Vec<String> = rows.filter_map(|row| row["product_id"].as_str().map(str::to_owned)).collect();
        if products.is_empty() {
            return Err(format!("nothing can be sold without a question: {page}"));
        }
        Ok(Shop { address: till.address.clone(), cashier, kitchen, products })
    }

    /// Sends a command in the session that it belongs to.
    pub fn send(&self, connection: &mut Connection, sent: &Sent) -> Result<Answer, Failure> {
        let session = if sent.by_kitchen { &self.kitchen } else { &self.cashier };
        connection.command(session, sent.name, &sent.body)
    }

    /// What the lists and the boards show, without the moment at which they were asked.
    ///
    /// # Errors
    /// If a query is not answered.
    pub fn shown(&self) -> Result<Vec<Value>, String> {
        let mut connection = Connection::new(&self.address);
        let mut shown = vec![answer(connection.query(&self.cashier, "exceptions"))?];
        let mut board = answer(connection.query(&self.kitchen, "kitchen_board"))?;
        board["as_of_ms"] = Value::Null;
        shown.push(board);
        let mut after = String::new();
        loop {
            let page = answer(connection.query(&self.cashier, &format!("orders?limit={PAGE_ROWS}{after}")))?;
            let next = page["next"].as_str().map(str::to_owned);
            shown.push(page);
            match next {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(shown),
            }
        }
    }

    /// One order, or none if the till does not know it.
    pub fn order(&self, connection: &mut Connection, order_id: &str) -> Result<Option<Value>, String> {
        match connection.query(&self.cashier, &format!("order?order_id={order_id}")) {
            Ok(Answer { status: 404, .. }) => Ok(None),
            other => answer(other).map(Some),
        }
    }
}

/// The body of a call that must have worked.
pub fn answer(result: Result<Answer, Failure>) -> Result<Value, String> {
    match result {
        Ok(Answer { status: 200, body }) => Ok(body),
        Ok(Answer { status, body }) => Err(format!("{status}: {body}")),
        Err(failure) => Err(failure.to_string()),
    }
}
