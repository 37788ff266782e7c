//! `docket-till`: see `docket-till --help`.

use std::process::ExitCode;

use clap::Parser;
use docket_till::{cli::Cli, logging, tool};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let spans = logging::start(cli.common.log_format);
    let done = tool::run(cli);
    if let Some(spans) = spans {
        spans.end();
    }
    match done {
        Ok(tool::Verdict::Sound) => ExitCode::SUCCESS,
        Ok(tool::Verdict::Faulty) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}", tool::line_of(&error));
            ExitCode::FAILURE
        }
    }
}
