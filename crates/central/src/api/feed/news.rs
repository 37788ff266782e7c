//! Hears that the outbox has something, whichever process wrote it, and tells those who wait.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::sync::watch;

use crate::api::limits::FEED_POLL_MS;
use crate::db::Database;
use crate::relay::CHANNEL;
use crate::telemetry::Stop;

pub(super) async fn listen(database: Database, news: Arc<watch::Sender<u64>>, stop: Stop) {
    while !stop.is_asked() {
        let heard = tokio::select! {
            () = stop.asked() => return,
            heard = hear(&database, &news) => heard,
        };
        if let Err(error) = heard {
            tracing::warn!(error = &error as &dyn std::error::Error, "no news of the outbox for now");
        }
        tell(&news);
        tokio::select! {
            () = stop.asked() => return,
            () = tokio::time::sleep(Duration::from_millis(FEED_POLL_MS)) => {}
        }
    }
}

fn tell(news: &watch::Sender<u64>) {
    news.send_modify(|times| *times = times.wrapping_add(1));
}

async fn hear(database: &Database, news: &watch::Sender<u64>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(database.pool()).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // What was committed beside a longer transaction comes into sight later, and nobody says so.
        let heard = tokio::time::timeout(Duration::from_millis(FEED_POLL_MS), listener.recv()).await;
        if let Ok(word) = heard {
            word?;
        }
        tell(news);
    }
}
