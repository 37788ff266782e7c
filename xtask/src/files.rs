//! Walking the sources, leaving out what is built or installed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::failure::{Failure, io};

/// Folders that hold nothing a person wrote, wherever they lie.
const NOT_SOURCES: [&str; 9] = [
    "target",
    "node_modules",
    "dist",
    ".git",
    ".svelte-kit",
    "gen",
    "test-results",
    "playwright-report",
    "__screenshots__",
];

/// Every source file below a folder, sorted, so that a check prints the same list everywhere.
pub fn sources(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    collect(folder, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = || io(format!("can't read {}", folder.display()));
    for entry in std::fs::read_dir(folder).map_err(unreadable())? {
        let entry = entry.map_err(unreadable())?;
        let kind = entry.file_type().map_err(unreadable())?;
        let path = entry.path();
        if kind.is_dir() {
            if !NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
                collect(&path, found)?;
            }
        } else if kind.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

/// The text of a file, or nothing where it isn't text.
pub fn text(path: &Path) -> Result<Option<String>, Failure> {
    let bytes = std::fs::read(path).map_err(io(format!("can't read {}", path.display())))?;
    Ok(String::from_utf8(bytes).ok())
}

/// A path relative to a folder, with forward slashes on every system.
pub fn relative(path: &Path, to: &Path) -> String {
    path.strip_prefix(to).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// When the newest source below a folder was written; a folder's own time counts, so a deletion shows.
pub fn newest(folder: &Path) -> Option<SystemTime> {
    let mut newest = modified(folder);
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        if NOT_SOURCES.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        let path = entry.path();
        newest = newest.max(if path.is_dir() { self::newest(&path) } else { modified(&path) });
    }
    newest
}

/// When a file was last written.
pub fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// Empties a folder that lies strictly inside another one, so that a slip can't delete anything else.
pub fn remove_inside(folder: &Path, inside: &Path) -> Result<(), Failure> {
    let Ok(real) = folder.canonicalize() else {
        return Ok(());
    };
    let fence = inside.canonicalize().map_err(io(format!("can't read {}", inside.display())))?;
    if real == fence || !real.starts_with(&fence) {
        return Err(Failure::said(format!(
            "{} is not inside {}; it was left alone",
            folder.display(),
            inside.display()
        )));
    }
    let removed = if real.is_dir() { std::fs::remove_dir_all(&real) } else { std::fs::remove_file(&real) };
    removed.map_err(io(format!("can't empty {}", folder.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_fence_is_removed() {
        let base = std::env::temp_dir().join(format!("docket-xtask-{}", std::process::id()));
        let fence = base.join("target");
        let store = fence.join("demo");
        std::fs::create_dir_all(&store).expect("a temporary folder can be made");
        assert!(remove_inside(&base, &fence).is_err());
        assert!(remove_inside(&fence, &fence).is_err());
        assert!(remove_inside(&fence.join("..").join("target"), &fence).is_err());
        remove_inside(&store, &fence).expect("the store lies inside");
        assert!(!store.exists());
        remove_inside(&store, &fence).expect("what is not there needs no removing");
        std::fs::remove_dir_all(&base).expect("the temporary folder can be removed");
    }
}
