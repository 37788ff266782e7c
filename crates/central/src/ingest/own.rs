//! An act of head office at its plainest, as most are: rows that go on from the head of its log, and the orders that they
//! open. They are written in one statement, with what else their caller writes.

use std::mem;

use docket_sync::Item;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::columns::{OrderColumns, OutboxColumns};
use super::rows::{Tail, bind_rows};

/// Writes what [`Unwritten::bind`] binds, `$1` (the tenant) to `$56`: the head of a statement, whose tail another one is.
macro_rules! own_rows {
    () => {
        concat!(
            "WITH head AS (",
            $crate::ingest::rows::heads!(),
            "), stored AS (",
            $crate::ingest::rows::rows!(),
            "), made AS (",
            $crate::ingest::columns::making!(
                "$28::uuid[], $29::uuid[], $30::bigint[], $31::text[], $32::text[], $33::text[], $34::text[], \
                 $35::text[], $36::bigint[], $37::bigint[], $38::bigint[], $39::int[], $40::bigint[], $41::uuid[], \
                 $42::bool[], $43::int[], $44::text[]"
            ),
            "), sent AS (",
            $crate::ingest::columns::sending!(
                "$45",
                "$46::uuid[], $47::int[], $48::text[], $49::uuid[], $50::uuid[], $51::text[], $52::bigint[], \
                 $53::uuid[], $54::uuid[], $55::text[], $56::bytea[]",
                ""
            ),
            ")"
        )
    };
}
pub(crate) use own_rows;

/// The statement where there is nothing else.
pub(crate) const OWN_ROWS: &str = concat!(own_rows!(), " SELECT 1");

/// What is checked and folded, and not written yet.
#[derive(Debug)]
pub(crate) struct Unwritten {
    pub(super) tail: Tail,
    pub(super) orders: OrderColumns,
    pub(super) outbox: OutboxColumns,
}

impl Unwritten {
    /// Binds it, with the rows. It is used up then.
    pub(crate) fn bind<'q>(&'q mut self, sql: &'static str, items: &'q [Item]) -> Query<'q, Postgres, PgArguments> {
        let (orders, outbox) = (mem::take(&mut self.orders), mem::take(&mut self.outbox));
        outbox.bind(orders.bind(bind_rows(sql, items.iter(), &self.tail)))
    }
}
