//! What an import did and what it refused, for people and programs.

use docket_contracts::view::{ClockView, ForkView, ImportedView};
use docket_domain::ids::{DeviceId, LogId};
use serde::Serialize;

use crate::limits::IMPORT_FAULTS_MAX;

/// A line, or rows of a log, that were not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The line of the file, from 1; none where several lines were refused for one reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogId>,
    /// First row that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Last row that was refused for this reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// Which rule they break.
    pub rule: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(log) = self.log {
            write!(f, "log {log}: ")?;
        }
        match (self.seq, self.last) {
            (Some(seq), Some(last)) if last > seq => write!(f, "rows {seq} to {last}: ")?,
            (Some(seq), _) => write!(f, "row {seq}: ")?,
            _ => {}
        }
        f.write_str(&self.rule)
    }
}

/// A log with more than one history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ForkFound {
    /// The log.
    pub log: LogId,
    /// The first place at which two rows stand.
    pub seq: u64,
}

/// A device whose clock ran too far ahead to be adopted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClockFlag {
    /// The device.
    pub device: DeviceId,
    /// How far it was ahead of this device's clock, in milliseconds.
    pub ahead_ms: i64,
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Rows and stubs read.
    pub rows: u64,
    /// Rows that are stored now and were not before, healed ones among them.
    pub stored: u64,
    /// Rows that were held already.
    pub held: u64,
    /// Stubs stored in the place of rows that their sender could not give.
    pub stubs: u64,
    /// Rows that took the place of a stub or of a damaged row.
    pub healed: u64,
    /// Rows refused because rows before them are not held.
    pub waiting: u64,
    /// Rows and lines refused, waiting ones among them.
    pub refused_count: u64,
    /// Why, the first ones.
    pub refused: Vec<Refused>,
    /// Logs that were not known before.
    pub logs_new: u64,
    /// Orders that were folded anew.
    pub orders_touched: u64,
    /// Documents that were not held before.
    pub documents: u64,
    /// Logs found to have two histories.
    pub forks: Vec<ForkFound>,
    /// Devices whose clocks run ahead.
    pub clocks_ahead: Vec<ClockFlag>,
    /// Why this device took a new letter and receipt series, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renewed: Option<String>,
}

impl ImportReport {
    /// Whether everything that came was taken or held already.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.refused_count == 0
    }

    /// Notes a line that was not taken.
    pub(super) fn refuse_line(&mut self, line: u64, rule: String) {
        self.refused_count += 1;
        self.list(Refused { line: Some(line), log: None, seq: None, last: None, rule });
    }

    /// Notes a row that was not taken; neighbours that break the same rule share an entry.
    pub(super) fn refuse_row(&mut self, log: LogId, seq: u64, rule: String) {
        self.refused_count += 1;
        let neighbour = self.refused.last_mut().filter(|entry| {
            entry.log == Some(log) && entry.rule == rule && entry.last.is_some_and(|last| last + 1 == seq)
        });
        match neighbour {
            Some(entry) => entry.last = Some(seq),
            None => self.list(Refused { line: None, log: Some(log), seq: Some(seq), last: Some(seq), rule }),
        }
    }

    fn list(&mut self, refused: Refused) {
        if self.refused.len() < IMPORT_FAULTS_MAX {
            self.refused.push(refused);
        }
    }

    /// Adds what a slice did.
    pub(crate) fn add(&mut self, slice: &ImportReport) {
        self.stored += slice.stored;
        self.stubs += slice.stubs;
        self.healed += slice.healed;
        self.logs_new += slice.logs_new;
        self.orders_touched += slice.orders_touched;
        self.documents += slice.documents;
        for fork in &slice.forks {
            if !self.forks.contains(fork) {
                self.forks.push(*fork);
            }
        }
        for flag in &slice.clocks_ahead {
            match self.clocks_ahead.iter_mut().find(|known| known.device == flag.device) {
                Some(known) => known.ahead_ms = known.ahead_ms.max(flag.ahead_ms),
                None => self.clocks_ahead.push(*flag),
            }
        }
        if slice.renewed.is_some() {
            self.renewed.clone_from(&slice.renewed);
        }
    }

    /// Adds another file of the same pass.
    pub fn beside(&mut self, other: ImportReport) {
        self.add(&other);
        self.rows += other.rows;
        self.held += other.held;
        self.waiting += other.waiting;
        self.refused_count += other.refused_count;
        for refused in other.refused {
            self.list(refused);
        }
    }

    /// Adds a later pass over the same files: what it stored counts, what it refused replaces what was refused.
    pub fn then(&mut self, later: ImportReport) {
        self.add(&later);
        let ImportReport { waiting, refused_count, refused, .. } = later;
        (self.waiting, self.refused_count, self.refused) = (waiting, refused_count, refused);
    }

    /// The report for a screen.
    #[must_use]
    pub fn in_figures(&self) -> ImportedView {
        let fork = |fork: &ForkFound| ForkView { log: fork.log.to_string(), seq: fork.seq };
        let clock = |clock: &ClockFlag| ClockView { device: clock.device.to_string(), ahead_ms: clock.ahead_ms };
        ImportedView {
            rows: self.rows,
            stored: self.stored,
            held: self.held,
            refused: self.refused_count,
            logs: self.logs_new,
            orders: self.orders_touched,
            documents: self.documents,
            stubs: self.stubs,
            healed: self.healed,
            forks: self.forks.iter().map(fork).collect(),
            clocks: self.clocks_ahead.iter().map(clock).collect(),
            renewed: self.renewed.is_some(),
            refusals: self.refused.iter().map(ToString::to_string).collect(),
        }
    }

    /// The report for a person, a line for each thing.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut text = format!(
            "{} rows read: {} stored, {} held already, {} refused; {} new logs, {} orders folded, {} documents\n",
            self.rows, self.stored, self.held, self.refused_count, self.logs_new, self.orders_touched, self.documents,
        );
        if self.stubs + self.healed > 0 {
            text.push_str(&format!("{} stubs in the place of damaged rows, {} rows healed\n", self.stubs, self.healed));
        }
        for fork in &self.forks {
            text.push_str(&format!(
                "FORK: log {} has two histories from row {} on; both are kept\n",
                fork.log, fork.seq
            ));
        }
        for clock in &self.clocks_ahead {
            text.push_str(&format!(
                "the clock of device {} runs {} ms ahead; its time is not taken over\n",
                clock.device, clock.ahead_ms
            ));
        }
        if let Some(reason) = &self.renewed {
            text.push_str(&format!("a new letter and receipt series begin here: {reason}\n"));
        }
        for refused in &self.refused {
            text.push_str(&format!("refused: {refused}\n"));
        }
        text
    }
}
