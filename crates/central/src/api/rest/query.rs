//! What stands behind the question mark.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::DateTime;
use docket_contracts::integration::EventKind;
use docket_domain::ids::{OrderId, StoreId, SubjectId};
use docket_domain::order::OrderStatus;
use docket_domain::order::line::OrderType;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::body::explained;
use super::problem::Problem;
use super::schema;
use crate::api::fault::Fault;
use crate::api::feed::FeedFilter;
use crate::api::order::OrderFilter;
use crate::api::webhooks::DeliveryState;

/// A query.
pub(super) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(parts.uri.query().unwrap_or_default()).map(Query).map_err(Problem::from)
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, Fault> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        let fault = explained(&path, &error.into_inner().to_string(), false);
        if fault.violations[0].field == "body" {
            Fault::field("query", fault.violations[0].rule.clone())
        } else {
            fault
        }
    })
}

/// Which orders are listed, and which page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OrderQuery {
    /// With this status.
    #[serde(default)]
    #[param(schema_with = schema::order_status)]
    pub status: Option<OrderStatus>,
    /// Of this type.
    #[serde(default, rename = "type")]
    #[param(rename = "type", schema_with = schema::order_type)]
    pub order_type: Option<OrderType>,
    /// Of this store.
    #[serde(default)]
    #[param(schema_with = schema::uuid)]
    pub store: Option<StoreId>,
    /// Of this customer.
    #[serde(default)]
    #[param(schema_with = schema::uuid)]
    pub customer: Option<SubjectId>,
    /// Opened at or after, RFC 3339.
    #[serde(default)]
    #[param(schema_with = schema::date_time)]
    pub from: Option<String>,
    /// Opened before, RFC 3339.
    #[serde(default)]
    #[param(schema_with = schema::date_time)]
    pub to: Option<String>,
    /// How many; 50 where it is left out.
    #[serde(default)]
    #[param(schema_with = schema::page_size)]
    pub page_size: Option<u16>,
    /// Where the page before ended: `next_page_token` of it, with the same filter.
    #[serde(default)]
    #[param(schema_with = schema::token)]
    pub page_token: Option<String>,
}

impl OrderQuery {
    /// The filter.
    ///
    /// # Errors
    /// A fault on `from` or `to`.
    pub(super) fn filter(&self) -> Result<OrderFilter, Fault> {
        let time = |name: &str, text: &Option<String>| text.as_deref().map(|text| milliseconds(name, text)).transpose();
        Ok(OrderFilter {
            status: self.status.map(|status| status.as_str().to_owned()),
            order_type: self.order_type,
            store_id: self.store,
            customer_id: self.customer,
            from_ms: time("from", &self.from)?,
            to_ms: time("to", &self.to)?,
        })
    }
}

fn milliseconds(name: &str, text: &str) -> Result<i64, Fault> {
    let rule = "must be a time as RFC 3339 has it, such as 2026-03-01T11:30:00Z";
    DateTime::parse_from_rfc3339(text).map(|time| time.timestamp_millis()).map_err(|_| Fault::field(name, rule))
}

/// A page size that a list takes.
///
/// # Errors
/// A fault on `page_size`.
pub(super) fn page_size(asked: Option<u16>, default: u16, max: u16) -> Result<u16, Fault> {
    match asked {
        None => Ok(default),
        Some(size) if (1..=max).contains(&size) => Ok(size),
        Some(_) => Err(Fault::field("page_size", format!("must be a whole number from 1 to {max}"))),
    }
}

/// Which events are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventQuery {
    /// Behind this position; from the oldest that is kept where it is left out.
    #[serde(default)]
    #[param(schema_with = schema::position)]
    pub after: Option<String>,
    /// How many; 100 where it is left out.
    #[serde(default)]
    #[param(schema_with = schema::feed_page_size)]
    pub page_size: Option<u16>,
    /// Kinds, joined by commas; every kind where it is left out.
    #[serde(default)]
    #[param(schema_with = schema::event_types)]
    pub types: Option<String>,
    /// Of this store.
    #[serde(default)]
    #[param(schema_with = schema::uuid)]
    pub store: Option<StoreId>,
    /// Of this customer's orders.
    #[serde(default)]
    #[param(schema_with = schema::uuid)]
    pub customer: Option<SubjectId>,
}

/// Which events of one order are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OrderEventQuery {
    /// Behind this position; from the oldest that is kept where it is left out.
    #[serde(default)]
    #[param(schema_with = schema::position)]
    pub after: Option<String>,
    /// How many; 100 where it is left out.
    #[serde(default)]
    #[param(schema_with = schema::feed_page_size)]
    pub page_size: Option<u16>,
}

impl EventQuery {
    /// The filter.
    ///
    /// # Errors
    /// A fault on `types`.
    pub(super) fn filter(&self, order: Option<OrderId>) -> Result<FeedFilter, Fault> {
        let names = self.types.as_deref().into_iter().flat_map(|list| list.split(','));
        let kind = |name: &str| {
            EventKind::from_type(name).ok_or_else(|| Fault::field("types", "must be kinds of events, joined by commas"))
        };
        let kinds = names.map(kind).collect::<Result<_, _>>()?;
        Ok(FeedFilter { store: self.store, customer: self.customer, order, kinds })
    }
}

/// Which deliveries are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveryQuery {
    /// In this state.
    #[serde(default)]
    #[param(inline)]
    pub state: Option<DeliveryState>,
    /// How many; 50 where it is left out.
    #[serde(default)]
    #[param(schema_with = schema::page_size)]
    pub page_size: Option<u16>,
    /// Where the page before ended.
    #[serde(default)]
    #[param(schema_with = schema::position)]
    pub page_token: Option<String>,
}

/// The address of the next page: the same query with another `name`.
pub(super) fn next_link(path: &str, query: Option<&str>, name: &str, value: &str) -> String {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    for (key, kept) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()).filter(|(key, _)| key != name) {
        pairs.append_pair(&key, &kept);
    }
    pairs.append_pair(name, value);
    format!("<{path}?{}>; rel=\"next\"", pairs.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_and_what_is_wrong_with_it_is_named() {
        let id = uuid::Uuid::from_u128(7);
        let text = format!("status=ready&type=take_away&store={id}&from=2026-03-01T11%3A30%3A00%2B01%3A00&page_size=7");
        let filter = read::<OrderQuery>(&text).expect("it holds").filter().expect("times hold");
        assert_eq!((filter.status.as_deref(), filter.store_id), (Some("ready"), Some(StoreId(id))));
        assert_eq!(filter.from_ms, Some(1_772_361_000_000));
        for (text, field) in [
            ("colour=red", "colour"),
            ("status=lost", "status"),
            ("page_size=-1", "page_size"),
            ("page_size=70000", "page_size"),
            ("store=7", "store"),
            ("status=ready&status=ready", "status"),
        ] {
            assert_eq!(read::<OrderQuery>(text).expect_err(text).violations[0].field, field, "{text}");
        }
        let query = OrderQuery { to: Some("yesterday".into()), ..OrderQuery::default() };
        assert_eq!(query.filter().expect_err("no time").violations[0].field, "to");
    }

    #[test]
    fn the_next_page_keeps_the_filter() {
        let link = next_link("/api/v1/orders", Some("status=ready&page_token=old&from=a%20b"), "page_token", "new+");
        assert_eq!(link, "</api/v1/orders?status=ready&from=a+b&page_token=new%2B>; rel=\"next\"");
    }
}
