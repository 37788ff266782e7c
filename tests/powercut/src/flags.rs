//! The command line.

use std::path::PathBuf;

pub const HELP: &str = "\
Records what a real till does to its folder, cuts the power at many moments of it, builds the folder as a disk may hold
it (unsynced writes there, missing or torn), and holds the till to every act that it acknowledged. Every second
recording has a disk that fails now and then. The exit code is 0 only if nothing was lost or half done, and only if a
disk that lies about its syncs was found out.

  --cuts N    how many cuts (200)
  --seed S    what all choices follow from (1)
  --only N    this cut alone
  --keep DIR  where the folders of failed cuts are put (a new folder below the system's one for temporary files)";

/// What was asked for.
#[derive(Debug)]
pub struct Flags {
    /// Cuts.
    pub cuts: usize,
    /// Seed of every choice.
    pub seed: u64,
    /// Only this cut.
    pub only: Option<usize>,
    /// Where folders of failed cuts are put.
    pub keep: Option<PathBuf>,
}

impl Flags {
    /// Reads the words of the command line; none means that help was asked for.
    ///
    /// # Errors
    /// The word that makes no sense.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut flags = Flags { cuts: 200, seed: 1, only: None, keep: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--cuts" => flags.cuts = number(&word, &value()?)?,
                "--seed" => flags.seed = number(&word, &value()?)?,
                "--only" => flags.only = Some(number(&word, &value()?)?),
                "--keep" => flags.keep = Some(PathBuf::from(value()?)),
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("unknown flag {word}")),
            }
        }
        if flags.cuts == 0 {
            return Err("--cuts must be above 0".to_owned());
        }
        Ok(Some(flags))
    }
}

fn number<T: std::str::FromStr>(flag: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{flag} takes a whole number, not {text}"))
}
