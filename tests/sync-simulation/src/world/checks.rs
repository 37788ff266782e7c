//! What must hold once everything rests.

use std::collections::{BTreeMap, BTreeSet};

use docket_log::replication::{Branch, Uplink};
use docket_log::{ChainVerifier, Mode};
use uuid::Uuid;

use super::{Failure, World, broken};
use crate::histories::branch;

impl World {
    /// Whether nothing is under way any more.
    pub(super) fn is_quiet(&self) -> bool {
        let in_step = |engine: &Uplink| engine.is_up() && engine.is_in_step() && engine.is_idle();
        self.tills.iter().all(|till| till.engine.as_ref().is_some_and(in_step))
            && self.office.open.is_empty()
            && self.office.database.outbox.values().all(|waiting| waiting.published)
            && self.pipeline.is_quiet()
    }

    /// What is not at rest.
    pub(super) fn stuck(&self) -> String {
        let mut found = Vec::new();
        for till in &self.tills {
            let Some(engine) = &till.engine else {
                found.push(format!("till {} is off", till.number));
                continue;
            };
            if !engine.is_up() {
                found.push(format!("till {} has no connection", till.number));
            }
            for (log, branch) in till.store.logs.places() {
                let (mark, last) =
                    (engine.mark((log, branch)), till.store.logs.of(log)[crate::histories::index(branch)].last());
                if mark < last {
                    found.push(format!("till {}: {log} {branch:?} is held up to {mark} of {last}", till.number));
                }
            }
            found.extend(engine.set_aside_logs().map(|(log, rule)| format!("{log} is set aside: {rule}")));
        }
        let waiting = self.office.database.outbox.values().filter(|waiting| !waiting.published).count();
        found.push(format!("{} transactions, {waiting} messages wait", self.office.open.len()));
        found.join("; ")
    }

    /// Everything that must hold in the end.
    pub(super) fn settled(&mut self) -> Result<(), Failure> {
        for till in &mut self.tills {
            till.write_marks();
        }
        self.rows_arrived()?;
        self.chains_hold()?;
        self.outboxes()?;
        self.orders_told()?;
        self.figures.rows = self.tills.iter().map(|till| till.store.logs.rows().count()).sum();
        self.figures.messages = self.pipeline.broker.len();
        self.figures.forks = self.office.database.logs.0.values().filter(|histories| histories.len() > 1).count();
        Ok(())
    }

    /// Every row of every till is at head office, byte for byte.
    fn rows_arrived(&self) -> Result<(), Failure> {
        for till in &self.tills {
            if let Some(row) = till.store.logs.rows().find(|row| !self.office.database.logs.holds(row)) {
                let text = format!("till {}: {} row {} is not at head office", till.number, row.log, row.seq);
                return Err(broken("S5: nothing is lost", text));
            }
        }
        Ok(())
    }

    /// Every history at head office is a whole chain that ends signed, and none is there twice.
    fn chains_hold(&self) -> Result<(), Failure> {
        let logs = &self.office.database.logs;
        for (log, histories) in &logs.0 {
            let mut tails = BTreeSet::new();
            for (at, history) in histories.iter().enumerate() {
                let row = |seq| logs.row(*log, branch(at), seq);
                let first = row(1).ok_or_else(|| broken("the chain holds", format!("{log} has no row 1")))?;
                let held = |error| broken("the chain holds", format!("{log} history {at}: {error}"));
                let mut verifier = ChainVerifier::from_opening(first, Mode::Batch).map_err(held)?;
                for seq in 1..=history.last() {
                    let row = row(seq).ok_or_else(|| broken("the chain holds", format!("{log} lacks row {seq}")))?;
                    verifier.push(row).map_err(held)?;
                }
                if !tails.insert(verifier.finish().map_err(held)?.hash.0) {
                    return Err(broken("no row twice", format!("{log} has one history twice")));
                }
            }
        }
        Ok(())
    }

    /// S14: a row waits exactly as long as it is not at level C.
    fn outboxes(&self) -> Result<(), Failure> {
        for till in &self.tills {
            if let Some((log, seq)) = till.store.outbox.first() {
                return Err(broken("S14: the outbox", format!("till {}: {log} row {seq} still waits", till.number)));
            }
            for (log, histories) in &till.store.logs.0 {
                let mark = till.store.marks.get(log).copied().unwrap_or(0);
                if mark != histories[0].last() {
                    let text = format!("till {}: {log} is marked to {mark}, not {}", till.number, histories[0].last());
                    return Err(broken("S14: the outbox", text));
                }
                let engine = till.engine.as_ref().map_or(0, |engine| engine.mark((*log, Branch(0))));
                if mark != engine {
                    return Err(broken(
                        "S14: the outbox",
                        format!("till {}: {log}: {mark}, not {engine}", till.number),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Orders at head office are what its rows say; the broker's last message of each is that, and so is the read model.
    fn orders_told(&self) -> Result<(), Failure> {
        let mut facts: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for row in self.office.database.logs.rows().filter(|row| row.stream_kind == "order") {
            facts.entry(row.stream_id).or_default().insert(row.event_id);
        }
        if facts != self.office.database.orders {
            return Err(broken("orders are the fold of all rows", "a fact of an order is lost"));
        }
        for (order, facts) in &facts {
            // What head office lost by a restore and the till by another is nowhere; the topic and the read model may
            // still know of it.
            let lost = self
                .pipeline
                .broker
                .iter()
                .any(|message| message.of.key == *order && !message.of.body.is_subset(facts));
            if lost {
                continue;
            }
            let newest = self.pipeline.broker.iter().filter(|message| message.of.key == *order);
            let newest = newest.map(|message| (&message.of.epoch, message.of.version, &message.of.body)).max();
            if newest.is_none_or(|(_, _, body)| body != facts) {
                return Err(broken("the broker's last word", format!("order {order} is another one on the topic")));
            }
            if self.pipeline.consumer.orders.get(order).is_none_or(|(_, body)| body != facts) {
                return Err(broken("the read model", format!("order {order} is another one at the consumer")));
            }
        }
        let sent: BTreeSet<u64> = self.pipeline.broker.iter().map(|message| message.of.id).collect();
        if let Some(id) = self.office.database.outbox.keys().find(|id| !sent.contains(id)) {
            return Err(broken("the outbox is on the topic", format!("message {id} is marked and was never sent")));
        }
        if sent.len() != self.pipeline.consumer.counted {
            let text = format!("{} messages, {} counted", sent.len(), self.pipeline.consumer.counted);
            return Err(broken("each message counts once", text));
        }
        Ok(())
    }
}
