//! Who may know whom. An edge that is not in the table is a fault, and so is a crate without a row.

use crate::failure::Failure;
use crate::workspace::{Crate, Workspace};

/// What one crate may know.
struct Row {
    name: &'static str,
    /// Crates of this workspace that it may depend on.
    knows: &'static [&'static str],
    /// Crates from outside that it must not depend on, not even in tests.
    never: &'static [&'static str],
}

/// A pure crate takes time, ids and chance as arguments, and does no input or output.
const IMPURE: &[&str] = &[
    "tokio",
    "async-std",
    "futures-util",
    "sqlx",
    "rusqlite",
    "tauri",
    "axum",
    "hyper",
    "reqwest",
    "tonic",
    "chrono",
    "rand",
    "getrandom",
    "tempfile",
];
/// A window and a database server belong to hosts.
const HOSTED: &[&str] = &["tauri", "axum", "reqwest"];
/// The shell composes; the store and the wire belong to the terminal and to the till.
const SHELL: &[&str] = &["sqlx", "rusqlite", "axum", "reqwest", "chrono", "rust_decimal"];
const NOTHING: &[&str] = &[];

const ROWS: &[Row] = &[
    Row { name: "docket-domain", knows: NOTHING, never: IMPURE },
    Row { name: "docket-log", knows: &["docket-domain"], never: IMPURE },
    Row { name: "docket-contracts", knows: &["docket-domain"], never: &["tauri", "axum", "sqlx", "rusqlite", "rand"] },
    Row {
        name: "docket-sync",
        knows: &["docket-domain", "docket-log"],
        never: &["tauri", "axum", "sqlx", "rusqlite", "rand", "tokio"],
    },
    // The public messages, for head office and its clients alike.
    Row { name: "docket-api", knows: NOTHING, never: &["tauri", "axum", "sqlx", "rusqlite", "rand", "tokio"] },
    Row {
        name: "docket-terminal",
        knows: &["docket-domain", "docket-log", "docket-contracts", "docket-sync"],
        never: HOSTED,
    },
    // Head office shares the domain, the log and the contracts with a till, and never the till itself.
    Row {
        name: "docket-central",
        knows: &["docket-domain", "docket-log", "docket-contracts", "docket-sync", "docket-api"],
        never: &["tauri", "rusqlite"],
    },
    Row {
        name: "docket-till",
        knows: &["docket-domain", "docket-log", "docket-contracts", "docket-terminal"],
        never: &["tauri", "sqlx", "rusqlite"],
    },
    Row { name: "docket", knows: &["docket-contracts", "docket-terminal"], never: SHELL },
    Row { name: "docket-testkit", knows: &["docket-domain", "docket-log", "docket-contracts"], never: HOSTED },
    // It holds the till to its word from outside, so it must not share the till's idea of the truth.
    Row { name: "docket-killtest", knows: NOTHING, never: HOSTED },
    Row { name: "xtask", knows: NOTHING, never: &["tokio", "clap", "sqlx", "rusqlite", "tauri"] },
];

/// Suites and measurements stand outside the rooms and may look into each.
const ANYTHING: &[&str] = &[
    "docket-acceptance",
    "docket-devices",
    "docket-powercut",
    "docket-simulation",
    "docket-desktop-tests",
    "docket-bench",
    "docket-bench-window",
    "docket-fuzz",
    "docket-circle",
    "docket-strangers",
    "docket-sync-simulation",
];

/// Fakes and given/when/then, for everyone's tests.
const TESTKIT: &str = "docket-testkit";

/// Edges that the table doesn't have.
pub fn findings(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    Ok(judge(&workspace.crates()))
}

fn judge(crates: &[Crate]) -> Vec<String> {
    let mut findings = Vec::new();
    for member in crates.iter().filter(|member| !ANYTHING.contains(&member.name.as_str())) {
        let Some(row) = ROWS.iter().find(|row| row.name == member.name) else {
            findings.push(format!("{} ({}) has no row in xtask/src/check/edges.rs", member.name, member.folder));
            continue;
        };
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            let ours = crates.iter().any(|other| other.name == name);
            let helps_tests = dependency.dev && name == TESTKIT && !row.name.starts_with("xtask");
            // Tests outside of a crate may ask it for a feature of its own.
            let itself = dependency.dev && name == member.name;
            if ours && !row.knows.contains(&name) && !helps_tests && !itself {
                findings.push(format!("{} must not know {name}", member.name));
            }
            if row.never.contains(&name) {
                let where_from = if dependency.dev { " even in its tests" } else { "" };
                findings.push(format!("{} must not depend on {name}{where_from}", member.name));
            }
        }
        findings.extend(chance_in_ids(member, row));
    }
    findings
}

/// A pure crate may name ids, but not make them.
fn chance_in_ids(member: &Crate, row: &Row) -> Option<String> {
    let pure = row.never.contains(&"rand") && row.never.contains(&"chrono");
    let makes = |feature: &String| ["v1", "v4", "v6", "v7", "fast-rng"].contains(&feature.as_str());
    let uuid = member.dependencies.iter().find(|dependency| dependency.name == "uuid" && !dependency.dev)?;
    let feature = uuid.features.iter().find(|feature| makes(feature))?;
    pure.then(|| format!("{} must not make ids: it asks for the feature {feature} of uuid", member.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn needs(name: &str, dev: bool) -> Dependency {
        Dependency { name: name.to_owned(), dev, features: Vec::new() }
    }

    fn member(name: &str, dependencies: Vec<Dependency>) -> Crate {
        Crate { name: name.to_owned(), folder: "crates/x".to_owned(), dependencies }
    }

    #[test]
    fn an_edge_against_the_arrows_is_found() {
        let crates = [
            member("docket-domain", vec![needs("docket-log", false)]),
            member("docket-log", vec![needs("docket-domain", false)]),
        ];
        assert_eq!(judge(&crates), ["docket-domain must not know docket-log"]);
    }

    #[test]
    fn the_domain_knows_no_clock_and_no_runtime() {
        let crates =
            [member("docket-domain", vec![needs("chrono", false), needs("tokio", true), needs("uuid", false)])];
        let expected =
            ["docket-domain must not depend on chrono", "docket-domain must not depend on tokio even in its tests"];
        assert_eq!(judge(&crates), expected);
    }

    #[test]
    fn a_pure_crate_makes_no_ids() {
        let uuid = Dependency { name: "uuid".to_owned(), dev: false, features: vec!["v7".to_owned()] };
        let found = judge(&[member("docket-domain", vec![uuid])]);
        assert_eq!(found, ["docket-domain must not make ids: it asks for the feature v7 of uuid"]);
    }

    #[test]
    fn the_testkit_helps_tests_only() {
        let testkit = member("docket-testkit", Vec::new());
        let crates = [member("docket-log", vec![needs("docket-testkit", true)]), testkit];
        assert!(judge(&crates).is_empty());
        let testkit = member("docket-testkit", Vec::new());
        let crates = [member("docket-log", vec![needs("docket-testkit", false)]), testkit];
        assert_eq!(judge(&crates), ["docket-log must not know docket-testkit"]);
    }

    #[test]
    fn a_crate_without_a_row_is_found() {
        let found = judge(&[member("docket-utils", Vec::new())]);
        assert_eq!(found, ["docket-utils (crates/x) has no row in xtask/src/check/edges.rs"]);
    }
}
