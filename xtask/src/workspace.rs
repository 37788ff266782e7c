//! Where things lie, and what cargo knows about the crates.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::failure::{Failure, io};
use crate::process::Task;

/// The repository that this xtask belongs to.
pub struct Workspace {
    /// The folder with the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder; everything that xtask makes lies below it.
    pub target: PathBuf,
    metadata: Value,
}

/// One crate of the workspace.
#[derive(Debug)]
pub struct Crate {
    /// Its package name.
    pub name: String,
    /// Its folder, relative to the root, with forward slashes.
    pub folder: String,
    /// What its manifest depends on.
    pub dependencies: Vec<Dependency>,
}

/// One entry of a manifest's dependency tables.
#[derive(Debug)]
pub struct Dependency {
    /// The package's real name, also where it is renamed.
    pub name: String,
    /// Only for its tests.
    pub dev: bool,
    /// The features asked for.
    pub features: Vec<String>,
}

impl Workspace {
    /// Asks cargo; no network and no build is involved.
    pub fn find() -> Result<Self, Failure> {
        let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&here).parent().expect("xtask lies in a folder of the repository");
        let printed = Task::cargo().args(["metadata", "--no-deps", "--format-version", "1"]).dir(root).capture()?;
        let metadata: Value = serde_json::from_str(&printed)
            .map_err(|error| Failure::said(format!("cargo metadata printed no JSON: {error}")))?;
        let path = |key: &str| metadata[key].as_str().map(PathBuf::from);
        let (Some(root), Some(target)) = (path("workspace_root"), path("target_directory")) else {
            return Err(Failure::said("cargo metadata names no workspace root"));
        };
        std::fs::create_dir_all(&target).map_err(io(format!("can't make {}", target.display())))?;
        Ok(Self { root, target, metadata })
    }

    /// The crates, with the edges between them and to the outside.
    pub fn crates(&self) -> Vec<Crate> {
        let packages = self.metadata["packages"].as_array();
        packages.into_iter().flatten().map(|package| self.read_crate(package)).collect()
    }

    /// Names of the crates that a plain `cargo test` takes.
    pub fn default_members(&self) -> Vec<String> {
        let ids = self.metadata["workspace_default_members"].as_array();
        let ids: Vec<&Value> = ids.into_iter().flatten().collect();
        let packages = self.metadata["packages"].as_array().into_iter().flatten();
        let chosen = packages.filter(|package| ids.contains(&&package["id"]));
        chosen.filter_map(|package| package["name"].as_str().map(str::to_owned)).collect()
    }

    fn read_crate(&self, package: &Value) -> Crate {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let folder = manifest.parent().and_then(|folder| folder.strip_prefix(&self.root).ok());
        let dependencies = package["dependencies"].as_array().into_iter().flatten().map(read_dependency).collect();
        Crate {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            folder: folder.unwrap_or(manifest).to_string_lossy().replace('\\', "/"),
            dependencies,
        }
    }

    /// The program that cargo builds in debug mode.
    pub fn binary(&self, name: &str) -> PathBuf {
        let file = if cfg!(windows) { format!("{name}.exe") } else { name.to_owned() };
        self.target.join("debug").join(file)
    }

    /// The user interface.
    pub fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }
}

fn read_dependency(dependency: &Value) -> Dependency {
    let features = dependency["features"].as_array().into_iter().flatten();
    Dependency {
        name: dependency["name"].as_str().unwrap_or_default().to_owned(),
        dev: dependency["kind"] == "dev",
        features: features.filter_map(|feature| feature.as_str().map(str::to_owned)).collect(),
    }
}

/// Whether this runs as a continuous-integration job: nobody can be asked, and the lock files must fit.
pub fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// What every cargo call of a suite gets: a job must build what was committed, a person may have edited a manifest.
pub fn locked() -> &'static [&'static str] {
    if is_ci() { &["--locked"] } else { &[] }
}
