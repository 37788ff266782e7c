//! docs/SCHEMA.md is what the migrations make: tables, columns, keys, policies and rights are read from a migrated
//! database, and the words from the comments of the migrations. `cargo xtask codegen` writes the file anew.

mod catalogue;
mod words;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use docket_central::db::migrate;
use docket_testkit::postgres;
use sqlx::{AssertSqlSafe, PgPool, SqlitePool};

use catalogue::{Function, Table};
use words::Words;

const HEAD: &str = "# Schema\n\nWritten by `cargo xtask codegen` from the migrations, with the words of their comments. \
    [CENTRAL](CENTRAL.md) says who runs it, [LOG](LOG.md) what a row of the log is.\n\n\
    In every schema of head office the tenant leads each key and row-level security is forced: the policy `one_tenant` lets a \
    transaction see the rows of the tenant that `docket.tenant` names, and none where it names none.\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files of a folder of migrations with their texts, in their order.
fn migrations(of: &str) -> Vec<(String, String)> {
    let folder = root().join("migrations").join(of);
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (format!("migrations/{of}/{name}"), std::fs::read_to_string(path).expect("it reads"))
    };
    paths.iter().map(read).collect()
}

fn write_table(out: &mut String, table: &Table, words: &Words) {
    let said = words.of(&table.name);
    let _ = write!(out, "\n### `{}`{}\n\n", table.name, if table.view { " (view)" } else { "" });
    if !said.is_empty() {
        let _ = writeln!(out, "{said}\n");
    }
    out.push_str("| column | type | | |\n|---|---|---|---|\n");
    for column in &table.columns {
        let rule = match (column.nullable, &column.default) {
            (true, None) => "may be null".to_owned(),
            (false, None) => String::new(),
            (_, Some(default)) => format!("default `{default}`"),
        };
        let about = words.of(&format!("{}.{}", table.name, column.name));
        let _ = writeln!(out, "| `{}` | {} | {rule} | {} |", column.name, column.kind, about.replace('|', "\\|"));
    }
    out.push('\n');
    for line in &table.rules {
        let _ = writeln!(out, "- {line}");
    }
}

fn write_functions(out: &mut String, functions: &[Function], words: &Words) {
    if functions.is_empty() {
        return;
    }
    out.push_str("\n## Functions of head office\n\n| function | what it is for |\n|---|---|\n");
    for function in functions {
        let _ = writeln!(out, "| `{}` | {} |", function.signature, words.of(&function.name));
    }
}

async fn render() -> String {
    let (central, terminal) = (migrations("central"), migrations("terminal"));
    let mut out = HEAD.to_owned();
    out.push_str("\n| migration | bytes |\n|---|---|\n");
    for (name, text) in central.iter().chain(&terminal) {
        let _ = writeln!(out, "| `{name}` | {} |", text.len());
    }

    let server = postgres::database();
    migrate(&server.url()).await.expect("the schema is there");
    let pool = PgPool::connect(&server.url()).await.expect("it connects");
    let words = Words::read(&central);
    let (tables, functions) = (catalogue::of_postgres(&pool).await, catalogue::functions(&pool).await);
    let mut schema = String::new();
    for table in &tables {
        let of = table.name.split('.').next().unwrap_or_default();
        if schema != of {
            of.clone_into(&mut schema);
            let _ = write!(out, "\n## Head office: `{schema}` (PostgreSQL)\n");
        }
        write_table(&mut out, table, &words);
    }
    write_functions(&mut out, &functions, &words);

    let pool = SqlitePool::connect("sqlite::memory:").await.expect("it opens");
    for (name, text) in &terminal {
        sqlx::raw_sql(AssertSqlSafe(text.clone()))
            .execute(&pool)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let words = Words::read(&terminal);
    out.push_str("\n## Till (SQLite)\n\nRead models are not here: the program makes them from the fold and may drop them at any time.\n");
    for table in &catalogue::of_sqlite(&pool).await {
        write_table(&mut out, table, &words);
    }
    out
}

#[tokio::test]
async fn the_page_about_the_schema_is_what_the_migrations_make() {
    let path = root().join("docs/SCHEMA.md");
    let rendered = render().await;
    if std::env::var_os("DOCKET_WRITE_SCHEMA").is_some() {
        std::fs::write(&path, &rendered).expect("it is written");
    }
    let kept = std::fs::read_to_string(&path).expect("the page is there");
    for (line, (kept, made)) in kept.lines().zip(rendered.lines()).enumerate() {
        assert_eq!(kept, made, "docs/SCHEMA.md line {}: `cargo xtask codegen` writes it anew", line + 1);
    }
    assert_eq!(kept.len(), rendered.len(), "docs/SCHEMA.md: `cargo xtask codegen` writes it anew");
}
