//! Where a page goes on. The token names the filter and the caller's scope: with another one it is refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_domain::ids::{OrderId, TenantId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::allowed::Scope;
use crate::api::fault::Fault;
use crate::api::limits::{PAGE_DEFAULT, PAGE_MAX, PAGE_TOKEN_CHARS_MAX};
use crate::api::order::OrderFilter;

/// Which page is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// How many, 1 to 200; 0 means 50.
    pub size: u16,
    /// Where the page before ended.
    pub token: Option<String>,
}

impl PageRequest {
    /// How many orders the page has.
    ///
    /// # Errors
    /// [`Fault`] names `page_size`.
    pub fn checked_size(&self) -> Result<u16, Fault> {
        match self.size {
            0 => Ok(PAGE_DEFAULT),
            size if size <= PAGE_MAX => Ok(size),
            _ => Err(Fault::field("page_size", format!("is a whole number from 1 to {PAGE_MAX}"))),
        }
    }
}

/// The last order of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub opened_ms: i64,
    pub order_id: OrderId,
}

/// Bytes of the hash of a query.
const QUERY: usize = 8;

/// What a token belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query([u8; QUERY]);

impl Query {
    pub(super) fn of(tenant: TenantId, scope: &Scope, filter: &OrderFilter) -> Self {
        let text = format!("{tenant} {scope:?} {filter:?}");
        let hash = Sha256::digest(text.as_bytes());
        Query(std::array::from_fn(|place| hash[place]))
    }

    pub(super) fn token(self, mark: Mark) -> String {
        let bytes = [&self.0[..], &mark.opened_ms.to_be_bytes(), mark.order_id.0.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a token.
    ///
    /// # Errors
    /// [`Fault`] names `page_token`: it is no token, or one of another query.
    pub(super) fn read(self, token: &str) -> Result<Mark, Fault> {
        let fault = || Fault::field("page_token", "is the token of a page of this same query");
        if token.len() > PAGE_TOKEN_CHARS_MAX {
            return Err(fault());
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| fault())?;
        let bytes: [u8; QUERY + 24] = bytes.try_into().map_err(|_| fault())?;
        let (query, mark) = bytes.split_at(QUERY);
        let (opened, id) = mark.split_at(8);
        if query != self.0 {
            return Err(fault());
        }
        let opened_ms = i64::from_be_bytes(opened.try_into().map_err(|_| fault())?);
        Ok(Mark { opened_ms, order_id: OrderId(Uuid::from_slice(id).map_err(|_| fault())?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::caller::Stores;

    #[test]
    fn a_token_goes_with_its_own_query_only() {
        let tenant = TenantId(Uuid::from_u128(1));
        let scope = Scope { stores: Stores::All, customer: None };
        let filter = OrderFilter { status: Some("ready".into()), ..OrderFilter::default() };
        let mark = Mark { opened_ms: 1_772_332_200_000, order_id: OrderId(Uuid::from_u128(9)) };
        let query = Query::of(tenant, &scope, &filter);
        let token = query.token(mark);
        assert_eq!(query.read(&token), Ok(mark));
        let other = Query::of(tenant, &scope, &OrderFilter::default());
        for wrong in [other.read(&token), query.read(""), query.read("%%%"), query.read(&"A".repeat(10_000))] {
            assert_eq!(wrong.expect_err("it is refused").violations[0].field, "page_token");
        }
    }
}
