//! Queries: answered on read-only connections, beside the writer.

mod board;
mod catalogue;
mod history;
mod list;
mod order;
mod status;

use docket_contracts::view::{PersonView, SessionView};
use docket_contracts::{ApiError, ErrorCode, Query};

use crate::error::refuse;
use crate::session::Session;
use crate::terminal::Terminal;

pub(crate) fn to_json<T: serde::Serialize>(view: &T) -> Result<serde_json::Value, ApiError> {
    serde_json::to_value(view)
        .map_err(|error| refuse(ErrorCode::StoreFailed, "", format!("the answer can't be written: {error}")))
}

impl Terminal {
    pub(crate) async fn answer(&self, session: &Session, query: Query) -> Result<serde_json::Value, ApiError> {
        match query {
            Query::Shop(_) => to_json(&self.shop_view().await?),
            Query::Staff(_) => to_json(&self.staff_view()),
            Query::Session(_) => to_json(&session_view(session)),
            Query::Order(input) => to_json(&self.order(session, input.order_id).await?),
            Query::Orders(input) => to_json(&self.orders(input).await?),
            Query::History(input) => to_json(&self.history(input.order_id).await?),
            Query::KitchenBoard(_) => to_json(&self.kitchen_board(session).await?),
            Query::ReadyBoard(_) => to_json(&self.ready_board().await?),
            Query::Exceptions(_) => to_json(&self.exceptions(session).await?),
            Query::Catalogue(_) => to_json(&self.catalogue()?),
            Query::Products(input) => to_json(&self.products(input).await?),
            Query::Product(input) => to_json(&self.product(input.product_id)?),
            Query::Receipt(input) => to_json(&self.receipt(input).await?),
            Query::PriceDocument(input) => to_json(&self.price_document(input.order_id).await?),
            Query::Status(_) => to_json(&self.status().await?),
        }
    }
}

fn session_view(session: &Session) -> SessionView {
    let person = PersonView { person_id: session.person_id, name: session.name.clone(), role: session.role };
    SessionView { session_id: session.id, person, station: session.station.clone() }
}
