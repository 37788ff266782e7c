//! One commit: a transaction around the commands that were ready together.

use std::collections::HashMap;

use docket_contracts::{ApiError, CommandOutcome, ErrorCode, Topic};
use docket_domain::ids::OrderId;
use docket_domain::planted::{Fault, planted};
use docket_log::Head;

use super::{Call, Live, Reply, Writer};
use crate::dispatch::{self, Durable, Told};
use crate::error::{StoreError, refuse};
use crate::salvage::in_words;
use crate::shared::Shop;
use crate::store::{events, meta};

/// What an accepted command leaves to be merged when its transaction has committed.
#[derive(Default)]
pub(super) struct Staged {
    pub(super) outcome: Option<CommandOutcome>,
    pub(super) live: Option<(OrderId, Live)>,
    pub(super) counters: Vec<(String, i64)>,
    pub(super) rows: i64,
    pub(super) topics: Vec<Topic>,
    pub(super) order_id: Option<OrderId>,
    pub(super) shop: Option<Shop>,
}

/// What the batch has staged so far: later commands of the same commit see it.
#[derive(Default)]
pub(super) struct Overlay {
    pub(super) live: HashMap<OrderId, Live>,
    pub(super) counters: HashMap<String, i64>,
    pub(super) rows: i64,
    pub(super) durable: Vec<Durable>,
    pub(super) shop: Option<Shop>,
    /// Orders that changed by other devices' facts.
    pub(super) touched: Vec<OrderId>,
    stored: Vec<Stored>,
}

/// What is logged of a command once it is durable.
struct Stored {
    span: tracing::Span,
    events: i64,
    status: Option<&'static str>,
}

impl Overlay {
    pub(super) fn merge(&mut self, staged: Staged) -> CommandOutcome {
        if let Some((id, live)) = staged.live {
            self.live.insert(id, live);
        }
        self.counters.extend(staged.counters);
        self.rows += staged.rows;
        if !staged.topics.is_empty() {
            self.durable.push(Durable { order_id: staged.order_id, topics: staged.topics });
        }
        if staged.shop.is_some() {
            self.shop = staged.shop;
        }
        staged.outcome.expect("an accepted command has an outcome")
    }
}

impl Writer {
    /// Runs the waiting commands in one transaction and answers each after the sync.
    pub(super) fn commit(&mut self, commands: &mut Vec<(Box<Call>, Reply)>) {
        if commands.is_empty() {
            return;
        }
        let before = self.log.head();
        let mut overlay = Overlay::default();
        let mut result = self.transaction(commands, &mut overlay);
        if let Err(error) = &result
            && error.is_damage()
            && self.abandon(before, error)
        {
            // The commands wrote nothing; in the salvaged store they are as good as new.
            overlay = Overlay::default();
            result = self.transaction(commands, &mut overlay);
        }
        match result {
            Ok(outcomes) => {
                let new_shop = overlay.shop.is_some();
                self.settle(&mut overlay);
                if new_shop {
                    self.keep_spare();
                }
                for ((_, reply), outcome) in commands.drain(..).zip(outcomes) {
                    // Who asked may have gone; the receipt keeps the outcome for a retry.
                    let _ = reply.send(outcome);
                }
                self.tell(overlay);
                self.commit_late();
            }
            Err(error) => {
                if !error.is_damage() {
                    self.abandon(before, &error);
                }
                let refusal = ApiError::from(error);
                for (_, reply) in commands.drain(..) {
                    let _ = reply.send(Err(refusal.clone()));
                }
            }
        }
    }

    /// What two planted faults leave to be done when everyone has been answered.
    fn commit_late(&self) {
        if planted(Fault::AnswerBeforeCommit) && !self.connection.is_autocommit() {
            self.sql("COMMIT").expect("a planted fault runs on a healthy disk");
        }
        if planted(Fault::OutboxOutside) {
            let missing = "INSERT OR IGNORE INTO outbox (log_no, seq) SELECT log_no, events.seq FROM events JOIN logs \
                           USING (log_id) WHERE own = 1";
            self.connection.execute_batch(missing).expect("a planted fault runs on a healthy disk");
        }
    }

    fn transaction(
        &mut self,
        commands: &[(Box<Call>, Reply)],
        overlay: &mut Overlay,
    ) -> Result<Vec<Result<CommandOutcome, ApiError>>, StoreError> {
        self.sql("BEGIN IMMEDIATE")?;
        // Alone, the transaction is the savepoint: SQLite then need not keep each page as it was for a rollback inside.
        let alone = commands.len() == 1;
        let mut outcomes = Vec::with_capacity(commands.len());
        for (call, _) in commands {
            outcomes.push(self.run_command(call, overlay, alone)?);
        }
        if alone && outcomes.iter().all(Result::is_err) {
            self.sql("ROLLBACK")?;
            return Ok(outcomes);
        }
        if overlay.rows > 0 {
            self.write_tail(overlay)?;
        }
        if !planted(Fault::AnswerBeforeCommit) {
            self.sql("COMMIT")?;
        }
        Ok(outcomes)
    }

    fn run_command(
        &mut self,
        call: &Call,
        overlay: &mut Overlay,
        alone: bool,
    ) -> Result<Result<CommandOutcome, ApiError>, StoreError> {
        let order_id = super::translate::order_of(&call.command).map(|id| id.0);
        // Every line that is logged of a command's work carries these.
        let span = tracing::info_span!("command", command = call.command.name(), correlation_id = %call.command_id, order_id = order_id.map(tracing::field::display), event_id = tracing::field::Empty);
        let before = overlay.rows;
        let result = span.in_scope(|| self.savepoint(call, overlay, alone))?;
        if let Ok(outcome) = &result
            && overlay.rows > before
        {
            let status = outcome.order.as_ref().map(|order| order.status.as_str());
            overlay.stored.push(Stored { span, events: overlay.rows - before, status });
        }
        Ok(result)
    }

    fn savepoint(
        &mut self,
        call: &Call,
        overlay: &mut Overlay,
        alone: bool,
    ) -> Result<Result<CommandOutcome, ApiError>, StoreError> {
        let head = self.log.head();
        if !alone {
            self.sql("SAVEPOINT command")?;
        }
        match self.execute(call, overlay).and_then(|staged| self.project(staged)) {
            Ok(staged) => {
                if !alone {
                    self.sql("RELEASE command")?;
                }
                Ok(Ok(overlay.merge(staged)))
            }
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                self.log.rollback_to(head);
                // A full disk may have ended the whole transaction by itself.
                if self.connection.is_autocommit() {
                    return Err(error);
                }
                if !alone {
                    self.sql("ROLLBACK TO command")?;
                    self.sql("RELEASE command")?;
                }
                Ok(Err(ApiError::from(error)))
            }
        }
    }

    /// Tells the subscribers of the transaction what a command wrote.
    fn project(&self, mut staged: Staged) -> Result<Staged, StoreError> {
        if let Some((_, live)) = &mut staged.live {
            dispatch::in_transaction(&self.connection, &mut Told { live, topics: &mut staged.topics })?;
        }
        Ok(staged)
    }

    /// Head and kept counts: once per commit, in its transaction.
    pub(super) fn write_tail(&mut self, overlay: &Overlay) -> Result<(), StoreError> {
        events::set_head(&self.connection, self.log_no, &self.log.head())?;
        let mut statement = self
            .connection
            .prepare_cached("UPDATE counters SET value = value + ?1 WHERE name IN ('events', 'outbox')")?;
        statement.execute([overlay.rows])?;
        drop(statement);
        for (name, value) in overlay.counters.iter().filter(|_| !planted(Fault::CountersForgotten)) {
            meta::set_counter(&self.connection, name, *value)?;
        }
        Ok(())
    }

    /// Other work that appends rows, in a transaction of its own. `work` says how many rows it appended.
    pub(crate) fn in_transaction(
        &mut self,
        work: impl FnOnce(&mut Writer) -> Result<i64, StoreError>,
    ) -> Result<(), StoreError> {
        let (before, log_no, log) = (self.log.head(), self.log_no, self.log.log());
        self.sql("BEGIN IMMEDIATE")?;
        let done = work(self).and_then(|rows| {
            let overlay = Overlay { rows, ..Overlay::default() };
            self.write_tail(&overlay)?;
            self.sql("COMMIT")?;
            Ok(overlay)
        });
        match done {
            Ok(mut overlay) => {
                self.settle(&mut overlay);
                self.tell(overlay);
                Ok(())
            }
            Err(error) => {
                if self.log_no != log_no {
                    // The work had begun a new log; the one before goes on.
                    self.log_no = log_no;
                    self.log = docket_log::LogWriter::resume(&self.key, log, before);
                }
                self.abandon(before, &error);
                Err(error)
            }
        }
    }

    pub(super) fn sql(&self, text: &str) -> Result<(), StoreError> {
        self.connection.prepare_cached(text)?.execute([])?;
        Ok(())
    }

    /// Makes the committed state the one that others see, before anyone is answered.
    pub(super) fn settle(&mut self, overlay: &mut Overlay) {
        if let Some(touched) = &mut self.rebuild_touched {
            touched.extend(overlay.live.keys().chain(&overlay.touched).copied());
        }
        if let Some(shop) = overlay.shop.take() {
            self.shared.set_shop(shop);
        }
        if overlay.rows > 0 {
            self.shared.committed(self.log.log(), self.log.head(), overlay.rows);
        }
    }

    /// What nobody who was answered has to wait for: the writer's own memory, the windows and the logs.
    pub(super) fn tell(&mut self, overlay: Overlay) {
        self.live.forget(overlay.touched);
        for (id, live) in overlay.live {
            self.live.put(id, live);
        }
        self.counters.extend(overlay.counters);
        for durable in &overlay.durable {
            dispatch::after_commit(&self.shared, durable);
        }
        for Stored { span, events, status } in overlay.stored {
            span.in_scope(|| tracing::info!(events, status, "command stored"));
        }
    }

    /// Forgets what was staged, because its transaction did not commit. Says whether the store was salvaged.
    pub(super) fn abandon(&mut self, before: Head, error: &StoreError) -> bool {
        tracing::error!(error = error as &dyn std::error::Error, "a commit failed; nothing of it was acknowledged");
        self.log.rollback_to(before);
        if !self.connection.is_autocommit()
            && let Err(rollback) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %rollback, "the rollback failed too");
        }
        if !error.is_fatal() {
            return false;
        }
        let reopened =
            if error.is_damage() { Err(in_words(error)) } else { self.reopen().map_err(|error| in_words(&error)) };
        let Err(why) = reopened else { return false };
        if let Err(error) = self.salvage(&why) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the store could not be salvaged: it is read-only"
            );
            self.shared.set_read_only(true);
            return false;
        }
        true
    }
}

/// The refusal of any write while the store can only be read.
pub(super) fn read_only() -> ApiError {
    refuse(ErrorCode::StoreReadOnly, "store", "the store can only be read; nothing was written")
}
