//! The steps of a seed: sales, and everything that goes wrong; and the calm in the end.

use docket_log::opened::OpenReason;

use super::{Event, STEP_MS_MAX, World};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Sell,
    SellAndDie,
    Die,
    Copy,
    Restore,
    RestoreUnnoticed,
    TakeBack,
    Cut,
    LineDown,
    OfficeDies,
    OfficeCopy,
    OfficeRestore,
    BrokerAway,
    RelayDies,
}

const WEIGHTS: [(usize, Step); 14] = [
    (60, Step::Sell),
    (2, Step::SellAndDie),
    (2, Step::Die),
    (3, Step::Copy),
    (1, Step::Restore),
    (2, Step::RestoreUnnoticed),
    (3, Step::TakeBack),
    (3, Step::Cut),
    (2, Step::LineDown),
    (2, Step::OfficeDies),
    (2, Step::OfficeCopy),
    (1, Step::OfficeRestore),
    (2, Step::BrokerAway),
    (4, Step::RelayDies),
];

impl World {
    /// One step, and the next one a while later.
    pub(super) fn step(&mut self) {
        self.steps_left = self.steps_left.saturating_sub(1);
        let kind = self.dice.weighed(&WEIGHTS);
        let till = self.dice.below(self.tills.len());
        if kind != Step::Sell {
            self.note(|| format!("{kind:?} (till {till})"));
        }
        match kind {
            Step::Sell => self.sell(till, false),
            Step::SellAndDie => {
                self.sell(till, true);
                self.till_dies(till, Some(OpenReason::Start));
            }
            Step::Die => self.till_dies(till, Some(OpenReason::Start)),
            Step::Copy => self.tills[till].copy = Some(self.tills[till].store.clone()),
            Step::Restore => self.restore(till, Some(OpenReason::Restore)),
            Step::RestoreUnnoticed => self.restore(till, None),
            Step::TakeBack => self.take_back(till),
            Step::Cut => {
                if let Some(session) = self.tills[till].session {
                    self.cut(session);
                }
            }
            Step::LineDown => {
                self.line = false;
                self.cut_all();
                let delay = self.soon(500, 40_000);
                self.at(delay, Event::LineOn);
            }
            Step::OfficeDies => self.office_dies(),
            Step::OfficeCopy => self.office_copy = Some(self.office.database.clone()),
            Step::OfficeRestore => self.restore_office(),
            Step::BrokerAway => {
                self.pipeline.away = true;
                let delay = self.soon(500, 60_000);
                self.at(delay, Event::BrokerOn);
            }
            Step::RelayDies => {
                let who = self.dice.below(2);
                self.pipeline.relay_dies(who);
            }
        }
        if self.steps_left > 0 {
            let delay = self.soon(1, STEP_MS_MAX);
            self.at(delay, Event::Step);
        }
    }

    fn sell(&mut self, till: usize, dies: bool) {
        if self.tills[till].engine.is_some() {
            self.tills[till].sell(&self.orders, dies, self.now_ms, &mut self.dice);
            self.at(1, Event::Wake(till));
        }
    }

    fn till_dies(&mut self, till: usize, reason: Option<OpenReason>) {
        if let Some(session) = self.tills[till].session {
            self.alive.remove(&session);
        }
        self.flights[till].clear();
        self.tills[till].die();
        let delay = self.soon(200, 15_000);
        self.at(delay, Event::TillOn { till, reason });
    }

    /// An older copy of the till's disk comes back, with its program or, as with a machine's snapshot, under it.
    fn restore(&mut self, till: usize, reason: Option<OpenReason>) {
        if self.tills[till].copy.is_some() && self.tills[till].engine.is_some() {
            self.till_dies(till, reason);
            self.tills[till].put_back();
        }
    }

    fn take_back(&mut self, till: usize) {
        if self.tills[till].engine.is_some() {
            self.tills[till].take_back();
            self.at(1, Event::Wake(till));
        }
    }

    /// Head office comes back as it was when it was copied.
    fn restore_office(&mut self) {
        if let Some(copy) = self.office_copy.clone() {
            self.office_dies();
            self.office.database = copy;
            self.office.epoch += 1;
            self.pipeline.database_gone();
        }
    }

    /// The faults stop, and everything that is off comes back.
    pub(super) fn calm(&mut self) {
        self.note(|| "the faults stop".to_owned());
        self.faults = false;
        self.line = true;
        self.office_on = true;
        self.pipeline.away = false;
        for till in 0..self.tills.len() {
            // A till that is on stays as it is; one that died has its own start coming.
            self.at(20_000, Event::Wake(till));
        }
    }
}
