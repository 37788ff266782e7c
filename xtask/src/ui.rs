//! The user interface: its packages, its build, its checks.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, io};
use crate::files;
use crate::node::Node;
use crate::workspace::Workspace;

/// Installs the packages of a folder with a lock file, unless that was done for this very lock file.
pub fn install(node: &Node, folder: &Path) -> Result<(), Failure> {
    let lock = folder.join("package-lock.json");
    let wanted = std::fs::read_to_string(&lock).map_err(io(format!("can't read {}", lock.display())))?;
    let stamp = folder.join("node_modules").join(".installed-lock.json");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    node.npm(folder).args(["ci", "--no-audit", "--no-fund"]).output_to_stderr().run()?;
    // npm makes no such folder where nothing is needed.
    let unwritable = || io(format!("can't write {}", stamp.display()));
    std::fs::create_dir_all(folder.join("node_modules")).map_err(unwritable())?;
    std::fs::write(&stamp, wanted).map_err(unwritable())
}

/// Builds the bundle if a source is newer than it, and returns its folder.
pub fn build(workspace: &Workspace, node: &Node) -> Result<PathBuf, Failure> {
    let ui = workspace.ui();
    install(node, &ui)?;
    let bundle = ui.join("dist");
    let built = files::modified(&bundle.join("index.html"));
    if built.is_none() || files::newest(&ui) > built {
        node.npm(&ui).args(["run", "build"]).output_to_stderr().run()?;
    }
    Ok(bundle)
}

/// Builds the bundle that holds the gallery of components, which no other one does, and returns its folder.
pub fn build_gallery(workspace: &Workspace, node: &Node) -> Result<PathBuf, Failure> {
    let ui = workspace.ui();
    install(node, &ui)?;
    let bundle = workspace.target.join("gallery");
    let built = files::modified(&bundle.join("index.html"));
    if built.is_none() || files::newest(&ui) > built {
        let task = node.npm(&ui).args(["run", "build", "--", "--emptyOutDir", "--outDir"]).arg(&bundle);
        task.env("VITE_GALLERY", "1").output_to_stderr().run()?;
    }
    Ok(bundle)
}

/// Runs the type checks of the user interface.
pub fn check(workspace: &Workspace, node: &Node) -> Result<(), Failure> {
    let ui = workspace.ui();
    install(node, &ui)?;
    node.npm(&ui).args(["run", "check"]).output_to_stderr().run()
}
