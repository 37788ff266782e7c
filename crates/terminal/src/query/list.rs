//! The list of orders: one SQL statement a page, by keyset.

use std::fmt::Write as _;

use docket_contracts::query::ListOrders;
use docket_contracts::view::{OrderPage, OrderRow};
use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::{OrderId, PersonId};
use docket_domain::money::{Currency, Money};
use docket_domain::order::line::OrderType;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::order::bytes;
use crate::error::{StoreError, refuse};
use crate::limits::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, SEARCH_PREFIX_MAX, SEARCH_TEXT_MAX};
use crate::readmodel::type_text;
use crate::terminal::Terminal;
use crate::view::People;

/// A value bound to the statement.
enum Bound {
    Text(String),
    Number(i64),
    Bytes(Vec<u8>),
}

impl Terminal {
    pub(super) async fn orders(&self, input: ListOrders) -> Result<OrderPage, ApiError> {
        let limit = limit(input.limit, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX)?;
        let (sql, bounds) = statement(&input, limit)?;
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for bound in bounds {
            query = match bound {
                Bound::Text(text) => query.bind(text),
                Bound::Number(number) => query.bind(number),
                Bound::Bytes(bytes) => query.bind(bytes),
            };
        }
        let mut rows = query.fetch_all(&self.inner.readers).await.map_err(StoreError::from)?;
        let more = rows.len() > usize::try_from(limit).expect("a page is small");
        rows.truncate(usize::try_from(limit).expect("a page is small"));
        let next = match rows.last().filter(|_| more) {
            Some(last) => Some(format!(
                "{}-{}",
                last.try_get::<i64, _>(13).map_err(StoreError::from)?,
                last.try_get::<i64, _>(0).map_err(StoreError::from)?
            )),
            None => None,
        };
        let people = People(self.shop().names.clone());
        let rows = rows.iter().map(|row| order_row(row, &people)).collect::<Result<_, StoreError>>()?;
        Ok(OrderPage { rows, next })
    }
}

/// The rows that a page may have.
pub(super) fn limit(asked: Option<u32>, default: u32, max: u32) -> Result<u32, ApiError> {
    match asked.unwrap_or(default) {
        limit if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(refuse(ErrorCode::LimitOutOfRange, "limit", format!("limit lies between 1 and {max}"))),
    }
}

fn statement(input: &ListOrders, limit: u32) -> Result<(String, Vec<Bound>), ApiError> {
    let mut sql = String::from(
        "SELECT order_no, order_id, label, status, order_type, table_name, summary, currency, total_minor, balance_minor, exceptions, \
         opened_by, opened_at_ms, business_day FROM ",
    );
    let text = input.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    // The full-text index leads, newest order first, and is left when the page is full; as a mere set of numbers it
    // would have to be read to its end. So a search goes by the number of an order alone, which rises as orders arrive.
    sql.push_str(match text {
        Some(_) => "orders_text CROSS JOIN orders ON order_no = orders_text.rowid WHERE 1",
        None => "orders WHERE 1",
    });
    let mut bounds = Vec::new();
    let mut filter = |condition: &str, bound: Bound| {
        bounds.push(bound);
        let _ = write!(sql, " AND {}", condition.replace('?', &format!("?{}", bounds.len())));
    };
    if let Some(status) = input.status {
        filter("status = ?", Bound::Text(status.as_str().to_owned()));
    }
    if let Some(order_type) = input.order_type {
        filter("order_type = ?", Bound::Text(type_text(order_type).to_owned()));
    }
    if let Some(day) = input.from_day {
        filter("business_day >= ?", Bound::Number(day.into()));
    }
    if let Some(day) = input.to_day {
        filter("business_day <= ?", Bound::Number(day.into()));
    }
    if let Some(PersonId(person)) = input.person_id {
        filter("opened_by = ?", Bound::Bytes(person.as_bytes().to_vec()));
    }
    if let Some(text) = text {
        filter("orders_text MATCH ?", Bound::Text(match_text(text)?));
    }
    let cursor = input.after.as_deref().map(cursor_of).transpose()?;
    match cursor {
        Some((_, number)) if text.is_some() => filter("orders_text.rowid < ?", Bound::Number(number)),
        Some((day, number)) => {
            filter("business_day <= ?", Bound::Number(day));
            bounds.push(Bound::Number(day));
            bounds.push(Bound::Number(number));
            let _ = write!(sql, " AND (business_day, order_no) < (?{}, ?{})", bounds.len() - 1, bounds.len());
        }
        None => {}
    }
    // A literal, so that SQLite sees that the partial index of open orders fits.
    match input.open {
        Some(true) => sql.push_str(" AND open = 1"),
        Some(false) => sql.push_str(" AND open = 0"),
        None => {}
    }
    let order = if text.is_some() { "orders_text.rowid DESC" } else { "business_day DESC, order_no DESC" };
    let _ = write!(sql, " ORDER BY {order} LIMIT {}", limit + 1);
    Ok((sql, bounds))
}

/// Each word becomes a prefix in quotes, so that no text is read as a query language. Letters beyond the longest prefix
/// that the index holds don't count: without its own list, a prefix would be gathered from every word that has it.
fn match_text(text: &str) -> Result<String, ApiError> {
    if text.chars().count() > SEARCH_TEXT_MAX {
        return Err(refuse(ErrorCode::TextTooLong, "text", format!("text has at most {SEARCH_TEXT_MAX} characters")));
    }
    // Signs split words in the index too.
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| format!("\"{}\"*", word.chars().take(SEARCH_PREFIX_MAX).collect::<String>()))
        .collect();
    if words.is_empty() {
        return Err(refuse(ErrorCode::BadInput, "text", "text holds at least one letter or digit"));
    }
    Ok(words.join(" "))
}

fn cursor_of(text: &str) -> Result<(i64, i64), ApiError> {
    text.split_once('-')
        .and_then(|(day, number)| Some((day.parse().ok()?, number.parse().ok()?)))
        .ok_or_else(|| refuse(ErrorCode::CursorInvalid, "after", "after is the `next` of an earlier page"))
}

fn order_row(row: &SqliteRow, people: &People) -> Result<OrderRow, StoreError> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("orders.{what} can't be read"));
    let currency = Currency::try_from_code(row.try_get(7)?).map_err(|_| corrupt("currency"))?;
    let status: &str = row.try_get(3)?;
    let order_type = match row.try_get(4)? {
        "counter" => OrderType::Counter,
        "dine_in" => OrderType::DineIn,
        "take_away" => OrderType::TakeAway,
        _ => return Err(corrupt("order_type")),
    };
    let opened_by: Option<&[u8]> = row.try_get(11)?;
    let person = opened_by.and_then(|bytes| Uuid::from_slice(bytes).ok()).map(PersonId);
    Ok(OrderRow {
        order_id: OrderId(Uuid::from_bytes(bytes(row, 1)?)),
        label: row.try_get(2)?,
        status: docket_contracts::view::OrderStatus::ALL
            .into_iter()
            .find(|known| known.as_str() == status)
            .ok_or_else(|| corrupt("status"))?,
        order_type,
        table: row.try_get(5)?,
        summary: row.try_get(6)?,
        total: Money::new(row.try_get(8)?, currency),
        balance: Money::new(row.try_get(9)?, currency),
        exceptions: row.try_get(10)?,
        opened_by: people.name(person),
        opened_at_ms: row.try_get(12)?,
        business_day: row.try_get(13)?,
    })
}
