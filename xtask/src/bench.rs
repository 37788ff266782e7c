//! `cargo xtask bench`: builds the bench program in release mode and hands it the arguments.

use crate::failure::Failure;
use crate::process::Task;
use crate::workspace::Workspace;

/// Runs it; standard output is the program's alone, so that `--json` can be piped on.
pub fn bench(workspace: &Workspace, passed_on: &[String]) -> Result<(), Failure> {
    // Rows S2, S3 and M2 run the till itself, which lies beside the bench.
    let till = ["build", "--release", "--package", "docket-till"];
    Task::cargo().args(till).dir(&workspace.root).run()?;
    let task = Task::cargo().args(["run", "--release", "--package", "docket-bench", "--"]);
    task.args(passed_on).dir(&workspace.root).run()
}
