//! Who delivers: any number of processes, each webhook by one of them at a time.

use std::sync::Arc;
use std::time::Duration;

use docket_domain::ids::TenantId;
use futures_util::{StreamExt as _, stream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::lease::{self, Due, Leased, Tried};
use super::send::{Answer, Sender, body};
use super::sign::SigningKey;
use super::target::Targets;
use crate::api::limits::{
    WEBHOOK_PAUSES_MS, WEBHOOK_POLL_MS, WEBHOOK_TOGETHER, WEBHOOK_UPKEEP_MS, WEBHOOK_UPKEEP_ROWS, WEBHOOKS_TOGETHER,
};
use crate::clock::{new_id, wall_ms};
use crate::db::Database;
use crate::secret::ServiceSecret;
use crate::telemetry::Stop;

/// What the deliverer runs by.
#[derive(Debug, Clone)]
pub struct DeliverSettings {
    /// A pool with the role `docket_webhooks`.
    pub database: Database,
    /// What the webhooks' secrets are sealed with.
    pub secret: ServiceSecret,
    /// Where deliveries may go.
    pub targets: Targets,
    /// Milliseconds before each further try; after the last of them a delivery is given up.
    pub pauses_ms: Vec<u64>,
    /// Milliseconds between two looks when nobody says that there is something.
    pub poll_ms: u64,
}

impl DeliverSettings {
    /// With the usual times.
    #[must_use]
    pub fn new(database: Database, secret: ServiceSecret, targets: Targets) -> Self {
        let pauses_ms = WEBHOOK_PAUSES_MS.to_vec();
        DeliverSettings { database, secret, targets, pauses_ms, poll_ms: WEBHOOK_POLL_MS }
    }
}

struct Deliverer {
    settings: DeliverSettings,
    sender: Sender,
    stop: Stop,
}

/// Delivers until it is asked to stop; what is on its way then is brought to its end. `news` says when to look.
///
/// # Errors
/// [`reqwest::Error`] where no client can be made.
pub async fn deliver(
    settings: DeliverSettings,
    mut news: watch::Receiver<u64>,
    stop: Stop,
) -> Result<(), reqwest::Error> {
    let sender = Sender::new(settings.targets)?;
    let poll = Duration::from_millis(settings.poll_ms);
    let deliverer = Arc::new(Deliverer { settings, sender, stop: stop.clone() });
    let places = Arc::new(Semaphore::new(WEBHOOKS_TOGETHER));
    let mut at_work = JoinSet::new();
    at_work.spawn(upkeep(deliverer.clone()));
    while !stop.is_asked() {
        while at_work.try_join_next().is_some() {}
        match lease::free(&deliverer.settings.database).await {
            Ok(free) => {
                for (tenant, webhook) in free {
                    // What finds no place is looked at again, and comes first then.
                    let Ok(place) = places.clone().try_acquire_owned() else { break };
                    let deliverer = deliverer.clone();
                    at_work.spawn(async move {
                        let _place = place;
                        deliverer.work(tenant, webhook).await;
                    });
                }
            }
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "no webhook could be looked at"),
        }
        tokio::select! {
            () = stop.asked() => break,
            changed = news.changed() => if changed.is_err() {
                tokio::time::sleep(poll).await;
            },
            () = tokio::time::sleep(poll) => {}
        }
    }
    while at_work.join_next().await.is_some() {}
    Ok(())
}

async fn upkeep(deliverer: Arc<Deliverer>) {
    while !deliverer.stop.is_asked() {
        match lease::forget(&deliverer.settings.database, WEBHOOK_UPKEEP_ROWS).await {
            Ok(_) => {}
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "old deliveries were not removed"),
        }
        tokio::select! {
            () = deliverer.stop.asked() => {}
            () = tokio::time::sleep(Duration::from_millis(WEBHOOK_UPKEEP_MS)) => {}
        }
    }
}

impl Deliverer {
    async fn work(&self, tenant: TenantId, webhook: Uuid) {
        if let Err(error) = self.try_work(tenant, webhook).await {
            tracing::warn!(%tenant, %webhook, error = &error as &dyn std::error::Error, "a webhook was not worked on");
        }
    }

    async fn try_work(&self, tenant: TenantId, webhook: Uuid) -> Result<(), sqlx::Error> {
        let database = &self.settings.database;
        let Some(mut leased) = lease::take(database, tenant, webhook, new_id()).await? else { return Ok(()) };
        let worked = self.rounds(&mut leased).await;
        leased.release(database).await?;
        worked
    }

    async fn rounds(&self, leased: &mut Leased) -> Result<(), sqlx::Error> {
        let opened =
            self.settings.secret.open_bytes(&lease::seal_of(leased.tenant.0, leased.webhook), &leased.sealed_secret);
        let key = match opened {
            Ok(bytes) => SigningKey::of(&bytes),
            Err(error) => {
                tracing::error!(webhook = %leased.webhook, %error, "a webhook's secret can't be opened");
                return Ok(());
            }
        };
        while !self.stop.is_asked() {
            let Some((due, more)) = leased.round(&self.settings.database).await? else { return Ok(()) };
            if due.is_empty() && !more {
                return Ok(());
            }
            let on_the_way = due.into_iter().map(|due| self.once(leased, &key, due));
            let ended: Vec<(Tried, bool)> = stream::iter(on_the_way).buffer_unordered(WEBHOOK_TOGETHER).collect().await;
            let gone = ended.iter().any(|(_, gone)| *gone);
            let tried: Vec<Tried> = ended.into_iter().map(|(tried, _)| tried).collect();
            if !tried.is_empty() {
                leased.note(&self.settings.database, &tried, gone).await?;
            }
        }
        Ok(())
    }

    /// One try, and what it means; whether the target is gone.
    async fn once(&self, leased: &Leased, key: &SigningKey, due: Due) -> (Tried, bool) {
        let answer = match due.told.as_ref().map(|told| body(leased.tenant, told)) {
            None => return (given_up(&due, due.tries, None, "the event is not kept any more".to_owned()), false),
            Some(Err(error)) => return (given_up(&due, due.tries, None, error.to_string()), false),
            Some(Ok(body)) => {
                let id = due.event_id.to_string();
                self.sender.send(&leased.url, key, &id, wall_ms() / 1_000, body).await
            }
        };
        let tries = due.tries + 1;
        match answer {
            Answer::Taken(status) => {
                let status = Some(i32::from(status));
                (Tried { event_id: due.event_id, state: "delivered", tries, pause_ms: 0, status, error: None }, false)
            }
            Answer::Gone => (given_up(&due, tries, Some(410), "the target is gone".to_owned()), true),
            Answer::Failed(status, error) => {
                let status = status.map(i32::from);
                let place = usize::try_from(due.tries).unwrap_or(usize::MAX);
                let Some(pause_ms) = self.settings.pauses_ms.get(place) else {
                    tracing::warn!(webhook = %leased.webhook, event = %due.event_id, error, "a delivery is given up");
                    return (given_up(&due, tries, status, error), false);
                };
                let pause_ms = i64::try_from(*pause_ms).unwrap_or(i64::MAX);
                let error = Some(error);
                (Tried { event_id: due.event_id, state: "waiting", tries, pause_ms, status, error }, false)
            }
        }
    }
}

fn given_up(due: &Due, tries: i32, status: Option<i32>, error: String) -> Tried {
    Tried { event_id: due.event_id, state: "given_up", tries, pause_ms: 0, status, error: Some(error) }
}
