//! What a database says about itself.

use sqlx::{AssertSqlSafe, PgPool, Row as _, SqlitePool};

pub struct Table {
    /// With its schema, where there are schemas.
    pub name: String,
    pub view: bool,
    pub columns: Vec<Column>,
    /// Keys, checks, indexes, policies and rights, a line each.
    pub rules: Vec<String>,
}

pub struct Column {
    pub name: String,
    pub kind: String,
    pub nullable: bool,
    pub default: Option<String>,
}

pub struct Function {
    pub name: String,
    pub signature: String,
}

const TABLES: &str = "SELECT n.nspname || '.' || c.relname, c.relkind = 'v', c.oid::int8 FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition \
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public') AND n.nspname NOT LIKE 'pg_toast%' \
    ORDER BY n.nspname = 'central' DESC, n.nspname, c.oid";

const COLUMNS: &str = "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull, \
    CASE WHEN a.attidentity <> '' THEN 'identity' ELSE pg_get_expr(d.adbin, d.adrelid) END FROM pg_attribute a \
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    WHERE a.attrelid = $1::int8::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// Constraints that are no 'not null', then indexes that no constraint made, policies but the common one, and rights.
const RULES: &str = "SELECT line FROM ( \
    SELECT 1 AS place, contype::text || conname AS name, '`' || pg_get_constraintdef(oid) || '`' AS line FROM pg_constraint \
     WHERE conrelid = $1::int8::oid AND contype IN ('p', 'f', 'u', 'c') \
    UNION ALL SELECT 2, c.relname, 'index `' || c.relname || '`: `' || \
        regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .* USING', '\\1USING') || '`' \
      FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = $1::int8::oid \
       AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid) \
    UNION ALL SELECT 3, polname, 'policy `' || polname || '` for ' || CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'd' THEN 'DELETE' \
        WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' ELSE 'all' END || coalesce(' to `' || (SELECT string_agg(rolname, '`, `' \
        ORDER BY rolname) FROM pg_roles WHERE oid = ANY (polroles)) || '`', '') || ': `' || \
        coalesce(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) || '`' \
      FROM pg_policy WHERE polrelid = $1::int8::oid AND polname <> 'one_tenant' \
    UNION ALL SELECT 4, grantee::text, '`' || r.rolname || '`: ' || string_agg(privilege_type, ', ' ORDER BY privilege_type) \
      FROM pg_class c, aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee \
     WHERE c.oid = $1::int8::oid AND r.rolname LIKE 'docket\\_%' GROUP BY grantee, r.rolname \
    UNION ALL SELECT 5, r.rolname || a.attname, '`' || r.rolname || '` on `' || a.attname || '`: ' || x.privilege_type \
      FROM pg_attribute a, aclexplode(a.attacl) x JOIN pg_roles r ON r.oid = x.grantee \
     WHERE a.attrelid = $1::int8::oid AND r.rolname LIKE 'docket\\_%') rules \
    ORDER BY place, CASE WHEN place = 4 THEN line ELSE name END";

const FUNCTIONS: &str = "SELECT n.nspname || '.' || p.proname, n.nspname || '.' || p.proname || '(' || \
    pg_get_function_identity_arguments(p.oid) || ')' FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'public') ORDER BY 1";

pub async fn of_postgres(pool: &PgPool) -> Vec<Table> {
    let found = sqlx::query(TABLES).fetch_all(pool).await.expect("tables");
    let mut tables = Vec::new();
    for row in &found {
        let oid: i64 = row.get(2);
        let columns = sqlx::query(COLUMNS).bind(oid).fetch_all(pool).await.expect("columns");
        let column = |row: &sqlx::postgres::PgRow| Column {
            name: row.get(0),
            kind: row.get(1),
            nullable: row.get(2),
            default: row.get(3),
        };
        let rules = sqlx::query_scalar(RULES).bind(oid).fetch_all(pool).await.expect("rules");
        let columns = columns.iter().map(column).collect();
        tables.push(Table { name: row.get(0), view: row.get(1), columns, rules });
    }
    tables
}

pub async fn functions(pool: &PgPool) -> Vec<Function> {
    let found = sqlx::query(FUNCTIONS).fetch_all(pool).await.expect("functions");
    found.iter().map(|row| Function { name: row.get(0), signature: row.get(1) }).collect()
}

pub async fn of_sqlite(pool: &SqlitePool) -> Vec<Table> {
    let named =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid";
    let names: Vec<String> = sqlx::query_scalar(named).fetch_all(pool).await.expect("tables");
    let mut tables = Vec::new();
    for name in names {
        let info = format!("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('{name}')");
        let found = sqlx::query(AssertSqlSafe(info)).fetch_all(pool).await.expect("columns");
        let column = |row: &sqlx::sqlite::SqliteRow| Column {
            name: row.get(0),
            kind: row.get(1),
            nullable: row.get::<i64, _>(2) == 0 && row.get::<i64, _>(4) == 0,
            default: row.get(3),
        };
        let mut key: Vec<(i64, String)> = found.iter().map(|row| (row.get(4), row.get(0))).collect();
        key.retain(|(place, _)| *place > 0);
        key.sort();
        let key = key.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ");
        let mut rules = if key.is_empty() { Vec::new() } else { vec![format!("`PRIMARY KEY ({key})`")] };
        let indexes =
            format!("SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = '{name}' AND sql IS NOT NULL");
        let indexes: Vec<String> = sqlx::query_scalar(AssertSqlSafe(indexes)).fetch_all(pool).await.expect("indexes");
        rules.extend(indexes.into_iter().map(|sql| format!("`{sql}`")));
        tables.push(Table { name, view: false, columns: found.iter().map(column).collect(), rules });
    }
    tables
}
