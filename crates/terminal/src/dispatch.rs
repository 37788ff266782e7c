//! Facts are told in process to those who follow from them: projections inside the transaction, windows after it.
//!
//! A subscriber declares its phase. What runs inside the transaction commits or rolls back with the facts; what runs
//! after it may be lost in a crash and must follow from the store again. Process managers will subscribe here too.

use docket_contracts::Topic;
use docket_domain::ids::OrderId;
use docket_domain::planted::{Fault, planted};
use rusqlite::Connection;

use crate::error::StoreError;
use crate::readmodel::{self, MAIN, records};
use crate::shared::Shared;
use crate::writer::Live;

/// When a subscriber hears of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// With the facts: both are stored, or neither.
    InTransaction,
    /// When the facts are durable.
    AfterCommit,
}

/// Facts of one order that one command wrote.
pub(crate) struct Told<'a> {
    /// The order with the facts folded in.
    pub(crate) live: &'a mut Live,
    /// Which read models a window may have to fetch again; projections add to it.
    pub(crate) topics: &'a mut Vec<Topic>,
}

/// What is left of the facts when they are durable.
#[derive(Debug, Clone)]
pub(crate) struct Durable {
    /// The order, if it was one.
    pub(crate) order_id: Option<OrderId>,
    /// Which read models changed.
    pub(crate) topics: Vec<Topic>,
}

/// Someone who follows from facts.
pub(crate) trait Subscriber: Sync {
    /// When it hears of them.
    fn phase(&self) -> Phase;

    /// Hears of facts inside their transaction.
    ///
    /// # Errors
    /// If the store fails: the facts roll back too.
    fn in_transaction(&self, _connection: &Connection, _told: &mut Told<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    /// Hears of facts that are durable.
    fn after_commit(&self, _shared: &Shared, _durable: &Durable) {}
}

/// Keeps the read models current.
struct ReadModels;

impl Subscriber for ReadModels {
    fn phase(&self) -> Phase {
        Phase::InTransaction
    }

    fn in_transaction(&self, connection: &Connection, told: &mut Told<'_>) -> Result<(), StoreError> {
        if planted(Fault::ProjectionSkipped) && told.live.order.version.count > 8 {
            return Ok(());
        }
        let made = records(&told.live.order, told.live.opened_by);
        let written = readmodel::replace(connection, MAIN, &told.live.written, made)?;
        told.topics.extend(written.changed());
        told.live.written = std::sync::Arc::new(written);
        Ok(())
    }
}

/// Tells every window.
struct Windows;

impl Subscriber for Windows {
    fn phase(&self) -> Phase {
        Phase::AfterCommit
    }

    fn after_commit(&self, shared: &Shared, durable: &Durable) {
        shared.feed.publish(durable.topics.clone(), durable.order_id);
    }
}

const SUBSCRIBERS: [&dyn Subscriber; 2] = [&ReadModels, &Windows];

/// Tells the subscribers of the transaction.
///
/// # Errors
/// The first failure; the caller rolls back.
pub(crate) fn in_transaction(connection: &Connection, told: &mut Told<'_>) -> Result<(), StoreError> {
    SUBSCRIBERS
        .iter()
        .filter(|subscriber| subscriber.phase() == Phase::InTransaction)
        .try_for_each(|subscriber| subscriber.in_transaction(connection, told))
}

/// Tells the subscribers of what is durable.
pub(crate) fn after_commit(shared: &Shared, durable: &Durable) {
    for subscriber in SUBSCRIBERS.iter().filter(|subscriber| subscriber.phase() == Phase::AfterCommit) {
        subscriber.after_commit(shared, durable);
    }
}
