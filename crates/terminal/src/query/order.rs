//! One order, folded from its stream.

use docket_contracts::query::ByReceipt;
use docket_contracts::view::{OrderView, PriceDocument, ReceiptView};
use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::{DeviceId, LogId, OrderId, PersonId, StoreId, SubjectId};
use docket_domain::order::Order;
use docket_domain::order::event::Sealed;
use docket_log::{Hash, Row, Signature};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::actor;
use crate::error::{StoreError, refuse};
use crate::session::Session;
use crate::store::events::{Author, class_from, stream_sql};
use crate::store::former;
use crate::subjects::KEY_BYTES;
use crate::terminal::Terminal;
use crate::view::{People, Secrets, order_view, price_json, receipt_view};
use crate::writer::fold;

/// An order as a reader found it.
pub(crate) struct Found {
    pub(crate) order: Order,
    pub(super) opened_by: Option<PersonId>,
    pub(super) device: DeviceId,
    /// The store that it was opened in, where this till was in that one before.
    pub(super) former: Option<StoreId>,
    pub(super) rows: Vec<Row>,
    pub(super) authors: Vec<(LogId, Author)>,
}

impl Terminal {
    pub(super) async fn order(&self, session: &Session, order_id: OrderId) -> Result<OrderView, ApiError> {
        let found = self.find(order_id).await?;
        let secrets = self.secrets([found.order.note(), found.order.customer()].into_iter().flatten()).await?;
        let people = People(self.shop().names.clone());
        let mut view = order_view(&found.order, found.opened_by, session.role, found.device, &people, &secrets);
        if found.former.is_some() {
            close(&mut view);
        }
        Ok(view)
    }

    pub(super) async fn receipt(&self, input: ByReceipt) -> Result<ReceiptView, ApiError> {
        let found = self.find(input.order_id).await?;
        let shop = self.shop();
        let payment = match input.payment_id {
            None => found.order.payments.last(),
            Some(id) => Some(found.order.payments.iter().find(|payment| payment.id == id).ok_or_else(|| {
                refuse(ErrorCode::PaymentNotFound, "payment_id", "the order has no payment with this id")
            })?),
        };
        let cashier = payment
            .and_then(|payment| found.rows.iter().find(|row| row.event_id == payment.fact.0))
            .map_or(found.opened_by, |row| actor::parse(&row.actor).person_id);
        let former = match found.former {
            Some(store) => self.former_name(store).await?,
            None => None,
        };
        let name = shop.set_up.as_ref().map_or("", |shop| shop.name.as_str());
        let name = former.as_deref().unwrap_or(name);
        let number = payment.map(|payment| (&payment.receipt, payment.paid_at_ms));
        Ok(receipt_view(name, &found.order, cashier, number, &People(shop.names.clone())))
    }

    pub(super) async fn price_document(&self, order_id: OrderId) -> Result<PriceDocument, ApiError> {
        let found = self.find(order_id).await?;
        Ok(PriceDocument(price_json(&found.order)))
    }

    /// Reads and folds an order.
    pub(crate) async fn find(&self, order_id: OrderId) -> Result<Found, ApiError> {
        let stored = sqlx::query(sqlx::AssertSqlSafe(stream_sql()))
            .bind(&order_id.0.as_bytes()[..])
            .fetch_all(&self.inner.readers)
            .await
            .map_err(StoreError::from)?;
        let mut rows: Vec<Row> = stored.iter().filter_map(|row| row_of(row).ok()).collect();
        rows.dedup_by(|row, before| row.hash == before.hash && row.seq == before.seq && row.log == before.log);
        if rows.first().is_none_or(|row| row.stream_kind != "order") {
            return Err(refuse(ErrorCode::OrderNotFound, "order_id", "there is no order with this id"));
        }
        let authors = self.authors().await?;
        let author = |row: &Row| authors.iter().find(|(log, _)| *log == row.log).map(|(_, author)| *author);
        let (state, opened_by) = fold(order_id, &rows, author, &self.inner.shared.histories())?;
        let device = self.device(&authors)?;
        let order = state.derive().ok_or_else(|| {
            refuse(ErrorCode::OrderNotFound, "order_id", "the order's opening has not arrived here yet")
        })?;
        let histories = self.inner.shared.histories();
        let mut openings = rows.iter().filter(|row| row.event_type == "order.opened");
        let former = openings.find_map(|row| histories.former().get(&row.log).copied());
        Ok(Found { order, opened_by, device, former, rows, authors })
    }

    /// What a store that this till was in before was called, where that is known.
    async fn former_name(&self, store: StoreId) -> Result<Option<String>, ApiError> {
        let data = self.inner.data.clone();
        let read = move || former::all(&crate::store::open_reader(&data)?);
        let all = tokio::task::spawn_blocking(read).await;
        let all = all.map_err(|error| refuse(ErrorCode::StoreFailed, "", error.to_string()))??;
        let found = all.into_iter().find(|former| former.store == store);
        Ok(found.map(|former| former.name).filter(|name| !name.is_empty()))
    }

    fn device(&self, authors: &[(LogId, Author)]) -> Result<DeviceId, ApiError> {
        let log = self.inner.shared.health().log;
        authors
            .iter()
            .find(|(known, _)| *known == log)
            .map(|(_, author)| author.device)
            .ok_or_else(|| StoreError::Corrupt("the open log is not known".into()).into())
    }

    async fn authors(&self) -> Result<Vec<(LogId, Author)>, ApiError> {
        let rows = sqlx::query("SELECT log_id, device_id, device_class FROM logs")
            .fetch_all(&self.inner.readers)
            .await
            .map_err(StoreError::from)?;
        rows.iter()
            .map(|row| {
                let class: &str = row.try_get(2)?;
                Ok((
                    LogId(bytes(row, 0)?),
                    Author { device: DeviceId(Uuid::from_bytes(bytes(row, 1)?)), class: class_from(class) },
                ))
            })
            .collect::<Result<_, StoreError>>()
            .map_err(ApiError::from)
    }

    /// The keys of the guests whose text is to be opened.
    pub(super) async fn secrets(&self, sealed: impl Iterator<Item = &Sealed>) -> Result<Secrets, ApiError> {
        let mut secrets = Secrets::default();
        for subject in sealed.map(|sealed| sealed.subject) {
            if secrets.0.contains_key(&subject) {
                continue;
            }
            if let Some(key) = self.subject_key(subject).await? {
                secrets.0.insert(subject, key);
            }
        }
        Ok(secrets)
    }

    async fn subject_key(&self, subject: SubjectId) -> Result<Option<[u8; KEY_BYTES]>, ApiError> {
        let row = sqlx::query("SELECT key FROM subject_keys WHERE subject_id = ?1")
            .bind(&subject.0.as_bytes()[..])
            .fetch_optional(&self.inner.readers)
            .await
            .map_err(StoreError::from)?;
        Ok(row.map(|row| bytes(&row, 0)).transpose()?)
    }
}

/// An order of a former store: nothing about it changes any more.
fn close(view: &mut OrderView) {
    view.archived = true;
    view.actions.clear();
    view.refundable.clear();
    view.cash_suggestions.clear();
    view.lines.iter_mut().for_each(|line| line.editable = false);
}

pub(super) fn bytes<const N: usize>(row: &SqliteRow, index: usize) -> Result<[u8; N], StoreError> {
    let blob: &[u8] = row.try_get(index)?;
    blob.try_into().map_err(|_| StoreError::Corrupt(format!("column {index} does not hold {N} bytes")))
}

fn unsigned(row: &SqliteRow, index: usize) -> Result<u64, StoreError> {
    let value: i64 = row.try_get(index)?;
    u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("column {index} is negative")))
}

fn row_of(row: &SqliteRow) -> Result<Row, StoreError> {
    let causation: Option<&[u8]> = row.try_get(11)?;
    let signature: Option<&[u8]> = row.try_get(16)?;
    Ok(Row {
        log: LogId(bytes(row, 0)?),
        seq: unsigned(row, 1)?,
        event_id: Uuid::from_bytes(bytes(row, 2)?),
        stream_kind: row.try_get::<String, _>(3)?.into(),
        stream_id: Uuid::from_bytes(bytes(row, 4)?),
        seen: row.try_get(5)?,
        event_type: row.try_get::<String, _>(6)?.into(),
        schema_version: row.try_get(7)?,
        payload: row.try_get(8)?,
        actor: row.try_get(9)?,
        correlation_id: Uuid::from_bytes(bytes(row, 10)?),
        causation_id: causation.map(|_| bytes(row, 11).map(Uuid::from_bytes)).transpose()?,
        clock: unsigned(row, 12)?,
        wall_time_ms: row.try_get(13)?,
        business_day: row.try_get(14)?,
        hash: Hash(bytes(row, 15)?),
        signature: signature.map(|_| bytes(row, 16).map(Signature)).transpose()?,
    })
}
