//! `cargo xtask screens`: draws every picture of the screens anew, from the real till with the demo shop. The browser
//! suite compares with them, and docs/SCREENS.md and the README show them.

use crate::failure::Failure;
use crate::files;
use crate::packages;
use crate::test::{Setup, playwright};
use crate::workspace::Workspace;

/// Draws them all. What is drawn is to be looked at before it is kept.
pub fn draw(workspace: &Workspace) -> Result<(), Failure> {
    packages::install(packages::SUITES)?;
    let task = playwright(&Setup::new(workspace, false))?;
    // A picture of a stop that is gone must not stay.
    files::remove_inside(&workspace.root.join("docs").join("screens"), &workspace.root)?;
    task.args(["--reporter=list", "--update-snapshots=all", "visual"]).run()?;
    println!("docs/screens is drawn anew; `git diff --stat docs/screens` says what changed");
    Ok(())
}
