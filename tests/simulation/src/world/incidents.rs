//! Crashes, starts, copies of the folder that are made and put back, clocks that jump.

use super::World;
use crate::failure::{Failure, broken};
use crate::ledger::survives;
use crate::rows;
use docket_testkit::dice::Dice;

impl World<'_> {
    pub(super) async fn crash(&mut self, index: usize, dice: &mut Dice, in_flight: bool) -> Result<(), Failure> {
        let before = rows::read(&rows::open(&self.devices[index].data())?)?;
        let length = self.devices[index].written();
        let mut flying = None;
        let mut keep = None;
        if in_flight && let Some((sent, _)) = self.choose(index, dice).await? {
            // Nobody hears the answer, so nothing was promised: it may be there whole, or not at all.
            let _ = self.devices[index].send(&sent).await;
            let grown = self.devices[index].written().saturating_sub(length);
            keep = Some(length + dice.bits() % (grown + 1));
            flying = Some(sent);
        }
        self.figures.crashes += 1;
        let said = flying.as_ref().map_or_else(String::new, |sent| format!(" in the middle of {}", sent.name));
        self.say(index, format!("crashes{said}"));
        self.devices[index].crash(keep, self.now_ms).await?;
        self.check_start(index, &before)?;
        if let Some(sent) = flying.filter(|_| dice.one_in(2)) {
            let answer = self.devices[index].send(&sent).await;
            self.note(index, &sent, &answer)?;
        }
        Ok(())
    }

    pub(super) async fn restart(&mut self, index: usize) -> Result<(), Failure> {
        let before = rows::read(&rows::open(&self.devices[index].data())?)?;
        self.say(index, "ends and starts");
        self.devices[index].restart(self.now_ms).await?;
        self.check_start(index, &before)
    }

    fn check_start(&self, index: usize, before: &rows::Rows) -> Result<(), Failure> {
        let connection = rows::open(&self.devices[index].data())?;
        let after = rows::read(&connection)?;
        survives(before, &after)?;
        self.ledger.hold_to_word(index, &connection, &after)
    }

    pub(super) fn copy(&mut self, index: usize) -> Result<(), Failure> {
        self.say(index, "a copy of the folder is made");
        self.devices[index].copy()
    }

    /// A restore is a person's work: it happens at least a second after the last act, so that the witness knows of it.
    pub(super) async fn restore(&mut self, index: usize, dice: &mut Dice) -> Result<(), Failure> {
        let copies = self.devices[index].copies();
        if copies == 0 {
            return Ok(());
        }
        self.now_ms += 1_000;
        self.devices[index].look_at_clock(self.now_ms);
        self.devices[index].second().await?;
        let before = rows::read(&rows::open(&self.devices[index].data())?)?;
        let series = self.folder(index, "receipt_series")?;
        let (copy, moved) = (dice.below(copies), dice.one_in(4));
        let words = if moved { " on another machine" } else { "" };
        self.say(index, format!("an old copy is put back{words}"));
        self.figures.restores += 1;
        self.devices[index].restore(copy, moved, self.now_ms).await?;
        let connection = rows::open(&self.devices[index].data())?;
        let after = rows::read(&connection)?;
        let others = (0..self.devices.len()).filter(|other| *other != index);
        let elsewhere: Vec<rows::Rows> = others.map(|other| self.holding(other)).collect::<Result<_, _>>()?;
        let gone = self.ledger.restored(index, &before, &after, &elsewhere);
        self.say(index, format!("{gone} rows are gone here"));
        self.ledger.hold_to_word(index, &connection, &after)?;
        // What others wrote carries no number of this device, so losing it proves nothing against its series.
        let device: String = self.folder(index, "device")?;
        let own = |row: &rows::Stored| row.device.to_string() == device;
        let own_gone = before.values().any(|row| own(row) && !after.contains_key(&row.key));
        if own_gone && self.folder(index, "receipt_series")? == series {
            return Err(broken("S12", format!("an old copy was put back and the series {series} goes on")));
        }
        Ok(())
    }

    fn folder(&self, index: usize, name: &str) -> Result<String, Failure> {
        let connection = rows::open(&self.devices[index].data())?;
        Ok(connection.query_row("SELECT value FROM folder WHERE name = ?1", [name], |row| row.get(0))?)
    }

    pub(super) fn jump(&mut self, index: usize, dice: &mut Dice) {
        let hours = i64::try_from(dice.below(60)).expect("a small number") - 30;
        let skew = if dice.one_in(3) { 0 } else { hours * 3_600_000 };
        self.say(index, format!("the clock jumps: it is {} min off now", skew / 60_000));
        self.devices[index].skew_ms = skew;
    }
}
