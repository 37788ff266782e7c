//! Tracing a damaged log: unlike a verification, which ends at the first damage, it goes on behind it, so that every
//! damaged row is named and every other is known to be good. Slower than the plain chain, and used only where that
//! has failed, where a file is salvaged, and for an export.

use docket_domain::ids::LogId;
use docket_log::{ChainVerifier, Damage, DamageReason, Head, Mode, PublicKey, Row, Stub};

use super::BadRow;

/// Goes through one log.
pub(crate) struct Tracer {
    log: LogId,
    public: Option<PublicKey>,
    mode: Mode,
    verifier: Option<ChainVerifier>,
    /// The last signed row, and the rows of the open group behind it.
    signed: Option<Head>,
    open: Vec<Stub>,
    last: Option<Head>,
}

impl Tracer {
    /// From row 1 of a log. `public` is its key where that is known; else row 1 must say it.
    pub(crate) fn new(log: LogId, public: Option<PublicKey>, mode: Mode) -> Self {
        Tracer { log, public, mode, verifier: None, signed: None, open: Vec::new(), last: None }
    }

    /// The seq that is due next.
    pub(crate) fn due(&self) -> u64 {
        self.last.map_or(1, |head| head.seq.saturating_add(1))
    }

    /// Passes a row; gives what is wrong with it and before it.
    pub(crate) fn row(&mut self, row: &Row) -> Vec<BadRow> {
        if row.seq > self.due() {
            let missing = self.missing(row.seq - 1);
            self.begin_at(&stub_of(row, DamageReason::Missing));
            return missing.into_iter().collect();
        }
        if self.last.is_none() {
            match ChainVerifier::from_opening(row, self.mode) {
                Ok(verifier) => self.verifier = Some(verifier),
                Err(damage) => return vec![self.damaged(damage, row)],
            }
            self.public = serde_json::from_str(&row.payload).ok().map(|Key { public_key }| public_key).or(self.public);
        }
        match self.verifier.as_mut().map(|verifier| verifier.push(row)) {
            Some(Err(damage)) => vec![self.damaged(damage, row)],
            Some(Ok(())) => {
                self.passed(&stub_of(row, DamageReason::Hash));
                Vec::new()
            }
            // Behind rows that are missing nothing proves a row until one is signed.
            None => {
                self.begin_at(&stub_of(row, DamageReason::Missing));
                Vec::new()
            }
        }
    }

    /// Passes what stands in a row's place.
    pub(crate) fn stub(&mut self, stub: &Stub) -> Vec<BadRow> {
        let missing = if stub.seq > self.due() { self.missing(stub.seq - 1) } else { None };
        self.go_on_behind(stub);
        missing.into_iter().collect()
    }

    /// Passes rows that the storage could not give, up to `to`.
    pub(crate) fn unreadable(&mut self, to: u64, stub: Option<Stub>) -> BadRow {
        let bad = BadRow::unreadable_rows(self.log, self.due(), to + 1 - self.due().min(to));
        match stub {
            Some(stub) => self.go_on_behind(&stub),
            None => {
                self.verifier = None;
                self.signed = None;
                self.open.clear();
                self.last = Some(Head { seq: to, hash: docket_log::Hash([0; 32]), signature: None });
            }
        }
        BadRow { stub, ..bad }
    }

    /// Ends the log, which must end at `head`.
    pub(crate) fn end(mut self, head: Option<&Head>) -> Vec<BadRow> {
        let Some(last) = self.last else {
            return vec![Damage::Empty { log: self.log }.into()];
        };
        let mut found: Vec<BadRow> = Vec::new();
        if let Some(Err(damage)) = self.verifier.take().map(ChainVerifier::finish) {
            found.push(damage.into());
        }
        match head {
            Some(head) if head.seq > last.seq => found.extend(self.missing(head.seq)),
            Some(head) if *head != last => {
                found.push(Damage::HeadMismatch { log: self.log, expected: head.seq, found: last.seq }.into());
            }
            _ => {}
        }
        found
    }

    fn missing(&self, to: u64) -> Option<BadRow> {
        let (log, first) = (self.log, self.due());
        let rows = (to + 1).checked_sub(first).filter(|rows| *rows > 0)?;
        let text = if rows == 1 {
            format!("log {log}: seq: row {first} is missing")
        } else {
            format!("log {log}: seq: rows {first} to {to} are missing")
        };
        Some(BadRow { log, seq: first, rows, reason: DamageReason::Missing, text, stub: None })
    }

    fn damaged(&mut self, damage: Damage, row: &Row) -> BadRow {
        let stub = stub_of(row, damage.reason());
        self.go_on_behind(&stub);
        BadRow { stub: Some(stub), ..BadRow::from(damage) }
    }

    fn passed(&mut self, stub: &Stub) {
        let head = head_of(stub);
        self.last = Some(head);
        if head.signature.is_some() {
            self.signed = Some(head);
            self.open.clear();
        } else {
            self.open.push(*stub);
        }
    }

    /// Takes a row's hash and signature at their word: the row behind proves them, or is found not to follow.
    fn go_on_behind(&mut self, stub: &Stub) {
        self.passed(stub);
        let Some(public) = &self.public else { return self.verifier = None };
        let start = match self.signed {
            Some(head) => ChainVerifier::resume(self.log, public, head, self.mode),
            None => ChainVerifier::try_new(self.log, public, self.mode),
        };
        self.verifier = start
            .and_then(|mut verifier| self.open.iter().try_for_each(|stub| verifier.push_stub(stub)).map(|()| verifier))
            .ok();
    }

    /// Goes on behind a gap: the first signed row is taken at its word, those before it can't be proven.
    fn begin_at(&mut self, stub: &Stub) {
        self.signed = None;
        self.open.clear();
        self.verifier = None;
        self.last = Some(head_of(stub));
        if stub.signature.is_some() {
            self.go_on_behind(stub);
        }
    }
}

#[derive(serde::Deserialize)]
struct Key {
    public_key: PublicKey,
}

fn stub_of(row: &Row, reason: DamageReason) -> Stub {
    Stub { log: row.log, seq: row.seq, hash: row.hash, signature: row.signature, reason }
}

fn head_of(stub: &Stub) -> Head {
    Head { seq: stub.seq, hash: stub.hash, signature: stub.signature }
}
