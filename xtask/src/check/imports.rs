//! Who imports whom inside the user interface, and what the desktop shell must not hold.

use std::path::Path;

use crate::failure::Failure;
use crate::files;
use crate::workspace::Workspace;

/// Words that only a store would write; the shell composes and forwards.
const SQL: [&str; 9] = [
    "select ",
    "insert into",
    "delete from",
    "update ",
    "create table",
    "pragma ",
    "rusqlite",
    "sqlx",
    "begin immediate",
];

/// Imports that cross a wall.
pub fn findings(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    let sources = workspace.ui().join("src");
    if !sources.is_dir() {
        return Err(Failure::said("ui/src is missing"));
    }
    for path in files::sources(&sources)? {
        let is_source = path.extension().is_some_and(|extension| extension == "ts" || extension == "svelte");
        if let (true, Some(text)) = (is_source, files::text(&path)?) {
            let file = files::relative(&path, &sources);
            findings.extend(judge(&file, &text).map(|finding| format!("ui/src/{file}: {finding}")));
        }
    }
    findings.extend(sql_in_the_shell(workspace)?);
    Ok(findings)
}

fn judge<'a>(file: &'a str, text: &'a str) -> impl Iterator<Item = String> + 'a {
    specifiers(text).into_iter().filter_map(move |specifier| {
        if specifier.starts_with("@tauri-apps") {
            let allowed = file.starts_with("lib/ipc/");
            return (!allowed).then(|| format!("only lib/ipc may import {specifier}"));
        }
        let target = resolve(file, specifier)?;
        crosses(file, &target).then(|| format!("{} must not import {specifier}", room(file)))
    })
}

/// The room of a file: `lib`, `features/cart`, `screens`.
fn room(file: &str) -> String {
    let mut parts = file.split('/');
    match (parts.next(), parts.next()) {
        (Some("features"), Some(feature)) => format!("features/{feature}"),
        (Some(first), Some(_)) => first.to_owned(),
        _ => "the entry".to_owned(),
    }
}

fn crosses(file: &str, target: &str) -> bool {
    let (from, to) = (room(file), room(target));
    let is_feature = |room: &str| room.starts_with("features/");
    match from.as_str() {
        "lib" => is_feature(&to) || to == "screens",
        feature if is_feature(feature) => to == "screens" || (is_feature(&to) && to != from),
        _ => false,
    }
}

/// Where a specifier points, relative to `ui/src`; packages point nowhere.
fn resolve(file: &str, specifier: &str) -> Option<String> {
    for (alias, folder) in
        [("$lib/", "lib/"), ("$features/", "features/"), ("$screens/", "screens/"), ("@/", ""), ("/src/", "")]
    {
        if let Some(rest) = specifier.strip_prefix(alias) {
            return Some(format!("{folder}{rest}"));
        }
    }
    if !specifier.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// What a file imports or exports from: the quoted word behind `from`, `import` or `import(`.
fn specifiers(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for keyword in ["from", "import"] {
        for (at, _) in text.match_indices(keyword) {
            let after = text[at + keyword.len()..].trim_start();
            let after = after.strip_prefix('(').map_or(after, str::trim_start);
            let Some(quote) = after.chars().next().filter(|character| matches!(character, '\'' | '"')) else {
                continue;
            };
            if let Some((specifier, _)) = after[1..].split_once(quote) {
                found.push(specifier);
            }
        }
    }
    found
}

fn sql_in_the_shell(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut findings = Vec::new();
    let shell = workspace.root.join("src-tauri");
    for path in files::sources(&shell)? {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = files::text(&path)?.unwrap_or_default();
            findings.extend(
                sql_lines(&text).map(|line| format!("{}:{line}: the shell holds no SQL", shown(&path, workspace))),
            );
        }
    }
    Ok(findings)
}

fn sql_lines(text: &str) -> impl Iterator<Item = usize> {
    text.lines().enumerate().filter(|(_, line)| holds_sql(line)).map(|(index, _)| index + 1)
}

/// SQL stands in a string, or is a crate's name; the same words in a comment are English.
fn holds_sql(line: &str) -> bool {
    let line = line.trim_start().to_lowercase();
    if line.starts_with("//") {
        return false;
    }
    SQL.iter().any(|word| {
        let quoted = line.find('"').is_some_and(|quote| line[quote..].contains(word));
        if word.ends_with(' ') || word.contains(' ') { quoted } else { line.contains(word) }
    })
}

fn shown(path: &Path, workspace: &Workspace) -> String {
    files::relative(path, &workspace.root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, text: &str) -> Vec<String> {
        judge(file, text).collect()
    }

    #[test]
    fn only_ipc_imports_the_host() {
        let text = "import { invoke } from '@tauri-apps/api/core';";
        assert!(found("lib/ipc/tauri.ts", text).is_empty());
        assert_eq!(found("screens/Sale.svelte", text), ["only lib/ipc may import @tauri-apps/api/core"]);
        assert_eq!(found("features/cart/Cart.svelte", "await import(\"@tauri-apps/api\")").len(), 1);
    }

    #[test]
    fn a_feature_imports_no_sibling_by_any_spelling() {
        for specifier in
            ["../kitchen/Ticket.svelte", "../../features/kitchen/x", "$features/kitchen", "@/features/kitchen/x"]
        {
            let text = format!("import Ticket from '{specifier}';");
            assert_eq!(found("features/cart/Cart.svelte", &text).len(), 1, "{specifier}");
            assert!(found("features/kitchen/Board.svelte", &text.replace("../kitchen", ".")).is_empty(), "{specifier}");
            assert!(found("screens/Kitchen.svelte", &text.replace("../kitchen", "../features/kitchen")).is_empty());
        }
    }

    #[test]
    fn nothing_in_lib_knows_a_feature_or_a_screen() {
        assert_eq!(found("lib/design/Tile.svelte", "import x from '../../features/cart/x'").len(), 1);
        assert_eq!(found("lib/design/Tile.svelte", "export * from '$screens/Sale.svelte'").len(), 1);
        assert!(found("lib/design/Tile.svelte", "import { t } from '../i18n/text'").is_empty());
    }

    #[test]
    fn sql_in_a_string_is_found_and_english_is_not() {
        assert!(holds_sql(r#"    let q = "SELECT id FROM events";"#));
        assert!(holds_sql("use rusqlite::Connection;"));
        assert!(!holds_sql("// select the window, update the title"));
        assert!(!holds_sql("fn select (update : u8)"));
    }
}
