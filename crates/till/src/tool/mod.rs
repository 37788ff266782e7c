//! The tools of the command line. Each opens what it needs, does one thing, and says whether what it saw was sound.

mod enrol;
mod export;
mod import_log;
mod import_menu;
mod play;
mod price;
pub(crate) mod prove;
mod rebuild;
mod serve;
mod verify;

use std::io::{self, Write};
use std::path::PathBuf;

use docket_contracts::{ApiError, ErrorCode};
use docket_terminal::data::default_folder;
use docket_terminal::{OpenOptions, Terminal};

use crate::cli::{Cli, Common, Tool};

/// What a tool found; it becomes the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done, and nothing is at fault.
    Sound,
    /// The input or the store is at fault; the tool has said where.
    Faulty,
}

/// Runs the tool that was asked for.
///
/// # Errors
/// What kept the tool from its work.
pub fn run(cli: Cli) -> Result<Verdict, ApiError> {
    let Cli { tool, common } = cli;
    match tool {
        Tool::Serve(options) => block_on(serve::serve(options, common)),
        Tool::Price { file } => price::price(&file),
        Tool::ImportMenu { file, menu_id } => block_on(import_menu::import_menu(&file, menu_id.as_deref(), &common)),
        Tool::ImportLog { files } => block_on(import_log::import_log(&files, &common)),
        Tool::Enrol(options) => block_on(enrol::enrol(options, &common)),
        Tool::Verify => verify::verify(&common),
        Tool::Prove { day, statement } => prove::prove(day, statement.as_deref(), &common),
        Tool::Rebuild => block_on(rebuild::rebuild(&common)),
        Tool::Export { out } => export::export(out.as_deref(), &common),
        Tool::Play { orders, seed, bulk } => block_on(play::play(orders, seed, bulk, &common)),
    }
}

/// An error as the one line that a person reads: code, field where there is one, rule, details.
#[must_use]
pub fn line_of(error: &ApiError) -> String {
    let field = if error.field.is_empty() { String::new() } else { format!("{}: ", error.field) };
    let details = if error.details.is_empty() { String::new() } else { format!(" ({})", error.details.join("; ")) };
    format!("{}: {field}{}{details}", error.code.as_str(), error.rule)
}

fn block_on<F: Future<Output = Result<Verdict, ApiError>>>(work: F) -> Result<Verdict, ApiError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| failed("", &error))?.block_on(work)
}

impl Common {
    fn data_folder(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(default_folder)
    }

    fn options(&self, demo: bool) -> OpenOptions {
        OpenOptions { data: self.data_folder(), witness: self.witness.clone(), demo }
    }

    async fn open(&self, demo: bool) -> Result<Terminal, ApiError> {
        Terminal::open(self.options(demo)).await
    }
}

/// A failure of the system that belongs to no code of its own.
fn failed(field: &str, error: &dyn std::error::Error) -> ApiError {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    ApiError::new(ErrorCode::StoreFailed, field, format!("{error}{source}"))
}

/// What two folders are compared by, a line each.
fn summed_up(common: &Common) -> Result<String, ApiError> {
    Ok(docket_terminal::summary(&common.data_folder())?.map_or_else(String::new, |sum| {
        format!("digest {}\norder_count {}\nevent_count {}\n", sum.digest, sum.order_count, sum.event_count)
    }))
}

/// A file of the command line that can't be read.
fn unreadable(file: &std::path::Path, error: &io::Error) -> ApiError {
    ApiError::new(ErrorCode::BadInput, "FILE", format!("{} can't be read: {error}", file.display()))
}

/// Prints to standard output; a reader that has gone, such as `head`, is no failure of ours.
fn print(text: &str) -> Result<(), ApiError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failed("standard output", &error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_with_code_field_and_rule() {
        let mut error = ApiError::new(ErrorCode::MenuFault, "menus[2].price", "must be a decimal");
        assert_eq!(line_of(&error), "menu_fault: menus[2].price: must be a decimal");
        error.field.clear();
        error.details = vec!["one".into(), "two".into()];
        assert_eq!(line_of(&error), "menu_fault: must be a decimal (one; two)");
    }
}
