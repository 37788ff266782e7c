//! The command line.

/// What `--help` prints.
pub const HELP: &str = "\
Simulates tills, a network, head office, its relays, a broker and a consumer in virtual time, with faults in each. Ends
with `N passed, 0 failed`; the exit code is 0 only then. A failure prints the seed and its last steps.

  --seeds N      how many seeds (2000); with --planted, how many may try to catch each fault
  --first F      the first of them (1)
  --seed S       this seed only, with its whole walk
  --jobs J       threads (2)
  --planted      plant one fault after the other; each must be caught (needs the feature planted-faults)";

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Flags {
    /// Seeds to run.
    pub seeds: u64,
    /// The first of them.
    pub first: u64,
    /// One seed only.
    pub single: Option<u64>,
    /// Threads.
    pub jobs: u64,
    /// Plant faults instead.
    pub planted: bool,
}

impl Flags {
    /// Reads the words of the command line; none means that help was asked for.
    ///
    /// # Errors
    /// The word that makes no sense.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut flags = Flags { seeds: 2_000, first: 1, single: None, jobs: 2, planted: false };
        while let Some(word) = words.next() {
            let mut number = || {
                let text = words.next().ok_or_else(|| format!("{word} needs a value"))?;
                text.parse::<u64>().map_err(|_| format!("{word} takes a whole number, not {text}"))
            };
            match word.as_str() {
                "--seeds" => flags.seeds = number()?,
                "--first" => flags.first = number()?,
                "--seed" => flags.single = Some(number()?),
                "--jobs" => flags.jobs = number()?,
                "--planted" => flags.planted = true,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("unknown flag {word}")),
            }
        }
        if flags.seeds == 0 || flags.jobs == 0 {
            return Err("--seeds and --jobs must be above 0".to_owned());
        }
        Ok(Some(flags))
    }
}
