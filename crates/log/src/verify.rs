//! The checking end of a log: rows go in one by one, and the first damage comes out.
//!
//! A log may be checked in pieces by several threads: a piece behind a signed row is checked from that row's head, and
//! the pieces hold together if each ends at the head that the next was started from.

use crate::bytes::{Hash, PublicKey, Signature};
use crate::damage::Damage;
use crate::hash::RowHasher;
use crate::key::SignatureCheck;
use crate::limits::GROUP_ROWS_MAX;
use crate::opened;
use crate::row::{Head, Prev, Row, Stub};
use docket_domain::ids::LogId;
use docket_domain::planted::{Fault, planted};

/// Which signatures are checked. The hashes always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Each group's: what `verify` does.
    Full,
    /// The last one: what a peer does for a batch. The chain covers the earlier signatures, so a false one in the
    /// middle shows in the hash of the row behind it.
    Batch,
}

/// Checks one log, or a piece of it. After a damage, every further call gives the same damage.
#[derive(Debug)]
pub struct ChainVerifier {
    log: LogId,
    check: SignatureCheck,
    mode: Mode,
    hasher: RowHasher,
    public: PublicKey,
    head: Option<Head>,
    /// The last signed row that [`Mode::Batch`] has not checked yet.
    unchecked: Option<Head>,
    open_rows: usize,
    damage: Option<Damage>,
}

impl ChainVerifier {
    /// A check from row 1 of `log`, whose key is `public`.
    ///
    /// # Errors
    /// [`Damage::BadOpening`] if `public` is not a key at all.
    pub fn try_new(log: LogId, public: &PublicKey, mode: Mode) -> Result<Self, Damage> {
        let check = SignatureCheck::try_new(public)
            .map_err(|_| bad_opening(log, 1, ("payload", "public_key is an Ed25519 key")))?;
        Ok(ChainVerifier {
            log,
            check,
            mode,
            hasher: RowHasher::default(),
            public: *public,
            head: None,
            unchecked: None,
            open_rows: 0,
            damage: None,
        })
    }

    /// A check from row 1 with the key that row 1 states. The log id vouches for the key. The row is not pushed yet.
    ///
    /// # Errors
    /// [`Damage`] if `row` is not a valid opening of the log that it names.
    pub fn from_opening(row: &Row, mode: Mode) -> Result<Self, Damage> {
        if row.seq != 1 {
            return Err(Damage::Gap { log: row.log, expected: 1, found: row.seq });
        }
        let public = opened::check_opening(row).map_err(|broken| bad_opening(row.log, 1, broken))?;
        Self::try_new(row.log, &public, mode)
    }

    /// A check of the rows behind `head`, which is taken as good.
    ///
    /// # Errors
    /// [`Damage::UnsignedTail`] if `head` is inside a group.
    pub fn resume(log: LogId, public: &PublicKey, head: Head, mode: Mode) -> Result<Self, Damage> {
        if head.signature.is_none() {
            return Err(Damage::UnsignedTail { log, first: head.seq, last: head.seq });
        }
        let verifier = Self::try_new(log, public, mode)?;
        Ok(ChainVerifier { head: Some(head), ..verifier })
    }

    /// Checks the next row.
    ///
    /// # Errors
    /// The first [`Damage`] of this log.
    pub fn push(&mut self, row: &Row) -> Result<(), Damage> {
        self.settled()?;
        let result = self.check_row(row);
        self.keep(result)
    }

    /// Passes over a damaged row: its hash and signature are taken as stored, and the row behind proves them.
    ///
    /// # Errors
    /// The first [`Damage`] of this log.
    pub fn push_stub(&mut self, stub: &Stub) -> Result<(), Damage> {
        self.settled()?;
        let result =
            self.check_place(stub.log, stub.seq).and_then(|()| self.check_group(stub.seq, &stub.hash, stub.signature));
        self.keep(result)
    }

    /// Ends the check and gives the tail of the log.
    ///
    /// # Errors
    /// The first [`Damage`] of this log, or what only the end shows: no row at all, or an open group.
    pub fn finish(mut self) -> Result<Head, Damage> {
        self.settled()?;
        let Some(head) = self.head else {
            return Err(Damage::Empty { log: self.log });
        };
        // A false signature is the earlier damage, so it is named before an open group behind it.
        if let Some(signed) = self.unchecked.take() {
            self.check_signature(&signed)?;
        }
        match self.open_first() {
            Some(first) => Err(Damage::UnsignedTail { log: self.log, first, last: head.seq }),
            None => Ok(head),
        }
    }

    /// Ends the check of a log that must end at `expected`.
    ///
    /// # Errors
    /// As [`ChainVerifier::finish`], and [`Damage::HeadMismatch`].
    pub fn finish_at(self, expected: &Head) -> Result<Head, Damage> {
        let log = self.log;
        let head = self.finish()?;
        if head != *expected {
            return Err(Damage::HeadMismatch { log, expected: expected.seq, found: head.seq });
        }
        Ok(head)
    }

    /// The last row that was taken.
    pub fn head(&self) -> Option<Head> {
        self.head
    }

    fn settled(&self) -> Result<(), Damage> {
        self.damage.map_or(Ok(()), Err)
    }

    fn keep(&mut self, result: Result<(), Damage>) -> Result<(), Damage> {
        self.damage = result.err();
        result
    }

    fn next_seq(&self) -> u64 {
        self.head.map_or(1, |head| head.seq.saturating_add(1))
    }

    /// The first row of the group that is open.
    fn open_first(&self) -> Option<u64> {
        let open = u64::try_from(self.open_rows).expect("a group has at most 256 rows");
        (open > 0).then(|| self.next_seq() - open)
    }

    fn check_row(&mut self, row: &Row) -> Result<(), Damage> {
        self.check_place(row.log, row.seq)?;
        let prev = self.head.as_ref().map_or(Prev::Nothing, Prev::from);
        let computed = self.hasher.hash(&prev, row);
        if computed != row.hash {
            return Err(Damage::HashMismatch { log: self.log, seq: row.seq, stored: row.hash, computed });
        }
        self.check_opening(row)?;
        self.check_group(row.seq, &row.hash, row.signature)
    }

    fn check_place(&self, log: LogId, seq: u64) -> Result<(), Damage> {
        if log != self.log {
            return Err(Damage::ForeignLog { log: self.log, seq, found: log });
        }
        match seq.cmp(&self.next_seq()) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(Damage::Gap { log, expected: self.next_seq(), found: seq }),
            std::cmp::Ordering::Less => Err(Damage::Repeated { log, expected: self.next_seq(), found: seq }),
        }
    }

    fn check_opening(&self, row: &Row) -> Result<(), Damage> {
        if row.seq != 1 {
            let elsewhere = ("event_type", "log.opened stands only in row 1");
            return if row.event_type == opened::EVENT_TYPE {
                Err(bad_opening(self.log, row.seq, elsewhere))
            } else {
                Ok(())
            };
        }
        let public = opened::check_opening(row).map_err(|broken| bad_opening(self.log, 1, broken))?;
        if public != self.public {
            return Err(bad_opening(self.log, 1, ("payload", "public_key is the key of this log")));
        }
        Ok(())
    }

    fn check_group(&mut self, seq: u64, hash: &Hash, signature: Option<Signature>) -> Result<(), Damage> {
        let head = Head { seq, hash: *hash, signature };
        if self.open_rows >= GROUP_ROWS_MAX {
            let first = self.open_first().unwrap_or(seq);
            return Err(Damage::GroupTooLong { log: self.log, first });
        }
        match (signature, self.mode) {
            (None, _) => self.open_rows += 1,
            (Some(_), Mode::Full) => self.check_signature(&head)?,
            (Some(_), Mode::Batch) => self.unchecked = Some(head),
        }
        if signature.is_some() {
            self.open_rows = 0;
        }
        self.head = Some(head);
        Ok(())
    }

    fn check_signature(&self, signed: &Head) -> Result<(), Damage> {
        let passes = planted(Fault::SignatureUnchecked)
            || signed.signature.is_some_and(|signature| self.check.passes(&signed.hash, &signature));
        if passes { Ok(()) } else { Err(Damage::BadSignature { log: self.log, seq: signed.seq }) }
    }
}

fn bad_opening(log: LogId, seq: u64, (column, rule): (&'static str, &'static str)) -> Damage {
    Damage::BadOpening { log, seq, column, rule }
}
