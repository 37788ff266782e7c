//! The till under test, in process: opened, signed in, driven, closed.

use std::path::{Path, PathBuf};

use argon2::password_hash::{PasswordHasher as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use docket_contracts::{ApiError, CommandOutcome, CommandRequest};
use docket_domain::ids::{CommandId, SessionId};
use docket_terminal::data::DATABASE;
use docket_terminal::{OpenOptions, Terminal, with_sum};
use serde_json::{Value, json};
use uuid::Uuid;

/// Products of the demo shop that are sold here.
const PRODUCTS: [&str; 4] = ["Espresso", "Croissant", "Cappuccino", "Espresso"];

/// A new id: nothing in these tests depends on its value.
#[allow(clippy::disallowed_methods, reason = "the home of new ids in this program")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// The two folders of a shop below its home.
pub fn options(home: &Path) -> OpenOptions {
    let shop = home.join("shop");
    OpenOptions { data: shop.join("data"), witness: Some(shop.join("witness")), demo: true }
}

/// The database of a shop.
pub fn database(home: &Path) -> PathBuf {
    options(home).data.join(DATABASE)
}

/// An open till with its manager signed in.
#[derive(Clone)]
pub struct Till {
    /// The till.
    pub terminal: Terminal,
    session: SessionId,
    /// Lines that can be ordered, but for their ids.
    lines: Vec<Value>,
}

impl Till {
    /// Opens the till of a folder and signs the manager in.
    ///
    /// # Errors
    /// As the till says.
    pub async fn open(home: &Path) -> Result<Self, ApiError> {
        let terminal = Terminal::open(options(home)).await?;
        let session = match sign_in(&terminal).await {
            Ok(session) => session,
            Err(error) => {
                terminal.close().await;
                return Err(error);
            }
        };
        let mut till = Till { terminal, session, lines: Vec::new() };
        for name in PRODUCTS {
            match till.product(name).await {
                Ok(line) => till.lines.push(line),
                Err(error) => {
                    till.close().await;
                    return Err(error);
                }
            }
        }
        Ok(till)
    }

    /// Ends it in good order.
    pub async fn close(self) {
        self.terminal.close().await;
    }

    /// Sends a command.
    ///
    /// # Errors
    /// The refusal.
    pub async fn send(&self, command: Uuid, name: &str, input: Value) -> Result<CommandOutcome, ApiError> {
        let request = CommandRequest { command_id: CommandId(command), expected_version: None, input };
        self.terminal.command(Some(self.session), name, request).await
    }

    /// Asks a query.
    ///
    /// # Errors
    /// The refusal.
    pub async fn ask(&self, name: &str, input: Value) -> Result<Value, ApiError> {
        self.terminal.query(Some(self.session), name, input).await
    }

    /// A line of one of the products, by its number, with an id of its own.
    pub fn line(&self, number: usize) -> Value {
        let mut line = self.lines[number % self.lines.len()].clone();
        line["line_id"] = json!(fresh());
        line
    }

    /// The kinds of the incidents that the till tells of.
    ///
    /// # Errors
    /// The refusal.
    pub async fn incidents(&self) -> Result<Vec<String>, ApiError> {
        let status = self.ask("status", json!({})).await?;
        let incidents = status["incidents"].as_array().cloned().unwrap_or_default();
        Ok(incidents.iter().map(|incident| format!("{}: {}", incident["kind"], incident["text"])).collect())
    }

    async fn product(&self, name: &str) -> Result<Value, ApiError> {
        let page = self.ask("products", json!({ "text": name })).await?;
        let found = page["rows"].as_array().and_then(|rows| rows.iter().find(|row| row["name"] == name));
        let id = found.unwrap_or_else(|| panic!("the demo shop sells {name}"))["product_id"].clone();
        let product = self.ask("product", json!({ "product_id": id })).await?;
        let mut modifiers = Vec::new();
        for group in product["groups"].as_array().into_iter().flatten() {
            let min = group["min"].as_u64().and_then(|min| usize::try_from(min).ok()).unwrap_or(0);
            let options = group["options"].as_array().into_iter().flatten().take(min);
            modifiers.extend(options.map(|option| json!({ "group_id": group["id"], "option_id": option["id"] })));
        }
        Ok(json!({ "product_id": id, "modifiers": modifiers }))
    }
}

async fn sign_in(terminal: &Terminal) -> Result<SessionId, ApiError> {
    let shop = terminal.query(None, "shop", json!({})).await?;
    let pins = terminal.demo_pins();
    let pin = pins.first().expect("the demo shop has a manager");
    let people = shop["people"].as_array().into_iter().flatten();
    let person = people.map(|entry| &entry["person"]).find(|person| person["name"] == pin.name.as_str());
    let id = person.expect("the manager can sign in")["person_id"].clone();
    let input = json!({ "person_id": id, "pin": pin.pin, "station": "till" });
    let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input };
    let outcome = terminal.command(None, "sign_in", request).await?;
    Ok(outcome.session.expect("sign-in opens a session").session_id)
}

/// Gives the people of a closed demo shop verifiers of the least cost. A verifier states its own cost, so the till's
/// code stays as it is, and thousands of starts don't wait for argon2.
///
/// # Panics
/// If the store is not there.
pub fn make_sign_in_cheap(home: &Path) {
    let secret = std::fs::read(options(home).data.join("store.secret")).expect("the store's secret");
    let params = Params::new(Params::MIN_M_COST, 1, 1, None).expect("the least cost");
    let argon = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).expect("a secret");
    let store = rusqlite::Connection::open(database(home)).expect("the store");
    store.pragma_update(None, "synchronous", "FULL").expect("a pragma");
    let mut people = store.prepare("SELECT person_id, verifier FROM pin_verifiers").expect("the verifiers");
    let people: Vec<([u8; 16], String)> =
        people.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect).expect("people");
    for (person, verifier) in people {
        let matches = |pin: &&str| {
            let (hash, _) = verifier.rsplit_once('#').expect("a verifier with its sum");
            let parsed = argon2::PasswordHash::new(hash).expect("a verifier");
            let params = Params::try_from(&parsed).expect("its cost");
            let argon =
                Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).expect("a secret");
            argon2::PasswordVerifier::verify_password(&argon, pin.as_bytes(), &parsed).is_ok()
        };
        let pin = ["1111", "2222", "3333"].into_iter().find(matches).expect("a PIN of the demo shop");
        let salt = SaltString::encode_b64(&person).expect("a salt");
        let cheap = with_sum(&argon.hash_password(pin.as_bytes(), &salt).expect("a verifier").to_string());
        let sql = "UPDATE pin_verifiers SET verifier = ?2 WHERE person_id = ?1";
        store.execute(sql, rusqlite::params![&person[..], cheap]).expect("an update");
    }
}
