//! Fuzz targets: one for each parser of bytes that come from elsewhere.
//!
//! A target takes any bytes and holds laws: what is taken reads back the same, what is refused names field and rule,
//! sums add up, and memory stays in proportion to the input. It knows nothing of libFuzzer; the programs in `targets/`
//! feed it, and a test feeds it the kept inputs.

pub mod call;
pub mod chain;
pub mod document;
pub mod fact;
pub mod http;
pub mod menu;
mod place;
pub mod price;
mod refusal;
pub mod row;

use std::process::ExitCode;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What a target does with an input. It panics where a law doesn't hold.
pub type Check = fn(&[u8]);

/// Every target by name. `xtask/src/test/fuzz.rs` runs the folders of `corpus/`, which have these names.
pub const TARGETS: &[(&str, Check)] = &[
    ("menu", menu::check),
    ("price", price::check),
    ("row", row::check),
    ("chain", chain::check),
    ("fact", fact::check),
    ("document", document::check),
    ("call", call::check),
    ("http", http::check),
];

/// Memory that a target may take for an empty input: tables that are filled at first use, a connection's buffers.
const MEMORY_BYTES_BASE: usize = 2 * 1024 * 1024;
/// Memory that a target may take for each byte of its input. Two bytes of JSON (`0,`) can become a value of dozens,
/// and a target holds an input in several forms at once to compare them.
const MEMORY_BYTES_PER_BYTE: usize = 400;

/// Holds the laws of a target, and the law of all: no input takes memory out of proportion.
///
/// # Panics
/// If one doesn't hold.
pub fn hold(check: Check, data: &[u8]) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    check(data);
    let peak = MEMORY.peak_usage().saturating_sub(before);
    let allowed = MEMORY_BYTES_BASE + MEMORY_BYTES_PER_BYTE * data.len();
    assert!(peak <= allowed, "{peak} bytes of memory for an input of {} bytes, more than {allowed}", data.len());
}

/// The programs without libFuzzer: holds the laws on each file of the command line.
#[must_use]
pub fn replay(check: Check) -> ExitCode {
    let files: Vec<_> = std::env::args_os().skip(1).collect();
    if files.is_empty() {
        eprintln!("name the files to replay; to fuzz, use `cargo xtask fuzz`");
        return ExitCode::from(2);
    }
    for file in files {
        match std::fs::read(&file) {
            Ok(data) => hold(check, &data),
            Err(error) => {
                eprintln!("{} can't be read: {error}", file.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// The input as a text. Every reader of files refuses what is none before a parser sees it.
pub(crate) fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// The first line, and what comes after it.
pub(crate) fn head_and_rest(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}
