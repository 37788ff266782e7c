//! The kitchen board and the open exceptions.

use std::collections::BTreeMap;

use docket_contracts::ApiError;
use docket_contracts::view::{
    AllDayView, ExceptionView, KitchenBoard, ReadyBoard, TicketChangeView, TicketLineView, TicketView,
};
use docket_domain::catalog::{Allergens, Catalogue};
use docket_domain::ids::OrderId;
use docket_domain::money::{Currency, Money, Quantity};
use docket_domain::order::LineState;
use docket_domain::order::exception::{ExceptionId, ExceptionKind};
use docket_domain::policy::{Operation, allows};
use docket_domain::staff::Role;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::order::bytes;
use crate::clock::wall_ms;
use crate::error::StoreError;
use crate::limits::{BOARD_READY_MAX, BOARD_TICKETS_MAX, EXCEPTIONS_MAX};
use crate::operation::plain_action_operation;
use crate::readmodel::{TicketBody, TicketChange, TicketLine};
use crate::session::Session;
use crate::terminal::Terminal;
use crate::view::Secrets;

/// Both lanes as they are at one moment: a ticket that goes from one to the other meanwhile is in one of them. What is
/// cooked stands in the order in which it came, what is ready the latest first.
fn lanes() -> String {
    format!(
        "SELECT * FROM (SELECT lane, sort_ms AS place, order_id, body FROM tickets WHERE lane = 'cooking' \
         ORDER BY sort_ms, order_id LIMIT {BOARD_TICKETS_MAX}) UNION ALL \
         SELECT * FROM (SELECT lane, -sort_ms, order_id, body FROM tickets WHERE lane = 'ready' \
         ORDER BY sort_ms DESC, order_id LIMIT {BOARD_READY_MAX}) ORDER BY 1, 2, 3"
    )
}

type Ticket = (OrderId, TicketBody);

fn lane_and_body(row: &SqliteRow) -> Result<(&str, &str), sqlx::Error> {
    Ok((row.try_get(0)?, row.try_get(3)?))
}

impl Terminal {
    pub(super) async fn kitchen_board(&self, session: &Session) -> Result<KitchenBoard, ApiError> {
        let (cooking, ready) = self.tickets().await?;
        let mut waiting = u32::try_from(cooking.len()).unwrap_or(u32::MAX);
        if waiting >= BOARD_TICKETS_MAX {
            let all = sqlx::query_scalar("SELECT count(*) FROM tickets WHERE lane = 'cooking'");
            waiting = all.fetch_one(&self.inner.readers).await.map_err(StoreError::from)?;
        }
        let all_day = all_day(&cooking);
        let secrets = self.secrets(cooking.iter().chain(&ready).filter_map(|(_, body)| body.note.as_ref())).await?;
        let shop = self.shop();
        let menu = shop.catalogue.as_deref();
        let draw = |tickets: Vec<Ticket>| {
            tickets.into_iter().map(|(id, body)| ticket_view(id, body, session.role, &secrets, menu)).collect()
        };
        Ok(KitchenBoard { cooking: draw(cooking), waiting, all_day, ready: draw(ready), as_of_ms: wall_ms() })
    }

    /// Asked by a screen on the wall, where nobody signs in.
    pub(crate) async fn ready_board(&self) -> Result<ReadyBoard, ApiError> {
        let called = |tickets: Vec<Ticket>| {
            let fetched = tickets.into_iter().filter(|(_, body)| body.table.is_none() && !body.cancelled);
            fetched.map(|(_, body)| body.label).collect()
        };
        let (cooking, ready) = self.tickets().await?;
        Ok(ReadyBoard { preparing: called(cooking), ready: called(ready) })
    }

    /// What is cooked, and what is ready.
    async fn tickets(&self) -> Result<(Vec<Ticket>, Vec<Ticket>), ApiError> {
        let found = sqlx::query(sqlx::AssertSqlSafe(lanes())).fetch_all(&self.inner.readers).await;
        let (mut cooking, mut ready) = (Vec::new(), Vec::new());
        for row in found.map_err(StoreError::from)? {
            let (lane, body) = lane_and_body(&row).map_err(StoreError::from)?;
            let body =
                serde_json::from_str(body).map_err(|error| StoreError::Corrupt(format!("tickets.body: {error}")))?;
            let ticket = (OrderId(Uuid::from_bytes(bytes(&row, 2)?)), body);
            if lane == "cooking" { cooking.push(ticket) } else { ready.push(ticket) }
        }
        Ok((cooking, ready))
    }

    pub(super) async fn exceptions(&self, session: &Session) -> Result<Vec<ExceptionView>, ApiError> {
        let rows = sqlx::query(
            "SELECT exception_id, order_id, kind, amount_minor, currency, label, \
             (SELECT coalesce(sum(captured_minor - refunded_minor), 0) FROM payments WHERE payments.order_id = exceptions.order_id) \
             FROM exceptions WHERE closed IS NULL ORDER BY exception_id LIMIT ?1",
        )
        .bind(EXCEPTIONS_MAX)
        .fetch_all(&self.inner.readers)
        .await
        .map_err(StoreError::from)?;
        let [may_close, may_refund] =
            [Operation::CloseException, Operation::Refund].map(|operation| allows(session.role, operation));
        rows.iter()
            .map(|row| {
                let kind: String = row.try_get(2)?;
                let kind: ExceptionKind = serde_json::from_value(serde_json::Value::String(kind))
                    .map_err(|error| StoreError::Corrupt(format!("exceptions.kind: {error}")))?;
                let currency =
                    Currency::try_from_code(row.try_get(4)?).map_err(|error| StoreError::Corrupt(error.to_string()))?;
                let (amount, left): (i64, i64) = (row.try_get(3)?, row.try_get(6)?);
                Ok(ExceptionView {
                    exception_id: ExceptionId(row.try_get(0)?),
                    order_id: OrderId(Uuid::from_bytes(bytes(row, 1)?)),
                    label: row.try_get(5)?,
                    kind,
                    amount: (amount != 0).then(|| Money::new(amount, currency)),
                    closed: None,
                    resolutions: if may_close { kind.resolutions().to_vec() } else { Vec::new() },
                    refund: may_refund && kind.takes_refund(amount, left),
                })
            })
            .collect::<Result<_, StoreError>>()
            .map_err(ApiError::from)
    }
}

/// Sums what waits or is under way, by name: the most wanted first.
fn all_day(cooking: &[(OrderId, TicketBody)]) -> Vec<AllDayView> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for line in cooking.iter().filter(|(_, body)| !body.cancelled).flat_map(|(_, body)| &body.lines) {
        if matches!(line.state, LineState::Fired | LineState::Started) {
            let sum = sums.entry(&line.name).or_default();
            *sum = sum.saturating_add(line.quantity.thousandths());
        }
    }
    let mut sums: Vec<(&str, i64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, thousandths)| std::cmp::Reverse(*thousandths));
    let view = |(name, thousandths): (&str, i64)| {
        let quantity = Quantity::try_from_thousandths(thousandths.min(Quantity::MAX_THOUSANDTHS)).ok()?;
        Some(AllDayView { name: name.to_owned(), quantity })
    };
    sums.into_iter().filter_map(view).collect()
}

fn ticket_view(
    order_id: OrderId,
    body: TicketBody,
    role: Role,
    secrets: &Secrets,
    menu: Option<&Catalogue>,
) -> TicketView {
    TicketView {
        order_id,
        label: body.label,
        order_type: body.order_type,
        table: body.table,
        note: body.note.as_ref().and_then(|note| secrets.open(note)),
        covers: body.covers,
        rush: body.rush,
        version: body.version,
        fired_at_ms: body.fired_at_ms,
        lines: body.lines.into_iter().map(|line| line_view(line, menu)).collect(),
        changes: body.changes.into_iter().map(change_view).collect(),
        actions: body.actions.into_iter().filter(|action| allows(role, plain_action_operation(*action))).collect(),
        cancelled: body.cancelled,
    }
}

/// What the menu says of the line's product and its choices. Of a product that the menu does not have, it says nothing:
/// a group of the same id is then another one.
fn allergens(line: &TicketLine, menu: &Catalogue) -> Allergens {
    let Some(product) = menu.product(line.product) else { return Allergens::default() };
    let choices = line.choices.iter().filter_map(|choice| menu.modifier_group(&choice.group)?.option(&choice.option));
    choices.map(|option| option.allergens).fold(product.allergens, Allergens::and)
}

fn line_view(line: TicketLine, menu: Option<&Catalogue>) -> TicketLineView {
    TicketLineView {
        allergens: menu.map(|menu| allergens(&line, menu)).unwrap_or_default().iter().collect(),
        line_id: line.id,
        name: line.name,
        quantity: line.quantity,
        modifiers: line.modifiers,
        note: line.note,
        state: line.state,
        round: line.round,
    }
}

fn change_view(change: TicketChange) -> TicketChangeView {
    TicketChangeView {
        fact_id: change.fact,
        kind: change.kind,
        line: (!change.lines.is_empty()).then(|| change.lines.join(", ")),
        reason: change.reason,
    }
}
