//! `docket`: see `docket --help`.

// A release on Windows brings no console window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    docket_app::run(std::env::args_os().skip(1))
}
