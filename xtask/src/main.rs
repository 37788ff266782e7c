//! The one door to this repository: everything a person or a CI job does goes through
//! `cargo xtask VERB`, which sets up what it needs by itself and leaves no process behind.
//!
//! It knows no crate of the product. It starts programs and reads files.

mod args;
mod bench;
mod check;
mod circle;
mod codegen;
mod failure;
mod faults;
mod files;
mod fresh;
mod fuzz;
mod kafka;
mod node;
mod packages;
mod process;
mod run;
mod schema;
mod screens;
mod services;
mod soak;
mod stop;
mod stopwatch;
mod strangers;
mod sweep;
mod test;
mod ui;
mod workspace;

use std::process::ExitCode;

use args::Verb;
use failure::Failure;
use workspace::Workspace;

fn main() -> ExitCode {
    let verb = match args::parse(std::env::args().skip(1)) {
        Ok(verb) => verb,
        Err(message) => {
            eprintln!("xtask: {message}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    stop::listen();
    sweep::adopt_orphans();
    let outcome = Workspace::find().and_then(|workspace| perform(verb, &workspace));
    for name in sweep::end_descendants() {
        eprintln!("xtask: ended {name}, which was left behind");
    }
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Stopped(signal)) => {
            eprintln!("xtask: stopped by signal {signal}");
            ExitCode::from(u8::try_from(128 + signal).unwrap_or(130))
        }
        Err(Failure::Said(message)) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn perform(verb: Verb, workspace: &Workspace) -> Result<(), Failure> {
    match verb {
        Verb::Help => {
            println!("{}", args::USAGE);
            Ok(())
        }
        Verb::Run(options) if options.central => circle::run(workspace),
        Verb::Run(options) => run::run(workspace, &options),
        Verb::Test { only } => test::test(workspace, &only),
        Verb::Fresh(options) => fresh::fresh(workspace, &options),
        Verb::Soak { only } => soak::soak(workspace, &only),
        Verb::Screens => screens::draw(workspace),
        Verb::Check => check::check(workspace),
        Verb::Codegen { check: true } => codegen::check(workspace).and_then(|()| schema::check(workspace)),
        Verb::Codegen { check: false } => codegen::write(workspace).and_then(|()| schema::write(workspace)),
        Verb::Faults { only } => faults::faults(workspace, &only),
        Verb::Fuzz(options) => fuzz::run(workspace, &options).map(drop),
        Verb::Bench { passed_on } => bench::bench(workspace, &passed_on),
    }
}
