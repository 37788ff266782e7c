//! Exports that reach other devices, in the walk and at its end.

use super::{MAIL_MAX, ROUNDS_MAX, STREAM_OF_END, World};
use crate::checks;
use crate::exchange::{self, Way};
use crate::failure::{Failure, broken};
use docket_testkit::dice::Dice;

impl World<'_> {
    pub(super) async fn exchange(&mut self, index: usize, dice: &mut Dice) -> Result<(), Failure> {
        let text = exchange::export(&self.devices[index])?;
        // Sometimes to itself: what a device gets back must change nothing.
        let others: Vec<usize> = (0..self.devices.len()).filter(|to| *to != index || dice.one_in(10)).collect();
        let to = dice.pick(&others).copied().unwrap_or(index);
        let ways =
            [(4, Some(Way::Whole)), (1, Some(Way::Twice)), (3, Some(Way::Pieces)), (3, Some(Way::Broken)), (1, None)];
        match dice.weighed(&ways) {
            None => {
                self.say(index, "exports; it arrives later");
                if self.mail.len() >= MAIL_MAX {
                    self.mail.remove(0);
                }
                self.mail.push(text);
                Ok(())
            }
            Some(way) => {
                let name = self.devices[to].name;
                self.say(index, format!("exports to {name}: {way:?}"));
                self.arrive(to, way, text, dice).await
            }
        }
    }

    pub(super) async fn late(&mut self, index: usize, dice: &mut Dice) -> Result<(), Failure> {
        if self.mail.is_empty() {
            return Ok(());
        }
        let text = self.mail.remove(dice.below(self.mail.len()));
        self.say(index, "gets an export of long ago");
        self.arrive(index, Way::Late, text, dice).await
    }

    async fn arrive(&mut self, to: usize, way: Way, text: Vec<u8>, dice: &mut Dice) -> Result<(), Failure> {
        self.devices[to].look_at_clock(self.now_ms);
        let (mut stored, mut held, mut refused) = (0, 0, 0);
        for text in exchange::arrivals(way, text, dice) {
            self.figures.imports += 1;
            let what = || format!("an import ({way:?})");
            let report = exchange::deliver(&self.devices[to], &text).await.map_err(Failure::till(what()))?;
            if let Some(refused) = report.refused.first().filter(|_| !may_refuse(way)) {
                return Err(broken("S7", format!("{} refused: {refused}", what())));
            }
            (stored, held, refused) = (stored + report.stored, held + report.held, refused + report.refused_count);
            if let Some(why) = report.renewed {
                self.say(to, format!("takes a new letter: {why}"));
            }
        }
        self.say(to, format!("takes {stored} rows, has {held}, refuses {refused}"));
        Ok(())
    }

    /// Everyone exchanges with everyone until nobody learns anything, and then everything must hold.
    pub(super) async fn end(&mut self) -> Result<(), Failure> {
        self.step += 1;
        let mut dice = Dice::new(self.seed.number, STREAM_OF_END);
        docket_terminal::simulated::Virtual::seed(dice.bits());
        self.now_ms += 60_000;
        let mut held = self.holdings()?;
        for _ in 0..ROUNDS_MAX {
            if held.windows(2).all(|pair| pair[0].len() == pair[1].len() && pair[0].keys().eq(pair[1].keys())) {
                break;
            }
            let mut pairs: Vec<(usize, usize)> = Vec::new();
            for from in 0..self.devices.len() {
                pairs.extend((0..self.devices.len()).filter(|to| *to != from).map(|to| (from, to)));
            }
            dice.shuffle(&mut pairs);
            for (from, to) in pairs {
                let (from_rows, to_rows) = (self.holding(from)?, self.holding(to)?);
                if from_rows.keys().all(|key| to_rows.contains_key(key)) {
                    continue;
                }
                let text = exchange::export(&self.devices[from])?;
                let name = self.devices[to].name;
                self.say(from, format!("exports to {name} at the end"));
                self.arrive(to, Way::Whole, text, &mut dice).await?;
            }
            held = self.holdings()?;
        }
        let checked = checks::all(&self.devices, &held, &self.ledger, &mut dice).await?;
        self.figures.rows += checked.rows;
        self.figures.exceptions += checked.exceptions;
        self.figures.seeds += 1;
        Ok(())
    }
}

/// Whether an import may rightly refuse something: rows whose predecessors didn't come along, and a line that was torn.
fn may_refuse(way: Way) -> bool {
    matches!(way, Way::Pieces | Way::Broken)
}
