//! What tills do: they start, hear, and do what their engines say.

use std::collections::BTreeSet;

use docket_domain::ids::LogId;
use docket_log::opened::OpenReason;
use docket_log::replication::{Act, Cause, Range, Uplink};

use super::{Down, Event, Failure, Up, World, broken};
use crate::office::Answer;

/// Milliseconds in which the engine takes a repeated wish for one and the same.
const WANTED_AGAIN_MS: u64 = 1_000;

fn aside(engine: &Uplink) -> BTreeSet<LogId> {
    engine.set_aside_logs().map(|(log, _)| log).collect()
}

impl World {
    fn jitter(&mut self) -> u32 {
        u32::try_from(self.dice.bits() >> 32).unwrap_or(u32::MAX)
    }

    pub(super) fn till_on(&mut self, till: usize, reason: Option<OpenReason>) -> Result<(), Failure> {
        if self.tills[till].engine.is_some() {
            return Ok(());
        }
        self.note(|| format!("till {till} starts ({reason:?})"));
        match reason {
            Some(reason) => self.tills[till].start(reason, self.now_ms, &mut self.dice),
            None => self.tills[till].go_on(),
        }
        self.wake(till)
    }

    /// Time has passed for a till.
    pub(super) fn wake(&mut self, till: usize) -> Result<(), Failure> {
        let (now, jitter) = (self.now_ms, self.jitter());
        self.wakes[till] = 0;
        let Some(engine) = &mut self.tills[till].engine else { return Ok(()) };
        engine.tick(now, jitter);
        let aside = aside(engine);
        self.flights[till].retain(|(log, _)| !aside.contains(log));
        self.acts(till)
    }

    pub(super) fn connected(&mut self, till: usize, session: u64, stands: bool) -> Result<(), Failure> {
        if self.tills[till].session != Some(session) {
            return Ok(());
        }
        if !(stands && self.office_on && self.line) {
            return self.lost(till, session);
        }
        self.alive.insert(session, till);
        let now = self.now_ms;
        if let Some(engine) = &mut self.tills[till].engine {
            engine.connected(now);
        }
        self.acts(till)
    }

    pub(super) fn lost(&mut self, till: usize, session: u64) -> Result<(), Failure> {
        if self.tills[till].session != Some(session) {
            return Ok(());
        }
        self.tills[till].session = None;
        self.flights[till].clear();
        let (now, jitter) = (self.now_ms, self.jitter());
        if let Some(engine) = &mut self.tills[till].engine {
            engine.lost(Cause::Silent, now, jitter);
        }
        self.acts(till)
    }

    /// Something reached a till.
    pub(super) fn hear_down(&mut self, session: u64, message: &Down) -> Result<(), Failure> {
        let Some(till) = self.alive.get(&session).copied() else { return Ok(()) };
        if self.tills[till].session != Some(session) {
            return Ok(());
        }
        let (now, jitter) = (self.now_ms, self.jitter());
        self.note(|| format!("till {till} hears {message:?}"));
        let at = &mut self.tills[till];
        let Some(engine) = &mut at.engine else { return Ok(()) };
        match message {
            Down::Hello(heads) => engine.hello(heads, now, &at.store.logs),
            Down::Answer(Answer::Held(head)) => {
                // An acknowledgement that does not count changes nothing; what it leaves undone shows at the end.
                let _errors = engine.acked(&[*head], now, &at.store.logs);
                self.flights[till].retain(|(log, last)| *log != head.log || *last > head.seq);
            }
            Down::Answer(Answer::Wanted(log, seq)) => {
                let forked = at.store.logs.0.values().any(|histories| histories.len() > 1);
                let flight = &mut self.flights[till];
                // Judged where nothing else plays in: no second history, nothing of other logs under way, the first gap.
                let first = !self.wanted[till].contains_key(log);
                let alone = !forked && first && flight.iter().all(|(other, _)| other == log);
                let sent = flight.iter().any(|(other, last)| other == log && last >= seq);
                let before = self.wanted[till].get(log);
                let again = before.is_some_and(|(row, at_ms)| row == seq && now < at_ms + WANTED_AGAIN_MS);
                engine.wanted(*log, *seq, now);
                if alone && sent && !engine.is_idle() {
                    return Err(broken("a gap is filled", format!("till {till} does not go back to {log} row {seq}")));
                }
                if !again {
                    self.wanted[till].insert(*log, (*seq, now));
                    if sent {
                        flight.retain(|(other, _)| other != log);
                    }
                }
            }
            Down::Answer(Answer::Refused(log, rule)) => {
                let before = aside(engine);
                engine.refused(*log, rule, now, jitter);
                if let Some(other) = aside(engine).iter().find(|other| *other != log && !before.contains(other)) {
                    return Err(broken("a refused log blocks no other", format!("till {till}: {log} blocks {other}")));
                }
                self.flights[till].retain(|(other, _)| other != log);
            }
            Down::Answer(Answer::Forked(log, seq)) => engine.forked(*log, *seq, now),
        }
        self.acts(till)
    }

    /// Does what the engine says until it says nothing more.
    pub(super) fn acts(&mut self, till: usize) -> Result<(), Failure> {
        while let Some(act) = self.tills[till].engine.as_mut().and_then(Uplink::next_act) {
            self.perform(till, act);
        }
        let idle = self.tills[till].engine.as_ref().is_some_and(Uplink::is_idle);
        if idle || self.dice.one_in(3) {
            self.tills[till].write_marks();
        }
        if let Some(at_ms) = self.tills[till].engine.as_ref().and_then(Uplink::wake_at) {
            let at_ms = at_ms.max(self.now_ms + 1);
            if self.wakes[till] != at_ms {
                self.wakes[till] = at_ms;
                self.at(at_ms - self.now_ms, Event::Wake(till));
            }
        }
        self.believed(till)
    }

    fn perform(&mut self, till: usize, act: Act) {
        match act {
            Act::Connect => self.connect(till),
            Act::Disconnect => {
                if let Some(session) = self.tills[till].session.take() {
                    self.alive.remove(&session);
                }
                self.flights[till].clear();
            }
            Act::Hello(_) => {
                if let Some(session) = self.tills[till].session {
                    self.send_up(session, Up::Hello);
                }
            }
            Act::Raise(raised) => self.tills[till].raise(raised),
            Act::Lower(lowered) => {
                self.note(|| format!("till {till} lowers {lowered:?}"));
                self.tills[till].lower(lowered);
            }
            Act::Send(range) => self.send_rows(till, range),
            Act::Ahead(head) => self.ahead(till, head.log),
            Act::Forked { log, .. } => self.begin_anew(till, log, OpenReason::Fork),
        }
    }

    /// Every log that a till holds here is its own.
    fn ahead(&mut self, till: usize, log: LogId) {
        if let Some(engine) = &mut self.tills[till].engine {
            engine.doubt(log);
        }
        self.begin_anew(till, log, OpenReason::Restore);
    }

    fn begin_anew(&mut self, till: usize, log: LogId, reason: OpenReason) {
        if self.tills[till].current() == Some(log) {
            self.note(|| format!("till {till} begins a new log behind {log} ({reason:?})"));
            self.tills[till].open_log(reason, self.now_ms, &mut self.dice);
        }
    }

    fn send_rows(&mut self, till: usize, range: Range) {
        let most = self.soon(4, 12);
        let rows = self.tills[till].batch(range, most);
        let (now, jitter) = (self.now_ms, self.jitter());
        let session = self.tills[till].session;
        let Some(engine) = &mut self.tills[till].engine else { return };
        match (rows.last(), session) {
            (Some(last), Some(session)) => {
                engine.sent(range.log, range.branch, last.seq, now);
                self.flights[till].push((range.log, last.seq));
                self.note(|| {
                    format!("till {till} sends {} {:?} {}..{}", range.log, range.branch, range.first, last.seq)
                });
                self.send_up(session, Up::Rows(rows));
            }
            _ => engine.unreadable(range.log, range.branch, "no group is whole", now, jitter),
        }
    }
}
