//! Faults of the engine that a test build can plant, one at a time, to show that the simulation of sync notices them.
//!
//! Only a build with the feature `planted-faults` has them. In every other build [`planted`] is the constant `false`,
//! and nothing of a fault is compiled.

/// A fault of the engine, named for what it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UplinkFault {
    /// An acknowledgement counts whatever its hash.
    AckWithoutHash,
    /// A mark rises one row past what was acknowledged.
    MarkPastAck,
    /// A late acknowledgement lowers a mark.
    StaleAckLowers,
    /// A peer's head that went back leaves the mark where it was.
    LoweredIgnored,
    /// A mark that rose is told to nobody.
    RaiseForgotten,
    /// A batch that was sent is not waited for.
    WindowForgets,
    /// Rows that the peer wants again are not sent again.
    GapIgnored,
    /// After a few failures no connection is tried any more.
    OutageGivesUp,
    /// A hello that never comes is waited for without end.
    GreetForever,
    /// What the peer's hello says it lacks is not sent anew.
    HelloNotSettled,
    /// Only the first history of a log is sent.
    BranchNotSent,
    /// A batch may end on a row without a signature.
    TailSent,
    /// One refused log sets every log aside.
    RefusedBlocksAll,
    /// A log that was set aside never comes back.
    AsideForever,
    /// A row behind each batch is left out.
    RowSkipped,
    /// A log that grows is not noticed.
    GrowthUnseen,
}

impl UplinkFault {
    /// Every fault.
    pub const ALL: [Self; 16] = [
        Self::AckWithoutHash,
        Self::MarkPastAck,
        Self::StaleAckLowers,
        Self::LoweredIgnored,
        Self::RaiseForgotten,
        Self::WindowForgets,
        Self::GapIgnored,
        Self::OutageGivesUp,
        Self::GreetForever,
        Self::HelloNotSettled,
        Self::BranchNotSent,
        Self::TailSent,
        Self::RefusedBlocksAll,
        Self::AsideForever,
        Self::RowSkipped,
        Self::GrowthUnseen,
    ];
}

#[cfg(feature = "planted-faults")]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<UplinkFault>> = const { std::cell::Cell::new(None) };
}

/// Plants a fault in the engines of this thread, or none.
#[cfg(feature = "planted-faults")]
pub fn plant(fault: Option<UplinkFault>) {
    CHOSEN.set(fault);
}

/// Whether the fault is planted. Never, in a build without the feature.
#[cfg(not(feature = "planted-faults"))]
#[must_use]
pub(crate) const fn planted(_fault: UplinkFault) -> bool {
    false
}

/// Whether the fault is planted in this thread.
#[cfg(feature = "planted-faults")]
#[must_use]
pub(crate) fn planted(fault: UplinkFault) -> bool {
    CHOSEN.get() == Some(fault)
}
