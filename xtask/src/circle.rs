//! `cargo xtask run --central`: PostgreSQL, Kafka, head office with its relay, consumers and reconciler, and one till that is
//! enrolled there. All of it is new each time, lies in folders of its own, and is gone after Ctrl-C.
//!
//! Settings come from `deploy/central.env`, as with compose; only what has to differ on one machine is set here.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::{Failure, io};
use crate::files;
use crate::node::Node;
use crate::packages;
use crate::process::{Running, Task};
use crate::run::{outlived_by_nobody, ready_address};
use crate::services::{self, Services, free_port};
use crate::stopwatch::Stopwatch;
use crate::ui;
use crate::workspace::Workspace;

const SETTINGS: &str = "deploy/central.env";
const READY_PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(200);
/// Orders that the till has sold before it is enrolled, so that there is something to see.
const ORDERS: &str = "5";

/// The roles of head office beside the sync service, each a process.
const ROLES: [(&str, &[&str]); 6] = [
    ("relay", &["relay", "--create-topics"]),
    ("orders", &["consume", "orders", "--create-topics"]),
    ("analytics", &["consume", "analytics", "--create-topics"]),
    ("notify", &["consume", "notify", "--create-topics"]),
    ("customers", &["consume", "customers", "--create-topics"]),
    ("reconciler", &["reconcile"]),
];

/// Starts the circle and stays until Ctrl-C, or until the till ends.
pub fn run(workspace: &Workspace) -> Result<(), Failure> {
    packages::install_services()?;
    let bundle = ui::build(workspace, &Node::find(workspace)?)?;
    let build = Task::cargo().args(["build", "--package", "docket-central", "--package", "docket-till"]);
    build.dir(&workspace.root).run()?;
    match Circle::prepare(workspace)?.turn(&bundle) {
        // Being told to end is how it ends.
        Err(Failure::Stopped(_)) => Ok(()),
        other => other,
    }
}

struct Circle<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    settings: BTreeMap<String, String>,
    // The roles are ended before the servers that they work with.
    roles: Vec<Running>,
    _services: Services,
}

impl Drop for Circle<'_> {
    fn drop(&mut self) {
        // Those that were started last are told first.
        while let Some(role) = self.roles.pop() {
            drop(role);
        }
    }
}

impl<'a> Circle<'a> {
    fn prepare(workspace: &'a Workspace) -> Result<Self, Failure> {
        let folder = workspace.target.join("circle");
        // A till of an earlier run would know a head office that is gone.
        files::remove_inside(&folder, &workspace.target)?;
        std::fs::create_dir_all(&folder).map_err(io(format!("can't make {}", folder.display())))?;
        let services = Services::start(workspace)?;
        let file = workspace.root.join(SETTINGS);
        let text = std::fs::read_to_string(&file).map_err(io(format!("can't read {}", file.display())))?;
        let mut settings = read_settings(&text);
        let mut set = |name: &str, value: String| settings.insert(name.to_owned(), value);
        set("DATABASE_URL", services.value(services::DATABASE).unwrap_or_default());
        set("KAFKA_BROKERS", services.value(services::BROKERS).unwrap_or_default());
        set("DOCKET_LISTEN", format!("127.0.0.1:{}", free_port()?));
        set("DOCKET_HTTP_LISTEN", format!("127.0.0.1:{}", free_port()?));
        // Certificates are for other machines; here nothing leaves the loopback.
        set("DOCKET_PLAIN", "true".to_owned());
        set("DOCKET_TLS_CERT_FILE", String::new());
        set("DOCKET_TLS_KEY_FILE", String::new());
        if settings.get("DOCKET_SECRET").is_none_or(String::is_empty) {
            settings.insert("DOCKET_SECRET".to_owned(), new_secret()?);
        }
        Ok(Self { workspace, folder, settings, roles: Vec::new(), _services: services })
    }

    fn turn(mut self, bundle: &std::path::Path) -> Result<(), Failure> {
        self.central(&["migrate"]).run()?;
        let tenant = self.central(&["tenant", "add", "Demo"]).capture()?;
        let code = self.central(&["code", "new", "--tenant", tenant.trim()]).capture()?;
        self.start("central", &["serve"])?;
        let mut pages = vec![("central", self.settings["DOCKET_HTTP_LISTEN"].clone())];
        for (name, words) in ROLES {
            let address = format!("127.0.0.1:{}", free_port()?);
            self.settings.insert("DOCKET_HTTP_LISTEN".to_owned(), address.clone());
            self.start(name, words)?;
            pages.push((name, address));
        }
        self.settings.insert("DOCKET_HTTP_LISTEN".to_owned(), pages[0].1.clone());
        for (name, address) in &pages {
            self.wait_until_ready(name, address)?;
        }
        let office = format!("http://{}", self.settings["DOCKET_LISTEN"]);
        self.till(&["play", "--orders", ORDERS]).without_output().run()?;
        self.till(&["enrol", "--central", &office, "--code", code.trim(), "--plain"]).run()?;
        let settings = self.keep_settings()?;
        println!("Head office  {office} (tills)");
        for (name, address) in &pages {
            println!("{name:<12} http://{address}/health/ready  http://{address}/metrics");
        }
        println!("PostgreSQL   {}", self.settings["DATABASE_URL"]);
        println!("Kafka        {}", self.settings["KAFKA_BROKERS"]);
        println!("Logs         {}", self.folder.display());
        println!("Commands     set -a; . {}; set +a; {} --help", settings.display(), self.binary().display());
        let serve = self.till(&["serve", "--demo"]).arg("--ui").arg(bundle);
        serve.read_lines(|line| match ready_address(line) {
            Some(address) => println!("Till         {address}\nCtrl-C ends all of it."),
            None => println!("{line}"),
        })
    }

    fn binary(&self) -> PathBuf {
        self.workspace.binary("docket-central")
    }

    fn central(&self, words: &[&str]) -> Task {
        let task = outlived_by_nobody(self.binary()).args(words).dir(&self.workspace.root);
        self.settings.iter().fold(task, |task, (name, value)| task.env(name, value))
    }

    fn till(&self, words: &[&str]) -> Task {
        let till = outlived_by_nobody(self.workspace.binary("docket-till")).args(words);
        till.arg("--data").arg(self.folder.join("till")).arg("--witness").arg(self.folder.join("witness"))
    }

    fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    fn start(&mut self, name: &str, words: &[&str]) -> Result<(), Failure> {
        let log = self.log(name);
        let file = File::create(&log).map_err(io(format!("can't write {}", log.display())))?;
        let role = self.central(words).errors_to(file).output_to_stderr().start()?;
        self.roles.push(role);
        Ok(())
    }

    fn wait_until_ready(&mut self, name: &str, address: &str) -> Result<(), Failure> {
        let watch = Stopwatch::start();
        loop {
            let probe = self.central(&["probe"]).env("DOCKET_HTTP_LISTEN", address).silent();
            if probe.status()?.success() {
                return Ok(());
            }
            if watch.elapsed() > READY_PATIENCE || self.roles.iter_mut().any(Running::has_ended) {
                let log = self.log(name);
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                let last = said.lines().last().unwrap_or_default();
                return Err(Failure::said(format!("{name} is not ready; the end of {}: {last}", log.display())));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// The settings of this run, for commands in another window.
    fn keep_settings(&self) -> Result<PathBuf, Failure> {
        let file = self.folder.join("central.env");
        let lines: String = self.settings.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect();
        std::fs::write(&file, lines).map_err(io(format!("can't write {}", file.display())))?;
        Ok(file)
    }
}

/// `NAME=value`, a line each; as compose reads it.
fn read_settings(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

/// 64 hex digits that last as long as this run.
fn new_secret() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    let random = File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes));
    random.map_err(io(format!("no randomness here; set DOCKET_SECRET in {SETTINGS}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_read_as_compose_reads_them() {
        let read = read_settings("# a word\n\nONE=1\nTWO = a=b \nEMPTY=\n");
        let pairs: Vec<(&str, &str)> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("EMPTY", ""), ("ONE", "1"), ("TWO", "a=b")]);
    }

    #[test]
    fn the_committed_settings_name_what_head_office_needs_and_no_secret() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/central.env");
        let read = read_settings(&std::fs::read_to_string(file).unwrap());
        for name in ["SERVICE_NAME", "CELL_ID", "DATABASE_URL", "KAFKA_BROKERS", "DOCKET_LISTEN", "DOCKET_SECRET"] {
            assert!(read.contains_key(name), "{name}");
        }
        assert_eq!(read["DOCKET_SECRET"], "");
    }
}
