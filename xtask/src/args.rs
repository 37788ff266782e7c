//! The command line of `cargo xtask`.

use crate::fresh;
use crate::fuzz;

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
cargo xtask run [--demo] [--fresh] [-- ARGS]   open the till: a window, or a local address where there is no window system
cargo xtask run --central                      the whole circle: PostgreSQL, Kafka, head office, one enrolled till
    --demo     a shop that is already set up; its PINs are printed
    --fresh    empty the store under target/ first
    ARGS       passed on to the program
cargo xtask test [--only STAGE,..]             set up and run every suite; stages: packages ui rust central api kill powercut simulate sync fuzz browser desktop
cargo xtask fresh [--debian 12|13] [--only STAGE,..] [--keep]
                                               both commands of the README in a Debian that has only Rust; needs root
    --keep     the machine stays under target/fresh
cargo xtask soak [--only STEP,..]              the proofs at full length, hours; steps: kill powercut simulate sync fuzz fresh12 fresh13
cargo xtask screens                            draw the pictures of the screens anew, into docs/screens
cargo xtask check                              format, lints, edges between crates, sizes, forbidden text, generated files
cargo xtask codegen [--check]                  write the generated files, or only compare them
cargo xtask faults [--only FAULT,..]           plant each known fault, see a suite go red, write docs/FAULTS.md
cargo xtask fuzz [--only TARGET,..] [--seconds N] [--keep]
                                               fuzz every parser of foreign bytes, 30 s each
    --keep     what was found joins fuzz/corpus, cut down to what reaches something new
cargo xtask bench [--only C1,..] [--json]      measure against the anchors, in release mode";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Verb {
    /// Print the usage.
    Help,
    /// Open the till.
    Run(RunOptions),
    /// Run the suites, or only the named stages.
    Test { only: Vec<String> },
    /// Run both commands on fresh machines.
    Fresh(fresh::Options),
    /// Run the long proofs, or only the named ones.
    Soak { only: Vec<String> },
    /// Draw the pictures of the screens.
    Screens,
    /// Hold the house rules.
    Check,
    /// Write the generated files, or compare them.
    Codegen { check: bool },
    /// Plant faults, all or the named ones, and see each suite notice its own.
    Faults { only: Vec<String> },
    /// Feed the parsers of foreign bytes.
    Fuzz(fuzz::Options),
    /// Measure; the arguments go to the bench program as they are.
    Bench { passed_on: Vec<String> },
}

/// How to open the till.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// In a shop that is already set up.
    pub demo: bool,
    /// With an empty store.
    pub fresh: bool,
    /// With head office and all that it needs.
    pub central: bool,
    /// For the program itself.
    pub passed_on: Vec<String>,
}

/// Reads the arguments after the program's name; an error is a sentence for the person who typed.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Verb, String> {
    let mut rest = arguments.into_iter();
    let verb = match rest.next() {
        None => return Ok(Verb::Help),
        Some(verb) => verb,
    };
    let mut rest: Vec<String> = rest.collect();
    match verb.as_str() {
        "help" | "--help" | "-h" => Ok(Verb::Help),
        "run" => run(rest).map(Verb::Run),
        "test" => {
            let only = take_list(&mut rest, "--only")?;
            nothing_left(&rest, Verb::Test { only })
        }
        "fresh" => {
            let releases = take_list(&mut rest, "--debian")?;
            let stages = take_list(&mut rest, "--only")?;
            let keep = take_flag(&mut rest, "--keep");
            nothing_left(&rest, Verb::Fresh(fresh::Options { releases, stages, keep }))
        }
        "soak" => {
            let only = take_list(&mut rest, "--only")?;
            nothing_left(&rest, Verb::Soak { only })
        }
        "screens" => nothing_left(&rest, Verb::Screens),
        "check" => nothing_left(&rest, Verb::Check),
        "codegen" => {
            let check = take_flag(&mut rest, "--check");
            nothing_left(&rest, Verb::Codegen { check })
        }
        "faults" => {
            let only = take_list(&mut rest, "--only")?;
            nothing_left(&rest, Verb::Faults { only })
        }
        "fuzz" => fuzz(rest).map(Verb::Fuzz),
        "bench" => Ok(Verb::Bench { passed_on: rest }),
        other => Err(format!("'{other}' is not a verb")),
    }
}

fn fuzz(mut rest: Vec<String>) -> Result<fuzz::Options, String> {
    let only = take_list(&mut rest, "--only")?;
    let keep = take_flag(&mut rest, "--keep");
    let seconds = match take_list(&mut rest, "--seconds")?.pop() {
        Some(text) => text.parse().map_err(|_| format!("--seconds takes a whole number, not '{text}'"))?,
        None => fuzz::SUITE_SECONDS,
    };
    nothing_left(&rest, fuzz::Options { seconds, only, keep })
}

fn run(mut rest: Vec<String>) -> Result<RunOptions, String> {
    let passed_on = match rest.iter().position(|word| word == "--") {
        Some(at) => {
            let after = rest.split_off(at);
            after.into_iter().skip(1).collect()
        }
        None => Vec::new(),
    };
    let demo = take_flag(&mut rest, "--demo");
    let fresh = take_flag(&mut rest, "--fresh");
    let central = take_flag(&mut rest, "--central");
    nothing_left(&rest, RunOptions { demo, fresh, central, passed_on })
}

fn take_flag(words: &mut Vec<String>, flag: &str) -> bool {
    let before = words.len();
    words.retain(|word| word != flag);
    words.len() < before
}

/// Takes `--only a,b` or `--only=a,b`, as often as it is given.
fn take_list(words: &mut Vec<String>, flag: &str) -> Result<Vec<String>, String> {
    let with_equals = format!("{flag}=");
    let mut list = Vec::new();
    let mut kept = Vec::new();
    let mut rest = words.drain(..);
    while let Some(word) = rest.next() {
        let value = if word == flag {
            Some(rest.next().ok_or_else(|| format!("{flag} needs a value"))?)
        } else {
            word.strip_prefix(&with_equals).map(str::to_owned)
        };
        match value {
            Some(value) => list.extend(value.split(',').filter(|item| !item.is_empty()).map(str::to_owned)),
            None => kept.push(word),
        }
    }
    drop(rest);
    *words = kept;
    Ok(list)
}

fn nothing_left<T>(words: &[String], value: T) -> Result<T, String> {
    match words.first() {
        None => Ok(value),
        Some(word) => Err(format!("'{word}' is not understood here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Verb, String> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn run_takes_its_flags_and_passes_the_rest_on() {
        let passed_on = vec!["--port".into(), "9".into()];
        let options = RunOptions { demo: true, fresh: true, central: false, passed_on };
        assert_eq!(parsed("run --fresh --demo -- --port 9"), Ok(Verb::Run(options)));
        let options = RunOptions { central: true, ..RunOptions::default() };
        assert_eq!(parsed("run --central"), Ok(Verb::Run(options)));
    }

    #[test]
    fn a_flag_behind_the_dashes_belongs_to_the_program() {
        let options = RunOptions { passed_on: vec!["--demo".into()], ..RunOptions::default() };
        assert_eq!(parsed("run -- --demo"), Ok(Verb::Run(options)));
    }

    #[test]
    fn only_may_be_a_list_or_given_twice() {
        let only = vec!["rust".to_owned(), "ui".to_owned(), "kill".to_owned()];
        assert_eq!(parsed("test --only rust,ui --only=kill"), Ok(Verb::Test { only }));
    }

    #[test]
    fn fresh_takes_releases_and_stages() {
        let (releases, stages) = (vec!["12".to_owned(), "13".to_owned()], vec!["ui".to_owned()]);
        let options = fresh::Options { releases, stages, keep: true };
        assert_eq!(parsed("fresh --debian 12 --debian=13 --only ui --keep"), Ok(Verb::Fresh(options)));
        assert_eq!(parsed("fresh"), Ok(Verb::Fresh(fresh::Options::default())));
    }

    #[test]
    fn bench_passes_everything_on() {
        let passed_on = vec!["--only".to_owned(), "C1".to_owned(), "--json".to_owned()];
        assert_eq!(parsed("bench --only C1 --json"), Ok(Verb::Bench { passed_on }));
    }

    #[test]
    fn fuzz_takes_seconds_targets_and_whether_to_keep() {
        let options = fuzz::Options { seconds: 1_200, only: vec!["menu".to_owned()], keep: true };
        assert_eq!(parsed("fuzz --seconds 1200 --only menu --keep"), Ok(Verb::Fuzz(options)));
        assert_eq!(parsed("fuzz --seconds long"), Err("--seconds takes a whole number, not 'long'".to_owned()));
    }

    #[test]
    fn unknown_words_are_refused_by_name() {
        assert_eq!(parsed("sell"), Err("'sell' is not a verb".to_owned()));
        assert_eq!(parsed("screens --fast"), Err("'--fast' is not understood here".to_owned()));
        assert_eq!(parsed("check --fast"), Err("'--fast' is not understood here".to_owned()));
        assert_eq!(parsed("test --only"), Err("--only needs a value".to_owned()));
    }
}
