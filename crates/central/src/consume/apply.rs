//! Brings messages about: together while all goes well, singly after a failure, with tries and pauses.

use std::collections::HashSet;
use std::time::Duration;

use super::Role;
use super::effects::{self, EffectError, is_away};
use super::forward::{Forwarder, Stopped};
use super::limits::{AWAY_PAUSE_MAX_MS, AWAY_PAUSE_MS, TRIES, TRY_PAUSE_MS};
use super::message::{Message, Raw};
use super::store::{self, Store, Turn};
use crate::telemetry::{MessageOutcome, Metrics, Stop};

/// What one transaction did with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Applied,
    Repeated,
    /// Earlier ones of its key wait.
    Behind,
}

/// A role at work.
pub(super) struct Applier {
    role: Role,
    store: Store,
    forwarder: Forwarder,
    stop: Stop,
    metrics: Metrics,
}

impl Applier {
    pub(super) fn new(role: Role, store: Store, forwarder: Forwarder, stop: Stop, metrics: Metrics) -> Self {
        Applier { role, store, forwarder, stop, metrics }
    }

    fn count(&self, outcome: MessageOutcome) {
        self.metrics.message(self.role.measured(), outcome);
    }

    /// Messages of one tenant in the order in which they were read. True if all of them are done with; otherwise none is.
    pub(super) async fn together(&self, messages: &[Message]) -> bool {
        match self.try_together(messages).await {
            Ok(applied) => {
                for outcome in applied {
                    self.count(outcome);
                }
                true
            }
            Err(_) => false,
        }
    }

    async fn try_together(&self, messages: &[Message]) -> Result<Vec<MessageOutcome>, EffectError> {
        let Some(first) = messages.first() else { return Ok(Vec::new()) };
        let all: Vec<&Message> = messages.iter().collect();
        let mut transaction = self.store.begin(first.tenant).await.map_err(EffectError::Away)?;
        if !store::parked_keys(&mut transaction, &all).await?.is_empty() {
            // Rolled back: each is looked at by itself.
            return Err(EffectError::Data("some of them wait".to_owned()));
        }
        let mut new = store::note(&mut transaction, &all).await?;
        let mut outcomes = Vec::with_capacity(messages.len());
        for message in messages {
            // The second of two alike within a batch finds its id taken.
            if new.remove(&(message.source.clone(), message.id.clone())) {
                effects::apply(self.role, &mut transaction, message).await?;
                outcomes.push(MessageOutcome::Applied);
            } else {
                outcomes.push(MessageOutcome::Repeated);
            }
        }
        transaction.commit().await?;
        Ok(outcomes)
    }

    /// One message out of a topic of its own.
    pub(super) async fn singly(&self, message: &Message) -> Result<(), Stopped> {
        let outcome = match self.tried(message, Origin::Topic).await? {
            Ok(Done::Applied) => MessageOutcome::Applied,
            Ok(Done::Repeated) => MessageOutcome::Repeated,
            Ok(Done::Behind) => {
                self.put_off(message, 0, "waits behind an earlier message of its key").await?;
                MessageOutcome::Parked
            }
            Err(reason) => {
                tracing::warn!(id = message.id, kind = message.event_type, reason, "a message is put off");
                self.put_off(message, 0, &reason).await?;
                MessageOutcome::Delayed
            }
        };
        self.count(outcome);
        Ok(())
    }

    /// One message out of the delay topic `stage`, when it is due.
    pub(super) async fn delayed(&self, message: &Message, stage: usize) -> Result<(), Stopped> {
        let outcome = match self.tried(message, Origin::Delay).await? {
            Ok(Done::Applied) => MessageOutcome::Applied,
            Ok(Done::Repeated) => MessageOutcome::Repeated,
            Ok(Done::Behind) => {
                self.put_off(message, stage + 1, "waits behind an earlier message of its key").await?;
                MessageOutcome::Parked
            }
            Err(reason) if stage < Forwarder::LAST => {
                self.put_off(message, stage + 1, &reason).await?;
                MessageOutcome::Delayed
            }
            Err(reason) => {
                tracing::error!(id = message.id, kind = message.event_type, reason, "a message is given up");
                self.forwarder.bury(&message.raw, &message.topic, &reason, &self.stop).await?;
                self.noted(message, Place::Out).await?;
                MessageOutcome::Dead
            }
        };
        self.count(outcome);
        Ok(())
    }

    /// What is no CloudEvent of ours belongs to nobody, so nothing can wait behind it.
    pub(super) async fn malformed(&self, raw: &Raw, reason: &str) -> Result<(), Stopped> {
        tracing::error!(topic = raw.topic, partition = raw.partition, offset = raw.offset, reason, "no event of ours");
        let topic = raw.header(super::message::TOPIC).unwrap_or(&raw.topic).to_owned();
        self.forwarder.bury(raw, &topic, reason, &self.stop).await?;
        self.count(MessageOutcome::Dead);
        Ok(())
    }

    /// Parks first and forwards then: whoever breaks off between finds the message again where it came from.
    async fn put_off(&self, message: &Message, stage: usize, reason: &str) -> Result<(), Stopped> {
        self.noted(message, Place::Parked(reason)).await?;
        self.forwarder.delay(&message.raw, &message.topic, stage, reason, &self.stop).await
    }

    async fn note(&self, message: &Message, place: Place<'_>) -> Result<(), sqlx::Error> {
        let mut transaction = self.store.begin(message.tenant).await?;
        match place {
            Place::Parked(reason) => store::park(&mut transaction, message, reason).await?,
            Place::Out => store::unpark(&mut transaction, message).await?,
        }
        transaction.commit().await
    }

    /// Tries the message three times. The database being away uses up none of them.
    async fn tried(&self, message: &Message, origin: Origin) -> Result<Result<Done, String>, Stopped> {
        let mut tries = 0;
        let mut pause_ms = AWAY_PAUSE_MS;
        loop {
            let error = match self.once(message, origin).await {
                Ok(done) => return Ok(Ok(done)),
                Err(error) => error,
            };
            if error.is_away() {
                tracing::warn!(%error, "the database is away; waiting for it");
                self.pause(pause_ms).await?;
                pause_ms = (pause_ms * 2).min(AWAY_PAUSE_MAX_MS);
                continue;
            }
            tries += 1;
            if tries >= TRIES {
                return Ok(Err(error.to_string()));
            }
            self.pause(TRY_PAUSE_MS).await?;
        }
    }

    async fn once(&self, message: &Message, origin: Origin) -> Result<Done, EffectError> {
        let mut transaction = self.store.begin(message.tenant).await.map_err(EffectError::Away)?;
        let behind = match origin {
            Origin::Topic => !store::parked_keys(&mut transaction, &[message]).await?.is_empty(),
            Origin::Delay => store::turn(&mut transaction, message).await? == Turn::Behind,
        };
        let new: HashSet<_> = store::note(&mut transaction, &[message]).await?;
        let done = match (new.is_empty(), behind) {
            (true, _) => Done::Repeated,
            // Rolled back, so that its id is not taken.
            (false, true) => return Ok(Done::Behind),
            (false, false) => {
                effects::apply(self.role, &mut transaction, message).await?;
                Done::Applied
            }
        };
        store::unpark(&mut transaction, message).await?;
        transaction.commit().await?;
        Ok(done)
    }

    async fn pause(&self, milliseconds: u64) -> Result<(), Stopped> {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(milliseconds)) => Ok(()),
            () = self.stop.asked() => Err(Stopped),
        }
    }

    /// Notes where a message waits, as often as it takes: only the database's absence can keep it from being noted.
    async fn noted(&self, message: &Message, place: Place<'_>) -> Result<(), Stopped> {
        let mut pause_ms = AWAY_PAUSE_MS;
        loop {
            let Err(error) = self.note(message, place).await else { return Ok(()) };
            tracing::warn!(%error, away = is_away(&error), "the database did not note a message; trying again");
            self.pause(pause_ms).await?;
            pause_ms = (pause_ms * 2).min(AWAY_PAUSE_MAX_MS);
        }
    }
}

/// Where a message that failed waits.
#[derive(Debug, Clone, Copy)]
enum Place<'a> {
    /// Among those of its key, and why.
    Parked(&'a str),
    /// Nowhere.
    Out,
}

/// Where a message was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Topic,
    Delay,
}
