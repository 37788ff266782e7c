//! The comments of the migrations, by what they stand above.

use std::collections::BTreeMap;

/// What is said about tables (`schema.table`), columns (`schema.table.column`) and functions.
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// Reads the comments that stand directly above a table, a view, a function or a column.
    pub fn read(migrations: &[(String, String)]) -> Self {
        let mut words = BTreeMap::new();
        for (_, text) in migrations {
            read(text, &mut words);
        }
        Words(words)
    }

    /// What is said about it, in one line; empty where nothing is.
    pub fn of(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

fn read(text: &str, words: &mut BTreeMap<String, String>) {
    let mut said = String::new();
    let mut table: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix("--") {
            if !said.is_empty() {
                said.push(' ');
            }
            said.push_str(comment.trim());
            continue;
        }
        let made = ["CREATE TABLE ", "CREATE VIEW ", "CREATE FUNCTION ", "ALTER TABLE "];
        if let Some(rest) = made.iter().find_map(|made| trimmed.strip_prefix(made)) {
            let name = rest.split([' ', '(']).next().unwrap_or_default().trim_end_matches(';').to_owned();
            if let Some(column) = rest.split("ADD COLUMN ").nth(1).and_then(|rest| rest.split(' ').next()) {
                keep(words, format!("{name}.{column}"), &mut said);
            } else if !trimmed.starts_with("ALTER") {
                keep(words, name.clone(), &mut said);
            }
            table = Some(name).filter(|_| !trimmed.ends_with(';') && !trimmed.starts_with("CREATE FUNCTION"));
        } else if let Some(of) = &table {
            let column = trimmed.strip_prefix("ADD COLUMN ").unwrap_or(trimmed);
            if let Some(column) = column.split(' ').next().filter(|word| !word.is_empty()) {
                keep(words, format!("{of}.{column}"), &mut said);
            }
            if trimmed.ends_with(';') {
                table = None;
            }
        }
        said.clear();
    }
}

fn keep(words: &mut BTreeMap<String, String>, name: String, said: &mut String) {
    if !said.is_empty() {
        words.insert(name, std::mem::take(said));
    }
}
