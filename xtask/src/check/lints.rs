//! rustfmt and clippy. Product code is held to more than tests are: there a function is short and nothing panics.

use crate::failure::Failure;
use crate::node::Node;
use crate::packages;
use crate::process::Task;
use crate::ui;
use crate::workspace::{Crate, Workspace, locked};

/// Lints for what we ship. Tests may unwrap, and a long scenario reads best in one piece.
const PRODUCT: [&str; 4] = ["-D", "clippy::unwrap_used", "-D", "clippy::too_many_lines"];

/// Whether every Rust file is formatted.
pub fn format(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let format = Task::cargo().args(["fmt", "--all", "--check"]).dir(&workspace.root);
    format.run().map(|()| Vec::new()).map_err(|failure| component(failure, "rustfmt"))
}

/// Clippy without a warning: product code first, then everything with its tests.
pub fn clippy(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut all = vec!["--workspace"];
    if !window_is_lintable(workspace)? {
        all.extend(["--exclude", "docket", "--exclude", "docket-bench-window"]);
    }
    let members = workspace.crates();
    let for_tests = members.iter().filter(|member| is_for_tests(member));
    let mut product = all.clone();
    product.extend(for_tests.flat_map(|member| ["--exclude", member.name.as_str()]));
    run(workspace, &product, &[&["-D", "warnings"][..], &PRODUCT].concat())?;
    all.push("--all-targets");
    run(workspace, &all, &["-D", "warnings"])?;
    Ok(Vec::new())
}

fn is_for_tests(member: &Crate) -> bool {
    member.folder.starts_with("tests/") || member.name == "docket-testkit"
}

/// The desktop app links WebKit and embeds the bundle, so to look at it takes both.
fn window_is_lintable(workspace: &Workspace) -> Result<bool, Failure> {
    if packages::window_is_buildable() {
        return ui::build(workspace, &Node::find(workspace)?).map(|_| true);
    }
    eprintln!("xtask: note: without WebKit's development files the desktop app is not linted");
    Ok(false)
}

fn run(workspace: &Workspace, what: &[&str], lints: &[&str]) -> Result<(), Failure> {
    let task = Task::cargo().args(["clippy", "--quiet"]).args(locked()).args(what).arg("--").args(lints);
    task.dir(&workspace.root).run().map_err(|failure| component(failure, "clippy"))
}

/// Says how to get a part of the toolchain that is not installed.
fn component(failure: Failure, name: &str) -> Failure {
    let program = format!("cargo-{}", if name == "rustfmt" { "fmt" } else { name });
    let missing = crate::process::find_program(&program).is_none();
    match failure {
        Failure::Said(_) if missing => Failure::said(format!("missing: {name} (rustup component add {name})")),
        other => other,
    }
}
