//! `cargo xtask check`: what a review should not have to look for.
//!
//! The cheap rules come first, and every rule runs, so that one run names all that is wrong.

mod edges;
mod imports;
mod lints;
mod sizes;
mod text;
mod words;

use crate::codegen;
use crate::failure::Failure;
use crate::node::Node;
use crate::packages;
use crate::schema;
use crate::stopwatch::Stopwatch;
use crate::ui;
use crate::workspace::{Workspace, is_ci};

/// One rule: its name, and what it finds wrong in the repository.
type Rule = fn(&Workspace) -> Result<Vec<String>, Failure>;

const RULES: [(&str, Rule); 9] = [
    ("edges between crates", edges::findings),
    ("imports of the ui and the shell", imports::findings),
    ("file sizes", sizes::findings),
    ("forbidden text", text::findings),
    ("words of the screens", words::findings),
    ("format", lints::format),
    ("generated files", generated),
    ("ui types", ui_types),
    ("clippy", lints::clippy),
];

/// Holds every rule.
pub fn check(workspace: &Workspace) -> Result<(), Failure> {
    if is_ci() {
        // A job starts on a bare machine and must lint the desktop app too.
        packages::install(packages::WINDOW)?;
    }
    let mut broken = Vec::new();
    for (name, rule) in RULES {
        let watch = Stopwatch::start();
        let findings = match rule(workspace) {
            Ok(findings) => findings,
            Err(Failure::Said(why)) => vec![why],
            Err(stopped) => return Err(stopped),
        };
        let verdict = if findings.is_empty() { "ok" } else { "BROKEN" };
        eprintln!("xtask: {name}: {verdict} ({})", watch.minutes());
        for finding in &findings {
            println!("{name}: {finding}");
        }
        if !findings.is_empty() {
            broken.push(name);
        }
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure::said(format!("broken: {}", broken.join(", "))))
}

fn generated(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    codegen::check(workspace).and_then(|()| schema::check(workspace)).map(|()| Vec::new())
}

fn ui_types(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    ui::check(workspace, &Node::find(workspace)?).map(|()| Vec::new())
}
