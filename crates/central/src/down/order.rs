//! The door for orders that are written at head office: ids and quantities come in, prices from the store's catalogue
//! are added here, and the same rules decide as at a till.

use std::sync::Arc;

use docket_domain::catalog::{Catalogue, LineRequest, Selection};
use docket_domain::ids::{DeviceId, EventId, LineId, OrderId, ProductId, StoreId, TenantId};
use docket_domain::money::{Money, Quantity};
use docket_domain::order::command::{DecideContext, NewLine, OrderCommand};
use docket_domain::order::fact::{DeviceClass, Fact, FactBody, Origin};
use docket_domain::order::line::OrderType;
use docket_domain::order::{Decision, NewFact, OrderState, decide};
use serde::Deserialize;
use sqlx::{Postgres, Transaction};

use super::{Act, Draft, OwnLogError, OwnLogs, catalogue};
use crate::clock::new_id;
use crate::limits::ORDER_LINES_MAX;

/// An order as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFile {
    /// The order, so that a repeat is the same act; a new one where it is left out.
    pub order_id: Option<OrderId>,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// The table's name.
    pub table: Option<String>,
    /// What is ordered.
    pub lines: Vec<OrderLine>,
}

/// A line of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The product of the store's catalogue.
    pub product_id: ProductId,
    /// How many, as a decimal.
    pub quantity: String,
    /// What is chosen with it.
    #[serde(default)]
    pub modifiers: Vec<Selection>,
    /// The price of one, for a product whose price is asked for.
    pub open_price: Option<String>,
    /// A word to the kitchen.
    pub note: Option<String>,
}

/// Why an order was not taken.
#[derive(Debug, thiserror::Error)]
pub enum OrderDoorError {
    /// The log could not be written.
    #[error(transparent)]
    Log(#[from] OwnLogError),
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// There is nothing to sell.
    #[error("store: no catalogue of it is held here")]
    NoCatalogue,
    /// Too many lines.
    #[error("lines: are at most {ORDER_LINES_MAX}")]
    TooManyLines,
    /// A line that can't be sold.
    #[error("lines[{index}].{field}: {rule}")]
    Line {
        /// Place in the file, from 0.
        index: usize,
        /// The field.
        field: String,
        /// What it must be.
        rule: String,
    },
    /// The rules of orders refuse it.
    #[error("{field}: {rule}")]
    Rejected {
        /// The field.
        field: String,
        /// What it must be.
        rule: String,
    },
}

fn rejected(rejection: &docket_domain::order::Rejection) -> OrderDoorError {
    OrderDoorError::Rejected { field: rejection.field().to_owned(), rule: rejection.to_string() }
}

/// Opens an order in a store, and sends it to the kitchen. An order that is there already is left as it is.
///
/// # Errors
/// [`OrderDoorError`] names field and rule.
pub async fn add_order(
    logs: &OwnLogs,
    tenant: TenantId,
    store: StoreId,
    file: &OrderFile,
) -> Result<OrderId, OrderDoorError> {
    let order_id = file.order_id.unwrap_or_else(|| OrderId(new_id()));
    // The store's turn: two orders do not get one number.
    let mut act = logs.begin(tenant, store).await?;
    let sql = "SELECT 1 FROM central.orders WHERE tenant = $1 AND order_id = $2 AND status IS NOT NULL";
    let known: Option<i32> =
        sqlx::query_scalar(sql).bind(tenant.0).bind(order_id.0).fetch_optional(&mut **act.transaction()).await?;
    if known.is_some() {
        return Ok(order_id);
    }
    let found = catalogue::in_effect(act.transaction(), tenant, store).await?;
    let catalogue = found.and_then(|(_, catalogue)| catalogue).ok_or(OrderDoorError::NoCatalogue)?;
    let day = act.business_day();
    let label = next_label(&mut act, tenant, store, day).await?;
    let facts = decide_all(order_id, label, file, &catalogue, DeviceId(tenant.0))?;
    let drafts = facts.iter().map(|fact| Draft::of_order(order_id, fact, None)).collect();
    act.commit("program:order-door", new_id(), drafts).await?;
    Ok(order_id)
}

/// Opening, lines, placing and firing, as the rules of orders give them.
fn decide_all(
    order_id: OrderId,
    label: String,
    file: &OrderFile,
    catalogue: &Catalogue,
    device: DeviceId,
) -> Result<Vec<NewFact>, OrderDoorError> {
    if file.lines.len() > ORDER_LINES_MAX {
        return Err(OrderDoorError::TooManyLines);
    }
    let lines = file.lines.iter().enumerate().map(|(index, line)| new_line(catalogue, index, line));
    let create = OrderCommand::Create {
        order_id,
        label,
        order_type: file.order_type,
        table: file.table.clone(),
        terms: catalogue.terms(),
        lines: lines.collect::<Result<_, _>>()?,
    };
    let context = DecideContext { device };
    let mut ids = std::iter::repeat_with(|| EventId(new_id()));
    let mut facts = Vec::new();
    let mut state = OrderState::new(order_id);
    for command in [create, OrderCommand::Send] {
        let order = state.derive();
        let decision = decide(order.as_ref(), &command, &context, &mut ids).map_err(|error| rejected(&error))?;
        let Decision::Events(new) = decision else { continue };
        for fact in new {
            state.evolve(foreseen(&fact, facts.len(), device));
            facts.push(fact);
        }
    }
    Ok(facts)
}

/// A fact as the fold sees it before it has its place: only that it follows the one before matters here.
pub(crate) fn foreseen(fact: &NewFact, before: usize, device: DeviceId) -> Fact {
    let place = u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1);
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&place.to_be_bytes());
    Fact {
        id: fact.id,
        origin: Origin { log: docket_log::LogId([0; 16]), seq: place, device, class: DeviceClass::Central },
        seen: Vec::new(),
        clock: place,
        hash,
        wall_time_ms: 0,
        business_day: 19_700_101,
        body: FactBody::Known(fact.event.clone()),
    }
}

fn new_line(catalogue: &Catalogue, index: usize, line: &OrderLine) -> Result<NewLine, OrderDoorError> {
    let fault = |field: &str, rule: String| OrderDoorError::Line { index, field: field.to_owned(), rule };
    let quantity = Quantity::parse(&line.quantity).map_err(|error| fault("quantity", error.to_string()))?;
    let price = line.open_price.as_deref().map(|text| Money::parse(text, catalogue.currency()));
    let price = price.transpose().map_err(|error| fault("open_price", error.to_string()))?;
    let request = LineRequest {
        product_id: line.product_id,
        quantity,
        selections: &line.modifiers,
        open_price_minor: price.map(|price| price.minor()),
        note: line.note.as_deref().map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned),
    };
    let content =
        catalogue.line_content(&request).map_err(|rejection| fault(rejection.field(), rejection.rule().to_string()))?;
    Ok(NewLine { line_id: LineId(new_id()), content: Arc::new(content) })
}

/// Orders of head office in a store on a day that has no counter yet: those of before there was one. Begins the counter.
pub(crate) async fn count(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
    business_day: i32,
) -> Result<i64, sqlx::Error> {
    let sql = "INSERT INTO central.own_labels AS l (tenant, store, business_day, given) SELECT $1, $2, $3, \
         (SELECT count(*) FROM central.orders o WHERE o.tenant = $1 AND o.store = $2 AND o.business_day = $3 \
         AND o.label LIKE 'HO-%') RETURNING given";
    sqlx::query_scalar(sql).bind(tenant.0).bind(store.0).bind(business_day).fetch_one(&mut **transaction).await
}

/// The next order number of the day.
async fn next_label(act: &mut Act, tenant: TenantId, store: StoreId, business_day: i32) -> Result<String, sqlx::Error> {
    let last = match act.last_number(business_day) {
        Some(last) => last,
        None => count(act.transaction(), tenant, store, business_day).await?,
    };
    let number = last + 1;
    sqlx::query("UPDATE central.own_labels SET given = $4 WHERE tenant = $1 AND store = $2 AND business_day = $3")
        .bind(tenant.0)
        .bind(store.0)
        .bind(business_day)
        .bind(number)
        .execute(&mut **act.transaction())
        .await?;
    Ok(label(number))
}

/// An order number. Its letters are head office's own, so that no till gives the same.
pub(crate) fn label(number: i64) -> String {
    format!("HO-{number:03}")
}
