//! One stream of one till: hello, then whatever comes, one message after the other. While batches of it are being taken in,
//! the next ones are read, so that they can share a transaction; each is answered in its turn. Answers of a slow peer wait
//! in a bounded channel; a peer that says nothing, or too much that is false, is let go.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use docket_domain::ids::{LogId, StoreId};
use docket_log::replication::PeerHead;
use docket_sync::v1::{FromCentral, FromTill, from_central, from_till};
use docket_sync::{MESSAGE_HEADS_MAX, head_from, head_to, rows_from, v1};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use prost::Message as _;
use prost::bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::{Status, Streaming};

use super::documents::Documents;
use super::down::Down;
use super::{Attached, Shared};
use crate::enrol::unavailable;
use crate::ingest::queue::Room;
use crate::ingest::{Batch, IngestError, News, Refusal, Source, Verdict};
use crate::limits::{
    BAD_MESSAGES_MAX, BATCHES_UNDER_WAY, DOWN_POLL_MS, HELLO_MS, IDLE_MS, MISSING_TALLIES_MS, TALLIES_EVERY_MS,
    TALLIES_WANTED_MAX,
};

/// The log of a batch and its verdict, once it was taken in.
type UnderWay = Pin<Box<dyn Future<Output = (LogId, Result<Verdict, IngestError>)> + Send + std::marker::Sync>>;

/// A stream under way.
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) attached: Attached,
    answers: mpsc::Sender<Result<FromCentral, Status>>,
    pub(super) documents: Documents,
    pub(super) down: Down,
    bad_messages: u32,
    /// Batches that are being taken in, in the order in which they came.
    under_way: FuturesOrdered<UnderWay>,
    /// The next one, which waits for room.
    in_hand: Option<v1::Rows>,
    /// A part of the last batch as it came. While it is here the transport reads on into a new buffer; else it keeps the
    /// one of that batch, hundreds of kilobytes for each till, for as long as the till has nothing to say.
    last_part: Bytes,
    /// Stores and business days of stored rows whose tallies were not asked for yet.
    pub(super) days: BTreeSet<(StoreId, i32)>,
}

impl Session {
    pub(super) fn new(
        shared: Arc<Shared>,
        attached: Attached,
        answers: mpsc::Sender<Result<FromCentral, Status>>,
    ) -> Self {
        let (documents, down) = (Documents::default(), Down::default());
        let under_way = FuturesOrdered::new();
        Session {
            shared,
            attached,
            answers,
            documents,
            down,
            bad_messages: 0,
            under_way,
            in_hand: None,
            last_part: Bytes::new(),
            days: BTreeSet::new(),
        }
    }

    pub(super) fn source(&self) -> &Source {
        &self.attached.source
    }

    /// Serves the stream until it ends. What went wrong is the last thing that the peer hears.
    pub(super) async fn run(mut self, mut messages: Streaming<FromTill>) {
        let device = self.source().device;
        self.shared.metrics.till_attached();
        let served = self.serve(&mut messages).await;
        self.shared.metrics.till_detached();
        match served {
            Ok(()) => tracing::debug!(%device, "a stream ended"),
            Err(status) => {
                tracing::info!(%device, code = ?status.code(), reason = status.message(), "a stream was ended");
                let _ = timeout(Duration::from_millis(HELLO_MS), self.answers.send(Err(status))).await;
            }
        }
    }

    async fn serve(&mut self, messages: &mut Streaming<FromTill>) -> Result<(), Status> {
        let first = timeout(Duration::from_millis(HELLO_MS), messages.next()).await;
        let hello = match first {
            Err(_) => return Err(Status::deadline_exceeded("hello: did not come in time")),
            Ok(None) => return Ok(()),
            Ok(Some(message)) => match message?.message {
                Some(from_till::Message::Hello(hello)) => hello,
                _ => return Err(Status::failed_precondition("hello: is the first message")),
            },
        };
        let mut stop = self.shared.stop.clone();
        let queue = self.shared.queue.clone();
        let mut news = queue.ingest().news().subscribe();
        self.greet(hello).await?;
        self.send_down(true).await?;
        let mut poll = tokio::time::interval(Duration::from_millis(DOWN_POLL_MS));
        let (mut quiet_ms, mut unasked_ms) = (0_u64, 0_u64);
        loop {
            tokio::select! {
                biased;
                () = stopping(&mut stop) => {
                    self.answer_all().await?;
                    return Err(Status::unavailable("head office stops"));
                }
                Some((log, verdict)) = self.under_way.next() => self.answer(log, verdict).await?,
                room = queue.room(), if self.in_hand.is_some() => {
                    self.take_rows(room.map_err(|error| unavailable(&error))?).await?;
                }
                message = messages.next(), if self.in_hand.is_none() && self.under_way.len() < BATCHES_UNDER_WAY => {
                    let Some(Ok(message)) = message else {
                        self.answer_all().await?;
                        return message.map_or(Ok(()), |broken| broken.map(drop));
                    };
                    quiet_ms = 0;
                    self.take(message).await?;
                }
                word = news.recv() => {
                    let source = self.source();
                    let concerns = |news: &News| news.store == source.store && news.from != Some(source.device);
                    // Whoever missed words looks anyway.
                    if word.as_ref().map_or(true, concerns) {
                        // Rows first: somebody waits for them.
                        let fresh = word.ok().and_then(|news| news.fresh);
                        if !self.send_fresh(fresh.as_deref()).await? {
                            self.send_down(true).await?;
                            self.look_for_revocation().await?;
                        }
                    }
                }
                _ = poll.tick() => {
                    quiet_ms += DOWN_POLL_MS;
                    if quiet_ms > IDLE_MS {
                        return Err(Status::deadline_exceeded("nothing was said for too long"));
                    }
                    self.look_for_revocation().await?;
                    if quiet_ms.is_multiple_of(MISSING_TALLIES_MS) {
                        self.look_for_missing_tallies().await?;
                    }
                    unasked_ms += DOWN_POLL_MS;
                    // To count a day's money a till folds the day's orders, and hears nothing meanwhile.
                    if quiet_ms > DOWN_POLL_MS || unasked_ms >= TALLIES_EVERY_MS {
                        unasked_ms = 0;
                        self.want_tallies().await?;
                    }
                    self.send_down(true).await?;
                }
            }
        }
    }

    /// Says something. A peer that does not listen is let go.
    pub(super) async fn say(&self, message: from_central::Message) -> Result<(), Status> {
        let message = FromCentral { message: Some(message) };
        match timeout(Duration::from_millis(IDLE_MS), self.answers.send(Ok(message))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Status::cancelled("the peer is gone")),
            Err(_) => Err(Status::deadline_exceeded("the peer does not listen")),
        }
    }

    async fn take(&mut self, message: FromTill) -> Result<(), Status> {
        self.last_part = Bytes::new();
        match message.message {
            Some(from_till::Message::Rows(rows)) => {
                self.last_part = rows.log_id.clone();
                self.in_hand = Some(rows);
                Ok(())
            }
            Some(from_till::Message::Held(heads)) => {
                let heads: Vec<PeerHead> =
                    heads.heads.iter().take(MESSAGE_HEADS_MAX).filter_map(|head| head_from(head).ok()).collect();
                let answered = self.down.acknowledged(&heads);
                self.keep_healed(answered).await;
                self.keep_marks(&heads).await;
                self.send_down(false).await
            }
            Some(from_till::Message::Document(part)) => self.take_document(part).await,
            Some(from_till::Message::DocumentWanted(wanted)) => self.give_document(&wanted).await,
            Some(from_till::Message::Tally(tally)) => self.take_tally(tally).await,
            Some(from_till::Message::Hello(_)) => self.count_bad("hello: was said already"),
            // A message of a later protocol is passed over.
            None => Ok(()),
        }
    }

    /// Counts a message that was not as it must be.
    pub(super) fn count_bad(&mut self, rule: &str) -> Result<(), Status> {
        self.bad_messages += 1;
        tracing::warn!(device = %self.source().device, rule, "a message was not as it must be");
        if self.bad_messages > BAD_MESSAGES_MAX {
            return Err(Status::resource_exhausted("too many messages were not as they must be"));
        }
        Ok(())
    }

    /// Takes the batch in hand in, now that there is room for it.
    async fn take_rows(&mut self, room: Room) -> Result<(), Status> {
        let Some(message) = self.in_hand.take() else { return Ok(()) };
        let (log, items) = match rows_from(&message) {
            Ok(read) => read,
            Err(error) => {
                return self.refuse_message(&message, error.seq, format!("{}: {}", error.column, error.rule)).await;
            }
        };
        let traceparent = Some(message.traceparent).filter(|text| !text.is_empty() && text.len() <= 128);
        self.down.brings(log);
        let batch = Batch { source: *self.source(), log, items, traceparent };
        let taken = self.shared.queue.put(batch);
        self.under_way.push_back(Box::pin(async move {
            let verdict = taken.await;
            drop(room);
            (log, verdict)
        }));
        Ok(())
    }

    /// Waits for the batches that are being taken in, and answers them.
    async fn answer_all(&mut self) -> Result<(), Status> {
        while let Some((log, verdict)) = self.under_way.next().await {
            self.answer(log, verdict).await?;
        }
        Ok(())
    }

    /// A message that is no rows at all is kept as it came, and its log is told.
    async fn refuse_message(&mut self, message: &v1::Rows, seq: u64, rule: String) -> Result<(), Status> {
        let log_id: [u8; 16] = message.log_id[..].try_into().unwrap_or_default();
        let refusal = Refusal { log: LogId(log_id), seq, rule };
        let failed = |error: sqlx::Error| unavailable(&error);
        let database = self.shared.queue.ingest().database();
        let mut transaction = database.tenant(self.source().tenant).await.map_err(failed)?;
        crate::ingest::keep_evidence(&mut transaction, self.source(), &refusal, &message.encode_to_vec())
            .await
            .map_err(|error| unavailable(&error))?;
        transaction.commit().await.map_err(failed)?;
        self.count_bad(&refusal.rule)?;
        self.say_refused(refusal).await
    }

    async fn say_refused(&self, refusal: Refusal) -> Result<(), Status> {
        let log_id = refusal.log.0.to_vec().into();
        self.say(from_central::Message::Refused(v1::Refused { log_id, seq: refusal.seq, rule: refusal.rule })).await
    }

    async fn answer(&mut self, log: LogId, verdict: Result<Verdict, IngestError>) -> Result<(), Status> {
        self.down.answered(log);
        let verdict = verdict.map_err(|error| unavailable(&error))?;
        if let Some((log, seq)) = verdict.forked {
            let log_id = log.0.to_vec().into();
            self.say(from_central::Message::Forked(v1::Forked { log_id, seq })).await?;
        }
        if let Some((log, seq)) = verdict.wanted {
            let log_id = log.0.to_vec().into();
            self.say(from_central::Message::Wanted(v1::Wanted { log_id, seq })).await?;
        }
        if let Some(refusal) = verdict.refused {
            self.count_bad(&refusal.rule)?;
            self.say_refused(refusal).await?;
        }
        if let Some(head) = verdict.held {
            self.down.learnt(&head, verdict.branch);
            self.say(from_central::Message::Held(v1::Heads { heads: vec![head_to(&head)] })).await?;
        }
        self.days.extend(verdict.days);
        if verdict.published { self.want_documents().await } else { Ok(()) }
    }

    /// Asks what the device holds of days that rows came of.
    async fn want_tallies(&mut self) -> Result<(), Status> {
        for _ in 0..TALLIES_WANTED_MAX {
            let Some((store, business_day)) = self.days.pop_last() else { return Ok(()) };
            // A till of an older program knows one store, and is asked as it always was.
            let other = store != self.source().store;
            let store_id = if other { store.0.as_bytes().to_vec().into() } else { Default::default() };
            self.say(from_central::Message::TallyWanted(v1::TallyWanted { business_day, store_id })).await?;
        }
        Ok(())
    }
}

/// Waits until the service stops.
async fn stopping(stop: &mut tokio::sync::watch::Receiver<bool>) {
    // Whoever would say it is gone: then it stops too.
    let _ = stop.wait_for(|stopping| *stopping).await;
}
