//! A device with a log of its own: it decides on what it holds, and learns of others only by exchange.

use std::collections::BTreeMap;

use docket_domain::ids::{DeviceId, EventId, LogId};
use docket_domain::order::{
    DecideContext, Decision, DeviceClass, Fact, FactBody, NewFact, Order, OrderCommand, OrderEvent, OrderState, Origin,
    Rejection, decide,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::samples::order_id;

/// Milliseconds between two acts of a device.
const STEP_MS: u64 = 1_000;
/// Bits of the counter in a hybrid clock.
const COUNTER_BITS: u32 = 16;

/// A device of the store that works on the sample order.
#[derive(Debug, Clone)]
pub struct Device {
    /// The device.
    pub id: DeviceId,
    class: DeviceClass,
    log: LogId,
    number: u8,
    now_ms: u64,
    clock: u64,
    written: u64,
    state: OrderState,
    /// The groups held of each log, in the order of the log.
    held: BTreeMap<LogId, Vec<Vec<Fact>>>,
}

impl Device {
    /// Till number `number`.
    #[must_use]
    pub fn till(number: u8) -> Self {
        Self::new(number, DeviceClass::Till)
    }

    /// A kitchen screen.
    #[must_use]
    pub fn kitchen(number: u8) -> Self {
        Self::new(number, DeviceClass::Kitchen)
    }

    /// Head office.
    #[must_use]
    pub fn central(number: u8) -> Self {
        Self::new(number, DeviceClass::Central)
    }

    fn new(number: u8, class: DeviceClass) -> Self {
        Self {
            id: DeviceId(Uuid::from_u128(0xde00_0000_0000_7000_8000_0000_0000_0000 + u128::from(number))),
            class,
            log: LogId([number; 16]),
            number,
            now_ms: 1_780_000_000_000,
            clock: 0,
            written: 0,
            state: OrderState::new(order_id()),
            held: BTreeMap::new(),
        }
    }

    /// Moves the device's wall clock.
    pub fn advance_ms(&mut self, by_ms: u64) {
        self.now_ms += by_ms;
    }

    /// The facts held, as a state.
    #[must_use]
    pub fn state(&self) -> &OrderState {
        &self.state
    }

    /// The order as this device sees it.
    #[must_use]
    pub fn view(&self) -> Option<Order> {
        self.state.derive()
    }

    /// The order as this device sees it, which has to be open.
    ///
    /// # Panics
    /// If no opening is held.
    #[must_use]
    pub fn order(&self) -> Order {
        self.view().expect("the order was opened here or received")
    }

    /// Decides a command and writes its facts as one group.
    ///
    /// # Errors
    /// What `decide` refuses.
    pub fn run(&mut self, command: &OrderCommand) -> Result<Vec<Fact>, Rejection> {
        let order = self.view();
        let context = DecideContext { device: self.id };
        let (number, written) = (self.number, self.written);
        let mut ids = (1_u64..).map(|offset| event_id(number, written + offset));
        match decide(order.as_ref(), command, &context, &mut ids)? {
            Decision::AlreadyApplied => Ok(Vec::new()),
            Decision::Events(facts) => Ok(self.append(facts)),
        }
    }

    /// Runs a command that has to pass.
    ///
    /// # Panics
    /// If it is refused.
    pub fn must(&mut self, command: &OrderCommand) -> Vec<Fact> {
        let result = self.run(command);
        result.unwrap_or_else(|rejection| panic!("{command:?} was refused: {}", rejection.code()))
    }

    /// Writes a fact without asking `decide`, as a foreign or later program would.
    pub fn write(&mut self, event: OrderEvent) -> Fact {
        let id = event_id(self.number, self.written + 1);
        let mut group = self.append(vec![NewFact { id, event }]);
        group.remove(0)
    }

    /// Writes a fact of a type that this program does not know.
    pub fn write_unknown(&mut self, event_type: &str) -> Fact {
        let id = event_id(self.number, self.written + 1);
        let fact = self.fact(id, FactBody::Unknown { event_type: event_type.into() });
        self.hold(vec![fact.clone()]);
        fact
    }

    fn append(&mut self, facts: Vec<NewFact>) -> Vec<Fact> {
        let mut group = Vec::with_capacity(facts.len());
        for NewFact { id, event } in facts {
            let fact = self.fact(id, FactBody::Known(event));
            self.state.evolve(fact.clone());
            group.push(fact);
        }
        self.hold(group.clone());
        group
    }

    fn fact(&mut self, id: EventId, body: FactBody) -> Fact {
        self.written += 1;
        self.now_ms += STEP_MS;
        self.clock = (self.clock + 1).max(self.now_ms << COUNTER_BITS);
        let mut hash = Sha256::new();
        hash.update(self.log.0);
        hash.update(self.written.to_be_bytes());
        hash.update(format!("{body:?}"));
        Fact {
            id,
            origin: Origin { log: self.log, seq: self.written, device: self.id, class: self.class },
            seen: self.state.seen_by(self.log),
            clock: self.clock,
            hash: hash.finalize().into(),
            wall_time_ms: i64::try_from(self.now_ms).expect("a test does not run until the year 292 million"),
            business_day: 20_260_601,
            body,
        }
    }

    fn hold(&mut self, group: Vec<Fact>) {
        let Some(first) = group.first() else { return };
        let log = first.origin.log;
        for fact in &group {
            // A remote time is adopted, as the hybrid clock does.
            self.clock = self.clock.max(fact.clock);
            self.state.evolve(fact.clone());
        }
        let groups = self.held.entry(log).or_default();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }

    /// Takes over up to `groups` groups of each log that the other holds beyond what is held here.
    pub fn receive(&mut self, other: &Self, groups: usize) {
        for (log, theirs) in &other.held {
            let ours = self.held.get(log).map_or(0, Vec::len);
            for group in theirs.iter().skip(ours).take(groups) {
                self.hold(group.clone());
            }
        }
    }

    /// Both take over all that the other holds.
    pub fn exchange(&mut self, other: &mut Self) {
        self.receive(other, usize::MAX);
        other.receive(self, usize::MAX);
    }

    /// All facts held, log by log.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        self.held.values().flatten().flatten().cloned().collect()
    }
}

fn event_id(device: u8, number: u64) -> EventId {
    EventId(Uuid::from_u128(
        0xe000_0000_0000_7000_8000_0000_0000_0000 + (u128::from(device) << 48) + u128::from(number),
    ))
}

/// The state of these facts, in the order in which they stand.
#[must_use]
pub fn folded<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> OrderState {
    let mut state = OrderState::new(order_id());
    facts.into_iter().for_each(|fact| state.evolve(fact.clone()));
    state
}
