//! `cargo xtask codegen`: the files that the command list and the tables of the product write themselves.
//!
//! The generator is the binary `codegen` of `docket-contracts`; it writes into any folder it is given,
//! by paths relative to the repository. So comparing is writing elsewhere.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, io};
use crate::files;
use crate::process::Task;
use crate::workspace::{Workspace, locked};

/// Writes the generated files into the repository.
pub fn write(workspace: &Workspace) -> Result<(), Failure> {
    let written = generate(workspace)?;
    for relative in written.iter().map(|path| files::relative(path, &scratch(workspace))) {
        if differs(workspace, &relative)? {
            copy(&scratch(workspace).join(&relative), &workspace.root.join(&relative))?;
            println!("wrote {relative}");
        }
    }
    println!("{} generated files are current", written.len());
    Ok(())
}

/// Fails if a generated file is not what the generator writes now.
pub fn check(workspace: &Workspace) -> Result<(), Failure> {
    let mut drifted = Vec::new();
    for path in generate(workspace)? {
        let relative = files::relative(&path, &scratch(workspace));
        if differs(workspace, &relative)? {
            drifted.push(relative);
        }
    }
    if drifted.is_empty() {
        return Ok(());
    }
    Err(Failure::said(format!("not what the generator writes (run `cargo xtask codegen`): {}", drifted.join(", "))))
}

fn scratch(workspace: &Workspace) -> PathBuf {
    workspace.target.join("codegen")
}

fn generate(workspace: &Workspace) -> Result<Vec<PathBuf>, Failure> {
    let out = scratch(workspace);
    files::remove_inside(&out, &workspace.target)?;
    std::fs::create_dir_all(&out).map_err(io(format!("can't make {}", out.display())))?;
    let task = Task::cargo().args(["run", "--quiet", "--package", "docket-contracts", "--bin", "codegen"]);
    task.args(locked()).args(["--", "--out"]).arg(&out).dir(&workspace.root).output_to_stderr().run()?;
    let written = files::sources(&out)?;
    if written.is_empty() {
        return Err(Failure::said("the generator wrote no file"));
    }
    Ok(written)
}

fn differs(workspace: &Workspace, relative: &str) -> Result<bool, Failure> {
    let generated = scratch(workspace).join(relative);
    let wanted = std::fs::read(&generated).map_err(io(format!("can't read {}", generated.display())))?;
    Ok(std::fs::read(workspace.root.join(relative)).ok() != Some(wanted))
}

fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(io(format!("can't make {}", folder.display())))?;
    }
    std::fs::copy(from, to).map(|_| ()).map_err(io(format!("can't write {}", to.display())))
}
