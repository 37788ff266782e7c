//! A recorded statement read back: SQLite tells the bound values as literals in its text; to replay it as it ran, they
//! are taken out again and bound.

use docket_terminal::record::Statement;
use rusqlite::types::Value;

/// A statement with the values that were bound to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// Text with `?1`, `?2`, …
    pub sql: String,
    /// Their values, from `?1` on.
    pub values: Vec<Value>,
}

/// Reads the values of a recorded statement; `None` if the two texts don't fit.
pub fn bound(statement: &Statement) -> Option<Bound> {
    let mut values: Vec<Option<Value>> = Vec::new();
    let (mut sql, mut expanded) = (statement.sql.as_str(), statement.expanded.as_str());
    while let Some(mark) = sql.find('?') {
        if sql[..mark] != expanded[..mark.min(expanded.len())] {
            return None;
        }
        sql = &sql[mark + 1..];
        let digits = sql.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = sql[..digits].parse().ok()?;
        sql = &sql[digits..];
        let (value, rest) = literal(&expanded[mark..])?;
        expanded = rest;
        if values.len() < number {
            values.resize(number, None);
        }
        values[number - 1] = Some(value);
    }
    (sql == expanded).then_some(())?;
    let values = values.into_iter().collect::<Option<_>>()?;
    Some(Bound { sql: statement.sql.clone(), values })
}

/// The literal that a text begins with, and what follows it.
fn literal(text: &str) -> Option<(Value, &str)> {
    if let Some(rest) = text.strip_prefix("NULL") {
        return Some((Value::Null, rest));
    }
    if let Some(rest) = text.strip_prefix("x'") {
        let (hex, rest) = rest.split_once('\'')?;
        let bytes = hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        return Some((Value::Blob(bytes.collect::<Option<_>>()?), rest));
    }
    if let Some(quoted) = text.strip_prefix('\'') {
        return quoted_text(quoted);
    }
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'-').count();
    Some((Value::Integer(text[..length].parse().ok()?), &text[length..]))
}

/// A text behind its opening quote; a quote inside of it is doubled.
fn quoted_text(mut text: &str) -> Option<(Value, &str)> {
    let mut value = String::new();
    loop {
        let (part, rest) = text.split_once('\'')?;
        value.push_str(part);
        match rest.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                text = more;
            }
            None => return Some((Value::Text(value), rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str, expanded: &str) -> Option<Vec<Value>> {
        bound(&Statement { sql: sql.into(), expanded: expanded.into() }).map(|bound| bound.values)
    }

    #[test]
    fn every_kind_of_value_is_read_back() {
        let values = read("VALUES (?1, ?2, ?3, ?4)", "VALUES (-7, 'it''s', x'00ff', NULL)");
        let expected = vec![Value::Integer(-7), Value::Text("it's".into()), Value::Blob(vec![0, 255]), Value::Null];
        assert_eq!(values, Some(expected));
        assert_eq!(read("COMMIT", "COMMIT"), Some(Vec::new()));
        assert_eq!(
            read("SET a = ?2 WHERE b = ?1", "SET a = 2 WHERE b = 1"),
            Some(vec![Value::Integer(1), Value::Integer(2)])
        );
    }

    #[test]
    fn texts_that_do_not_fit_are_refused() {
        assert_eq!(read("a = ?1", "b = 1"), None);
        assert_eq!(read("a = ?1;", "a = 1"), None);
    }
}
