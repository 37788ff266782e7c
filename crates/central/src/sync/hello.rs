//! The greeting: the peer's heads come in, head office's go out, with what the peer has to know first.

use docket_domain::ids::LogId;
use docket_log::Hash;
use docket_log::replication::PeerHead;
use docket_sync::v1::from_central;
use docket_sync::{MESSAGE_HEADS_MAX, PROTOCOL, head_from, head_to, v1};
use sqlx::Row as _;
use tonic::Status;

use super::session::Session;
use crate::clock::wall_ms;
use crate::enrol::{give_token, unavailable};
use crate::ingest::entry::{fixed, from_sql};

impl Session {
    /// Answers a hello.
    pub(super) async fn greet(&mut self, hello: v1::TillHello) -> Result<(), Status> {
        if hello.protocol != PROTOCOL {
            let rule = format!("protocol: is {PROTOCOL} here, not {}", hello.protocol);
            return Err(Status::failed_precondition(rule));
        }
        if hello.heads.len() > MESSAGE_HEADS_MAX {
            return Err(Status::invalid_argument(format!("heads: are at most {MESSAGE_HEADS_MAX}")));
        }
        let theirs = hello.heads.iter().map(head_from).collect::<Result<Vec<_>, _>>();
        let theirs = theirs.map_err(|error| Status::invalid_argument(error.to_string()))?;
        self.start_down(&theirs).await?;
        self.keep_marks(&theirs).await;
        let answer = self.central_hello(&hello).await?;
        self.say(from_central::Message::Hello(answer)).await?;
        if self.attached.revoked {
            self.say_revoked().await?;
        }
        self.want_documents().await
    }

    async fn say_revoked(&self) -> Result<(), Status> {
        let heads = self.cut_offs().await?;
        self.say(from_central::Message::Revoked(v1::Heads { heads })).await
    }

    /// Tells a device that was revoked since it attached.
    pub(super) async fn look_for_revocation(&mut self) -> Result<(), Status> {
        if self.attached.revoked {
            return Ok(());
        }
        let failed = |error: sqlx::Error| unavailable(&error);
        let source = *self.source();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        let sql = "SELECT revoked_at IS NOT NULL FROM central.devices WHERE tenant = $1 AND device = $2";
        let revoked: Option<bool> = sqlx::query_scalar(sql)
            .bind(source.tenant.0)
            .bind(source.device.0)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.attached.revoked = revoked == Some(true);
        if self.attached.revoked { self.say_revoked().await } else { Ok(()) }
    }

    async fn central_hello(&mut self, hello: &v1::TillHello) -> Result<v1::CentralHello, Status> {
        let failed = |error: sqlx::Error| unavailable(&error);
        let source = *self.source();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        let ahead_ms = hello.wall_time_ms.saturating_sub(wall_ms());
        let sql = "UPDATE central.devices SET last_seen_at = now(), app_version = $3, clock_ahead_ms = $4 \
             WHERE tenant = $1 AND device = $2";
        sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(source.device.0)
            .bind(hello.app_version.chars().filter(|letter| !letter.is_control()).take(64).collect::<String>())
            .bind(ahead_ms)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        // Archived stores that joined this one are part of it to its devices.
        let sql = "SELECT h.log_id, h.seq, h.hash FROM central.log_heads h \
             JOIN central.logs l ON l.tenant = h.tenant AND l.log_id = h.log_id \
             JOIN central.stores s ON s.tenant = l.tenant AND s.store = l.store \
             WHERE h.tenant = $1 AND (s.store = $2 OR s.joined = $2) \
             ORDER BY l.first_seen_at DESC, h.log_id, h.branch LIMIT $3";
        let rows = sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(source.store.0)
            .bind(i64::try_from(MESSAGE_HEADS_MAX).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        let heads = rows.iter().map(|row| {
            let head = PeerHead {
                log: LogId(fixed(row, "log_id")?),
                seq: from_sql(row.try_get("seq")?),
                hash: Hash(fixed(row, "hash")?),
            };
            Ok(head_to(&head))
        });
        let heads = heads.collect::<Result<_, _>>().map_err(failed)?;
        let fresh_token = if self.attached.token_is_old && !self.attached.revoked {
            Some(give_token(&mut transaction, source.tenant, source.device, self.shared.token_life).await?)
        } else {
            None
        };
        transaction.commit().await.map_err(failed)?;
        let app_version = env!("CARGO_PKG_VERSION").to_owned();
        Ok(v1::CentralHello { protocol: PROTOCOL, app_version, wall_time_ms: wall_ms(), heads, fresh_token })
    }

    /// The heads up to which a revoked device counts.
    async fn cut_offs(&self) -> Result<Vec<v1::Head>, Status> {
        let failed = |error: sqlx::Error| unavailable(&error);
        let source = self.source();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        let sql = "SELECT c.log_id, c.seq, r.hash FROM central.device_cut_offs c \
             JOIN central.logs l ON l.tenant = c.tenant AND l.log_id = c.log_id \
             JOIN central.log_rows r ON r.tenant = c.tenant AND r.month = l.month AND r.log_id = c.log_id \
             AND r.seq = c.seq WHERE c.tenant = $1 AND c.device = $2 ORDER BY c.log_id, r.branch";
        let rows = sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(source.device.0)
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        let head = |row: &sqlx::postgres::PgRow| {
            let log = LogId(fixed(row, "log_id")?);
            Ok(head_to(&PeerHead { log, seq: from_sql(row.try_get("seq")?), hash: Hash(fixed(row, "hash")?) }))
        };
        rows.iter().map(head).collect::<Result<_, sqlx::Error>>().map_err(failed)
    }
}
