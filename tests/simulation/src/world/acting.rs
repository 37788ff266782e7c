//! Acts of people, and clients that ask again.

use docket_contracts::{ApiError, CommandOutcome, ErrorCode};
use serde_json::{Value, json};

use super::{ORDERS_MANY, World};
use crate::acts;
use crate::device::Sent;
use crate::failure::{Failure, broken};
use docket_testkit::dice::Dice;

/// Devices that act on one order at the same time.
const RACING_MAX: usize = 3;

impl World<'_> {
    pub(super) async fn act(&mut self, index: usize, dice: &mut Dice) -> Result<(), Failure> {
        let Some((sent, offered)) = self.choose(index, dice).await? else { return Ok(()) };
        let before = if offered { None } else { Some(self.events(index).await?) };
        let answer = self.devices[index].send(&sent).await;
        self.note(index, &sent, &answer)?;
        if let (Some(before), name) = (before, sent.name) {
            let after = self.events(index).await?;
            if after != before {
                return Err(broken("decide", format!("{name} was not offered by the view and wrote facts")));
            }
        }
        Ok(())
    }

    /// Several devices act on one order at the same time, without hearing of each other.
    pub(super) async fn race(&mut self, index: usize, dice: &mut Dice) -> Result<(), Failure> {
        let page = self.ask(index, "orders", json!({ "limit": 20 })).await?;
        let listed = page["rows"].as_array().ok_or(Failure::Answer("rows"))?;
        let Some(order) = dice.pick(listed).map(|row| row["order_id"].clone()) else { return Ok(()) };
        let mut racing: Vec<usize> = (0..self.devices.len()).collect();
        dice.shuffle(&mut racing);
        for device in racing.into_iter().take(RACING_MAX) {
            self.devices[device].look_at_clock(self.now_ms);
            let view = match self.devices[device].ask("order", json!({ "order_id": order })).await {
                Ok(view) => view,
                Err(error) if error.code == ErrorCode::OrderNotFound => continue,
                Err(error) => return Err(Failure::Till { what: "order".into(), error }),
            };
            if let Some(sent) = acts::allowed(dice, &self.template.menu, &view) {
                let answer = self.devices[device].send(&sent).await;
                self.note(device, &sent, &answer)?;
            }
        }
        Ok(())
    }

    /// The next act, and whether the view offers it.
    pub(super) async fn choose(&self, index: usize, dice: &mut Dice) -> Result<Option<(Sent, bool)>, Failure> {
        let menu = &self.template.menu;
        if dice.one_in(if self.orders < ORDERS_MANY { 4 } else { 20 }) {
            return Ok(Some((acts::create(dice, menu), true)));
        }
        let page = self.ask(index, "orders", json!({ "limit": 20 })).await?;
        let listed = page["rows"].as_array().ok_or(Failure::Answer("rows"))?;
        let Some(row) = dice.pick(listed) else { return Ok(Some((acts::create(dice, menu), true))) };
        let view = self.ask(index, "order", json!({ "order_id": row["order_id"] })).await?;
        let wanted = !dice.one_in(12);
        let sent = if wanted { acts::allowed(dice, menu, &view) } else { acts::forbidden(dice, menu, &view) };
        let Some(mut sent) = sent else { return Ok(None) };
        if dice.one_in(25) {
            // A version that the order never had: as stale as can be.
            sent.expected = Some("1-0000000000000001".to_owned());
            return Ok(Some((sent, false)));
        }
        Ok(Some((sent, wanted)))
    }

    async fn ask(&self, index: usize, name: &str, input: Value) -> Result<Value, Failure> {
        self.devices[index].ask(name, input).await.map_err(Failure::till(name))
    }

    pub(super) async fn events(&self, index: usize) -> Result<Option<u64>, Failure> {
        Ok(self.ask(index, "status", json!({})).await?["events"].as_u64())
    }

    /// Writes an answer down.
    pub(super) fn note(
        &mut self,
        index: usize,
        sent: &Sent,
        answer: &Result<CommandOutcome, ApiError>,
    ) -> Result<(), Failure> {
        self.figures.commands += 1;
        let what = format!("{} {}", sent.name, short(&sent.input));
        match answer {
            Ok(outcome) => {
                self.figures.applied += u64::from(outcome.applied);
                self.orders += usize::from(sent.name == "create_order" && outcome.applied);
                self.ledger.acknowledge(index, sent, outcome);
                let order = outcome.order.as_ref().map(|order| format!("{} {}", order.label, order.status.as_str()));
                let done = if outcome.applied { "done" } else { "was so" };
                self.say(index, format!("{what}: {done}, {}", order.unwrap_or_default()));
                Ok(())
            }
            Err(error) if is_fault(error.code) => Err(Failure::Till { what, error: error.clone() }),
            Err(error) => {
                self.say(index, format!("{what}: refused, {}", error.code.as_str()));
                Ok(())
            }
        }
    }

    /// A client that heard nothing asks again.
    pub(super) async fn retry(&mut self, index: usize, dice: &mut Dice) -> Result<(), Failure> {
        let of_device: Vec<usize> = (0..self.ledger.acks.len())
            .filter(|ack| self.ledger.acks[*ack].device == index && self.ledger.acks[*ack].outcome.applied)
            .collect();
        let Some(ack) = dice.pick(&of_device).map(|ack| &self.ledger.acks[*ack]) else { return Ok(()) };
        let (mut sent, first, receipt) = (ack.sent.clone(), ack.outcome.clone(), ack.receipt);
        if receipt && dice.one_in(4) {
            sent.expected = Some("2-0000000000000002".to_owned());
            let answer = self.devices[index].send(&sent).await;
            return match answer {
                Err(error) if error.code == ErrorCode::CommandIdReused => Ok(()),
                other => Err(broken("S1", format!("a command id with other content was answered {other:?}"))),
            };
        }
        let before = self.events(index).await?;
        let answer = self.devices[index].send(&sent).await;
        if !receipt {
            return self.note(index, &sent, &answer);
        }
        self.say(index, format!("{} again", sent.name));
        match answer {
            Ok(outcome) if outcome == first && self.events(index).await? == before => Ok(()),
            other => Err(broken("S1", format!("a retry of {} was answered {other:?}, first {first:?}", sent.name))),
        }
    }
}

/// Whether a refusal says that the till itself failed, or that this simulation sends nonsense.
fn is_fault(code: ErrorCode) -> bool {
    use ErrorCode::{
        BadInput, Busy, DiskFull, SessionRequired, ShuttingDown, StoreFailed, StoreLocked, StoreNewer, StoreReadOnly,
        UnknownCommand,
    };
    [
        BadInput,
        Busy,
        DiskFull,
        SessionRequired,
        ShuttingDown,
        StoreFailed,
        StoreLocked,
        StoreNewer,
        StoreReadOnly,
        UnknownCommand,
    ]
    .contains(&code)
}

/// What an input is about, for the trace.
fn short(input: &Value) -> String {
    let order = input["order_id"].as_str().map(|id| id.chars().take(6).collect::<String>()).unwrap_or_default();
    let line = input["line_id"].as_str().or_else(|| input["line"]["line_id"].as_str());
    let line = line.map(|id| format!("/{}", id.chars().take(4).collect::<String>())).unwrap_or_default();
    format!("{order}{line}")
}
