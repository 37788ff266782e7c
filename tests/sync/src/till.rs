//! A real till, over its HTTP door.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::program::{Running, binary, output};
use crate::until;

/// A till with its folder, running or not.
pub struct Till {
    folder: TempDir,
    running: Option<Running>,
    port: u64,
    token: String,
    session: String,
    product: String,
    /// How wrong its clock is, as libfaketime takes it.
    clock: Option<&'static str>,
    /// A collector that it sends its spans to, from the next start on.
    pub collector: Option<String>,
}

/// What a till said to a call that it refused.
#[derive(Debug)]
pub struct Refused(pub Value);

#[allow(clippy::disallowed_methods, reason = "a client makes its own ids")]
fn id() -> String {
    Uuid::now_v7().to_string()
}

impl Till {
    /// A new till with the demo's shop, running.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn demo() -> Self {
        Self::with_clock(None)
    }

    /// The same on a machine whose clock is wrong, as `+3y` or `-3y` say.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn with_clock(clock: Option<&'static str>) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut till = Till {
            folder,
            running: None,
            port: 0,
            token: String::new(),
            session: String::new(),
            product: String::new(),
            clock,
            collector: None,
        };
        till.start();
        till
    }

    /// The folder of its store.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("till.log")
    }

    /// What it has said.
    #[must_use]
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(binary("docket-till"));
        if let Some(clock) = self.clock {
            // Its wall clock only: a wrong clock still ticks.
            command.env("LD_PRELOAD", faketime()).env("FAKETIME", clock).env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command.arg(tool).arg("--data").arg(self.data()).arg("--witness").arg(self.folder.path().join("witness"));
        command.env("DOCKET_LOG", "info");
        if let Some(collector) = &self.collector {
            command.env("DOCKET_OTLP_ENDPOINT", collector);
        }
        command
    }

    /// Runs one of its tools; it must not serve meanwhile.
    ///
    /// # Errors
    /// What the tool said.
    pub fn tool(&self, tool: &str, words: &[&str]) -> Result<String, String> {
        output(self.command(tool).args(words))
    }

    /// Starts it and signs the manager in.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(&mut self) {
        let ready = self.serve(&["--demo", "--port", "0"]);
        self.sign_in(&ready);
    }

    fn serve(&mut self, words: &[&str]) -> Value {
        let log = self.log();
        let already = std::fs::read_to_string(&log).unwrap_or_default().len();
        let mut running = Running::start(self.command("serve").args(words), &log);
        let ready: Value = until("the till's ready line", || {
            assert!(running.is_running(), "the till ended: {}", std::fs::read_to_string(&log).unwrap_or_default());
            let said = std::fs::read_to_string(&log).map_err(|error| error.to_string())?;
            let line = said[already..].lines().find(|line| line.starts_with("{\"ready\"")).ok_or("no ready line")?;
            serde_json::from_str(line).map_err(|error| error.to_string())
        });
        self.running = Some(running);
        self.port = ready["port"].as_u64().expect("a port");
        self.token = ready["token"].as_str().expect("a token").to_owned();
        self.session = String::new();
        ready
    }

    fn sign_in(&mut self, ready: &Value) {
        let pins = ready["demo_pins"].as_array().expect("pins");
        let manager = pins.iter().find(|pin| pin["role"] == "manager").expect("a manager");
        let shop = self.query("shop", "").expect("the shop is told without a session");
        let people = shop["people"].as_array().expect("people");
        let person = people.iter().find(|entry| entry["person"]["name"] == manager["name"]).expect("the manager");
        let input = json!({"person_id": person["person"]["person_id"], "pin": manager["pin"], "station": "till"});
        let signed = self.act("sign_in", &input).expect("the PIN is right");
        self.session = signed["session"]["session_id"].as_str().expect("a session").to_owned();
        // The menu of a till that joined may come down a little later than its people.
        self.product = until("a product that asks nothing", || {
            let products = self.query("products", "?limit=100").expect("products");
            let rows = products["rows"].as_array().expect("rows");
            let plain =
                rows.iter().find(|row| row["asks"] == false).ok_or_else(|| format!("{} products", rows.len()))?;
            Ok(plain["product_id"].as_str().expect("an id").to_owned())
        });
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/api/{path}", self.port)
    }

    fn answer(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, Refused> {
        let mut answer = answer.unwrap_or_else(|error| panic!("the till does not answer: {error}"));
        let ok = answer.status().is_success();
        let body: Value = answer.body_mut().read_json().expect("the till answers JSON");
        if ok { Ok(body) } else { Err(Refused(body)) }
    }

    fn agent() -> ureq::Agent {
        ureq::Agent::config_builder().http_status_as_error(false).build().into()
    }

    /// Asks a query.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn query(&self, name: &str, parameters: &str) -> Result<Value, Refused> {
        let mut call = Self::agent().get(self.url(&format!("queries/{name}{parameters}")));
        call = call.header("Authorization", format!("Bearer {}", self.token));
        if !self.session.is_empty() {
            call = call.header("Docket-Session", &self.session);
        }
        Self::answer(call.call())
    }

    /// Sends a command.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn act(&self, name: &str, input: &Value) -> Result<Value, Refused> {
        let mut call = Self::agent().post(self.url(&format!("commands/{name}")));
        call = call.header("Authorization", format!("Bearer {}", self.token));
        if !self.session.is_empty() {
            call = call.header("Docket-Session", &self.session);
        }
        Self::answer(call.send_json(json!({"command_id": id(), "expected_version": null, "input": input})))
    }

    /// Sends one, which must not be refused.
    ///
    /// # Panics
    /// If it is refused.
    pub fn must(&self, name: &str, input: &Value) -> Value {
        self.act(name, input).unwrap_or_else(|Refused(body)| panic!("{name} was refused: {body}"))
    }

    /// Opens an order of `lines` lines and gives its id.
    pub fn order(&self, lines: usize) -> String {
        let order = id();
        let lines: Vec<Value> = (0..lines).map(|_| json!({"line_id": id(), "product_id": self.product})).collect();
        self.must("create_order", &json!({"order_id": order, "order_type": "counter", "lines": lines}));
        order
    }

    /// Sells `orders` orders from the opening to the hand-over: five facts or more each.
    pub fn sell(&self, orders: usize) -> Vec<String> {
        let sold = (0..orders).map(|_| {
            let order = self.order(2);
            self.must("send", &json!({"order_id": order}));
            self.must("ready", &json!({"order_id": order, "lines": []}));
            self.must("pay_cash", &json!({"order_id": order, "payment_id": id(), "tendered": "500.00"}));
            self.must("hand_over", &json!({"order_id": order, "lines": []}));
            order
        });
        sold.collect()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill();
        }
    }

    /// SIGTERM.
    pub fn end(&mut self) {
        if let Some(running) = self.running.take() {
            running.end();
        }
    }

    /// Becomes a till of head office; it is ended and started for it.
    ///
    /// # Panics
    /// If head office refuses.
    pub fn enrol(&mut self, central: &str, code: &str) {
        self.end();
        self.tool("enrol", &["--central", central, "--plain", "--code", code]).expect("head office takes the till");
        self.start();
    }

    /// The same over TLS, trusting what `roots` has in PEM and nothing else.
    ///
    /// # Panics
    /// If head office refuses.
    pub fn enrol_over_tls(&mut self, central: &str, roots: &str, code: &str) {
        self.end();
        let file = self.folder.path().join("roots.pem");
        std::fs::write(&file, roots).expect("the roots are written");
        let file = file.to_str().expect("a path");
        self.tool("enrol", &["--central", central, "--ca", file, "--code", code]).expect("head office takes the till");
        self.start();
    }

    /// A till of which nothing is set up and that does not run.
    ///
    /// # Panics
    /// If there is no room for its folder.
    #[must_use]
    pub fn unused() -> Self {
        Till {
            folder: TempDir::new().expect("a temporary folder"),
            running: None,
            port: 0,
            token: String::new(),
            session: String::new(),
            product: String::new(),
            clock: None,
            collector: None,
        }
    }

    /// Joins another till's store and serves it, with the demo's PINs.
    ///
    /// # Panics
    /// If head office refuses.
    pub fn join(&mut self, central: &str, code: &str) {
        let said = self.tool("enrol", &["--central", central, "--plain", "--code", code]);
        let said = said.expect("head office takes the till");
        assert!(said.contains("signs in with PIN"), "{said}");
        self.start();
    }

    /// Whether facts of an order are here.
    ///
    /// # Panics
    /// If its store can't be read.
    #[must_use]
    pub fn holds(&self, order: &str) -> bool {
        let order = Uuid::parse_str(order).expect("an order's id");
        let store = self.store();
        // On whichever history of a log.
        let sql = "SELECT (SELECT count(*) FROM events WHERE stream_id = ?1) + \
                   (SELECT count(*) FROM forked_events WHERE stream_id = ?1)";
        let found = store.query_row(sql, [&order.as_bytes()[..]], |row| row.get(0));
        found.map(|count: i64| count > 0).expect("the rows are counted")
    }

    /// What `verify` says to compare two tills by: digest and count of the orders of the store that they are in.
    ///
    /// # Errors
    /// What does not verify.
    pub fn verified(&self) -> Result<String, String> {
        let said = self.tool("verify", &[])?;
        Ok(said.lines().filter(|line| ["digest", "order_count"].iter().any(|name| line.starts_with(name))).collect())
    }

    /// Copies its folder and its witness, as an image of the whole machine would.
    ///
    /// # Panics
    /// If it runs, or the copy fails.
    #[must_use]
    pub fn copy_machine(&self) -> TempDir {
        let copy = self.copy_store();
        copy_folder(&self.folder.path().join("witness"), &copy.path().join("witness"));
        copy
    }

    /// Puts such an image back.
    ///
    /// # Panics
    /// If it runs, or the copy fails.
    pub fn restore_machine(&mut self, copy: &TempDir) {
        self.restore_store(copy);
        let witness = self.folder.path().join("witness");
        std::fs::remove_dir_all(&witness).expect("the old witness goes");
        copy_folder(&copy.path().join("witness"), &witness);
    }

    /// Copies its folder, as a backup would while the till is off.
    ///
    /// # Panics
    /// If it runs, or the copy fails.
    #[must_use]
    pub fn copy_store(&self) -> TempDir {
        assert!(self.running.is_none(), "end the till before its folder is copied");
        let copy = TempDir::new().expect("a temporary folder");
        copy_folder(&self.data(), &copy.path().join("data"));
        copy
    }

    /// Puts an older copy in place of its store; the witness stays, as it does on a real machine.
    ///
    /// # Panics
    /// If it runs, or the copy fails.
    pub fn restore_store(&mut self, copy: &TempDir) {
        assert!(self.running.is_none(), "end the till before its folder is replaced");
        std::fs::remove_dir_all(self.data()).expect("the old store goes");
        copy_folder(&copy.path().join("data"), &self.data());
    }
}

/// The library that shows a program another time (Debian's package faketime).
fn faketime() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("/usr/lib is there").flatten();
    let mut found = folders.map(|entry| entry.path().join("faketime").join("libfaketimeMT.so.1"));
    found.find(|path| path.is_file()).expect("missing: libfaketime (package faketime)")
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder is made");
    for entry in std::fs::read_dir(from).expect("the folder is read") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).expect("a file is copied");
        }
    }
}
