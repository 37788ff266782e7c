//! A shop of its own for one test: a folder, a till, people who sign in when they are first needed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use docket_contracts::{ApiError, CommandOutcome, CommandRequest, ErrorCode};
use docket_domain::ids::{CommandId, SessionId};
use docket_domain::staff::Role;
use docket_terminal::import::ImportReport;
use docket_terminal::join::{self, ShopFound};
use docket_terminal::verify::{VerifyReport, verify_store};
use docket_terminal::{DemoPin, OpenOptions, Summary, Terminal};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::template::{DATA, WITNESS, template};
use crate::{Print, fresh, refusal};

/// A shop with its till.
pub struct Shop {
    home: TempDir,
    options: OpenOptions,
    till: Option<Terminal>,
    pins: Vec<DemoPin>,
    sessions: Mutex<HashMap<Role, SessionId>>,
    products: Mutex<HashMap<String, Value>>,
}

impl Shop {
    /// A copy of the demo shop, open.
    pub async fn demo() -> Self {
        let template = template().await;
        let home = tempfile::tempdir().expect("a folder");
        template.unpack(home.path());
        Self::in_folder(home, template.pins.clone()).await
    }

    /// A till before its first start: there is no shop.
    pub async fn none() -> Self {
        Self::in_folder(tempfile::tempdir().expect("a folder"), Vec::new()).await
    }

    /// A shop that a manager called Mia set up with PIN 1111, selling the sample menu if one is named.
    pub async fn set_up(currency: &str, sample_menu: Option<&str>) -> Self {
        let mut shop = Self::none().await;
        let input = json!({
            "shop_name": "Test", "currency": currency, "sample_menu": sample_menu, "manager_name": "Mia", "pin": "1111",
            "time_zone": "Europe/Berlin",
        });
        shop.send_in(None, "set_up_shop", input).await.expect("a shop");
        shop.pins.push(DemoPin { name: "Mia".into(), role: Role::Manager, pin: "1111".into() });
        shop
    }

    /// A further till of the shop that these exports are of.
    pub async fn joined(exports: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let options =
            OpenOptions { data: home.path().join(DATA), witness: Some(home.path().join(WITNESS)), demo: false };
        let mut found = ShopFound::default();
        for export in exports {
            found.survey(export.as_bytes()).expect("one shop");
        }
        join::found(&options, &found).await.expect("the folder is empty");
        let mut shop = Self::in_folder(home, Vec::new()).await;
        for export in exports {
            let report = shop.take_in(export).await;
            assert!(report.is_whole(), "{report:?}");
        }
        let first = shop.till().set_first_pin().await.expect("stored").expect("nobody has a PIN here");
        shop.pins.push(DemoPin { name: first.name, role: Role::Manager, pin: first.pin });
        shop
    }

    /// Signs in by the PINs of the demo's people, of whom this device has set none yet or the same.
    pub async fn sign_in_as_demo(&mut self) {
        self.till().set_first_pin().await.expect("stored");
        self.pins = template().await.pins.clone();
        self.sessions.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        self.products.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes in another device's export.
    pub async fn take_in(&self, export: &str) -> ImportReport {
        self.till().import_log(export.as_bytes()).await.expect("the store takes it")
    }

    /// What this till exports.
    ///
    /// # Panics
    /// If there is no store.
    #[must_use]
    pub fn exported(&self) -> String {
        let mut out = Vec::new();
        docket_terminal::export::export(&self.options.data, &mut out).expect("there is a store");
        String::from_utf8(out).expect("an export is text")
    }

    /// What two stores are compared by.
    ///
    /// # Panics
    /// If there is no store.
    #[must_use]
    pub fn summary(&self) -> Summary {
        docket_terminal::summary(&self.options.data).expect("there is a store").expect("it has read models")
    }

    async fn in_folder(home: TempDir, pins: Vec<DemoPin>) -> Self {
        let options =
            OpenOptions { data: home.path().join(DATA), witness: Some(home.path().join(WITNESS)), demo: false };
        let mut shop = Shop { home, options, till: None, pins, sessions: Mutex::default(), products: Mutex::default() };
        shop.open().await.expect("the store opens");
        shop
    }

    /// Opens the closed till.
    ///
    /// # Errors
    /// As the till says.
    pub async fn open(&mut self) -> Result<(), ApiError> {
        self.till = Some(Terminal::open(self.options.clone()).await?);
        self.sessions.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    /// Ends the till in good order.
    pub async fn close(&mut self) {
        if let Some(till) = self.till.take() {
            till.close().await;
        }
    }

    /// Ends the till and starts it again.
    pub async fn reopen(&mut self) {
        self.close().await;
        self.open().await.expect("the store opens again");
    }

    /// The till.
    ///
    /// # Panics
    /// If it is closed.
    #[must_use]
    pub fn till(&self) -> &Terminal {
        self.till.as_ref().expect("the till is open")
    }

    /// How the till is opened.
    #[must_use]
    pub fn options(&self) -> &OpenOptions {
        &self.options
    }

    /// Uses another data folder from the next start on.
    pub fn move_to(&mut self, data: PathBuf) {
        self.options.data = data;
    }

    /// The folder that holds data and witness.
    #[must_use]
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// A session of someone in this role, signed in at a station of the role's name.
    pub async fn session(&self, role: Role) -> SessionId {
        let known = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&role).copied();
        if let Some(session) = known {
            return session;
        }
        let pin = self.pins.iter().find(|pin| pin.role == role).expect("someone has this role");
        let person = self.person(&pin.name).await;
        let input = json!({ "person_id": person, "pin": pin.pin, "station": role.as_str() });
        let outcome = self.send_in(None, "sign_in", input).await.expect("the PIN is right");
        let session = outcome.session.expect("sign-in opens a session").session_id;
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).insert(role, session);
        session
    }

    /// The id of a person.
    pub async fn person(&self, name: &str) -> Value {
        let shop = self.till().query(None, "shop", json!({})).await.expect("the shop needs no session");
        let people = shop["people"].as_array().expect("people");
        let found = people.iter().find(|entry| entry["person"]["name"] == name);
        found.unwrap_or_else(|| panic!("nobody is called {name}"))["person"]["person_id"].clone()
    }

    /// Sends a command with a session, or with none.
    ///
    /// # Errors
    /// The refusal.
    pub async fn send_in(
        &self,
        session: Option<SessionId>,
        name: &str,
        input: Value,
    ) -> Result<CommandOutcome, ApiError> {
        self.till().command(session, name, request(input)).await
    }

    /// Sends a command as someone of this role.
    ///
    /// # Errors
    /// The refusal.
    pub async fn send_as(&self, role: Role, name: &str, input: Value) -> Result<CommandOutcome, ApiError> {
        let session = self.session(role).await;
        self.send_in(Some(session), name, input).await
    }

    /// Sends a command as the manager.
    ///
    /// # Errors
    /// The refusal.
    pub async fn send(&self, name: &str, input: Value) -> Result<CommandOutcome, ApiError> {
        self.send_as(Role::Manager, name, input).await
    }

    /// Sends a whole request as the manager.
    ///
    /// # Errors
    /// The refusal.
    pub async fn request(&self, name: &str, request: CommandRequest) -> Result<CommandOutcome, ApiError> {
        let session = self.session(Role::Manager).await;
        self.till().command(Some(session), name, request).await
    }

    /// Sends a command that must be accepted.
    pub async fn must(&self, name: &str, input: Value) -> CommandOutcome {
        let said = input.to_string();
        self.send(name, input).await.unwrap_or_else(|error| panic!("{name} {said}: {error:?}"))
    }

    /// Sends a command that must be refused, as the manager.
    pub async fn refused(&self, name: &str, input: Value, code: ErrorCode, field: &str) -> ApiError {
        let session = self.session(Role::Manager).await;
        self.refused_request(Some(session), name, request(input), code, field).await
    }

    /// Sends a request that must be refused with this code and field, and name a rule. Nothing may have been written,
    /// and the till must go on answering.
    pub async fn refused_request(
        &self,
        session: Option<SessionId>,
        name: &str,
        request: CommandRequest,
        code: ErrorCode,
        field: &str,
    ) -> ApiError {
        let said = request.input.to_string();
        let before = self.print();
        let outcome = self.till().command(session, name, request).await;
        let error = outcome.expect_err(&format!("{name} {said} must be refused as {}", code.as_str()));
        assert_eq!((error.code, error.field.as_str()), (code, field), "{name} {said}: {}", error.rule);
        assert!(!error.rule.is_empty() && !error.rule.ends_with('.'), "{name}: a rule is a phrase: {:?}", error.rule);
        assert_eq!(self.print(), before, "{name} {said} was refused and wrote all the same");
        refusal::seen(name, &error);
        self.till().query(None, "shop", json!({})).await.expect("the till goes on");
        error
    }

    /// Asks as someone of this role.
    ///
    /// # Errors
    /// The refusal.
    pub async fn ask_as(&self, role: Role, name: &str, input: Value) -> Result<Value, ApiError> {
        let session = self.session(role).await;
        self.till().query(Some(session), name, input).await
    }

    /// Asks as the manager; the answer must come.
    pub async fn ask(&self, name: &str, input: Value) -> Value {
        let said = input.to_string();
        self.ask_as(Role::Manager, name, input).await.unwrap_or_else(|error| panic!("{name} {said}: {error:?}"))
    }

    /// Asks what must be refused.
    pub async fn ask_refused(
        &self,
        role: Option<Role>,
        name: &str,
        input: Value,
        code: ErrorCode,
        field: &str,
    ) -> ApiError {
        let said = input.to_string();
        let session = match role {
            Some(role) => Some(self.session(role).await),
            None => None,
        };
        let answer = self.till().query(session, name, input).await;
        let error = answer.expect_err(&format!("{name} {said} must be refused as {}", code.as_str()));
        assert_eq!((error.code, error.field.as_str()), (code, field), "{name} {said}: {}", error.rule);
        assert!(!error.rule.is_empty(), "{name}: a refusal names its rule");
        refusal::seen(name, &error);
        error
    }

    /// A product with its groups, by name.
    pub async fn product(&self, name: &str) -> Value {
        let known = self.products.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(product) = known {
            return product;
        }
        let page = self.ask("products", json!({ "text": name })).await;
        let found = page["rows"].as_array().expect("rows").iter().find(|row| row["name"] == name);
        let id = found.unwrap_or_else(|| panic!("there is no product {name}"))["product_id"].clone();
        let product = self.ask("product", json!({ "product_id": id })).await;
        self.products.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), product.clone());
        product
    }

    /// The input of a line of a product, with all that it asks for.
    pub async fn line(&self, name: &str) -> Value {
        chosen(&self.product(name).await)
    }

    /// Everything that the store holds, as a fingerprint.
    #[must_use]
    pub fn print(&self) -> Print {
        Print::of(&self.options.data)
    }

    /// Verifies the store, open or not.
    ///
    /// # Panics
    /// If there is no store.
    #[must_use]
    pub fn verify(&self) -> VerifyReport {
        verify_store(&self.options.data, self.options.witness.as_deref()).expect("there is a store")
    }

    /// Closes, lets `work` at the store with a connection of its own, and opens again.
    pub async fn while_closed(&mut self, work: impl FnOnce(&rusqlite::Connection)) {
        self.close().await;
        self.on_disk(work);
        self.open().await.expect("the store opens again");
    }

    /// Lets `work` at the store's file with a connection of its own.
    pub fn on_disk<T>(&self, work: impl FnOnce(&rusqlite::Connection) -> T) -> T {
        let path = self.options.data.join(docket_terminal::data::DATABASE);
        let connection = rusqlite::Connection::open(path).expect("the store");
        work(&connection)
    }
}

/// A request with a new command id.
fn request(input: Value) -> CommandRequest {
    CommandRequest { command_id: CommandId(fresh()), expected_version: None, input }
}

/// A line of a product (as the `product` query gives it): forced groups get their first options, an open price is five.
#[must_use]
pub fn chosen(product: &Value) -> Value {
    let mut modifiers = Vec::new();
    for group in product["groups"].as_array().expect("groups") {
        let min = usize::try_from(group["min"].as_u64().expect("a number")).expect("small");
        let options = group["options"].as_array().expect("options");
        let picked = options.iter().cycle().take(min);
        modifiers.extend(picked.map(|option| json!({ "group_id": group["id"], "option_id": option["id"] })));
    }
    let open = product["product"]["price"].is_null();
    json!({
        "line_id": fresh(),
        "product_id": product["product"]["product_id"],
        "modifiers": modifiers,
        "open_price": open.then_some("5"),
    })
}
