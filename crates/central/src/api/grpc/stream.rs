//! WatchOrders: one task reads the feed for a stream and fills a small buffer. A reader that does not keep up loses the stream
//! and is told so; with the last position that it got it goes on, at this process or at another.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use docket_api::order::v1 as pb;
use docket_domain::ids::{OrderId, TenantId};
use futures_util::Stream;
use tokio::sync::mpsc;
use tonic::{Code, Status};
use tracing::Instrument as _;

use super::status::{status, with_reason};
use super::translate;
use crate::api::OrderDesk;
use crate::api::auth::Admitted;
use crate::api::fault::{Fault, FaultCode};
use crate::api::feed::{Feed, FeedFilter};
use crate::api::limits::{
    WATCH_PAGE, WATCH_POLL_MS, WATCH_STALL_MS, WATCH_WAITING_MAX, WATCHERS_MAX, WATCHERS_OF_SUBJECT_MAX,
};
use crate::api::order::FeedEvent;
use crate::clock::wall_ms;
use crate::telemetry::{Metrics, Stop, WatchEnd};

/// How streams behave; the product has [`Pace::default`].
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Events that wait for a reader.
    pub waiting: usize,
    /// How long a full buffer waits for its reader.
    pub stall: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { waiting: WATCH_WAITING_MAX, stall: Duration::from_millis(WATCH_STALL_MS) }
    }
}

type Subject = (TenantId, String);

/// The open streams of this process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<HashMap<Subject, usize>>>);

impl Watchers {
    fn take(&self, subject: Subject) -> Result<Seat, Fault> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = open.get(&subject).copied().unwrap_or(0);
        if own >= WATCHERS_OF_SUBJECT_MAX {
            let detail = format!("a token's subject has at most {WATCHERS_OF_SUBJECT_MAX} streams at a process");
            return Err(Fault::new(FaultCode::RateLimited, detail).retry_after(Duration::from_secs(5)));
        }
        if open.values().sum::<usize>() >= WATCHERS_MAX {
            return Err(Fault::new(FaultCode::Busy, "too many streams are open").retry_after(Duration::from_secs(5)));
        }
        open.insert(subject.clone(), own + 1);
        Ok(Seat { watchers: self.clone(), subject })
    }
}

/// A stream's place among the open ones.
#[derive(Debug)]
struct Seat {
    watchers: Watchers,
    subject: Subject,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.watchers.0.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.subject) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(open.remove(&self.subject)),
        }
    }
}

/// What a stream is made of.
#[derive(Clone)]
pub(super) struct Source {
    pub desk: OrderDesk,
    pub feed: Feed,
    pub watchers: Watchers,
    pub pace: Pace,
    pub metrics: Metrics,
    pub stop: Stop,
}

/// The events of a stream, and how it ended.
pub struct OrderEvents {
    events: mpsc::Receiver<pb::WatchOrdersResponse>,
    end: Arc<OnceLock<End>>,
    over: bool,
}

struct End {
    status: Status,
    /// Whether what waits is left out, because its reader did not come for it.
    at_once: bool,
}

impl Stream for OrderEvents {
    type Item = Result<pb::WatchOrdersResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.over {
            return Poll::Ready(None);
        }
        if let Some(end) = self.end.get()
            && end.at_once
        {
            let status = end.status.clone();
            self.over = true;
            return Poll::Ready(Some(Err(status)));
        }
        match self.events.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(event)) => Poll::Ready(Some(Ok(event))),
            Poll::Ready(None) => {
                self.over = true;
                Poll::Ready(self.end.get().map(|end| Err(end.status.clone())))
            }
        }
    }
}

/// Opens a stream. What is wrong with the request is said before it opens.
pub(super) async fn open(
    source: Source,
    admitted: Admitted,
    filter: FeedFilter,
    after: Option<String>,
) -> Result<OrderEvents, Fault> {
    let caller = &admitted.caller;
    let seat = source.watchers.take((caller.tenant, caller.subject.clone()))?;
    let after = match after {
        Some(after) => after,
        None => source.feed.now().await?,
    };
    // A position that is none, and a role that may not look, are refused here and not behind the first event.
    source.feed.after(caller, &filter, Some(&after), 1).await?;
    let (events, received) = mpsc::channel(source.pace.waiting);
    let end = Arc::new(OnceLock::new());
    let task = Task { source, admitted, filter, after, events, end: end.clone(), _seat: seat };
    tokio::spawn(task.run().instrument(tracing::info_span!("watch")));
    Ok(OrderEvents { events: received, end, over: false })
}

struct Task {
    source: Source,
    admitted: Admitted,
    filter: FeedFilter,
    after: String,
    events: mpsc::Sender<pb::WatchOrdersResponse>,
    end: Arc<OnceLock<End>>,
    _seat: Seat,
}

/// Why a task ends.
enum Over {
    Gone,
    Slow,
    Closed(Fault),
}

impl Task {
    async fn run(mut self) {
        self.source.metrics.api().watch_begins();
        let over = self.follow().await;
        let (reason, end) = match over {
            Over::Gone => (WatchEnd::Gone, None),
            Over::Slow => {
                let message = "the reader is too slow; go on behind the last position that came";
                (
                    WatchEnd::Slow,
                    Some(End { status: with_reason(Code::Aborted, "slow_reader", message), at_once: true }),
                )
            }
            Over::Closed(fault) => (WatchEnd::Closed, Some(End { status: status(&fault), at_once: false })),
        };
        if let Some(end) = end {
            // Nobody else sets it: this is the stream's only task.
            let _ = self.end.set(end);
        }
        self.source.metrics.api().watch_ends(reason);
    }

    async fn follow(&mut self) -> Over {
        let mut news = self.source.feed.news();
        loop {
            // What is told from here on is looked for again.
            news.borrow_and_update();
            let full = match self.look().await {
                Ok(full) => full,
                Err(over) => return over,
            };
            if full {
                continue;
            }
            let expires = self.admitted.expires_ms.map_or(i64::MAX, |expires| expires);
            let left = u64::try_from(expires.saturating_sub(wall_ms())).unwrap_or(0);
            if left == 0 {
                return Over::Closed(Fault::new(FaultCode::Unauthenticated, "the token has expired"));
            }
            tokio::select! {
                _ = news.changed() => {}
                () = tokio::time::sleep(Duration::from_millis(WATCH_POLL_MS.min(left))) => {}
                () = self.events.closed() => return Over::Gone,
                () = self.source.stop.asked() => {
                    let fault = Fault::new(FaultCode::Busy, "the process stops; go on behind the last position that came");
                    return Over::Closed(fault.retry_after(Duration::from_secs(1)));
                }
            }
        }
    }

    /// Hands on one page; says whether there is more.
    async fn look(&mut self) -> Result<bool, Over> {
        let caller = &self.admitted.caller;
        let page = self.source.feed.after(caller, &self.filter, Some(&self.after), WATCH_PAGE).await;
        let page = page.map_err(Over::Closed)?;
        // Several events of an order show it as it is now: it is read once a page.
        let mut orders: HashMap<OrderId, Option<pb::Order>> = HashMap::new();
        for event in page.items {
            let order = match orders.get(&event.order_id) {
                Some(order) => order.clone(),
                None => {
                    let read = self.order(event.order_id).await?;
                    orders.insert(event.order_id, read.clone());
                    read
                }
            };
            let position = event.position.clone();
            if let Some(order) = order {
                self.send(event, order).await?;
            }
            self.after = position;
        }
        Ok(page.next.is_some())
    }

    /// The order; none where it is not the caller's to see any more.
    async fn order(&self, id: OrderId) -> Result<Option<pb::Order>, Over> {
        match self.source.desk.get(&self.admitted.caller, id).await {
            Ok(view) => Ok(Some(translate::order(view))),
            Err(fault) if fault.code == FaultCode::NotFound => Ok(None),
            Err(fault) => Err(Over::Closed(fault)),
        }
    }

    async fn send(&self, event: FeedEvent, order: pb::Order) -> Result<(), Over> {
        let message =
            pb::WatchOrdersResponse { position: event.position, event_type: event.event_type, order: Some(order) };
        match tokio::time::timeout(self.source.pace.stall, self.events.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Over::Gone),
            Err(_) => Err(Over::Slow),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_subject_has_its_share_of_streams_and_gets_it_back() {
        let watchers = Watchers::default();
        let subject = |name: &str| (TenantId(Uuid::from_u128(1)), name.to_owned());
        let held: Vec<Seat> = (0..WATCHERS_OF_SUBJECT_MAX).map(|_| watchers.take(subject("a")).unwrap()).collect();
        assert_eq!(watchers.take(subject("a")).unwrap_err().code, FaultCode::RateLimited);
        assert!(watchers.take(subject("b")).is_ok());
        drop(held);
        assert!(watchers.take(subject("a")).is_ok());
        assert!(watchers.0.lock().unwrap().is_empty());
    }
}
