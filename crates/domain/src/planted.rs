//! Faults that a test build can plant, one at a run, to show that the suites notice them.
//!
//! Only a build with the feature `planted-faults` has them; it takes the fault's name from the environment variable
//! `DOCKET_FAULT`. In every other build [`planted`] is the constant `false` and nothing of a fault is compiled.
//! `cargo xtask faults` runs each against the suite that is meant for it and writes `docs/FAULTS.md`.

/// A fault, named for what it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The store's file is never synced.
    SyncOff,
    /// A command is answered before its transaction commits.
    AnswerBeforeCommit,
    /// Outbox rows are written in a transaction of their own, after the facts.
    OutboxOutside,
    /// A command's facts commit before its receipt and read models do.
    GroupTornApart,
    /// No receipt is kept of a command that wrote.
    ReceiptMissing,
    /// A command that comes again is carried out again.
    RetryAppliedTwice,
    /// Read models miss every change behind an order's first ones.
    ProjectionSkipped,
    /// The counters of receipts and order numbers are not kept with the facts.
    CountersForgotten,
    /// Rows without the signature that ends their group are taken from another device.
    TornTailAccepted,
    /// A false signature passes.
    SignatureUnchecked,
    /// A second history of a log is dropped instead of kept.
    ForkDropped,
    /// The fold takes every fact of another log for concurrent.
    SeenIgnored,
    /// A recall has no effect.
    RecallIgnored,
    /// Of several payments only the latest by clock counts.
    ClockDecidesMoney,
    /// Between concurrent edits the place in the log decides, not clock and hash.
    TieByPosition,
    /// A device without authority has its facts counted.
    AuthorityIgnored,
    /// Wrong PINs earn no lock.
    PinLockForgotten,
    /// A command that names an old version of the order is carried out.
    StaleVersionAccepted,
}

impl Fault {
    /// Every fault, in the order of the table in `docs/FAULTS.md`.
    pub const ALL: [Self; 18] = [
        Self::SyncOff,
        Self::AnswerBeforeCommit,
        Self::OutboxOutside,
        Self::GroupTornApart,
        Self::ReceiptMissing,
        Self::RetryAppliedTwice,
        Self::ProjectionSkipped,
        Self::CountersForgotten,
        Self::TornTailAccepted,
        Self::SignatureUnchecked,
        Self::ForkDropped,
        Self::SeenIgnored,
        Self::RecallIgnored,
        Self::ClockDecidesMoney,
        Self::TieByPosition,
        Self::AuthorityIgnored,
        Self::PinLockForgotten,
        Self::StaleVersionAccepted,
    ];

    /// The name that `DOCKET_FAULT` takes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyncOff => "sync_off",
            Self::AnswerBeforeCommit => "answer_before_commit",
            Self::OutboxOutside => "outbox_outside",
            Self::GroupTornApart => "group_torn_apart",
            Self::ReceiptMissing => "receipt_missing",
            Self::RetryAppliedTwice => "retry_applied_twice",
            Self::ProjectionSkipped => "projection_skipped",
            Self::CountersForgotten => "counters_forgotten",
            Self::TornTailAccepted => "torn_tail_accepted",
            Self::SignatureUnchecked => "signature_unchecked",
            Self::ForkDropped => "fork_dropped",
            Self::SeenIgnored => "seen_ignored",
            Self::RecallIgnored => "recall_ignored",
            Self::ClockDecidesMoney => "clock_decides_money",
            Self::TieByPosition => "tie_by_position",
            Self::AuthorityIgnored => "authority_ignored",
            Self::PinLockForgotten => "pin_lock_forgotten",
            Self::StaleVersionAccepted => "stale_version_accepted",
        }
    }
}

/// Whether this run has the fault.
#[cfg(not(feature = "planted-faults"))]
#[inline(always)]
#[must_use]
pub const fn planted(_: Fault) -> bool {
    false
}

/// Whether this run has the fault.
///
/// # Panics
/// If `DOCKET_FAULT` names none: a run that was meant to be faulty must not pass as one.
#[cfg(feature = "planted-faults")]
#[must_use]
pub fn planted(fault: Fault) -> bool {
    use std::sync::OnceLock;

    static CHOSEN: OnceLock<Option<Fault>> = OnceLock::new();
    let chosen = CHOSEN.get_or_init(|| {
        let name = std::env::var("DOCKET_FAULT").ok()?;
        let fault = Fault::ALL.into_iter().find(|fault| fault.name() == name);
        assert!(fault.is_some(), "DOCKET_FAULT names no fault: {name}");
        fault
    });
    *chosen == Some(fault)
}
