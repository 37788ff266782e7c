//! The store's health, in facts.

use docket_contracts::ApiError;
use docket_contracts::view::{
    AsideView, DownloadView, HeadOfficeState, HeadOfficeView, IncidentFacts, IncidentView, OutageView, StatusView,
};
use docket_domain::shop::ShopEvent;
use sqlx::Row as _;

use crate::error::StoreError;
use crate::limits::INCIDENTS_MAX;
use crate::readmodel::FOLD_VERSION;
use crate::terminal::Terminal;
use crate::uplink::cause_view;

impl Terminal {
    pub(super) async fn status(&self) -> Result<StatusView, ApiError> {
        let health = self.inner.shared.health();
        let oldest = sqlx::query(
            "SELECT e.wall_time_ms FROM (SELECT log_no, seq FROM outbox ORDER BY log_no, seq LIMIT 1) o \
             JOIN logs l USING (log_no) JOIN events e ON e.log_id = l.log_id AND e.seq = o.seq",
        )
        .fetch_optional(&self.inner.readers)
        .await
        .map_err(StoreError::from)?;
        let (recorded, copied, central) = self.own_events_elsewhere().await?;
        let office = self.inner.shared.head_office();
        let waiting = u64::try_from(health.outbox).unwrap_or(0);
        let oldest_waiting_ms = oldest.and_then(|row| row.try_get(0).ok());
        let letter = sqlx::query("SELECT value FROM folder WHERE name = 'receipt_series'")
            .fetch_optional(&self.inner.readers)
            .await
            .map_err(StoreError::from)?
            .and_then(|row| row.try_get::<String, _>(0).ok())
            .unwrap_or_default();
        Ok(StatusView {
            log: health.log.to_string(),
            head_seq: health.head.seq,
            events: u64::try_from(health.events).unwrap_or(0),
            copied_events: copied,
            central_events: central,
            outbox_waiting: waiting,
            oldest_waiting_ms,
            enrolled: office.state() != HeadOfficeState::Provisional,
            head_office: HeadOfficeView {
                state: office.state(),
                url: Some(office.url.clone()).filter(|url| !url.is_empty()),
                connected: office.connected,
                recorded,
                accepted: central,
                waiting,
                oldest_waiting_ms,
                outage: office.outage.map(|(cause, since_ms)| OutageView { cause: cause_view(cause), since_ms }),
                aside: office.aside.iter().map(aside).collect(),
                clock_ahead_ms: office.clock_ahead_ms,
            },
            letter: letter.split('-').next().unwrap_or_default().to_owned(),
            read_only: health.read_only,
            progress: health.progress,
            ended: health.ended,
            download: health.download.map(|waiting| DownloadView { name: waiting.name, bytes: waiting.bytes }),
            last_verify_ms: health.last_verify.as_ref().map(|last| last.at_ms),
            verified: health.last_verify.as_ref().and_then(|last| last.found.clone()),
            last_verify: health.last_verify.map(|last| last.text),
            fold_version: FOLD_VERSION,
            incidents: self.incidents().await?,
        })
    }

    /// How many own events there are, how many of them another device holds, and how many head office does, as they
    /// acknowledged.
    async fn own_events_elsewhere(&self) -> Result<(u64, u64, u64), ApiError> {
        let row = sqlx::query(
            "SELECT coalesce(sum(copied), 0), coalesce(sum(central), 0), \
             (SELECT coalesce(sum(seq), 0) FROM heads JOIN logs USING (log_no) WHERE own = 1) FROM (SELECT \
             max(CASE level WHEN 'P' THEN seq END) AS copied, max(CASE level WHEN 'C' THEN seq END) AS central \
             FROM levels JOIN logs USING (log_no) WHERE own = 1 GROUP BY log_no)",
        )
        .fetch_one(&self.inner.readers)
        .await
        .map_err(StoreError::from)?;
        let count = |index: usize| row.try_get::<i64, _>(index).map_or(0, i64::unsigned_abs);
        Ok((count(2), count(0), count(1)))
    }

    /// Devices whose clocks ran too far ahead to be adopted.
    async fn clocks_ahead(&self) -> Result<Vec<IncidentView>, ApiError> {
        let rows =
            sqlx::query("SELECT device_id, ahead_ms, found_ms FROM clocks_ahead ORDER BY found_ms DESC LIMIT ?1")
                .bind(INCIDENTS_MAX)
                .fetch_all(&self.inner.readers)
                .await
                .map_err(StoreError::from)?;
        // A row that was damaged tells nothing; what names it is `verify`.
        let told = rows.iter().filter_map(|row| {
            let device = uuid::Uuid::from_slice(row.try_get(0).ok()?).unwrap_or_default();
            let ahead_ms: i64 = row.try_get(1).ok()?;
            let text = format!("The clock of device {device} ran {ahead_ms} ms ahead; its time was not taken over.");
            let facts = IncidentFacts::ClockAhead { device: device.to_string(), ahead_ms };
            Some(IncidentView { kind: "clock_ahead".to_owned(), text, facts, at_ms: row.try_get(2).ok()? })
        });
        Ok(told.collect())
    }

    async fn incidents(&self) -> Result<Vec<IncidentView>, ApiError> {
        let rows = sqlx::query(
            "SELECT event_type, schema_version, payload, wall_time_ms FROM events WHERE stream_id = \
             (SELECT unhex(replace(value, '-', '')) FROM folder WHERE name = 'store') \
             AND event_type IN ('store.continuity_unproven', 'store.damage_found', 'store.fork_found') ORDER BY clock DESC LIMIT ?1",
        )
        .bind(INCIDENTS_MAX)
        .fetch_all(&self.inner.readers)
        .await
        .map_err(StoreError::from)?;
        let found = rows.iter().filter_map(|row| {
            let (event_type, payload) = (row.try_get(0).ok()?, row.try_get(2).ok()?);
            let event = ShopEvent::decode(event_type, row.try_get(1).ok()?, payload).ok().flatten()?;
            let (kind, text, facts) = told(event)?;
            Some(IncidentView { kind: kind.to_owned(), text, facts, at_ms: row.try_get(3).ok()? })
        });
        let mut incidents = self.clocks_ahead().await?;
        incidents.extend(found);
        incidents.truncate(usize::try_from(INCIDENTS_MAX).unwrap_or(usize::MAX));
        Ok(incidents)
    }
}

/// What an incident is, in English and in facts; none for what is no incident.
fn told(event: ShopEvent) -> Option<(&'static str, String, IncidentFacts)> {
    Some(match event {
        ShopEvent::ContinuityUnproven(fact) => {
            let (reason, letter, receipt_series) = (fact.reason, fact.letter, fact.receipt_series);
            let text = format!("{} New letter {letter}, new receipt series {receipt_series}.", sentence(&reason));
            ("continuity_unproven", text, IncidentFacts::ContinuityUnproven { reason, letter, receipt_series })
        }
        ShopEvent::DamageFound(fact) if fact.seq == 0 => {
            let text = format!("The store's file was damaged: {}.", fact.reason);
            ("store_salvaged", text, IncidentFacts::StoreSalvaged { reason: fact.reason })
        }
        ShopEvent::DamageFound(fact) => {
            let (log, seq, reason) = (fact.log, fact.seq, fact.reason);
            let text = format!("Row {seq} of log {log} is damaged: {reason}.");
            ("row_damaged", text, IncidentFacts::RowDamaged { log, seq, reason })
        }
        ShopEvent::ForkFound(fact) => {
            let (log, seq) = (fact.log, fact.seq);
            let text = format!("Log {log} has two histories from row {seq} on; both are kept.");
            ("log_forked", text, IncidentFacts::LogForked { log, seq })
        }
        ShopEvent::SetUp(_)
        | ShopEvent::DocumentPublished(_)
        | ShopEvent::TillJoined(_)
        | ShopEvent::DeviceRevoked(_)
        | ShopEvent::GuestForgotten(_) => return None,
    })
}

fn aside((log, rule): &(String, String)) -> AsideView {
    AsideView { log: log.clone(), rule: rule.clone() }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect::<String>() + ".")
}
