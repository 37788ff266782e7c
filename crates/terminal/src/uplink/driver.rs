//! Drives the engine: does what it says, and tells it what came of that.

use std::time::Duration;

use docket_log::replication::{Act, Cause, Peer, PeerHead, Range, Uplink};
use docket_sync::v1::{Heads, TillHello, from_till};
use docket_sync::{BATCHES_IN_FLIGHT, PROTOCOL, head_to, rows_to};
use tokio::sync::watch;
use tonic::transport::Channel;

use super::Stopped;
use super::answers::Answers;
use super::cause::Failure;
use super::channel::Address;
use super::documents::Documents;
use super::marks::Marks;
use super::pace::Pace;
use super::reading::{Reading, Unreadable};
use super::state::HeadOfficeState;
use super::stream::Stream;
use super::tally::Tallies;
use super::token::renew;
use crate::clock::{fill_public, steady_ms, wall_ms};
use crate::data::HeadOffice;
use crate::error::{StoreError, refuse};
use crate::limits::{ASIDE_LOGS_MAX, CLOCK_APART_MS, UPLINK_ALIVE_MS};
use crate::readmodel::FOLD_VERSION;
use crate::terminal::Terminal;

/// How long the uplink rests where the store failed.
const STORE_AGAIN_MS: u64 = 1_000;

/// The uplink of one till.
pub(super) struct Driver {
    pub(super) terminal: Terminal,
    pub(super) office: HeadOffice,
    address: Address,
    pub(super) engine: Uplink,
    pub(super) reading: Reading,
    channel: Option<Channel>,
    pub(super) stream: Option<Stream>,
    pub(super) marks: Marks,
    pub(super) answers: Answers,
    pace: Pace,
    pub(super) documents: Documents,
    pub(super) tallies: Tallies,
    stop: watch::Receiver<bool>,
    /// How far this till's clock was ahead when the two were last compared.
    pub(super) clock_ahead_ms: i64,
    pub(super) revoked: bool,
    told: HeadOfficeState,
    /// When a sign of life is due.
    alive_ms: u64,
}

/// Chance for the engine.
pub(super) fn jitter() -> u32 {
    let mut bytes = [0; 4];
    // Without chance all tills wait for the longest time, which is not wrong, only slow.
    if fill_public(&mut bytes).is_err() { u32::MAX } else { u32::from_be_bytes(bytes) }
}

impl Driver {
    pub(super) fn new(
        terminal: Terminal,
        office: HeadOffice,
        stop: watch::Receiver<bool>,
    ) -> Result<Self, docket_contracts::ApiError> {
        let address = Address::parse(&office.url, office.plain, office.ca.as_deref())
            .map_err(|rule| refuse(docket_contracts::ErrorCode::BadInput, "url", rule))?;
        let reading = Reading::open(terminal.inner.data.clone(), terminal.inner.shared.replacements())?;
        let pace = Pace::new(terminal.inner.shared.health().head.seq);
        let mut driver = Driver {
            terminal,
            office,
            address,
            engine: Uplink::new(Peer::Central, BATCHES_IN_FLIGHT),
            reading,
            channel: None,
            stream: None,
            marks: Marks::default(),
            answers: Answers::default(),
            pace,
            documents: Documents::default(),
            tallies: Tallies::default(),
            stop,
            clock_ahead_ms: 0,
            revoked: false,
            told: HeadOfficeState::default(),
            alive_ms: 0,
        };
        driver.restore()?;
        driver.tell();
        Ok(driver)
    }

    fn restore(&mut self) -> Result<(), StoreError> {
        for tail in self.reading.tails()? {
            self.engine.restore(tail.log, tail.branch, tail.tail, tail.mark);
        }
        Ok(())
    }

    /// Until the till ends.
    pub(super) async fn run(mut self) {
        let mut stop = self.stop.clone();
        tokio::select! {
            // Work that was handed to the writer is done all the same; what was not is found out at the next start.
            _ = stop.wait_for(|stop| *stop) => {}
            () = self.drive() => {}
        }
    }

    async fn drive(&mut self) {
        loop {
            if let Err(error) = self.step().await {
                // Nothing is given up: the store may be salvaged, or the disk may get room again.
                tracing::warn!(error = &error as &dyn std::error::Error, "the uplink met a failing store");
                self.fail(&Failure::Silent);
                tokio::time::sleep(Duration::from_millis(STORE_AGAIN_MS)).await;
                let replaced = self.terminal.inner.shared.replacements();
                if let Err(error) = self.reading.follow(replaced).and_then(|_| self.anew()) {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the store can't be read yet");
                }
            }
        }
    }

    fn anew(&mut self) -> Result<(), StoreError> {
        self.engine = Uplink::new(Peer::Central, BATCHES_IN_FLIGHT);
        self.restore()
    }

    /// Does all that there is to do, and waits for the next thing to happen.
    async fn step(&mut self) -> Result<(), Stopped> {
        while let Some(act) = self.engine.next_act_unless(|range| self.pace.holds_back(range, steady_ms())) {
            self.perform(act).await?;
        }
        let now = steady_ms();
        if self.marks.due_ms(self.engine.is_idle()).is_some_and(|due| now >= due) {
            self.marks.write(&self.terminal, now).await?;
        }
        self.answer(now).await?;
        self.show_life(now);
        self.tell();
        let wake = Duration::from_millis(self.sleep_ms());
        let shared = self.terminal.inner.shared.clone();
        tokio::select! {
            () = shared.appended.notified() => self.take_up()?,
            message = next(&mut self.stream) => match message {
                Ok(message) => self.hear(message).await?,
                Err(failure) => self.fail(&failure),
            },
            () = tokio::time::sleep(wake) => {}
        }
        self.engine.tick(steady_ms(), jitter());
        Ok(())
    }

    /// Says nothing in particular now and then, so that head office knows a till that sells nothing from one that is gone.
    fn show_life(&mut self, now: u64) {
        if self.engine.is_up() && now >= self.alive_ms {
            self.alive_ms = now + UPLINK_ALIVE_MS;
            if let Err(failure) = self.say(from_till::Message::Held(Heads { heads: Vec::new() })) {
                self.fail(&failure);
            }
        }
    }

    fn sleep_ms(&self) -> u64 {
        let now = steady_ms();
        let due = [
            self.engine.wake_at(),
            self.engine.outage_at().filter(|at| *at > now),
            self.marks.due_ms(self.engine.is_idle()),
            self.answers.due_ms(),
            self.pace.due_ms(now),
        ];
        let at = due.into_iter().flatten().min().unwrap_or(u64::MAX);
        at.saturating_sub(now).min(UPLINK_ALIVE_MS)
    }

    /// What the writer or an import has stored meanwhile.
    pub(super) fn take_up(&mut self) -> Result<(), StoreError> {
        let shared = &self.terminal.inner.shared;
        if self.reading.follow(shared.replacements())? {
            self.fail(&Failure::Silent);
            return self.anew();
        }
        if !shared.took_in_others() {
            let health = shared.health();
            if self.engine.grew(health.log, health.head) {
                return Ok(());
            }
        }
        for tail in self.reading.tails()? {
            self.engine.appended(tail.log, tail.branch, tail.tail);
        }
        Ok(())
    }

    async fn perform(&mut self, act: Act) -> Result<(), Stopped> {
        match act {
            Act::Connect => match self.address.connect().await {
                Ok(channel) => {
                    self.channel = Some(channel);
                    self.engine.connected(steady_ms());
                }
                Err(failure) => self.fail(&failure),
            },
            Act::Disconnect => self.hang_up(),
            Act::Hello(heads) => {
                if let Err(failure) = self.open(&heads).await {
                    self.fail(&failure);
                }
            }
            Act::Raise(raised) => self.marks.raise(raised),
            Act::Lower(lowered) => self.marks.lower(&self.terminal, lowered).await?,
            Act::Send(range) => self.send(range).await,
            Act::Ahead(head) => self.ahead(head).await?,
            Act::Forked { log, seq } => self.forked(log, seq).await?,
        }
        Ok(())
    }

    fn hang_up(&mut self) {
        self.stream = None;
        self.channel = None;
        self.documents = Documents::default();
        self.answers = Answers::default();
    }

    /// The connection is gone, or never was.
    pub(super) fn fail(&mut self, failure: &Failure) {
        let cause = failure.cause(self.clock_ahead_ms.abs() > CLOCK_APART_MS);
        tracing::info!(failure = failure as &dyn std::error::Error, ?cause, "no connection to head office");
        self.hang_up();
        self.revoked |= cause == Cause::Revoked;
        self.engine.lost(cause, steady_ms(), jitter());
    }

    /// Says hello. A token that is not accepted any more is renewed first, once.
    async fn open(&mut self, heads: &[PeerHead]) -> Result<(), Failure> {
        let Some(channel) = self.channel.clone() else { return Err(Failure::Silent) };
        let hello = TillHello {
            protocol: PROTOCOL,
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            fold_version: FOLD_VERSION,
            wall_time_ms: wall_ms(),
            heads: heads.iter().map(head_to).collect(),
        };
        let hello = || from_till::Message::Hello(hello.clone());
        let opened = match Stream::open(channel.clone(), &self.office.token, hello()).await {
            Err(failure) if failure.cause(false) == Cause::Token => {
                self.renew_token(channel.clone()).await?;
                Stream::open(channel, &self.office.token, hello()).await?
            }
            opened => opened?,
        };
        self.stream = Some(opened);
        Ok(())
    }

    async fn renew_token(&mut self, channel: Channel) -> Result<(), Failure> {
        let gone = |_| Failure::Silent;
        let (key, device) = self
            .terminal
            .inner
            .writer
            .task(|writer| (writer.key.clone(), writer.identity.device))
            .await
            .map_err(gone)?;
        let reply = renew(channel, &key, self.office.tenant, device).await?;
        self.keep_token(reply.token, reply.token_expires_ms);
        Ok(())
    }

    /// Keeps a new token. Where it can't be kept the old one is renewed again some day.
    pub(super) fn keep_token(&mut self, token: String, token_expires_ms: i64) {
        (self.office.token, self.office.token_expires_ms) = (token, token_expires_ms);
        if let Err(error) = self.office.write(&self.terminal.inner.data) {
            tracing::warn!(error = &error as &dyn std::error::Error, "the new token could not be kept");
        }
    }

    async fn send(&mut self, range: Range) {
        let Range { log, branch, .. } = range;
        self.pace.sent(&range, self.terminal.inner.shared.health().head.seq, steady_ms());
        match self.reading.batch(range) {
            Ok(batch) => {
                let rows = rows_to(log, &batch.items, batch.traceparent());
                match self.stream.as_ref().map(|stream| stream.say(from_till::Message::Rows(rows))) {
                    Some(Ok(())) => self.engine.sent(log, branch, batch.last(), steady_ms()),
                    _ => self.fail(&Failure::Silent),
                }
                if !batch.damaged.is_empty() {
                    self.terminal.note_damage(batch.damaged).await;
                }
            }
            Err(unreadable) => {
                tracing::error!(error = &unreadable as &dyn std::error::Error, %log, "rows can't be sent now; other logs go on");
                let rule = match &unreadable {
                    Unreadable::Store(error) => error.to_string(),
                    other => other.to_string(),
                };
                self.engine.unreadable(log, branch, &rule, steady_ms(), jitter());
            }
        }
    }

    /// Tells whoever asks how it stands, where that has changed.
    pub(super) fn tell(&mut self) {
        let (now, wall) = (steady_ms(), wall_ms());
        let ago = |since: u64| i64::try_from(now.saturating_sub(since)).unwrap_or(i64::MAX);
        let named = |(log, rule): (docket_domain::ids::LogId, &str)| (log.to_string(), rule.to_owned());
        let outage = self.engine.outage(now).map(|outage| (outage.cause, wall - ago(outage.since_ms)));
        let state = HeadOfficeState {
            url: self.office.url.clone(),
            connected: self.engine.is_up(),
            // The wall clock may be put right meanwhile; the outage began when it was first told to have begun.
            outage: match (outage, self.told.outage) {
                (Some((cause, _)), Some((_, since))) => Some((cause, since)),
                (outage, _) => outage,
            },
            aside: self.engine.set_aside_logs().take(ASIDE_LOGS_MAX).map(named).collect(),
            clock_ahead_ms: Some(self.clock_ahead_ms).filter(|ahead| ahead.abs() > CLOCK_APART_MS),
            revoked: self.revoked,
        };
        if state != self.told {
            self.told = state.clone();
            self.terminal.inner.shared.set_head_office(state);
        }
    }

    /// The heads of a log as they are held here now.
    pub(super) fn heads_of(&self, log: docket_domain::ids::LogId) -> Vec<PeerHead> {
        let tails = crate::store::peers::held_log(self.reading.connection(), log).ok().flatten();
        let branches = tails.into_iter().flat_map(|held| held.branches);
        branches.map(|branch| PeerHead { log, seq: branch.head.seq, hash: branch.head.hash }).collect()
    }
}

/// The next message, once there is a stream.
async fn next(stream: &mut Option<Stream>) -> Result<docket_sync::v1::FromCentral, Failure> {
    match stream {
        Some(stream) => stream.next().await,
        None => std::future::pending().await,
    }
}
