//! `cargo xtask bench`: builds the bench program in release mode, and what it measures, and hands it the arguments.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, io};
use crate::kafka;
use crate::node::Node;
use crate::packages;
use crate::process::Task;
use crate::ui;
use crate::workspace::{Workspace, locked};

/// Rows that look at the screens in a browser, in the app's window, and at the packages.
const BROWSER: &[&str] = &["U1", "U3a", "U3b", "B1b"];
const WINDOW: &[&str] = &["U2", "U4", "K2", "S1", "M1"];
const PACKAGE: &[&str] = &["B1a"];
/// Rows of head office, which need its program, PostgreSQL's and Kafka's jars.
const HEAD_OFFICE: &[&str] =
    &["G1", "G2", "G3", "Y1", "Y2", "Y3", "K3", "D2", "M3", "A1", "A2", "A3a", "A3b", "A4", "A5", "A6"];

/// Goes with the Tauri version of the desktop app.
const BUNDLER: &str = "@tauri-apps/cli@2.12.5";

/// Runs it; standard output is the program's alone, so that `--json` can be piped on.
pub fn bench(workspace: &Workspace, passed_on: &[String]) -> Result<(), Failure> {
    let wants = |rows: &[&str]| wanted(passed_on, rows);
    let (window, package) = (wants(WINDOW), wants(PACKAGE));
    // Rows S2, S3 and M2 run the till itself, which lies beside the bench.
    let mut built = vec!["build", "--release", "--package", "docket-till"];
    let mut task = Task::cargo().args(["run", "--release", "--package", "docket-bench"]).args(locked());
    if window || package || wants(BROWSER) {
        let node = Node::find(workspace)?;
        let bundle = ui::build(workspace, &node)?;
        task = node.equip(task).env("DOCKET_SAMPLERS", samplers(workspace, &node)?).env("DOCKET_UI", bundle);
        task = task.env("DOCKET_PAGES", workspace.root.join("crates").join("bench").join("pages"));
        if wants(BROWSER) {
            task = task.env("DOCKET_CHROMIUM", packages::browser()?);
        }
        if window || package {
            packages::install(packages::WINDOW)?;
            packages::install(packages::SUITES)?;
            built.extend(["--package", "docket", "--package", "docket-bench-window"]);
        }
    }
    if wants(HEAD_OFFICE) {
        built.extend(["--package", "docket-central"]);
        packages::install_services()?;
        task = task.env("DOCKET_KAFKA_LIB", kafka::jars(workspace)?);
    }
    Task::cargo().args(built).args(locked()).dir(&workspace.root).output_to_stderr().run()?;
    if window {
        let program = |name: &str| workspace.target.join("release").join(name);
        task = task.env("DOCKET_APP", program("docket"));
        task = task.env("DOCKET_BARE_WINDOW", program("docket-bench-window"));
    }
    if package {
        let node = Node::find(workspace)?;
        task = task.env("DOCKET_DEB", deb(workspace, &node, &workspace.root)?);
        let bare = workspace.root.join("crates").join("bench-window");
        task = task.env("DOCKET_BARE_DEB", deb(workspace, &node, &bare)?);
    }
    task.arg("--").args(passed_on).dir(&workspace.root).run()
}

/// Whether the arguments ask for one of these rows; without `--only` they ask for all.
fn wanted(passed_on: &[String], rows: &[&str]) -> bool {
    let mut named = Vec::new();
    let mut rest = passed_on.iter();
    while let Some(word) = rest.next() {
        match word.strip_prefix("--only") {
            Some("") => named.extend(rest.next()),
            Some(list) if list.starts_with('=') => named.push(word),
            _ => {}
        }
    }
    let ids = named.iter().flat_map(|list| list.trim_start_matches("--only=").split(','));
    named.is_empty() || ids.into_iter().any(|id| rows.iter().any(|row| row.eq_ignore_ascii_case(id.trim())))
}

/// Builds the programs that drive browser and windows.
fn samplers(workspace: &Workspace, node: &Node) -> Result<PathBuf, Failure> {
    let folder = workspace.ui();
    ui::install(node, &folder)?;
    node.tool(&folder, "vite").args(["build", "--config", "bench/vite.config.ts"]).output_to_stderr().run()?;
    Ok(folder.join("node_modules").join(".bench").join("main.js"))
}

/// Makes the package of a folder's app from the program that was built.
fn deb(workspace: &Workspace, node: &Node, folder: &Path) -> Result<PathBuf, Failure> {
    let tools = workspace.target.join("tools").join("bundler");
    let made = workspace.target.join("release").join("bundle").join("deb");
    let unreadable = || io(format!("can't read {}", made.display()));
    if !tools.join("node_modules").join(".bin").join("tauri").is_file() {
        std::fs::create_dir_all(&tools).map_err(io(format!("can't make {}", tools.display())))?;
        let manifest = tools.join("package.json");
        std::fs::write(&manifest, "{ \"private\": true }\n")
            .map_err(io(format!("can't write {}", manifest.display())))?;
        node.npm(&tools).args(["install", "--no-package-lock", BUNDLER]).output_to_stderr().run()?;
    }
    // What an earlier version made would be found in its place.
    crate::files::remove_inside(&made, &workspace.target)?;
    let program = tools.join("node_modules").join(".bin").join("tauri");
    let task = node.tool(&tools, "tauri").args(["bundle", "--bundles", "deb", "--ci"]).dir(folder);
    task.output_to_stderr().run().map_err(|failure| match failure {
        Failure::Said(why) => Failure::said(format!("{} made no package: {why}", program.display())),
        stopped => stopped,
    })?;
    let entries = std::fs::read_dir(&made).map_err(unreadable())?;
    let package = entries.flatten().map(|entry| entry.path()).find(|path| path.extension().is_some_and(|e| e == "deb"));
    let package = package.ok_or_else(|| Failure::said(format!("there is no package in {}", made.display())))?;
    // The next package is made in the same folder, which is emptied first.
    let kept = workspace.target.join("release").join(package.file_name().unwrap_or_default());
    std::fs::rename(&package, &kept).map_err(io(format!("can't move {}", package.display())))?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn without_a_name_every_row_is_wanted() {
        assert!(wanted(&words("--rounds 3 --json"), WINDOW));
    }

    #[test]
    fn only_what_a_named_row_needs_is_built() {
        assert!(wanted(&words("--json --only C1,u2"), WINDOW));
        assert!(wanted(&words("--only=U3a"), BROWSER));
        assert!(!wanted(&words("--only C1,C2 --rounds 3"), WINDOW));
        assert!(!wanted(&words("--only U1"), PACKAGE));
        assert!(wanted(&words("--only K2,K3"), HEAD_OFFICE));
        assert!(!wanted(&words("--only D1"), HEAD_OFFICE));
    }
}
