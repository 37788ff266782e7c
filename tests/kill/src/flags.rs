//! The command line.

use std::path::PathBuf;

use crate::till::default_binary;

pub const HELP: &str = "\
Drives the real `docket-till serve` over HTTP with several clients, kills it (SIGKILL) at random moments, starts it again
and holds it to every act that it acknowledged. Ends with `N passed, 0 failed`; the exit code is 0 only then.

  --kills N      how often it is killed under load (200)
  --seed S       what all choices follow from (1)
  --clients N    how many clients work at once (6)
  --per-folder N begin anew with an empty store after so many kills (250)
  --binary PATH  the docket-till to run ($DOCKET_TILL, else the one beside this program)
  --keep         leave the store where it is; a run that failed always does";

/// What was asked for.
#[derive(Debug)]
pub struct Flags {
    /// Kills under load.
    pub kills: u64,
    /// Seed of every choice.
    pub seed: u64,
    /// Clients at once.
    pub clients: u64,
    /// Kills after which an empty store takes over, so that a long run costs the same at its end.
    pub per_folder: u64,
    /// The program under test.
    pub binary: PathBuf,
    /// Whether the store stays.
    pub keep: bool,
}

impl Flags {
    /// Reads the words of the command line; none means that help was asked for.
    ///
    /// # Errors
    /// The word that makes no sense.
    pub fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut flags =
            Flags { kills: 200, seed: 1, clients: 6, per_folder: 250, binary: default_binary(), keep: false };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--kills" => flags.kills = number(&word, &value()?)?,
                "--seed" => flags.seed = number(&word, &value()?)?,
                "--clients" => flags.clients = number(&word, &value()?)?,
                "--per-folder" => flags.per_folder = number(&word, &value()?)?,
                "--binary" => flags.binary = PathBuf::from(value()?),
                "--keep" => flags.keep = true,
                "--help" | "-h" => return Ok(None),
                _ => return Err(format!("unknown flag {word}")),
            }
        }
        if flags.kills == 0 || flags.clients == 0 || flags.per_folder == 0 {
            return Err("--kills, --clients and --per-folder must be above 0".to_owned());
        }
        Ok(Some(flags))
    }
}

fn number(flag: &str, text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{flag} takes a whole number, not {text}"))
}
