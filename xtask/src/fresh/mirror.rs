//! Where this machine gets its packages from. It is read when it is needed and stands in no file of ours.

use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The address of the archive that this machine's apt uses.
pub fn of_this_machine() -> Result<String, Failure> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    let parts = std::fs::read_dir("/etc/apt/sources.list.d").into_iter().flatten().flatten();
    let mut parts: Vec<PathBuf> = parts.map(|entry| entry.path()).collect();
    parts.sort();
    files.extend(parts);
    let found = files.iter().find_map(|file| in_file(file, &std::fs::read_to_string(file).ok()?));
    found.ok_or_else(|| Failure::said("missing: a Debian archive in /etc/apt (sources.list or sources.list.d)"))
}

/// The first archive in one file of either form; security and other vendors' archives have no whole Debian.
fn in_file(file: &Path, text: &str) -> Option<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let whole = |address: &&str| {
        let path = address.trim_end_matches('/');
        address.contains("://") && path.ends_with("debian") || path.ends_with("ubuntu")
    };
    let address = if file.extension().is_some_and(|extension| extension == "sources") {
        lines.filter_map(|line| line.strip_prefix("URIs:")).flat_map(str::split_whitespace).find(whole)
    } else {
        lines.filter_map(|line| line.strip_prefix("deb ")).flat_map(str::split_whitespace).find(whole)
    };
    address.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_found_in_both_forms_of_a_list() {
        let list = "# deb ftp://a.invalid/debian x main\ndeb-src ftp://s.invalid/debian x\n\
            deb ftp://b.invalid/debian-security x main\ndeb [signed-by=/k.gpg] ftp://c.invalid/debian/ x main\n";
        assert_eq!(in_file(Path::new("a.list"), list).as_deref(), Some("ftp://c.invalid/debian/"));
        let sources = "Types: deb\nURIs: ftp://b.invalid/debian-security\n\nTypes: deb\nURIs: ftp://d.invalid/debian\n";
        assert_eq!(in_file(Path::new("a.sources"), sources).as_deref(), Some("ftp://d.invalid/debian"));
        assert_eq!(in_file(Path::new("a.list"), "deb ftp://x.invalid/nodesource x main"), None);
    }
}
