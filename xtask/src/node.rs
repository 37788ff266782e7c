//! Node for the user interface: the system's where it is new enough, else one of our own under `target/node`.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, io};
use crate::packages;
use crate::process::{Task, find_program};
use crate::workspace::Workspace;

/// What is installed where the system's Node is too old: the newest of the long-term line, and
/// an npm that goes with it (Debian's finds its parts only through Debian's Node).
const OURS: [&str; 2] = ["node@22", "npm@10"];

/// A Node and an npm that fit each other.
pub struct Node {
    /// The folder that must lead the search path; none where the system's are used.
    bin: Option<PathBuf>,
    npm: PathBuf,
}

impl Node {
    /// Finds or installs one.
    pub fn find(workspace: &Workspace) -> Result<Self, Failure> {
        let home = workspace.target.join("node");
        if let Some(node) = Self::of_the_system().or_else(|| Self::of_ours(&home)) {
            return Ok(node);
        }
        let npm = find_program("npm").or_else(|| {
            // Where apt is missing too, the look-up below says what is missing.
            let _ = packages::install(&["npm"]);
            find_program("npm")
        });
        if let Some(node) = Self::of_the_system() {
            return Ok(node);
        }
        let Some(npm) = npm else {
            return Err(Failure::said(
                "missing: Node 20.19, 22.12 or newer with npm (the package npm could not be installed)",
            ));
        };
        install_ours(&npm, &home)?;
        Self::of_ours(&home)
            .ok_or_else(|| Failure::said(format!("the Node installed in {} doesn't start", home.display())))
    }

    fn of_the_system() -> Option<Self> {
        let npm = find_program("npm")?;
        fits(&version_of(&find_program("node")?)?).then_some(Self { bin: None, npm })
    }

    fn of_ours(home: &Path) -> Option<Self> {
        let bin = home.join("node_modules").join(".bin");
        let npm = bin.join("npm");
        if !npm.is_file() {
            return None;
        }
        fits(&version_of(&bin.join("node"))?).then_some(Self { bin: Some(bin), npm })
    }

    /// npm, quiet about funding, audits and its own updates.
    pub fn npm(&self, folder: &Path) -> Task {
        self.equip(Task::new(&self.npm)).dir(folder)
    }

    /// Runs a package's own program from `node_modules/.bin`.
    pub fn tool(&self, folder: &Path, name: &str) -> Task {
        self.equip(Task::new(folder.join("node_modules").join(".bin").join(name))).dir(folder)
    }

    /// Lets a program start this Node by its name.
    pub fn equip(&self, task: Task) -> Task {
        let task = task
            .env("npm_config_fund", "false")
            .env("npm_config_audit", "false")
            .env("npm_config_update_notifier", "false")
            // Browsers come from the system's packages.
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        match &self.bin {
            None => task,
            Some(bin) => {
                let rest = std::env::var_os("PATH").unwrap_or_default();
                let all = std::iter::once(bin.clone()).chain(std::env::split_paths(&rest));
                task.env("PATH", std::env::join_paths(all).unwrap_or(rest))
            }
        }
    }
}

fn install_ours(npm: &Path, home: &Path) -> Result<(), Failure> {
    eprintln!("xtask: the system's Node is missing or too old; installing one into {}", home.display());
    std::fs::create_dir_all(home).map_err(io(format!("can't make {}", home.display())))?;
    let manifest = home.join("package.json");
    std::fs::write(&manifest, "{ \"private\": true }\n").map_err(io(format!("can't write {}", manifest.display())))?;
    let task =
        Task::new(npm).args(["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts=false"]);
    let installed = task.args(OURS).dir(home).output_to_stderr().run();
    installed.map_err(|failure| match failure {
        Failure::Said(why) => Failure::said(format!("missing: Node 20.19, 22.12 or newer ({why})")),
        stopped => stopped,
    })
}

fn version_of(node: &Path) -> Option<String> {
    Task::new(node).arg("--version").without_errors().capture().ok()
}

/// Vite 8 takes Node ^20.19 or >=22.12.
fn fits(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let major = numbers.next().unwrap_or(0);
    let minor = numbers.next().unwrap_or(0);
    match major {
        20 => minor >= 19,
        22 => minor >= 12,
        major => major > 22,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_that_vite_takes_fit() {
        for version in ["v20.19.2\n", "v22.12.0", "v24.0.1", "v26.10.0"] {
            assert!(fits(version), "{version}");
        }
        for version in ["v18.20.4", "v20.18.1", "v21.7.0", "v22.11.0", "", "nonsense"] {
            assert!(!fits(version), "{version}");
        }
    }
}
