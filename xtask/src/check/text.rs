//! Text that must not stand in any source: where this machine keeps things, where packages come
//! from, and work left for later.
//!
//! The patterns are put together from pieces, so that this file doesn't hold what it forbids.

use std::path::Path;

use crate::failure::Failure;
use crate::files;
use crate::workspace::Workspace;

/// Hosts that serve packages: the person's own settings say where packages come from.
const HOSTS: &[&str] = &[
    concat!("registry.", "npmjs"),
    concat!("registry.", "yarnpkg"),
    concat!("index.", "crates"),
    concat!("static.", "crates"),
    concat!("proxy.", "golang"),
    concat!("pypi.", "org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.", "debian"),
    concat!("security.", "debian"),
    concat!("ftp.", "debian"),
    concat!("archive.", "ubuntu"),
    concat!("ports.", "ubuntu"),
    concat!("rsproxy", ".cn"),
    concat!("npm", "mirror"),
    concat!("arti", "factory"),
];

/// Folders of one person's or one job's machine.
const PLACES: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("C:\\Us", "ers"),
];

/// Work that is not finished, in code of any language.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ign", "ore"),
];

/// Tests that are left out or run alone, in TypeScript.
const LEFT_OUT: &[&str] =
    &[concat!(".sk", "ip("), concat!(".on", "ly("), concat!(".fix", "me("), concat!(".to", "do(")];

/// Delivery is at least once; the other phrase promises what nobody can keep.
const PROMISE: &str = concat!("exactly-", "once");

/// Lines with forbidden text.
pub fn findings(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in files::sources(&workspace.root)? {
        if let Some(text) = files::text(&path)? {
            let shown = files::relative(&path, &workspace.root);
            findings.extend(judge(&path, &text).into_iter().map(|(line, why)| format!("{shown}:{line}: {why}")));
        }
    }
    Ok(findings)
}

fn judge(path: &Path, text: &str) -> Vec<(usize, String)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let look: fn(&str, &str) -> Option<String> = match &*name {
        "Cargo.lock" => |line, _| foreign_source(line),
        "package-lock.json" => |line, _| resolved_address(line),
        _ => forbidden,
    };
    let lines = text.lines().enumerate();
    lines.filter_map(|(index, line)| look(line, &extension).map(|why| (index + 1, why))).collect()
}

/// A lock file names the public index in cargo's own way, or it was written behind a mirror.
fn foreign_source(line: &str) -> Option<String> {
    let public = concat!("source = \"registry+https://github.com/rust-lang/", "crates.io-index\"");
    (line.starts_with("source = ") && line != public)
        .then(|| "a package from elsewhere than the public index".to_owned())
}

/// npm writes the address that it fetched from unless it is told not to (`omit-lockfile-registry-resolved`).
fn resolved_address(line: &str) -> Option<String> {
    let resolved = line.trim_start().starts_with("\"resolved\": \"http");
    resolved.then(|| "a lock file must not say where a package was fetched from".to_owned())
}

fn forbidden(line: &str, extension: &str) -> Option<String> {
    if let Some(host) = HOSTS.iter().find(|host| line.contains(**host)) {
        return Some(format!("names the package host {host}"));
    }
    if let Some(place) = PLACES.iter().find(|place| stands_alone(line, place)) {
        return Some(format!("names a place on one machine ({place})"));
    }
    if line.to_lowercase().contains(PROMISE) {
        return Some(format!("'{PROMISE}' is not used: delivery is at least once, effects are idempotent"));
    }
    let code =
        ["rs", "ts", "svelte", "js", "mjs", "sql", "toml", "css", "html", "sh", "yml", "yaml"].contains(&extension);
    let web = ["ts", "svelte", "js", "mjs"].contains(&extension);
    let unfinished = UNFINISHED.iter().filter(|_| code);
    let left_out = LEFT_OUT.iter().filter(|_| web);
    let found = unfinished.chain(left_out).find(|word| line.contains(**word))?;
    Some(format!("holds '{found}': finish it or leave it out"))
}

/// A path begins where no other path goes on: a folder of the same name inside the project is no place on a machine.
fn stands_alone(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|character| character.is_alphanumeric() || "._-}$/~*".contains(character))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, line: &str) -> bool {
        !judge(Path::new(file), line).is_empty()
    }

    #[test]
    fn package_hosts_are_found_in_every_file() {
        let line = format!("fetch https://{}js.org/x", HOSTS[0].trim_end_matches("js"));
        assert!(found("README.md", &line));
        assert!(found("deploy/Dockerfile", &line));
    }

    #[test]
    fn places_on_a_machine_are_found_and_relative_paths_are_not() {
        assert!(found("a.rs", &format!("let path = \"{}x\";", PLACES[0])));
        assert!(!found("a.rs", &format!("let path = \"src{}x\";", PLACES[0])));
    }

    #[test]
    fn unfinished_work_is_found_in_code() {
        assert!(found("a.rs", &format!("// {} later", UNFINISHED[0])));
        assert!(found("a.svelte", &format!("<!-- {} -->", UNFINISHED[1])));
    }

    #[test]
    fn an_iterator_may_skip_but_a_test_may_not() {
        let line = format!("words{}1)", LEFT_OUT[0]);
        assert!(!found("a.rs", &line));
        assert!(found("a.spec.ts", &line));
    }

    #[test]
    fn lock_files_name_no_mirror() {
        assert!(found("Cargo.lock", "source = \"sparse+https://mirror.example/\""));
        assert!(found("ui/package-lock.json", "      \"resolved\": \"https://mirror.example/a.tgz\","));
        assert!(!found("ui/package-lock.json", "      \"version\": \"1.0.0\","));
    }
}
