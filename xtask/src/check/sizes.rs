//! A file that doesn't fit into a reader's head is two files.

use std::path::Path;

use crate::failure::Failure;
use crate::files;
use crate::workspace::Workspace;

const USUAL_LINES: usize = 300;
const MOST_LINES: usize = 500;

/// Files over the cap; those over the usual size are only mentioned.
pub fn findings(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    for path in files::sources(&workspace.root)? {
        if !is_code(&path) {
            continue;
        }
        let text = files::text(&path)?.unwrap_or_default();
        let lines = text.lines().count();
        if lines <= USUAL_LINES || is_generated(&text) {
            continue;
        }
        let line = format!("{} has {lines} lines", files::relative(&path, &workspace.root));
        if lines > MOST_LINES {
            findings.push(format!("{line}, {MOST_LINES} is the cap"));
        } else {
            eprintln!("xtask: note: {line}, {USUAL_LINES} is usual");
        }
    }
    Ok(findings)
}

fn is_code(path: &Path) -> bool {
    path.extension().is_some_and(|extension| ["rs", "ts", "svelte"].iter().any(|code| extension == *code))
}

/// A generated file says so in its first lines.
pub fn is_generated(text: &str) -> bool {
    text.lines().take(5).any(|line| line.to_lowercase().contains("generated"))
}
