//! `cargo xtask run`: the till in a window, or on a local address where there is no window system.

use std::path::PathBuf;

use serde_json::Value;

use crate::args::RunOptions;
use crate::failure::{Failure, io};
use crate::files;
use crate::node::Node;
use crate::packages;
use crate::process::{Task, find_program};
use crate::ui;
use crate::workspace::Workspace;

/// Opens the till and stays until it ends: with its window, by Ctrl-C or by SIGTERM.
pub fn run(workspace: &Workspace, options: &RunOptions) -> Result<(), Failure> {
    let store = Store::open(workspace, options)?;
    let ended = if has_window_system() {
        in_a_window(workspace, options, &store)
    } else {
        eprintln!(
            "xtask: no window system here (DISPLAY and WAYLAND_DISPLAY are empty), so the till is served on a local address"
        );
        on_an_address(workspace, options, &store)
    };
    match ended {
        // Being told to end is how a till ends.
        Err(Failure::Stopped(_)) => Ok(()),
        other => other,
    }
}

fn has_window_system() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Where this run keeps its data; never in the user's data folder.
struct Store {
    data: PathBuf,
    witness: PathBuf,
}

impl Store {
    fn open(workspace: &Workspace, options: &RunOptions) -> Result<Self, Failure> {
        let name = if options.demo { "demo" } else { "run" };
        let data = workspace.target.join(name);
        // The witness lies outside the data folder, so that losing the one doesn't lose the other.
        let witness = workspace.target.join("witness").join(name);
        if options.fresh {
            // A witness of a store that is gone would make the new one look restored from a backup.
            files::remove_inside(&data, &workspace.target)?;
            files::remove_inside(&witness, &workspace.target)?;
        }
        let parent = workspace.target.join("witness");
        std::fs::create_dir_all(&parent).map_err(io(format!("can't make {}", parent.display())))?;
        Ok(Self { data, witness })
    }

    fn arguments(&self, task: Task, options: &RunOptions) -> Task {
        let task = task.arg("--data").arg(&self.data).arg("--witness").arg(&self.witness);
        let task = if options.demo { task.arg("--demo") } else { task };
        task.args(&options.passed_on)
    }
}

fn in_a_window(workspace: &Workspace, options: &RunOptions, store: &Store) -> Result<(), Failure> {
    if !packages::window_is_buildable() {
        packages::install(packages::WINDOW)?;
        if !packages::window_is_buildable() {
            return Err(Failure::said("missing: the development files of webkit2gtk-4.1 and pkg-config"));
        }
    }
    ui::build(workspace, &Node::find(workspace)?)?;
    Task::cargo().args(["build", "--package", "docket"]).dir(&workspace.root).run()?;
    // A newcomer sees both screens of the demo shop: the till and the kitchen.
    let till = outlived_by_nobody(workspace.binary("docket"));
    let till = if options.demo { till.arg("--kitchen") } else { till };
    store.arguments(till, options).run()
}

fn on_an_address(workspace: &Workspace, options: &RunOptions, store: &Store) -> Result<(), Failure> {
    let bundle = ui::build(workspace, &Node::find(workspace)?)?;
    Task::cargo().args(["build", "--package", "docket-till"]).dir(&workspace.root).run()?;
    let till = outlived_by_nobody(workspace.binary("docket-till")).arg("serve");
    store.arguments(till, options).arg("--ui").arg(bundle).read_lines(|line| match ready_address(line) {
        Some(address) => println!("Docket is ready. Open {address}\nCtrl-C ends it."),
        None => println!("{line}"),
    })
}

/// The address in the line that the till prints when it is ready.
pub fn ready_address(line: &str) -> Option<String> {
    let ready: Value = serde_json::from_str(line).ok()?;
    if ready["ready"] == true { ready["url"].as_str().map(str::to_owned) } else { None }
}

/// A program that is told to end even if xtask is killed without a chance to tell it.
pub fn outlived_by_nobody(program: PathBuf) -> Task {
    if cfg!(target_os = "linux") && find_program("setpriv").is_some() {
        Task::new("setpriv").args(["--pdeathsig", "TERM"]).arg(program)
    } else {
        Task::new(program)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_gives_the_address() {
        let line = r#"{"ready":true,"url":"http://127.0.0.1:4711/?t=x","token":"y"}"#;
        assert_eq!(ready_address(line).as_deref(), Some("http://127.0.0.1:4711/?t=x"));
    }

    #[test]
    fn other_lines_are_not_an_address() {
        assert_eq!(ready_address("PIN of Ana: 1234"), None);
        assert_eq!(ready_address(r#"{"ready":false}"#), None);
    }
}
