//! Anchor of A6: a row in PostgreSQL, a notification, a row in SQLite, a frame of an event stream; each durable where ours is.
//!
//! It leaves out: HTTP before it, tokens, the catalogue, the log, the fold, the line to the till.

use std::path::Path;

use rusqlite::Connection;
use sqlx::postgres::{PgConnection, PgListener};
use sqlx::{Connection as _, Executor as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::error::BenchError;
use crate::stopwatch::Stopwatch;

/// Bytes of an order, about.
const BODY: usize = 1_024;

/// Both ends.
pub struct BareBoard {
    office: PgConnection,
    news: PgListener,
    till: Connection,
    out: TcpStream,
    window: TcpStream,
    sent: i64,
}

impl BareBoard {
    /// Makes tables and connections.
    pub async fn open(url: &str, folder: &Path) -> Result<Self, BenchError> {
        let mut office = PgConnection::connect(url).await?;
        office.execute("CREATE SCHEMA IF NOT EXISTS bare; DROP TABLE IF EXISTS bare.orders_sent; CREATE TABLE bare.orders_sent (id bigint PRIMARY KEY, body text NOT NULL)").await?;
        let mut news = PgListener::connect(url).await?;
        news.listen("bare").await?;
        let till = Connection::open(folder.join("bare-board.db"))?;
        till.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, body TEXT NOT NULL);",
        )?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(BenchError::socket)?;
        let address = listener.local_addr().map_err(BenchError::socket)?;
        let window = TcpStream::connect(address).await.map_err(BenchError::socket)?;
        let (out, _) = listener.accept().await.map_err(BenchError::socket)?;
        out.set_nodelay(true).map_err(BenchError::socket)?;
        Ok(Self { office, news, till, out, window, sent: 0 })
    }

    /// One order from end to end; gives the nanoseconds.
    pub async fn once(&mut self) -> Result<u64, BenchError> {
        self.sent += 1;
        let body = "x".repeat(BODY);
        let watch = Stopwatch::start();
        let mut transaction = self.office.begin().await?;
        sqlx::query("INSERT INTO bare.orders_sent VALUES ($1, $2)")
            .bind(self.sent)
            .bind(&body)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("SELECT pg_notify('bare', $1)").bind(self.sent.to_string()).execute(&mut *transaction).await?;
        transaction.commit().await?;
        let told = self.news.recv().await?;
        let id: i64 = told.payload().parse().unwrap_or(0);
        let body: String = sqlx::query_scalar("SELECT body FROM bare.orders_sent WHERE id = $1")
            .bind(id)
            .fetch_one(&mut self.office)
            .await?;
        self.till.execute("INSERT OR REPLACE INTO orders VALUES (?1, ?2)", (id, &body))?;
        let frame = format!("event: kitchen\ndata: {id}\n\n");
        self.out.write_all(frame.as_bytes()).await.map_err(BenchError::socket)?;
        let mut read = vec![0; frame.len()];
        self.window.read_exact(&mut read).await.map_err(BenchError::socket)?;
        Ok(watch.nanos())
    }
}
