//! Connections that refuse, hang and break, and messages that are late, lost, doubled, reordered, cut off and falsified.

use std::sync::Arc;

use docket_log::Row;

use super::{Down, Event, Failure, Up, World, broken};

impl World {
    /// A till connects: the answer comes later, or never.
    pub(super) fn connect(&mut self, till: usize) {
        self.sessions += 1;
        let session = self.sessions;
        self.tills[till].session = Some(session);
        self.flights[till].clear();
        self.wanted[till].clear();
        if self.strikes(15) {
            return;
        }
        let stands = self.line && self.office_on && !self.strikes(8);
        let delay = self.soon(5, 300);
        self.at(delay, Event::Connected { till, session, stands });
    }

    /// Ends a connection; the till hears of it a while later.
    pub(super) fn cut(&mut self, session: u64) {
        if let Some(till) = self.alive.remove(&session) {
            let delay = self.soon(1, 3_000);
            self.at(delay, Event::Lost { till, session });
        }
    }

    pub(super) fn cut_all(&mut self) {
        let all: Vec<u64> = self.alive.keys().copied().collect();
        all.into_iter().for_each(|session| self.cut(session));
    }

    fn delay(&mut self) -> u64 {
        if self.strikes(25) { self.soon(1_000, 8_000) } else { self.soon(5, 250) }
    }

    pub(super) fn send_up(&mut self, session: u64, message: Up) {
        if self.strikes(30) {
            return;
        }
        if self.strikes(25) {
            let delay = self.delay();
            self.at(delay, Event::Up { session, message: message.clone() });
        }
        let message = self.spoil(message);
        let delay = self.delay();
        self.at(delay, Event::Up { session, message });
    }

    /// Now and then a batch is cut off or falsified on its way.
    fn spoil(&mut self, message: Up) -> Up {
        let Up::Rows(mut rows) = message else { return message };
        if rows.len() > 1 && self.strikes(40) {
            let left = self.dice.between(1, rows.len() - 1);
            rows.truncate(left);
        } else if self.strikes(50) {
            let at = self.dice.below(rows.len());
            let false_row = Row { payload: "{\"note\":\"false\"}".to_owned(), ..(*rows[at]).clone() };
            rows[at] = Arc::new(false_row);
        }
        Up::Rows(rows)
    }

    pub(super) fn send_down(&mut self, session: u64, message: Down) {
        if self.strikes(30) {
            return;
        }
        if self.strikes(20) {
            let delay = self.delay();
            self.at(delay, Event::Down { session, message: message.clone() });
        }
        let delay = self.delay();
        self.at(delay, Event::Down { session, message });
    }

    /// Something reached head office.
    pub(super) fn hear_up(&mut self, session: u64, message: Up) {
        let Some(till) = self.alive.get(&session).copied().filter(|_| self.office_on) else { return };
        match message {
            Up::Hello => {
                let heads = self.office.hello();
                self.note(|| format!("head office answers hello of till {till} with {} heads", heads.len()));
                self.send_down(session, Down::Hello(heads));
            }
            Up::Rows(rows) => {
                let (log, first, last) = (rows[0].log, rows[0].seq, rows[0].seq + rows.len() as u64 - 1);
                self.note(|| format!("head office gets {log} {first}..{last} of till {till}"));
                for answer in self.office.begin(session, rows) {
                    self.send_down(session, Down::Answer(answer));
                }
                self.pump_later();
            }
        }
    }

    fn pump_later(&mut self) {
        if !self.pump_due && !self.office.open.is_empty() {
            self.pump_due = true;
            // A database that is busy lets the relay look between two commits.
            let delay = if self.strikes(6) { self.soon(100, 900) } else { self.soon(1, 40) };
            self.at(delay, Event::Office);
        }
    }

    /// One step of one transaction: its orders are folded, or it commits and is answered.
    pub(super) fn pump(&mut self) {
        self.pump_due = false;
        if self.office.open.is_empty() {
            return;
        }
        // Any of them that can go on: transactions overtake each other, but for their locks.
        let from = self.dice.below(self.office.open.len());
        let count = self.office.open.len();
        for at in (from..count).chain(0..from) {
            if self.office.is_folded(at) {
                self.commit(at);
                break;
            }
            if self.office.fold(at) {
                break;
            }
        }
        self.pump_later();
    }

    fn commit(&mut self, at: usize) {
        let (fails, dies) = (self.strikes(30), self.strikes(40));
        let (session, answers) = self.office.commit(at, fails, dies);
        self.note(|| format!("head office commits (fails {fails}, dies {dies}): {answers:?}"));
        if dies {
            return self.office_dies();
        }
        if fails && answers.is_empty() {
            return self.cut(session);
        }
        for answer in answers {
            self.send_down(session, Down::Answer(answer));
        }
    }

    /// The process of head office ends, between a commit and its answer or anywhere else.
    pub(super) fn office_dies(&mut self) {
        self.note(|| "head office dies".to_owned());
        self.office.die();
        self.office_on = false;
        self.cut_all();
        let delay = self.soon(300, 9_000);
        self.at(delay, Event::OfficeOn);
    }

    /// No acknowledgement is believed that head office does not hold. Asked of a till whose connection stands.
    pub(super) fn believed(&self, till: usize) -> Result<(), Failure> {
        let till = &self.tills[till];
        let Some(engine) = &till.engine else { return Ok(()) };
        if !engine.is_up() || till.session.is_none_or(|session| !self.alive.contains_key(&session)) {
            return Ok(());
        }
        for (log, branch) in till.store.logs.places() {
            let mark = engine.mark((log, branch));
            let Some(row) = till.store.logs.row(log, branch, mark) else { continue };
            if !self.office.database.logs.holds(row) {
                let text = format!("till {}: {log} {branch:?} has its mark at {mark}", till.number);
                return Err(broken("S3: level C means held", text));
            }
        }
        Ok(())
    }
}
