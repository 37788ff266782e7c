//! Faults that are planted to show that the simulation notices them: in the real engine, and in the models beside it.

#[cfg(feature = "planted-faults")]
use docket_log::replication::planted::UplinkFault;

/// A fault of a model: what head office, the relay or the consumer could do wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelFault {
    /// Head office answers before it commits.
    AckBeforeCommit,
    /// Head office answers with what came, not with what it read back.
    HeadsNotReadBack,
    /// A known place is taken for the same row, whatever its hash.
    KnownHashIgnored,
    /// A batch that ends inside a group is kept.
    UnsignedTailKept,
    /// A second history is dropped.
    ForkDropped,
    /// What is known already gets no answer.
    KnownNotAnswered,
    /// Outbox rows are written after the commit.
    OutboxOutside,
    /// Orders are folded without their lock.
    FoldedUnlocked,
    /// The relay reads behind the highest id that it saw.
    LateCommitSkipped,
    /// The relay marks before it sends.
    MarkBeforeSend,
    /// Two relays are active.
    TwoActiveRelays,
    /// The consumer counts a message that comes again.
    NoDedupe,
    /// The consumer lets an older version overwrite a newer one.
    OlderOverwrites,
    /// The consumer moves its offset before the effect.
    OffsetBeforeEffect,
}

/// Every fault of the models.
#[cfg(feature = "planted-faults")]
pub const MODEL: [ModelFault; 14] = [
    ModelFault::AckBeforeCommit,
    ModelFault::HeadsNotReadBack,
    ModelFault::KnownHashIgnored,
    ModelFault::UnsignedTailKept,
    ModelFault::ForkDropped,
    ModelFault::KnownNotAnswered,
    ModelFault::OutboxOutside,
    ModelFault::FoldedUnlocked,
    ModelFault::LateCommitSkipped,
    ModelFault::MarkBeforeSend,
    ModelFault::TwoActiveRelays,
    ModelFault::NoDedupe,
    ModelFault::OlderOverwrites,
    ModelFault::OffsetBeforeEffect,
];

/// A fault, wherever it is.
#[cfg(feature = "planted-faults")]
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// In the engine that the till drives.
    Engine(UplinkFault),
    /// In a model.
    Model(ModelFault),
}

#[cfg(feature = "planted-faults")]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<ModelFault>> = const { std::cell::Cell::new(None) };
}

/// Every fault, those of the engine first.
#[cfg(feature = "planted-faults")]
pub fn all() -> Vec<Fault> {
    let engine = UplinkFault::ALL.into_iter().map(Fault::Engine);
    engine.chain(MODEL.into_iter().map(Fault::Model)).collect()
}

/// Plants a fault in this thread, or none.
#[cfg(feature = "planted-faults")]
pub fn plant(fault: Option<Fault>) {
    let (engine, model) = match fault {
        Some(Fault::Engine(fault)) => (Some(fault), None),
        Some(Fault::Model(fault)) => (None, Some(fault)),
        None => (None, None),
    };
    docket_log::replication::planted::plant(engine);
    CHOSEN.set(model);
}

/// Whether a model's fault is planted.
#[cfg(feature = "planted-faults")]
pub fn planted(fault: ModelFault) -> bool {
    CHOSEN.get() == Some(fault)
}

/// Never, in a build without the feature.
#[cfg(not(feature = "planted-faults"))]
pub const fn planted(_fault: ModelFault) -> bool {
    false
}
