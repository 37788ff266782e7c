//! One seed: the devices of a shop, their time, and the steps that they take.

mod acting;
mod exchanging;
mod incidents;

use std::collections::BTreeSet;

use tempfile::TempDir;

use crate::device::Device;
use crate::failure::Failure;
use crate::figures::Figures;
use crate::ledger::Ledger;
use crate::template::{FOUNDED_MS, Template};
use crate::{folder, rows};
use docket_testkit::dice::Dice;

/// Steps of a seed at least and at most.
const STEPS: (usize, usize) = (30, 80);
/// Orders that a seed opens before people mostly work on those that are there.
const ORDERS_MANY: usize = 4;
/// Exports that are under way and may arrive late.
const MAIL_MAX: usize = 4;
/// Rounds of exchanges until every device must hold the same.
const ROUNDS_MAX: usize = 6;
/// The dice of what is no step of the walk.
const STREAM_OF_WORLD: u64 = 1;
const STREAM_OF_STEPS: u64 = 1_000;
const STREAM_OF_END: u64 = 1_000_000;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Act,
    Race,
    Retry,
    Exchange,
    Late,
    Crash,
    CrashInFlight,
    Restart,
    Copy,
    Restore,
    ClockJump,
}

const STEP_WEIGHTS: [(usize, Step); 11] = [
    (52, Step::Act),
    (14, Step::Race),
    (4, Step::Retry),
    (12, Step::Exchange),
    (2, Step::Late),
    (2, Step::Crash),
    (3, Step::CrashInFlight),
    (1, Step::Restart),
    (3, Step::Copy),
    (3, Step::Restore),
    (3, Step::ClockJump),
];

/// A seed and how far it may go.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// What everything follows from.
    pub number: u64,
    /// Devices at most.
    pub devices_max: usize,
}

/// A shop under way.
pub struct World<'t> {
    seed: Seed,
    template: &'t Template,
    devices: Vec<Device>,
    ledger: Ledger,
    mail: Vec<Vec<u8>>,
    now_ms: i64,
    orders: usize,
    step: usize,
    /// What happened, one line a step.
    pub trace: Vec<String>,
    /// What was counted.
    pub figures: Figures,
    _root: TempDir,
}

impl<'t> World<'t> {
    /// The shop in the morning.
    pub async fn new(seed: Seed, template: &'t Template) -> Result<Self, Failure> {
        let mut dice = Dice::new(seed.number, STREAM_OF_WORLD);
        let root = folder::scratch()?;
        let now_ms = FOUNDED_MS + 3_600_000;
        let count = dice.between(1, seed.devices_max);
        let mut devices = Vec::new();
        docket_terminal::simulated::Virtual::set(now_ms);
        docket_terminal::simulated::Virtual::seed(dice.bits());
        for number in 0..count {
            devices.push(Device::new(number, template, root.path(), now_ms).await?);
        }
        let (ledger, mail, trace, figures) = (Ledger::default(), Vec::new(), Vec::new(), Figures::default());
        Ok(World { seed, template, devices, ledger, mail, now_ms, orders: 0, step: 0, trace, figures, _root: root })
    }

    /// How many steps the seed has.
    pub fn steps(seed: Seed) -> usize {
        let mut dice = Dice::new(seed.number, STREAM_OF_WORLD + 1);
        dice.between(STEPS.0, STEPS.1)
    }

    /// Takes every step that isn't left out, lets everyone exchange until quiet, and checks what must hold.
    pub async fn run(&mut self, left_out: &BTreeSet<usize>) -> Result<(), Failure> {
        for step in (0..World::steps(self.seed)).filter(|step| !left_out.contains(step)) {
            self.step = step;
            let stream = STREAM_OF_STEPS + u64::try_from(step).expect("there are few steps");
            let mut dice = Dice::new(self.seed.number, stream);
            docket_terminal::simulated::Virtual::seed(dice.bits());
            self.take(&mut dice).await?;
        }
        self.end().await
    }

    /// Ends every till.
    pub async fn close(self) {
        for device in self.devices {
            device.close().await;
        }
    }

    fn say(&mut self, device: usize, text: impl std::fmt::Display) {
        let device = &self.devices[device];
        let (name, clock) = (device.name, (self.now_ms + device.skew_ms - FOUNDED_MS) / 1000);
        self.trace.push(format!("{:>3} {name} {clock:>7}s  {text}", self.step));
    }

    async fn take(&mut self, dice: &mut Dice) -> Result<(), Failure> {
        let passed = [0, 20, 400, 3_000, 60_000][dice.below(5)];
        self.now_ms += passed;
        let index = dice.below(self.devices.len());
        self.devices[index].look_at_clock(self.now_ms);
        if passed >= 1_000 {
            self.second().await?;
        }
        self.devices[index].look_at_clock(self.now_ms);
        match dice.weighed(&STEP_WEIGHTS) {
            Step::Act => self.act(index, dice).await,
            Step::Race => self.race(index, dice).await,
            Step::Retry => self.retry(index, dice).await,
            Step::Exchange => self.exchange(index, dice).await,
            Step::Late => self.late(index, dice).await,
            Step::Crash => self.crash(index, dice, false).await,
            Step::CrashInFlight => self.crash(index, dice, true).await,
            Step::Restart => self.restart(index).await,
            Step::Copy => self.copy(index),
            Step::Restore => self.restore(index, dice).await,
            Step::ClockJump => {
                self.jump(index, dice);
                Ok(())
            }
        }
    }

    /// A second went by on every device.
    async fn second(&self) -> Result<(), Failure> {
        for device in &self.devices {
            device.second().await?;
        }
        Ok(())
    }

    fn holding(&self, index: usize) -> Result<rows::Rows, Failure> {
        rows::read(&rows::open(&self.devices[index].data())?)
    }

    fn holdings(&self) -> Result<Vec<rows::Rows>, Failure> {
        (0..self.devices.len()).map(|index| self.holding(index)).collect()
    }
}
