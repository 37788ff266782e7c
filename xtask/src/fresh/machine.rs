//! The machine itself: made by debootstrap, entered by chroot.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::mirror;
use crate::failure::{Failure, io};
use crate::files;
use crate::packages;
use crate::process::{Task, find_program};
use crate::workspace::{Workspace, is_ci};

/// What Rust needs to link and the newcomer to clone.
const ONLY: &str = "--include=ca-certificates,gcc,git,libc6-dev";
const ENTER: &str = include_str!("enter.sh");
const RUN: &str = include_str!("run.sh");

/// What of this machine's environment says how packages are reached: beginnings of names.
const REACHING: [&str; 8] = [
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "npm_config_",
    "NPM_CONFIG_",
    "MAVEN_",
];
/// The same, whole names in small letters.
const PROXIES: [&str; 4] = ["http_proxy", "https_proxy", "no_proxy", "all_proxy"];
/// Variables that name a file of certificates.
const CERTIFICATES: [&str; 4] = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO"];
/// Files that say it, below the home folder.
const REACHING_FILES: [&str; 4] = [".cargo/config.toml", ".cargo/config", ".npmrc", ".m2/settings.xml"];
/// The certificates that programs of the system look at, those that Java looks at, and names of hosts: an installer
/// writes `localhost` into the latter and debootstrap doesn't.
const SYSTEM_FILES: [&str; 3] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/java/cacerts", "/etc/hosts"];

/// A Debian with Rust and a clone of this repository.
pub struct Machine {
    root: PathBuf,
    sysroot: PathBuf,
    workspace: PathBuf,
}

impl Machine {
    /// Makes one, in the place of what an earlier run left.
    pub fn make(workspace: &Workspace, number: &str, suite: &str) -> Result<Self, Failure> {
        if !packages::is_root() {
            return Err(Failure::said("missing: root, which debootstrap and mounts of one's own need"));
        }
        if find_program("debootstrap").is_none() {
            packages::install(&["debootstrap", "debian-archive-keyring"])?;
        }
        for program in ["debootstrap", "unshare", "chroot", "rustc"] {
            find_program(program).ok_or_else(|| Failure::said(format!("missing: {program}")))?;
        }
        let home = workspace.target.join("fresh");
        let (root, cache) = (home.join(format!("debian-{number}")), home.join("cache"));
        std::fs::create_dir_all(&cache).map_err(io(format!("can't make {}", cache.display())))?;
        files::remove_inside(&root, &home)?;
        let sysroot = PathBuf::from(Task::new("rustc").args(["--print", "sysroot"]).capture()?.trim());
        let machine = Self { root, sysroot, workspace: workspace.root.clone() };
        machine.debootstrap(suite, &cache)?;
        machine.copy_what_reaches_packages()?;
        machine.clone_the_head()?;
        Ok(machine)
    }

    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The first command of the README, without a window system.
    pub fn run(&self) -> Result<(), Failure> {
        self.enter(RUN)
    }

    /// The second command.
    pub fn test(&self, stages: &[String]) -> Result<(), Failure> {
        let only = if stages.is_empty() { String::new() } else { format!(" --only {}", stages.join(",")) };
        self.enter(&format!("cd /srv/docket && exec cargo xtask test{only}"))
    }

    /// Empties its place.
    pub fn remove(self, workspace: &Workspace) -> Result<(), Failure> {
        files::remove_inside(&self.root, &workspace.target.join("fresh"))
    }

    fn debootstrap(&self, suite: &str, cache: &Path) -> Result<(), Failure> {
        let mirror = mirror::of_this_machine()?;
        // It mounts things while it works; in a mount table of its own none of them can stay.
        let task = Task::new("unshare").args(["--mount", "debootstrap", "--variant=minbase", ONLY]);
        let task = task.arg(format!("--cache-dir={}", cache.display())).arg(suite).arg(&self.root).arg(mirror);
        let made = task.without_output().run();
        made.map_err(|failure| match failure {
            Failure::Said(why) => Failure::said(format!("missing: {suite} from this machine's archive ({why})")),
            stopped => stopped,
        })
    }

    /// The package registries are those of this machine, and so are the certificates that it trusts.
    fn copy_what_reaches_packages(&self) -> Result<(), Failure> {
        let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let of_home = REACHING_FILES.iter().map(|file| (home.join(file), Path::new("root").join(file)));
        let named = CERTIFICATES.iter().filter_map(|name| std::env::var_os(name).map(PathBuf::from));
        let of_root = named.chain(SYSTEM_FILES.map(PathBuf::from));
        let of_system = of_root.map(|file| (file.clone(), file.strip_prefix("/").unwrap_or(&file).to_owned()));
        for (from, to) in of_home.chain(of_system).filter(|(from, _)| from.is_file()) {
            let to = self.root.join(to);
            let folder = to.parent().unwrap_or(&self.root);
            std::fs::create_dir_all(folder).map_err(io(format!("can't make {}", folder.display())))?;
            std::fs::copy(&from, &to).map_err(io(format!("can't copy {}", from.display())))?;
        }
        // Debian's own file names the archive and its keys already; what is added is how it is reached.
        let folder = self.root.join("etc/apt/apt.conf.d");
        let said = Task::new("apt-config").args(["dump", "Acquire"]).capture()?;
        let reaching: String =
            said.lines().filter(|line| says_how_to_reach(line)).map(|line| format!("{line}\n")).collect();
        std::fs::write(folder.join("90docket"), reaching).map_err(io("can't write apt's configuration"))
    }

    fn clone_the_head(&self) -> Result<(), Failure> {
        let changed = Task::new("git").args(["status", "--porcelain"]).dir(&self.workspace).capture()?;
        if !changed.is_empty() {
            eprintln!("xtask: the last commit is proved; {} changed files are not in it", changed.lines().count());
        }
        self.enter(
            "git config --global --add safe.directory '*' && \
             git clone --quiet --no-hardlinks /mnt/docket /srv/docket",
        )
    }

    /// Runs a script in it, with mounts and processes that end with the script.
    fn enter(&self, script: &str) -> Result<(), Failure> {
        let place = |name: &str, path: &Path| {
            let mut word = OsString::from(format!("{name}="));
            word.push(path);
            word
        };
        let task = Task::new("env").quiet().arg("-i").args(environment());
        let task = task.arg(place("ROOT", &self.root)).arg(place("SYSROOT", &self.sysroot));
        let task = task.arg(place("WORKSPACE", &self.workspace)).arg(format!("SCRIPT={script}"));
        task.args(["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", ENTER])
            .run()
            .map_err(without_script)
    }
}

/// The command line of a failure would be the whole script.
fn without_script(failure: Failure) -> Failure {
    match failure {
        Failure::Said(why) => {
            let status = why.rsplit(": ").next().unwrap_or_default().to_owned();
            Failure::said(format!("it ended with {status}; what it printed says why"))
        }
        stopped => stopped,
    }
}

fn says_how_to_reach(line: &str) -> bool {
    ["Acquire::http", "Acquire::https", "Acquire::Check-"].iter().any(|beginning| line.starts_with(beginning))
}

/// Names and values that go into the machine: nothing but how packages are reached.
fn environment() -> Vec<OsString> {
    let given = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        REACHING.iter().any(|beginning| name.starts_with(beginning))
            || PROXIES.contains(&name.to_lowercase().as_str())
            || CERTIFICATES.contains(&name.as_ref())
    });
    let mut words: Vec<OsString> = given
        .map(|(mut name, value)| {
            name.push("=");
            name.push(value);
            name
        })
        .collect();
    words
        .extend(["HOME=/root", "LANG=C.UTF-8", "PATH=/opt/rust/bin:/usr/sbin:/usr/bin:/sbin:/bin"].map(OsString::from));
    if is_ci() {
        words.push(OsString::from("CI=true"));
    }
    words
}
