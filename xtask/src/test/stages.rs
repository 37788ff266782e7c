//! The stages that need no screen.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::count::Count;
use super::named::CargoReader;
use crate::failure::{Failure, io};
use crate::fuzz;
use crate::kafka;
use crate::node::Node;
use crate::packages as system;
use crate::process::Task;
use crate::services::Services;
use crate::strangers;
use crate::ui as interface;
use crate::workspace::{Workspace, locked};

/// How often the kill test kills the till in this suite; more is a flag of its program.
const KILLS: &str = "200";

/// What the stages share.
pub struct Setup<'a> {
    /// The repository.
    pub workspace: &'a Workspace,
    /// Whether every stage runs.
    whole: bool,
    /// Whether the Rust tests were built in this run, and the till with them.
    rust_built: AtomicBool,
}

impl<'a> Setup<'a> {
    /// For one run of some suites, or of the whole.
    pub fn new(workspace: &'a Workspace, whole: bool) -> Self {
        Self { workspace, whole, rust_built: AtomicBool::new(false) }
    }

    /// Node, installed if need be.
    pub fn node(&self) -> Result<Node, Failure> {
        Node::find(self.workspace)
    }

    /// Builds a package in debug mode and returns the path of its program.
    pub fn built(&self, package: &str) -> Result<PathBuf, Failure> {
        let task = Task::cargo().args(["build", "--package", package]).args(locked());
        task.dir(&self.workspace.root).output_to_stderr().run()?;
        Ok(self.workspace.binary(package))
    }

    /// The till in debug mode. It is the one of the Rust tests where they were built: by itself it would have its dependencies
    /// compiled anew, with fewer features.
    pub fn till(&self) -> Result<PathBuf, Failure> {
        if self.rust_built.load(Ordering::Relaxed) {
            return Ok(self.workspace.binary("docket-till"));
        }
        self.built("docket-till")
    }

    /// Runs cargo's tests, shows what they print and counts them.
    pub fn cargo_test(&self, task: Task) -> Result<Count, Failure> {
        let mut sum = Count::default();
        let mut failed = CargoReader::default();
        let status = task.dir(&self.workspace.root).read_lines_to_end(|line| {
            println!("{line}");
            failed.read(line);
            if let Some(count) = Count::of_cargo_line(line) {
                sum += count;
            }
        })?;
        crate::stop::unless_asked()?;
        sum.named = failed.named();
        if !status.success() && sum.failed == 0 {
            return Err(Failure::said(format!("cargo test did not come to its end: {status}")));
        }
        Ok(sum)
    }

    /// Runs a program that is one test by itself: success is the only pass, and what it prints
    /// behind `FAILED: ` is named in the summary.
    pub fn proof(&self, task: Task) -> Result<Count, Failure> {
        let mut named = Vec::new();
        let status = task.dir(&self.workspace.root).read_lines_to_end(|line| {
            println!("{line}");
            named.extend(line.strip_prefix("FAILED: ").map(str::to_owned));
        })?;
        crate::stop::unless_asked()?;
        if status.success() && named.is_empty() {
            return Ok(Count::ONE);
        }
        if named.is_empty() {
            named.push(format!("it ended with {status}"));
        }
        Ok(Count::one_failed(named))
    }

    fn report(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.workspace.target.join("reports");
        std::fs::create_dir_all(&folder).map_err(io(format!("can't make {}", folder.display())))?;
        let report = folder.join(name);
        // A report of an earlier run must not be counted if this one writes none.
        crate::files::remove_inside(&report, &folder)?;
        Ok(report)
    }
}

/// System packages, Node and a browser.
pub fn packages(setup: &Setup) -> Result<Count, Failure> {
    system::install(&[system::WINDOW, system::SUITES].concat())?;
    system::install_services()?;
    kafka::jars(setup.workspace)?;
    system::browser()?;
    setup.node()?;
    Ok(Count::default())
}

/// The user interface: built, type-checked, and its components tested in a browser.
pub fn ui(setup: &Setup) -> Result<Count, Failure> {
    let node = setup.node()?;
    interface::build(setup.workspace, &node)?;
    interface::check(setup.workspace, &node)?;
    let report = setup.report("vitest.json")?;
    let task = node.npm(&setup.workspace.ui()).args(["test", "--", "--reporter=default", "--reporter=json"]);
    let task = task.arg(format!("--outputFile.json={}", report.display())).env("DOCKET_CHROMIUM", system::browser()?);
    judge_by_report(task, || Count::of_vitest(&report, &setup.workspace.root))
}

/// The crates whose tests want PostgreSQL and Kafka, and strangers' clients.
const WITH_SERVICES: [&str; 5] =
    ["docket-central", "docket-sync", "docket-testkit", "docket-circle", "docket-strangers"];

/// Every Rust test that needs neither a window, nor a browser, nor a service.
pub fn rust(setup: &Setup) -> Result<Count, Failure> {
    let members = setup.workspace.default_members();
    let without: Vec<&String> = members.iter().filter(|name| !WITH_SERVICES.contains(&name.as_str())).collect();
    // Some tests drive the till as a program of its own. It is built with the tests, and so for the same features.
    build_tests(setup, &without)?;
    setup.rust_built.store(true, Ordering::Relaxed);
    setup.cargo_test(cargo_test_of(without).env("DOCKET_TILL", setup.workspace.binary("docket-till")))
}

/// How many tests that wait for servers run at once.
const WAITING_TESTS: &str = "4";

/// How long a hostile peer tries; `DOCKET_HOSTILE_SECONDS` sets another time.
const HOSTILE_SECONDS: &str = "120";

/// Head office against a real PostgreSQL and a real Kafka, which end with the stage; and what [`api`] runs.
pub fn central(setup: &Setup) -> Result<Count, Failure> {
    let task = with_strangers(setup, cargo_test_of(WITH_SERVICES))?;
    // The circle is made of both programs.
    let till = setup.till()?;
    build_tests(setup, &WITH_SERVICES)?;
    let services = Services::start(setup.workspace)?;
    let hostile = std::env::var("DOCKET_HOSTILE_SECONDS").unwrap_or_else(|_| HOSTILE_SECONDS.to_owned());
    let task = task.env("DOCKET_TILL", till).env("DOCKET_HOSTILE_SECONDS", hostile);
    let task = services.told(task).env("RUST_TEST_THREADS", WAITING_TESTS);
    std::thread::scope(|scope| {
        let ahead = setup.whole.then(|| scope.spawn(|| build_ahead(setup)));
        let count = setup.cargo_test(task);
        if let Some(Ok(Err(why))) = ahead.map(std::thread::ScopedJoinHandle::join) {
            // The stage whose program it is will say it again, and fail.
            eprintln!("xtask: not built ahead: {why}");
        }
        count
    })
}

/// Builds what later stages need, each as they do. Tests that wait for servers leave the processors idle half of the time.
fn build_ahead(setup: &Setup) -> Result<(), Failure> {
    let app = Task::cargo_behind().args(["build", "--package", "docket"]).args(locked());
    for task in [proof_build(Task::cargo_behind()), fuzz::building(Task::cargo_behind())?, app] {
        task.dir(&setup.workspace.root).output_to_stderr().run()?;
    }
    Ok(())
}

/// Strangers' clients on `serve --dev`, and the pages of docs/ that show how to use the API. In a whole run they are among the tests
/// of [`central`]: by themselves they would be compiled with other features.
pub fn api(setup: &Setup) -> Result<Count, Failure> {
    let task = with_strangers(setup, cargo_test_of(["docket-strangers"]))?;
    setup.built("docket-till")?;
    setup.built("docket-central")?;
    let services = Services::start_database()?;
    setup.cargo_test(services.told(task))
}

/// Tells tests where the strangers' clients are, and installs those that are missing.
fn with_strangers(setup: &Setup, task: Task) -> Result<Task, Failure> {
    let (python, grpcurl) = (strangers::python(setup.workspace)?, strangers::grpcurl(setup.workspace)?);
    Ok(task.env("DOCKET_PYTHON_TOOLS", python).env("DOCKET_GRPCURL", grpcurl.unwrap_or_default()))
}

/// Builds tests, and the programs of the packages that have some.
fn build_tests(setup: &Setup, packages: &[impl AsRef<str>]) -> Result<(), Failure> {
    let task = cargo_test_of(packages).arg("--no-run");
    task.dir(&setup.workspace.root).output_to_stderr().run()
}

fn cargo_test_of(packages: impl IntoIterator<Item = impl AsRef<str>>) -> Task {
    let task = Task::cargo().args(["test", "--no-fail-fast"]).args(locked());
    packages.into_iter().fold(task, |task, name| task.args(["--package", name.as_ref()]))
}

/// The till is killed under load; what it acknowledged must be there.
pub fn kill(setup: &Setup) -> Result<Count, Failure> {
    killed(setup, KILLS)
}

/// So many kills of a till that is as fast as the one people get: it is started thousands of times.
pub fn killed(setup: &Setup, kills: &str) -> Result<Count, Failure> {
    let built = proofs_built(setup)?;
    let task = Task::new(built.join("docket-killtest")).args(["--kills", kills]).arg("--binary");
    setup.proof(task.arg(built.join("docket-till")))
}

/// Builds the programs that prove that nothing is lost, and the till that they try; says where they are.
pub(super) fn proofs_built(setup: &Setup) -> Result<PathBuf, Failure> {
    proof_build(Task::cargo()).dir(&setup.workspace.root).output_to_stderr().run()?;
    Ok(setup.workspace.target.join("proof"))
}

/// All at once: each by itself would have its dependencies compiled anew, with other features.
fn proof_build(cargo: Task) -> Task {
    let task = cargo.args(["build", "--profile", "proof", "--package", "docket-till"]);
    task.args(["--package", "docket-killtest", "--package", "docket-powercut"]).args(locked())
}

/// Every parser of foreign bytes, from the kept inputs on.
pub fn fuzz(setup: &Setup) -> Result<Count, Failure> {
    fuzzed(setup, fuzz::SUITE_SECONDS)
}

/// So many seconds for each parser; a target that held counts as a test.
pub fn fuzzed(setup: &Setup, seconds: u32) -> Result<Count, Failure> {
    let options = fuzz::Options { seconds, only: Vec::new(), keep: false };
    Ok(Count { passed: fuzz::run(setup.workspace, &options)?, ..Count::default() })
}

/// A browser on the real till over HTTP.
pub fn browser(setup: &Setup) -> Result<Count, Failure> {
    let report = setup.report("playwright.json")?;
    let task = playwright(setup)?.arg("--reporter=list,json").env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report);
    judge_by_report(task, || Count::of_playwright(&report))
}

/// The runner of the browser's tests, with all built that they need; which ones it runs is still to be said.
pub fn playwright(setup: &Setup) -> Result<Task, Failure> {
    let folder = existing(&setup.workspace.root.join("tests").join("browser"))?;
    let node = setup.node()?;
    let bundle = interface::build(setup.workspace, &node)?;
    let gallery = interface::build_gallery(setup.workspace, &node)?;
    let till = setup.till()?;
    interface::install(&node, &folder)?;
    let task = node.tool(&folder, "playwright").arg("test").env("DOCKET_CHROMIUM", system::browser()?);
    Ok(task.env("DOCKET_TILL", till).env("DOCKET_UI", bundle).env("DOCKET_GALLERY", gallery))
}

/// Failed tests are counted from the report; an end without a count is a failure of its own.
fn judge_by_report(task: Task, count: impl FnOnce() -> Result<Count, Failure>) -> Result<Count, Failure> {
    let ended = task.run();
    crate::stop::unless_asked()?;
    match (ended, count()) {
        (Ok(()), counted) => counted,
        (Err(_), Ok(count)) if count.failed > 0 => Ok(count),
        (Err(failure), _) => Err(failure),
    }
}

/// A suite that isn't there is a fault of the repository, never a reason to skip it.
fn existing(folder: &Path) -> Result<PathBuf, Failure> {
    if folder.is_dir() { Ok(folder.to_owned()) } else { Err(Failure::said(format!("{} is missing", folder.display()))) }
}
