//! The command line.

use std::path::PathBuf;

use crate::template::DEVICES_MAX;

/// What `--help` prints.
pub const HELP: &str = "\
Simulates up to five tills of one shop in virtual time, each a real terminal on a real store: random acts, crashes, old
copies that are put back, clocks that jump, exchanges that break off. After each seed the design's invariants S1 and S4
to S14 must hold. Ends with `N passed, 0 failed`; the exit code is 0 only then. A failure prints the seed and the
shortest walk that still fails.

  --seeds N      how many seeds (100)
  --first F      the first of them (1)
  --seed S       this seed only, with its whole walk
  --devices D    tills at most, 1 to 5 (5)
  --jobs J       processes at once; virtual time belongs to a process (2)";

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Flags {
    /// Seeds to run.
    pub seeds: u64,
    /// The first of them.
    pub first: u64,
    /// One seed only.
    pub single: Option<u64>,
    /// Tills at most.
    pub devices: usize,
    /// Processes at once.
    pub jobs: u64,
    /// Set for a process that was started by another: the template, and every which seed is its own.
    pub worker: Option<(PathBuf, u64)>,
}

impl Flags {
    /// Reads the words of the command line; none means that help was asked for.
    ///
    /// # Errors
    /// The word that makes no sense.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut flags = Flags { seeds: 100, first: 1, single: None, devices: DEVICES_MAX, jobs: 2, worker: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--seeds" => flags.seeds = number(&word, &value()?)?,
                "--first" => flags.first = number(&word, &value()?)?,
                "--seed" => flags.single = Some(number(&word, &value()?)?),
                "--devices" => flags.devices = usize::try_from(number(&word, &value()?)?).unwrap_or(0),
                "--jobs" => flags.jobs = number(&word, &value()?)?,
                "--worker" => flags.worker = Some((PathBuf::from(value()?), number(&word, &value()?)?)),
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("unknown flag {word}")),
            }
        }
        if flags.seeds == 0 || flags.jobs == 0 {
            return Err("--seeds and --jobs must be above 0".to_owned());
        }
        if !(1..=DEVICES_MAX).contains(&flags.devices) {
            return Err(format!("--devices must lie between 1 and {DEVICES_MAX}"));
        }
        Ok(Some(flags))
    }
}

fn number(flag: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{flag} takes a whole number, not {text}"))
}
