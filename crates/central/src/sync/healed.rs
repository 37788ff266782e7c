//! Rows that took the place of a stub here, on their way to a till that was sent the stub: whole groups, behind all that the
//! till lacks. The till heals by them as by any import. It is sent them until it has answered, over however many
//! streams, and then never again.

use docket_sync::{BATCHES_IN_FLIGHT, Item};
use sqlx::{Postgres, Transaction};

use super::down::{History, Sent};
use super::session::Session;
use crate::ingest::entry::{from_sql, to_sql};
use crate::limits::TRANSACTION_TRIES;

/// Places of a history that the till has up to a row, and that healed since it was sent them.
const PLACES: &str = "SELECT seq FROM central.healed_rows WHERE tenant = $1 AND log_id = $2 AND branch = $3 AND seq <= $4 \
     AND NOT ($5 = ANY(taken)) AND NOT (seq = ANY($6)) ORDER BY seq LIMIT $7";

/// The signed row that a group goes on from.
const BASE: &str = "SELECT seq FROM central.log_rows WHERE tenant = $1 AND month = $2 AND log_id = $3 AND branch = $4 \
     AND seq < $5 AND signature IS NOT NULL ORDER BY seq DESC LIMIT 1";

const TAKEN: &str = "UPDATE central.healed_rows SET taken = array_append(taken, $4) WHERE tenant = $1 AND log_id = $2 \
     AND branch = $3 AND seq = ANY($5) AND NOT ($4 = ANY(taken))";

fn is_same(one: &History, other: &History) -> bool {
    (one.log, one.branch) == (other.log, other.branch)
}

impl Session {
    /// The next batch with rows that healed, which counts as sent then.
    pub(super) async fn healed_batch(
        &mut self,
        transaction: &mut Transaction<'static, Postgres>,
    ) -> Result<Option<(History, Vec<Item>)>, sqlx::Error> {
        if self.down.in_flight.len() >= BATCHES_IN_FLIGHT {
            return Ok(None);
        }
        while let Some(history) = self.down.healed.last().copied() {
            let places = self.healed_places(transaction, history).await?;
            let items = match places.first() {
                Some(first) => self.groups_around(transaction, history, *first, &places).await?,
                None => Vec::new(),
            };
            let Some(end) = items.last().map(|item| item.head().seq) else {
                self.down.healed.pop();
                continue;
            };
            let healed = places.into_iter().filter(|place| *place <= end).collect();
            self.down.in_flight.push_back(Sent { history, healed });
            return Ok(Some((history, items)));
        }
        Ok(None)
    }

    async fn healed_places(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        history: History,
    ) -> Result<Vec<u64>, sqlx::Error> {
        let on_their_way = self.down.in_flight.iter().filter(|sent| is_same(&sent.history, &history));
        let on_their_way: Vec<i64> = on_their_way.flat_map(|sent| &sent.healed).map(|place| to_sql(*place)).collect();
        let source = self.source();
        let places: Vec<i64> = sqlx::query_scalar(PLACES)
            .bind(source.tenant.0)
            .bind(&history.log.0[..])
            .bind(history.branch)
            .bind(to_sql(self.down.has(history.log, history.branch)))
            .bind(source.device.0)
            .bind(on_their_way)
            .bind(i64::try_from(docket_log::limits::BATCH_ROWS).unwrap_or(i64::MAX))
            .fetch_all(&mut **transaction)
            .await?;
        Ok(places.into_iter().map(from_sql).collect())
    }

    /// Whole groups from the one that holds the first place on, up to the last that holds one, as far as a batch goes.
    async fn groups_around(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        history: History,
        first: u64,
        places: &[u64],
    ) -> Result<Vec<Item>, sqlx::Error> {
        let base: Option<i64> = sqlx::query_scalar(BASE)
            .bind(self.source().tenant.0)
            .bind(history.month)
            .bind(&history.log.0[..])
            .bind(history.branch)
            .bind(to_sql(first))
            .fetch_optional(&mut **transaction)
            .await?;
        // Nothing signed is before it on this history: it goes on from what it shares with the first, or opens the log.
        let mut items = self.rows_behind(transaction, history, base.map_or(0, from_sql)).await?;
        let last = places.iter().rfind(|place| items.iter().any(|item| item.head().seq == **place));
        let Some(last) = last else { return Ok(Vec::new()) };
        let signed = |item: &Item| item.head().seq >= *last && item.head().signature.is_some();
        if let Some(end) = items.iter().position(signed) {
            items.truncate(end + 1);
        }
        Ok(items)
    }

    /// Keeps that the till has answered rows that healed.
    pub(super) async fn keep_healed(&self, sent: Option<Sent>) {
        let Some(sent) = sent.filter(|sent| !sent.healed.is_empty()) else { return };
        for _ in 0..TRANSACTION_TRIES {
            match self.keep_healed_once(&sent).await {
                Ok(()) => return,
                Err(error) if crate::ingest::is_passing(&error) => {}
                Err(error) => {
                    // They are sent once more.
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "what healed at a till could not be noted"
                    );
                    return;
                }
            }
        }
    }

    async fn keep_healed_once(&self, sent: &Sent) -> Result<(), sqlx::Error> {
        let source = self.source();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await?;
        sqlx::query(TAKEN)
            .bind(source.tenant.0)
            .bind(&sent.history.log.0[..])
            .bind(sent.history.branch)
            .bind(source.device.0)
            .bind(sent.healed.iter().map(|place| to_sql(*place)).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}
