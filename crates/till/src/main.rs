//! `docket-till`: see `docket-till --help`.

use std::process::ExitCode;

use clap::Parser;
use docket_till::{cli::Cli, logging, tool};

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(cli.common.log_format);
    match tool::run(cli) {
        Ok(tool::Verdict::Sound) => ExitCode::SUCCESS,
        Ok(tool::Verdict::Faulty) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}", tool::line_of(&error));
            ExitCode::FAILURE
        }
    }
}
