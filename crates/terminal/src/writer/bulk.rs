//! Many commands in one transaction: for load and figures, where nobody waits for a single answer.
//!
//! Each command goes the way of every other (receipt, policy, load, decide, seal, write) and leaves the same rows. Three
//! things are done once for the transaction and not for each command: the sync, head and counts, and the read models of
//! an order. A refusal rolls all of it back, because no savepoint stands between two commands.

use docket_contracts::{ApiError, CommandOutcome};
use docket_domain::ids::OrderId;
use docket_domain::order::Order;

use super::batch::Overlay;
use super::{Call, Writer};
use crate::dispatch::{self, Durable, Told};
use crate::error::StoreError;

/// A transaction that takes commands.
pub(crate) struct Bulk<'a> {
    writer: &'a mut Writer,
    overlay: Overlay,
    /// Orders in the order in which they were first written, which gives their rows the numbers that single commits do.
    touched: Vec<OrderId>,
}

impl Writer {
    /// Runs `work` in one transaction. Everything that it sent is durable when this gives its result.
    ///
    /// # Errors
    /// The first refusal, or if the store fails; nothing was written then.
    pub(crate) fn bulk<T>(&mut self, work: impl FnOnce(&mut Bulk<'_>) -> Result<T, ApiError>) -> Result<T, ApiError> {
        let before = self.log.head();
        let mut overlay = Overlay::default();
        match self.try_bulk(&mut overlay, work) {
            Ok(done) => {
                self.settle(&mut overlay);
                self.tell(overlay);
                Ok(done)
            }
            Err(error) => {
                self.abandon(before, &error);
                Err(error.into())
            }
        }
    }

    fn try_bulk<T>(
        &mut self,
        overlay: &mut Overlay,
        work: impl FnOnce(&mut Bulk<'_>) -> Result<T, ApiError>,
    ) -> Result<T, StoreError> {
        self.sql("BEGIN IMMEDIATE")?;
        let mut bulk = Bulk { writer: self, overlay: std::mem::take(overlay), touched: Vec::new() };
        let done = work(&mut bulk)?;
        bulk.project()?;
        *overlay = bulk.overlay;
        self.write_tail(overlay)?;
        self.sql("COMMIT")?;
        Ok(done)
    }
}

impl Bulk<'_> {
    /// Runs a command behind those that this transaction has taken.
    ///
    /// # Errors
    /// The refusal; the transaction must then end with it.
    pub(crate) fn send(&mut self, call: &Call) -> Result<CommandOutcome, ApiError> {
        let staged = self.writer.execute(call, &self.overlay)?;
        if let Some((id, _)) = &staged.live
            && !self.overlay.live.contains_key(id)
        {
            self.touched.push(*id);
        }
        Ok(self.overlay.merge(staged))
    }

    /// The order as the transaction has it.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn order(&mut self, id: OrderId) -> Result<Option<std::sync::Arc<Order>>, ApiError> {
        if let Some(live) = self.overlay.live.get(&id) {
            return Ok(Some(live.order.clone()));
        }
        Ok(self.writer.live.get(&self.writer.connection, id)?.map(|live| live.order))
    }

    /// Writes the read models of each order once, as it stands at the end, and keeps one word for the windows.
    fn project(&mut self) -> Result<(), StoreError> {
        let mut topics = Vec::new();
        for id in &self.touched {
            let live = self.overlay.live.get_mut(id).expect("what was touched is in the overlay");
            dispatch::in_transaction(&self.writer.connection, &mut Told { live, topics: &mut topics })?;
        }
        topics.sort_unstable();
        topics.dedup();
        self.overlay.durable = vec![Durable { order_id: None, topics }];
        Ok(())
    }
}
