//! The change feed: what head office tells about orders, in the order in which it was committed, for as long as the outbox
//! keeps it. It reads the rows that the relay publishes, so whoever follows it hears what Kafka's consumers hear.
//!
//! A place in it is the writing transaction and the row's id, good on every process. Only what is older than every
//! transaction that still runs is read, so a late commit is never passed over.

mod news;
mod page;
mod position;

use std::collections::BTreeSet;
use std::sync::Arc;

use docket_contracts::integration::EventKind;
use docket_domain::ids::{OrderId, StoreId, SubjectId};
use docket_domain::policy::api::{ApiOperation, Stores};
use tokio::sync::watch;

use super::caller::Caller;
use super::fault::Fault;
use super::limits::FEED_PAGE_MAX;
use super::order::{FeedEvent, Page};
use crate::db::Database;
use crate::telemetry::Stop;

pub(crate) use page::{COLUMNS as TOLD_COLUMNS, Selection, Told, read};
pub use position::Position;

/// The kinds that the feed tells.
pub const FEED_KINDS: [EventKind; 6] = [
    EventKind::OrderCreated,
    EventKind::OrderUpdated,
    EventKind::OrderStatusChanged,
    EventKind::OrderCancelled,
    EventKind::PaymentCaptured,
    EventKind::PaymentRefunded,
];

/// Which events somebody wants; what the caller may not see is left out anyway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedFilter {
    /// Of this store.
    pub store: Option<StoreId>,
    /// Of this customer.
    pub customer: Option<SubjectId>,
    /// Of this order.
    pub order: Option<OrderId>,
    /// Of these kinds; none means every kind of [`FEED_KINDS`].
    pub kinds: Vec<EventKind>,
}

/// Reads the change feed, and hears of news. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Feed {
    database: Database,
    news: Arc<watch::Sender<u64>>,
}

impl Feed {
    /// On a pool with the role `docket_api` or `docket_ingest`. It hears of news until it is asked to stop.
    #[must_use]
    pub fn open(database: Database, stop: Stop) -> Self {
        let (news, _) = watch::channel(0);
        let feed = Feed { database, news: Arc::new(news) };
        tokio::spawn(news::listen(feed.database.clone(), feed.news.clone(), stop));
        feed
    }

    /// Changes whenever there may be something new. Look once more after waiting: a long transaction holds back what was
    /// committed beside it, and nobody says when it is over.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    /// The place behind all that is there now.
    ///
    /// # Errors
    /// [`Fault`] if the database fails.
    pub async fn now(&self) -> Result<String, Fault> {
        Ok(page::now(self.database.pool()).await?.to_string())
    }

    /// The events behind a place, at most `limit` of them and never more than 500; from the oldest that is kept where no place
    /// is given. `next` is none where nothing is left.
    ///
    /// # Errors
    /// A fault on `after` for a text that is no place of this feed, or one so old that events behind it are gone;
    /// `forbidden` for a role that follows nothing.
    pub async fn after(
        &self,
        caller: &Caller,
        filter: &FeedFilter,
        after: Option<&str>,
        limit: u16,
    ) -> Result<Page<FeedEvent>, Fault> {
        let Some(selection) = selection(caller, filter)? else { return Ok(Page { items: Vec::new(), next: None }) };
        let limit = limit.clamp(1, FEED_PAGE_MAX);
        let after = after.map(|text| text.parse::<Position>().map_err(|_| unknown_place())).transpose()?;
        let mut transaction = self.database.tenant(caller.tenant).await?;
        if let Some(after) = after {
            page::check(&mut transaction, caller.tenant, after).await?;
        }
        let more = usize::from(limit);
        let found = read(&mut transaction, caller.tenant, &selection, after.unwrap_or_default(), more + 1).await?;
        transaction.commit().await?;
        let next = (found.len() > more).then(|| found[more - 1].position.to_string());
        let items = found.into_iter().take(more).map(page::Told::into_event).collect();
        Ok(Page { items, next })
    }
}

fn unknown_place() -> Fault {
    Fault::field("after", "must be a position that a page of this feed gave")
}

/// What the filter leaves of what the caller may see; nothing where the two have nothing in common.
fn selection(caller: &Caller, filter: &FeedFilter) -> Result<Option<Selection>, Fault> {
    let reach = caller.reach(ApiOperation::WatchOrders)?;
    let stores: Option<BTreeSet<StoreId>> = match (reach.stores, filter.store) {
        (None | Some(Stores::All), None) => None,
        (None | Some(Stores::All), Some(store)) => Some(BTreeSet::from([store])),
        (Some(Stores::Only(own)), None) => Some(own),
        (Some(Stores::Only(own)), Some(store)) => Some(own.into_iter().filter(|known| *known == store).collect()),
    };
    let customer = match (reach.customer, filter.customer) {
        (Some(own), Some(wanted)) if own != wanted => return Ok(None),
        (own, wanted) => own.or(wanted),
    };
    if stores.as_ref().is_some_and(BTreeSet::is_empty) {
        return Ok(None);
    }
    let kinds = if filter.kinds.is_empty() { FEED_KINDS.to_vec() } else { filter.kinds.clone() };
    if let Some(kind) = kinds.iter().find(|kind| !FEED_KINDS.contains(kind)) {
        let rule = format!("must be a kind that the feed tells, and {} is none", kind.as_str());
        return Err(Fault::field("types", rule));
    }
    Ok(Some(Selection { stores, customer, order: filter.order, kinds }))
}
