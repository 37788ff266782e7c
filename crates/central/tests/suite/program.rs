//! The program itself: its subcommands, its stop, and its death.

use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use docket_domain::ids::{StoreId, TenantId};
use docket_testkit::ports::free_address;
use docket_testkit::postgres::{self, TestDatabase};
use docket_testkit::samples::pay;
use sqlx::{PgPool, Row as _};
use tonic::transport::{Channel, Endpoint};

use crate::attach::attach;
use crate::enrol::enrol;
use crate::till::{Till, create, order_id};

struct Program {
    database: TestDatabase,
    address: SocketAddr,
}

/// A service that runs; killed where a test leaves it behind.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Program {
    fn new() -> Self {
        let program = Program { database: postgres::database(), address: free_address() };
        program.must(&["migrate"]);
        program
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(&self.database.url(), self.address);
        command.args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// What a subcommand prints.
    fn must(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    fn serve(&self) -> Running {
        let mut command = self.command(&["serve"]);
        Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts"))
    }

    async fn channel(&self) -> Channel {
        channel(self.address).await
    }
}

/// The program on a database, with its service at an address.
pub fn command(database_url: &str, address: SocketAddr) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket-central"));
    command
        .env_clear()
        .env("DATABASE_URL", database_url)
        .env("DOCKET_SECRET", "5a".repeat(32))
        .env("DOCKET_LISTEN", address.to_string())
        .env("DOCKET_HTTP_LISTEN", "127.0.0.1:0")
        .env("DOCKET_PLAIN", "true");
    command
}

/// A connection to the service, as soon as it listens.
pub async fn channel(address: SocketAddr) -> Channel {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    let mut tries = 0;
    loop {
        match endpoint.connect().await {
            Ok(channel) => return channel,
            Err(error) => {
                tries += 1;
                assert!(tries < 2_000, "{error}");
                // The service says nothing to this test before it listens.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
}

#[test]
fn a_fault_of_the_configuration_is_one_line_that_names_its_key() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_docket-central")).arg("migrate").env_clear().output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("DATABASE_URL: set it to postgres://"), "{said}");
    let table =
        Command::new(env!("CARGO_BIN_EXE_docket-central")).arg("config").env_clear().output().expect("it starts");
    let table = String::from_utf8(table.stdout).expect("text");
    for key in docket_central::config::keys() {
        assert!(table.contains(key.name), "{}", key.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_behind_the_commit_it_gives_the_same_answer_after_a_new_start_and_tells_nothing_twice() {
    let program = Program::new();
    let tenant: TenantId = program.must(&["tenant", "add", "Café"]).parse().expect("an id");
    let code = program.must(&["code", "new", "--tenant", &tenant.to_string()]);
    let mut running = program.serve();
    let channel = program.channel().await;
    let mut till = Till::new(1, TenantId(order_id(900).0), StoreId(order_id(800).0));
    let reply = enrol(&channel, &till, &code).await.expect("it is enrolled");
    till.run(order_id(1), &create(order_id(1), "B-001", 1));
    till.run(order_id(1), &pay(1, 1_000));
    let owner = PgPool::connect(&program.database.url()).await.expect("it connects");
    let stream = attach(&channel, &reply.token, &[]).await.expect("it attaches");
    stream.send_rows(&till.rows).await;
    while sqlx::query_scalar::<_, i64>("SELECT count(*) FROM central.log_rows")
        .fetch_one(&owner)
        .await
        .expect("a count")
        == 0
    {
        tokio::task::yield_now().await;
    }
    running.0.kill().expect("it runs");
    running.0.wait().expect("it is gone");
    let mut running = program.serve();
    let channel = program.channel().await;
    let mut stream = attach(&channel, &reply.token, &[]).await.expect("the token is good still");
    assert_eq!(stream.hello.heads.iter().map(|head| head.seq).collect::<Vec<_>>(), [till.head_seq()]);
    stream.send_rows(&till.rows).await;
    let held = stream.held().await.expect("a head");
    assert_eq!((held.seq, held.hash), (till.head_seq(), till.rows.last().expect("rows").hash));
    let told =
        sqlx::query("SELECT event_type FROM central.outbox ORDER BY id").fetch_all(&owner).await.expect("it reads");
    let told: Vec<String> = told.iter().map(|row| row.get(0)).collect();
    assert_eq!(told, ["order.created", "payment.captured"]);
    let asked = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().expect("kill is there");
    assert!(asked.success());
    assert!(running.0.wait().expect("it ends").success(), "it ends in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_is_published_and_an_order_written_by_the_command_line() {
    let program = Program::new();
    let tenant = program.must(&["tenant", "add", "Café"]);
    let code = program.must(&["code", "new", "--tenant", &tenant, "--minutes", "5"]);
    let running = program.serve();
    let till = Till::new(1, TenantId(order_id(900).0), StoreId(order_id(800).0));
    enrol(&program.channel().await, &till, &code).await.expect("it is enrolled");
    let store = till.store.to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let menu = folder.path().join("menu.json");
    std::fs::write(&menu, include_str!("../../../domain/tests/fixtures/menus.json")).expect("written");
    let menu = menu.to_str().expect("text");
    let of = ["--tenant", &tenant, "--store", &store, "--file"];
    let publish = [&["publish", "catalogue"], &of[..], &[menu, "--menu-id", "odoo-restaurant"]].concat();
    assert_eq!(program.must(&publish), "1");
    let order = folder.path().join("order.json");
    std::fs::write(&order, "{\"order_type\":\"counter\",\"lines\":[]}").expect("written");
    let add = [&["order", "add"], &of[..], &[order.to_str().expect("text")]].concat();
    let refused = program.run(&add);
    assert!(!refused.status.success());
    assert_eq!(String::from_utf8_lossy(&refused.stderr).lines().filter(|line| !line.starts_with('{')).count(), 1);
    program.must(&["device", "revoke", "--tenant", &tenant, "--device", &till.device.to_string()]);
    drop(running);
}
