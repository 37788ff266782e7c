//! The rows of an order, written barely: tables like ours with the same indexes, and one transaction that stores the rows
//! of a real order anew under other keys, a statement a table.
//!
//! It leaves out: policies, foreign keys, the log's head (one row that every order of a store would wait for), the fold, the
//! seal, the catalogue.

use sqlx::postgres::{PgConnection, PgPool};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};
use uuid::Uuid;

use crate::error::BenchError;

/// Where a table's rows of one order are, and what makes its columns new.
struct Table {
    name: &'static str,
    /// The rows of the order `$order`.
    of: &'static str,
    /// Columns and what stands in them; `$1` is the new order.
    new: &'static [(&'static str, &'static str)],
}

const TABLES: [Table; 6] = [
    Table {
        name: "central.log_rows",
        of: "stream_id = '$order'",
        new: &[("stream_id", "$1"), ("event_id", "gen_random_uuid()"), ("seq", "nextval('bare.seq')")],
    },
    Table { name: "central.orders", of: "order_id = '$order'", new: &[("order_id", "$1")] },
    Table {
        name: "central.outbox",
        of: "key = '$order'",
        new: &[("key", "$1"), ("event_id", "gen_random_uuid()"), ("id", "nextval('bare.seq')")],
    },
    Table { name: "api.idempotency", of: "body LIKE '%$order%'", new: &[("key", "$1::text")] },
    Table {
        name: "api.deliveries",
        of: "order_id = '$order'",
        new: &[("order_id", "$1"), ("seq", "nextval('bare.seq')")],
    },
    Table { name: "api.audit", of: "object = '$order'", new: &[("object", "$1"), ("id", "nextval('bare.seq')")] },
];

/// The statements of one order.
#[derive(Debug, Clone)]
pub struct Statements(Vec<String>);

/// Makes the tables and takes the rows of a real order as the pattern. The order is the newest that the API placed.
pub async fn prepare(owner: &mut PgConnection) -> Result<(), BenchError> {
    let sql = "SELECT order_id FROM api.deliveries ORDER BY created_at DESC LIMIT 1";
    let order: Uuid = sqlx::query_scalar(sql).fetch_one(&mut *owner).await?;
    owner
        .execute(
            "DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare; CREATE SEQUENCE bare.seq CACHE 64 START 1000000",
        )
        .await?;
    for table in &TABLES {
        let (full, bare) = (table.name, table.name.replace('.', "_"));
        let of = table.of.replace("$order", &order.to_string());
        let made = format!(
            "CREATE TABLE bare.{bare} (LIKE {full} INCLUDING DEFAULTS INCLUDING INDEXES INCLUDING STORAGE); \
             CREATE TABLE bare.pattern_{bare} AS SELECT * FROM {full} WHERE {of}"
        );
        owner.execute(AssertSqlSafe(made)).await?;
        let count = format!("SELECT count(*) FROM bare.pattern_{bare}");
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *owner).await?;
        if count == 0 {
            return Err(BenchError::NotComparable(format!("the order has no row in {full}")));
        }
    }
    Ok(())
}

impl Statements {
    /// Reads which columns the tables have.
    pub async fn read(pool: &PgPool) -> Result<Self, BenchError> {
        let mut statements = Vec::new();
        for table in &TABLES {
            let bare = table.name.replace('.', "_");
            let sql = "SELECT column_name::text FROM information_schema.columns WHERE table_schema = 'bare' \
                 AND table_name = $1 ORDER BY ordinal_position";
            let columns = sqlx::query(sql).bind(&bare).fetch_all(pool).await?;
            let columns: Vec<String> = columns.iter().map(|row| row.get(0)).collect();
            let expression = |column: &String| {
                let new = table.new.iter().find(|(name, _)| name == column);
                new.map_or_else(|| column.clone(), |(_, new)| (*new).to_owned())
            };
            let values: Vec<String> = columns.iter().map(expression).collect();
            let names = columns.join(", ");
            let values = values.join(", ");
            statements.push(format!("INSERT INTO bare.{bare} ({names}) SELECT {values} FROM bare.pattern_{bare}"));
        }
        Ok(Self(statements))
    }

    /// Stores the rows of one more order, durably; gives its answer's text.
    pub async fn run(&self, pool: &PgPool, order: Uuid) -> Result<String, sqlx::Error> {
        let mut transaction = pool.begin().await?;
        for statement in &self.0 {
            sqlx::query(AssertSqlSafe(statement.clone())).bind(order).execute(&mut *transaction).await?;
        }
        let sql = "SELECT body FROM bare.pattern_api_idempotency";
        let body = sqlx::query_scalar(sql).fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(body)
    }
}
