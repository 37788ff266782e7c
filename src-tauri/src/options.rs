//! The command line of the app.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use docket_terminal::data;

const HELP: &str = "\
The Docket till in a window

Usage: docket [OPTIONS]

Options:
      --data DIR     Folder of the store; made where it is missing [default: the platform's data folder]
      --witness DIR  Folder of the run witness, outside of the store [default: the platform's folder for state]
      --demo         Sets up the demo shop in an empty folder, and prints its three PINs
      --kitchen      Opens the kitchen's window beside the till's
  -h, --help         Prints this
  -V, --version      Prints the version

The program ends with the till's window, with Ctrl-C or with SIGTERM.
The same till without a window, and its tools: docket-till --help.

Exit codes:
  0  it ran and was ended
  1  it could not start; standard error says why, as one line with code, field and rule
  2  the command line itself is wrong

The log goes to standard error. DOCKET_LOG sets how much of it, such as DOCKET_LOG=debug.
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Asked {
    /// To run.
    Run(Options),
    /// To print a text and be done.
    Print(String),
}

/// How to run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) data: PathBuf,
    pub(crate) witness: Option<PathBuf>,
    pub(crate) demo: bool,
    pub(crate) kitchen: bool,
}

/// Why a command line can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OptionsError {
    #[error("there is no option '{0}'")]
    Unknown(String),
    #[error("{0} needs a folder behind it")]
    NoFolder(&'static str),
    #[error("{0} takes no value")]
    NoValue(&'static str),
}

/// Reads the words behind the program's name. The last one counts where an option is given twice.
pub(crate) fn read(words: impl Iterator<Item = OsString>) -> Result<Asked, OptionsError> {
    let mut words = words;
    let mut options = Options { data: data::default_folder(), witness: None, demo: false, kitchen: false };
    while let Some(word) = words.next() {
        let (name, value) = split(&word);
        match name {
            "--data" => options.data = folder("--data", value, &mut words)?,
            "--witness" => options.witness = Some(folder("--witness", value, &mut words)?),
            "--demo" => options.demo = switch("--demo", value)?,
            "--kitchen" => options.kitchen = switch("--kitchen", value)?,
            "--help" | "-h" => return Ok(Asked::Print(HELP.to_owned())),
            "--version" | "-V" => {
                return Ok(Asked::Print(concat!("docket ", env!("CARGO_PKG_VERSION"), "\n").to_owned()));
            }
            _ => return Err(OptionsError::Unknown(word.to_string_lossy().into_owned())),
        }
    }
    Ok(Asked::Run(options))
}

/// `--name=value` in its two parts. A folder whose name is no text stands in a word of its own.
fn split(word: &OsStr) -> (&str, Option<OsString>) {
    let text = word.to_str().unwrap_or_default();
    text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.into())))
}

fn folder(
    name: &'static str,
    value: Option<OsString>,
    words: &mut impl Iterator<Item = OsString>,
) -> Result<PathBuf, OptionsError> {
    let value = value.or_else(|| words.next());
    value.filter(|value| !value.is_empty()).map(PathBuf::from).ok_or(OptionsError::NoFolder(name))
}

fn switch(name: &'static str, value: Option<OsString>) -> Result<bool, OptionsError> {
    if value.is_none() { Ok(true) } else { Err(OptionsError::NoValue(name)) }
}
