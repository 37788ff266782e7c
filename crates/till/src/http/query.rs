//! `GET /api/queries/NAME?field=value&…`: a query string read into the query's own input type, so that numbers and
//! truth values need no quotes and an unknown field is refused.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use docket_contracts::{ApiError, ErrorCode, QUERIES, query as q};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;

use super::problem::Problem;
use super::{Name, Shared, body, name_of};
use crate::host::Host;

pub(super) async fn query<H: Host>(
    State(app): State<Shared<H>>,
    name: Name,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let name = name_of(name);
    let session = body::session(&headers)?;
    let input = input_of(&name, raw.as_deref().unwrap_or_default())?;
    let answer = timeout(app.limits.request_timeout, app.host.query(session, &name, input)).await;
    let result = answer.unwrap_or_else(|_| Err(ApiError::new(ErrorCode::Busy, "", "no answer in time; ask again")));
    if let Err(error) = &result
        && error.code.http_status() >= 500
    {
        tracing::error!(query = name, code = error.code.as_str(), rule = error.rule, "query failed");
    }
    Ok(Json(result?))
}

/// The typed input of a query, from its query string.
///
/// # Errors
/// `unknown_query`, or `bad_input` naming the field.
fn input_of(name: &str, raw: &str) -> Result<Value, ApiError> {
    let entry = QUERIES.iter().find(|entry| entry.name == name);
    let unknown = || ApiError::new(ErrorCode::UnknownQuery, "name", "there is no such query");
    let read = entry.and_then(|entry| reader_of(entry.input)).ok_or_else(unknown)?;
    read(raw)
}

type Reader = fn(&str) -> Result<Value, ApiError>;

/// Input types by their name in the list; a test holds that none is missing.
fn reader_of(input_type: &str) -> Option<Reader> {
    match input_type {
        "Nothing" => Some(read::<q::Nothing>),
        "ByOrder" => Some(read::<q::ByOrder>),
        "ByReceipt" => Some(read::<q::ByReceipt>),
        "ListOrders" => Some(read::<q::ListOrders>),
        "ListProducts" => Some(read::<q::ListProducts>),
        "ByProduct" => Some(read::<q::ByProduct>),
        _ => None,
    }
}

fn read<T: DeserializeOwned + Serialize>(raw: &str) -> Result<Value, ApiError> {
    let input: T = super::body::typed(serde_urlencoded::Deserializer::new(form_urlencoded::parse(raw.as_bytes())))?;
    Ok(serde_json::to_value(input).expect("a query's input is plain data"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_query_of_the_list_has_a_reader() {
        for entry in QUERIES {
            assert!(reader_of(entry.input).is_some(), "{} takes {}", entry.name, entry.input);
        }
    }

    #[test]
    fn numbers_truth_values_and_enums_arrive_typed() {
        let input = input_of("orders", "limit=20&open=true&status=draft&from_day=20250102&text=caf%C3%A9+1").unwrap();
        assert_eq!(input["limit"], 20);
        assert_eq!(input["open"], true);
        assert_eq!(input["status"], "draft");
        assert_eq!(input["from_day"], 20_250_102);
        assert_eq!(input["text"], "café 1");
        assert_eq!(input["after"], Value::Null);
    }

    #[test]
    fn a_text_that_looks_like_a_number_stays_a_text() {
        assert_eq!(input_of("orders", "text=42").unwrap()["text"], "42");
        assert_eq!(input_of("products", "text=true").unwrap()["text"], "true");
    }

    #[test]
    fn a_fault_names_its_field() {
        for (raw, field) in
            [("limit=many", "limit"), ("open=perhaps", "open"), ("limit=1&limit=2", "limit"), ("colour=red", "colour")]
        {
            let error = input_of("orders", raw).unwrap_err();
            assert_eq!((error.code, error.field.as_str()), (ErrorCode::BadInput, field), "{raw}: {}", error.rule);
        }
        assert_eq!(input_of("order", "").unwrap_err().field, "order_id");
    }

    #[test]
    fn an_unknown_query_is_named_as_such() {
        assert_eq!(input_of("weather", "").unwrap_err().code, ErrorCode::UnknownQuery);
    }
}
