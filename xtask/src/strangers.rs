//! Programs of others that call the API: Python's, in an environment of their own with pinned packages, and grpcurl, which Go
//! builds. Both come from the registries that this machine's own settings name.

use std::path::PathBuf;

use crate::failure::{Failure, io};
use crate::files;
use crate::packages;
use crate::process::{Task, find_program};
use crate::workspace::Workspace;

/// What grpcurl is built from.
const GRPCURL: &str = "github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.3";
/// Its folder; another version gets another one.
const GRPCURL_HOME: &str = "grpcurl-1.9.3";

/// The folder with Python's programs; they are installed if they are not there.
pub fn python(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let wanted = workspace.root.join("tests").join("api").join("clients").join("requirements.txt");
    let wanted = std::fs::read_to_string(&wanted).map_err(io(format!("can't read {}", wanted.display())))?;
    let home = workspace.target.join("tools").join("python");
    let (done, programs) = (home.join("installed.txt"), home.join("bin"));
    // The list is written when all of it is there, so an installation that broke off is begun anew.
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    if find_program("python3").is_none() || !can_make_environments() {
        packages::install(&["python3", "python3-venv"])?;
    }
    if !can_make_environments() {
        return Err(Failure::said("missing: Python 3 with venv (packages python3 and python3-venv)"));
    }
    files::remove_inside(&home, &workspace.target)?;
    Task::new("python3").args(["-m", "venv"]).arg(&home).output_to_stderr().run()?;
    let list = home.join("requirements.txt");
    std::fs::write(&list, &wanted).map_err(io(format!("can't write {}", list.display())))?;
    let pip =
        Task::new(programs.join("python")).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    let pip = pip.args(["--no-deps", "--requirement"]).arg(&list).output_to_stderr();
    pip.run().map_err(|failure| match failure {
        Failure::Said(why) => Failure::said(format!("missing: the Python packages of tests/api/clients ({why})")),
        stopped => stopped,
    })?;
    std::fs::write(&done, &wanted).map_err(io(format!("can't write {}", done.display())))?;
    Ok(programs)
}

fn can_make_environments() -> bool {
    let probe = Task::new("python3").args(["-c", "import ensurepip, venv"]).silent();
    probe.status().is_ok_and(|status| status.success())
}

/// grpcurl, where it can be had; else it is said in one line why not.
pub fn grpcurl(workspace: &Workspace) -> Result<Option<PathBuf>, Failure> {
    if let Some(found) = find_program("grpcurl") {
        return Ok(Some(found));
    }
    let home = workspace.target.join("tools").join(GRPCURL_HOME);
    let program = home.join("grpcurl");
    if program.is_file() {
        return Ok(Some(program));
    }
    if find_program("go").is_none() {
        eprintln!("xtask: no grpcurl and no Go to build it; Python's gRPC client alone sends its request");
        return Ok(None);
    }
    std::fs::create_dir_all(&home).map_err(io(format!("can't make {}", home.display())))?;
    let task = Task::new("go").args(["install", GRPCURL]).env("GOBIN", &home).env("GOFLAGS", "-mod=mod").dir(&home);
    match task.output_to_stderr().run() {
        Ok(()) if program.is_file() => Ok(Some(program)),
        Err(stopped @ Failure::Stopped(_)) => Err(stopped),
        _ => {
            eprintln!("xtask: Go could not build grpcurl; Python's gRPC client alone sends its request");
            Ok(None)
        }
    }
}
