//! One seed: tills, a network, head office, relays, a broker and a consumer in virtual time.

mod checks;
mod faulting;
mod network;
mod tills;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use docket_domain::ids::LogId;
use docket_log::Row;
use docket_log::opened::OpenReason;
use docket_log::replication::PeerHead;
use uuid::Uuid;

use crate::office::{Answer, Database, Office};
use crate::relay::Pipeline;
use crate::till::Till;
use docket_testkit::dice::Dice;

const START_MS: u64 = 1_780_000_000_000;
/// Steps of a seed, at least and at most.
const STEPS: (usize, usize) = (120, 240);
/// Milliseconds from one step to the next at most.
const STEP_MS_MAX: usize = 1_200;
/// Virtual milliseconds in which everything must have come to rest once the faults stopped.
const QUIET_MS_MAX: u64 = 2 * 60 * 60 * 1_000;
/// Events in which it must: a world that runs in a circle is stuck too.
const QUIET_EVENTS_MAX: usize = 200_000;
const ORDERS: usize = 24;

/// Why a seed failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {text}")]
pub struct Failure {
    /// What does not hold.
    pub rule: &'static str,
    /// What was seen.
    pub text: String,
}

pub(crate) fn broken(rule: &'static str, text: impl Into<String>) -> Failure {
    Failure { rule, text: text.into() }
}

/// What a walk came to.
#[derive(Debug, Default, Clone, Copy)]
pub struct Figures {
    /// Rows that the tills hold.
    pub rows: usize,
    /// Messages of the broker.
    pub messages: usize,
    /// Logs with more than one history at head office.
    pub forks: usize,
    /// Events.
    pub events: usize,
}

/// From a till.
#[derive(Debug, Clone)]
enum Up {
    Hello,
    Rows(Vec<Arc<Row>>),
}

/// From head office.
#[derive(Debug, Clone)]
enum Down {
    Hello(Vec<PeerHead>),
    Answer(Answer),
}

#[derive(Debug, Clone)]
enum Event {
    Step,
    Wake(usize),
    Connected { till: usize, session: u64, stands: bool },
    Lost { till: usize, session: u64 },
    Up { session: u64, message: Up },
    Down { session: u64, message: Down },
    Office,
    OfficeOn,
    Relay(usize),
    Consume,
    TillOn { till: usize, reason: Option<OpenReason> },
    LineOn,
    BrokerOn,
}

/// A batch that a till sent on its connection and that has no answer: log and last row.
type Flight = Vec<(LogId, u64)>;

/// A world under way.
pub struct World {
    dice: Dice,
    now_ms: u64,
    steps_left: usize,
    faults: bool,
    queue: BinaryHeap<Reverse<(u64, u64)>>,
    events: BTreeMap<u64, Event>,
    numbered: u64,
    tills: Vec<Till>,
    flights: Vec<Flight>,
    /// When each till is to be woken, as it was last asked for.
    wakes: Vec<u64>,
    /// The row that head office wanted last, per till and log, and when.
    wanted: Vec<BTreeMap<LogId, (u64, u64)>>,
    /// Connections that stand, and whose they are.
    alive: BTreeMap<u64, usize>,
    sessions: u64,
    line: bool,
    office: Office,
    office_on: bool,
    office_copy: Option<Database>,
    pump_due: bool,
    pipeline: Pipeline,
    orders: Vec<Uuid>,
    /// What happened, if it is wanted.
    pub trace: Option<Vec<String>>,
    figures: Figures,
}

impl World {
    /// The world of a seed.
    pub fn new(seed: u64, traced: bool) -> Self {
        let mut dice = Dice::new(seed, 1);
        let count = dice.between(2, 4);
        let tills: Vec<Till> = (0..count).map(|number| Till::new(number, &mut dice)).collect();
        let orders = (0..ORDERS).map(|_| dice.id()).collect();
        let mut world = World {
            steps_left: dice.between(STEPS.0, STEPS.1),
            now_ms: START_MS,
            faults: true,
            queue: BinaryHeap::new(),
            events: BTreeMap::new(),
            numbered: 0,
            flights: vec![Vec::new(); count],
            wakes: vec![0; count],
            wanted: vec![BTreeMap::new(); count],
            alive: BTreeMap::new(),
            sessions: 0,
            line: true,
            office: Office::default(),
            office_on: true,
            office_copy: None,
            pump_due: false,
            pipeline: Pipeline::default(),
            orders,
            trace: traced.then(Vec::new),
            figures: Figures::default(),
            dice,
            tills,
        };
        for till in 0..count {
            world.at(0, Event::TillOn { till, reason: Some(OpenReason::Start) });
        }
        for event in [Event::Step, Event::Relay(0), Event::Relay(1), Event::Consume] {
            world.at(1, event);
        }
        world
    }

    /// From the first step until everything rests.
    ///
    /// # Errors
    /// What did not hold.
    pub fn run(&mut self) -> Result<Figures, Failure> {
        while self.steps_left > 0 {
            self.next()?;
        }
        self.calm();
        let (until_ms, most) = (self.now_ms + QUIET_MS_MAX, self.figures.events + QUIET_EVENTS_MAX);
        while !self.is_quiet() {
            if self.now_ms > until_ms || self.figures.events > most {
                return Err(broken("nothing is stuck", self.stuck()));
            }
            self.next()?;
        }
        self.settled()?;
        Ok(self.figures)
    }

    fn at(&mut self, delay_ms: u64, event: Event) {
        self.numbered += 1;
        self.queue.push(Reverse((self.now_ms + delay_ms, self.numbered)));
        self.events.insert(self.numbered, event);
    }

    fn note(&mut self, text: impl FnOnce() -> String) {
        let at = self.now_ms - START_MS;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{at:>9} ms  {}", text()));
        }
    }

    /// Any time from `low` to `high` milliseconds.
    fn soon(&mut self, low: usize, high: usize) -> u64 {
        u64::try_from(self.dice.between(low, high)).unwrap_or(u64::MAX)
    }

    /// Whether a fault happens, once in so many times, as long as there are faults.
    fn strikes(&mut self, times: usize) -> bool {
        self.faults && self.dice.one_in(times)
    }

    fn next(&mut self) -> Result<(), Failure> {
        let Some(Reverse((at_ms, number))) = self.queue.pop() else {
            return Err(broken("nothing is stuck", "no event is left"));
        };
        self.now_ms = self.now_ms.max(at_ms);
        self.figures.events += 1;
        let Some(event) = self.events.remove(&number) else { return Ok(()) };
        match event {
            Event::Step => self.step(),
            Event::Wake(till) => self.wake(till)?,
            Event::Connected { till, session, stands } => self.connected(till, session, stands)?,
            Event::Lost { till, session } => self.lost(till, session)?,
            Event::Up { session, message } => self.hear_up(session, message),
            Event::Down { session, message } => self.hear_down(session, &message)?,
            Event::Office => self.pump(),
            Event::OfficeOn => self.office_on = true,
            Event::Relay(who) => self.relay(who)?,
            Event::Consume => self.consume()?,
            Event::TillOn { till, reason } => self.till_on(till, reason)?,
            Event::LineOn => self.line = true,
            Event::BrokerOn => self.pipeline.away = false,
        }
        Ok(())
    }

    fn relay(&mut self, who: usize) -> Result<(), Failure> {
        if self.office_on {
            self.pipeline.relay(who, &mut self.office.database, &mut self.dice);
        }
        let again = self.soon(50, 400);
        self.at(again, Event::Relay(who));
        self.pipeline.disorder().map_or(Ok(()), |text| Err(broken("order per key at the broker", text)))
    }

    fn consume(&mut self) -> Result<(), Failure> {
        if !self.pipeline.away {
            let dies = self.strikes(12);
            self.pipeline.consume(dies);
        }
        let again = self.soon(20, 150);
        self.at(again, Event::Consume);
        match self.pipeline.consumer.went_back {
            Some(order) => Err(broken("a read model never goes back", format!("order {order} did"))),
            None => Ok(()),
        }
    }
}
