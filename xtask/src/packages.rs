//! System packages, by apt where there is apt. Elsewhere only what is missing is said.

use std::path::Path;

use crate::failure::Failure;
use crate::process::{Task, find_program};

/// What the desktop app is compiled against.
pub const WINDOW: &[&str] =
    &["build-essential", "pkg-config", "libwebkit2gtk-4.1-dev", "librsvg2-dev", "libayatana-appindicator3-dev"];

/// What the suites need on top: a screen without a monitor, the WebDriver of WebKit, fonts that can draw every sample menu,
/// what `docs/verify_statement.py` and `deploy/check.py` import, what docs/INTEGRATION.md runs, and a wrong clock.
pub const SUITES: &[&str] = &[
    "xvfb",
    "webkit2gtk-driver",
    "fonts-noto-cjk",
    "fonts-dejavu-core",
    "python3-cryptography",
    "python3-yaml",
    "curl",
    "jq",
    "openssl",
    "faketime",
];

/// Programs that the suites of head office start, and the package that brings each. The program decides: a machine may
/// have it from elsewhere.
const SERVICES: [(&str, &str); 3] = [("initdb", "postgresql"), ("java", "default-jre-headless"), ("mvn", "maven")];

/// Installs the services of head office where their programs are missing.
pub fn install_services() -> Result<(), Failure> {
    let is_there = |program: &str| match program {
        // Debian keeps it off the search path.
        "initdb" => crate::services::has_database(),
        // Maven is only for jars that are not named.
        "mvn" => is_set("DOCKET_KAFKA_LIB") || find_program(program).is_some(),
        _ => find_program(program).is_some(),
    };
    let missing: Vec<&str> = SERVICES.iter().filter(|(program, _)| !is_there(program)).map(|(_, name)| *name).collect();
    if missing.is_empty() { Ok(()) } else { install(&missing) }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Whether the desktop app can be compiled here.
pub fn window_is_buildable() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let probe = Task::new("pkg-config").args(["--exists", "webkit2gtk-4.1"]).silent();
    probe.status().is_ok_and(|status| status.success())
}

/// Installs those of the packages that are missing; says in one line what is missing where it can't.
pub fn install(packages: &[&str]) -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    if find_program("apt-get").is_none() || find_program("dpkg-query").is_none() {
        eprintln!("xtask: no apt-get here, so these are taken to be installed: {}", packages.join(" "));
        return Ok(());
    }
    let missing = missing(packages)?;
    if missing.is_empty() {
        return Ok(());
    }
    eprintln!("xtask: installing {}", missing.join(" "));
    let cant = |why: &str| Failure::said(format!("missing system packages: {} ({why})", missing.join(" ")));
    if !is_root() && find_program("sudo").is_none() {
        return Err(cant("not root, and there is no sudo"));
    }
    if !lists_are_there() {
        apt(&["update"]).map_err(|_| cant("apt-get update failed"))?;
    }
    let mut words = vec!["install", "--yes", "--no-install-recommends"];
    words.extend(&missing);
    if apt(&words).is_ok() {
        return Ok(());
    }
    crate::stop::unless_asked()?;
    // Old lists name versions that the mirror no longer has.
    apt(&["update"]).and_then(|()| apt(&words)).map_err(|_| cant("apt-get could not install them"))
}

fn missing<'a>(packages: &[&'a str]) -> Result<Vec<&'a str>, Failure> {
    let mut installed = Vec::new();
    let query =
        Task::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status} ${Package}\\n"]).args(packages);
    // It exits with 1 when it doesn't know one of them, which is an answer and not an error.
    query.without_errors().read_lines_to_end(|line| {
        if let Some(name) = line.strip_prefix("installed ") {
            installed.push(name.to_owned());
        }
    })?;
    Ok(packages.iter().copied().filter(|package| !installed.iter().any(|name| name == package)).collect())
}

fn lists_are_there() -> bool {
    let Ok(entries) = std::fs::read_dir("/var/lib/apt/lists") else {
        return false;
    };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().contains("Packages"))
}

fn apt(words: &[&str]) -> Result<(), Failure> {
    let task = if is_root() {
        Task::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive")
    } else if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        Task::new("sudo").args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]).may_ask()
    } else {
        // Nobody can type a password; failing at once is better than waiting for it.
        Task::new("sudo").args(["--non-interactive", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
    };
    // Its progress is thousands of lines; what goes wrong is said on the error stream.
    let task = task.args(["-qq", "-o", "Dpkg::Use-Pty=0"]).args(words);
    task.without_output().finish_when_stopped().run()
}

#[cfg(unix)]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub fn is_root() -> bool {
    false
}

/// A browser of the Chromium family that really starts (a stub that only advertises a snap doesn't).
pub fn browser() -> Result<std::path::PathBuf, Failure> {
    if let Some(path) = working_browser() {
        return Ok(path);
    }
    install(&["chromium"])?;
    working_browser()
        .ok_or_else(|| Failure::said("missing: a Chromium browser that starts (tried the package chromium)"))
}

fn working_browser() -> Option<std::path::PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    names.iter().filter_map(|name| find_program(name)).find(|path| answers(path))
}

fn answers(browser: &Path) -> bool {
    Task::new(browser).arg("--version").silent().status().is_ok_and(|status| status.success())
}
