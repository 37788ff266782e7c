//! docs/SCHEMA.md. A test of `docket-central` reads a migrated PostgreSQL and writes the page, or finds that it differs; so
//! `codegen` runs that test. `check` starts no server: it sees by names and sizes whether migrations came or changed.

use std::path::Path;

use crate::failure::{Failure, io};
use crate::process::Task;
use crate::workspace::{Workspace, locked};

const PAGE: &str = "docs/SCHEMA.md";
const TEST: &str = "schema::the_page_about_the_schema_is_what_the_migrations_make";

/// Writes the page anew.
pub fn write(workspace: &Workspace) -> Result<(), Failure> {
    let task = Task::cargo().args(["test", "--quiet", "--package", "docket-central", "--test", "proof"]).args(locked());
    let task = task.args(["--", "--exact", TEST]).env("DOCKET_WRITE_SCHEMA", "1").dir(&workspace.root);
    task.output_to_stderr().run()?;
    check(workspace)
}

/// Fails if the page was made from other migrations.
pub fn check(workspace: &Workspace) -> Result<(), Failure> {
    let page = workspace.root.join(PAGE);
    let page = std::fs::read_to_string(&page).map_err(io(format!("can't read {}", page.display())))?;
    let named: Vec<&str> = page.lines().filter(|line| line.starts_with("| `migrations/")).collect();
    let mut held = migrations(workspace, "central")?;
    held.extend(migrations(workspace, "terminal")?);
    if named == held {
        return Ok(());
    }
    Err(Failure::said(format!("{PAGE} is not of these migrations (run `cargo xtask codegen`)")))
}

/// The page's line about each migration of a folder.
fn migrations(workspace: &Workspace, of: &str) -> Result<Vec<String>, Failure> {
    let folder = workspace.root.join("migrations").join(of);
    let entries = std::fs::read_dir(&folder).map_err(io(format!("can't read {}", folder.display())))?;
    let mut lines = Vec::new();
    for entry in entries {
        let path = entry.map_err(io(format!("can't read {}", folder.display())))?.path();
        lines.push(line(of, &path)?);
    }
    lines.sort();
    Ok(lines)
}

fn line(of: &str, path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::metadata(path).map_err(io(format!("can't read {}", path.display())))?.len();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!("| `migrations/{of}/{name}` | {bytes} |"))
}
